#include "runtime/config_value.hpp"

#include "runtime/base/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

namespace caucus {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t worth;
};
// Largest first: printing takes the first that divides.
constexpr std::array<unit, 5> duration_units{
  {{"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};
constexpr std::array<unit, 5> size_units{{{"TiB", std::uint64_t{1} << 40},
                                          {"GiB", std::uint64_t{1} << 30},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"B", 1}}};

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number out{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return out;
}

/// `text` is digits and one of `units`, or digits alone if `bare` is its worth.
template <std::size_t Count>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<unit, Count>& units,
                                       bool bare) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole<std::uint64_t>(text.substr(0, digits));
  const std::string_view name = text.substr(digits);
  if (!number) {
    return std::nullopt;
  }
  if (name.empty()) {
    return bare ? number : std::nullopt;
  }
  const auto found = std::find_if(units.begin(), units.end(),
                                  [name](const unit& candidate) { return candidate.name == name; });
  if (found == units.end() || *number > std::numeric_limits<std::int64_t>::max() / found->worth) {
    return std::nullopt;
  }
  return *number * found->worth;
}

template <std::size_t Count>
std::string in_units(std::uint64_t number, const std::array<unit, Count>& units,
                     std::string_view zero) {
  if (number == 0) {
    return std::string{zero};
  }
  const auto fits = std::find_if(units.begin(), units.end(), [number](const unit& candidate) {
    return number % candidate.worth == 0;
  });
  return std::to_string(number / fits->worth) + std::string{fits->name};
}

} // namespace

std::optional<std::chrono::microseconds> parse_duration(std::string_view text) {
  const auto found = with_unit(text, duration_units, false);
  if (!found) {
    return std::nullopt;
  }
  return std::chrono::microseconds{static_cast<std::int64_t>(*found)};
}

std::string print_duration(std::chrono::microseconds what) {
  const std::int64_t count = what.count();
  return (count < 0 ? "-" : "")
         + in_units(static_cast<std::uint64_t>(count < 0 ? -count : count), duration_units, "0s");
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return with_unit(text, size_units, true);
}

std::string print_size(std::uint64_t bytes) {
  return in_units(bytes, size_units, "0B");
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return whole<std::int64_t>(text);
}

std::optional<double> parse_number(std::string_view text) {
  const auto out = whole<double>(text);
  return out && std::isfinite(*out) ? out : std::nullopt;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (each == '"' || each == '\\') {
      out += '\\';
      out += each;
    } else if (each == '\n') {
      out += "\\n";
    } else if (each == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      std::array<char, 8> escape{};
      static_cast<void>(
        std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(byte)));
      out += escape.data();
    } else {
      out += each;
    }
  }
  return out + '"';
}

std::string print_number(double number) {
  std::array<char, 40> out{};
  auto* const end = std::to_chars(out.data(), out.data() + out.size(), number).ptr;
  std::string text{out.data(), end};
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string print_value(const config_value& value) {
  struct printer {
    std::string operator()(bool what) const { return what ? "true" : "false"; }
    std::string operator()(std::int64_t what) const { return std::to_string(what); }
    std::string operator()(double what) const { return print_number(what); }
    std::string operator()(const std::string& what) const { return toml_text(what); }
    std::string operator()(const std::vector<std::string>& what) const {
      std::string out = "[";
      for (const std::string& each : what) {
        out += (out.size() > 1 ? ", " : "") + toml_text(each);
      }
      return out + "]";
    }
  };
  return std::visit(printer{}, value);
}

std::string nearest(std::string_view given, const std::vector<std::string>& known) {
  const std::string_view cut = given.substr(0, 80);
  const auto last = [](std::string_view key) { return key.substr(key.rfind('.') + 1); };
  std::string best;
  std::size_t best_distance = last(cut).size() / 3 + 2;
  for (const std::string& each : known) {
    // The right name in the wrong table is one slip too, if no other fits better.
    const std::size_t apart =
      std::min(edit_distance(cut, each), 1 + edit_distance(last(cut), last(each)));
    if (apart < best_distance) {
      best_distance = apart;
      best = each;
    }
  }
  return best;
}

} // namespace caucus
