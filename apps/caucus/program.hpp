#pragma once

#include "actors/composition.hpp"

/// The program `caucus`, as a library: an application's main is its composition and this.
///
///     int main(int count, char** words) {
///       caucus::composition with{"club", "1.0"};
///       with.add<cheers>();
///       return caucus::run(count, words, with);
///     }
///
/// Then there are `club node`, `club init`, `club status` and all others (apps/caucus/README.md),
/// by the application's name, with its rules, its actors' keys and its own commands. What measures
/// and shows caucus itself, `bench` and `demo`, is of `caucus` alone.

namespace caucus {

/// Does what the command line says. Returns the exit code. Once, on the main thread, before any
/// other thread starts: SIGPIPE is ignored from then on, standard descriptors that are closed are
/// /dev/null.
[[nodiscard]] int run(int count, char** words, const composition& with);

} // namespace caucus
