#pragma once

#include "actors/notary/answer_check.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "actors/notary/snapshot_packets.hpp"
#include "messages/closing.hpp"
#include "messages/control.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/ordering.hpp"
#include "messages/proof.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the notary's core is told and what it wants done. A shell, or the simulation, performs the
/// actions in their order and tells the outcome of those that have one.
/// Pure values.

namespace caucus {

/// Which of the local askers: the place of its edge.
using asker_index = std::size_t;

namespace notary_in {

struct peer_up {
  link_id link;
  peer_id peer;
  node_mode mode = node_mode::server;
  std::uint16_t protocol = protocol_version_max;
};
struct peer_down {
  link_id link;
};
struct batch_arrived {
  link_id link;
  peer_id peer;
  shared_batch batch;
};
/// A request of a peer; answered by `respond` under its msg_id.
struct peer_asked {
  link_id link;
  peer_id peer;
  std::uint64_t msg_id = 0;
  std::variant<batch_request, chain_request, read_request, attest_request, snapshot_request>
    request;
};
/// The end of a `request`; errc: it ended without an answer, then link and peer may be zero.
struct peer_answered {
  std::uint64_t tag = 0;
  link_id link;
  peer_id peer;
  std::variant<errc, batch_response, read_response, attest_response, snapshot_response> response;
};
/// The end of `check_batch`.
struct batch_checked {
  std::uint64_t token = 0;
  result<void> how;
};
/// The end of `check_answer`.
struct answer_checked {
  std::uint64_t token = 0;
  result<verified_answer> how{verified_answer{}};
};
/// The end of `check_attestation`.
struct attestation_checked {
  std::uint64_t token = 0;
  result<void> how;
};
/// The end of `check_snapshot`.
struct snapshot_checked {
  std::uint64_t token = 0;
  result<void> how;
};
/// `install_snapshot` failed. If it works the node begins a new life.
struct snapshot_refused {
  error why;
};
/// All `persist` up to this token are durable.
struct persisted {
  std::uint64_t count = 0;
};
/// All `append` up to this height are durable (in memory mode: written).
struct appended {
  caucus::height height;
};
/// The end of `load`: final blocks of consecutive heights from the one asked for; empty: none
/// there.
struct loaded {
  std::uint64_t token = 0;
  std::vector<shared_final> blocks;
};
/// The ledger's blocks below this one are gone; the end of `prune`, if any went.
struct pruned {
  height oldest;
};
/// The end of `store_state`.
struct state_stored {
  caucus::height height;
};
/// The disk refuses (a text for people), or works again (empty).
struct storage {
  std::string problem;
};
struct asked {
  asker_index asker = 0;
  notary_request request;
};
/// An asker begins a new life: nothing that the former one asked is answered.
struct asker_restarted {
  asker_index asker = 0;
};
/// The network takes no more now, or takes again: while it does not, no peer's question is
/// answered.
struct network_full {
  bool full = true;
};
/// Time has passed.
struct tick {};

using event = std::variant<tick, peer_up, peer_down, batch_arrived, peer_asked, peer_answered,
                           batch_checked, answer_checked, persisted, appended, loaded, state_stored,
                           storage, asked, asker_restarted, to_notary, attestation_checked,
                           network_full, pruned, snapshot_checked, snapshot_refused>;

} // namespace notary_in

namespace notary_out {

/// Append to the journal; `persisted` when durable.
struct persist {
  std::uint64_t token = 0; ///< rising by 1
  notary_record record;
};
/// Keep what ended an epoch, durable before the next `append` is.
struct keep_closing {
  std::shared_ptr<const closing> what; ///< never null
};
/// Append to the ledger; heights rise by 1; `appended` when durable.
struct append {
  shared_final block;
};
/// Read the ledger; stops at `count_max` blocks or when `size_max` bytes are passed, but not before
/// one. Blocks behind the last `appended` need not be there; nor are those below the last `pruned`.
/// `loaded`.
struct load {
  std::uint64_t token = 0;
  height first;
  std::uint32_t count_max = 1;
  std::size_t size_max = 0; ///< bytes of batches and headers
  bool bodies = true;       ///< false: `batches` of the blocks may be left empty
};
/// Write to the stored state, in one transaction, in the background; one at a time. `state_stored`.
struct store_state {
  caucus::height height;
  std::vector<state_entry> changed; ///< each key once
};
/// Blocks of the ledger below it may go, as far as it is convenient; `pruned`.
struct prune {
  height below;
};
/// Run caucus::check_batch(); `batch_checked`.
struct check_batch {
  std::uint64_t token = 0;
  shared_batch batch;
};
/// Run caucus::verify_answer(); `answer_checked`.
struct check_answer {
  std::uint64_t token = 0;
  std::shared_ptr<const caucus::answer> answer;
  shared_history history; ///< never null
};
/// Run caucus::verify_attestation(); `attestation_checked`.
struct check_attestation {
  std::uint64_t token = 0;
  fresh_nonce nonce;
  std::shared_ptr<const attest_response> response; ///< never null, nor is its attestation
  shared_history history;                          ///< never null
  bool shown = true;                               ///< check its certificate too
};
/// Run caucus::check_certified_block(); `snapshot_checked`.
struct check_snapshot {
  std::uint64_t token = 0;
  std::shared_ptr<snapshot_contents> what; ///< never null; the core does not look at it meanwhile
};
/// Entries that came, for the case that this life ends before the last one did. They need not
/// survive. None: all that were kept may go.
struct keep_snapshot_part {
  std::vector<snapshot_entry> entries;
};
/// Run caucus::check_certified_state(), and begin a new life with this ledger and state, or
/// `snapshot_refused`.
struct install_snapshot {
  std::shared_ptr<snapshot_contents> what; ///< never null; the core does not keep it
};
struct send_batch {
  shared_batch batch;
  std::vector<link_id> links; ///< marshalled once for all
};
struct request {
  link_id link;
  std::uint64_t tag = 0;
  duration timeout{0};
  std::variant<batch_request, read_request, attest_request, snapshot_request> request;
};
struct respond {
  link_id link;
  std::uint64_t msg_id = 0;
  std::variant<batch_response, chain_page, read_response, attest_response, snapshot_response>
    response;
};
/// The peer sent what an honest one never sends.
struct blame {
  link_id link;
  peer_id peer;
  errc code{};
  std::string detail;
};
struct tell {
  asker_index asker = 0;
  notary_answer answer;
};
/// The variables are these from now on, for whoever names them.
struct name_variables {
  shared_declarations now; ///< never null
};

using action =
  std::variant<persist, append, load, store_state, check_batch, check_answer, send_batch, request,
               respond, blame, tell, to_consensus, check_attestation, keep_closing, prune,
               check_snapshot, keep_snapshot_part, install_snapshot, name_variables>;

} // namespace notary_out

} // namespace caucus
