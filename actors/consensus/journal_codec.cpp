#include "actors/consensus/journal_codec.hpp"

#include "messages/archive/codec.hpp"
#include "runtime/base/assert.hpp"

#include <cstddef>
#include <utility>

namespace caucus::voting {

namespace {

enum class kind : std::uint8_t { voted = 1, block = 2, certificate = 3, ceiling = 4 };

bytes with_kind(kind of, const bytes& body) {
  bytes out;
  out.reserve(1 + body.size());
  out.push_back(static_cast<std::byte>(of));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

bytes encode_number(std::uint64_t what) {
  bytes out;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<std::byte>(what >> shift));
  }
  return out;
}

template <class T, class Wrap>
result<journal_record> decoded(bytes_view body, Wrap wrap) {
  auto what = decode<T>(body);
  if (!what) {
    return tl::make_unexpected(what.error());
  }
  return journal_record{wrap(std::move(*what))};
}

} // namespace

bytes encode_record(const journal_record& what) {
  if (const auto* const mine = std::get_if<voted>(&what)) {
    return with_kind(kind::voted, encode(mine->what));
  }
  if (const auto* const block = std::get_if<seen_block>(&what)) {
    return with_kind(kind::block, encode(*block->what));
  }
  if (const auto* const seen = std::get_if<seen_certificate>(&what)) {
    return with_kind(kind::certificate, encode(seen->what));
  }
  const auto* const top = std::get_if<ceiling>(&what);
  CAUCUS_ASSERT(top != nullptr);
  return with_kind(kind::ceiling, encode_number(top->top.value()));
}

result<journal_record> decode_record(bytes_view from) {
  if (from.empty()) {
    return fail(errc::file_malformed, "an empty record");
  }
  const auto body = from.subspan(1);
  switch (static_cast<kind>(from.front())) {
    case kind::voted: return decoded<vote>(body, [](vote&& one) { return voted{std::move(one)}; });
    case kind::block:
      return decoded<proposal>(body, [](proposal&& one) {
        return seen_block{std::make_shared<const proposal>(std::move(one))};
      });
    case kind::certificate:
      return decoded<certificate>(
        body, [](certificate&& one) { return seen_certificate{std::move(one)}; });
    case kind::ceiling: {
      if (body.size() != sizeof(std::uint64_t)) {
        return fail(errc::file_malformed, "a ceiling of another size");
      }
      std::uint64_t top = 0;
      for (std::size_t i = body.size(); i > 0; --i) {
        top = top << 8U | std::to_integer<std::uint64_t>(body[i - 1]);
      }
      return journal_record{ceiling{view{top}}};
    }
  }
  return fail(errc::file_malformed, "a record of an unknown kind");
}

} // namespace caucus::voting
