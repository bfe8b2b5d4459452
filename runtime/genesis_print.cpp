#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"
#include "runtime/config_value.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/genesis_names.hpp"
#include "runtime/variables/rules_text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <chrono>
#include <optional>

namespace caucus {

namespace {

std::string line(std::string_view key, const std::string& value) {
  return std::string{key} + " = " + value + "\n";
}
template <class Number>
std::string number_line(std::string_view key, Number value) {
  return line(key, std::to_string(value));
}

std::string print_writers(const variable_declaration& of) {
  if (of.writers != writers::listed) {
    return toml_text(writer_names.name_of(of.writers));
  }
  std::string out = "[";
  for (const peer_id& each : of.listed) {
    out += (out.size() > 1 ? ", " : "") + toml_text(to_text(each));
  }
  return out + "]";
}

std::string print_operations(const variable_declaration& of) {
  std::string out = "[";
  for (const operation_declaration& each : of.operations) {
    out += (out.size() > 1 ? ", " : "") + std::string{"{name = "} + toml_text(each.name)
           + ", arguments = [";
    for (std::size_t i = 0; i < each.arguments.size(); ++i) {
      out += (i > 0 ? ", " : "") + toml_text(argument_names.name_of(each.arguments[i]));
    }
    out += "]}";
  }
  return out + "]";
}

/// Empty: the field is left out, as it has its default.
std::string print_field(std::string_view field, const variable_declaration& of) {
  const auto bound = [field](const std::optional<std::int64_t>& value) {
    return value ? number_line(field, *value) : std::string{};
  };
  if (field == "min") {
    return bound(of.min);
  }
  if (field == "max") {
    return bound(of.max);
  }
  if (field == "step_max") {
    return bound(of.step_max);
  }
  if (field == "initial") {
    return of.initial != 0 ? number_line(field, of.initial) : std::string{};
  }
  if (field == "value_size") {
    return number_line(field, of.value_size);
  }
  if (field == "key_size") {
    return number_line(field, of.key_size);
  }
  if (field == "entries") {
    return number_line(field, of.entries);
  }
  CAUCUS_ASSERT(field == "operations");
  return line(field, print_operations(of));
}

std::string print_variable(const variable_declaration& of) {
  const auto& kind = kind_of(of.kind);
  std::string out = "\n[[variables]]\n" + line("name", toml_text(of.name))
                    + line("kind", toml_text(kind.word)) + line("writers", print_writers(of));
  for (const auto field : kind.fields) {
    out += print_field(field, of);
  }
  return out;
}

std::string print_continuation(const continuation& of) {
  return "\n[continues] # the state of this network, at that height, with which this one begins\n"
         + line("network", toml_text(to_hex(of.network.view())))
         + number_line("height", of.height.value())
         + line("last", toml_text(to_hex(of.last.view())))
         + line("state_root", toml_text(to_hex(of.state_root.view())));
}

} // namespace

std::string print_quotas(const quotas& what) {
  return "\n[quota] # bytes of ledger: of each node named here, and of all others together\n"
         + number_line("author_burst", what.author.burst)
         + number_line("author_per_second", what.author.per_second)
         + number_line("strangers_burst", what.strangers.burst)
         + number_line("strangers_per_second", what.strangers.per_second);
}

std::string print_rules_id(const std::optional<rules_id>& what) {
  return what ? line("rules", toml_text(to_text(*what))) : std::string{};
}

std::string print_variables(const std::vector<variable_declaration>& what) {
  std::string out;
  for (const auto& each : what) {
    out += print_variable(each);
  }
  return out;
}

std::string print_genesis(const genesis& what) {
  std::string out = "# What this network starts from. Every node needs the same values: their hash "
                    "is the network's id.\n"
                    + line("name", toml_text(what.name)) + number_line("time_ms", what.time.count())
                    + number_line("group", what.group.value()) + print_rules_id(what.rules)
                    + "\n[consensus]\n"
                    + line("delta", toml_text(print_duration(what.consensus.delta)))
                    + line("heartbeat", toml_text(print_duration(what.consensus.heartbeat)))
                    + (what.limits ? print_quotas(*what.limits) : "")
                    + (what.continues ? print_continuation(*what.continues) : "");
  for (const member& each : what.members) {
    out += "\n[[members]]\n" + line("name", toml_text(each.name))
           + line("id", toml_text(to_text(each.peer)))
           + (each.address.empty() ? "" : line("address", toml_text(each.address)));
  }
  return out + print_variables(what.variables);
}

} // namespace caucus
