#pragma once

/// Boost.Asio for shells. `<utility>` comes first: Boost 1.74 needs it and does not include it, so
/// with g++ 12 nothing else works as the first include. Callbacks only: its coroutines do not
/// compile with clang 14.

// clang-format off
#include <utility>

#include <boost/asio.hpp>
// clang-format on
