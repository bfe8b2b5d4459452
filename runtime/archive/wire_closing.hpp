#pragma once

#include "messages/closing.hpp"
#include "messages/group.hpp"
#include "messages/hello.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_proof.hpp"
#include "runtime/archive/wire_vote.hpp"

/// The encoding of what ended an epoch.
/// Pure.

namespace caucus {

/// 128 members and standbys with the longest names and addresses are 43 KiB.
inline constexpr std::size_t membership_size_max =
  64 + (members_max + standbys_max) * (32 + 4 + name_size_max + 4 + address_size_max + 8 + 8);

template <class Archive>
void serialize(Archive& ar, closing& x) {
  ar(x.last, bounded<closing_headers_max>(x.behind), x.finalization,
     bounded<membership_size_max>(x.members), x.proof);
}
template <>
inline constexpr std::size_t encoded_size_min<closing> =
  encoded_size_min<block_header> + 4 + encoded_size_min<certificate> + 4
  + encoded_size_min<state_proof>;

} // namespace caucus
