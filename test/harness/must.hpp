#pragma once

#include "messages/result.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace caucus::harness {

/// What apps/group answers with an error, a test hears as an exception. `about` comes before the
/// error.
template <class T>
T must(result<T> got, const std::string& about = {}) {
  if (!got) {
    throw std::runtime_error{"harness: " + about + got.error().detail};
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*got);
  }
}

} // namespace caucus::harness
