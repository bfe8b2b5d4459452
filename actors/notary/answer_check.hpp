#pragma once

#include "messages/bytes.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "messages/vote.hpp"
#include "runtime/membership/certificate_check.hpp"

#include <optional>
#include <string>
#include <vector>

/// Checks an answer with the genesis alone, trusting nobody.
/// Pure; any thread.

namespace caucus {

struct verified_entry {
  bytes key;                  ///< empty: the variable itself; for sets and maps its entry count
  std::optional<bytes> value; ///< none: proven absent
  friend bool operator==(const verified_entry&, const verified_entry&) = default;
};

/// What an answer proves: this is what the variable was, after block `at - 1`. Not that it is the
/// newest: see `height` and `time`.
struct verified_answer {
  std::string variable;
  variable_id id;
  variable_kind kind = variable_kind_first;
  caucus::height height; ///< of the certified header
  wall_ms time{0};       ///< of the certified header
  digest state_root;
  std::int64_t initial = 0; ///< of a number, before it is written
  bool whole = false;       ///< of a set, map or custom one, `entries` are all, after the count
  std::vector<verified_entry> entries;
  friend bool operator==(const verified_answer&, const verified_answer&) = default;
};

/// May an answer prove how many entries there are, and have none of them? Only where that was
/// asked: elsewhere it would be shown as an empty listing.
enum class count_alone : bool { refused, taken };

/// How the variable is declared: as the answer proves, else as the genesis has it. `state_root` is
/// believed. Errors: unknown_variable; bad_proof.
struct shown_variable {
  variable_id id;
  variable_declaration declared;
};
[[nodiscard]] result<shown_variable> variable_shown(const genesis& of, const answer& what);

/// The certificate finalizes the header, and the header's state root proves each entry, which has
/// the form of its variable's kind. The count of a set, map or custom variable comes with all
/// entries.
/// Errors: unknown_variable, bad_certificate, bad_proof, wrong_group; wrong_epoch: the members of
/// its epoch are not in `voters`. See messages/proofs.md.
[[nodiscard]] result<verified_answer> verify_answer(const genesis& of, const committees& voters,
                                                    const network_id& network, const answer& what,
                                                    const signature_check& check,
                                                    count_alone alone = count_alone::refused);

/// The certificate finalizes the last header, from which parents lead back to the first; that one
/// is the child of the receipt's block and certifies its receipts, of which this is one.
/// Errors: bad_certificate, bad_proof, wrong_group, wrong_epoch.
[[nodiscard]] result<void> verify_receipt(const genesis& of, const committees& voters,
                                          const network_id& network, const receipt_proof& what,
                                          const signature_check& check);

/// It is to what was asked: another answer may be just as true.
/// Errors: bad_proof: of another variable or key, or not all of it; stale_answer: below at_least.
[[nodiscard]] result<void> judge_answer(const read_request& asked, const verified_answer& got);

} // namespace caucus
