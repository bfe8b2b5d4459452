#pragma once

#include "messages/error_codes.hpp"

#include <tl/expected.hpp>

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

/// How a call says that it failed.
/// Pure values.

namespace caucus {

struct error {
  errc code;
  std::string detail; ///< for people: what exactly, what was given, what is allowed; may be empty

  friend bool operator==(const error&, const error&) = default;
};

/// "code: detail".
[[nodiscard]] std::string to_string(const error& what);

/// As to_string() has them.
std::ostream& operator<<(std::ostream& out, errc code);
std::ostream& operator<<(std::ostream& out, const error& what);

template <class T>
using result = tl::expected<T, error>;

[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string detail = {}) {
  return tl::unexpected<error>{error{code, std::move(detail)}};
}

} // namespace caucus
