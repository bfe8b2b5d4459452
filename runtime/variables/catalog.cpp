#include "runtime/variables/catalog.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

namespace caucus {

namespace {

constexpr std::string_view base32_alphabet = "abcdefghijklmnopqrstuvwxyz234567";
/// So many names are listed in an error; of more only the nearest is named.
constexpr std::size_t names_listed_max = 12;

/// Letters to change, add or leave out. O(a b).
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto change = diagonal + (letter == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string what_is_allowed(std::string_view given, std::span<const std::string_view> names) {
  std::string out = "\"" + std::string{given.substr(0, 2 * name_size_max)} + "\"";
  if (const auto near = nearest_name(given, names); !near.empty()) {
    out += " (did you mean \"" + std::string{near} + "\"?)";
  }
  if (names.size() <= names_listed_max) {
    out += names.empty() ? "; there are none" : "; there are:";
    for (const auto name : names) {
      out += (name == names.front() ? " " : ", ") + std::string{name};
    }
  }
  return out;
}

std::string text_of(bytes_view what) {
  return {reinterpret_cast<const char*>(what.data()), what.size()};
}

bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const auto next = first_character(text);
    if (!next || next->point < 0x20 || (next->point >= 0x7F && next->point < 0xA0)) {
      return false;
    }
    text.remove_prefix(next->size);
  }
  return true;
}

/// "<peer id>/" in front, as own_prefix() writes it: the last of 52 characters has 4 spare bits, zero.
bool has_owner(std::string_view key) {
  return key.size() >= own_prefix_size && key[own_prefix_size - 1] == '/'
         && key.substr(0, own_prefix_size - 1).find_first_not_of(base32_alphabet)
              == std::string_view::npos
         && (key[own_prefix_size - 2] == 'a' || key[own_prefix_size - 2] == 'q');
}

result<argument> parse_argument(argument_kind kind, const std::string& text, std::size_t place) {
  if (kind == argument_kind::byte_string) {
    if (text.size() > argument_size_max) {
      return fail(errc::wrong_arguments, "argument " + std::to_string(place) + " has "
                                           + std::to_string(text.size()) + " bytes, allowed are "
                                           + std::to_string(argument_size_max));
    }
    const auto raw = as_bytes(text);
    return argument{bytes{raw.begin(), raw.end()}};
  }
  std::int64_t number = 0;
  const auto* const first =
    text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
  const auto* const last = text.data() + text.size();
  const auto end = std::from_chars(first, last, number);
  if (end.ec != std::errc{} || end.ptr != last) {
    return fail(errc::wrong_arguments, "argument " + std::to_string(place) + " is \""
                                         + text.substr(0, 40)
                                         + "\", wanted is an integer of 64 bits");
  }
  return argument{number};
}

/// One table, so that the order, which is the operation_id, stands in one place.
std::vector<operation_declaration> built_in(variable_kind kind) {
  using enum argument_kind;
  switch (kind) {
    case variable_kind::reg: return {{"set", {byte_string}}};
    case variable_kind::counter: return {{"add", {integer}}};
    case variable_kind::set: return {{"insert", {byte_string}}, {"erase", {byte_string}}};
    case variable_kind::map:
      return {{"put", {byte_string, byte_string}}, {"remove", {byte_string}}};
    case variable_kind::opaque: return {{"post", {byte_string}}};
    case variable_kind::custom: break;
  }
  return {};
}

} // namespace

std::vector<operation_declaration> operations_of(const variable_declaration& of) {
  return of.kind == variable_kind::custom ? of.operations : built_in(of.kind);
}

catalog::catalog(const genesis& from) : variables_{from.variables} {
  operations_.reserve(variables_.size());
  for (const auto& one : variables_) {
    operations_.push_back(operations_of(one));
  }
}

result<variable_id> catalog::find(std::string_view name) const {
  std::vector<std::string_view> names;
  names.reserve(variables_.size());
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    if (variables_[i].name == name) {
      return variable_id{static_cast<variable_id::number>(i + 1)};
    }
    names.push_back(variables_[i].name);
  }
  return fail(errc::unknown_variable, "no variable " + what_is_allowed(name, names));
}

const variable_declaration* catalog::at(variable_id id) const {
  return id.value() == 0 || id.value() > variables_.size() ? nullptr : &variables_[id.value() - 1U];
}

const operation_declaration* catalog::at(variable_id id, operation_id operation) const {
  if (at(id) == nullptr) {
    return nullptr;
  }
  const auto& all = operations_[id.value() - 1U];
  return operation.value() < all.size() ? &all[operation.value()] : nullptr;
}

