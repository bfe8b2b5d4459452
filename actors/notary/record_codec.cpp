#include "actors/notary/record_codec.hpp"

#include "messages/committee.hpp"
#include "runtime/archive/archive.hpp"
#include "runtime/archive/bounded.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_evidence.hpp"
#include "runtime/archive/wire_group.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/archive/wire_vote.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <variant>

namespace caucus {

template <class Archive>
void serialize(Archive& ar, request_entry& x) {
  ar(bounded<request_id_size_max>(x.id), x.index, x.mutation);
}
template <>
inline constexpr std::size_t encoded_size_min<request_entry> = 4 + 4 + 32;

template <class Archive>
void serialize(Archive& ar, refusal& x) {
  ar(x.index, x.code, bounded<reason_size_max>(x.reason));
}
template <>
inline constexpr std::size_t encoded_size_min<refusal> = 4 + 2 + 4;

template <class Archive>
void serialize(Archive& ar, settled_record& x) {
  ar(x.number, x.height, x.first_index, bounded<mutations_per_batch_max>(x.refused));
}
template <class Archive>
void serialize(Archive& ar, receipt_record& x) {
  ar(bounded<request_id_size_max>(x.id), x.mutation, x.became);
}
template <class Archive>
void serialize(Archive& ar, ceiling_record& x) {
  ar(x.number);
}
template <class Archive>
void serialize(Archive& ar, overtaken_record& x) {
  ar(x.number, x.lost);
}
template <class Archive>
void serialize(Archive& ar, evidence_record& x) {
  ar(x.evidence);
}

namespace {

/// Shared values are read into one of their own.
template <class T>
void put(writer& ar, const std::shared_ptr<const T>& what) {
  ar(const_cast<T&>(*what)); // only read: cereal's own way with const
}
template <class T>
void get(reader& ar, std::shared_ptr<const T>& what) {
  auto made = std::make_shared<T>();
  ar(*made);
  what = std::move(made);
}

struct put_record {
  writer& ar;
  void operator()(const held_record& x) const { put(ar, x.batch); }
  void operator()(const own_record& x) const {
    put(ar, x.batch);
    auto requests = x.requests;
    ar(bounded<mutations_per_batch_max>(requests));
  }
  template <class Record>
  void operator()(const Record& x) const {
    ar(const_cast<Record&>(x));
  }
};

struct get_record {
  reader& ar;
  void operator()(held_record& x) const { get(ar, x.batch); }
  void operator()(own_record& x) const {
    get(ar, x.batch);
    ar(bounded<mutations_per_batch_max>(x.requests));
  }
  template <class Record>
  void operator()(Record& x) const {
    ar(x);
  }
};

/// What the journal says first of a record. On disk, so never renumbered, whatever the order in memory; 0 is
/// none.
template <class Record>
constexpr std::uint8_t record_kind = 0;
template <>
constexpr std::uint8_t record_kind<held_record> = 1;
template <>
constexpr std::uint8_t record_kind<own_record> = 2;
template <>
constexpr std::uint8_t record_kind<settled_record> = 3;
template <>
constexpr std::uint8_t record_kind<receipt_record> = 4;
template <>
constexpr std::uint8_t record_kind<ceiling_record> = 5;
template <>
constexpr std::uint8_t record_kind<evidence_record> = 6;
template <>
constexpr std::uint8_t record_kind<overtaken_record> = 7;

/// An empty record of this kind. False: there is no such kind.
template <class... Records>
bool emplace(std::variant<Records...>& out, std::uint8_t kind) {
  static_assert(((record_kind<Records> != 0) && ...), "each kind has its number");
  return ((record_kind<Records> == kind && (out.template emplace<Records>(), true)) || ...);
}

// -- blocks that list nothing ----------------------------------------------------------------------

/// In the place of a block's group, which is never 0.
constexpr std::uint32_t short_mark = 0;
constexpr std::uint8_t has_certificate = 1;
constexpr std::uint8_t has_receipts = 2; ///< its parent has

subject finality_of(const final_block& what) {
  return {vote_kind::finalize, what.block->header.epoch, what.block->header.view, what.id};
}

/// All that a block which lists nothing leads to follows from its header, and so does what its certificate is
/// about: an idle group writes such blocks for ever.
bool is_short(const final_block& what) {
  const auto& header = what.block->header;
  const auto& by = what.finalization;
  return what.block->batches.empty() && what.refused.empty() && what.mutation_count == 0
         && what.announced.empty() && what.state_root == header.state_root
         && what.receipts_root == digest{} && header.payload == payload_digest({})
         && header.epoch == first_epoch
         && (!by
             || (by->subject == finality_of(what)
                 && by->signatures.size() == static_cast<std::size_t>(std::popcount(by->signers))));
}

/// What both directions do with the fields that are neither group, flags nor certificate.
template <class Archive>
void short_fields(Archive& ar, block_header& x, bool receipts, std::uint64_t& so_far) {
  ar(x.height, x.view, x.parent_view, x.parent, x.time, x.state_root);
  if (receipts) {
    ar(x.receipts_root);
  }
  ar(so_far);
}

bytes encode_short(const final_block& what) {
  bytes out;
  writer ar{out};
  auto header = what.block->header;
  auto so_far = what.mutations_so_far;
  const bool receipts = header.receipts_root != digest{};
  const auto flags = static_cast<std::uint8_t>((what.finalization ? has_certificate : 0)
                                               | (receipts ? has_receipts : 0));
  ar(short_mark, flags, header.group);
  short_fields(ar, header, receipts, so_far);
  if (what.finalization) {
    ar(what.finalization->signers);
    for (const auto& one : what.finalization->signatures) {
      ar(one);
    }
  }
  return out;
}

/// `ar` is behind the mark.
result<shared_final> decode_short(reader& ar) {
  auto out = std::make_shared<final_block>();
  auto made = std::make_shared<block>();
  auto& header = made->header;
  std::uint8_t flags = 0;
  ar(flags, header.group);
  demand(ar, flags <= (has_certificate | has_receipts), errc::out_of_range);
  short_fields(ar, header, (flags & has_receipts) != 0, out->mutations_so_far);
  demand(ar, ((flags & has_receipts) != 0) == (header.receipts_root != digest{}),
         errc::out_of_range);
  header.payload = payload_digest({});
  out->id = digest_of(header);
  out->block = std::move(made);
  out->state_root = header.state_root;
  if ((flags & has_certificate) != 0) {
    auto& by = out->finalization.emplace();
    by.subject = finality_of(*out);
    ar(by.signers);
    by.signatures.resize(static_cast<std::size_t>(std::popcount(by.signers))); // 64 at most
    for (auto& one : by.signatures) {
      ar(one);
    }
  }
  if (const auto failure = ar.finish()) {
    return fail(*failure, "a final block that lists nothing");
  }
  return out;
}

} // namespace

bytes encode_notary_record(const notary_record& what) {
  bytes out;
  writer ar{out};
  const auto kind =
    std::visit([](const auto& one) { return record_kind<std::decay_t<decltype(one)>>; }, what);
  ar(kind);
  std::visit(put_record{ar}, what);
  return out;
}

result<notary_record> decode_notary_record(bytes_view from) {
  reader ar{from};
  std::uint8_t kind = 0;
  ar(kind);
  notary_record out;
  if (!emplace(out, kind)) {
    return fail(errc::file_malformed, "a journal record of kind " + std::to_string(kind));
  }
  std::visit(get_record{ar}, out);
  if (const auto failure = ar.finish()) {
    return fail(*failure, "a journal record");
  }
  return out;
}

bytes encode_final(const final_block& what) {
  if (is_short(what)) {
    return encode_short(what);
  }
  bytes out;
  std::size_t size = 1024 + what.block->batches.size() * digest::size;
  for (const auto& one : what.batches) {
    size += one->body.size() + 256;
  }
  out.reserve(size);
  writer ar{out};
  put(ar, what.block);
  ar(what.finalization);
  for (std::size_t i = 0; i < what.batches.size(); ++i) {
    const bool skipped = what.skipped[i] != 0;
    ar(skipped);
    put(ar, what.batches[i]);
  }
  auto refused = what.refused;
  ar(bounded<refusals_max>(refused));
  ar(what.mutation_count, what.mutations_so_far, what.state_root, what.receipts_root);
  if (!what.announced.empty()) { // a group that never announced anything has the records of before
    auto announced = what.announced;
    ar(bounded<announced_max>(announced));
  }
  return out;
}

result<shared_final> decode_final(bytes_view from) {
  reader ar{from};
  if (from.size() >= sizeof short_mark
      && std::all_of(from.begin(), from.begin() + sizeof short_mark,
                     [](std::byte one) { return one == std::byte{0}; })) {
    static_cast<void>(ar.take(sizeof short_mark));
    return decode_short(ar);
  }
  auto out = std::make_shared<final_block>();
  get(ar, out->block);
  ar(out->finalization);
  const auto count = ar.failure() ? 0 : out->block->batches.size();
  bool fits = true;
  for (std::size_t i = 0; i < count && !ar.failure() && fits; ++i) {
    bool skipped = false;
    ar(skipped);
    out->skipped.push_back(skipped ? 1 : 0);
    get(ar, out->batches.emplace_back());
    fits = digest_of(out->batches.back()->header) == out->block->batches[i];
  }
  ar(bounded<refusals_max>(out->refused));
  ar(out->mutation_count, out->mutations_so_far, out->state_root, out->receipts_root);
  if (!ar.failure() && !ar.left().empty()) {
    ar(bounded<announced_max>(out->announced));
    demand(ar, !out->announced.empty(), errc::out_of_range);
  }
  if (const auto failure = ar.finish(); failure && fits) {
    return fail(*failure, "a final block");
  }
  if (!fits) {
    return fail(errc::file_malformed, "a final block with batches that it does not list");
  }
  out->id = digest_of(out->block->header);
  return out;
}

} // namespace caucus
