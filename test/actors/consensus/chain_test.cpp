#include "actors/consensus/chain.hpp"
#include "actors/consensus/consensus_limits.hpp"
#include "runtime/archive/signing.hpp"
#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <cstdint>
#include <memory>
#include <vector>

// The tree of blocks above the final one: what is taken in, what stays, what is told.

namespace caucus::voting {
namespace {

std::shared_ptr<const proposal> block_of(const block_header& header, std::uint8_t by = 0) {
  auto out = std::make_shared<proposal>();
  out->block.header = header;
  out->signature.raw[0] = std::byte{by};
  return out;
}

/// On a final block of height 10 in view 20.
struct tree {
  block_header tip{};
  chain all{};

  tree() {
    tip.group = group_id{1};
    tip.height = height{10};
    tip.view = view{20};
    all.start({digest_of(tip), tip, std::nullopt, {}, {}, false}, first_epoch);
  }
  static block_header child(const block_header& of, std::uint64_t in) {
    return lone_core::child(of, view{in}, 0);
  }
  digest put(const block_header& what) {
    const auto id = digest_of(what);
    all.insert(id, block_of(what));
    return id;
  }
};

TEST_CASE("only a block above the final one, in height and in view, is taken in") {
  tree at;
  const auto taken = [&](std::uint64_t in_height, std::uint64_t in_view) {
    auto header = tree::child(at.tip, in_view);
    header.height = height{in_height};
    return at.all.insert(digest_of(header), block_of(header)) != nullptr;
  };
  CHECK(taken(11, 21));
  CHECK_FALSE(taken(10, 21));
  CHECK_FALSE(taken(9, 21));
  CHECK_FALSE(taken(11, 20));
  CHECK_FALSE(taken(11, 19));
}

TEST_CASE("a block whose leader's signature was not known gets it, and one with it keeps it") {
  tree at;
  const auto header = tree::child(at.tip, 21);
  const auto id = digest_of(header);
  at.all.insert(id, block_of(header));
  at.all.insert(id, block_of(header, 7));
  CHECK(at.all.find(id)->proposal->signature.raw[0] == std::byte{7});
  at.all.insert(id, block_of(header, 8));
  CHECK(at.all.find(id)->proposal->signature.raw[0] == std::byte{7});
}

TEST_CASE("the way to a block ends at the final one, at what is missing, or nowhere") {
  tree at;
  const auto first = tree::child(at.tip, 21);
  const auto second = tree::child(first, 22);
  const auto one = at.put(first);
  const auto two = at.put(second);
  CHECK(at.all.path_to(digest_of(at.tip)).ids.empty());
  CHECK(at.all.path_to(two).ids == std::vector{one, two});
  CHECK_FALSE(at.all.path_to(two).missing);
  auto lost = tree::child(second, 23);
  lost.parent = lone_core::root(9);
  const auto away = at.all.path_to(at.put(lost));
  CHECK(away.missing == lone_core::root(9));
  INFO("a branch beside the final block");
  auto beside = tree::child(at.tip, 24);
  beside.parent = lone_core::root(8);
  const auto cut = at.all.path_to(at.put(beside));
  CHECK(cut.ids.empty());
  CHECK_FALSE(cut.missing);
  INFO("a child of the final block of another height");
  auto high = tree::child(at.tip, 25);
  high.height = height{13};
  const auto id = at.put(high);
  const auto odd = at.all.path_to(id);
  CHECK(odd.ids == std::vector{id}); // whoever asks looks at the heights
  CHECK_FALSE(odd.missing);
}

TEST_CASE(
  "when a block is final its rivals go, with all on them, and what nobody notarized of old") {
  tree at;
  const auto first = tree::child(at.tip, 21);
  const auto rival = tree::child(at.tip, 22);
  const auto on_rival = tree::child(rival, 24);
  const auto second = tree::child(first, 25);
  const auto idle = tree::child(first, 26);
  for (const auto& one : {first, rival, on_rival, second, idle}) {
    at.put(one);
  }
  auto early = tree::child(first, 21); // of the final view itself
  early.time = wall_ms{9};
  const auto same_view = digest_of(early);
  at.all.insert(same_view, block_of(early));
  at.all.notarized(digest_of(second));
  at.all.advance(digest_of(first), std::nullopt);
  at.all.prune(view{26});
  CHECK(at.all.find(digest_of(rival)) == nullptr);
  CHECK(at.all.find(same_view) == nullptr);
  CHECK(at.all.find(digest_of(second)) != nullptr); // notarized
  CHECK(at.all.find(digest_of(idle)) != nullptr);   // not below 26
  at.all.prune(view{27});
  CHECK(at.all.find(digest_of(second)) != nullptr);
  CHECK(at.all.find(digest_of(idle)) == nullptr);
  INFO("what stands on a rival goes when its height is passed");
  at.all.advance(digest_of(second), std::nullopt);
  at.all.prune(view{});
  CHECK(at.all.find(digest_of(on_rival)) == nullptr);
  CHECK(at.all.size() == 0);
}

TEST_CASE("blocks that are final are kept for a while, so many, and no others are given for them") {
  tree at;
  auto parent = at.tip;
  std::vector<digest> ids;
  for (std::uint64_t i = 0; i < recent_blocks_max + 3; ++i) {
    auto next = tree::child(parent, 21 + i);
    std::vector<digest> batches{lone_core::root(static_cast<std::uint8_t>(i))};
    next.payload = payload_digest(batches);
    auto made = std::make_shared<proposal>();
    made->block = {next, batches};
    ids.push_back(digest_of(next));
    at.all.insert(ids.back(), made);
    at.all.advance(ids.back(), std::nullopt);
    parent = next;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    INFO(i);
    const auto held = at.all.block_of(ids[i]);
    CHECK((held != nullptr) == (i >= 3));
    CHECK((held == nullptr || digest_of(held->block.header) == ids[i]));
    CHECK(at.all.recently_listed(lone_core::root(static_cast<std::uint8_t>(i))) == (i >= 3));
  }
  CHECK(at.all.block_of(lone_core::root(1)) == nullptr);
}

TEST_CASE("notarized blocks are told once, parents first, and none before its parent is") {
  tree at;
  const auto told = [&] {
    std::vector<digest> out;
    for (const auto* const one : at.all.take_tellable()) {
      out.push_back(one->id);
    }
    return out;
  };
  const auto first = tree::child(at.tip, 21);
  const auto second = tree::child(first, 22);
  const auto third = tree::child(second, 23);
  const auto plain = tree::child(first, 24);
  at.put(third);
  at.put(plain);
  at.all.notarized(digest_of(third));
  CHECK(told().empty()); // its parent is not here
  at.put(second);
  CHECK(told().empty());
  at.put(first);
  CHECK(told() == std::vector{digest_of(first), digest_of(second), digest_of(third)});
  at.all.notarized(digest_of(third));
  CHECK(told().empty());
  at.all.notarized(digest_of(plain));
  CHECK(told() == std::vector{digest_of(plain)});
}

TEST_CASE("a result is that of the block which it was told of, the final one too") {
  tree at;
  const auto first = tree::child(at.tip, 21);
  const auto id = at.put(first);
  at.all.set_result({digest_of(at.tip), lone_core::root(1), lone_core::root(2)});
  at.all.set_result({id, lone_core::root(3), lone_core::root(4)});
  at.all.set_result({lone_core::root(9), lone_core::root(5), lone_core::root(6)}); // nobody's
  CHECK(at.all.result_of(digest_of(at.tip)) == roots{lone_core::root(1), lone_core::root(2)});
  CHECK(at.all.result_of(id) == roots{lone_core::root(3), lone_core::root(4)});
  CHECK_FALSE(at.all.result_of(lone_core::root(9)));
  CHECK(at.all.header_of(lone_core::root(9)) == nullptr);
  CHECK(*at.all.header_of(id) == first);
}

} // namespace
} // namespace caucus::voting
