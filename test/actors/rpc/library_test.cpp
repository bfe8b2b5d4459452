#include "test/actors/rpc/library_bench.hpp"

#include <future>
#include <utility>
#include <vector>

// What a program asks of its node: each call is answered once.

namespace caucus {
namespace {

using namespace library_testing;

TEST_CASE("a proposal goes to the notary, and its receipt to the caller, once") {
  bench at;
  auto told = at.propose();
  at.run();
  const auto asked = at.requests<propose_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().mutation == bytes{std::byte{1}});
  receipt good;
  good.height = height{9};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(at.notary.try_push(notary_answer{propose_answer{asked.front().tag, good}}));
  }
  at.run();
  CHECK(*answer_of(told)->as<receipt>() == good);
  REQUIRE(at.desk->finish(patience));
  CHECK(at.answers.now().size() == 1);
}

TEST_CASE("a proposal without an answer ends as unknown, in its time") {
  bench at;
  auto told = at.propose();
  at.run();
  at.clock.advance(control_timeout_default + 3s);
  at.run();
  CHECK(errc_of(told) == errc::outcome_unknown);
}

TEST_CASE("while the notary's ring is full callers hear busy, and nobody waits") {
  bench at;
  std::vector<std::future<result<any_value>>> told;
  for (int i = 0; i < 8; ++i) { // the calls' ring
    told.push_back(at.propose());
  }
  auto one_more = at.propose();
  CHECK(errc_of(one_more) == errc::busy);
  at.run(); // 4 in the notary's ring, 4 wait
  for (int i = 0; i < 8; ++i) {
    told.push_back(at.propose());
  }
  at.run();
  auto another = at.propose();
  CHECK(errc_of(another) == errc::busy);
  std::size_t arrived = 0;
  while (arrived < 16) { // there is space again
    arrived += at.requests<propose_request>().size();
    at.run();
  }
  CHECK(arrived == 16);
}

TEST_CASE("a restart of the actor answers what it had taken, and keeps what it had not") {
  bench at;
  auto taken = at.propose();
  at.run();
  auto waiting = at.propose();
  at.live();
  CHECK(errc_of(taken) == errc::outcome_unknown);
  static_cast<void>(at.requests<propose_request>());
  at.run();
  const auto asked = at.requests<propose_request>();
  REQUIRE(asked.size() == 1);
  REQUIRE(at.notary.try_push(notary_answer{propose_answer{asked.front().tag, receipt{}}}));
  at.run();
  CHECK(errc_of(waiting) == errc{});
}

TEST_CASE("at a stop everyone is answered once: unknown where it may have been proposed") {
  bench at;
  auto taken = at.propose();
  at.run();
  auto waiting = at.propose();
  at.desk->close({errc::stopping, "the node stops"});
  auto late = at.propose();
  CHECK(errc_of(late) == errc::stopping);
  SECTION("the actor works off its ring first") {
    at.around.say_stopping();
    at.run();
    CHECK(errc_of(waiting) == errc::stopping);
    CHECK(at.requests<propose_request>().size() == 1);
    at.desk->end();
  }
  SECTION("the actor is gone already") {
    at.desk->end();
    CHECK(errc_of(waiting) == errc::stopping);
  }
  CHECK(errc_of(taken) == errc::outcome_unknown);
  REQUIRE(at.desk->finish(patience));
  auto after = at.propose(); // on this thread: there is no other any more
  CHECK(errc_of(after) == errc::stopping);
  CHECK(at.answers.now().size() == 4);
}

TEST_CASE("whoever's call was taken is told so, in whichever order the calls came") {
  bench at;
  std::vector<std::future<result<any_value>>> told;
  for (int i = 0; i < 3; ++i) {
    told.push_back(at.propose());
  }
  // The threads of a program get their numbers in one order, and push in another.
  inbox<library_call>& calls = at.by_hand();
  const auto all = drain_all(calls);
  REQUIRE(all.size() == 3);
  CHECK(at.desk->take(all[1].id));
  CHECK(at.desk->take(all[0].id));
  SECTION("a new life of the actor") {
    at.desk->begin_life(std::make_shared<doorbell>([] {}));
    CHECK(errc_of(told[0]) == errc::outcome_unknown);
    CHECK(errc_of(told[1]) == errc::outcome_unknown);
    CHECK(at.answers.now().size() == 2);
    CHECK(at.desk->take(all[2].id));
    at.desk->settle(all[2].id, any_value{receipt{}});
    CHECK(errc_of(told[2]) == errc{});
  }
  SECTION("the end, before the actor's") {
    at.desk->close({errc::stopping, "the node stops"});
    at.desk->end();
    CHECK(errc_of(told[0]) == errc::outcome_unknown);
    CHECK(errc_of(told[1]) == errc::outcome_unknown);
    CHECK(errc_of(told[2]) == errc::stopping);
    CHECK_FALSE(at.desk->take(all[2].id)); // told as not proposed: must not be any more
  }
}

