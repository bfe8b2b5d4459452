#include "test/catch.hpp"
#include "test/harness/history.hpp"

#include <algorithm>
#include <random>

/// The checker itself: what it must let pass, and what it must refuse.

namespace caucus::harness {
namespace {

operation writes(const char* what, std::int64_t begin, std::optional<std::int64_t> end) {
  return {true, what, begin, end, {}};
}
operation reads(std::optional<std::string> what, std::int64_t begin,
                std::optional<std::int64_t> end) {
  return {false, std::move(what), begin, end, {}};
}

struct named {
  const char* name;
  std::vector<operation> what;
};

TEST_CASE("histories that can have happened one after the other pass") {
  const auto& given = GENERATE(values<named>({
    {"nothing", {}},
    {"a read of what was never written", {reads(std::nullopt, 0, 1)}},
    {"one after the other",
     {writes("a", 0, 1), reads("a", 2, 3), writes("b", 4, 5), reads("b", 6, 7)}},
    {"a read while it is written sees it or not",
     {writes("a", 0, 10), reads(std::nullopt, 1, 2), reads("a", 3, 4)}},
    {"of two writes at a time either is the last",
     {writes("a", 0, 10), writes("b", 0, 10), reads("a", 11, 12)}},
    {"or the other", {writes("a", 0, 10), writes("b", 0, 10), reads("b", 11, 12)}},
    {"what nobody was told may happen late",
     {writes("a", 0, std::nullopt), reads(std::nullopt, 5, 6), reads("a", 7, 8)}},
    {"or never",
     {writes("a", 0, std::nullopt), reads(std::nullopt, 5, 6), reads(std::nullopt, 7, 8)}},
    {"a read without an end says nothing", {writes("a", 0, 1), reads("b", 2, std::nullopt)}},
    {"ends that touch overlap", {writes("a", 0, 5), reads(std::nullopt, 5, 6)}},
    {"Herlihy and Wing's: the late write goes first",
     {writes("a", 0, 9), writes("b", 1, 3), reads("b", 4, 5), reads("a", 6, 8)}},
  }));
  INFO(given.name);
  CHECK(check_register(given.what).empty());
}

TEST_CASE("histories that cannot have happened one after the other are refused") {
  const auto& given = GENERATE(values<named>({
    {"a read misses what was acknowledged before it",
     {writes("a", 0, 1), reads(std::nullopt, 2, 3)}},
    {"a read shows what was overwritten before it",
     {writes("a", 0, 1), writes("b", 2, 3), reads("a", 4, 5)}},
    {"a read shows what nobody wrote", {writes("a", 0, 1), reads("c", 2, 3)}},
    {"a read shows what is written later", {reads("a", 0, 1), writes("a", 2, 3)}},
    {"a later read goes back",
     {writes("a", 0, 1), writes("b", 2, 9), reads("b", 3, 4), reads("a", 5, 6)}},
    {"two readers see two orders of two writes",
     {writes("a", 0, 10), writes("b", 0, 10), reads("a", 11, 12), reads("b", 13, 14)}},
    {"what nobody was told happens twice",
     {writes("a", 0, std::nullopt), writes("b", 2, 3), reads("a", 4, 5), writes("c", 6, 7),
      reads("c", 8, 9), reads("a", 10, 11)}},
    {"what nobody was told cannot be undone",
     {writes("a", 0, std::nullopt), reads("a", 2, 3), reads(std::nullopt, 4, 5)}},
  }));
  INFO(given.name);
  const auto said = check_register(given.what);
  CHECK(said.find("not linearizable") == 0);
  CHECK(said.find('*') != std::string::npos);
}

/// A register that keeps its promise, used by several users at a time.
std::vector<operation> true_history(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random{seed};
  std::vector<operation> out;
  std::optional<std::string> now;
  std::int64_t moment = 0;
  for (std::size_t i = 0; i < count; ++i) {
    moment += 10; // each happens at its moment, begins before and ends after
    operation one;
    one.is_write = random() % 2 == 0;
    one.begin = moment - static_cast<std::int64_t>(random() % 60);
    one.end = moment + static_cast<std::int64_t>(random() % 60);
    if (one.is_write) {
      now = std::to_string(i);
      if (random() % 8 == 0) {
        one.end.reset();
      }
    }
    one.value = now;
    out.push_back(one);
  }
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

TEST_CASE("the history of a register that keeps its promise passes, whoever overlaps whom") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    CHECK(check_register(true_history(seed, 60)).empty());
  }
}

TEST_CASE("one read in it that shows a value of long before is found") {
  std::size_t altered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto all = true_history(seed, 60);
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    const auto old =
      std::find_if(all.begin(), all.end(), [](const auto& one) { return one.is_write && one.end; });
    // Two writes lie between, both over before it begins.
    const auto late =
      std::find_if(all.rbegin(), all.rend(), [](const auto& one) { return !one.is_write; });
    std::size_t between = 0;
    for (const auto& one : all) {
      between += one.is_write && one.end && one.begin > *old->end && *one.end < late->begin ? 1 : 0;
    }
    if (between == 0) {
      continue;
    }
    late->value = old->value;
    ++altered;
    INFO("seed " << seed);
    CHECK(check_register(all).find("not linearizable") == 0);
  }
  CHECK(altered > 150);
}

TEST_CASE("a history with too many operations at once is not taken for good") {
  std::vector<operation> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back({true, std::to_string(i), 0, 100, {}});
  }
  all.push_back(reads("none of them", 0, 100));
  CHECK(check_register(all, 10'000).find("not decided") == 0);
}

} // namespace
} // namespace caucus::harness
