#include "actors/notary/executor.hpp"
#include "actors/notary/mutation_reader.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/sha256.hpp"

#include <benchmark/benchmark.h>

#include <random>

/// What one mutation costs a replica in execution. The budget is 6.7 µs in all.

using namespace caucus;

namespace {

genesis with_variables() {
  genesis out;
  variable_declaration load;
  load.name = "load";
  load.kind = variable_kind::opaque;
  load.writers = writers::anyone;
  auto table = load;
  table.name = "table";
  table.kind = variable_kind::map;
  out.variables = {load, table};
  return out;
}

template <class Make>
shared_batch batch_of(std::uint64_t number, std::size_t count, Make&& make) {
  auto out = std::make_shared<batch>();
  for (std::size_t i = 0; i < count; ++i) {
    append_mutation(out->body, encode(make()));
  }
  out->header.number = batch_number{number};
  out->header.mutation_count = static_cast<std::uint32_t>(count);
  out->header.body_size = static_cast<std::uint32_t>(out->body.size());
  return out;
}

void execute_opaque(benchmark::State& state) {
  const auto rules = compile_rules(with_variables()).value();
  const state_tree before{rules->variable_count()};
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto load = batch_of(1, count, [] {
    return mutation{variable_id{1}, operation_id{0}, {bytes(64)}};
  });
  const block_header header{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(execute(*rules, genesis_base(*rules, before), header, {&load, 1}));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void execute_map(benchmark::State& state) {
  const auto rules = compile_rules(with_variables()).value();
  std::mt19937_64 random{1};
  const auto put = [&] {
    const auto key = std::to_string(random() % 100'000);
    const auto raw = as_bytes(key);
    return mutation{variable_id{2}, operation_id{0}, {bytes{raw.begin(), raw.end()}, bytes(64)}};
  };
  state_tree tree{rules->variable_count()};
  std::vector<shared_batch> fill;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    fill.push_back(batch_of(i, 10'000, put));
  }
  tree = execute(*rules, genesis_base(*rules, tree), {}, fill).state;
  const auto count = static_cast<std::size_t>(state.range(0));
  std::uint64_t number = 1'000;
  std::vector<shared_batch> batches;
  for (int i = 0; i < 64; ++i) {
    batches.push_back(batch_of(++number, count, put));
  }
  std::size_t next = 0;
  for (auto _ : state) { // each on the one before, which stays as it was
    auto one = *batches[next++ % batches.size()];
    one.header.number = batch_number{++number};
    const shared_batch load = std::make_shared<const batch>(std::move(one));
    tree = execute(*rules, genesis_base(*rules, tree), {}, {&load, 1}).state;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void prove_one(benchmark::State& state) {
  state_tree tree{2};
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const auto key = std::to_string(i);
    tree.put(path_of(variable_id{1}, as_bytes(key)), as_bytes(key), as_bytes(key));
  }
  const auto root = tree.root();
  const auto path = path_of(variable_id{1}, as_bytes("7"));
  for (auto _ : state) {
    const auto proof = tree.prove(path);
    benchmark::DoNotOptimize(
      check_proof(root, variable_id{1}, as_bytes("7"), as_bytes("7"), *proof));
  }
}

} // namespace

BENCHMARK(execute_opaque)->Name("notary/execute_opaque/mutations")->Arg(600);
BENCHMARK(execute_map)->Name("notary/execute_map/mutations")->Arg(600);
BENCHMARK(prove_one)->Name("notary/prove_and_check/entries")->Arg(100'000);
BENCHMARK_MAIN();
