#pragma once

#include "runtime/caf_types.hpp"

#include <cstdint>

/// What is sent in mailbox_run: 32 bytes, also a CAF message.

namespace caucus::measure {

struct sample {
  std::uint64_t sequence = 0;
  std::uint64_t sent_at = 0;
  double price = 0;
  std::uint64_t quantity = 0;
};
static_assert(sizeof(sample) == 32);
CAUCUS_INSPECT(sample, x.sequence, x.sent_at, x.price, x.quantity)

} // namespace caucus::measure

CAF_BEGIN_TYPE_ID_BLOCK(caucus_measure, caucus::first_free_type_id)
CAF_ADD_TYPE_ID(caucus_measure, (caucus::measure::sample))
CAF_END_TYPE_ID_BLOCK(caucus_measure)
