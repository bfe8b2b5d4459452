#include "test/catch.hpp"
#include "test/system/history_run.hpp"

#include <cstdlib>
#include <iostream>
#include <random>

/// What users of all nodes see is one register after another, whatever befalls the nodes.
/// CAUCUS_SEED in the environment chooses the faults; caucus_history runs the same for long.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;

std::uint64_t seed() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here writes the environment
  const char* const given = std::getenv("CAUCUS_SEED");
  return given != nullptr ? std::stoull(given) : std::random_device{}();
}

TEST_CASE("under kills, pauses, cuts and wrong clocks users see linearizable registers, and "
          "receipts are true") {
  const auto chosen = seed();
  CAPTURE(chosen);
  const auto got = run_history({.length = 10s, .seed = chosen, .clocks = true});
  std::cout << "seed " << chosen << ": " << summary(got) << '\n';
  CHECK(check_history(got) == "");
}

// -- the check itself: each kind of lie is found ---------------------------------------------------

history_result honest() {
  history_result out;
  const auto entry = [&out](std::uint64_t at, const char* value) {
    out.committed.entries.push_back({at, 0, "a", {"cells", "put", {"k", value}}, "applied"});
  };
  entry(2, "one");
  entry(4, "two");
  const auto write = [&out](const char* value, std::int64_t begin, std::uint64_t at) {
    out.all.push_back({0, 0, "k", {true, value, begin, begin + 1, {}}, "applied", at, 0});
  };
  write("one", 0, 2);
  out.all.push_back({1, 1, "k", {false, "one", 2, 3, {}}, {}, 3, 0});
  write("two", 4, 4);
  out.all.push_back({1, 1, "k", {false, "two", 6, 7, {}}, {}, 5, 0});
  return out;
}

TEST_CASE("a history that the ledger bears out is clean, and none that it contradicts") {
  CHECK(check_history(honest()) == "");
  const auto altered = [](auto&& change) {
    auto out = honest();
    change(out);
    return check_history(out);
  };
  const auto finds = [&](const char* text, auto&& change) {
    const auto said = altered(change);
    INFO(said);
    CHECK(said.find(text) != std::string::npos);
  };
  finds("has a receipt", [](auto& of) { of.committed.entries.pop_back(); });
  finds("2 times", [](auto& of) { of.committed.entries.push_back(of.committed.entries.front()); });
  finds("has a receipt for height 3", [](auto& of) { of.all[0].height = 3; });
  finds("where the ledger has one", [](auto& of) { of.all[3].height = 4; });
  finds("was acknowledged", [](auto& of) {
    of.all[3].height = 4;
    of.all[3].what.value = "one";
  });
  finds("not linearizable", [](auto& of) { of.all[3].what.value = "one"; });
  finds("is before what was acknowledged", [](auto& of) {
    of.committed.entries[0].height = of.all[0].height = 4;
    of.committed.entries[1].height = of.all[2].height = 2;
  });
  finds("nobody wrote it", [](auto& of) {
    of.committed.entries.push_back({9, 0, "a", {"cells", "put", {"k", "x"}}, "applied"});
  });
  finds("was not taken", [](auto& of) {
    of.all.push_back({0, 0, "k", {true, "two", 8, std::nullopt, {}}, "busy", 0, 0});
  });
}

} // namespace
} // namespace caucus::harness
