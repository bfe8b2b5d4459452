#include "test/actors/rpc/library_bench.hpp"

#include <cstdint>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// What a program is told: what is committed, and of its peers.

namespace caucus {
namespace {

using namespace library_testing;

TEST_CASE("what is committed is told from the height wanted, in order, over a restart as well") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) { told.put(what.height.value()); };
  hooks.log = command_of(control_log{height{5}, true});
  bench at{hooks};
  at.run();
  const auto asked = at.requests<subscribe_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().height == height{5});
  at.commit(asked.front().tag, 5);
  at.commit(asked.front().tag, 8);
  at.run();
  told.wait(2);
  at.live();
  at.run();
  const auto again = at.requests<subscribe_request>();
  REQUIRE(again.size() == 1);
  CHECK(again.front().height == height{9});
  at.commit(asked.front().tag, 9); // late, to the former life
  at.commit(again.front().tag, 9);
  at.run();
  REQUIRE(at.desk->finish(patience));
  CHECK(told.now() == std::vector<std::uint64_t>{5, 8, 9});
}

TEST_CASE("a program that is slow with what is committed is subscribed anew, and misses nothing") {
  mailbag<std::uint64_t> told;
  std::promise<void> go;
  library_hooks hooks;
  hooks.committed = [&, wait = go.get_future().share()](const committed_block& what) {
    wait.wait();
    told.put(what.height.value());
  };
  bench at{hooks};
  at.run();
  const auto first = at.requests<subscribe_request>().front();
  at.commit(first.tag, 1, at.limits.window / 2);
  at.commit(first.tag, 2, at.limits.window / 2);
  at.commit(first.tag, 3);
  at.run();
  CHECK(at.requests<unsubscribe_request>().size() == 1);
  CHECK(told.now().empty());
  // The others are not held up by it.
  auto other = at.propose();
  at.run();
  CHECK(at.requests<propose_request>().size() == 1);
  go.set_value();
  std::vector<subscribe_request> again;
  at.run_until([&] {
    again = again.empty() ? at.requests<subscribe_request>() : again;
    return !again.empty();
  });
  CHECK(told.wait(2) == std::vector<std::uint64_t>{1, 2});
  CHECK(again.front().height == height{3});
}

TEST_CASE("where the notary has no place for a subscription it is asked again") {
  library_hooks hooks;
  hooks.committed = [](const committed_block&) {};
  bench at{hooks};
  at.run();
  const auto first = at.requests<subscribe_request>().front();
  REQUIRE(at.notary.try_push(notary_answer{subscription_ended{first.tag, errc::busy}}));
  at.run();
  CHECK(at.requests<subscribe_request>().empty());
  at.clock.advance(1s);
  at.run();
  CHECK(at.requests<subscribe_request>().size() == 1);
}

TEST_CASE("what is committed is told on after the notary was stopped and lives again") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) { told.put(what.height.value()); };
  bench at{hooks};
  at.run();
  const auto first = at.requests<subscribe_request>().front();
  at.commit(first.tag, 4);
  REQUIRE(at.notary.try_push(notary_answer{subscription_ended{first.tag, errc::stopping}}));
  at.run();
  CHECK(told.wait(1) == std::vector<std::uint64_t>{4});
  at.restart_notary();
  at.run();
  const auto again = at.requests<subscribe_request>();
  REQUIRE(again.size() == 1);
  CHECK(again.front().height == height{5});
  at.commit(again.front().tag, 5);
  at.run();
  CHECK(told.wait(2) == std::vector<std::uint64_t>{4, 5});
}

/// The notary's word of where its ledger begins, asked for because of a gap.
void answer_status(bench& at, std::uint64_t oldest) {
  const auto asked = at.requests<status_request>();
  REQUIRE(asked.size() == 1);
  notary_status how;
  how.tag = asked.front().tag;
  how.oldest_height = height{oldest};
  REQUIRE(at.notary.try_push(notary_answer{how}));
  const auto of_consensus = drain_all(at.to_consensus_actor);
  const auto of_peers = drain_all(at.to_peer_net);
  REQUIRE((of_consensus.size() == 1 && of_peers.size() == 1));
  REQUIRE(at.consensus.try_push(command_reply{std::get<call_opened>(of_consensus.front()).tag,
                                              any_value{consensus_status{}}, true}));
  REQUIRE(at.peer_net.try_push(command_reply{std::get<call_opened>(of_peers.front()).tag,
                                             any_value{peer_net_status{}}, true}));
  at.run();
}

