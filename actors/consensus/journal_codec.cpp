#include "actors/consensus/journal_codec.hpp"

#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace caucus::voting {

namespace {

enum class kind : std::uint8_t {
  voted = 1,
  block = 2,
  certificate = 3,
  ceiling = 4,
  doubted = 5,
  heard_of = 6,
  own_life = 7,
  other_life = 8
};

bytes with_kind(kind of, const bytes& body) {
  bytes out;
  out.reserve(1 + body.size());
  out.push_back(static_cast<std::byte>(of));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

bytes number_bytes(std::uint64_t what) {
  bytes out;
  append_little_endian(out, what);
  return out;
}

/// In the first epoch as before there were epochs.
bytes encode_number(std::uint64_t what, epoch in) {
  auto out = number_bytes(what);
  if (in != first_epoch) {
    append_little_endian(out, in.value());
  }
  return out;
}

struct number_in {
  std::uint64_t number = 0;
  epoch in;
};

result<number_in> decode_number(bytes_view body) {
  constexpr auto size = sizeof(std::uint64_t);
  if (body.size() != size && body.size() != 2 * size) {
    return fail(errc::file_malformed, "a number of another size");
  }
  number_in out{from_little_endian<std::uint64_t>(body), first_epoch};
  if (body.size() == 2 * size) {
    out.in = epoch{from_little_endian<std::uint64_t>(body.subspan(size))};
    if (out.in == first_epoch) {
      return fail(errc::file_malformed, "a number with an epoch that is left out");
    }
  }
  return out;
}

template <class T, class Wrap>
result<consensus_record> decoded(bytes_view body, Wrap wrap) {
  CAUCUS_TRY(auto what, decode<T>(body));
  return consensus_record{wrap(std::move(what))};
}

} // namespace

bytes encode_consensus_record(const consensus_record& what) {
  return std::visit(
    overloaded{
      [](const voted& mine) { return with_kind(kind::voted, encode(mine.vote)); },
      [](const seen_block& block) { return with_kind(kind::block, encode(*block.proposal)); },
      [](const seen_certificate& seen) {
        return with_kind(kind::certificate, encode(seen.certificate));
      },
      [](const ceiling& top) {
        return with_kind(kind::ceiling, encode_number(top.top.value(), top.in));
      },
      [](const doubted& lost) {
        return with_kind(kind::doubted, {lost.blank ? std::byte{1} : std::byte{0}});
      },
      [](const heard_of& known) {
        return with_kind(kind::heard_of, encode_number(known.members, known.in));
      },
      [](const own_life& mine) { return with_kind(kind::own_life, number_bytes(mine.number)); },
      [](const other_life& of) {
        bytes body{of.peer.raw.begin(), of.peer.raw.end()};
        const auto said = encode(of.said);
        body.insert(body.end(), said.begin(), said.end());
        return with_kind(kind::other_life, body);
      }},
    what);
}

result<consensus_record> decode_consensus_record(bytes_view from) {
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
    case kind::doubted:
      if (body.size() != 1 || std::to_integer<unsigned>(body.front()) > 1) {
        return fail(errc::file_malformed, "a doubt of another size");
      }
      return consensus_record{doubted{body.front() == std::byte{1}}};
    case kind::ceiling:
    case kind::heard_of: {
      CAUCUS_TRY(const auto read, decode_number(body));
      return static_cast<kind>(from.front()) == kind::ceiling
               ? consensus_record{ceiling{view{read.number}, read.in}}
               : consensus_record{heard_of{read.number, read.in}};
    }
    case kind::own_life:
      if (body.size() != sizeof(std::uint64_t)) {
        return fail(errc::file_malformed, "a life of another size");
      }
      return consensus_record{own_life{from_little_endian<std::uint64_t>(body)}};
    case kind::other_life: {
      other_life out;
      if (body.size() < peer_id::size) {
        return fail(errc::file_malformed, "another's life of another size");
      }
      std::copy_n(body.begin(), peer_id::size, out.peer.raw.begin());
      CAUCUS_TRY(out.said, decode<signed_life>(body.subspan(peer_id::size)));
      return consensus_record{out};
    }
  }
  return fail(errc::file_malformed, "a record of an unknown kind");
}

} // namespace caucus::voting
