#include "apps/caucus/reply_view.hpp"

#include "apps/caucus/words.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// Columns below an object or a list.
constexpr std::size_t step = 2;

/// It has no values within: text, a number, bytes, nothing.
bool is_plain(const json& value) {
  return !value.is_structured()
         || (value.is_object() && value.size() == 1 && value.contains("hex"));
}

std::string plain(const json& value) {
  return value.is_null() ? "(absent)" : shown_line(value);
}

void put_value(const json& value, std::size_t indent, const paint& with, std::string& out);

void put_members(const json& of, std::size_t indent, const paint& with, std::string& out) {
  std::size_t width = 0;
  for (const auto& [name, value] : of.items()) {
    width = std::max(width, is_plain(value) ? name.size() : 0);
  }
  for (const auto& [name, value] : of.items()) {
    out += std::string(indent, ' ') + with.dim(harmless(name));
    if (is_plain(value)) {
      out += std::string(width - std::min(width, name.size()) + step, ' ') + plain(value) + "\n";
    } else if (value.empty()) {
      out += "  (none)\n";
    } else {
      out += "\n";
      put_value(value, indent + step, with, out);
    }
  }
}

void put_value(const json& value, std::size_t indent, const paint& with, std::string& out) {
  if (is_plain(value)) {
    out += std::string(indent, ' ') + plain(value) + "\n";
  } else if (value.is_object()) {
    put_members(value, indent, with, out);
  } else {
    for (const auto& one : value) {
      if (one.is_object() && !is_plain(one)) {
        out += std::string(indent, ' ') + show_part(one, with);
      } else {
        put_value(one, indent, with, out);
      }
    }
  }
}

} // namespace

result<json> read_reply(std::string_view text) {
  auto out = parse_json(text);
  if (!out) {
    return fail(errc::internal, "the node answered something that is no JSON (" + out.error().detail
                                  + "): " + harmless(text.substr(0, 200)));
  }
  return out;
}

std::string show_reply(const json& reply, const paint& with) {
  std::string out;
  put_value(reply, 0, with, out);
  return out.empty() ? "(nothing)\n" : out;
}

std::string show_part(const json& part, const paint& with) {
  if (!part.is_object()) {
    return shown_word(part) + "\n";
  }
  std::string out;
  for (const auto& [name, value] : part.items()) {
    out += (out.empty() ? "" : "  ") + with.dim(harmless(name)) + " "
           + (value.is_null() ? "(absent)" : shown_word(value));
  }
  return out + "\n";
}

} // namespace caucus::cli
