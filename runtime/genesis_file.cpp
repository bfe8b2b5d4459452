#include "runtime/genesis_file.hpp"

#include "messages/hello.hpp"
#include "messages/mutation.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/file.hpp"
#include "runtime/genesis_names.hpp"
#include "runtime/toml_fields.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/rules_text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <utility>

namespace caucus {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t integer_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t integer_min = std::numeric_limits<std::int64_t>::min();
/// 4,096: as the archives allow.
constexpr std::size_t listed_writers_max = 4'096;
constexpr const char* name_allowed = "a lower-case letter, then at most 31 of a-z, 0-9 and _";
constexpr const char* id_allowed = "a peer id: 52 characters, as `caucus keygen` prints it";
/// Also for who put a word in brackets.
constexpr const char* writers_allowed = "peer ids: 52 characters each, as `caucus keygen` prints "
                                        "them; or, without brackets, \"members\", "
                                        "\"anyone\", \"own_entries\"";

constexpr file_kind genesis_kind{.name = "the genesis",
                                 .make_one = "copy the network's genesis.toml there, or start a "
                                             "network of your own with `caucus init DIR`",
                                 .size_max = genesis_size_max};

/// A key's name, required and new among its kind.
std::string take_name(toml_fields& from, std::set<std::string>* taken) {
  from.need("name");
  std::string name = from.text("name").value_or("");
  if (!is_name(name)) {
    from.refuse(errc::value_out_of_range, "name", name_allowed);
  } else if (taken != nullptr && !taken->insert(name).second) {
    from.refuse(errc::value_out_of_range, "name", "a name that is not taken above");
  }
  return name;
}

template <class E, std::size_t Count>
E take_choice(toml_fields& from, std::string_view key, const enum_names<E, Count>& names,
              E fallback) {
  const auto text = from.text(key);
  if (!text) {
    return fallback;
  }
  if (const auto found = names.value_of(*text)) {
    return *found;
  }
  from.refuse(errc::value_out_of_range, key, names.all());
  return fallback;
}

// -- members ------------------------------------------------------------------------------------

std::vector<member> take_members(toml_fields_state& state, toml_fields& root) {
  root.need("members");
  const auto tables = root.tables("members", members_max);
  if (tables.empty()) {
    root.refuse(errc::value_out_of_range, "members",
                "1 to " + std::to_string(members_max) + " members");
  }
  std::vector<member> out;
  std::set<std::string> names;
  std::set<peer_id> ids;
  for (const toml::table* table : tables) {
    toml_fields from{state, *table, "members.", {"name", "id", "address"}};
    member next;
    next.name = take_name(from, &names);
    from.need("id");
    const auto id = peer_id_from_text(from.text("id").value_or(""));
    if (!id) {
      from.refuse(errc::value_out_of_range, "id", id_allowed);
    } else if (!ids.insert(*id).second) {
      from.refuse(errc::value_out_of_range, "id", "an id that is not taken above");
    } else {
      next.peer = *id;
    }
    if (const auto address = from.text("address")) {
      next.address = *address;
      if (!is_address(*address)) {
        from.refuse(errc::value_out_of_range, "address",
                    "\"host:port\" of at most " + std::to_string(address_size_max)
                      + " characters, the port from 1 to 65535");
      }
    }
    out.push_back(std::move(next));
  }
  return out;
}

// -- variables ----------------------------------------------------------------------------------

/// Of a [[variables]] table; the first are of all kinds.
constexpr auto variable_keys =
  std::to_array<std::string_view>({"name", "kind", "writers", "min", "max", "step_max", "initial",
                                   "value_size", "key_size", "entries", "operations"});
constexpr std::size_t common_key_count = 3;

/// Keys of other kinds would be ignored: refused instead.
void refuse_foreign(toml_fields& from, const kind_definition& kind) {
  for (const auto key : std::span{variable_keys}.subspan(common_key_count)) {
    if (from.has(key) && !kind.takes(key)) {
      from.refuse(errc::unknown_key, key,
                  "no such key for kind \"" + std::string{kind.word} + "\"");
    }
  }
}

const kind_definition& take_kind(toml_fields& from) {
  from.need("kind");
  const auto text = from.text("kind");
  const auto* const found = text ? find_kind(*text) : nullptr;
  if (text && found == nullptr) {
    std::string words;
    for (const auto* const each : all_kinds()) {
      words += (words.empty() ? "\"" : ", \"") + std::string{each->word} + "\"";
    }
    from.refuse(errc::value_out_of_range, "kind", words);
  }
  return found == nullptr ? kind_of(variable_kind_first) : *found;
}

void take_writers(toml_fields& from, variable_declaration& into, bool is_list) {
  if (!is_list) {
    into.writers = take_choice(from, "writers", writer_names, writers::members);
    if (into.writers == writers::own_entries && !kind_of(into.kind).own_entries) {
      from.refuse(errc::value_out_of_range, "writers", "own_entries for a set or a map only");
    }
    return;
  }
  into.writers = writers::listed;
  for (const auto& [text, node] : from.texts("writers", listed_writers_max)) {
    const auto id = peer_id_from_text(text);
    if (!id) {
      from.refuse(errc::value_out_of_range, "writers", *node, writers_allowed);
      return;
    }
    into.listed.push_back(*id);
  }
  std::sort(into.listed.begin(), into.listed.end()); // their order means nothing
  if (into.listed.empty()
      || std::adjacent_find(into.listed.begin(), into.listed.end()) != into.listed.end()) {
    from.refuse(
      errc::value_out_of_range, "writers",
      R"(1 or more ids, each once; or, without brackets, "members", "anyone", "own_entries")");
  }
}

void take_counter(toml_fields& from, variable_declaration& into) {
  into.min = from.integer("min", integer_min, integer_max);
  into.max = from.integer("max", integer_min, integer_max);
  into.step_max = from.integer("step_max", 1, integer_max);
  into.initial = from.integer("initial", integer_min, integer_max).value_or(0);
  if (into.min && into.max && *into.min > *into.max) {
    from.refuse(errc::value_out_of_range, "min", "at most max, " + std::to_string(*into.max));
  }
  if ((into.min && into.initial < *into.min) || (into.max && into.initial > *into.max)) {
    const std::string_view key =
      from.has("initial") ? "initial" : (into.min && into.initial < *into.min ? "min" : "max");
    from.refuse(errc::value_out_of_range, key, "an initial value from min to max (0 if not given)");
  }
}

void take_operations(toml_fields_state& state, toml_fields& from, variable_declaration& into) {
  std::set<std::string> names;
  for (const toml::table* table : from.tables("operations", operations_max)) {
    toml_fields one{state, *table, "variables.operations.", {"name", "arguments"}};
    operation_declaration next;
    next.name = take_name(one, &names);
    for (const auto& [text, node] : one.texts("arguments", arguments_max)) {
      if (const auto kind = argument_names.value_of(text)) {
        next.arguments.push_back(*kind);
      } else {
        one.refuse(errc::value_out_of_range, "arguments", *node, argument_names.all());
      }
    }
    into.operations.push_back(std::move(next));
  }
}

variable_declaration take_variable(toml_fields_state& state, const toml::table& table,
                                   std::set<std::string>& names) {
  toml_fields from{state, table, "variables.", {variable_keys.begin(), variable_keys.end()}};
  variable_declaration out;
  out.name = take_name(from, &names);
  const auto& kind = take_kind(from);
  out.kind = kind.number;
  refuse_foreign(from, kind);
  const toml::node* who = table.get("writers");
  take_writers(from, out, who != nullptr && who->is_array());
  take_counter(from, out);
  out.value_size = static_cast<std::uint32_t>(
    from.integer("value_size", 1, value_size_max).value_or(out.value_size));
  const bool own = out.writers == writers::own_entries;
  out.key_size = static_cast<std::uint32_t>(
    from.integer("key_size", own ? std::int64_t{own_prefix_size} + 1 : 1, key_size_max)
      .value_or(out.key_size));
  out.entries = static_cast<std::uint64_t>(
    from.integer("entries", 1, integer_max).value_or(static_cast<std::int64_t>(out.entries)));
  take_operations(state, from, out);
  return out;
}

// -- quotas -------------------------------------------------------------------------------------

quotas take_quotas(toml_fields_state& state, const toml::table& table) {
  toml_fields from{
    state,
    table,
    "quota.",
    {"author_burst", "author_per_second", "strangers_burst", "strangers_per_second"}};
  constexpr auto most = static_cast<std::int64_t>(quota_burst_max);
  constexpr auto least = static_cast<std::int64_t>(quota_burst_min);
  const auto take = [&](std::string_view key, std::int64_t from_least, std::uint64_t& into) {
    into = static_cast<std::uint64_t>(
      from.integer(key, from_least, most).value_or(static_cast<std::int64_t>(into)));
  };
  auto out = quotas_default;
  take("author_burst", least, out.author.burst);
  take("author_per_second", 1, out.author.per_second);
  take("strangers_burst", least, out.strangers.burst);
  take("strangers_per_second", 1, out.strangers.per_second);
  return out;
}

// -- what it goes on from -----------------------------------------------------------------------

template <class Digest>
void take_digest(toml_fields& from, std::string_view key, Digest& into) {
  from.need(key);
  const auto text = from.text(key);
  if (!text) {
    return;
  }
  if (const auto given = fixed_from_hex<Digest>(*text)) {
    into = *given;
  } else {
    from.refuse(errc::value_out_of_range, key, "64 hexadecimal digits");
  }
}

continuation take_continuation(toml_fields_state& state, const toml::table& table) {
  toml_fields from{state, table, "continues.", {"network", "height", "last", "state_root"}};
  continuation out;
  take_digest(from, "network", out.network);
  from.need("height");
  out.height =
    height{static_cast<std::uint64_t>(from.integer("height", 1, integer_max).value_or(1))};
  take_digest(from, "last", out.last);
  take_digest(from, "state_root", out.state_root);
  return out;
}

// -- what both kinds of texts have --------------------------------------------------------------

constexpr auto root_keys = std::to_array<std::string_view>(
  {"name", "time_ms", "group", "rules", "consensus", "quota", "continues", "members", "variables"});

consensus_parameters take_consensus(toml_fields_state& state, const toml::table& table) {
  toml_fields from{state, table, "consensus.", {"delta", "heartbeat"}};
  consensus_parameters out;
  out.delta = from.milliseconds("delta", 10ms, 60s).value_or(out.delta);
  out.heartbeat = from.milliseconds("heartbeat", 1s, 1h).value_or(out.heartbeat);
  return out;
}

std::optional<rules_id> take_rules_id(toml_fields& root) {
  const auto text = root.text("rules");
  const auto given = text ? rules_id_from_text(*text) : result<rules_id>{fail(errc::bad_text)};
  if (text && (!given || !is_rules_name(given->name))) {
    root.refuse(
      errc::value_out_of_range, "rules",
      "NAME:VERSION, as the program with the C++ rules has them, \"tic_tac_toe:1\" say; the "
      "name of at most "
        + std::to_string(rules_name_size_max) + " printable characters without a space");
  }
  return given ? std::optional{*given} : std::nullopt;
}

std::vector<variable_declaration> take_variables(toml_fields_state& state, toml_fields& root) {
  std::vector<variable_declaration> out;
  std::set<std::string> names;
  for (const toml::table* each : root.tables("variables", variables_max)) {
    out.push_back(take_variable(state, *each, names));
  }
  return out;
}

} // namespace

