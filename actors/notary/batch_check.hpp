#pragma once

#include "actors/notary/answer_check.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"

/// Checks a batch of another author before anything relies on it.
/// Pure; any thread. One signature check, about 100 µs, and the body is hashed and walked once.

namespace caucus {

/// Errors: wrong_group; bad_batch: its sizes, its body's digest, a mutation that is none;
/// bad_signature. All blame whoever sent it.
[[nodiscard]] result<void> check_batch(const network_id& network, group_id group, const batch& what,
                                       const signature_check& check);

} // namespace caucus
