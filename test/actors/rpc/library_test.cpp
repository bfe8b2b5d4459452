#include "actors/rpc/library_actor.hpp"

#include "runtime/base/virtual_clock.hpp"
#include "test/catch.hpp"

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// The library's actor driven by hand: rings and a clock of the test's own, which is the notary,
// consensus, peer_net and the program. The thread of callbacks is real: a test waits for what it calls.

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// Only a broken test waits so long.
constexpr auto patience = 20s;

template <class T>
struct edge {
  std::shared_ptr<ring<T>> both;
  explicit edge(std::size_t capacity)
      : both{std::make_shared<ring<T>>(capacity, std::make_shared<doorbell>([] {}),
                                       std::make_shared<doorbell>([] {}))} {}
};

template <class T>
std::vector<T> drain_all(inbox<T>& from) {
  std::vector<T> out;
  from.drain(capacity_max, [&out](T item) { out.push_back(std::move(item)); });
  return out;
}

/// A value that one thread gives and another waits for.
template <class T>
class mailbag {
public:
  void put(T what) {
    const std::lock_guard lock{guard_};
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::vector<T> wait(std::size_t count) {
    std::unique_lock lock{guard_};
    REQUIRE(changed_.wait_for(lock, patience, [&] { return all_.size() >= count; }));
    return all_;
  }
  std::vector<T> now() {
    const std::lock_guard lock{guard_};
    return all_;
  }

private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<T> all_;
};

struct bench {
  virtual_clock clock{};
  context around{clock.steady(), clock.wall()};
  edge<library_call> calls{8};
  edge<notary_request> asks{4};
  edge<notary_answer> heard{64};
  edge<status_request> consensus_asked{4};
  edge<consensus_status> consensus_told{4};
  edge<status_request> peer_net_asked{4};
  edge<peer_net_status> peer_net_told{4};
  edge<peer_news> news{64};
  edge<connection_verdict> verdicts{4};
  inbox<notary_request> asked{asks.both};
  outbox<notary_answer> notary{heard.both};
  outbox<peer_news> peers{news.both};
  inbox<connection_verdict> judged{verdicts.both};
  inbox<status_request> to_consensus_actor{consensus_asked.both};
  inbox<status_request> to_peer_net{peer_net_asked.both};
  outbox<consensus_status> consensus{consensus_told.both};
  outbox<peer_net_status> peer_net{peer_net_told.both};
  std::shared_ptr<library_desk> desk;
  rpc_limits limits{};
  std::optional<library_actor> actor{};

  explicit bench(library_hooks hooks = {})
      : desk{std::make_shared<library_desk>(std::move(hooks))} {
    limits.calls_max = library_desk::calls_max + 1;
    desk->connect(outbox<library_call, when_full::refuse>{calls.both});
    live();
  }
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;
  ~bench() { desk->finish(patience); }

  /// A new life. The supervisor waits so long before one.
  void live() {
    actor.reset();
    clock.advance(10ms);
    library_actor::ports ports;
    const auto take = [](auto& port, auto& from) {
      port = std::decay_t<decltype(port)>{from.both};
      port.begin_life();
    };
    take(ports.calls, calls);
    take(ports.asks, asks);
    take(ports.heard, heard);
    take(ports.consensus_asked, consensus_asked);
    take(ports.consensus_told, consensus_told);
    take(ports.peer_net_asked, peer_net_asked);
    take(ports.peer_net_told, peer_net_told);
    ports.news.add(inbox<peer_news>{news.both});
    ports.verdicts.add(outbox<connection_verdict>{verdicts.both});
    actor.emplace(std::move(ports), around, library_setup{desk, limits});
  }
  void run() {
    for (int i = 0; i < 100 && (actor->step() || !actor->idle()); ++i) {
    }
  }
  /// Turns until it holds: for what the thread of callbacks brings about.
  template <class Condition>
  void run_until(Condition&& holds) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
      REQUIRE(std::chrono::steady_clock::now() < give_up);
      run();
      std::this_thread::yield();
    }
  }
  /// A new life of it: its ends in the order in which they are connected. Of a foreign end, as both
  /// are here, the first life is not told.
  void restart_notary() {
    for (int i = std::exchange(notary_lived, true) ? 1 : 0; i < 2; ++i) {
      asked.begin_life();
      notary.begin_life();
    }
  }
  /// The requests of one kind that the notary was asked since.
  template <class T>
  std::vector<T> requests() {
    std::vector<T> out;
    static_cast<void>(asked.restarted()); // else a drain stops where a new life begins
    for (const auto& one : drain_all(asked)) {
      if (const auto* const it = std::get_if<T>(&one)) {
        out.push_back(*it);
      }
    }
    return out;
  }
  std::future<control_reply> propose() {
    auto promise = std::make_shared<std::promise<control_reply>>();
    auto future = promise->get_future();
    // A second answer would throw inside the callback: it is counted.
    desk->open(control_propose{}, bytes{std::byte{1}}, [this, promise](control_reply told) {
      answers.put(0);
      promise->set_value(std::move(told));
    });
    return future;
  }
  void commit(request_tag tag, std::uint64_t at, std::size_t size = 8) {
    auto block = std::make_shared<committed_block>();
    block->at = height{at};
    block->mutations.emplace_back().what.arguments.emplace_back(bytes(size));
    REQUIRE(notary.try_push(notary_answer{committed_answer{tag, block}}));
  }

  /// Instead of the actor.
  inbox<library_call>& by_hand() {
    actor.reset();
    return taken.emplace(calls.both);
  }

  bool notary_lived = false;
  std::optional<inbox<library_call>> taken{};
  mailbag<int> answers{};
};