// -- the file -----------------------------------------------------------------------------------

result<bool> names_members(std::string_view text, const std::string& file) {
  CAUCUS_TRY(const toml::table table, parse_toml(text, file));
  return table.contains("members");
}

result<genesis> parse_genesis(std::string_view text, const std::string& file,
                              std::optional<wall_ms> time) {
  CAUCUS_TRY(const toml::table table, parse_toml(text, file));
  toml_fields_state state{file};
  toml_fields root{state, table, "", {root_keys.begin(), root_keys.end()}};
  genesis out;
  out.name = take_name(root, nullptr);
  if (!time) {
    root.need("time_ms",
              "time_ms = 1735689600000 (milliseconds since 1970; `date +%s000` prints now's)");
  }
  const auto latest =
    time ? std::min(*time + genesis_ahead_max, genesis_time_max) : genesis_time_max;
  out.time =
    wall_ms{root.integer("time_ms", 0, latest.count()).value_or(time.value_or(wall_ms{0}).count())};
  out.group = group_id{static_cast<std::uint32_t>(
    root.integer("group", 1, std::numeric_limits<std::uint32_t>::max()).value_or(1))};
  out.rules = take_rules_id(root);
  if (const toml::table* inner = root.table("quota")) {
    out.limits = take_quotas(state, *inner);
  }
  if (const toml::table* inner = root.table("continues")) {
    out.continues = take_continuation(state, *inner);
  }
  if (const toml::table* inner = root.table("consensus")) {
    out.consensus = take_consensus(state, *inner);
  }
  out.members = take_members(state, root);
  out.variables = take_variables(state, root);
  if (state.failed()) {
    return tl::unexpected<error>{state.why()};
  }
  return out;
}

