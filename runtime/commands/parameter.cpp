#include "runtime/commands/parameter.hpp"

#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace caucus {

using json = nlohmann::ordered_json;

namespace {

/// What of another's text is told back.
constexpr std::size_t shown_max = 64;

template <class... Parts>
std::string say(Parts&&... parts) {
  std::string out;
  (out.append(std::forward<Parts>(parts)), ...);
  return out;
}

std::string shown(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, shown_max);
}

template <class Number>
result<Number> number_in(std::string_view name, std::string_view text, number_range<Number> range) {
  Number out{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size() || out < range.min
      || out > range.max) {
    return command_detail::bad(
      say(name, " is '", text, "'; allowed: ", command_detail::range_text(range)));
  }
  return out;
}

/// Those that JSON cannot hold are given as their digits.
template <class Number>
result<Number> number_in(std::string_view name, const json& value, number_range<Number> range,
                         std::string_view wanted) {
  Number out{};
  bool good = false;
  if (is_json_integer(value)) {
    const auto whole = value.get<std::int64_t>();
    good = std::in_range<Number>(whole);
    out = static_cast<Number>(whole);
  } else if (value.is_string() && !std::in_range<std::int32_t>(range.max)) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    good = failed == std::errc{} && end == text.data() + text.size();
  }
  if (!good || out < range.min || out > range.max) {
    return command_detail::bad(say("'", name, "' is ", shown(value), "; allowed: ", wanted, ", ",
                                   command_detail::range_text(range)));
  }
  return out;
}

result<std::string> entry_text(const json& from, std::string_view noun, std::size_t index) {
  const auto which = say(noun, " ", std::to_string(index + 1));
  if (from.is_string()) {
    return from.get<std::string>();
  }
  if (is_json_integer(from)) {
    return from.dump();
  }
  if (from.is_number_integer()) {
    return command_detail::bad(say(which, " is ", from.dump(),
                                   ", which many a program would have rounded: an "
                                   "integer beyond 2^53 - 1 is given as text, in quotes"));
  }
  const auto hex = from.is_object() && from.size() == 1 ? from.find("hex") : from.end();
  if (hex == from.end() || !hex->is_string()) {
    return command_detail::bad(
      say(which, " is ", shown(from),
          R"(; allowed: text, a whole number or, for bytes, {"hex": "00ff"})"));
  }
  const auto raw = from_hex(hex->get_ref<const std::string&>());
  if (!raw) {
    return command_detail::bad("\"hex\" takes two characters of 0-9 and a-f for each byte");
  }
  return std::string{reinterpret_cast<const char*>(raw->data()), raw->size()};
}

bytes bytes_in(std::string_view text) {
  const auto raw = as_bytes(text);
  return {raw.begin(), raw.end()};
}

} // namespace

// -- what is said of all ---------------------------------------------------------------------------------

namespace command_detail {

tl::unexpected<error> bad(std::string why) {
  return fail(errc::bad_request, std::move(why));
}

result<std::uint64_t> read_unsigned(std::string_view name, std::string_view text,
                                    number_range<std::uint64_t> range) {
  return number_in(name, text, range);
}
result<std::int64_t> read_signed(std::string_view name, std::string_view text,
                                 number_range<std::int64_t> range) {
  return number_in(name, text, range);
}
result<std::uint64_t> parse_unsigned(std::string_view name, const json& value,
                                     number_range<std::uint64_t> range, std::string_view wanted) {
  return number_in(name, value, range, wanted);
}
result<std::int64_t> parse_signed(std::string_view name, const json& value,
                                  number_range<std::int64_t> range, std::string_view wanted) {
  return number_in(name, value, range, wanted);
}

result<void> judge_size(std::string_view name, std::size_t count, size_range size,
                        std::string_view noun) {
  if (count >= size.min && count <= size.max) {
    return {};
  }
  const auto allowed = noun.empty() ? say("; allowed: ", range_text(size))
                                    : say("; ", noun, " has at most ", std::to_string(size.max));
  return bad(say(name, " has ", std::to_string(count), " bytes", allowed));
}

result<bool> read_flag(std::string_view name, std::string_view text) {
  if (text == "0" || text == "false") {
    return false;
  }
  if (text.empty() || text == "1" || text == "true") {
    return true;
  }
  return bad(say(name, " is '", text, "'; allowed: 0, 1"));
}

result<bool> parse_flag(std::string_view name, const json& value) {
  if (value.is_boolean()) {
    return value.get<bool>();
  }
  return bad(say("'", name, "' is ", shown(value), "; allowed: true, false"));
}

result<std::string> parse_text(std::string_view name, const json& value, size_range size,
                               std::string_view hint) {
  if (!value.is_string()) {
    return bad(say("'", name, "' is ", shown(value), "; allowed: text, as \"score\""));
  }
  auto out = value.get<std::string>();
  if (out.size() > size.max) {
    return bad(say("'", name, "' has ", std::to_string(out.size()),
                   " bytes; allowed: ", std::to_string(size.max)));
  }
  if (out.size() < size.min) {
    return bad(say("'", name, "' is \"", out, "\"; allowed: ", range_text(size), " bytes", hint));
  }
  return out;
}

result<std::vector<std::string>> parse_list(std::string_view name, const json& value,
                                            size_range size, std::string_view noun,
                                            std::string_view hint) {
  if (!value.is_array()) {
    return bad(say("'", name, "' is ", value.type_name(),
                   "; allowed: ", hint.empty() ? std::string_view{"a list"} : hint));
  }
  if (value.size() > size.max) {
    return bad(say("'", name, "' has ", std::to_string(value.size()), " entries; allowed: at most ",
                   std::to_string(size.max)));
  }
  std::vector<std::string> out;
  for (const auto& one : value) {
    auto entry = entry_text(one, noun.empty() ? std::string_view{"entry"} : noun, out.size());
    if (!entry) {
      return tl::make_unexpected(std::move(entry.error()));
    }
    out.push_back(std::move(*entry));
  }
  return out;
}

std::int64_t milliseconds_of(duration time) {
  return std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count(), 1);
}

