#include "actors/caucus.hpp"

#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

// The library's face as a program has it: servers and clients of real groups, all in this process.

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// Only a broken test waits so long.
constexpr auto patience = 60s;

void eventually(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    std::this_thread::sleep_for(5ms); // asks again
  }
}

template <class T>
result<T> wait_for(std::future<result<T>> what) {
  REQUIRE(what.wait_for(patience) == std::future_status::ready);
  return what.get();
}

/// The files of a group and of one client, and the servers of it that run in this process.
struct group {
  harness::cluster files;
  std::size_t mine;
  std::map<std::size_t, server> nodes{};

  explicit group(std::size_t size, std::vector<std::pair<std::string, std::string>> settings = {})
      : files{{.nodes = size, .settings = std::move(settings)}}, mine{files.add_client()} {}

  server& start(std::size_t index, callbacks on = {}) {
    auto made = server::start(files.directory(index), {}, std::move(on));
    if (!made) {
      FAIL(to_string(made.error()));
    }
    return nodes.insert_or_assign(index, std::move(*made)).first->second;
  }
  [[nodiscard]] client join(callbacks on = {}) const {
    auto made = client::start(files.directory(mine), {}, std::move(on));
    if (!made) {
      FAIL(to_string(made.error()));
    }
    return std::move(*made);
  }
};

using pairs = std::vector<std::pair<std::string, std::string>>;

change step_of(std::int64_t step) {
  return {.variable = "score", .operation = "add", .arguments = {step}};
}

std::size_t links_of(node_handle& of) {
  const auto told = wait_for(of.status());
  return told && told->peer_net ? told->peer_net->links.size() : 0;
}

/// What a callback hears, of any thread.
template <class T>
struct heard {
  std::mutex guard{};
  std::vector<T> all{};

  void put(T what) {
    const std::lock_guard lock{guard};
    all.push_back(std::move(what));
  }
  [[nodiscard]] std::vector<T> now() {
    const std::lock_guard lock{guard};
    return all;
  }
};

TEST_CASE(
  "four servers and a client in one program: proposals of many threads, reads that are proven") {
  group all{4};
  for (unsigned i = 0; i < 4; ++i) {
    all.start(i);
  }
  auto mine = all.join();
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> newest{0};
  std::atomic<int> applied{0};
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 10; ++k) {
        auto got = all.nodes.at(i).propose(step_of(1)).get();
        if (got && got->status == receipt_status::applied) {
          ++applied;
          auto seen = newest.load();
          while (seen < got->height.value()
                 && !newest.compare_exchange_weak(seen, got->height.value())) {
          }
        }
      }
    });
  }
  for (auto& one : threads) {
    one.join();
  }
  REQUIRE(applied == 40);
  const auto score =
    wait_for(mine.get({.variable = "score", .at_least = newest.load() + 1, .fresh = true}));
  REQUIRE(score.has_value());
  CHECK(score->number() == 40);

  // Anyone can check it, and nobody can change it.
  auto json = score->to_json();
  const auto again = verify_reading(all.files.genesis(), {}, json);
  REQUIRE(again.has_value());
  CHECK(again->proven() == score->proven());
  const auto place = json.find("40");
  REQUIRE(place != std::string::npos);
  json.replace(place, 2, "41");
  CHECK_FALSE(verify_reading(all.files.genesis(), {}, json).has_value());
  const auto other = verify_reading(
    all.files.genesis(),
    rules{"other", 7}.on("score", "add", [](state_edit&, const call&) { return permit(); }),
    score->to_json());
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == errc::bad_certificate);
  CHECK(other.error().detail.find("other rules (given: rules other 7)") != std::string::npos);

  // What the group refuses, and what is never proposed.
  const auto refused = wait_for(all.nodes.at(1).propose(step_of(50)));
  REQUIRE(refused.has_value());
  CHECK_FALSE(refused->applied());
  CHECK(refused->reason.find("50") != std::string::npos);
  CHECK(wait_for(mine.propose({"scor", "add", {1}})).error().code == errc::unknown_variable);
  CHECK(wait_for(mine.propose({"score", "add", {"much"}})).error().code == errc::wrong_arguments);
  CHECK(wait_for(mine.get({"scor"})).error().code == errc::unknown_variable);
  CHECK(wait_for(mine.get({.variable = "score", .timeout = 0ms})).error().code
        == errc::value_out_of_range);

  // A client's own entry, without its id typed.
  const auto put = wait_for(mine.propose({"profile", "put", {"name", "Ada"}}));
  REQUIRE(put.has_value());
  const auto name =
    wait_for(mine.get({.variable = "profile", .key = "name", .at_least = put->height.value() + 1}));
  REQUIRE(name.has_value());
  CHECK(name->text() == "Ada");
  const auto whole =
    wait_for(mine.get({.variable = "profile", .at_least = put->height.value() + 1}));
  REQUIRE(whole.has_value());
  CHECK(whole->number() == 1);
  const auto key = to_text(mine.facts().self) + "/name";
  CHECK(whole->text(key) == "Ada");
  CHECK(whole->entries() == pairs{{key, "Ada"}}); // without their count
  CHECK(name->entries() == pairs{{key, "Ada"}});
  CHECK(score->entries().empty());

  const auto told = wait_for(mine.status());
  REQUIRE((told && told->notary && told->consensus && told->peer_net));
  CHECK(mine.stop(patience));
  CHECK(mine.stop(patience)); // once more
  CHECK(wait_for(mine.propose(step_of(1))).error().code == errc::stopping);
}

