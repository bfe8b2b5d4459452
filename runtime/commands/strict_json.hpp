#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The one way in which JSON is read and written here. JSON leaves open what a member means that is
/// named twice, and what becomes of an integer that a double cannot hold: so neither is taken, and
/// neither is written.
/// Pure; any thread.
///
/// An integer beyond ±(2^53 - 1) is a string of its decimal digits; any other is a number. Most
/// readers of JSON hold numbers as doubles, which have 53 bits.

namespace caucus {

inline constexpr std::int64_t json_integer_max = (std::int64_t{1} << 53) - 1;
/// What we write is at most 5 deep.
inline constexpr std::size_t json_depth_max = 16;
/// A whole map has 512 and a status some thousand; a million take some 50 MB.
inline constexpr std::size_t json_values_max = 1'000'000;
/// Of one object: a map shows 512. What keeps their order looks through all for each.
inline constexpr std::size_t json_members_max = 1'024;

/// Errors: file_malformed: no JSON (its text must be UTF-8), deeper or more than is allowed, or an
/// object that names a member twice, at whatever depth.
[[nodiscard]] result<nlohmann::ordered_json> parse_json(std::string_view text);
/// The same; an object, else file_malformed.
[[nodiscard]] result<nlohmann::ordered_json> parse_json_object(std::string_view text);

/// On one line. Integers that a double cannot hold become strings; text that is no UTF-8, which
/// only an error's words may have, gets U+FFFD.
[[nodiscard]] std::string print_json(nlohmann::ordered_json what);

/// Text where they are UTF-8, else {"hex": "00ff"}.
[[nodiscard]] nlohmann::ordered_json bytes_json(bytes_view raw);

/// An integer as it is written: a number, and none beyond ±json_integer_max.
[[nodiscard]] bool is_json_integer(const nlohmann::ordered_json& what);

/// The same members, in whatever order; lists in their order; integers by their value, where both
/// are written as above. A fraction, an exponent and -0 are never the same as an integer.
/// Precondition: `meant` is made here, and has no number but integers.
[[nodiscard]] bool same_json(const nlohmann::ordered_json& meant,
                             const nlohmann::ordered_json& given);

// -- what is evidence, and what stands beside it -------------------------------------------------

/// The bytes that stand as hex in this member of the object. Error: file_malformed.
[[nodiscard]] result<bytes> hex_member(std::string_view text, const char* name);
/// `given` has these members, as same_json() has it, and no others. Error: bad_proof, names the
/// member.
[[nodiscard]] result<void> same_members(const nlohmann::ordered_json& meant,
                                        const nlohmann::ordered_json& given);

} // namespace caucus
