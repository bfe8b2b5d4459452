#pragma once

#include "actors/rpc/library_actor.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/virtual_clock.hpp"
#include "test/actors/rpc/notary_double.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

/// The library's actor driven by hand: rings and a clock of the test's own, which is the notary,
/// consensus, peer_net and the program. The thread of callbacks is real: a test waits for what it
/// calls. The test's thread.

namespace caucus::library_testing {

using namespace rpc_testing;

using namespace std::chrono_literals;

/// Only a broken test waits so long.
inline constexpr std::chrono::seconds patience{20};

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

/// The notary at its edges, which hears and answers in its core's words.
class notary_end {
public:
  notary_end(inbox<command_call>& asked, outbox<command_reply>& told)
      : asked_{asked}, told_{told} {}

  [[nodiscard]] bool try_push(notary_answer what) {
    bool all = true;
    for (auto& one : notary_.answer(std::move(what))) {
      all = told_.try_push(std::move(one)) && all;
    }
    return all;
  }
  std::vector<notary_request> drain() {
    std::vector<notary_request> out;
    for (const auto& one : drain_all(asked_)) {
      out.push_back(notary_.request(one));
    }
    return out;
  }

private:
  notary_double notary_;
  inbox<command_call>& asked_;
  outbox<command_reply>& told_;
};

struct bench {
  virtual_clock clock{};
  context around{clock.steady(), clock.wall()};
  edge<library_call> calls{8};
  edge<command_call> asks{4};
  edge<command_reply> heard{64};
  edge<command_call> consensus_asked{4};
  edge<command_reply> consensus_told{4};
  edge<command_call> peer_net_asked{4};
  edge<command_reply> peer_net_told{4};
  edge<peer_news> news{64};
  edge<connection_question> questions{64};
  edge<connection_verdict> verdicts{4};
  edge<notary_request> group_asks{4};
  edge<notary_answer> group_heard{64};
  inbox<command_call> asked{asks.both};
  outbox<command_reply> told{heard.both};
  notary_end notary{asked, told};
  outbox<peer_news> peers{news.both};
  outbox<connection_question> inspected{questions.both};
  inbox<connection_verdict> judged{verdicts.both};
  inbox<notary_request> group_asked{group_asks.both};
  outbox<notary_answer> of_group{group_heard.both};
  inbox<command_call> to_consensus_actor{consensus_asked.both};
  inbox<command_call> to_peer_net{peer_net_asked.both};
  outbox<command_reply> consensus{consensus_told.both};
  outbox<command_reply> peer_net{peer_net_told.both};
  std::shared_ptr<library_desk> desk;
  call_limits limits{};
  std::optional<library_actor> actor{};

  explicit bench(library_hooks hooks = {})
      : desk{std::make_shared<library_desk>(following(std::move(hooks)))} {
    limits.calls_max = library_desk::calls_max + 1;
    desk->connect(outbox<library_call, when_full::refuse>{calls.both});
    live();
  }
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;
  ~bench() { desk->finish(patience); }

  static library_hooks following(library_hooks hooks) {
    hooks.log_from = [](height from) { return command_of(control_log{from, true}); };
    if (hooks.log.facts == nullptr) {
      hooks.log = command_of(control_log{height{1}, true});
    }
    return hooks;
  }

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
    for (auto* const one : {&asks, &consensus_asked, &peer_net_asked}) {
      outbox<command_call> end;
      take(end, *one);
      ports.asks.add(std::move(end));
    }
    for (auto* const one : {&heard, &consensus_told, &peer_net_told}) {
      inbox<command_reply> end;
      take(end, *one);
      ports.heard.add(std::move(end));
    }
    ports.news.add(inbox<peer_news>{news.both});
    ports.questions.add(inbox<connection_question>{questions.both});
    ports.verdicts.add(outbox<connection_verdict>{verdicts.both});
    if (desk->hooks().epoch_begins) {
      outbox<notary_request> group_request_end;
      inbox<notary_answer> group_answer_end;
      take(group_request_end, group_asks);
      take(group_answer_end, group_heard);
      ports.group_asks.add(std::move(group_request_end));
      ports.group_heard.add(std::move(group_answer_end));
    }
    actor.emplace(std::move(ports), around, library_setup{desk, three_actors(), limits});
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
      told.begin_life();
    }
  }
  /// The requests of one kind that the notary was asked since.
  template <class T>
  std::vector<T> requests() {
    std::vector<T> out;
    static_cast<void>(asked.restarted()); // else a drain stops where a new life begins
    do {
      for (const auto& one : notary.drain()) {
        if (const auto* const it = std::get_if<T>(&one)) {
          out.push_back(*it);
        }
      }
    } while (asked.restarted());
    return out;
  }
  std::future<result<any_value>> propose() {
    auto promise = std::make_shared<std::promise<result<any_value>>>();
    auto future = promise->get_future();
    // A second answer would throw inside the callback: it is counted.
    control_propose what;
    what.encoded = bytes{std::byte{1}};
    desk->open(command_of(std::move(what)), [this, promise](result<any_value> reply) {
      answers.put(0);
      promise->set_value(std::move(reply));
    });
    return future;
  }
  void commit(request_tag tag, std::uint64_t at, std::size_t size = 8) {
    auto block = std::make_shared<committed_block>();
    block->height = height{at};
    block->mutations.emplace_back().mutation.arguments.emplace_back(bytes(size));
    REQUIRE(notary.try_push(notary_answer{committed_answer{tag, block}}));
  }

  /// Instead of the actor.
  inbox<library_call>& by_hand() {
    actor.reset();
    return taken.emplace(calls.both);
  }

  bool notary_lived = false;
  request_tag group_tag = 0; ///< of what was asked of the group last
  std::optional<inbox<library_call>> taken{};
  mailbag<int> answers{};
};

inline result<any_value> answer_of(std::future<result<any_value>>& of) {
  REQUIRE(of.wait_for(patience) == std::future_status::ready);
  return of.get();
}
inline errc errc_of(std::future<result<any_value>>& of) {
  const auto told = answer_of(of);
  return told ? errc{} : told.error().code;
}

} // namespace caucus::library_testing
