#include "runtime/archive/codec.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/every_type.hpp"
#include "test/runtime/archive/filler.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace caucus::test {

TEMPLATE_LIST_TEST_CASE("what was encoded decodes to the same value", "[archive]", every_type) {
  CHECK(rc::check([](std::uint64_t seed) {
    const auto value = any<TestType>(seed);
    const auto encoded = encode(value);
    RC_ASSERT(encoded.size() == encoded_size(value));
    RC_ASSERT(encoded.size() >= encoded_size_min<TestType>);
    const auto back = decode<TestType>(encoded);
    RC_ASSERT(back.has_value());
    RC_ASSERT((*back == value));
  }));
}

TEMPLATE_LIST_TEST_CASE("no two encodings decode to one value", "[archive]", every_type) {
  CHECK(rc::check([](std::uint64_t seed) {
    auto altered = encode(any<TestType>(seed));
    // All bytes of short values, a sample of long ones', another in each run.
    const auto step = std::max<std::size_t>(1, altered.size() / 64);
    for (std::size_t at = seed % step; at < altered.size(); at += step) {
      const auto kept = altered[at];
      for (const std::uint64_t flip : {std::uint64_t{1}, seed >> 56U}) {
        altered[at] = kept ^ static_cast<std::byte>(flip);
        if (const auto decoded = decode<TestType>(altered)) {
          RC_ASSERT(encode(*decoded) == altered);
        }
      }
      altered[at] = kept;
    }
  }));
}

/// Theirs is the last field, and left out in a group's first epoch.
using ending_with_epoch =
  std::tuple<certificate_request, view_request, view_response, freshness, attest_response>;
template <class T>
inline constexpr bool ends_with_epoch = is_one_of<T>(static_cast<ending_with_epoch*>(nullptr));

/// A genesis ends with its quotas and with what it goes on from, if it has any; an answer with how
/// its variable is declared. Without them it is
/// the one of a group that has none, which is another value, and a byte behind one that has none
/// begins some. Thus an epoch too.
template <class T>
T with_all_parts(T what) {
  if constexpr (std::is_same_v<T, genesis>) {
    what.limits = quotas{};
    what.continues = continuation{};
  }
  if constexpr (std::is_same_v<T, answer>) {
    what.declared = proven_declaration{};
  }
  if constexpr (std::is_same_v<T, read_response>) {
    if (what.answer) {
      what.answer->declared = proven_declaration{};
    }
  }
  if constexpr (ends_with_epoch<T>) {
    what.epoch = std::max(what.epoch, epoch{1});
  }
  return what;
}
template <class T>
bool is_whole_without(std::size_t cut) {
  return (std::is_same_v<
            T,
            genesis> && (cut == encoded_size_min<continuation> || cut == encoded_size_min<continuation> + encoded_size_min<quotas>))
         || ((std::is_same_v<T, answer> || std::is_same_v<T, read_response>)&&cut
             == encoded_size_min<proven_declaration>)
         || (ends_with_epoch<T> && cut == sizeof(epoch::number));
}

TEMPLATE_LIST_TEST_CASE("a value cut short or with a byte more is refused", "[archive]",
                        every_type) {
  CHECK(rc::check([](std::uint64_t seed) {
    auto encoded = encode(with_all_parts(any<TestType>(seed)));
    const auto step = std::max<std::size_t>(1, encoded.size() / 64);
    for (std::size_t size = seed % step; size < encoded.size(); size += step) {
      RC_ASSERT(!decode<TestType>(bytes_view{encoded}.first(size)).has_value()
                || is_whole_without<TestType>(encoded.size() - size));
    }
    encoded.push_back(std::byte{0});
    const auto longer = decode<TestType>(encoded);
    RC_ASSERT(!longer.has_value());
    RC_ASSERT(longer.error().code == errc::trailing_bytes);
  }));
}

TEMPLATE_LIST_TEST_CASE("the smallest value is as small as its type says", "[archive]",
                        every_type) {
  CHECK(encoded_size(TestType{}) == encoded_size_min<TestType>);
}

} // namespace caucus::test