control_reply answer_of(std::future<control_reply>& of) {
  REQUIRE(of.wait_for(patience) == std::future_status::ready);
  return of.get();
}
errc code_of(std::future<control_reply>& of) {
  const auto told = answer_of(of);
  const auto* const why = std::get_if<error>(&told);
  return why == nullptr ? errc{} : why->code;
}

TEST_CASE("a proposal goes to the notary, and its receipt to the caller, once") {
  bench at;
  auto told = at.propose();
  at.run();
  const auto asked = at.requests<propose_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().what == bytes{std::byte{1}});
  receipt good;
  good.at = height{9};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(at.notary.try_push(notary_answer{propose_answer{asked.front().tag, good}}));
  }
  at.run();
  CHECK(std::get<receipt>(answer_of(told)) == good);
  REQUIRE(at.desk->finish(patience));
  CHECK(at.answers.now().size() == 1);
}

TEST_CASE("a proposal without an answer ends as unknown, in its time") {
  bench at;
  auto told = at.propose();
  at.run();
  at.clock.advance(control_timeout_default + 3s);
  at.run();
  CHECK(code_of(told) == errc::outcome_unknown);
}

TEST_CASE("while the notary's ring is full callers hear busy, and nobody waits") {
  bench at;
  std::vector<std::future<control_reply>> told;
  for (int i = 0; i < 8; ++i) { // the calls' ring
    told.push_back(at.propose());
  }
  auto one_more = at.propose();
  CHECK(code_of(one_more) == errc::busy);
  at.run(); // 4 in the notary's ring, 4 wait
  for (int i = 0; i < 8; ++i) {
    told.push_back(at.propose());
  }
  at.run();
  auto another = at.propose();
  CHECK(code_of(another) == errc::busy);
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
  CHECK(code_of(taken) == errc::outcome_unknown);
  static_cast<void>(at.requests<propose_request>());
  at.run();
  const auto asked = at.requests<propose_request>();
  REQUIRE(asked.size() == 1);
  REQUIRE(at.notary.try_push(notary_answer{propose_answer{asked.front().tag, receipt{}}}));
  at.run();
  CHECK(code_of(waiting) == errc{});
}

TEST_CASE("at a stop everyone is answered once: unknown where it may have been proposed") {
  bench at;
  auto taken = at.propose();
  at.run();
  auto waiting = at.propose();
  at.desk->close({errc::stopping, "the node stops"});
  auto late = at.propose();
  CHECK(code_of(late) == errc::stopping);
  SECTION("the actor works off its ring first") {
    at.around.say_stopping();
    at.run();
    CHECK(code_of(waiting) == errc::stopping);
    CHECK(at.requests<propose_request>().size() == 1);
    at.desk->end();
  }
  SECTION("the actor is gone already") {
    at.desk->end();
    CHECK(code_of(waiting) == errc::stopping);
  }
  CHECK(code_of(taken) == errc::outcome_unknown);
  REQUIRE(at.desk->finish(patience));
  auto after = at.propose(); // on this thread: there is no other any more
  CHECK(code_of(after) == errc::stopping);
  CHECK(at.answers.now().size() == 4);
}

TEST_CASE("whoever's call was taken is told so, in whichever order the calls came") {
  bench at;
  std::vector<std::future<control_reply>> told;
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
    CHECK(code_of(told[0]) == errc::outcome_unknown);
    CHECK(code_of(told[1]) == errc::outcome_unknown);
    CHECK(at.answers.now().size() == 2);
    CHECK(at.desk->take(all[2].id));
    at.desk->settle(all[2].id, receipt{});
    CHECK(code_of(told[2]) == errc{});
  }
  SECTION("the end, before the actor's") {
    at.desk->close({errc::stopping, "the node stops"});
    at.desk->end();
    CHECK(code_of(told[0]) == errc::outcome_unknown);
    CHECK(code_of(told[1]) == errc::outcome_unknown);
    CHECK(code_of(told[2]) == errc::stopping);
    CHECK_FALSE(at.desk->take(all[2].id)); // told as not proposed: must not be any more
  }
}

