#pragma once

#include "actors/notary/answer_check.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/genesis.hpp"
#include "messages/proof.hpp"
#include "runtime/base/ed25519.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A group whose keys are known here, so that it can be made to certify anything.

namespace caucus::testing {

[[nodiscard]] inline bytes bytes_of(std::string_view text) {
  const auto raw = as_bytes(text);
  return {raw.begin(), raw.end()};
}

/// The secret key of member or writer `who`: its 32 bytes of seed are all who + 1.
[[nodiscard]] secret_key known_key(std::size_t who);

struct known_group {
  std::string genesis_name; ///< of its file, without the folder
  std::string genesis_text;
  std::string rules; ///< NAME:VERSION; empty: none
  genesis from;
  network_id network;
  state_tree tree;
  block_header header; ///< certifies `tree`

  /// Members have the keys 0, 1, ...
  known_group(std::string name, std::string text, std::string rules_named);

  [[nodiscard]] variable_id id_of(std::string_view variable) const;
  void put(std::string_view variable, std::string_view key, bytes_view value);
  void put(std::string_view variable, std::string_view key, std::string_view value) {
    put(variable, key, as_bytes(value));
  }
  /// Entries, and their count under the empty key.
  void fill(std::string_view variable,
            const std::vector<std::pair<std::string, std::string>>& entries);
  /// A header of this height for the tree as it is.
  void seal(std::uint64_t height);

  [[nodiscard]] certificate sign(const subject& on, std::uint64_t signers = 7) const;
  [[nodiscard]] certificate finalization(std::uint64_t signers = 7) const;
  [[nodiscard]] proven_entry prove(std::string_view variable, std::string_view key) const;
  [[nodiscard]] answer one(std::string_view variable, std::string_view key = {}) const;
  [[nodiscard]] answer all(std::string_view variable) const;
};

/// Two networks: one of four members with every kind of variable but custom; one with rules.
[[nodiscard]] known_group plain_group();
[[nodiscard]] known_group ruled_group();
/// The one with rules, whose genesis file names them.
[[nodiscard]] known_group named_group();
/// Two that go on from another network, the second with a quota.
[[nodiscard]] known_group continued_group();
[[nodiscard]] known_group limited_group();

struct proof_case {
  std::string name;
  std::string genesis; ///< file, without the folder
  std::string rules;   ///< as --rules; empty: none
  std::string refused; ///< as what: an error's code, "*" any; empty: it holds
  std::string reason;  ///< why it is refused; or what is true
  std::string text;    ///< of the file that is verified
  std::string nonce{}; ///< as --nonce; empty: none
};
/// The same, in the same order, at every call.
[[nodiscard]] std::vector<proof_case> proof_cases();
void add_true_cases(std::vector<proof_case>& to);
void add_forged_texts(std::vector<proof_case>& to);
void add_forged_encodings(std::vector<proof_case>& to);
void add_forged_certificates(std::vector<proof_case>& to);
void add_forged_proofs(std::vector<proof_case>& to);
void add_forged_states(std::vector<proof_case>& to);
void add_fresh(std::vector<proof_case>& to);
void add_receipts(std::vector<proof_case>& to);
void add_epochs(std::vector<proof_case>& to);
void add_rules(std::vector<proof_case>& to);

} // namespace caucus::testing
