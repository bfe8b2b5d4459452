#include "actors/notary/state_tree.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/base/sha256.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace caucus {

namespace tree_detail {

/// A leaf's key and value lie behind it, in one piece of memory.
struct node {
  std::uint32_t references = 1;
  bool is_leaf = false;
  bool hashed = false; ///< false: made since the last root(), so nobody shares it
  digest hash;
};
struct inner : node {
  std::array<node_ref, 2> below;
};
struct leaf : node {
  digest path;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;

  [[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] bytes_view key() { return {data(), key_size}; }
  [[nodiscard]] bytes_view value() { return {data() + key_size, value_size}; }
};

void retain(node* what) {
  if (what != nullptr) {
    ++what->references;
  }
}

// Recursion as deep as the tree: at most path_bits.
void release(node* what) {
  if (what == nullptr || --what->references > 0) {
    return;
  }
  if (what->is_leaf) {
    auto* const gone = static_cast<leaf*>(what);
    gone->~leaf();
    ::operator delete(gone);
  } else {
    delete static_cast<inner*>(what);
  }
}

} // namespace tree_detail

namespace {

using tree_detail::inner;
using tree_detail::leaf;
using tree_detail::node;
using tree_detail::node_ref;

constexpr std::byte leaf_prefix{0};
constexpr std::byte pair_prefix{1};
constexpr std::byte value_prefix{2};
constexpr std::byte key_prefix{3};
constexpr unsigned variable_bits = 16;

bool bit(const digest& path, unsigned depth) {
  return (std::to_integer<unsigned>(path.raw[depth / 8]) >> (7 - depth % 8) & 1U) != 0;
}

std::size_t variable_of(const digest& path) {
  return std::to_integer<std::size_t>(path.raw[0]) << 8U
         | std::to_integer<std::size_t>(path.raw[1]);
}

bool same_place(const digest& a, const digest& b) {
  return std::memcmp(a.raw.data(), b.raw.data(), path_bits / 8) == 0;
}

digest leaf_digest(const digest& path, const digest& value) {
  return sha256_pair(leaf_prefix, path, value);
}

node_ref make_leaf(const digest& path, bytes_view key, bytes_view value) {
  void* const at = ::operator new(sizeof(leaf) + key.size() + value.size());
  auto* const out = new (at) leaf;
  out->is_leaf = true;
  out->path = path;
  out->key_size = static_cast<std::uint32_t>(key.size());
  out->value_size = static_cast<std::uint32_t>(value.size());
  std::copy(key.begin(), key.end(), out->data());
  std::copy(value.begin(), value.end(), out->data() + key.size());
  return node_ref{out};
}

/// The inner node to change: this one if nobody shares it, else a copy in its place. Whoever walks
/// down owns all above, so a count of 1 says that nobody does.
inner& own(node_ref& at) {
  auto* held = static_cast<inner*>(at.get());
  if (held->references == 1) {
    held->hashed = false;
  } else if (held->hashed) {
    auto* const copy = new inner;
    copy->below = held->below;
    at = node_ref{copy};
    held = copy;
  }
  return *held;
}

const digest& hash_of(node* at) {
  if (!at->hashed) {
    if (at->is_leaf) {
      auto* const one = static_cast<leaf*>(at);
      one->hash = leaf_digest(one->path, value_digest(one->value()));
    } else {
      auto* const pair = static_cast<inner*>(at);
      static const digest nothing{};
      const auto& left = pair->below[0] ? hash_of(pair->below[0].get()) : nothing;
      const auto& right = pair->below[1] ? hash_of(pair->below[1].get()) : nothing;
      pair->hash = sha256_pair(pair_prefix, left, right);
    }
    at->hashed = true;
  }
  return at->hash;
}

leaf* find(const node_ref& top, const digest& path) {
  node* at = top.get();
  for (unsigned depth = variable_bits; at != nullptr && !at->is_leaf; ++depth) {
    at = static_cast<inner*>(at)->below[bit(path, depth) ? 1 : 0].get();
  }
  return static_cast<leaf*>(at);
}

/// `fresh` comes below `at`, at `depth`. The bytes that it replaces, if it does.
std::optional<std::size_t> insert(node_ref& at, node_ref fresh, unsigned depth) {
  if (!at) {
    at = std::move(fresh);
    return std::nullopt;
  }
  const auto& path = static_cast<leaf*>(fresh.get())->path;
  if (at.get()->is_leaf) {
    auto* const there = static_cast<leaf*>(at.get());
    if (there->path == path) {
      const std::size_t replaced = there->key_size + std::size_t{there->value_size};
      at = std::move(fresh);
      return replaced;
    }
    CAUCUS_ASSERT(depth < path_bits && !same_place(there->path, path));
    auto* const pair = new inner;
    pair->below[bit(there->path, depth) ? 1 : 0] = std::move(at);
    at = node_ref{pair};
    return insert(at, std::move(fresh), depth);
  }
  const auto side = bit(path, depth) ? 1U : 0U;
  return insert(own(at).below[side], std::move(fresh), depth + 1);
}

/// Precondition: it is there.
void remove(node_ref& at, const digest& path, unsigned depth) {
  if (at.get()->is_leaf) {
    at = node_ref{};
    return;
  }
  auto& pair = own(at);
  remove(pair.below[bit(path, depth) ? 1 : 0], path, depth + 1);
  // A leaf that is alone now takes its parent's place, as if the other had never been.
  for (const auto side : {0U, 1U}) {
    if (!pair.below[1 - side] && (!pair.below[side] || pair.below[side].get()->is_leaf)) {
      at = node_ref{pair.below[side]};
      return;
    }
  }
}

bool walk(const node_ref& at, const std::function<bool(const entry_view&)>& visit) {
  if (!at) {
    return true;
  }
  if (at.get()->is_leaf) {
    auto* const one = static_cast<leaf*>(at.get());
    return visit({one->key(), one->value()});
  }
  const auto* const pair = static_cast<inner*>(at.get());
  return walk(pair->below[0], visit) && walk(pair->below[1], visit);
}

bool filled(const state_proof& proof, unsigned depth) {
  return ((depth < 64 ? proof.filled_upper >> depth : proof.filled_lower >> (depth - 64)) & 1U)
         != 0;
}

} // namespace

digest path_of(variable_id variable, bytes_view key) {
  const auto number = variable.value();
  const std::array<std::byte, 3> prefix{key_prefix, static_cast<std::byte>(number & 0xFFU),
                                        static_cast<std::byte>(number >> 8U)};
  auto out = sha256({bytes_view{prefix}, key});
  std::move_backward(out.raw.begin(), out.raw.end() - 2, out.raw.end());
  out.raw[0] = static_cast<std::byte>(number >> 8U);
  out.raw[1] = static_cast<std::byte>(number & 0xFFU);
  return out;
}

digest value_digest(bytes_view value) {
  const std::array<std::byte, 1> prefix{value_prefix};
  return sha256({bytes_view{prefix}, value});
}

state_place half_of(const state_place& of, bool right) {
  CAUCUS_ASSERT(of.depth < path_bits);
  auto out = of;
  if (right) {
    out.path.raw[of.depth / 8U] |= static_cast<std::byte>(0x80U >> of.depth % 8U);
  }
  ++out.depth;
  return out;
}

bool is_in(const state_place& where, const digest& path) {
  for (unsigned i = 0; i < where.depth; ++i) {
    if (bit(where.path, i) != bit(path, i)) {
      return false;
    }
  }
  return true;
}

bool is_well_formed(const state_place& what) {
  if (what.depth > path_bits) {
    return false;
  }
  for (unsigned i = what.depth; i < 8 * digest::size; ++i) {
    if (bit(what.path, i)) {
      return false;
    }
  }
  return true;
}

digest digest_of_halves(const digest& left, const digest& right) {
  return sha256_pair(pair_prefix, left, right);
}

std::optional<bytes_view> state_tree::get(variable_id variable, bytes_view key) const {
  return get(path_of(variable, key));
}

std::optional<bytes_view> state_tree::get(const digest& path) const {
  CAUCUS_ASSERT(variable_of(path) < roots_.size());
  auto* const found = find(roots_[variable_of(path)].top, path);
  return found != nullptr && found->path == path ? std::optional{found->value()} : std::nullopt;
}

std::optional<entry_view> state_tree::entry(const digest& path) const {
  auto* const found = find(roots_[variable_of(path)].top, path);
  return found != nullptr && found->path == path
           ? std::optional{entry_view{found->key(), found->value()}}
           : std::nullopt;
}

bool state_tree::occupied(const digest& path) const {
  const auto* const found = find(roots_[variable_of(path)].top, path);
  return found != nullptr && same_place(found->path, path);
}

void state_tree::put(const digest& path, bytes_view key, bytes_view value) {
  auto& in = roots_[variable_of(path)];
  const auto replaced = insert(in.top, make_leaf(path, key, value), variable_bits);
  if (!replaced) {
    ++in.entries;
    ++entries_;
  }
  size_ += key.size() + value.size();
  size_ -= replaced.value_or(0);
  sealed_ = false;
}

bool state_tree::erase(const digest& path) {
  auto& in = roots_[variable_of(path)];
  auto* const found = find(in.top, path);
  if (found == nullptr || found->path != path) {
    return false;
  }
  size_ -= found->key_size + std::size_t{found->value_size};
  remove(in.top, path, variable_bits);
  --in.entries;
  --entries_;
  sealed_ = false;
  return true;
}

void state_tree::clear(variable_id variable) {
  auto& in = roots_[variable.value()];
  static_cast<void>(walk(in.top, [this](const entry_view& one) {
    size_ -= one.key.size() + one.value.size();
    return true;
  }));
  entries_ -= in.entries;
  in = {};
  sealed_ = false;
}

digest state_tree::upper(std::size_t first, unsigned depth) const {
  const std::size_t count = std::size_t{1} << (variable_bits - depth);
  const auto end = std::min(first + count, roots_.size());
  std::uint64_t entries = 0;
  node* only = nullptr;
  for (auto i = first; i < end; ++i) {
    entries += roots_[i].entries;
    only = roots_[i].entries > 0 ? roots_[i].top.get() : only;
  }
  if (entries == 0) {
    return digest{};
  }
  // A lone leaf stands where it is alone.
  if (entries == 1 || depth == variable_bits) {
    return hash_of(only);
  }
  return sha256_pair(pair_prefix, upper(first, depth + 1), upper(first + count / 2, depth + 1));
}

digest state_tree::root() {
  if (!sealed_) {
    for (const auto& one : roots_) {
      if (one.top) {
        static_cast<void>(hash_of(one.top.get()));
      }
    }
    root_ = upper(0, 0);
    sealed_ = true;
  }
  return root_;
}

digest state_tree::sealed_root() const {
  CAUCUS_ASSERT(sealed_);
  return root_;
}

node* state_tree::below(const state_place& where) const {
  if (variable_of(where.path) >= roots_.size()) {
    return nullptr;
  }
  auto* at = roots_[variable_of(where.path)].top.get();
  for (unsigned depth = variable_bits; at != nullptr && !at->is_leaf && depth < where.depth;
       ++depth) {
    at = static_cast<inner*>(at)->below[bit(where.path, depth) ? 1 : 0].get();
  }
  const bool is_elsewhere =
    at != nullptr && at->is_leaf && !is_in(where, static_cast<leaf*>(at)->path);
  return is_elsewhere ? nullptr : at;
}

digest state_tree::hash_at(const state_place& where) const {
  CAUCUS_ASSERT(sealed_);
  if (where.depth <= variable_bits) {
    return upper(variable_of(where.path), where.depth);
  }
  auto* const at = below(where);
  return at == nullptr ? digest{} : hash_of(at);
}

bool state_tree::each_at(const state_place& where,
                         const std::function<bool(variable_id, const entry_view&)>& visit) const {
  const auto first = variable_of(where.path);
  if (where.depth > variable_bits) {
    auto* const at = below(where);
    const variable_id in{static_cast<std::uint16_t>(first)};
    tree_detail::retain(at);
    return walk(node_ref{at}, [&](const entry_view& one) { return visit(in, one); });
  }
  const auto end =
    std::min(first + (std::size_t{1} << (variable_bits - where.depth)), roots_.size());
  for (auto i = first; i < end; ++i) {
    const variable_id in{static_cast<std::uint16_t>(i)};
    if (!walk(roots_[i].top, [&](const entry_view& one) { return visit(in, one); })) {
      return false;
    }
  }
  return true;
}

void state_tree::clear_at(const state_place& where) {
  std::vector<digest> gone;
  static_cast<void>(each_at(where, [&gone](variable_id in, const entry_view& one) {
    gone.push_back(path_of(in, one.key));
    return true;
  }));
  for (const auto& path : gone) {
    static_cast<void>(erase(path));
  }
}

namespace {

void note_sibling(state_proof& out, unsigned depth, const digest& sibling) {
  if (!sibling.is_zero()) {
    (depth < 64 ? out.filled_upper : out.filled_lower) |= std::uint64_t{1} << depth % 64;
    out.siblings.push_back(sibling);
  }
}

} // namespace

tree_detail::node* state_tree::descend(const digest& path, unsigned& depth,
                                       state_proof& out) const {
  std::size_t first = 0;
  node* at = nullptr;
  for (;; ++depth) {
    const std::size_t count = std::size_t{1} << (variable_bits - depth);
    std::uint64_t entries = 0;
    for (auto i = first; i < std::min(first + count, roots_.size()); ++i) {
      entries += roots_[i].entries;
      at = roots_[i].entries > 0 ? roots_[i].top.get() : at;
    }
    if (entries == 0) {
      at = nullptr;
    }
    if (entries <= 1 || depth == variable_bits) {
      return at;
    }
    const bool right = bit(path, depth);
    note_sibling(out, depth, upper(right ? first : first + count / 2, depth + 1));
    first += right ? count / 2 : 0;
  }
}

std::optional<state_proof> state_tree::prove(const digest& path) const {
  CAUCUS_ASSERT(sealed_ && variable_of(path) < roots_.size());
  state_proof out;
  unsigned depth = 0;
  auto* at = descend(path, depth, out);
  for (; at != nullptr && !at->is_leaf; ++depth) {
    const auto side = bit(path, depth) ? 1U : 0U;
    const auto* const pair = static_cast<inner*>(at);
    note_sibling(out, depth,
                 pair->below[1 - side] ? hash_of(pair->below[1 - side].get()) : digest{});
    at = pair->below[side].get();
  }
  if (at != nullptr) {
    auto* const one = static_cast<leaf*>(at);
    out.leaf = state_leaf{one->path, value_digest(one->value())};
  }
  if (out.siblings.size() > proof_hashes_max) {
    return std::nullopt;
  }
  out.depth = static_cast<std::uint8_t>(depth);
  std::reverse(out.siblings.begin(), out.siblings.end());
  return out;
}

void state_tree::each(variable_id variable,
                      const std::function<bool(const entry_view&)>& visit) const {
  static_cast<void>(walk(roots_[variable.value()].top, visit));
}

namespace {

/// Of a key's presence or absence: the leaf, if there is one, stands on the key's way, and says what is
/// claimed.
bool leaf_agrees(const state_proof& proof, const digest& path, std::optional<bytes_view> value) {
  if (!proof.leaf) {
    return !value;
  }
  for (unsigned i = 0; i < proof.depth; ++i) {
    if (bit(proof.leaf->key, i) != bit(path, i)) {
      return false;
    }
  }
  return (proof.leaf->key == path) == value.has_value()
         && (!value || proof.leaf->value == value_digest(*value));
}

} // namespace

bool check_proof(const digest& root, variable_id variable, bytes_view key,
                 const std::optional<bytes_view>& value, const state_proof& proof) {
  const auto path = path_of(variable, key);
  const unsigned depth = proof.depth;
  if (depth > path_bits || proof.siblings.size() > proof_hashes_max) {
    return false;
  }
  if (!leaf_agrees(proof, path, value)) {
    return false;
  }
  auto at = proof.leaf ? leaf_digest(proof.leaf->key, proof.leaf->value) : digest{};
  for (unsigned i = depth; i < path_bits; ++i) {
    if (filled(proof, i)) {
      return false;
    }
  }
  auto next = proof.siblings.begin();
  for (unsigned i = depth; i-- > 0;) {
    digest sibling;
    if (filled(proof, i)) {
      if (next == proof.siblings.end() || next->is_zero()) {
        return false;
      }
      sibling = *next++;
    } else if (i + 1 == depth) {
      return false; // what is alone stands higher
    }
    at =
      bit(path, i) ? sha256_pair(pair_prefix, sibling, at) : sha256_pair(pair_prefix, at, sibling);
  }
  return next == proof.siblings.end() && at == root;
}

} // namespace caucus
