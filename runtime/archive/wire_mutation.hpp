#pragma once

#include "messages/mutation.hpp"
#include "runtime/archive/bounded.hpp"

/// The encodings of mutations, batches and receipts.
/// Pure.

namespace caucus {

template <>
struct enum_values<receipt_status> {
  static constexpr auto first = receipt_status::applied;
  static constexpr auto last = receipt_status::refused;
};

template <class Archive>
void serialize(Archive& ar, mutation& x) {
  ar(x.variable, x.operation, bounded<arguments_max, argument_size_max>(x.arguments));
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
