#include "actors/notary/mutation_reader.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

// The first byte says whether the rest is one mutation or a batch's body. The reader that copies nothing
// takes exactly what the archive takes, and reads the same from it; a body is taken if and only if each
// of its parts is, and what was walked makes the same bytes again.

namespace caucus {

namespace {

bool check_mutation(bytes_view from) {
  mutation_view view;
  const auto failure = read_mutation(from, view);
  const auto decoded = decode<mutation>(from);
  CAUCUS_ASSERT(failure.has_value() != decoded.has_value());
  if (decoded) {
    CAUCUS_ASSERT(to_mutation(view) == *decoded);
  }
  return decoded.has_value();
}

void check_walk(bytes_view body) {
  body_reader walk{body};
  bytes again;
  std::uint32_t count = 0;
  bool all_good = true;
  for (auto one = walk.next(); !one.empty(); one = walk.next()) {
    append_mutation(again, one);
    all_good = check_mutation(one) && all_good;
    ++count;
  }
  if (!walk.bad() && walk.done()) {
    CAUCUS_ASSERT(std::equal(again.begin(), again.end(), body.begin(), body.end()));
  }
  batch_header header;
  header.number = batch_number{1};
  header.mutation_count = count;
  header.body_size = static_cast<std::uint32_t>(body.size());
  const bool whole = !walk.bad() && walk.done() && all_good;
  const bool fits =
    count > 0 && count <= mutations_per_batch_max && body.size() <= batch_body_size_max;
  CAUCUS_ASSERT(check_body(header, body).has_value() == (whole && fits));
  ++header.mutation_count;
  CAUCUS_ASSERT(!check_body(header, body));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  if (data_size > 0) {
    const auto rest = std::as_bytes(std::span{data, data_size}).subspan(1);
    if (data[0] % 2 == 0) {
      static_cast<void>(check_mutation(rest));
    } else {
      check_walk(rest);
    }
  }
  return 0;
}

} // namespace caucus
