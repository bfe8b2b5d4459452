#pragma once

#include "actors/rpc/control.hpp"
#include "actors/rpc/control_json.hpp"
#include "messages/genesis.hpp"

#include <cstddef>
#include <string>

/// How a node is, and the proofs of lies that it keeps, as JSON: one line, no break.
/// Pure; any thread.

namespace caucus {

[[nodiscard]] std::string status_json(const node_status& of, const genesis& from,
                                      const control_facts& facts);

/// {"from", "count", "evidence": [{"peer", "member", "kind", "view", "height", "batch", "text", "signed"}]}:
/// `signed` is the proof itself, encoded, in hex.
[[nodiscard]] std::string evidence_json(const evidence_answer& of, const genesis& from);

/// The members to which there is a link.
[[nodiscard]] std::size_t members_linked(const peer_net_status& of, const genesis& from);

} // namespace caucus
