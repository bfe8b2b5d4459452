#include "actors/rpc/control_json.hpp"
#include "actors/rpc/request_paths.hpp"
#include "runtime/commands/strict_json.hpp"
#include "messages/genesis.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

template <class... Parts>
std::string say(Parts&&... parts) {
  std::string out;
  (out.append(std::forward<Parts>(parts)), ...);
  return out;
}

tl::unexpected<error> bad(std::string why) {
  return fail(errc::bad_request, std::move(why));
}

// -- the target --------------------------------------------------------------------------------

using query = std::map<std::string, std::string, std::less<>>;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<unsigned>(lower - 'a') + 10U;
  }
  return std::nullopt;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) {
      return std::nullopt;
    }
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) {
      return std::nullopt;
    }
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

/// Each name once.
result<query> parse_query(std::string_view text) {
  query out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = unescape(pair.substr(0, equals));
    auto value = unescape(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      return bad(say("the query has a broken escape in '", pair, "'"));
    }
    if (!out.emplace(std::move(*name), std::move(*value)).second) {
      return bad(say("the query names '", pair.substr(0, equals), "' twice"));
    }
  }
  return out;
}

result<void> only(const query& from, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : from) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string all;
      for (const auto one : known) {
        all += say(all.empty() ? "" : ", ", one);
      }
      return bad(say("unknown parameter '", name, "'; known are: ", all.empty() ? "none" : all));
    }
  }
  return {};
}

template <class Number>
result<Number> number(const query& from, std::string_view name, Number fallback, Number min,
                      Number max) {
  const auto at = from.find(name);
  if (at == from.end()) {
    return fallback;
  }
  Number out{};
  const auto& text = at->second;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size() || out < min || out > max) {
    return bad(
      say(name, " is '", text, "'; allowed: ", std::to_string(min), " to ", std::to_string(max)));
  }
  return out;
}

result<bool> flag(const query& from, std::string_view name) {
  const auto at = from.find(name);
  if (at == from.end() || at->second == "0" || at->second == "false") {
    return false;
  }
  if (at->second.empty() || at->second == "1" || at->second == "true") {
    return true;
  }
  return bad(say(name, " is '", at->second, "'; allowed: 0, 1"));
}

constexpr std::int64_t timeout_ms_max =
  std::chrono::duration_cast<std::chrono::milliseconds>(control_timeout_max).count();
constexpr std::int64_t timeout_ms_default =
  std::chrono::duration_cast<std::chrono::milliseconds>(control_timeout_default).count();

// -- each path ---------------------------------------------------------------------------------

/// Into `to`: one key, or the whole variable.
result<void> take_key(const query& from, read_request& to) {
  const auto key = from.find("key");
  to.whole = key == from.end();
  if (to.whole) {
    return {};
  }
  if (key->second.empty() || key->second.size() > key_size_max) {
    return bad(say("key has ", std::to_string(key->second.size()), " bytes; allowed: 1 to ",
                   std::to_string(key_size_max)));
  }
  const auto raw = as_bytes(key->second);
  to.key.assign(raw.begin(), raw.end());
  return {};
}

result<void> take_nonce(const query& from, control_get& to) {
  const auto nonce = from.find("nonce");
  if (nonce == from.end()) {
    return {};
  }
  const auto given = nonce_from_text(nonce->second);
  if (!given || !to.fresh) {
    return bad(given ? "nonce is for fresh=1 alone" : given.error().detail);
  }
  to.nonce = *given;
  return {};
}

result<control_request> parse_get(const query& from, std::string_view /*body*/) {
  if (const auto known =
        only(from, {"variable", "key", "at_least", "fresh", "nonce", "timeout_ms"});
      !known) {
    return tl::make_unexpected(known.error());
  }
  control_get out;
  const auto variable = from.find("variable");
  if (variable == from.end() || variable->second.empty()
      || variable->second.size() > name_size_max) {
    return bad(variable == from.end() || variable->second.empty()
                 ? std::string{"which variable? give variable=NAME, as the genesis names it"}
                 : say("variable has ", std::to_string(variable->second.size()),
                       " bytes; a name has at most ", std::to_string(name_size_max)));
  }
  out.what.variable = variable->second;
  if (auto key = take_key(from, out.what); !key) {
    return tl::make_unexpected(std::move(key.error()));
  }
  const auto at_least = number<std::uint64_t>(from, "at_least", 0, 0, UINT64_MAX);
  const auto fresh = flag(from, "fresh");
  const auto timeout =
    number<std::int64_t>(from, "timeout_ms", timeout_ms_default, 1, timeout_ms_max);
  if (!at_least || !fresh || !timeout) {
    return tl::make_unexpected(!at_least ? at_least.error()
                                         : (!fresh ? fresh.error() : timeout.error()));
  }
  out.what.at_least = height{*at_least};
  out.fresh = *fresh;
  out.timeout = std::chrono::milliseconds{*timeout};
  if (auto nonce = take_nonce(from, out); !nonce) {
    return tl::make_unexpected(std::move(nonce.error()));
  }
  return out;
}

