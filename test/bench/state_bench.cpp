#include "actors/notary/state_tree.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

// The tree of the state: what a block that changes so many of 100,000 entries costs in hashes and copies.

using namespace caucus;

namespace {

constexpr std::size_t entries = 100'000;
constexpr variable_id table{1};

std::string key_of(std::size_t number) {
  return "key" + std::to_string(number);
}

state_tree full_tree() {
  state_tree out{2};
  const bytes value(64);
  for (std::size_t i = 0; i < entries; ++i) {
    const auto key = key_of(i);
    out.put(path_of(table, as_bytes(key)), as_bytes(key), value);
  }
  static_cast<void>(out.root());
  return out;
}

void update(benchmark::State& state) {
  auto tree = full_tree();
  std::mt19937_64 random{1};
  bytes value(64);
  std::uint64_t round = 0;
  for (auto _ : state) {
    const auto before = tree; // the parent block's, which stays
    value.front() = static_cast<std::byte>(++round);
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const auto key = key_of(random() % entries);
      tree.put(path_of(table, as_bytes(key)), as_bytes(key), value);
    }
    benchmark::DoNotOptimize(tree.root());
    benchmark::DoNotOptimize(before);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

} // namespace

BENCHMARK(update)
  ->Name("notary/update_state/entries:100000")
  ->ArgName("changed")
  ->Arg(1)
  ->Arg(100)
  ->Arg(1'000)
  ->Arg(10'000);
BENCHMARK_MAIN();
