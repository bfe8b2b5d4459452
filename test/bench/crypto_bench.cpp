#include "runtime/base/ed25519.hpp"
#include "runtime/base/sha256.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

// Hashes and signatures: what most of a replica's time is made of.

using namespace caucus;

namespace {

/// A vote signs about as much: a domain and a subject.
constexpr std::size_t signed_size = 96;

void hash(benchmark::State& state) {
  bytes what(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const auto got = sha256(what);
    what.front() = got.raw.front(); // each waits for the one before
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void hash_pair(benchmark::State& state) {
  digest left;
  const digest right;
  for (auto _ : state) {
    left = sha256_pair(std::byte{1}, left, right);
  }
  benchmark::DoNotOptimize(left);
  state.SetItemsProcessed(state.iterations());
}

void sign_one(benchmark::State& state) {
  const secret_key key{key_seed{}};
  bytes what(signed_size);
  for (auto _ : state) {
    const auto got = sign(key, what);
    what.front() = got.raw.front();
  }
  state.SetItemsProcessed(state.iterations());
}

void verify_one(benchmark::State& state) {
  const secret_key key{key_seed{}};
  const bytes what(signed_size);
  const auto by = sign(key, what);
  bool all_good = true;
  for (auto _ : state) {
    all_good = verify(key.id(), by, what) && all_good;
  }
  if (!all_good) {
    state.SkipWithError("a good signature was refused");
  }
  state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK(hash)->Name("base/sha256")->ArgName("size")->Arg(64)->Arg(4'096);
BENCHMARK(hash_pair)->Name("base/sha256_pair");
BENCHMARK(sign_one)->Name("base/ed25519_sign");
BENCHMARK(verify_one)->Name("base/ed25519_verify");
BENCHMARK_MAIN();
