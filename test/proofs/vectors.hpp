#pragma once

#include <map>
#include <string>

/// The files of test vectors, as proof_cases() makes them: by name, the two genesis files and
/// vectors.ndjson, one case a line.

namespace caucus::testing {

[[nodiscard]] std::map<std::string, std::string> vector_files();

} // namespace caucus::testing