/// What it asks for first is kept no more.
void begin_pruned(bench& at) {
  at.run();
  const auto first = at.requests<subscribe_request>().front();
  REQUIRE(
    at.notary.try_push(notary_answer{subscription_ended{first.tag, errc::pruned, height{40}}}));
  at.run();
}

TEST_CASE("blocks that are kept no more are a gap, told once and in its place") {
  mailbag<ledger_gap> gaps;
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) { told.put(what.height.value()); };
  hooks.gap = [&](const ledger_gap& what) {
    told.put(0);
    gaps.put(what);
  };
  bench at{hooks};
  at.run();
  auto asked = at.requests<subscribe_request>();
  REQUIRE(asked.size() == 1);
  at.commit(asked[0].tag, 4);
  REQUIRE(
    at.notary.try_push(notary_answer{subscription_ended{asked[0].tag, errc::pruned, height{40}}}));
  at.run();
  answer_status(at, 41); // more went meanwhile
  CHECK(gaps.wait(1) == std::vector<ledger_gap>{{height{5}, height{41}}});
  asked = at.requests<subscribe_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].height == height{41});
  // Its next life goes on there.
  at.live();
  at.run();
  asked = at.requests<subscribe_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].height == height{41});
  at.commit(asked[0].tag, 50);
  at.run();
  CHECK(told.wait(3) == std::vector<std::uint64_t>{4, 0, 50});
}

TEST_CASE("a status that shows no gap is asked for again, in its time, and tells none") {
  library_hooks hooks;
  mailbag<ledger_gap> gaps;
  hooks.committed = [](const committed_block&) {};
  hooks.gap = [&](const ledger_gap& what) { gaps.put(what); };
  bench at{hooks};
  begin_pruned(at);
  answer_status(at, 1);
  CHECK(at.requests<subscribe_request>().empty());
  at.clock.advance(1s);
  at.run();
  CHECK(at.requests<subscribe_request>().size() == 1);
  REQUIRE(at.desk->finish(patience));
  CHECK(gaps.now().empty());
}

TEST_CASE("without a hook for gaps what is committed ends at one") {
  library_hooks hooks;
  hooks.committed = [](const committed_block&) {};
  bench at{hooks};
  begin_pruned(at);
  at.clock.advance(10s);
  at.run();
  CHECK(at.requests<status_request>().empty());
  CHECK(at.requests<subscribe_request>().empty());
}

/// Up to `newest`; in each epoch one member more; each ends at ten times its number and nine.
group_told group_in(std::uint64_t newest, std::uint64_t tag) {
  const auto voters = [](std::uint64_t of) {
    std::vector<member> all(of + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].name = "m" + std::to_string(i);
      all[i].peer = peer_id{{std::byte(i + 1)}};
    }
    return std::make_shared<const committee>(epoch{of}, std::move(all));
  };
  epoch_history out{committees{voters(0)}, {}};
  for (std::uint64_t i = 0; i < newest; ++i) {
    auto end = std::make_shared<closing>();
    end->last.height = height{10 * i + 9};
    out.ends.push_back(std::move(end));
    out.voters.add(voters(i + 1));
  }
  group_told told;
  told.tag = tag;
  told.voters = voters(newest);
  told.book = std::make_shared<const group_book>();
  told.history = std::make_shared<const epoch_history>(std::move(out));
  return told;
}

