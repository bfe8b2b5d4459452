#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

/// A group with nothing to do: what it still proves, and what it costs.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#  else
constexpr bool sanitized = false;
#  endif
#else
constexpr bool sanitized = false;
#endif

constexpr std::size_t memory_max = std::size_t{40} * 1024 * 1024; ///< of an idle node

/// As long as from one heartbeat to the next, so there is one in it.
constexpr auto idle_time = 10s;

void save(const std::filesystem::path& file, const std::string& text) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
}

/// The newest block, and every block with it, is final and certified.
void wait_idle(cluster& group) {
  group.wait_until("all final heights have their root", [&] {
    for (const auto node : group.all()) {
      const auto told = json::parse(group.view(node).json);
      if (told.at("batches_waiting") != 0
          || told.at("root_height").get<std::uint64_t>() + 1
               < told.at("height").get<std::uint64_t>()) {
        return false;
      }
    }
    return true;
  });
  static_cast<void>(group.wait_equal(group.all()));
}

TEST_CASE("an idle group passes no views but heartbeats, and proves the last mutation") {
  cluster group{{.genesis = [](std::string text) {
    return set_key(std::move(text), "consensus", "heartbeat", "\"2s\"");
  }}};
  group.start_all();
  auto to = group.talk(0);
  const auto begin = group.view(0);
  std::uint64_t last = 0;
  for (int number = 0; number < 20; ++number) {
    const auto done = cluster::propose(to, "score", "add", {"1"});
    REQUIRE(done.outcome == "applied");
    last = done.height;
  }
  // What proves the last one is its child: no further mutation comes to make it.
  const auto read =
    group.cli(1, "get", {"score", "--json", "--at-least", std::to_string(last + 1)});
  INFO(read.err);
  REQUIRE(read.how.code == 0);
  CHECK(json::parse(read.out).at("value") == 20);
  wait_idle(group);
  const auto after = group.view(0);
  std::cout << "20 mutations one by one: " << after.view - begin.view << " views\n";
  CHECK(after.view - begin.view <= 80); // two each, with room for a slow machine's time-outs

  group.wait_until("three heartbeats", [&] { return group.view(0).height >= after.height + 3; });
  const auto beaten = group.view(0);
  std::cout << "3 heartbeats: " << beaten.view - after.view << " views\n";
  CHECK(beaten.view - after.view <= 3 * (beaten.height - after.height));
}

TEST_CASE("an answer that was saved is verified offline, and no altered one is") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"7"}).outcome == "applied");
  const auto done = cluster::propose(to, "tags", "insert", {"blue"});
  REQUIRE(done.outcome == "applied");
  const auto got =
    group.cli(2, "get", {"score", "--json", "--at-least", std::to_string(done.height + 1)});
  const auto tag = group.cli(2, "get", {"tags", "red", "--json"});
  REQUIRE(got.how.code == 0);
  REQUIRE(tag.how.code == 0);
  for (const auto node : group.all()) {
    group.kill(node); // offline: nobody is left to ask
  }
  const auto file = group.folder() / "answer.json";
  const auto verify = [&](const std::string& text) {
    save(file, text);
    return cluster::cli({"verify", "--genesis", group.genesis().string(), file.string(), "--json"});
  };
  const auto good = verify(got.out);
  INFO(good.err);
  REQUIRE(good.how.code == 0);
  CHECK(json::parse(good.out).at("value") == 7);
  CHECK(json::parse(good.out).at("verified") == true);
  const auto absent = verify(tag.out);
  REQUIRE(absent.how.code == 0);
  CHECK(json::parse(absent.out).at("value").is_null());

  const auto altered = [&](const std::function<void(json&)>& how) {
    auto text = json::parse(got.out);
    how(text);
    return verify(text.dump());
  };
  struct row {
    const char* name;
    std::function<void(json&)> how;
  };
  const std::vector<row> table{
    {"another value", [](json& text) { text["value"] = 8; }},
    {"another height", [](json& text) { text["height"] = text["height"].get<int>() + 1; }},
    {"a later time", [](json& text) { text["time_ms"] = text["time_ms"].get<std::int64_t>() + 1; }},
    {"another variable", [](json& text) { text["variable"] = "motto"; }},
    {"no answer", [](json& text) { text.erase("answer"); }},
    {"no value", [](json& text) { text.erase("value"); }},
    {"one more member", [](json& text) { text["certain"] = true; }},
    {"half an answer",
     [](json& text) {
       auto hex = text["answer"].get<std::string>();
       text["answer"] = hex.substr(0, hex.size() / 4 * 2);
     }},
    {"an answer and more",
     [](json& text) { text["answer"] = text["answer"].get<std::string>() + "00"; }},
    {"no hex", [](json& text) { text["answer"] = "xyz"; }},
  };
  for (const auto& row : table) {
    INFO(row.name);
    const auto said = altered(row.how);
    CHECK(said.how.code == 6);
    CHECK_FALSE(said.err.empty());
  }
}

TEST_CASE("no bit of a saved answer can be altered") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  const auto done = cluster::propose(to, "score", "add", {"7"});
  REQUIRE(done.outcome == "applied");
  const auto got =
    group.cli(0, "get", {"score", "--json", "--at-least", std::to_string(done.height + 1)});
  REQUIRE(got.how.code == 0);
  const auto text = json::parse(got.out);
  const auto hex = text.at("answer").get<std::string>();
  const auto file = group.folder() / "answer.json";
  // One digit in 24, so that every part is hit: names, value, proof, header, certificate.
  for (std::size_t at = 0; at < hex.size(); at += 24) {
    auto other = text;
    auto digits = hex;
    digits[at] = digits[at] == '0' ? '1' : '0';
    other["answer"] = digits;
    save(file, other.dump());
    const auto said =
      cluster::cli({"verify", "--genesis", group.genesis().string(), file.string()});
    INFO("digit " << at << " of " << hex.size() << ": " << said.out);
    CHECK(said.how.code == 6);
  }
}

TEST_CASE("an idle group costs little") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
  wait_idle(group);
  const auto cpu = [&] {
    std::chrono::milliseconds sum{0};
    for (const auto node : group.all()) {
      sum += group.of(node).usage().cpu;
    }
    return sum;
  };
  const auto start = std::chrono::steady_clock::now();
  const auto before = cpu();
  std::this_thread::sleep_for(idle_time); // what is measured: nobody asks meanwhile
  const auto spent = std::chrono::duration<double>{cpu() - before};
  const auto wall = std::chrono::duration<double>{std::chrono::steady_clock::now() - start};
  std::size_t most = 0;
  for (const auto node : group.all()) {
    most = std::max(most, group.of(node).usage().resident_size);
  }
  std::cout << "idle: " << 100 * spent / wall << " % of a core for all four, "
            << static_cast<double>(most) / 1024 / 1024 << " MiB for the largest\n";
  if (!sanitized) {
    CHECK(spent / wall < 0.10);
    CHECK(most < memory_max);
  }
}

} // namespace
} // namespace caucus::harness
