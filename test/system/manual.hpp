#pragma once

#include <string>
#include <utility>
#include <vector>

/// What a manual tells its reader to type, so that a test can type it.
/// Throws std::runtime_error, as test code may.

namespace caucus::harness {

/// The indented blocks below a heading of a file of this tree, up to the next heading of its rank
/// or above, without their indentation. Throws where there is no such heading.
[[nodiscard]] std::vector<std::string> blocks_of(const std::string& file,
                                                 const std::string& heading);

/// `text` with each of these words replaced by what stands beside it. Throws where one does not
/// occur, since what is tried then is not what was meant.
[[nodiscard]] std::string
with(std::string text, const std::vector<std::pair<std::string, std::string>>& replacements);

} // namespace caucus::harness
