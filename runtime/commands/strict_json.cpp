#include "runtime/commands/strict_json.hpp"

#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

/// Before anything is built: a nested value costs more memory than its two brackets.
bool shallow(std::string_view text) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      i += c == '\\' ? 1 : 0;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > json_depth_max) {
        return false;
      }
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return true;
}

/// Looks at all that the parser finds. What is wrong is kept, and nothing of what comes after it.
class watcher {
public:
  bool operator()(json::parse_event_t event, const json& parsed) {
    using found = json::parse_event_t;
    if (event == found::object_start) {
      names_.emplace_back();
    } else if (event == found::object_end) {
      names_.pop_back();
    } else if (event == found::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names_.back().insert(name).second) {
        refuse("\"" + name.substr(0, 64) + "\" is named twice in one object");
      } else if (names_.back().size() > json_members_max) {
        refuse("more than " + std::to_string(json_members_max) + " members in one object");
      }
    } else if (++values_ > json_values_max) {
      refuse("more than " + std::to_string(json_values_max) + " values");
    }
    return wrong_.empty();
  }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

private:
  void refuse(std::string why) { wrong_ = wrong_.empty() ? std::move(why) : wrong_; }

  std::vector<std::set<std::string>> names_; ///< of each object that is open
  std::size_t values_ = 0;
  std::string wrong_; ///< empty: nothing is
};

/// Of a number that is held as an integer.
bool fits(const json& number) {
  if (number.is_number_unsigned()) {
    return number.get<std::uint64_t>() <= static_cast<std::uint64_t>(json_integer_max);
  }
  const auto value = number.get<std::int64_t>();
  return value >= -json_integer_max && value <= json_integer_max;
}

void settle_integers(json& in) {
  if (in.is_structured()) {
    for (auto& one : in) {
      settle_integers(one);
    }
  } else if (in.is_number_integer() && !fits(in)) {
    in = in.dump();
  }
}

} // namespace

result<json> parse_json(std::string_view text) {
  if (!shallow(text)) {
    return fail(errc::file_malformed, "more than " + std::to_string(json_depth_max) + " deep");
  }
  if (text.starts_with("\xEF\xBB\xBF")) { // the library would take it
    return fail(errc::file_malformed, "JSON has no byte order mark in front");
  }
  if (text.find('\0') != std::string_view::npos) { // the library would take it for the end
    return fail(errc::file_malformed, "a NUL byte, of which JSON has none");
  }
  watcher watch;
  const auto look = [&watch](int /*depth*/, json::parse_event_t event, json& parsed) {
    return watch(event, parsed);
  };
  auto out = json::parse(text, look, false);
  if (!watch.wrong().empty()) {
    return fail(errc::file_malformed, watch.wrong());
  }
  if (out.is_discarded()) {
    return fail(errc::file_malformed, "no JSON, which is UTF-8");
  }
  return out;
}

result<json> parse_json_object(std::string_view text) {
  auto out = parse_json(text);
  if (out && !out->is_object()) {
    return fail(errc::file_malformed, "no JSON object");
  }
  return out;
}

std::string print_json(json what) {
  settle_integers(what);
  return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

json bytes_json(bytes_view raw) {
  const std::string_view text{reinterpret_cast<const char*>(raw.data()), raw.size()};
  return is_utf8(text) ? json(text) : json{{"hex", to_hex(raw)}};
}

bool is_json_integer(const json& what) {
  return what.is_number_integer() && fits(what);
}

namespace {

bool same_integer(const json& meant, const json& given) {
  if (!is_json_integer(given)) {
    return false;
  }
  const auto value = given.get<std::int64_t>();
  // Digits without a sign are read as unsigned: so a zero that is not was "-0".
  return value == meant.get<std::int64_t>() && (value != 0 || given.is_number_unsigned());
}

} // namespace

bool same_json(const json& meant, const json& given) {
  if (meant.is_object() || meant.is_array()) {
    if (meant.type() != given.type() || meant.size() != given.size()) {
      return false;
    }
    if (meant.is_array()) {
      return std::equal(meant.begin(), meant.end(), given.begin(), same_json);
    }
    // No member is there twice, so as many of which each is there are all.
    const auto members = meant.items();
    return std::all_of(members.begin(), members.end(), [&given](const auto& member) {
      const auto at = given.find(member.key());
      return at != given.end() && same_json(member.value(), *at);
    });
  }
  if (meant.is_number()) {
    return fits(meant) ? same_integer(meant, given)
                       : given.is_string() && given.get_ref<const std::string&>() == meant.dump();
  }
  return meant == given;
}

// -- what is evidence, and what stands beside it -------------------------------------------------

result<bytes> hex_member(std::string_view text, const char* name) {
  CAUCUS_TRY(const auto object, parse_json_object(text));
  const std::string quoted = '"' + std::string{name} + '"';
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) {
    return fail(errc::file_malformed, "no member " + quoted
                                        + ": is this what `propose --json` or `get --json` "
                                          "printed?");
  }
  auto raw = from_hex(at->get_ref<const std::string&>());
  if (!raw) {
    return fail(errc::file_malformed, quoted + " is no hex");
  }
  return std::move(*raw);
}

result<void> same_members(const json& meant, const json& given) {
  for (const auto& [name, value] : given.items()) {
    const auto at = meant.find(name);
    if (at == meant.end() || !same_json(*at, value)) {
      return fail(errc::bad_proof, '"' + name.substr(0, 64) + "\" is not what is certified");
    }
  }
  for (const auto& [name, value] : meant.items()) {
    if (!given.contains(name)) {
      return fail(errc::bad_proof, '"' + name + "\" is missing");
    }
  }
  return {};
}

} // namespace caucus