TEST_CASE("an actor that outlives the end proposes nothing that was told as not proposed") {
  bench at;
  auto told = at.propose();
  at.desk->close({errc::stopping, "the node gave up"});
  at.desk->end();
  at.run();
  CHECK(errc_of(told) == errc::stopping);
  CHECK(at.requests<propose_request>().empty());
}

TEST_CASE("however many answers wait, none runs on a thread of the node") {
  std::promise<void> go;
  bench at;
  at.desk->answer([wait = go.get_future().share()](const result<any_value>&) { wait.wait(); },
                  any_value{});
  auto early = at.propose();
  at.run();
  for (std::size_t i = 0; i < library_desk::answers_max; ++i) {
    at.desk->answer([](const result<any_value>&) {}, any_value{});
  }
  const auto asked = at.requests<propose_request>();
  REQUIRE(asked.size() == 1);
  REQUIRE(at.notary.try_push(notary_answer{propose_answer{asked.front().tag, receipt{}}}));
  at.run();
  CHECK(at.answers.now().empty());
  auto late = at.propose(); // on this thread, which is the program's
  CHECK(at.answers.now().size() == 1);
  CHECK(errc_of(late) == errc::busy);
  at.run();
  CHECK(at.requests<propose_request>().empty());
  go.set_value();
  CHECK(errc_of(early) == errc{});
}

TEST_CASE("answers that wait for a callback are bounded in bytes: beyond, callers hear busy") {
  std::promise<void> go;
  bench at;
  at.desk->answer([wait = go.get_future().share()](const result<any_value>&) { wait.wait(); },
                  any_value{});
  auto large = std::make_shared<answer>();
  large->entries.resize(1);
  large->entries[0].value = bytes(1024 * 1024);
  const any_value reply{read_reply{large}};
  for (std::size_t sum = 0; sum < library_desk::answers_size_max; sum += 1024 * 1024) {
    at.desk->answer_soon([](const result<any_value>&) {}, reply,
                         facts_of<control_get>().size(reply));
  }
  auto late = at.propose();
  CHECK(errc_of(late) == errc::busy);
  go.set_value();
  mailbag<int> all;
  at.desk->answer_soon([&](const result<any_value>&) { all.put(1); }, any_value{});
  all.wait(1);
  auto now = at.propose();
  at.run();
  CHECK(at.requests<propose_request>().size() == 1);
}

TEST_CASE("an actor that outlives the end of the callbacks tells nothing more, on no thread") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) { told.put(what.height.value()); };
  hooks.errored = [&](const link_ended&) { told.put(0); };
  bench at{hooks};
  at.run();
  const auto asked = at.requests<subscribe_request>().front();
  REQUIRE(at.desk->finish(patience));
  at.commit(asked.tag, 1);
  REQUIRE(at.peers.try_push(peer_news{link_ended{{}, errc::link_lost}}));
  at.run();
  CHECK(told.now().empty());
}

TEST_CASE("status is put together of three parts") {
  bench at;
  mailbag<result<any_value>> told;
  at.desk->open(command_of(control_status{}),
                [&](result<any_value> what) { told.put(std::move(what)); });
  at.run();
  const auto of_notary = at.requests<status_request>();
  const auto of_consensus = drain_all(at.to_consensus_actor);
  const auto of_peers = drain_all(at.to_peer_net);
  REQUIRE((of_notary.size() == 1 && of_consensus.size() == 1 && of_peers.size() == 1));
  notary_status first;
  first.tag = of_notary.front().tag;
  peer_net_status third;
  third.port = 7;
  REQUIRE(at.notary.try_push(notary_answer{first}));
  REQUIRE(at.consensus.try_push(command_reply{std::get<call_opened>(of_consensus.front()).tag,
                                              any_value{consensus_status{}}, true}));
  REQUIRE(at.peer_net.try_push(
    command_reply{std::get<call_opened>(of_peers.front()).tag, any_value{third}, true}));
  at.run();
  CHECK(told.wait(1).front()->as<status_parts>()->find<peer_net_status>()->port == 7);
}

} // namespace
} // namespace caucus
