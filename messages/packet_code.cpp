#include "messages/packet_code.hpp"

#include <algorithm>

namespace caucus {

namespace {

using enum packet_kind;
constexpr auto to_peer_net = subsystem::peer_net;
constexpr auto to_consensus = subsystem::consensus;
constexpr auto to_notary = subsystem::notary;
constexpr std::uint32_t kib = 1024;

// Votes, proposals and certificates: a certificate of 64 signers is 4.2 KiB, a proposal lists at
// most 1,024 batches of 32 bytes. Bodies of batches go in the consensus lane too, as a proposal is
// worth nothing to a replica without them; history goes behind.
constexpr std::array<packet_rule, 26> rules{{
  {packet_code::hello, "hello", to_peer_net, notice, 4 * kib, lane::consensus},
  {packet_code::goodbye, "goodbye", to_peer_net, notice, 4 * kib, lane::consensus},
  {packet_code::ping, "ping", to_peer_net, notice, 64, lane::consensus},
  {packet_code::pong, "pong", to_peer_net, notice, 64, lane::consensus},
  {packet_code::proposal, "proposal", to_consensus, notice, 64 * kib, lane::consensus},
  {packet_code::vote, "vote", to_consensus, notice, 256, lane::consensus},
  {packet_code::certificate, "certificate", to_consensus, notice, 8 * kib, lane::consensus},
  {packet_code::proposal_request, "proposal_request", to_consensus, request, 64, lane::consensus},
  {packet_code::proposal_response, "proposal_response", to_consensus, response, 64 * kib,
   lane::consensus, packet_code::proposal_request},
  {packet_code::certificate_request, "certificate_request", to_consensus, request, 64,
   lane::consensus},
  {packet_code::certificate_page, "certificate_page", to_consensus, response, 256 * kib,
   lane::consensus, packet_code::certificate_request},
  {packet_code::tip_request, "tip_request", to_consensus, request, 64, lane::consensus},
  {packet_code::tip_response, "tip_response", to_consensus, response, 128 * kib, lane::consensus,
   packet_code::tip_request},
  {packet_code::chain_page, "chain_page", to_consensus, response, body_size_max, lane::gossip,
   packet_code::chain_request},
  {packet_code::view_request, "view_request", to_consensus, request, 64, lane::consensus},
  {packet_code::view_response, "view_response", to_consensus, response, 8 * kib, lane::consensus,
   packet_code::view_request},
  {packet_code::node_state_request, "node_state_request", to_consensus, request, 64, lane::gossip},
  {packet_code::node_state, "node_state", to_consensus, response, 20 * kib, lane::gossip,
   packet_code::node_state_request},
  {packet_code::batch, "batch", to_notary, notice, 512 * kib, lane::consensus},
  {packet_code::batch_request, "batch_request", to_notary, request, 64 * kib, lane::consensus},
  {packet_code::batch_response, "batch_response", to_notary, response, 512 * kib, lane::gossip,
   packet_code::batch_request},
  {packet_code::chain_request, "chain_request", to_notary, request, 64, lane::gossip},
  {packet_code::read_request, "read_request", to_notary, request, 4 * kib, lane::gossip},
  {packet_code::read_response, "read_response", to_notary, response, body_size_max, lane::gossip,
   packet_code::read_request},
  {packet_code::attest_request, "attest_request", to_notary, request, 64, lane::gossip},
  {packet_code::attest_response, "attest_response", to_notary, response, 8 * kib, lane::gossip,
   packet_code::attest_request},
}};

constexpr bool before(const packet_rule& one, packet_code code) {
  return one.code < code;
}

static_assert(std::is_sorted(rules.begin(), rules.end(),
                             [](const auto& a, const auto& b) { return a.code < b.code; }));
static_assert(std::all_of(rules.begin(), rules.end(), [](const auto& one) {
  return (one.kind == response) == (one.answers != packet_code::none);
}));
static_assert(std::all_of(rules.begin(), rules.end(), [](const auto& one) {
  return one.body_size_max <= body_size_max
         && static_cast<std::uint16_t>(one.code) < first_application_code;
}));

} // namespace

const std::array<packet_rule, 26>& packet_rules() {
  return rules;
}

const packet_rule* find_rule(packet_code code) {
  const auto* const found = std::lower_bound(rules.begin(), rules.end(), code, before);
  return found != rules.end() && found->code == code ? &*found : nullptr;
}

} // namespace caucus
