#include "test/actors/notary/group.hpp"

#include "test/catch.hpp"

using namespace caucus;
using namespace caucus::testing;

namespace {

evidence lie_of(std::uint16_t member, std::uint64_t in) {
  const vote first{{vote_kind::nullify, epoch{}, view{in}, {}}, member_index{member}, {}};
  auto second = first;
  second.subject.kind = vote_kind::finalize;
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

TEST_CASE("who lied, how often and how is told by name, and the proofs in pages") {
  group g{small_genesis()};
  for (std::uint64_t in = 1; in <= 8; ++in) {
    g.step(0, to_notary{evidence_found{lie_of(1, in)}});
  }
  g.step(0, to_notary{evidence_found{lie_of(2, 17)}});
  g.step(0, notary_in::asked{0, status_request{99}});
  g.run();
  const auto liars = g.answers<notary_status>(0, 99).back().liars;
  REQUIRE(liars.size() == 2);
  CHECK(liars[0].peer == small_genesis().members[1].peer);
  CHECK(liars[0].proofs == 8);
  CHECK(liars[1].proofs == 1);
  CHECK(liars[1].newest == "voted both to finish and to give up view 17");

  const auto page = [&g](std::uint64_t from) {
    g.step(0, notary_in::asked{0, evidence_request{100 + from, from}});
    g.run();
    return g.answers<evidence_answer>(0, 100 + from).back();
  };
  CHECK(page(0).count == 9);
  CHECK(page(0).proofs.size() == 9);
  REQUIRE(page(8).proofs.size() == 1);
  CHECK(page(8).proofs[0] == lie_of(2, 17));
  CHECK(page(9).proofs.empty());
  CHECK(page(~std::uint64_t{0} - 200).proofs.empty());
}

TEST_CASE("strangers who lied are named up to a bound, and their proofs counted") {
  group g{small_genesis()};
  for (std::uint8_t i = 0; i < 100; ++i) {
    conflicting_batches lie;
    lie.first.author.raw[0] = std::byte{i};
    lie.second.author = lie.first.author;
    g.step(0, to_notary{evidence_found{lie}});
  }
  g.step(0, notary_in::asked{0, status_request{99}});
  g.run();
  const auto status = g.answers<notary_status>(0, 99).back();
  CHECK(status.liars.size() == strange_liars_max);
  CHECK(status.evidence_count == 100);
  g.step(0, notary_in::asked{0, evidence_request{98, 0}});
  g.run();
  CHECK(g.answers<evidence_answer>(0, 98).back().proofs.size() == evidence_page_max);
}

TEST_CASE("proof that this node's own key voted twice ends its votes, in each later life too") {
  group g{small_genesis()};
  g.step(0, to_notary{evidence_found{lie_of(1, 7)}});
  conflicting_batches numbers; // batches bind nobody's votes
  numbers.first.author = numbers.second.author = small_genesis().members[0].peer;
  g.step(0, to_notary{evidence_found{numbers}});
  g.run();
  CHECK(g.at(0).own_lie.empty());
  g.restart(0);
  CHECK(g.at(0).own_lie.empty());
  g.step(0, to_notary{evidence_found{lie_of(0, 8)}});
  g.run();
  CHECK(g.at(0).own_lie.find("this member's own key voted both to finish and to give up view 8")
        == 0);
  g.at(0).own_lie.clear();
  g.restart(0);
  CHECK(g.at(0).own_lie.find("this member's own key voted both") == 0);
}
