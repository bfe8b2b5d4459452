#include "messages/hello.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

// What a stranger's first bytes meet: 32 bytes of header, then perhaps a hello. A header that is
// taken encodes to the bytes it came from and keeps its limits; so does the hello.

namespace caucus {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  const auto input = std::as_bytes(std::span{data, data_size});
  if (input.size() < frame_header_size) {
    return 0;
  }
  const auto raw = input.first<frame_header_size>();
  const auto header = decode_header(raw);
  if (!header) {
    return 0;
  }
  const auto encoded = encode_header(*header);
  CAUCUS_ASSERT(std::equal(encoded.begin(), encoded.end(), raw.begin()));
  CAUCUS_ASSERT(header->body_size <= body_size_max && header->flags <= flag_response);
  const auto body = input.subspan(frame_header_size);
  if (const auto heard = decode<hello>(body)) {
    CAUCUS_ASSERT(heard->agent.size() <= agent_size_max);
    const auto again = encode(*heard);
    CAUCUS_ASSERT(std::equal(again.begin(), again.end(), body.begin(), body.end()));
  }
  return 0;
}

} // namespace caucus
