#pragma once

#include "actors/caucus.hpp"
#include "actors/notary/notary_commands.hpp"
#include "runtime/variables/catalog.hpp"

/// How the library's face asks and checks what it reads. Internal to it.
/// Pure; any thread.

namespace caucus {

/// Tells `then` with the names that propose() takes; empty where it is.
[[nodiscard]] std::function<void(const committed_block&)>
with_names(std::function<void(const committed_block&)> then, std::shared_ptr<const live_names> now);

/// The answer holds, is to what was asked, and fresh if that was. Errors: what the reply says;
/// those of verify_answer and verify_freshness; bad_proof: of another question or nonce;
/// stale_answer.
[[nodiscard]] result<reading> read_answer(const std::shared_ptr<const genesis>& from,
                                          const network_id& network, const control_get& asked,
                                          result<any_value> with);

} // namespace caucus