TEST_CASE("epochs are told: the one that is, then each that begins, though many begin at once") {
  mailbag<epoch_begun> told;
  std::promise<void> go;
  library_hooks hooks;
  hooks.epoch_begins = [&, wait = go.get_future().share()](const epoch_begun& what) {
    wait.wait();
    told.put(what);
  };
  bench at{hooks};
  at.run();
  const auto say = [&](std::uint64_t newest) {
    static_cast<void>(at.group_asked.restarted());
    for (const auto& one : drain_all(at.group_asked)) {
      if (const auto* const asked = std::get_if<group_request>(&one)) {
        at.group_tag = asked->tag;
      }
    }
    REQUIRE(at.of_group.try_push(notary_answer{group_in(newest, at.group_tag)}));
    at.run();
  };
  say(2);
  say(2); // another petition, say
  say(3);
  say(5);
  go.set_value();
  const auto all = told.wait(4);
  REQUIRE(all.size() == 4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    CHECK(all[i].epoch == epoch{i + 2});
    CHECK(all[i].first == height{10 * (i + 1) + 10});
    REQUIRE(all[i].members.size() == i + 3);
    CHECK(all[i].members.back().name == "m" + std::to_string(i + 2));
  }
  // The actor's next life tells none again.
  at.live();
  at.run();
  say(5);
  say(6);
  CHECK(told.wait(5).back().epoch == epoch{6});
  REQUIRE(at.desk->finish(patience));
  CHECK(told.now().size() == 5);
}

TEST_CASE("the first epoch begins with the first block") {
  mailbag<epoch_begun> told;
  library_hooks hooks;
  hooks.epoch_begins = [&](const epoch_begun& what) { told.put(what); };
  bench at{hooks};
  at.desk->tell(group_in(0, 1));
  const auto all = told.wait(1);
  CHECK(all.front().epoch == epoch{});
  CHECK(all.front().first == height{1});
  CHECK(all.front().members.size() == 1);
}

TEST_CASE("a new life of the notary is subscribed once, and keeps what it was asked at once") {
  library_hooks hooks;
  hooks.committed = [](const committed_block&) {};
  bench at{hooks};
  at.run();
  at.commit(at.requests<subscribe_request>().front().tag, 1); // before its new life in the ring
  at.restart_notary();
  static_cast<void>(at.actor->step());
  auto told = at.propose(); // between the two tellings
  std::size_t subscribed = 0;
  std::vector<propose_request> proposed;
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(at.actor->step());
    static_cast<void>(at.asked.restarted());
    for (const auto& one : at.notary.drain()) {
      subscribed += std::holds_alternative<subscribe_request>(one) ? 1 : 0;
      if (const auto* const it = std::get_if<propose_request>(&one)) {
        proposed.push_back(*it);
      }
    }
  }
  CHECK(subscribed == 1);
  REQUIRE(proposed.size() == 1);
  REQUIRE(at.notary.try_push(notary_answer{propose_answer{proposed.front().tag, receipt{}}}));
  at.run();
  CHECK(errc_of(told) == errc{});
}

TEST_CASE("a callback that throws is survived, and counts as told") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) {
    told.put(what.height.value());
    throw std::runtime_error{"thrown by a callback"};
  };
  bench at{hooks};
  at.run();
  const auto asked = at.requests<subscribe_request>().front();
  at.commit(asked.tag, 1);
  at.commit(asked.tag, 2);
  at.run();
  CHECK(told.wait(2) == std::vector<std::uint64_t>{1, 2});
  auto after = at.propose();
  at.run();
  CHECK(at.requests<propose_request>().size() == 1);
}

// -- peers -----------------------------------------------------------------------------------------

link_info peer_at(std::uint64_t link) {
  link_info out;
  out.id = link_id{link};
  out.address = "10.0.0.1:1";
  return out;
}

TEST_CASE("whether a link may be is the program's to say; what throws has not allowed it") {
  library_hooks hooks;
  hooks.allow = [](const link_info& who) {
    if (who.id == link_id{3}) {
      throw std::runtime_error{"thrown by allow_connection"};
    }
    return who.id == link_id{1};
  };
  bench at{hooks};
  for (std::uint64_t i = 1; i <= 3; ++i) {
    REQUIRE(at.inspected.try_push(connection_question{connection_asked{peer_at(i)}}));
  }
  std::vector<connection_verdict> all;
  at.run_until([&] {
    for (const auto& one : drain_all(at.judged)) {
      all.push_back(one);
    }
    return all.size() == 3;
  });
  CHECK((all[0].allowed && !all[1].allowed && !all[2].allowed));
}