result<control_request> parse_receipt(const query& from, std::string_view /*body*/) {
  if (const auto known = only(from, {"height", "index", "timeout_ms"}); !known) {
    return tl::make_unexpected(known.error());
  }
  if (!from.contains("height") || !from.contains("index")) {
    return bad("height and index are wanted: a receipt has them");
  }
  const auto at = number<std::uint64_t>(from, "height", 0, 1, UINT64_MAX - 1);
  const auto index = number<std::uint32_t>(from, "index", 0, 0, UINT32_MAX);
  const auto timeout =
    number<std::int64_t>(from, "timeout_ms", timeout_ms_default, 1, timeout_ms_max);
  if (!at || !index || !timeout) {
    return tl::make_unexpected(!at ? at.error() : (!index ? index.error() : timeout.error()));
  }
  return control_receipt{height{*at}, *index, std::chrono::milliseconds{*timeout}};
}

result<control_request> parse_log(const query& from, std::string_view /*body*/) {
  if (const auto known = only(from, {"from", "follow"}); !known) {
    return tl::make_unexpected(known.error());
  }
  const auto first = number<std::uint64_t>(from, "from", 1, 0, UINT64_MAX);
  const auto follow = flag(from, "follow");
  if (!first || !follow) {
    return tl::make_unexpected(!first ? first.error() : follow.error());
  }
  return control_log{height{std::max<std::uint64_t>(*first, 1)}, *follow};
}

result<control_request> parse_status(const query& from, std::string_view /*body*/) {
  if (const auto known = only(from, {"group"}); !known) {
    return tl::make_unexpected(known.error());
  }
  const auto group = flag(from, "group");
  return group ? result<control_request>{control_status{*group}}
               : tl::make_unexpected(group.error());
}

result<control_request> parse_evidence(const query& from, std::string_view /*body*/) {
  if (const auto known = only(from, {"from"}); !known) {
    return tl::make_unexpected(known.error());
  }
  const auto first = number<std::uint64_t>(from, "from", 0, 0, UINT64_MAX);
  return first ? result<control_request>{control_evidence{*first}}
               : tl::make_unexpected(first.error());
}

/// A request that is all said by its path.
template <class Request>
result<control_request> parse_plain(const query& from, std::string_view /*body*/) {
  const auto known = only(from, {});
  return known ? result<control_request>{Request{}} : tl::make_unexpected(known.error());
}

result<std::string> text_of(const json& body, const char* name, bool required,
                            std::size_t size_max) {
  const auto at = body.find(name);
  if (at == body.end()) {
    return required ? result<std::string>{bad(say("'", name, "' is missing"))} : std::string{};
  }
  if (!at->is_string()) {
    return bad(say("'", name, "' is ", at->dump().substr(0, 64), "; allowed: text, as \"score\""));
  }
  auto out = at->get<std::string>();
  if (out.size() > size_max) {
    return bad(say("'", name, "' has ", std::to_string(out.size()),
                   " bytes; allowed: ", std::to_string(size_max)));
  }
  return out;
}

result<std::string> argument_bytes(const json& from, std::size_t index) {
  const auto which = "argument " + std::to_string(index + 1);
  if (from.is_string()) {
    return from.get<std::string>();
  }
  if (is_json_integer(from)) {
    return from.dump();
  }
  if (from.is_number_integer()) {
    return bad(say(which, " is ", from.dump(),
                   ", which many a program would have rounded: an "
                   "integer beyond 2^53 - 1 is given as text, in quotes"));
  }
  const auto hex = from.is_object() && from.size() == 1 ? from.find("hex") : from.end();
  if (hex == from.end() || !hex->is_string()) {
    return bad(say(which, " is ",
                   from.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 64),
                   R"(; allowed: text, a whole number or, for bytes, {"hex": "00ff"})"));
  }
  const auto raw = from_hex(hex->get_ref<const std::string&>());
  if (!raw) {
    return bad("\"hex\" takes two characters of 0-9 and a-f for each byte");
  }
  return std::string{reinterpret_cast<const char*>(raw->data()), raw->size()};
}

