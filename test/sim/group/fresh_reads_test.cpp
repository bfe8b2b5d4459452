#include "test/catch.hpp"
#include "test/sim/group/adversary/false_attester.hpp"
#include "test/sim/group/group_world.hpp"

#include <chrono>
#include <memory>

/// Fresh reads while others write, and beside a liar. What they must show: users.cpp, look_fresh().

namespace caucus::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a member that lies to fresh readers hides nothing from them, and holds nobody up") {
  const auto liar = std::make_shared<false_attester>(group_world{{}}.network());
  group_world w{{.seed = 18, .liars = {{3, liar}}}};
  for (node_index i = 0; i < 20; ++i) {
    w.submit(i % 3, 4);
    w.run_for(duration{static_cast<std::int64_t>(w.below(60'000))}); // receipts come meanwhile
    for (const node_index who : {0U, 1U, 2U}) {
      w.read(who, true);
    }
    w.run_for(2s, [&] { return w.all_read(); });
    REQUIRE(w.all_read());
  }
  CHECK(liar->lies > 20);
  CHECK(w.failed_reads() == 0);
  CHECK(w.verdicts().violation().empty());
  CHECK(!w.blamed_by(0).empty());
}

TEST_CASE("a fresh read shows what any node's user was told before it, whenever it begins") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    group_world w{{.seed = seed, .followers = 1}};
    for (int i = 0; i < 40; ++i) {
      w.submit(w.below(w.size()));
      w.run_for(duration{static_cast<std::int64_t>(w.below(50'000))});
      w.read(w.below(w.size()), true);
    }
    w.run_for(3s, [&] { return w.all_read(); });
    REQUIRE(w.all_read());
    CHECK(w.failed_reads() == 0);
    CHECK(w.verdicts().violation().empty());
  }
}

} // namespace
} // namespace caucus::sim
