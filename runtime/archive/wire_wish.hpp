#pragma once

#include "messages/genesis.hpp"
#include "messages/group_wish.hpp"
#include "messages/hello.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_vote.hpp"

/// The encoding of a newcomer's wish.
/// Pure.

namespace caucus {

template <class Archive>
void serialize(Archive& ar, group_wish& x) {
  ar(bounded<name_size_max>(x.name), bounded<address_size_max>(x.address), x.newest,
     x.finalization);
}
template <>
inline constexpr std::size_t encoded_size_min<group_wish> =
  4 + 4 + encoded_size_min<block_header> + encoded_size_min<certificate>;

} // namespace caucus