/// The `arguments` and the `timeout_ms` of a proposal.
result<void> read_arguments(const json& body, control_propose& out) {
  if (const auto arguments = body.find("arguments"); arguments != body.end()) {
    if (!arguments->is_array()) {
      return bad(say("'arguments' is ", arguments->type_name(),
                     "; allowed: a list in the mutation's order, as [\"blue\", 5]"));
    }
    if (arguments->size() > arguments_max) {
      return bad(say("'arguments' has ", std::to_string(arguments->size()),
                     " entries; allowed: at most ", std::to_string(arguments_max)));
    }
    for (const auto& one : *arguments) {
      auto argument = argument_bytes(one, out.arguments.size());
      if (!argument) {
        return tl::make_unexpected(argument.error());
      }
      out.arguments.push_back(std::move(*argument));
    }
  }
  if (const auto timeout = body.find("timeout_ms"); timeout != body.end()) {
    if (!timeout->is_number_unsigned() || timeout->get<std::uint64_t>() < 1
        || timeout->get<std::uint64_t>() > static_cast<std::uint64_t>(timeout_ms_max)) {
      return bad(say("'timeout_ms' is ", timeout->dump().substr(0, 64),
                     "; allowed: a whole number of milliseconds, 1 to ",
                     std::to_string(timeout_ms_max)));
    }
    out.timeout = std::chrono::milliseconds{timeout->get<std::int64_t>()};
  }
  return {};
}

result<control_request> parse_propose(const query& from, std::string_view text) {
  if (const auto known = only(from, {}); !known) {
    return tl::make_unexpected(known.error());
  }
  const auto parsed = parse_json_object(text);
  if (!parsed) {
    return bad(say("the body: ", parsed.error().detail,
                   "; a proposal is {\"variable\": \"score\", \"mutation\": \"add\", "
                   "\"arguments\": [5]}"));
  }
  const auto& body = *parsed;
  for (const auto& [name, value] : body.items()) {
    if (name != "variable" && name != "mutation" && name != "arguments" && name != "request_id"
        && name != "timeout_ms") {
      return bad(say("unknown member '", name.substr(0, 64),
                     "'; known are: variable, mutation, arguments, request_id, timeout_ms"));
    }
  }
  control_propose out;
  auto variable = text_of(body, "variable", true, name_size_max);
  auto operation = text_of(body, "mutation", true, name_size_max);
  auto request_id = text_of(body, "request_id", false, request_id_size_max);
  if (!variable || !operation || !request_id) {
    return tl::make_unexpected(!variable ? variable.error()
                                         : (!operation ? operation.error() : request_id.error()));
  }
  if (body.contains("request_id") && request_id->empty()) { // its writer counts on being protected
    return bad(say("'request_id' is \"\"; allowed: 1 to ", std::to_string(request_id_size_max),
                   " bytes, or leave it out: then a proposal that is sent again happens again"));
  }
  out.variable = std::move(*variable);
  out.operation = std::move(*operation);
  out.request_id = std::move(*request_id);
  if (const auto read = read_arguments(body, out); !read) {
    return tl::make_unexpected(read.error());
  }
  return out;
}

// -- which path ----------------------------------------------------------------------------------

struct path_row {
  request_path of;
  result<control_request> (*parse)(const query& from, std::string_view body) = nullptr;
};

/// In the order in which they are told.
constexpr std::array path_rows{
  path_row{path_of<control_propose>, parse_propose},
  path_row{path_of<control_get>, parse_get},
  path_row{path_of<control_receipt>, parse_receipt},
  path_row{path_of<control_log>, parse_log},
  path_row{path_of<control_status>, parse_status},
  path_row{path_of<control_evidence>, parse_evidence},
  path_row{path_of<control_version>, parse_plain<control_version>},
  path_row{path_of<control_metrics>, parse_plain<control_metrics>},
};
static_assert(path_rows.size() == std::variant_size_v<control_request>, "a row each");

tl::unexpected<error> no_such_path(std::string_view path) {
  std::string all;
  for (const auto& one : path_rows) {
    all += say(all.empty() ? "" : ", ", one.of.path);
  }
  return fail(errc::no_such_path, say("'", path.substr(0, 100), "'; there are ", all));
}

} // namespace

result<control_request> parse_control(std::string_view method, std::string_view target,
                                      std::string_view body) {
  if (target.size() > control_target_size_max) {
    return bad(say("the path and its parameters have ", std::to_string(target.size()),
                   " bytes; allowed: at most ", std::to_string(control_target_size_max)));
  }
  const auto mark = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, mark);
  const auto* const row = std::find_if(path_rows.begin(), path_rows.end(),
                                       [path](const path_row& one) { return one.of.path == path; });
  if (row == path_rows.end()) {
    return no_such_path(path);
  }
  if (method != row->of.method) {
    return bad(say(path, " takes ", row->of.method));
  }
  const auto from = parse_query(target.substr(std::min(mark + 1, target.size())));
  if (!from) {
    return tl::make_unexpected(from.error());
  }
  return row->parse(*from, body);
}

} // namespace caucus
