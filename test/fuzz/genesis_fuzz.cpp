#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/genesis_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any file is read or refused; a genesis that was read can be encoded, and prints as a file that gives
/// the same one.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read =
    caucus::parse_genesis({reinterpret_cast<const char*>(data), size}, "genesis.toml");
  if (!read) {
    CAUCUS_ASSERT(!read.error().detail.empty());
    return 0;
  }
  CAUCUS_ASSERT(caucus::try_encode(*read));
  const auto again = caucus::parse_genesis(caucus::print_genesis(*read), "printed.toml");
  CAUCUS_ASSERT(again && *again == *read);
  return 0;
}
