#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "test/runtime/archive/every_type.hpp"
#include "test/runtime/archive/filler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>

// The first byte picks a type of the wire, the rest is its encoding: no crash, no sanitizer report,
// and what is taken encodes to the very bytes it came from.

namespace caucus {

namespace {

using test::every_type;
constexpr std::size_t type_count = std::tuple_size_v<every_type>;

template <class T>
void check(bytes_view from) {
  const auto decoded = decode<T>(from);
  if (!decoded) {
    return;
  }
  CAUCUS_ASSERT(encoded_size(*decoded) == from.size());
  const auto encoded = encode(*decoded);
  CAUCUS_ASSERT(std::equal(encoded.begin(), encoded.end(), from.begin(), from.end()));
  CAUCUS_ASSERT(decode<T>(encoded).value() == *decoded);
}

/// Calls `with` for the type at `index`.
template <class With>
void pick(std::size_t index, With&& with) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((I == index ? with(std::tuple_element_t<I, every_type>{}) : void()), ...);
  }
  (std::make_index_sequence<type_count>{});
}

} // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t data_size,
                                        std::size_t data_size_max);

/// Random bytes seldom get past a first count: one input in eight is a valid value made anew.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t data_size,
                                               std::size_t data_size_max, unsigned seed) {
  if (seed % 8 != 0) {
    return LLVMFuzzerMutate(data, data_size, data_size_max);
  }
  const auto index = seed / 8 % type_count;
  std::size_t out_size = 0;
  pick(index, [&]<class T>(T) {
    const auto encoded = encode(test::any<T>(seed));
    if (encoded.size() + 1 <= data_size_max) {
      data[0] = static_cast<std::uint8_t>(index);
      std::transform(encoded.begin(), encoded.end(), data + 1,
                     [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
      out_size = encoded.size() + 1;
    }
  });
  return out_size > 0 ? out_size : LLVMFuzzerMutate(data, data_size, data_size_max);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  if (data_size > 0) {
    const auto body = std::as_bytes(std::span{data, data_size}).subspan(1);
    pick(data[0] % type_count, [&]<class T>(T) { check<T>(body); });
  }
  return 0;
}

} // namespace caucus
