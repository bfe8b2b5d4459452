#pragma once

#include <string>

/// Commands that people are told, to be pasted. Pure.

namespace caucus {

/// As a POSIX shell reads it back: in single quotes where it has to be.
[[nodiscard]] std::string shell_word(const std::string& word);

} // namespace caucus
