#include "actors/notary/puller.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstddef>

/// What the simulation found, each shown alone.

using namespace caucus;
using namespace caucus::testing;

TEST_CASE("a read shows what was told before a restart, also of what no journal names") {
  group g;
  const auto told = g.propose(0, "score", "add", {"3"}); // without a request id
  g.run();
  g.make_final(g.make_block(g.at(0).held));
  REQUIRE(g.receipt_for(0, told));
  g.at(0).kept.journal = g.at(0).core->journal();
  g.restart(0);
  const auto tag = g.get(0, "score");
  g.run();
  CHECK(g.answers<get_answer>(0, tag).empty());
  g.make_final(g.make_block({}));
  CHECK(g.value_for(0, tag) == "3");
}

TEST_CASE("a batch that a restart found in the ledger is settled for the next restart too") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"3"}, "once"));
  g.run();
  const auto before = g.at(0).kept.journal; // the crash comes before it holds that it is settled
  g.order();
  g.at(0).kept.journal = before;
  g.restart(0);
  g.run();
  g.tick(duration{20'000'000}); // the stored state goes past that block
  REQUIRE(g.at(0).kept.state_at >= height{1});
  g.restart(0);
  g.order();
  const auto tag = g.get(1, "score");
  g.run();
  CHECK(g.value_for(1, tag) == "3");
}

TEST_CASE("a block that lists an overtaken batch is executed when its notarization comes after the "
          "batch has left the pools") {
  group g;
  const auto once = g.propose(0, "score", "add", {"1"}, "a");
  g.run();
  static_cast<void>(g.propose(0, "score", "add", {"2"}, "b"));
  g.tick(duration{20'000}); // one of ours is unordered: waits for this
  const auto first = g.at(0).held.at(0);
  g.make_final(g.make_block({g.at(0).held.at(1)}));
  for (std::size_t i = 0; i < g.size(); ++i) {
    REQUIRE(std::count(g.at(i).held.begin(), g.at(i).held.end(), first) == 0);
  }
  const auto late = g.make_block({first}); // whose leader did not know of the final one yet
  for (std::size_t i = 0; i < g.size(); ++i) {
    g.notarized(i, late);
  }
  g.run();
  for (std::size_t i = 0; i < g.size(); ++i) {
    CHECK(g.at(i).roots.contains(digest_of(late->header)));
  }
  g.make_final(late);
  g.order();
  CHECK(g.receipt_for(0, once)->status == receipt_status::applied);
  const auto value = g.get(2, "score");
  g.run();
  CHECK(g.value_for(2, value) == "3");
}

TEST_CASE("a journal that keeps nothing makes no notary want its next tick at once, for ever") {
  group g;
  static_cast<void>(g.propose(1, "score", "add", {"3"}));
  g.run();
  g.at(1).journal_works = false; // what it settled waits for it, and the stored state for that
  g.order();
  REQUIRE(g.at(1).core->final_height() > height{});
  g.tick(duration{20'000'000}); // the stored state is due
  const auto next = g.at(1).core->next_wake();
  CHECK((!next || *next > g.now));
}

TEST_CASE("a fresh read counts members that answer while the group goes on") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"3"}));
  g.order();
  const auto fresh = g.get(0, "score", {}, false, true); // asked of all, not answered yet
  const auto next = g.make_block({});
  g.finalized(0, next);
  const auto local = g.get(0, "score"); // told of the newer height meanwhile
  g.run();
  CHECK(g.value_for(0, local) == "3");
  REQUIRE(g.answer_for(0, fresh));
  CHECK((*g.answer_for(0, fresh))->header.height == next->header.height);
}

TEST_CASE("a puller whose slots are taken asks for no tick: the end of a pull makes room") {
  const auto from = small_genesis();
  peer_table peers{committee_of(from), from.members[0].peer};
  notary_config config;
  config.pulls_max = 1;
  puller p{config, peers};
  const time_point now{duration{1'000'000}};
  std::vector<notary_out::action> out;
  const notary_turn t{{now, {}, out}};
  const auto id = [](std::byte one) {
    digest made;
    made.raw.fill(one);
    return made;
  };
  p.want(id(std::byte{1}), {}, std::nullopt, false, t);
  p.pump(t); // nobody is linked: a little later
  static_cast<void>(peers.up(link_id{1}, from.members[1].peer, node_mode::server, true));
  p.want(id(std::byte{2}), {}, std::nullopt, false, t);
  p.want(id(std::byte{3}), {}, std::nullopt, false, t);
  p.pump(t);
  REQUIRE(out.size() == 1);
  CHECK(p.next_wake().value_or(time_point::max()) > now);
}

TEST_CASE("a batch is asked of members and servers first, and of those in client mode then") {
  const auto from = small_genesis();
  peer_table peers{committee_of(from), from.members[0].peer};
  static_cast<void>(peers.up(link_id{1}, key_of(7).id(), node_mode::client, true));
  static_cast<void>(peers.up(link_id{2}, from.members[1].peer, node_mode::client, true));
  static_cast<void>(peers.up(link_id{3}, key_of(8).id(), node_mode::server, true));
  notary_config config;
  puller p{config, peers};
  const time_point now{duration{1'000'000}};
  std::vector<notary_out::action> out;
  const notary_turn t{{now, {}, out}};
  digest id;
  id.raw.fill(std::byte{5});
  p.want(id, height{1}, std::nullopt, true, t);
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 3; ++i) {
    p.pump(t);
    REQUIRE(out.size() == order.size() + 1);
    const auto& asked = std::get<notary_out::request>(out.back());
    order.push_back(asked.link.value());
    REQUIRE(p.answered(asked.tag, false, true, t));
  }
  CHECK(order == std::vector<std::uint64_t>{2, 3, 1});
}

TEST_CASE("the only server is asked for the next batch as soon as it has answered one") {
  const auto from = small_genesis();
  peer_table peers{committee_of(from), from.members[0].peer};
  static_cast<void>(peers.up(link_id{1}, from.members[1].peer, node_mode::server, true));
  notary_config config;
  config.pulls_per_link_max = 2;
  puller p{config, peers};
  const time_point now{duration{1'000'000}}; // which stands still: nothing waits for a time
  std::vector<notary_out::action> out;
  const notary_turn t{{now, {}, out}};
  constexpr std::size_t count = 20;
  for (std::size_t i = 0; i < count; ++i) {
    digest id;
    id.raw.fill(static_cast<std::byte>(i + 1));
    p.want(id, height{1}, std::nullopt, true, t);
  }
  p.pump(t);
  CHECK(out.size() == config.pulls_per_link_max);
  CHECK_FALSE(p.next_wake()); // the end of a pull makes room
  for (std::size_t done = 0; done < count; ++done) {
    REQUIRE(done < out.size());
    const auto tag = std::get<notary_out::request>(out[done]).tag;
    const auto id = p.answered(tag, true, false, t);
    REQUIRE(id);
    p.drop(*id);
    p.pump(t);
  }
  CHECK(out.size() == count);
  // Who has been asked for one in vain is asked again after a while.
  digest id;
  id.raw.fill(std::byte{0xFF});
  p.want(id, height{1}, std::nullopt, true, t);
  p.pump(t);
  REQUIRE(p.answered(std::get<notary_out::request>(out.back()).tag, false, true, t));
  p.pump(t);
  CHECK(out.size() == count + 1);
  CHECK(p.next_wake() == now + config.pull_retry);
}
