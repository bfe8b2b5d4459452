#pragma once

#include "messages/genesis.hpp"
#include "messages/hello.hpp"
#include "messages/mutation.hpp"
#include "runtime/archive/bounded.hpp"

#include <type_traits>

/// The encoding of a genesis: what the network id is the hash of. It does not travel.
/// Pure.

namespace caucus {

/// 4,096: nodes listed as writers of one variable.
inline constexpr std::size_t listed_max = 4'096;

template <>
struct enum_values<variable_kind> {
  static constexpr auto first = variable_kind_first;
  static constexpr auto last = variable_kind_last;
};
template <>
struct enum_values<writers> {
  static constexpr auto first = writers::members;
  static constexpr auto last = writers::listed;
};
template <>
struct enum_values<argument_kind> {
  static constexpr auto first = argument_kind::integer;
  static constexpr auto last = argument_kind::byte_string;
};

template <class Archive>
void serialize(Archive& ar, operation_declaration& x) {
  ar(bounded<name_size_max>(x.name), bounded<arguments_max>(x.arguments));
}
template <>
inline constexpr std::size_t encoded_size_min<operation_declaration> = 4 + 4;

template <class Archive>
void serialize(Archive& ar, variable_declaration& x) {
  ar(bounded<name_size_max>(x.name), x.kind, x.writers, bounded<listed_max>(x.listed), x.min, x.max,
     x.step_max, x.initial, x.value_size, x.key_size, x.entries,
     bounded<operations_max>(x.operations));
}
template <>
inline constexpr std::size_t encoded_size_min<variable_declaration> =
  4 + 1 + 1 + 4 + 3 * 1 + 8 + 4 + 4 + 8 + 4;

template <class Archive>
void serialize(Archive& ar, member& x) {
  ar(x.peer, bounded<name_size_max>(x.name), bounded<address_size_max>(x.address));
}
template <>
inline constexpr std::size_t encoded_size_min<member> = 32 + 4 + 4;

template <class Archive>
void serialize(Archive& ar, consensus_parameters& x) {
  ar(x.delta, x.heartbeat);
}
template <>
inline constexpr std::size_t encoded_size_min<consensus_parameters> = 8 + 8;

template <class Archive>
void serialize(Archive& ar, quota& x) {
  ar(x.burst, x.per_second);
}
template <class Archive>
void serialize(Archive& ar, quotas& x) {
  ar(x.author, x.strangers);
}
template <>
inline constexpr std::size_t encoded_size_min<quotas> = 4 * 8;

template <class Archive>
void serialize(Archive& ar, continuation& x) {
  ar(x.network, x.height, x.last, x.state_root);
}
template <>
inline constexpr std::size_t encoded_size_min<continuation> = 32 + 8 + 32 + 32;

template <class Archive>
void serialize(Archive& ar, rules_id& x) {
  ar(bounded<rules_name_size_max>(x.name), x.version);
}
template <>
inline constexpr std::size_t encoded_size_min<rules_id> = 4 + 4;

template <class Archive>
void serialize(Archive& ar, genesis& x) {
  ar(bounded<name_size_max>(x.name), x.time, x.group, bounded<members_max>(x.members), x.consensus,
     bounded<variables_max>(x.variables));
  // What is not there leaves the bytes, and so the network id, as they were before there was any. A
  // continuation stands behind quotas, which are all zero where there are none: no others are.
  if constexpr (std::is_same_v<Archive, writer>) {
    if (x.limits || x.continues) {
      auto quota = x.limits.value_or(quotas{});
      ar(quota);
    }
    if (x.continues) {
      ar(*x.continues);
    }
  } else if constexpr (std::is_same_v<Archive, reader>) {
    x.limits.reset();
    x.continues.reset();
    if (!ar.left().empty()) {
      ar(x.limits.emplace());
    }
    if (!ar.left().empty()) {
      ar(x.continues.emplace());
      if (*x.limits == quotas{}) {
        x.limits.reset();
      }
    }
  }
}
template <>
inline constexpr std::size_t encoded_size_min<genesis> =
  4 + 8 + 4 + 4 + encoded_size_min<consensus_parameters> + 4;

} // namespace caucus
