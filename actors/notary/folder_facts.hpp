#pragma once

#include "actors/notary/records.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/ordering.hpp"
#include "messages/result.hpp"

#include <optional>
#include <string>

/// What ledger and journal of one folder say of each other: for the start of a node, and for who
/// looks at the folder of one that does not run. Pure.

namespace caucus {

/// This member's signature is on it: it leads the block's view, or voted in its certificate.
[[nodiscard]] bool is_signed_by(const final_block& block, const committee& voters,
                                member_index who);

struct folder_facts {
  batch_number executed;           ///< the newest of this node's own batches that the ledger has
  batch_number known;              ///< up to it the journal says that numbers are taken
  height tip;                      ///< of the ledger
  height promised;                 ///< up to it receipts were given, says the journal
  std::optional<peer_id> author{}; ///< another node, whose batches the journal has as own ones
  ledger_tip newest{};             ///< of the ledger; height 0: it has no block

  void add(const final_block& block, const committee& voters, const peer_id& self);
  void add(const notary_record& record, const peer_id& self);
};

/// "; without one, ...": how a folder goes on whose journal is lost, for people. Of a group of one
/// not at all: nobody else has its ledger, so what is in the folder may not be moved away.
[[nodiscard]] std::string without_a_copy(bool alone);

/// Whether all that can be true. `alone`: this node is the only member of its group. Error:
/// folder_contradicts, with the way out: the journal is another node's, or has lost batches that
/// the ledger executed, or, of a group of one, the ledger lost its end.
[[nodiscard]] result<void> judge(const folder_facts& of, const peer_id& self, bool alone);

} // namespace caucus
