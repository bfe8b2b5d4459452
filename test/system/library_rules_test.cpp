#include "actors/caucus.hpp"

#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Rules in C++ behind the library's face, and what becomes of a ledger when they change.

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// Only a broken test waits so long.
constexpr auto patience = 60s;

using pairs = std::vector<std::pair<std::string, std::string>>;

template <class T>
result<T> wait_for(std::future<result<T>> what) {
  REQUIRE(what.wait_for(patience) == std::future_status::ready);
  return what.get();
}

/// A group of one with a custom variable `notes`, and a rule that notes who asked, as `text`.
struct noting {
  harness::cluster files{{.nodes = 1, .genesis = [](const std::string& made) {
                            return made.substr(0, made.find("[[")) + R"([[variables]]
name = "notes"
kind = "custom"
operations = [{ name = "note", arguments = ["bytes"] }]

)" + made.substr(made.find("[[members]]"));
                          }}};

  static rules noting_as(const std::string& text, std::uint32_t version = 1) {
    return rules{"noting", version}.on("notes", "note",
                                       [text](state_edit& notes, const call& by) -> result<void> {
                                         notes.put("who", to_text(by.author));
                                         notes.put(by.arguments[0].text(), text);
                                         return permit();
                                       });
  }
  result<server> start(const rules& with, callbacks on = {}) {
    return server::start(files.directory(0), with, std::move(on));
  }
  /// A ledger with two notes; their state is to be made again from it.
  void make_ledger() {
    auto node = start(noting_as("first"));
    if (!node) {
      FAIL(node.error());
    }
    for (const auto* const key : {"b", "a"}) {
      const auto told = wait_for(node->propose({"notes", "note", {key}}));
      REQUIRE((told && told->applied()));
    }
    REQUIRE(node->stop(patience));
    std::filesystem::remove(files.directory(0) / "state.sqlite");
  }
};

TEST_CASE("a ledger of other rules: start says so at once, and leaves nothing behind") {
  noting of;
  of.make_ledger();
  std::atomic<int> told{0};
  callbacks on;
  on.on_ended = [&](const error&) { ++told; };
  const auto bad = of.start(noting::noting_as("another"), on);
  REQUIRE_FALSE(bad.has_value());
  INFO(bad.error());
  CHECK(bad.error().code == errc::bad_checksum);
  CHECK(bad.error().detail.find("its rules are others") != std::string::npos);
  CHECK(told == 0); // it was returned

  auto good = of.start(noting::noting_as("first"), on); // folder and port are free
  REQUIRE(good.has_value());
  const auto told_us = wait_for(good->propose({"notes", "note", {"c"}}));
  REQUIRE(told_us.has_value());
  const auto all =
    wait_for(good->get({.variable = "notes", .at_least = told_us->height.value() + 1}));
  REQUIRE(all.has_value());
  const auto self = to_text(good->facts().self);
  CHECK(all->entries() == pairs{{"a", "first"}, {"b", "first"}, {"c", "first"}, {"who", self}});
  CHECK(good->stop(patience));
  CHECK(told == 0); // in good order
}

TEST_CASE("what is committed is told by the names that propose takes") {
  noting of;
  std::mutex guard;
  std::vector<std::string> heard;
  callbacks on;
  on.on_committed = [&](const committed_block& block) {
    const std::lock_guard lock{guard};
    for (const auto& one : block.mutations) {
      heard.push_back(one.variable + " " + one.operation);
    }
  };
  auto node = of.start(noting::noting_as("first"), on);
  REQUIRE(node.has_value());
  REQUIRE(wait_for(node->propose({"notes", "note", {"a"}})).has_value());
  of.files.wait_until("it is told", [&] {
    const std::lock_guard lock{guard};
    return !heard.empty();
  });
  CHECK(heard == std::vector<std::string>{"notes note"});
  CHECK(node->stop(patience));
}

TEST_CASE("changed rules with a new version go on with a ledger that they replay alike") {
  noting of;
  of.make_ledger();
  std::string before;
  {
    auto old = of.start(noting::noting_as("first"));
    REQUIRE(old.has_value());
    const auto read = wait_for(old->get({.variable = "notes", .fresh = true}));
    REQUIRE(read.has_value());
    before = read->to_json();
  }
  // What is signed for one version is a forgery in the other, so it is not taken for granted.
  CHECK(of.start(noting::noting_as("first", 2)).error().code == errc::wrong_network);
  std::filesystem::remove(of.files.directory(0) / "network");
  auto next = of.start(noting::noting_as("first", 2));
  if (!next) {
    FAIL(next.error());
  }
  const auto told = wait_for(next->propose({"notes", "note", {"c"}}));
  REQUIRE((told && told->applied()));
  const auto all = wait_for(next->get({.variable = "notes", .at_least = told->height.value() + 1}));
  REQUIRE(all.has_value());
  CHECK(all->entries().size() == 4);
  // What was certified is of its own version.
  CHECK(verify_reading(of.files.genesis(), noting::noting_as("first"), before).has_value());
  CHECK_FALSE(
    verify_reading(of.files.genesis(), noting::noting_as("first", 2), before).has_value());
}

