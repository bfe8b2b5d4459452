#pragma once

#include "messages/bytes.hpp"
#include "messages/genesis.hpp"

#include <cstdint>
#include <string_view>

/// A mutation's argument as its operation gets it.
/// Pure values.

namespace caucus {

/// One argument, read in place.
struct argument_view {
  argument_kind kind = argument_kind::integer;
  std::int64_t integer = 0;
  bytes_view byte_string;

  /// The byte string as text. Precondition: kind is byte_string.
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(byte_string.data()), byte_string.size()};
  }
};

} // namespace caucus
