#pragma once

#include "actors/notary/snapshot_wire.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_evidence.hpp"
#include "runtime/archive/wire_genesis.hpp"
#include "runtime/archive/wire_group.hpp"
#include "runtime/archive/wire_link.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/archive/wire_proof.hpp"
#include "runtime/archive/wire_vote.hpp"
#include "test/runtime/archive/every_packet.hpp"

#include <tuple>
#include <type_traits>

/// All that has an encoding: what travels, what is hashed, what is stored.

namespace caucus::test {

using every_type =
  std::tuple<hello, goodbye, ping, block_header, block, proposal, subject, vote, certificate,
             proposal_request, proposal_response, certificate_request, certificate_page,
             tip_request, tip_response, view_request, view_response, life, signed_life,
             life_request, life_response, chain_request, chain_page, mutation, batch_header, batch,
             batch_request, batch_response, receipt, conflicting_votes, conflicting_proposals,
             conflicting_batches, evidence, state_proof, proven_entry, answer, read_request,
             read_response, genesis, node_state_request, node_state, attestation, freshness,
             attest_request, attest_response, receipt_proof, pong, snapshot_request,
             snapshot_response, declared_variable>;

template <class T, class... Ts>
constexpr bool is_one_of(const std::tuple<Ts...>*) {
  return (std::is_same_v<T, Ts> || ...);
}
template <class... Ts>
constexpr bool has_all_of(const packets<Ts...>*) {
  return (is_one_of<Ts>(static_cast<const every_type*>(nullptr)) && ...);
}
template <class... Lists>
constexpr bool has_all = (has_all_of(static_cast<const Lists*>(nullptr)) && ...);

static_assert(has_all<peer_net_packets, consensus_packets, node_state_packets, notary_packets>,
              "a packet is missing above: every_type is what the tests of encodings walk");

} // namespace caucus::test
