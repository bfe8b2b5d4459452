#pragma once

#include "actors/notary/answer_check.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"

/// Whether a proof of a lie holds, by the key alone: a member's number says nothing without its
/// epoch.
/// Pure. Two signature checks, 200 µs.

namespace caucus {

/// `who` signed both, for this group, and nobody honest signs both.
[[nodiscard]] bool proves_lie(const peer_id& who, const evidence& what, group_id group,
                              const network_id& network, const signature_check& check);

} // namespace caucus
