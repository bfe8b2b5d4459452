#pragma once

#include "messages/mutation.hpp"
#include "runtime/archive/bounded.hpp"
#include "runtime/base/little_endian.hpp"

#include <cstdint>

/// The encodings of mutations, batches and receipts.
/// Pure.

namespace caucus {

template <>
struct enum_values<receipt_status> {
  static constexpr auto first = receipt_status::applied;
  static constexpr auto last = receipt_status::refused;
};

template <class Archive>
void serialize_mark(Archive& /*ar*/, mutation& /*of*/) {}
inline void serialize_mark(writer& ar, mutation& of) {
  if (of.of_group) {
    demand(ar, of.variable == variable_id{}, errc::out_of_range);
    auto mark = group_mutation_mark;
    ar(mark);
  }
}
inline void serialize_mark(reader& ar, mutation& of) {
  of.of_group = ar.left().size() >= sizeof group_mutation_mark
                && from_little_endian<std::uint32_t>(ar.left()) == group_mutation_mark;
  if (of.of_group) {
    std::uint32_t mark = 0;
    ar(mark);
    demand(ar, of.variable == variable_id{}, errc::out_of_range);
  }
}

template <class Archive>
void serialize(Archive& ar, mutation& x) {
  ar(x.variable, x.operation);
  serialize_mark(ar, x);
  ar(bounded<arguments_max, argument_size_max>(x.arguments));
}
template <>
inline constexpr std::size_t encoded_size_min<mutation> = 2 + 1 + 4;

template <class Archive>
void serialize(Archive& ar, batch_header& x) {
  ar(x.group, x.author, x.number, x.mutation_count, x.body_size, x.body);
}
template <>
inline constexpr std::size_t encoded_size_min<batch_header> = 4 + 32 + 8 + 4 + 4 + 32;

/// The body is carried as it is: the executor reads it in place.
template <class Archive>
void serialize(Archive& ar, batch& x) {
  ar(x.header, x.signature, bounded<batch_body_size_max>(x.body));
}
template <>
inline constexpr std::size_t encoded_size_min<batch> = encoded_size_min<batch_header> + 64 + 4;

template <class Archive>
void serialize(Archive& ar, batch_request& x) {
  ar(x.digest, x.height);
}
template <>
inline constexpr std::size_t encoded_size_min<batch_request> = 32 + 8;

template <class Archive>
void serialize(Archive& ar, batch_response& x) {
  ar(x.batch);
}
template <>
inline constexpr std::size_t encoded_size_min<batch_response> = 1;

template <class Archive>
void serialize(Archive& ar, receipt& x) {
  ar(x.status, x.code, bounded<reason_size_max>(x.reason), x.height, x.index);
}
template <>
inline constexpr std::size_t encoded_size_min<receipt> = 1 + 2 + 4 + 8 + 4;

} // namespace caucus
