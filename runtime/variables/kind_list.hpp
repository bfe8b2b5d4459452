#pragma once

#include "runtime/variables/variable_kinds.hpp"

#include <array>
#include <cstddef>

/// All kinds, by their numbers in messages/genesis.hpp. For the kinds and variable_kinds.cpp alone.

namespace caucus {

extern const kind_definition register_kind;
extern const kind_definition counter_kind;
extern const kind_definition set_kind;
extern const kind_definition map_kind;
extern const kind_definition opaque_kind;
extern const kind_definition custom_kind;

inline constexpr std::array kind_list{&register_kind, &counter_kind, &set_kind,
                                      &map_kind,      &opaque_kind,  &custom_kind};
static_assert(kind_list.size()
              == static_cast<std::size_t>(variable_kind_last)
                   - static_cast<std::size_t>(variable_kind_first) + 1);

} // namespace caucus
