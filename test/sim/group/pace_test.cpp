#include "test/catch.hpp"
#include "test/sim/group/group_world.hpp"

namespace caucus::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE("who goes on as soon as he has his receipt costs one view a mutation") {
  group_world w{{.seed = 3,
                 .fair = {.delay_min = duration{100}, .delay_max = duration{200}},
                 .heartbeat = 10s,
                 .sync_max = duration{100}}};
  w.run_for(100ms); // the first block is nobody's
  const auto before = w.top_view().value();
  for (int i = 0; i < 20; ++i) {
    const auto blocks = w.ledger(0).size();
    w.submit(0);
    w.run_for(1s, [&] { return w.ledger(0).size() > blocks; }); // the receipt is there
  }
  w.run_for(500ms);
  CHECK(w.settled());
  CHECK(w.top_view().value() <= before + 20 + 2);
}

} // namespace
} // namespace caucus::sim
