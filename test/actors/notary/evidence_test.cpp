#include "test/actors/notary/group.hpp"

#include "test/catch.hpp"

using namespace caucus;
using namespace caucus::testing;

namespace {

evidence lie_of(std::uint16_t member, std::uint64_t in) {
  const vote first{{vote_kind::nullify, epoch{}, view{in}, {}}, member_index{member}, {}};
  auto second = first;
  second.on.kind = vote_kind::finalize;
  return conflicting_votes{first, second};
}

std::uint64_t counted(group& g) {
  g.step(0, notary_in::asked{0, status_request{99}});
  g.run();
  return g.answers<notary_status>(0, 99).back().evidence_count;
}

} // namespace

TEST_CASE(
  "one member's lies leave room for another's, and none is counted twice, above the limit too") {
  notary_config config;
  config.evidence_max = 32; // 4 a member
  group g{small_genesis(), 0, {}, config};
  const auto tell = [&g](std::uint16_t member, std::uint64_t in) {
    g.step(0, to_notary{evidence_found{lie_of(member, in)}});
    g.run();
  };
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t in = 1; in <= 100; ++in) {
      tell(1, in);
    }
    CHECK(counted(g) == 4);
  }
  tell(2, 1);
  tell(2, 1);
  CHECK(counted(g) == 5);
  g.restart(0);
  CHECK(counted(g) == 5);
  tell(1, 101);
  tell(2, 1);
  CHECK(counted(g) == 5);
}

TEST_CASE("strangers' double numbers fill their half and no more") {
  notary_config config;
  config.evidence_max = 8;
  group g{small_genesis(), 0, {}, config};
  for (std::uint8_t i = 0; i < 100; ++i) {
    conflicting_batches lie;
    lie.first.author.raw[0] = std::byte{i};
    lie.second.author = lie.first.author;
    g.step(0, to_notary{evidence_found{lie}});
  }
  g.run();
  CHECK(counted(g) == 4);
  g.step(0, to_notary{evidence_found{lie_of(3, 1)}});
  g.run();
  CHECK(counted(g) == 5);
}
