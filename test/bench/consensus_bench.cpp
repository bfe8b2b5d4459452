#include "actors/consensus/view_votes.hpp"
#include "messages/quorum.hpp"
#include "messages/vote.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

// One view's bookkeeping of votes, without their signatures.

using namespace caucus;

namespace {

/// All members' votes of one kind: kept, handed out to be checked, found good, and counted.
void tally(benchmark::State& state) {
  const auto members = static_cast<std::uint16_t>(state.range(0));
  const auto needed = quorum(members);
  vote one;
  one.subject.digest.raw.fill(std::byte{7});
  for (auto _ : state) {
    voting::view_votes votes;
    std::size_t certified = 0;
    for (std::uint16_t i = 0; i < members; ++i) {
      one.signer = member_index{i};
      votes.add(one, voting::check_state::no);
      for (const auto& wanted :
           votes.take_unchecked(one.subject, one.signer, needed, certified > 0)) {
        votes.settle(wanted, true);
      }
      if (certified == 0 && votes.good_count(one.subject) >= needed) {
        certified = votes.good_votes(one.subject, needed).size();
      }
    }
    if (certified != needed) {
      state.SkipWithError("no certificate");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * members);
}

} // namespace

BENCHMARK(tally)->Name("consensus/tally_view")->ArgName("members")->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_MAIN();
