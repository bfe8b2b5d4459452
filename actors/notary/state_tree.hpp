#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/proof.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

/// The state: variables' entries, as a binary tree over the bits of hashed keys, whose root the
/// group certifies. A version is a handle to a tree that never changes, so each unfinal block, and
/// the state that reads are proven from, is one; versions share all that is equal.
/// Pure; all versions that come from one another belong to one thread (their counts are not
/// atomic).
///
///     path(variable, key)  = variable (16 bits, big endian) | SHA-256(3, variable LE, key) cut
///     leaf                 = SHA-256(0, path (32), SHA-256(2, value))
///     nothing              = 32 zero bytes
///     a place with one leaf below it is that leaf; with more: SHA-256(1, left, right)
///
/// So the root depends on the entries alone, not on their history; a key costs log2(entries) hashes
/// however it was made to collide. Source: the compact sparse Merkle trees of Libra (2019) and
/// Nomos; we differ in the variable's bits in front, which keep a variable's entries together.

namespace caucus {

[[nodiscard]] digest path_of(variable_id variable, bytes_view key);
[[nodiscard]] digest value_digest(bytes_view value);

namespace tree_detail {
struct node;
void retain(node* what);
void release(node* what);

/// Counts references. Not atomic: see above.
class node_ref {
public:
  node_ref() = default;
  explicit node_ref(node* what) : what_{what} {}
  node_ref(const node_ref& other) : what_{other.what_} { retain(what_); }
  node_ref(node_ref&& other) noexcept : what_{std::exchange(other.what_, nullptr)} {}
  node_ref& operator=(node_ref other) noexcept {
    std::swap(what_, other.what_);
    return *this;
  }
  ~node_ref() { release(what_); }
  [[nodiscard]] node* get() const { return what_; }
  explicit operator bool() const { return what_ != nullptr; }

private:
  node* what_ = nullptr;
};
} // namespace tree_detail

/// An entry as it stands in a tree; views that are good as long as a version that has it.
struct entry_view {
  bytes_view key;
  bytes_view value;
};

/// A place of the tree: all paths that begin with the first `depth` bits of `path`.
struct state_place {
  digest path;            ///< bits behind `depth` are zero
  std::uint8_t depth = 0; ///< <= path_bits; 0: the root
  friend bool operator==(const state_place&, const state_place&) = default;
};
/// The left half (false), or the right one. Precondition: depth < path_bits.
[[nodiscard]] state_place half_of(const state_place& of, bool right);
[[nodiscard]] bool is_in(const state_place& where, const digest& path);
/// No bits behind its depth, which is one.
[[nodiscard]] bool is_well_formed(const state_place& what);
/// Of a place with more than one entry below it.
[[nodiscard]] digest digest_of_halves(const digest& left, const digest& right);

/// One version of the state. Copies are cheap: a pointer a variable.
class state_tree {
public:
  /// Empty; `variables` are numbered [0, variables).
  explicit state_tree(std::size_t variables = 1) : roots_(variables) {}

  /// O(log entries). Precondition: variable is one.
  [[nodiscard]] std::optional<bytes_view> get(variable_id variable, bytes_view key) const;
  /// The same, with path_of(variable, key) known.
  [[nodiscard]] std::optional<bytes_view> get(const digest& path) const;
  /// Key and value.
  [[nodiscard]] std::optional<entry_view> entry(const digest& path) const;
  /// Entries with this path's first path_bits bits, whatever their key.
  [[nodiscard]] bool occupied(const digest& path) const;

  /// Each O(log entries), and path copies once between two calls of root(). `path` is
  /// path_of(variable, key). put() replaces. Precondition of put(): the place is not occupied by
  /// another key.
  void put(const digest& path, bytes_view key, bytes_view value);
  /// False: there was none.
  bool erase(const digest& path);

  /// Hashes what changed since the last call. Only a tree whose root was asked for is copied.
  [[nodiscard]] digest root();
  /// The root as last hashed. Precondition: nothing changed since.
  [[nodiscard]] digest sealed_root() const;
  /// Of presence or absence. Nothing: deeper than proof_hashes_max. Precondition: as sealed_root().
  [[nodiscard]] std::optional<state_proof> prove(const digest& path) const;

  /// Entries of a variable, all of its keys, the empty one too, in the order of their paths, until
  /// `visit` says false.
  void each(variable_id variable, const std::function<bool(const entry_view&)>& visit) const;
  /// The hash of a place; zero: nothing is below it. O(its depth), and of one above variables
  /// O(variables). Precondition: as sealed_root().
  [[nodiscard]] digest hash_at(const state_place& where) const;
  /// Entries below a place in the order of their paths, until `visit` says false. False: it did.
  bool each_at(const state_place& where,
               const std::function<bool(variable_id, const entry_view&)>& visit) const;
  /// Erases all entries of a variable. O(entries).
  void clear(variable_id variable);
  /// Erases what is below it.
  void clear_at(const state_place& where);

  [[nodiscard]] std::uint64_t entry_count() const { return entries_; }
  /// Bytes of keys and values.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::size_t variable_count() const { return roots_.size(); }
  /// Numbered [0, variables) from now on, of which the new ones are empty: the root stays.
  void widen(std::size_t variables) { roots_.resize(std::max(roots_.size(), variables)); }

private:
  struct subtree {
    tree_detail::node_ref top;
    std::uint64_t entries = 0;
  };
  /// The hash of the place at `depth` that holds the variables [first, first + 2^(16 - depth)).
  [[nodiscard]] digest upper(std::size_t first, unsigned depth) const;
  /// Below the variables' part; null: nothing is there. Precondition: where.depth >= 16.
  [[nodiscard]] tree_detail::node* below(const state_place& where) const;
  /// Through the variables' part, whose nodes are not kept: to the top of the part below, if any.
  [[nodiscard]] tree_detail::node* descend(const digest& path, unsigned& depth,
                                           state_proof& out) const;

  std::vector<subtree> roots_;
  std::uint64_t entries_ = 0;
  std::uint64_t size_ = 0;
  digest root_;
  bool sealed_ = true;
};

/// What a proof shows of a key under a root: `value` is there, or (none) the key is not. False: it
/// shows nothing. O(depth) hashes.
[[nodiscard]] bool check_proof(const digest& root, variable_id variable, bytes_view key,
                               const std::optional<bytes_view>& value, const state_proof& proof);

} // namespace caucus
