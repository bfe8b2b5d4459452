#pragma once

#include "actors/caucus.hpp"
#include "messages/catalog.hpp"

/// How the library's face asks and checks what it reads. Internal to it.
/// Pure; any thread.

namespace caucus {

/// The answer holds, and is to what was asked. Errors: what the reply says; those of verify_answer;
/// bad_proof: of another question; stale_answer.
[[nodiscard]] result<reading> read_answer(const std::shared_ptr<const genesis>& from,
                                          const network_id& network, const read_request& asked,
                                          control_reply with);

} // namespace caucus