result<rules_text> parse_rules(std::string_view text, const std::string& file,
                               const genesis& known) {
  CAUCUS_TRY(const toml::table table, parse_toml(text, file));
  toml_fields_state state{file};
  toml_fields root{state, table, "", {root_keys.begin(), root_keys.end()}};
  if (const toml::table* inner = root.table("consensus");
      inner != nullptr && take_consensus(state, *inner) != known.consensus) {
    root.refuse(errc::value_out_of_range, "consensus",
                "delta " + std::to_string(known.consensus.delta.count()) + "ms and heartbeat "
                  + std::to_string(known.consensus.heartbeat.count())
                  + "ms, as the network's genesis has them, or no [consensus]");
  }
  if (const toml::table* inner = root.table("quota");
      inner != nullptr && take_quotas(state, *inner) != known.limits) {
    root.refuse(errc::value_out_of_range, "quota",
                "as the network's genesis has it, or no [quota]");
  }
  rules_text out{take_variables(state, root), take_rules_id(root)};
  if (state.failed()) {
    return tl::unexpected<error>{state.why()};
  }
  return out;
}

result<genesis> load_genesis(const std::filesystem::path& path) {
  CAUCUS_TRY(const std::string text, read_file(path, genesis_kind));
  return parse_genesis(text, path.string());
}

} // namespace caucus
