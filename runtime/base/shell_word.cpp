#include "runtime/base/shell_word.hpp"

namespace caucus {

std::string shell_word(const std::string& word) {
  const bool plain =
    !word.empty() && word.find_first_of(" \t\n'\"\\$&|;<>()*?[]#~`!{}") == std::string::npos;
  if (plain) {
    return word;
  }
  std::string out = "'";
  for (const char c : word) {
    out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  }
  return out + "'";
}

} // namespace caucus