TEST_CASE("at a stop each proposal is answered once, and a retry applies each once") {
  constexpr std::size_t count = 300;
  group all{1};
  auto& first = all.start(0);
  std::vector<change> wishes;
  for (std::size_t i = 0; i < count; ++i) {
    wishes.push_back(step_of(1));
    wishes.back().request_id = make_request_id();
  }
  heard<std::size_t> answered;
  heard<std::size_t> open;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < count; i += 3) {
        first.propose(wishes[i], [&, i](const result<receipt>& told) {
          answered.put(i);
          if (!told) {
            open.put(i);
          }
        });
      }
    });
  }
  eventually([&] { return !answered.now().empty(); });
  const bool in_order = first.stop(patience); // in the middle
  for (auto& one : threads) {
    one.join();
  }
  CHECK(in_order);
  const auto told = answered.now();
  CHECK(told.size() == count);
  CHECK(std::set<std::size_t>(told.begin(), told.end()).size() == count);
  all.nodes.clear();

  auto& second = all.start(0);
  std::uint64_t newest = 0;
  for (const auto i : open.now()) {
    const auto again = wait_for(second.propose(wishes[i]));
    REQUIRE(again.has_value());
    newest = std::max(newest, again->height.value());
  }
  const auto score = wait_for(second.get({.variable = "score", .at_least = newest + 1}));
  REQUIRE(score.has_value());
  CHECK(score->number() == count);
}

TEST_CASE("what was committed is resumed after a restart: nothing twice, nothing left out") {
  group all{1};
  auto& node = all.start(0);
  heard<std::uint64_t> heights;
  heard<std::int64_t> steps;
  callbacks on;
  on.on_committed = [&](const committed_block& what) {
    heights.put(what.height.value());
    for (const auto& one : what.mutations) {
      steps.put(std::get<std::int64_t>(one.mutation.arguments.at(0)));
    }
    throw std::runtime_error{"a callback may throw"};
  };
  std::vector<std::int64_t> wanted;
  const auto add = [&] {
    for (int i = 0; i < 5; ++i) {
      wanted.push_back(static_cast<std::int64_t>(wanted.size() % 10) + 1);
      const auto got = wait_for(node.propose(step_of(wanted.back())));
      REQUIRE((got && got->status == receipt_status::applied));
    }
  };
  add();
  for (int life = 0; life < 3; ++life) {
    auto mine = all.join(on);
    add();
    eventually([&] { return steps.now().size() == wanted.size(); });
    REQUIRE(mine.stop(patience));
    on.resume_from = heights.now().back() + 1;
    add(); // while it is away
  }
  auto mine = all.join(on);
  eventually([&] { return steps.now().size() >= wanted.size(); });
  CHECK(steps.now() == wanted);
  const auto in_order = heights.now();
  CHECK(std::is_sorted(in_order.begin(), in_order.end(), std::less_equal<>{}));
}