TEST_CASE("an actor that outlives the end proposes nothing that was told as not proposed") {
  bench at;
  auto told = at.propose();
  at.desk->close({errc::stopping, "the node gave up"});
  at.desk->end();
  at.run();
  CHECK(code_of(told) == errc::stopping);
  CHECK(at.requests<propose_request>().empty());
}

TEST_CASE("however many answers wait, none runs on a thread of the node") {
  std::promise<void> go;
  bench at;
  at.desk->answer([wait = go.get_future().share()](const control_reply&) { wait.wait(); },
                  version_wanted{});
  auto early = at.propose();
  at.run();
  for (std::size_t i = 0; i < library_desk::answers_max; ++i) {
    at.desk->answer([](const control_reply&) {}, version_wanted{});
  }
  const auto asked = at.requests<propose_request>();
  REQUIRE(asked.size() == 1);
  REQUIRE(at.notary.try_push(notary_answer{propose_answer{asked.front().tag, receipt{}}}));
  at.run();
  CHECK(at.answers.now().empty());
  auto late = at.propose(); // on this thread, which is the program's
  CHECK(at.answers.now().size() == 1);
  CHECK(code_of(late) == errc::busy);
  at.run();
  CHECK(at.requests<propose_request>().empty());
  go.set_value();
  CHECK(code_of(early) == errc{});
}

TEST_CASE("an actor that outlives the end of the callbacks tells nothing more, on no thread") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) { told.put(what.at.value()); };
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
  mailbag<control_reply> told;
  at.desk->open(control_status{}, {}, [&](control_reply what) { told.put(std::move(what)); });
  at.run();
  const auto of_notary = at.requests<status_request>();
  const auto of_consensus = drain_all(at.to_consensus_actor);
  const auto of_peers = drain_all(at.to_peer_net);
  REQUIRE((of_notary.size() == 1 && of_consensus.size() == 1 && of_peers.size() == 1));
  notary_status first;
  first.tag = of_notary.front().tag;
  consensus_status second;
  second.tag = of_consensus.front().tag;
  peer_net_status third;
  third.tag = of_peers.front().tag;
  third.port = 7;
  REQUIRE(at.notary.try_push(notary_answer{first}));
  REQUIRE(at.consensus.try_push(second));
  REQUIRE(at.peer_net.try_push(third));
  at.run();
  CHECK(std::get<node_status>(told.wait(1).front()).peer_net->port == 7);
}

// -- what is committed -----------------------------------------------------------------------------

TEST_CASE("what is committed is told from the height wanted, in order, over a restart as well") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.from = height{5};
  hooks.committed = [&](const committed_block& what) { told.put(what.at.value()); };
  bench at{hooks};
  at.run();
  const auto asked = at.requests<subscribe_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().from == height{5});
  at.commit(asked.front().tag, 5);
  at.commit(asked.front().tag, 8);
  at.run();
  told.wait(2);
  at.live();
  at.run();
  const auto again = at.requests<subscribe_request>();
  REQUIRE(again.size() == 1);
  CHECK(again.front().from == height{9});
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
    told.put(what.at.value());
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
  CHECK(again.front().from == height{3});
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
  hooks.committed = [&](const committed_block& what) { told.put(what.at.value()); };
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
  CHECK(again.front().from == height{5});
  at.commit(again.front().tag, 5);
  at.run();
  CHECK(told.wait(2) == std::vector<std::uint64_t>{4, 5});
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
    for (const auto& one : drain_all(at.asked)) {
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
  CHECK(code_of(told) == errc{});
}

TEST_CASE("a callback that throws is survived, and counts as told") {
  mailbag<std::uint64_t> told;
  library_hooks hooks;
  hooks.committed = [&](const committed_block& what) {
    told.put(what.at.value());
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
    REQUIRE(at.peers.try_push(peer_news{connection_asked{peer_at(i)}}));
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
    REQUIRE(at.peers.try_push(peer_news{connection_asked{peer_at(link), member}}));
  };
  ask(1, false);
  at.run();
  order.wait(1); // it is being judged
  ask(2, false);
  ask(3, false);
  ask(4, true);
  ask(5, true);
  REQUIRE(at.peers.try_push(peer_news{connection_withdrawn{link_id{1}}}));
  REQUIRE(at.peers.try_push(peer_news{connection_withdrawn{link_id{2}}}));
  at.run();
  at.desk->answer([&](const control_reply&) { order.put(0); }, version_wanted{});
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
    REQUIRE(at.peers.try_push(peer_news{connection_asked{peer_at(i)}}));
    at.run();
    if (i == 1) {
      order.wait(1);
    }
    if (i < most) {
      REQUIRE(at.peers.try_push(peer_news{connection_withdrawn{link_id{i}}}));
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
  hooks.errored = [&](const link_ended& what) { ended.put(what.why); };
  hooks.internal = [&](const directive& what) { directives.put(std::get<ban>(what).why); };
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
