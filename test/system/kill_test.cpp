#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <string>

/// Nodes die by kill -9 while users propose. CAUCUS_SEED in the environment chooses whom and when.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kills = 50;

std::uint64_t seed() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here writes the environment
  const char* const given = std::getenv("CAUCUS_SEED");
  return given != nullptr ? std::stoull(given) : std::random_device{}();
}

/// Texts that no other mutation has; every third adds to the score instead, which only counts.
wanted mixed(std::size_t client, std::uint64_t number) {
  const auto name = std::to_string(client) + '-' + std::to_string(number);
  switch (number % 3) {
    case 0: return {"motto", "set", {name}};
    case 1: return {"tags", "insert", {name}};
    default: return {"score", "add", {"1"}};
  }
}

/// Kills and starts nodes under load; the moments are counted in receipts, not in time.
class killer {
public:
  killer(cluster& group, const load& users, std::uint64_t seed)
      : group_{group}, users_{users}, random_{seed} {}

  /// A quarter of the kills hits a second node at once: then nothing commits until one is back.
  void strike(std::size_t& left) {
    wait_for(up_to(60));
    const auto first = up_to(group_.size() - 1);
    const auto second = (first + 1 + up_to(group_.size() - 2)) % group_.size();
    const bool both = left >= 2 && up_to(3) == 0;
    group_.kill(first);
    if (both) {
      group_.kill(second);
    } else {
      wait_for(up_to(40));
    }
    group_.start(first);
    if (both) {
      group_.start(second);
    }
    left -= both ? 2 : 1;
  }

private:
  std::size_t up_to(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>{0, most}(random_);
  }
  void wait_for(std::size_t receipts) {
    const auto target = users_.count() + receipts;
    group_.wait_until("the group goes on committing", [&] { return users_.count() >= target; });
  }

  cluster& group_;
  const load& users_;
  std::mt19937_64 random_;
};

/// The score's adds are all alike, so they are counted, and the rest is looked for one by one.
void check_exactly_once(cluster& group, const std::vector<acknowledged>& all) {
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == all.size());
  std::vector<acknowledged> unique;
  std::int64_t added = 0;
  for (const auto& one : all) {
    CHECK(one.outcome == "applied");
    if (one.wanted.variable == "score") {
      ++added;
    } else {
      unique.push_back(one);
    }
  }
  CHECK(compare(what, unique) == "");
  std::set<std::pair<std::uint64_t, std::uint64_t>> told; // each receipt names a place of its own
  for (const auto& one : all) {
    told.emplace(one.height, one.index);
  }
  CHECK(told.size() == all.size());
  for (const auto node : group.all()) {
    const auto answer = group.talk(node).get("/v1/get?variable=score");
    REQUIRE(answer.status == 200);
    CHECK(nlohmann::json::parse(answer.body).at("value").get<std::int64_t>() == added);
  }
}

TEST_CASE("50 random kill -9 under load lose, double and reorder no acknowledged mutation") {
  const auto chosen = seed();
  CAPTURE(chosen);
  cluster group;
  group.start_all();
  load users{group, {.clients = 3, .wanted = mixed}};
  killer at_work{group, users, chosen};
  for (auto left = kills; left > 0;) {
    at_work.strike(left);
  }
  const auto all = users.finish();
  std::cout << "seed " << chosen << ": " << all.size() << " receipts, " << users.retries()
            << " retries\n";
  group.wait_ready();
  check_exactly_once(group, all);
}

TEST_CASE("a node in memory mode that is killed under load catches up, and nobody loses anything") {
  cluster group{{.durability = "memory"}};
  group.start_all();
  // Its own users would have to know: it forgets their request ids with all else that disk mode keeps.
  load users{group, {.nodes = {0, 2, 3}, .clients = 3, .wanted = mixed}};
  const auto commits = [&](std::uint64_t more) {
    const auto target = users.count() + more;
    group.wait_until("the group goes on committing", [&] { return users.count() >= target; });
  };
  commits(300);
  group.kill(1);
  commits(300);
  group.start(1);
  commits(300);
  const auto all = users.finish();
  group.wait_ready();
  check_exactly_once(group, all);
}

} // namespace
} // namespace caucus::harness
