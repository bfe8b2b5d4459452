#include "runtime/context.hpp"

#include "runtime/base/virtual_clock.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <optional>

namespace caucus {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a shell's timers are driven by a clock that the test moves") {
  virtual_clock clock;
  context around{clock.steady(), clock.wall()};
  const auto start = around.now();
  around.wake_at(start + 2s);
  around.wake_at(start + 1s);
  CHECK(around.next_wake() == start + 1s);
  clock.advance(1s);
  CHECK(around.next_wake() == start + 2s);
  clock.advance_to(start + 2s);
  CHECK(around.next_wake() == std::nullopt);
  clock.advance_to(start); // never back
  CHECK(around.now() == start + 2s);
}

TEST_CASE("wall-clock time goes with steady time") {
  virtual_clock clock{time_point{}, wall_ms{1'000}};
  const context around{clock.steady(), clock.wall()};
  CHECK(around.wall_now() == wall_ms{1'000});
  clock.advance(1'500us);
  CHECK(around.wall_now() == wall_ms{1'001});
}

TEST_CASE("a life is not stopping until its host says so") {
  const virtual_clock clock;
  context around{clock.steady()};
  CHECK_FALSE(around.stopping());
  around.say_stopping();
  CHECK(around.stopping());
}

} // namespace
} // namespace caucus
