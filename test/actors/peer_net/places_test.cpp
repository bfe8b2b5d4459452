#include "test/actors/peer_net/node.hpp"

#include <deque>

namespace caucus::test {
namespace {

TEST_CASE("one for whom there is no place hears why, and so does what asks on his behalf") {
  auto options = local();
  options.net.max_connections = 4; // one is for own dials
  node full{options};
  std::deque<node> guests;
  std::vector<node*> all{&full};
  for (int i = 0; i < 3; ++i) {
    auto guest = local();
    guest.net.join = {full.address()};
    all.push_back(&guests.emplace_back(guest));
    REQUIRE(until(all, [&] { return guests.back().link_to(full.id()).has_value(); }));
  }
  auto late = local();
  late.net.join = {full.address()};
  node& refused = guests.emplace_back(late);
  all.push_back(&refused);
  REQUIRE(until(all, [&] { return !refused.all<link_refused>().empty(); }));
  const auto told = refused.all<link_refused>().front();
  CHECK(told.peer == full.id());
  CHECK(told.code == errc::full_house);
  CHECK_THAT(told.detail, Catch::Contains("net.max_connections = 4"));
  CHECK(refused.up.empty());
}

} // namespace
} // namespace caucus::test