std::string range_text(size_range range) {
  return range.max == size_range{}.max
           ? std::string{}
           : std::to_string(range.min) + " to " + std::to_string(range.max);
}

} // namespace command_detail

// -- texts -----------------------------------------------------------------------------------------------

result<std::string> parameter_codec<std::string>::read(std::string_view name,
                                                       const std::vector<std::string>& given,
                                                       const rules& of) {
  auto good = command_detail::judge_size(name, given.front().size(), of.size, of.noun);
  return good ? result<std::string>{given.front()} : tl::make_unexpected(good.error());
}

auto parameter_codec<std::optional<bytes>>::read(std::string_view name,
                                                 const std::vector<std::string>& given,
                                                 const rules& of) -> result<value_type> {
  auto good = command_detail::judge_size(name, given.front().size(), of.size, of.noun);
  return good ? result<value_type>{bytes_in(given.front())} : tl::make_unexpected(good.error());
}

auto parameter_codec<std::optional<bytes>>::parse(std::string_view name, const json& value,
                                                  const rules& of) -> result<value_type> {
  const auto text = entry_text(value, name, 0);
  if (!text) {
    return tl::make_unexpected(text.error());
  }
  return read(name, {*text}, of);
}

std::optional<std::string> parameter_codec<std::optional<bytes>>::write(const value_type& value) {
  return value
           ? std::optional{std::string{reinterpret_cast<const char*>(value->data()), value->size()}}
           : std::nullopt;
}

void parameter_codec<std::optional<bytes>>::put(body_writer& to, std::string_view name,
                                                const value_type& value) {
  to.put(name, std::string_view{reinterpret_cast<const char*>(value->data()), value->size()});
}

auto parameter_codec<std::vector<std::string>>::read(std::string_view name,
                                                     const std::vector<std::string>& given,
                                                     const rules& of) -> result<value_type> {
  if (given.size() > of.size.max) {
    return command_detail::bad(say(name, " is given ", std::to_string(given.size()),
                                   " times; allowed: at most ", std::to_string(of.size.max)));
  }
  return given;
}

std::optional<std::string>
parameter_codec<std::vector<std::string>>::write(const value_type& value) {
  return value.empty() ? std::nullopt : std::optional{value.front()};
}

// -- a body in the making --------------------------------------------------------------------------------

body_writer::body_writer() : object_{std::make_unique<json>(json::object())} {}
body_writer::~body_writer() = default;

void body_writer::put(std::string_view name, std::uint64_t number) {
  (*object_)[std::string{name}] = number;
}
void body_writer::put(std::string_view name, std::int64_t number) {
  (*object_)[std::string{name}] = number;
}
void body_writer::put(std::string_view name, bool flag) {
  (*object_)[std::string{name}] = flag;
}
void body_writer::put(std::string_view name, std::string_view text) {
  (*object_)[std::string{name}] = bytes_json(as_bytes(text));
}
void body_writer::put(std::string_view name, const std::vector<std::string>& list) {
  auto& to = (*object_)[std::string{name}] = json::array();
  for (const auto& one : list) {
    to.push_back(bytes_json(as_bytes(one)));
  }
}
std::string body_writer::text() const {
  return print_json(*object_);
}

} // namespace caucus
