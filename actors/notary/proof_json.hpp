#pragma once

#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "messages/result.hpp"
#include "runtime/commands/strict_json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the notary proves, as JSON and back: for whoever keeps it and shows it to others. See
/// messages/proofs.md. What is read is hostile. Bytes and integers: see
/// runtime/commands/strict_json.hpp.
/// Pure; any thread.

namespace caucus {

/// {"status", "reason", "height", "index"}, and "code" where it was refused. One line, no break.
[[nodiscard]] std::string receipt_json(const receipt& what);

/// {"variable", "kind", "key", "count", "value", "height", "time_ms", "state_root", "signers",
/// "answer"}: all of it is read out of `what`, which is also there as it is encoded, in hex; verify
/// it first. See messages/proofs.md. A whole set's value is a list, a whole map's an object (a list
/// of pairs if a key is not text); null is absent. No value: the answer has not the entries that it
/// counts. A fresh one (`fresh` is not null) has "fresh" too: fresh_json(); one behind the first
/// epoch "epochs": epochs_value(). `history`: null: none is known.
[[nodiscard]] nlohmann::ordered_json answer_value(const genesis& of, const answer& what,
                                                  const freshness* fresh = nullptr,
                                                  const epoch_history* history = nullptr);
/// The same as text: one line, no break.
[[nodiscard]] std::string answer_json(const genesis& of, const answer& what,
                                      const freshness* fresh = nullptr,
                                      const epoch_history* history = nullptr);
/// The encoded answer out of such a text, whether what stands beside it agrees or not.
/// Errors: file_malformed; those of the archive.
[[nodiscard]] result<answer> answer_from_json(std::string_view text);
/// Every member of the text is as answer_json() would have it, and none is there twice; their order
/// does not count. "epochs" is not looked at: follow_closings() is for that. Error: bad_proof,
/// names the member.
[[nodiscard]] result<void> same_as_json(const genesis& of, const answer& what,
                                        std::string_view text, const freshness* fresh = nullptr,
                                        const epoch_history* history = nullptr);
/// {"status", "reason", "code", "height", "index", "signers", "receipt"}: read out of `what`, which
/// is also there as it is encoded, in hex. See messages/proofs.md.
[[nodiscard]] nlohmann::ordered_json receipt_value(const receipt_proof& what,
                                                   const epoch_history* history = nullptr);
[[nodiscard]] std::string receipt_proof_json(const receipt_proof& what,
                                             const epoch_history* history = nullptr);
/// The text has a member "receipt": what receipt_proof_json() wrote, or claims to be.
[[nodiscard]] bool tells_receipt(std::string_view text);
/// As answer_from_json() and same_as_json(). A member "request_id" with a text may stand beside
/// them: it is its proposer's own name for it, and proves nothing.
[[nodiscard]] result<receipt_proof> receipt_from_json(std::string_view text);
[[nodiscard]] result<void> same_as_json(const receipt_proof& what, std::string_view text);
// -- fresh reads, fresh_json.cpp -----------------------------------------------------------------

/// {"nonce", "members", "proof"}: the nonce and the encoded freshness in hex, and the names of
/// those whose word it is. `voters`: of its epoch; null: they are not known, their numbers stand.
[[nodiscard]] std::string fresh_json(const committee* voters, const freshness& what);
/// The encoded freshness out of an answer's text; nothing: it is no fresh one's. Error:
/// file_malformed.
[[nodiscard]] result<std::optional<freshness>> freshness_from_json(std::string_view text);

// -- epochs, epochs_json.cpp ---------------------------------------------------------------------

/// An answer has so many bytes of ends of epochs, encoded, at most: the newest ones. Whoever wants
/// to check one of an epoch far behind the genesis' begins with a checkpoint.
inline constexpr std::size_t proof_epochs_size_max = 8 * 1024;

/// "epochs" of an answer, or receipt, of this epoch: the encoded ends of those before it, in hex.
/// Null: there are none.
[[nodiscard]] nlohmann::ordered_json epochs_value(const epoch_history* history, epoch up_to);
/// What a text's "epochs" holds, for follow_closings(); of a text without: nothing. Error:
/// file_malformed.
[[nodiscard]] result<std::vector<closing>> epochs_from_json(std::string_view text);

} // namespace caucus
