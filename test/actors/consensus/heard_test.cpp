#include "test/actors/consensus/third_view.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>

// What of peers' proposals and votes is looked at, at all.

namespace caucus::voting {
namespace {

TEST_CASE("a proposal for another's view or group, or with another payload, is not looked at") {
  struct wrong {
    const char* name;
    std::size_t from;
    void (*spoil)(proposal&);
  };
  const wrong rows[] = {
    {"from a member that does not lead the view", 4, [](proposal&) {}},
    {"for another view than its sender leads", 3,
     [](proposal& what) { what.block.header.view = view{4}; }},
    {"of another group", 3, [](proposal& what) { what.block.header.group = group_id{2}; }},
    {"with batches that its header does not name", 3,
     [](proposal& what) { what.block.batches.push_back(nth_batch(0)); }},
    {"without the batches that its header names", 3,
     [](proposal& what) { what.block.header.payload = payload_digest(std::vector{nth_batch(0)}); }},
    {"with a batch twice", 3,
     [](proposal& what) {
       what.block.batches = {nth_batch(0), nth_batch(0)};
       what.block.header.payload = payload_digest(what.block.batches);
     }},
    {"with more batches than a block may list", 3,
     [](proposal& what) {
       for (std::size_t i = 0; i <= batches_per_block_max; ++i) {
         what.block.batches.push_back(nth_batch(i));
         what.block.batches.back().raw[3] = static_cast<std::byte>(i >> 8U);
       }
       what.block.header.payload = payload_digest(what.block.batches);
     }},
    {"from a stranger", 50, [](proposal&) {}},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    in_third_view at;
    at.step(link_up{{lone_core::link(50), lone_core::peer(50), node_mode::server, false, {}}});
    at.holds = true;
    at.done.clear();
    proposal what{{at.good, {}}, {}};
    one.spoil(what);
    at.hear(one.from, what);
    CHECK(at.held.empty());
    REQUIRE(at.blames().size() == 1);
    CHECK(at.blames().front().link == lone_core::link(one.from));
  }
}

TEST_CASE("a proposal whose signature is bad is forgotten, and its leader may still send his own") {
  in_third_view at;
  at.holds = true;
  auto other = at.good;
  other.time += wall_ms{1};
  at.hear(3, proposal{{other, {}}, {}});
  at.hear(3, proposal{{other, {}}, {}}); // again: not checked twice
  REQUIRE(at.held.size() == 1);
  REQUIRE(at.held.front().claims.size() == 1);
  CHECK(at.held.front().claims.front().signer == member_index{3});
  CHECK(std::get<digest>(at.held.front().claims.front().subject) == digest_of(other));
  at.settle(false);
  REQUIRE(at.blames().size() == 1);
  CHECK(at.blames().front().code == errc::bad_signature);
  CHECK(at.react() == reaction::waits);
  at.hear(3, proposal{{at.good, {}}, {}});
  REQUIRE(at.held.size() == 1);
  CHECK(at.react() == reaction::waits); // before its check has ended
  at.settle(true);
  CHECK(at.react() == reaction::notarizes);
}

TEST_CASE("of a view's headers two are looked at, which is what evidence needs") {
  in_third_view at;
  at.holds = true;
  for (std::int64_t i = 0; i < 5; ++i) {
    auto what = at.good;
    what.time += wall_ms{i};
    at.hear(3, proposal{{what, {}}, {}});
  }
  CHECK(at.held.size() == proposals_per_view_max);
}

TEST_CASE("a vote in another's name, or to nullify a block, counts for nobody") {
  struct wrong {
    const char* name;
    std::size_t from;
    vote what;
  };
  const subject on{vote_kind::nullify, epoch{}, view{3}, {}};
  const wrong rows[] = {
    {"in another's name", 2, {on, member_index{1}, {}}},
    {"by a stranger", 50, {on, member_index{1}, {}}},
    {"nullifies a block",
     1,
     {{vote_kind::nullify, epoch{}, view{3}, lone_core::root(9)}, member_index{1}, {}}},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    in_third_view at;
    at.step(link_up{{lone_core::link(50), lone_core::peer(50), node_mode::server, false, {}}});
    at.holds = true;
    at.done.clear();
    at.hear(one.from, one.what);
    CHECK(at.held.empty());
    REQUIRE(at.blames().size() == 1);
    CHECK(at.blames().front().link == lone_core::link(one.from));
  }
}

} // namespace
} // namespace caucus::voting
