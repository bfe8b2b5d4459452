#include "actors/peer_net/frame_reader.hpp"
#include "actors/peer_net/frame_writer.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "messages/mutation.hpp"
#include "messages/vote.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/frame_header.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

// What it costs to put frames and values into bytes, and to take them out again.

using namespace caucus;

namespace {

constexpr std::size_t frames_at_once = 64;

frame_header vote_header() {
  frame_header out;
  out.body_size = 147;
  out.code = code_of<vote>;
  out.nonce = 12'345;
  out.tag = 0x12345678;
  out.group = group_id{1};
  return out;
}

vote some_vote() {
  vote out;
  out.subject.view = view{1'000'000};
  out.subject.digest.raw.fill(std::byte{7});
  out.signer = member_index{2};
  out.signature.raw.fill(std::byte{9});
  return out;
}

/// As an author makes them: 64 bytes of payload each.
batch some_batch(std::size_t mutations) {
  batch out;
  const bytes one(80);
  for (std::size_t i = 0; i < mutations; ++i) {
    const auto size = static_cast<std::uint32_t>(one.size());
    for (int shift = 0; shift < 32; shift += 8) {
      out.body.push_back(static_cast<std::byte>(size >> shift));
    }
    out.body.insert(out.body.end(), one.begin(), one.end());
  }
  out.header.group = group_id{1};
  out.header.number = batch_number{1};
  out.header.mutation_count = static_cast<std::uint32_t>(mutations);
  out.header.body_size = static_cast<std::uint32_t>(out.body.size());
  return out;
}

void encode_frame_header(benchmark::State& state) {
  auto header = vote_header();
  for (auto _ : state) {
    ++header.nonce;
    benchmark::DoNotOptimize(encode_header(header));
  }
  state.SetItemsProcessed(state.iterations());
}

void decode_frame_header(benchmark::State& state) {
  auto raw = encode_header(vote_header());
  for (auto _ : state) {
    benchmark::DoNotOptimize(raw);
    benchmark::DoNotOptimize(decode_header(raw));
  }
  state.SetItemsProcessed(state.iterations());
}

/// One link's two directions without a socket: frames into records of bytes, and these into frames.
void through_writer_and_reader(benchmark::State& state) {
  constexpr auto number = static_cast<packet_code>(first_application_code);
  tag_table codes{network_id{}};
  if (!codes.add({number, "bench"}, sink{2}, code_range::application)) {
    state.SkipWithError("no code");
    return;
  }
  const auto& code = *codes.find(number);
  frame_writer writer;
  frame_reader reader{codes};
  reader.hello_accepted();
  const auto body = std::make_shared<const bytes>(static_cast<std::size_t>(state.range(0)));
  std::array<std::byte, 16 * 1024> room{};
  for (auto _ : state) {
    for (std::size_t i = 0; i < frames_at_once; ++i) {
      if (!writer.push(code, {number, {}, body})) {
        state.SkipWithError("the writer took no more");
        return;
      }
    }
    while (const auto size = writer.fill(room)) {
      for (std::size_t at = 0; at < size;) {
        const auto taken = reader.read(bytes_view{room}.subspan(at, size - at));
        if (!taken) {
          state.SkipWithError("the reader refused what the writer wrote");
          return;
        }
        at += taken->consumed;
        benchmark::DoNotOptimize(taken->frame);
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames_at_once));
}

template <class T>
void encode_one(benchmark::State& state, const T& what) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode(what));
  }
  state.SetItemsProcessed(state.iterations());
}

template <class T>
void decode_one(benchmark::State& state, const T& what) {
  const auto raw = encode(what);
  if (!decode<T>(raw)) {
    state.SkipWithError("not decoded");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode<T>(raw));
  }
  state.SetItemsProcessed(state.iterations());
}

void encode_vote(benchmark::State& state) {
  encode_one(state, some_vote());
}
void decode_vote(benchmark::State& state) {
  decode_one(state, some_vote());
}
void encode_batch(benchmark::State& state) {
  encode_one(state, some_batch(static_cast<std::size_t>(state.range(0))));
}
void decode_batch(benchmark::State& state) {
  decode_one(state, some_batch(static_cast<std::size_t>(state.range(0))));
}

} // namespace

BENCHMARK(encode_frame_header)->Name("archive/encode_frame_header");
BENCHMARK(decode_frame_header)->Name("archive/decode_frame_header");
BENCHMARK(encode_vote)->Name("archive/encode_vote");
BENCHMARK(decode_vote)->Name("archive/decode_vote");
BENCHMARK(encode_batch)->Name("archive/encode_batch")->ArgName("mutations")->Arg(600);
BENCHMARK(decode_batch)->Name("archive/decode_batch")->ArgName("mutations")->Arg(600);
BENCHMARK(through_writer_and_reader)
  ->Name("peer_net/write_and_read_frames")
  ->ArgName("body_size")
  ->Arg(64)
  ->Arg(4'096);
BENCHMARK_MAIN();
