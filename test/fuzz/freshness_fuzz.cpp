#include "actors/notary/freshness.hpp"
#include "messages/quorum.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

// Any bytes are what shows that an answer is fresh: it does so only by a quorum of distinct members, each
// of whose bounds the answer covers, and never where nobody signed.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  using namespace caucus;
  if (data_size == 0) {
    return 0;
  }
  const auto said = decode<freshness>(std::as_bytes(std::span{data, data_size}).subspan(1));
  if (!said) {
    return 0;
  }
  genesis from;
  from.members.resize(4);
  const auto nobody = [](const peer_id&, const signature&, bytes_view) { return false; };
  const auto anybody = [](const peer_id&, const signature&, bytes_view) { return true; };
  block_header certified;
  certified.group = from.group;
  certified.view = view{data[0]};
  CAUCUS_ASSERT(!verify_freshness(from, committees{from}, {}, certified, *said, nobody));
  if (!verify_freshness(from, committees{from}, {}, certified, *said, anybody)) {
    return 0;
  }
  std::uint64_t seen = 0;
  for (const auto& one : said->attestations) {
    CAUCUS_ASSERT(one.signer.value() < from.members.size() && covers(certified, one.bound));
    const auto bit = std::uint64_t{1} << one.signer.value();
    CAUCUS_ASSERT((seen & bit) == 0);
    seen |= bit;
  }
  CAUCUS_ASSERT(said->attestations.size() >= quorum(4));
  return 0;
}