TEST_CASE("an answer waits for one judgement of a link at most, members are judged first") {
  std::promise<void> go;
  mailbag<std::uint64_t> order; // links, and 0 for an answer
  library_hooks hooks;
  hooks.allow = [&, wait = go.get_future().share()](const link_info& who) {
    order.put(who.id.value());
    wait.wait();
    return true;
  };
  bench at{hooks};
  const auto ask = [&](std::uint64_t link, bool member) {
    REQUIRE(at.inspected.try_push(connection_question{connection_asked{peer_at(link), member}}));
  };
  ask(1, false);
  at.run();
  order.wait(1); // it is being judged
  ask(2, false);
  ask(3, false);
  ask(4, true);
  ask(5, true);
  REQUIRE(at.inspected.try_push(connection_question{connection_withdrawn{link_id{1}}}));
  REQUIRE(at.inspected.try_push(connection_question{connection_withdrawn{link_id{2}}}));
  at.run();
  at.desk->answer([&](const result<any_value>&) { order.put(0); }, any_value{});
  go.set_value();
  std::vector<connection_verdict> all;
  at.run_until([&] {
    for (const auto& one : drain_all(at.judged)) {
      all.push_back(one);
    }
    return all.size() == 4;
  });
  CHECK(order.now() == std::vector<std::uint64_t>{1, 0, 4, 5, 3});
}

TEST_CASE("questions that are withdrawn leave room for others") {
  std::promise<void> go;
  mailbag<std::uint64_t> order;
  library_hooks hooks;
  hooks.allow = [&, wait = go.get_future().share()](const link_info& who) {
    order.put(who.id.value());
    wait.wait();
    return true;
  };
  bench at{hooks};
  const std::uint64_t most = library_desk::news_max + 1'000;
  for (std::uint64_t i = 1; i <= most; ++i) {
    REQUIRE(at.inspected.try_push(connection_question{connection_asked{peer_at(i)}}));
    at.run();
    if (i == 1) {
      order.wait(1);
    }
    if (i < most) {
      REQUIRE(at.inspected.try_push(connection_question{connection_withdrawn{link_id{i}}}));
    }
  }
  go.set_value();
  at.run_until([&] { return order.now().size() == 2; });
  CHECK(order.now() == std::vector<std::uint64_t>{1, most});
}

TEST_CASE("links that ended and directives are told") {
  mailbag<errc> ended;
  mailbag<std::string> directives;
  library_hooks hooks;
  hooks.errored = [&](const link_ended& what) { ended.put(what.code); };
  hooks.internal = [&](const directive& what) { directives.put(std::get<ban>(what).reason); };
  bench at{hooks};
  REQUIRE(at.peers.try_push(peer_news{link_ended{peer_at(1), errc::nonce_gap}}));
  REQUIRE(at.peers.try_push(peer_news{directive{ban{{}, 1s, "why"}}}));
  at.run();
  CHECK(ended.wait(1).front() == errc::nonce_gap);
  CHECK(directives.wait(1).front() == "why");
}

TEST_CASE("news that a program does not take stay in their edge") {
  std::promise<void> go;
  library_hooks hooks;
  hooks.errored = [wait = go.get_future().share()](const link_ended&) { wait.wait(); };
  bench at{hooks};
  std::size_t pushed = 0;
  for (std::size_t i = 0; i < library_desk::news_max + 1'000; ++i) {
    pushed += at.peers.try_push(peer_news{link_ended{peer_at(1), errc::link_lost}}) ? 1 : 0;
    at.run();
  }
  CHECK(pushed == library_desk::news_max + 64);
  go.set_value();
  at.run_until([&] { return at.peers.space() == 64; });
}

} // namespace
} // namespace caucus
