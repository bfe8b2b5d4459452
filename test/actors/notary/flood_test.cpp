#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include "actors/notary/link_queue.hpp"

using namespace caucus;
using namespace caucus::testing;

// Peers that ask for more than is theirs: what it costs us in a turn, and whom it keeps waiting.

namespace {

constexpr std::uint64_t first_id = 1'000;

/// What node 0 answered to one link, in order; errc{}: with something.
struct answered {
  link_id link;
  std::uint64_t msg_id = 0;
  std::optional<errc> why; ///< none: with what was asked for
  std::size_t size = 0;
};

std::vector<answered> take_answers(group::node& n) {
  std::vector<answered> out;
  for (const auto& one : std::exchange(n.actions, {})) {
    const auto* const what = std::get_if<notary_out::respond>(&one);
    if (what == nullptr) {
      continue;
    }
    answered now{what->link, what->msg_id, std::nullopt, 0};
    if (const auto* const read = std::get_if<read_response>(&what->response)) {
      now.why = read->answer ? std::nullopt : std::optional{read->code};
      now.size = encode(*read).size();
    } else if (const auto* const got = std::get_if<batch_response>(&what->response)) {
      now.why = got->batch ? std::nullopt : std::optional{errc::busy};
      now.size = encode(*got).size();
    }
    out.push_back(now);
  }
  return out;
}

std::vector<answered> turn_of(group& g) {
  g.at(0).core->finish_turn({g.now, {}, g.at(0).actions});
  return take_answers(g.at(0));
}

std::size_t good(const std::vector<answered>& all) {
  return static_cast<std::size_t>(
    std::count_if(all.begin(), all.end(), [](const answered& one) { return !one.why; }));
}

std::size_t good_of(const std::vector<answered>& all, link_id link) {
  return static_cast<std::size_t>(std::count_if(
    all.begin(), all.end(), [link](const answered& one) { return !one.why && one.link == link; }));
}

std::size_t size_of(const std::vector<answered>& all) {
  std::size_t out = 0;
  for (const auto& one : all) {
    out += one.size;
  }
  return out;
}

void ask_read(group& g, std::size_t who, std::uint64_t msg_id, read_request what) {
  g.step(0, notary_in::peer_asked{g.link_to(who), g.at(who).key->id(), msg_id, std::move(what)});
}

void ask_batch(group& g, std::size_t who, std::uint64_t msg_id, const digest& of) {
  g.step(0,
         notary_in::peer_asked{g.link_to(who), g.at(who).key->id(), msg_id, batch_request{of, {}}});
}

const read_request whole_profile{"profile", {}, true, {}};

/// The same of the height that comes next.
read_request next_profile(group& g) {
  auto out = whole_profile;
  out.height_min = g.at(0).core->final_height().next();
  return out;
}

/// A group whose whole `profile` is an answer of more than half a MiB.
std::unique_ptr<group> with_large_profile(std::size_t clients) {
  auto from = small_genesis();
  from.variables[3].value_size = 4'096;
  auto g = std::make_unique<group>(from, clients);
  for (std::size_t i = 0; i < 200; ++i) {
    static_cast<void>(
      g->propose(i % 4, "profile", "put", {"k" + std::to_string(i), std::string(3'500, 'x')}));
  }
  g->order();
  g->at(0).actions.clear();
  return g;
}

} // namespace

TEST_CASE("links are served in turn, and one that asks for nothing yet always has room") {
  link_queue<int> all;
  const link_id a{1};
  const link_id b{2};
  const link_id c{3};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(all.has_room(a, 3, 3));
    all.push(a, i);
  }
  CHECK_FALSE(all.has_room(a, 3, 100));
  CHECK_FALSE(all.has_room(a, 100, 3));
  REQUIRE(all.has_room(b, 3, 3));
  all.push(b, 10);
  CHECK_FALSE(all.has_room(b, 3, 3));
  all.push(c, 20);
  CHECK(all.pop() == std::pair{a, 0});
  CHECK(all.pop() == std::pair{b, 10});
  all.drop(c);
  CHECK(all.size() == 2);
  CHECK(all.pop() == std::pair{a, 1});
  CHECK(all.pop() == std::pair{a, 2});
  CHECK(all.empty());
  CHECK_FALSE(all.pop());
}

TEST_CASE("ten thousand reads in a turn: few wait, few bytes a turn, and others are answered") {
  const auto made = with_large_profile(3);
  auto& g = *made;
  const auto per_link = g.at(0).config.reads_per_link_max;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    ask_read(g, 4, first_id + i, whole_profile);
  }
  const auto at_once = take_answers(g.at(0));
  INFO("nothing is built when it comes; some are told, most are not");
  CHECK(good(at_once) == 0);
  CHECK(at_once.size() == 1'024);
  CHECK(std::all_of(at_once.begin(), at_once.end(),
                    [](const answered& one) { return one.why == errc::busy; }));
  INFO("a local user need not wait, another stranger and a member but for one answer");
  const auto local = g.get(0, "score");
  CHECK(std::any_of(g.at(0).actions.begin(), g.at(0).actions.end(),
                    [](const auto& one) { return std::holds_alternative<notary_out::tell>(one); }));
  static_cast<void>(local);
  ask_read(g, 5, 7, {"score", {}, false, {}});
  ask_read(g, 1, 8, {"score", {}, false, {}});
  const auto first = turn_of(g);
  const auto second = turn_of(g);
  CHECK(good_of(first, g.link_to(1)) == 1);
  CHECK(good_of(first, g.link_to(5)) + good_of(second, g.link_to(5)) == 1);
  CHECK(g.at(0).core->peers_wait());
  auto served = good_of(first, g.link_to(4)) + good_of(second, g.link_to(4));
  INFO("each of the rest in its turn");
  while (g.at(0).core->peers_wait()) {
    const auto now = turn_of(g);
    REQUIRE(good(now) == 1);
    CHECK(size_of(now) > 512 * 1024);
    CHECK(size_of(now) <= 1024 * 1024);
    ++served;
    REQUIRE(served <= per_link);
  }
  CHECK(served == per_link);
  CHECK(turn_of(g).empty());
}

TEST_CASE("many links that flood are bounded together, and each has its turn") {
  const auto made = with_large_profile(12);
  auto& g = *made;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    for (std::size_t who = 1; who < 16; ++who) {
      ask_read(g, who, first_id + i, whole_profile);
    }
  }
  CHECK(good(take_answers(g.at(0))) == 0);
  std::map<link_id, std::size_t> of;
  for (std::size_t turn = 0; turn < 12; ++turn) {
    const auto now = turn_of(g);
    REQUIRE(size_of(now) <= 3 * 1024 * 1024);
    for (const auto& one : now) {
      ++of[one.link];
    }
  }
  INFO("a member and a stranger a turn");
  for (std::size_t who = 1; who < 4; ++who) {
    CHECK(of[g.link_to(who)] == 4);
  }
  for (std::size_t who = 4; who < 16; ++who) {
    CHECK(of[g.link_to(who)] == 1);
  }
}

TEST_CASE("reads that wait for a height are not answered all in the turn in which it comes") {
  const auto made = with_large_profile(4);
  auto& g = *made;
  const auto later = next_profile(g);
  for (std::size_t who = 4; who < 8; ++who) {
    ask_read(g, who, first_id, later);
  }
  CHECK(turn_of(g).empty());
  CHECK_FALSE(g.at(0).core->peers_wait());
  g.finalized(0, g.make_block({}));
  for (std::size_t who = 4; who < 8; ++who) {
    const auto now = turn_of(g);
    REQUIRE(now.size() == 1);
    CHECK(now[0].link == g.link_to(who));
    CHECK_FALSE(now[0].why);
  }
  CHECK_FALSE(g.at(0).core->peers_wait());
}

TEST_CASE("what a link that is gone asked for costs nothing more") {
  const auto made = with_large_profile(2);
  auto& g = *made;
  const auto later = next_profile(g);
  for (std::uint64_t i = 0; i < 4; ++i) {
    ask_read(g, 4, first_id + i, whole_profile);
    ask_read(g, 4, first_id + 100 + i, later);
  }
  ask_read(g, 5, 7, {"score", {}, false, {}});
  take_answers(g.at(0));
  g.step(0, notary_in::peer_down{g.link_to(4)});
  const auto now = turn_of(g);
  REQUIRE(now.size() == 1);
  CHECK(now[0].link == g.link_to(5));
  CHECK_FALSE(g.at(0).core->peers_wait());
  INFO("nor later, and the place is free again");
  g.finalized(0, g.make_block({}));
  CHECK(turn_of(g).empty());
  g.step(0, notary_in::peer_up{g.link_to(4), g.at(4).key->id(), node_mode::client});
  for (std::uint64_t i = 0; i < g.at(0).config.reads_per_link_max; ++i) {
    ask_read(g, 4, first_id + i, {"score", {}, false, {}});
  }
  CHECK(good(turn_of(g)) == g.at(0).config.reads_per_link_max);
}

TEST_CASE("a full network: nothing more is built until it takes more") {
  const auto made = with_large_profile(1);
  auto& g = *made;
  auto& n = g.at(0);
  ask_read(g, 4, 7, whole_profile);
  n.core->step(notary_in::network_full{true}, {g.now, {}, n.actions});
  for (int turn = 0; turn < 10; ++turn) {
    n.core->finish_turn({g.now, {}, n.actions});
    REQUIRE(take_answers(n).empty());
    REQUIRE(n.core->peers_wait());
    REQUIRE_FALSE(n.core->wants_turn());
  }
  n.core->step(notary_in::network_full{false}, {g.now, {}, n.actions});
  CHECK(n.core->wants_turn());
  CHECK(good(turn_of(g)) == 1);
}

TEST_CASE("ten thousand requests for a batch: few are answered, and a member's at once") {
  group g{small_genesis(), 2};
  const auto post = g.encoded(0, "load", "post", {std::string(4'000, 'x')});
  const auto large =
    g.signed_batch(4, g.at(4).key->id(), batch_number{1}, std::vector<bytes>(60, post));
  const auto id = digest_of(large->header);
  g.step(0, notary_in::batch_arrived{g.link_to(4), g.at(4).key->id(), large});
  g.run();
  REQUIRE(g.at(0).held == std::vector<digest>{id});
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    ask_batch(g, 4, first_id + i, id);
  }
  ask_batch(g, 1, 7, id);
  const auto at_once = take_answers(g.at(0));
  CHECK(good(at_once) == 0);
  CHECK(at_once.size() == 1'024);
  auto now = turn_of(g);
  CHECK(good_of(now, g.link_to(1)) == 1);
  CHECK(good_of(now, g.link_to(4)) <= 2);
  std::size_t served = good_of(now, g.link_to(4));
  while (g.at(0).core->peers_wait()) {
    now = turn_of(g);
    CHECK(size_of(now) <= 512 * 1024);
    served += good(now);
    REQUIRE(served <= 10);
  }
  CHECK(served == g.at(0).config.pulls_per_link_max);
  INFO("one that is not here costs a few bytes, some times");
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    ask_batch(g, 5, first_id + i, digest{});
  }
  CHECK(take_answers(g.at(0)).size() == 1'024);
  INFO("gone: dropped");
  for (std::uint64_t i = 0; i < 8; ++i) {
    ask_batch(g, 4, first_id + i, id);
  }
  g.step(0, notary_in::peer_down{g.link_to(4)});
  CHECK(good(turn_of(g)) == 0);
  CHECK_FALSE(g.at(0).core->peers_wait());
}