TEST_CASE(
  "a program of two versions opens the first one's folder, and its group takes the second") {
  noting of;
  of.make_ledger(); // of a genesis that does not say which rules it began with
  const auto both =
    noting::noting_as("second", 2)
      .on_change([](state_migration& state) -> result<void> {
        state.put("notes", "moved", "from " + std::to_string(state.before()->version));
        return permit();
      })
      .after(noting::noting_as("first"));
  std::atomic<std::uint64_t> newest{0};
  callbacks on;
  on.on_epoch = [&](const epoch_begun& what) { newest = what.epoch.value(); };
  std::string before;
  std::string after;
  {
    auto node = of.start(both, on);
    if (!node) {
      FAIL(node.error());
    }
    const auto old = wait_for(node->propose({"notes", "note", {"c"}}));
    REQUIRE((old && old->applied()));
    const auto read = wait_for(node->get({.variable = "notes", .fresh = true}));
    REQUIRE(read.has_value());
    CHECK(read->text("c") == "first");
    before = read->to_json();
    change_rules what;
    what.code = rules_id{"noting", 2};
    const auto asked = wait_for(node->change_group(what, patience));
    if (!asked) {
      FAIL(asked.error());
    }
    CHECK(asked->agrees_wanted == 1);
    of.files.wait_until("the epoch of the new rules", [&] { return newest == 1; });
    const auto next = wait_for(node->propose({"notes", "note", {"d"}}));
    REQUIRE((next && next->applied()));
    const auto all =
      wait_for(node->get({.variable = "notes", .at_least = next->height.value() + 1}));
    REQUIRE(all.has_value());
    const auto self = to_text(node->facts().self);
    CHECK(all->entries()
          == pairs{{"a", "first"},
                   {"b", "first"},
                   {"c", "first"},
                   {"d", "second"},
                   {"moved", "from 1"},
                   {"who", self}});
    after = all->to_json();
    CHECK(node->stop(patience));
  }
  INFO("answers of before and after are of one network, which both programs know");
  for (const auto& json : {before, after}) {
    CHECK(verify_reading(of.files.genesis(), both, json));
    CHECK(verify_reading(of.files.genesis(), noting::noting_as("first"), json));
  }
  CHECK_FALSE(verify_reading(of.files.genesis(), noting::noting_as("second", 2), before));
  INFO("the state is made again from the ledger, by both");
  std::filesystem::remove(of.files.directory(0) / "state.sqlite");
  {
    auto again = of.start(both);
    if (!again) {
      FAIL(again.error());
    }
    const auto read = wait_for(again->get({.variable = "notes", .key = "moved", .fresh = true}));
    REQUIRE(read.has_value());
    CHECK(read->text() == "from 1");
    CHECK(again->stop(patience));
  }
  INFO("who has but the first stops before the change, or does not start behind it");
  const auto old = of.start(noting::noting_as("first"));
  REQUIRE_FALSE(old);
  CHECK(old.error().code == errc::rules_missing);
  CHECK(old.error().detail.find("start one that brings those too") != std::string::npos);
}

TEST_CASE("a stop ends in its time beside another's that has more") {
  noting of;
  std::promise<void> entered;
  std::promise<void> let_go;
  std::atomic<bool> told_stopping{false};
  std::once_flag once;
  const auto slow =
    rules{"slow", 1}.on("notes", "note", [&](state_edit&, const call&) -> result<void> {
      std::call_once(once, [&] {
        entered.set_value();
        let_go.get_future().wait(); // so the node does not end
      });
      return permit();
    });
  auto node = of.start(slow);
  if (!node) {
    FAIL(node.error());
  }
  const auto told = node->propose({"notes", "note", {"a"}});
  REQUIRE(entered.get_future().wait_for(patience) == std::future_status::ready);
  auto long_one = std::async(std::launch::async, [&] { return node->stop(24h); });
  while (!told_stopping) {
    node->status([&](const result<node_status>& what) {
      told_stopping = told_stopping || (!what && what.error().code == errc::stopping);
    });
    std::this_thread::sleep_for(1ms); // asks again
  }
  auto short_one = std::async(std::launch::async, [&] { return node->stop(1ms); });
  const bool in_time = short_one.wait_for(patience) == std::future_status::ready;
  let_go.set_value();
  CHECK(in_time);
  CHECK_FALSE(short_one.get());
  static_cast<void>(long_one.get());
}

} // namespace
} // namespace caucus
