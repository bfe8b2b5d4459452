#pragma once

#include "messages/block.hpp"
#include "messages/node_state.hpp"
#include "messages/vote.hpp"
#include "runtime/archive/packets.hpp"

/// What members say to one another to agree, and to catch up. A certificate of 64 signers is 4.2
/// KiB, a proposal lists at most 1,024 batches of 32 bytes; history goes behind votes.
/// Pure values.

namespace caucus {

/// The core's. It asks for a chain too, whose requests the notary hears.
using consensus_packets =
  packets<proposal, vote, certificate, proposal_request, proposal_response, certificate_request,
          certificate_page, tip_request, tip_response, chain_page, view_request, view_response,
          life_request, life_response>;
/// The shell's own, beside the protocol.
using node_state_packets = packets<node_state_request, node_state>;

} // namespace caucus
