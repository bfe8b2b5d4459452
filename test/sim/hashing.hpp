#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

/// Cheap hashes in the place of SHA-256 and Ed25519: a thousand seeds must take seconds.
/// Nobody attacks them here; an adversary of the simulation forges nothing, by agreement.

namespace caucus::sim {

[[nodiscard]] inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U; // splitmix64
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

[[nodiscard]] inline std::uint64_t mix(std::initializer_list<std::uint64_t> all) {
  std::uint64_t out = 0;
  for (const auto one : all) {
    out = mix(out ^ one);
  }
  return out;
}

template <class Bytes>
[[nodiscard]] Bytes spread(std::uint64_t seed) {
  Bytes out;
  for (std::size_t at = 0; at < Bytes::size; at += sizeof seed) {
    seed = mix(seed);
    std::memcpy(out.raw.data() + at, &seed, sizeof seed);
  }
  return out;
}

template <class Bytes>
[[nodiscard]] std::uint64_t word_of(const Bytes& from) {
  std::uint64_t out = 0;
  std::memcpy(&out, from.raw.data(), sizeof out);
  return out;
}

[[nodiscard]] inline std::uint64_t word_over(bytes_view text) {
  std::uint64_t out = text.size();
  for (; !text.empty(); text = text.subspan(std::min(text.size(), sizeof out))) {
    std::uint64_t next = 0;
    std::memcpy(&next, text.data(), std::min(text.size(), sizeof next));
    out = mix(out ^ next);
  }
  return out;
}

} // namespace caucus::sim
