#pragma once

#include "actors/notary/snapshot_packets.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/vote.hpp"
#include "runtime/archive/packets.hpp"

/// What notaries say to one another: bodies of batches, history, reads. Batches go in the consensus
/// lane, as a proposal is worth nothing to a replica without them.
/// Pure values.

namespace caucus {

using notary_packets =
  packets<batch, batch_request, batch_response, chain_request, read_request, read_response,
          attest_request, attest_response, snapshot_request, snapshot_response>;

} // namespace caucus
