#include "apps/measure/traffic.hpp"

#include "runtime/base/virtual_clock.hpp"
#include "runtime/context.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

/// What `caucus bench link` says of a link that loses frames.

namespace caucus::measure {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t body_size = 16;

/// What the sink says of frames that came with these numbers, 1 ms apart; at the last one it tells.
std::uint64_t lost_of(const std::vector<std::uint64_t>& numbers,
                      std::size_t last_size = body_size) {
  const auto bell = std::make_shared<doorbell>([] {});
  const auto heard = std::make_shared<ring<from_net>>(64, bell, bell);
  const auto said = std::make_shared<ring<to_net>>(64, bell, bell);
  outbox<from_net> link{heard};
  virtual_clock clock;
  context around{clock.steady(), clock.wall()};
  std::optional<std::uint64_t> lost;
  frame_sink sink{{inbox<from_net>{heard}, outbox<to_net>{said}},
                  around,
                  {body_size, 0ms, 1ms * (numbers.size() - 1),
                   [&lost](const link_measured& what) { lost = what.lost; }}};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    auto body = std::make_shared<bytes>(i + 1 == numbers.size() ? last_size : body_size);
    std::memcpy(body->data(), &numbers[i], sizeof numbers[i]);
    frame_in frame;
    frame.body = std::move(body);
    REQUIRE(link.try_push(from_net{std::move(frame)}));
    clock.advance(1ms);
    static_cast<void>(sink.step());
  }
  REQUIRE(lost);
  return *lost;
}

TEST_CASE("a frame that did not come counts as one, and a gap as all that are missing") {
  CHECK(lost_of({0, 1, 2, 3}) == 0);
  CHECK(lost_of({0, 2, 3}) == 1);
  CHECK(lost_of({0, 5'000, 5'001}) == 4'999);
  CHECK(lost_of({7, 8, 9}) == 7);
  CHECK(lost_of({0, 10, 20}) == 18);
}

TEST_CASE("a frame that comes twice or not whole is not as good as one that comes") {
  CHECK(lost_of({0, 1, 1}) == 1);
  CHECK(lost_of({0, 1, 0, 2}) == 1); // and the one after it is no gap
  CHECK(lost_of({0, 1, 2}, body_size - 1) == 1);
}

} // namespace
} // namespace caucus::measure