result<mutation> parse_mutation(const catalog& with, const peer_id& author,
                                std::string_view variable, std::string_view operation,
                                std::span<const std::string> arguments) {
  const auto id = with.find(variable);
  if (!id) {
    return tl::make_unexpected(id.error());
  }
  const auto& declared = *with.at(*id);
  const auto all = operations_of(declared);
  const auto found =
    std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == operation; });
  if (found == all.end()) {
    std::vector<std::string_view> names;
    names.reserve(all.size());
    for (const auto& one : all) {
      names.push_back(one.name);
    }
    return fail(errc::unknown_operation,
                declared.name + " has no mutation " + what_is_allowed(operation, names));
  }
  if (arguments.size() != found->arguments.size()) {
    const auto wanted = found->arguments.size();
    return fail(errc::wrong_arguments, declared.name + " " + found->name + " takes "
                                         + std::to_string(wanted)
                                         + (wanted == 1 ? " argument" : " arguments")
                                         + ", given: " + std::to_string(arguments.size()));
  }
  mutation out{*id, operation_id{static_cast<operation_id::number>(found - all.begin())}, {}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto text = i == 0 ? stored_key(declared, author, arguments[i]) : arguments[i];
    auto parsed = parse_argument(found->arguments[i], text, i + 1);
    if (!parsed) {
      return tl::make_unexpected(parsed.error());
    }
    out.arguments.push_back(std::move(*parsed));
  }
  return out;
}

std::string own_prefix(const peer_id& author) {
  std::string out;
  out.reserve(own_prefix_size);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const auto next : author.raw) {
    buffer = buffer << 8U | std::to_integer<std::uint32_t>(next);
    held += 8;
    for (; held >= 5; held -= 5) {
      out += base32_alphabet[buffer >> (held - 5) & 31U];
    }
  }
  out += base32_alphabet[buffer << (5 - held) & 31U]; // 256 bits: one is left over
  out += '/';
  return out;
}

std::string stored_key(const variable_declaration& of, const peer_id& author,
                       std::string_view key) {
  const bool plain = of.who != writers::own_entries || key.empty() || has_owner(key);
  return (plain ? std::string{} : own_prefix(author)).append(key);
}

std::string stored_key(const catalog& names, const peer_id& author, std::string_view variable,
                       std::string_view key) {
  const auto id = names.find(variable);
  return id ? stored_key(*names.at(*id), author, key) : std::string{key};
}

std::string display_bytes(bytes_view what) {
  auto text = text_of(what);
  if (is_printable(text)) {
    return text.starts_with("hex:") || text.starts_with("text:") ? "text:" + text : text;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "hex:";
  for (const auto one : what) {
    out += digits[std::to_integer<std::size_t>(one) >> 4U];
    out += digits[std::to_integer<std::size_t>(one) & 15U];
  }
  return out;
}

std::string display_value(const variable_declaration& of, bytes_view key, bytes_view value) {
  const bool counts = of.kind == variable_kind::set || of.kind == variable_kind::map;
  if (key.empty() && (counts || of.kind == variable_kind::counter)) {
    if (const auto number = read_stored_number(value)) {
      return of.kind == variable_kind::counter ? std::to_string(static_cast<std::int64_t>(*number))
                                               : std::to_string(*number);
    }
  }
  return display_bytes(value);
}

bytes stored_number(std::uint64_t number) {
  bytes out(stored_number_size);
  for (auto& one : out) {
    one = static_cast<std::byte>(number & 0xFFU);
    number >>= 8U;
  }
  return out;
}

result<std::uint64_t> read_stored_number(bytes_view value) {
  if (value.size() != stored_number_size) {
    return fail(errc::wrong_arguments, "a number has 8 bytes, not " + std::to_string(value.size()));
  }
  std::uint64_t out = 0;
  for (std::size_t i = stored_number_size; i-- > 0;) {
    out = out << 8U | std::to_integer<std::uint64_t>(value[i]);
  }
  return out;
}

std::string_view nearest_name(std::string_view given,
                              std::span<const std::string_view> candidates) {
  // A third of the letters may be wrong: "scroe" is meant to be "score", "foo" is not.
  std::string_view best;
  auto least = (given.size() + 2) / 3 + 1;
  if (given.size() > 2 * name_size_max) {
    return best;
  }
  for (const auto one : candidates) {
    if (const auto count = edits(given, one); count < least) {
      least = count;
      best = one;
    }
  }
  return best;
}

} // namespace caucus
