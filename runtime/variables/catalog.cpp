#include "runtime/variables/catalog.hpp"

#include "messages/try.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/base/nearest_name.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <charconv>

namespace caucus {

namespace {

/// So many names are listed in an error; of more only the nearest is named.
constexpr std::size_t names_listed_max = 12;

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

/// "<peer id>/" in front, as own_prefix() writes it.
bool has_owner(std::string_view key) {
  return key.size() >= own_prefix_size && key[own_prefix_size - 1] == '/'
         && peer_id_from_text(key.substr(0, own_prefix_size - 1)).has_value();
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

} // namespace

std::vector<operation_declaration> operations_of(const variable_declaration& of) {
  const auto& kind = kind_of(of.kind);
  if (kind.declares_operations()) {
    return of.operations;
  }
  std::vector<operation_declaration> out;
  for (const auto& one : kind.operations) {
    out.push_back({std::string{one.name}, {one.arguments.begin(), one.arguments.end()}});
  }
  return out;
}

catalog::catalog(const genesis& from)
    : variables_{from.variables}, removed_(from.variables.size(), false) {
  operations_.reserve(variables_.size());
  for (const auto& one : variables_) {
    operations_.push_back(operations_of(one));
  }
}

catalog::catalog(const declarations& now) {
  for (const auto& one : now.variables) {
    variables_.push_back(one.declared);
    operations_.push_back(operations_of(one.declared));
    removed_.push_back(one.removed);
  }
}

result<variable_id> catalog::find(std::string_view name) const {
  std::vector<std::string_view> names;
  names.reserve(variables_.size());
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    if (variables_[i].name == name && !removed_[i]) {
      return variable_id{static_cast<variable_id::number>(i + 1)};
    }
    if (variables_[i].name == name) {
      return fail(errc::unknown_variable,
                  "the group has removed the variable " + variables_[i].name);
    }
    if (!removed_[i]) {
      names.push_back(variables_[i].name);
    }
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
  CAUCUS_TRY(const auto id, with.find(variable));
  const auto& declared = *with.at(id);
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
  mutation out{id, operation_id{static_cast<operation_id::number>(found - all.begin())}, {}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto text = i == 0 ? stored_key(declared, author, arguments[i]) : arguments[i];
    CAUCUS_TRY(auto parsed, parse_argument(found->arguments[i], text, i + 1));
    out.arguments.push_back(std::move(parsed));
  }
  return out;
}

std::string own_prefix(const peer_id& author) {
  return to_text(author) + '/';
}

std::string stored_key(const variable_declaration& of, const peer_id& author,
                       std::string_view key) {
  const bool plain = of.writers != writers::own_entries || key.empty() || has_owner(key);
  return (plain ? std::string{} : own_prefix(author)).append(key);
}

std::string stored_key(const catalog& names, const peer_id& author, std::string_view variable,
                       std::string_view key) {
  const auto id = names.find(variable);
  return id ? stored_key(*names.at(*id), author, key) : std::string{key};
}

bytes stored_number(std::uint64_t number) {
  const auto raw = little_endian(number);
  return {raw.begin(), raw.end()};
}

result<std::uint64_t> read_stored_number(bytes_view value) {
  if (value.size() != stored_number_size) {
    return fail(errc::wrong_arguments, "a number has 8 bytes, not " + std::to_string(value.size()));
  }
  return from_little_endian<std::uint64_t>(value);
}

} // namespace caucus
