#pragma once

#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A read that anyone can check with the genesis alone, trusting no node.
/// Pure values.

namespace caucus {

inline constexpr std::size_t bucket_bits = 16;             ///< the state tree's fixed depth
inline constexpr std::size_t proof_hashes_max = 64;        ///< bucket_bits + a bucket's own tree
inline constexpr std::size_t entries_per_answer_max = 256; ///< of a whole set or map

/// A leaf of a bucket's sorted tree.
struct state_leaf {
  digest key;   ///< hash of variable and key
  digest value; ///< hash of the value

  friend auto operator<=>(const state_leaf&, const state_leaf&) = default;
};

/// One leaf and its way up its bucket's tree.
struct leaf_path {
  state_leaf leaf;
  std::uint32_t index = 0;      ///< among the bucket's leaves
  std::vector<digest> siblings; ///< from the leaf up

  friend bool operator==(const leaf_path&, const leaf_path&) = default;
};

/// Presence: `present` is the key's own leaf. Absence: the neighbours that enclose where it would
/// be (either may be missing at the bucket's ends; both, if the bucket is empty).
struct state_proof {
  std::uint32_t leaf_count = 0; ///< of the bucket
  std::optional<leaf_path> present;
  std::optional<leaf_path> before;
  std::optional<leaf_path> after;
  std::vector<digest> bucket_path; ///< bucket_bits siblings, from the bucket up

  friend bool operator==(const state_proof&, const state_proof&) = default;
};

struct proven_entry {
  bytes key;                  ///< empty: the variable itself; for sets and maps its entry count
  std::optional<bytes> value; ///< as stored; none: proven absent
  state_proof proof;

  friend bool operator==(const proven_entry&, const proven_entry&) = default;
};

/// `header` certifies the state that its parent leads to: what the blocks up to height
/// header.at - 1 made of it. A whole set or map: its count first, then exactly that many entries.
struct answer {
  std::string variable;
  std::vector<proven_entry> entries; ///< [1, 1 + entries_per_answer_max]
  block_header header;
  certificate finalization; ///< of `header`

  friend bool operator==(const answer&, const answer&) = default;
};

struct read_request {
  std::string variable;
  bytes key;
  bool whole = false; ///< all entries of a set or map
  height at_least;    ///< of the answer's header; waits for it within the request's time
  friend bool operator==(const read_request&, const read_request&) = default;
};
/// Empty: refused, `why` says so.
struct read_response {
  std::optional<answer> what;
  errc why{};
  friend bool operator==(const read_response&, const read_response&) = default;
};

} // namespace caucus