TEST_CASE("where blocks are kept no more a program hears of the gap, and reads what they did") {
  group all{1, {{"node.keep_blocks", "64"}}};
  auto& node = all.start(0);
  std::int64_t sum = 0;
  const auto oldest = [&] {
    const auto told = wait_for(node.status());
    return told && told->notary ? told->notary->oldest_height : height{};
  };
  while (oldest() <= height{64}) {
    REQUIRE(wait_for(node.propose(step_of(1))).has_value());
    ++sum;
  }
  heard<ledger_gap> gaps;
  heard<std::pair<std::uint64_t, std::int64_t>> steps; // of which height
  callbacks on;
  on.on_gap = [&](const ledger_gap& what) { gaps.put(what); };
  on.on_committed = [&](const committed_block& what) {
    for (const auto& one : what.mutations) {
      steps.put({what.height.value(), std::get<std::int64_t>(one.mutation.arguments.at(0))});
    }
  };
  all.nodes.clear();
  auto& again = all.start(0, on);
  eventually([&] { return !gaps.now().empty(); });
  const auto gap = gaps.now().front();
  CHECK(gap.first == height{1});
  CHECK(gap.next > height{64});
  const auto then = wait_for(again.get({.variable = "score", .at_least = gap.next.value()}));
  REQUIRE(then.has_value());
  const auto shown = then->proven().height.value();
  const auto last = wait_for(again.propose(step_of(5)));
  REQUIRE(last.has_value());
  eventually([&] {
    const auto heard = steps.now();
    return !heard.empty() && heard.back().first == last->height.value();
  });
  auto score = then->number();
  for (const auto& [at, step] : steps.now()) {
    CHECK(at >= gap.next.value());
    score += at >= shown ? step : 0; // a reading of a height shows what is below it
  }
  CHECK(score == sum + 5);
  CHECK(gaps.now().size() == 1);
}

