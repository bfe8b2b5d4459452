#include "actors/notary/record_codec.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

// The first byte says whether the rest is a record of the notary's journal or of its ledger: no crash,
// and what is taken encodes to the very bytes that it came from.

namespace caucus {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  if (data_size == 0) {
    return 0;
  }
  const auto from = std::as_bytes(std::span{data, data_size}).subspan(1);
  bytes again;
  if (data[0] % 2 == 0) {
    const auto record = decode_notary_record(from);
    if (!record) {
      return 0;
    }
    again = encode_notary_record(*record);
  } else {
    const auto block = decode_final(from);
    if (!block) {
      return 0;
    }
    CAUCUS_ASSERT((*block)->batches.size() == (*block)->block->batches.size());
    CAUCUS_ASSERT((*block)->skipped.size() == (*block)->batches.size());
    again = encode_final(**block);
    if (from[0] != std::byte{0} && (*block)->batches.empty()) { // as former versions wrote it
      const auto same = decode_final(again);
      CAUCUS_ASSERT(same && (*same)->id == (*block)->id && encode_final(**same) == again);
      return 0;
    }
  }
  CAUCUS_ASSERT(std::equal(again.begin(), again.end(), from.begin(), from.end()));
  return 0;
}

} // namespace caucus
