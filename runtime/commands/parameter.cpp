#include "runtime/commands/parameter.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace caucus::command_detail {

namespace {

std::string quoted(const given_value& what) {
  return what.shown != nullptr ? "'" + std::string{what.name} + "'" : std::string{what.name};
}

template <class Number>
result<Number> number_in(const given_value& what, number_range<Number> range,
                         std::string_view kind) {
  Number out{};
  const auto& text = what.texts.front();
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size() || out < range.min
      || out > range.max) {
    return not_allowed(what, kind, range_text(range));
  }
  return out;
}

} // namespace

tl::unexpected<error> bad(std::string why) {
  return fail(errc::bad_request, std::move(why));
}

tl::unexpected<error> not_allowed(const given_value& what, std::string_view in_json,
                                  const std::string& allowed) {
  const auto given = what.shown != nullptr ? *what.shown : "'" + what.texts.front() + "'";
  return bad(quoted(what) + " is " + given + "; allowed: "
             + (what.shown != nullptr ? std::string{in_json} : std::string{}) + allowed);
}

result<std::int64_t> read_number(const given_value& what, number_range<std::int64_t> range,
                                 std::string_view kind) {
  return number_in(what, range, kind);
}
result<std::uint64_t> read_number(const given_value& what, number_range<std::uint64_t> range,
                                  std::string_view kind) {
  return number_in(what, range, kind);
}

result<bool> read_flag(const given_value& what) {
  const auto& text = what.texts.front();
  if (text == "0" || text == "false") {
    return false;
  }
  if (text.empty() || text == "1" || text == "true") {
    return true;
  }
  return not_allowed(what, "true, false",
                     what.shown != nullptr ? "" : "0, false; 1, true, or nothing, which is 1");
}

result<std::string> read_bytes(const given_value& what, size_range size, std::string_view noun,
                               std::string_view hint) {
  const auto& text = what.texts.front();
  const auto count = text.size();
  if (count < size.min) {
    return not_allowed(what, "", range_text(size) + " bytes" + std::string{hint});
  }
  if (count <= size.max) {
    return text;
  }
  const auto most = std::to_string(size.max);
  const auto allowed = !noun.empty()           ? "; " + std::string{noun} + " has at most " + most
                       : what.shown != nullptr ? "; allowed: " + most
                                               : "; allowed: " + range_text(size);
  return bad(quoted(what) + " has " + std::to_string(count) + " bytes" + allowed);
}

result<std::string> read_text(const given_value& what, size_range size, std::string_view noun,
                              std::string_view hint) {
  auto out = read_bytes(what, size, noun, hint);
  if (out && !is_utf8(*out)) {
    const auto sizes = range_text(size);
    return bad(quoted(what)
               + " is no UTF-8; allowed: " + (sizes.empty() ? "" : sizes + " bytes of ") + "UTF-8");
  }
  return out;
}

result<std::vector<std::string>> read_list(const given_value& what, size_range size) {
  if (what.texts.size() > size.max) {
    return bad(quoted(what) + " has " + std::to_string(what.texts.size())
               + " entries; allowed: at most " + std::to_string(size.max));
  }
  return what.texts;
}

bytes bytes_of(std::string_view text) {
  const auto raw = as_bytes(text);
  return {raw.begin(), raw.end()};
}

std::string text_of(bytes_view raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::int64_t milliseconds_of(duration time) {
  return std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count(), 1);
}

std::string range_text(size_range range) {
  if (range.max == size_range{}.max) {
    return range.min == 0 ? std::string{} : "at least " + std::to_string(range.min);
  }
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}

} // namespace caucus::command_detail