TEST_CASE("a program changes its group, and hears the verdict and each new epoch") {
  group all{5};
  heard<epoch_begun> epochs;
  heard<std::string> announced;
  callbacks on;
  on.on_epoch = [&](const epoch_begun& what) { epochs.put(what); };
  on.on_committed = [&](const committed_block& what) {
    for (const auto& one : what.announcements) {
      announced.put(one);
    }
  };
  for (std::size_t i = 0; i < 5; ++i) {
    all.start(i, i == 0 ? on : callbacks{});
  }
  eventually([&] {
    return epochs.now().size() == 1 && links_of(all.nodes.at(0)) >= 4
           && links_of(all.nodes.at(1)) >= 4 && links_of(all.nodes.at(2)) >= 4;
  });
  const auto first = epochs.now().front();
  CHECK(first.epoch == epoch{});
  CHECK(first.first == height{1});
  CHECK(first.members == all.nodes.at(0).from().members);

  // One is too few: it is asked for, and not done.
  const kick wanted{first.members[4].peer};
  const auto one = wait_for(all.nodes.at(0).change_group(wanted));
  if (!one) {
    FAIL(to_string(one.error()));
  }
  CHECK_FALSE(one->passed);
  CHECK(one->asked == std::vector<std::string>{first.members[0].name});
  CHECK(one->asks_wanted == 2);
  CHECK(epochs.now().size() == 1);
  const auto two = wait_for(all.nodes.at(1).change_group(wanted));
  REQUIRE(two.has_value());
  eventually([&] { return epochs.now().size() == 2; });
  const auto next = epochs.now().back();
  CHECK(next.epoch == epoch{1});
  CHECK(next.first > two->receipt.height);
  CHECK(next.members == std::vector<member>(first.members.begin(), first.members.end() - 1));

  auto mine = all.join();
  const auto stranger = wait_for(mine.change_group(announce{"x"}));
  REQUIRE_FALSE(stranger.has_value());
  CHECK(stranger.error().code == errc::not_a_writer);
  const auto said = wait_for(all.nodes.at(2).change_group(announce{"season 2"}));
  REQUIRE(said.has_value());
  CHECK(said->what.find("announce") != std::string::npos);
  CHECK(announced.now().empty()); // one is too few
  REQUIRE(wait_for(all.nodes.at(3).change_group(announce{"season 2"})).has_value());
  eventually([&] { return !announced.now().empty(); });
  CHECK(announced.now() == std::vector<std::string>{"season 2"});
  const auto barred = wait_for(all.nodes.at(2).change_group(bar{mine.facts().self, 1'500}));
  REQUIRE(barred.has_value());
  CHECK(barred->what.find("bar") != std::string::npos);

  const auto refused = [&](std::size_t node, const group_directive& what) {
    const auto told = wait_for(all.nodes.at(node).change_group(what));
    REQUIRE_FALSE(told.has_value());
    CHECK_FALSE(told.error().detail.empty());
    return told.error().code;
  };
  CHECK(refused(0, retire{first.members[1].peer}) == errc::bad_request);
  CHECK(refused(0, announce{}) == errc::bad_request);
  CHECK(refused(0, reinforce{0}) == errc::bad_request);
  CHECK(refused(0, unbar{first.members[1].peer}) == errc::refused_by_rule);
  CHECK(refused(0, kick{first.members[4].peer}) == errc::refused_by_rule); // it is none any more
  const auto late = wait_for(all.nodes.at(0).change_group(announce{"x"}, 0ms));
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == errc::value_out_of_range);
}

TEST_CASE("a program decides who may be linked, and hears who went") {
  group all{1};
  std::atomic<bool> allow{false};
  std::atomic<bool> dialled{false}; // by us: there is nobody to dial
  std::atomic<int> asked{0};
  heard<link_ended> ended;
  callbacks on;
  on.allow_connection = [&](const link_info& who) {
    dialled = dialled || who.dialled;
    if (++asked == 2) {
      throw std::runtime_error{"thrown by allow_connection"};
    }
    return allow.load();
  };
  on.handle_errored = [&](const link_ended& what) { ended.put(what); };
  auto& node = all.start(0, on);
  std::optional<client> mine{all.join()};
  eventually([&] { return asked >= 3; });
  CHECK(links_of(*mine) == 0);
  CHECK(links_of(node) == 0);
  allow = true;
  eventually([&] { return links_of(*mine) == 1 && links_of(node) == 1; });
  CHECK(wait_for(node.status())->peer_net->refused >= 2);
  CHECK_FALSE(dialled);
  mine.reset();
  eventually([&] { return !ended.now().empty(); });
  CHECK(ended.now().front().info.peer != node.facts().self);
}

TEST_CASE("who is not allowed within the handshake's time is refused, and the node goes on") {
  group all{1, {{"net.handshake_timeout", "\"300ms\""}}};
  std::atomic<int> asked{0};
  callbacks on;
  on.allow_connection = [&](const link_info&) {
    if (++asked == 1) {
      std::this_thread::sleep_for(1s); // too slow: this is what is tried
    }
    return true;
  };
  auto& node = all.start(0, on);
  auto mine = all.join();
  eventually([&] { return asked > 0; });
  CHECK(links_of(mine) == 0);
  eventually([&] { return links_of(mine) == 1; });
  CHECK(wait_for(node.status())->peer_net->refused >= 1);
}

TEST_CASE("run_until_signal stops the node, and leaves the handlers as they were") {
  group all{1};
  auto& node = all.start(0);
  struct ::sigaction before {};
  REQUIRE(::sigaction(SIGTERM, nullptr, &before) == 0);
  const auto installed = [&] {
    struct ::sigaction now {};
    return ::sigaction(SIGTERM, nullptr, &now) == 0 && now.sa_handler != before.sa_handler;
  };
  std::promise<result<void>> done;
  std::thread waiting{[&] { done.set_value(node.run_until_signal()); }};
  eventually(installed);
  CHECK(node.run_until_signal().error().code == errc::in_use);
  REQUIRE(::kill(::getpid(), SIGTERM) == 0);
  waiting.join();
  CHECK(done.get_future().get().has_value());
  CHECK_FALSE(installed());
  CHECK(node.wait().has_value());
  CHECK(wait_for(node.status()).error().code == errc::stopping);
}

TEST_CASE("a callback may stop its own node, and the program then ends it") {
  group all{1};
  auto& node = all.start(0);
  std::promise<bool> stopped;
  node.propose(step_of(1), [&](const result<receipt>&) { stopped.set_value(node.stop(patience)); });
  CHECK_FALSE(stopped.get_future().get()); // it cannot wait for itself
  CHECK(node.wait().has_value());
  CHECK(node.stop(patience));
}

/// Whether `what` comes to its end on a thread of its own; if not, that is left behind.
bool ends(std::function<void()> what) {
  std::promise<void> done;
  auto ended = done.get_future();
  std::thread other{[what = std::move(what), done = std::move(done)]() mutable {
    std::exchange(what, nullptr)();
    done.set_value();
  }};
  const bool in_time = ended.wait_for(patience) == std::future_status::ready;
  if (in_time) {
    other.join();
  } else {
    other.detach();
  }
  return in_time;
}

TEST_CASE("a handle may end on another thread than the one that started it") {
  group all{1};
  all.start(0);
  const auto mine = std::make_shared<std::optional<client>>(all.join());
  REQUIRE(ends([mine] { mine->reset(); }));
  mine->emplace(all.join()); // its folder is free
  REQUIRE(wait_for((*mine)->status()).has_value());
}

TEST_CASE("a handle may end in a callback of its own") {
  group all{1};
  const auto mine = std::make_shared<std::optional<server>>(std::move(all.start(0)));
  const auto ended = std::make_shared<std::promise<void>>();
  auto done = ended->get_future();
  (*mine)->propose(step_of(1), [mine, ended](const result<receipt>&) {
    mine->reset();
    ended->set_value();
  });
  REQUIRE(done.wait_for(patience) == std::future_status::ready);
  all.start(0); // its folder is free
}

TEST_CASE("a handle that is given to itself keeps its node") {
  group all{1};
  auto& node = all.start(0);
  auto& same = node;
  node = std::move(same);
  CHECK(wait_for(node.status()).has_value());
  CHECK(node.stop(std::chrono::milliseconds::max()));
}

TEST_CASE("what keeps a node from starting is said, and nothing is left behind") {
  group all{1};
  CHECK(server::start(all.files.folder() / "nowhere").error().code == errc::file_missing);
  CHECK(server::start(node_config{}).error().code == errc::value_out_of_range);
  node_config nobody_checks;
  nobody_checks.directory = all.files.directory(0);
  nobody_checks.genesis = all.files.directory(0) / "genesis.toml";
  nobody_checks.checker_threads = 0;
  CHECK(server::start(nobody_checks).error().code == errc::value_out_of_range);
  auto& node = all.start(0);
  const auto twice = server::start(all.files.directory(0));
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().code == errc::in_use);
  CHECK(node.stop(patience));
  all.nodes.clear();
  all.start(0);
}

} // namespace
} // namespace caucus
