#pragma once

#include "messages/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Bytes as words of the command line, there and back. What is shown is never taken for something
/// else: text that looks like bytes, or like the absence of a value, is in quotes.
/// Main thread.

namespace caucus::cli {

/// "@FILE": the file's bytes; "hex:00ff": those bytes; "text:...": that text; any other word is
/// text itself. `name`: what errors call it. Errors: bad_request: text that is no UTF-8, hex that
/// is none, a file that is too large or cannot be had; io_failed.
[[nodiscard]] result<std::string> bytes_of_word(const std::string& word, const std::string& name);

/// Of a value as JSON tells it: text, {"hex": ...} as "hex:...", an integer. `size_max` as in
/// quoted_word().
[[nodiscard]] std::string shown_word(const nlohmann::ordered_json& value,
                                     std::size_t size_max = std::string_view::npos);
/// The same, where it has the line's end for itself.
[[nodiscard]] std::string shown_line(const nlohmann::ordered_json& value);

/// A member of an object; null where there is none. What a node answers may leave out any.
[[nodiscard]] const nlohmann::ordered_json& member_of(const nlohmann::ordered_json& object,
                                                      const char* name);

/// "2026-11-28T16:47:03Z" of milliseconds since 1970; "-": a year that has no such form.
[[nodiscard]] std::string shown_time(std::int64_t ms);

} // namespace caucus::cli
