#pragma once

#include "messages/evidence.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"

#include <string_view>

/// What a member proposes of the group: mutations of the group.
/// Pure.

namespace caucus {

[[nodiscard]] mutation to_ask(const group_directive& what);
[[nodiscard]] mutation to_agree(const group_directive& with);
/// `who` signed both of what the proof holds.
[[nodiscard]] mutation to_prove(const peer_id& who, const evidence& what);
/// The proposer's own address.
[[nodiscard]] mutation to_move(std::string_view address);

} // namespace caucus
