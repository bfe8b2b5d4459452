#include "messages/bytes.hpp"
#include "messages/hello.hpp"
#include "messages/mutation.hpp"
#include "messages/packet_code.hpp"
#include "messages/proof.hpp"
#include "messages/vote.hpp"
#include "runtime/archive/codec.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/every_type.hpp"
#include "test/runtime/archive/golden.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

// Counts what is allocated, for this program only.

namespace {

std::atomic<std::size_t> allocated_size{0};

} // namespace

void* operator new(std::size_t size) {
  allocated_size += size;
  if (void* const out = std::malloc(size)) {
    return out;
  }
  throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t& /*kind*/) noexcept {
  allocated_size += size;
  return std::malloc(size);
}
void operator delete(void* what) noexcept {
  std::free(what);
}
void operator delete(void* what, std::size_t /*size*/) noexcept {
  std::free(what);
}

namespace caucus::test {

namespace {

/// Bytes allocated by one decode.
template <class T>
std::size_t cost(bytes_view from, bool& taken) {
  static_cast<void>(decode<T>(from)); // the thread's archive is made by the first call
  const auto before = allocated_size.load();
  taken = decode<T>(from).has_value();
  return allocated_size.load() - before;
}

} // namespace

TEST_CASE("a frame that claims a million elements allocates nothing") {
  const auto claim = from_notation("40420f00 00*1000");
  bool taken = true;
  CHECK(cost<chain_page>(claim, taken) == 0);
  CHECK(!taken);
  taken = true;
  CHECK(cost<certificate_page>(claim, taken) == 0);
  CHECK(!taken);
  const auto arguments = from_notation("0100 00 40420f00 00*1000");
  taken = true;
  CHECK(cost<mutation>(arguments, taken) == 0);
  CHECK(!taken);
  const auto text = from_notation("40420f00 00*1000"); // a name
  taken = true;
  CHECK(cost<answer>(text, taken) == 0);
  CHECK(!taken);
}

TEMPLATE_LIST_TEST_CASE("no body makes a decoder allocate far more than it is long", "[archive]",
                        every_type) {
  // The largest body there is, of each byte: counts and sizes of 0x01010101 fail at once, of 0 are
  // empty; what remains in between is a body of real items, whose memory their bytes have paid for.
  for (unsigned value = 0; value < 256; ++value) {
    const bytes body(64 * 1024, std::byte(value));
    bool taken = false;
    CHECK(cost<TestType>(body, taken) <= 8 * body.size());
  }
}

TEST_CASE("a page full of the smallest blocks takes memory in proportion to its bytes") {
  chain_page page;
  page.blocks.resize(blocks_per_page_max);
  const auto body = encode(page);
  bool taken = false;
  CHECK(cost<chain_page>(body, taken) <= 8 * body.size()); // growth by doubling: 4 at most, twice
  CHECK(taken);
}

} // namespace caucus::test
