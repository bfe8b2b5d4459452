#include "actors/notary/notary_files.hpp"
#include "actors/notary/state_tree.hpp"
#include "runtime/append_log.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// What a node writes: records into its logs, with and without the disk, and the state into SQLite.
// In the folder for temporary files: set TMPDIR to measure another disk.

using namespace caucus;

namespace {

/// The file is cut when it has so many bytes: a benchmark may run for long.
constexpr std::uint64_t log_size_max = std::uint64_t{256} * 1024 * 1024;

void append(benchmark::State& state, durability keeps) {
  const test::temporary_folder folder;
  log_options options;
  options.magic = "caucusB\n";
  options.sync = keeps;
  auto log = append_log::open(folder / "bench.log", options);
  if (!log) {
    state.SkipWithError("no log");
    return;
  }
  const bytes record(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    if (!log->append(record) || !log->sync()) {
      state.SkipWithError("not written");
      return;
    }
    if (log->end().value() > log_size_max) {
      state.PauseTiming();
      static_cast<void>(log->cut(append_log::begin()));
      state.ResumeTiming();
    }
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.SetItemsProcessed(state.iterations());
}

void append_in_memory(benchmark::State& state) {
  append(state, durability::memory);
}
void append_and_sync(benchmark::State& state) {
  append(state, durability::disk);
}

/// A block's changes of a map of 100,000 keys, in one transaction.
void store_entries(benchmark::State& state) {
  const test::temporary_folder folder;
  const auto store = state_store::open(folder / "state.sqlite", durability::memory);
  if (!store) {
    state.SkipWithError("no store");
    return;
  }
  const auto count = static_cast<std::size_t>(state.range(0));
  std::uint64_t at = 0;
  std::uint64_t key = 0;
  for (auto _ : state) {
    state.PauseTiming();
    notary_out::store_state what;
    what.height = height{++at};
    for (std::size_t i = 0; i < count; ++i) {
      const auto text = std::to_string(key = (key + 7'919) % 100'000);
      const auto raw = as_bytes(text);
      what.changed.push_back(
        {path_of(variable_id{1}, raw), bytes{raw.begin(), raw.end()}, bytes(64)});
    }
    state.ResumeTiming();
    if (!(*store)->store(what, {{height{at}, log_position{at}}})) {
      state.SkipWithError("not stored");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

} // namespace

BENCHMARK(append_in_memory)
  ->Name("store/append_log/durability:memory")
  ->ArgName("size")
  ->Arg(64)
  ->Arg(4'096)
  ->Arg(65'536)
  ->UseRealTime();
BENCHMARK(append_and_sync)
  ->Name("store/append_log/durability:disk")
  ->ArgName("size")
  ->Arg(64)
  ->Arg(65'536)
  ->UseRealTime();
BENCHMARK(store_entries)
  ->Name("notary/store_state")
  ->ArgName("changed")
  ->Arg(600)
  ->Arg(10'000)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
