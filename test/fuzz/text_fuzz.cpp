#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Any text is refused or is the one text of its bytes.

namespace caucus {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  const std::string_view text{reinterpret_cast<const char*>(data), data_size};
  if (const auto decoded = from_base32(text)) {
    CAUCUS_ASSERT(to_base32(*decoded) == text);
  }
  if (const auto decoded = from_hex(text)) {
    CAUCUS_ASSERT(to_hex(*decoded) == text);
  }
  if (const auto who = peer_id_from_text(text)) {
    CAUCUS_ASSERT(to_text(*who) == text);
  }
  return 0;
}

} // namespace caucus
