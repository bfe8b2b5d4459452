#include "runtime/config.hpp"

#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/file.hpp"
#include "runtime/toml_file.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

constexpr file_kind config_kind{.name = "the configuration",
                                .make_one = "make one with `caucus init DIR`, or name another "
                                            "file (`caucus` takes it with --config)",
                                .size_max = config_size_max};

std::string flag_of(std::string_view key) {
  std::string out{key};
  std::replace(out.begin(), out.end(), '.', '-');
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

/// "given 70000; allowed: 0 to 65535".
std::string complaint(const key_facts& facts, const std::string& given) {
  std::string wanted = facts.type;
  if (facts.type == "duration" || facts.type == "size" || facts.type == "integer"
      || facts.type == "number") {
    wanted = (facts.type == "integer" ? "an " : "a ") + facts.type + ", " + facts.allowed;
  } else if (!facts.allowed.empty()) {
    wanted = facts.allowed;
  } else if (facts.type == "path" || facts.type == "list of text") {
    wanted = "a " + facts.type;
  }
  return "given " + given + "; allowed: " + wanted;
}

std::string table_of(const std::string& key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string::npos ? std::string{} : key.substr(0, dot);
}

std::string escaped_for_table(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

} // namespace

struct config_schema::entry {
  std::unique_ptr<config_key> key;
  std::string from{};      ///< "node.toml:3:8" or "--port"; empty: the default
  bool overridden = false; ///< a flag set it: the file no longer counts
  std::string from_staged{};
};

config_schema::config_schema() = default;
config_schema::~config_schema() = default;

void config_schema::add(std::unique_ptr<config_key> key, std::string alias) {
  const std::string& name = key->facts().name;
  CAUCUS_ASSERT(!name.empty() && find(name) == nullptr);
  CAUCUS_ASSERT(alias.empty() || find(alias) == nullptr);
  CAUCUS_ASSERT(find(flag_of(name)) == nullptr);
  CAUCUS_ASSERT(key->facts().fallback != toml_text("?")); // an enum's default without a name
  std::vector<std::string> flags{flag_of(name)};
  if (!alias.empty() && alias != flags.front()) {
    flags.push_back(std::move(alias));
  }
  key->set_flags(std::move(flags));
  entries_.push_back(entry{.key = std::move(key)});
}

config_schema::entry* config_schema::find(std::string_view name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [name](const entry& each) {
    const key_facts& facts = each.key->facts();
    return facts.name == name
           || std::find(facts.flags.begin(), facts.flags.end(), name) != facts.flags.end();
  });
  return found == entries_.end() ? nullptr : &*found;
}

const config_schema::entry* config_schema::find(std::string_view name) const {
  return const_cast<config_schema*>(this)->find(name);
}

tl::unexpected<error> config_schema::unknown(std::string_view where, std::string_view key) const {
  std::vector<std::string> names;
  for (const entry& each : entries_) {
    names.push_back(each.key->facts().name);
  }
  std::string text = std::string{where} + ": unknown key " + cut_to_line(std::string{key});
  if (const std::string close = nearest(key, names); !close.empty()) {
    text += "; did you mean " + close + "?";
  } else {
    text += "; `caucus node --print-config` shows every key";
  }
  return fail(errc::unknown_key, std::move(text));
}

// -- files --------------------------------------------------------------------------------------

/// Goes through a file's tables and stages each key's value; keeps the error that comes first in
/// the file, whatever order toml++ gives.
struct config_schema::staging {
  config_schema& schema;
  std::string file;
  std::filesystem::path folder;
  toml::source_position first{};
  std::optional<error> wrong{};

  void blame(const toml::source_region& at, error what) {
    if (!wrong || at.begin < first) {
      wrong = std::move(what);
      first = at.begin;
    }
  }

  void walk(const toml::table& table, const std::string& prefix) {
    for (const auto& [toml_key, node] : table) {
      const std::string name = prefix + std::string{toml_key.str()};
      if (toml_key.str().find('.')
          != std::string_view::npos) { // "net.port" in quotes: no way twice
        blame(toml_key.source(), schema.unknown(place_of(file, toml_key.source()), name).value());
      } else {
        take(name, toml_key.source(), node);
      }
    }
  }

  void take(const std::string& name, const toml::source_region& at, const toml::node& node) {
    entry* found = schema.find_key(name);
    if (found == nullptr) {
      const toml::table* inner = node.as_table();
      const bool is_table = schema.has_table(name);
      if (inner != nullptr && (is_table || !inner->empty())) {
        walk(*inner, name + "."); // below a wrong table every key is unknown, and said to be so
      } else if (is_table) {
        blame(node.source(),
              {errc::wrong_type, place_of(file, node.source()) + ": " + name + ": given "
                                   + shown(node) + "; allowed: a table"});
      } else {
        blame(at, schema.unknown(place_of(file, at), name).value());
      }
      return;
    }
    const std::optional<config_value> value = value_of(node);
    const std::optional<errc> refused =
      value ? found->key->stage(*value, folder) : std::optional{errc::wrong_type};
    if (refused) {
      blame(node.source(), {*refused, place_of(file, node.source()) + ": " + name + ": "
                                        + complaint(found->key->facts(), shown(node))});
      return;
    }
    found->from_staged = place_of(file, node.source());
  }
};

config_schema::entry* config_schema::find_key(std::string_view name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [name](const entry& each) {
    return each.key->facts().name == name;
  });
  return found == entries_.end() ? nullptr : &*found;
}

bool config_schema::has_table(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&name](const entry& each) {
    return each.key->facts().name.starts_with(name + ".");
  });
}

result<void> config_schema::stage_text(std::string_view text, const std::filesystem::path& file) {
  CAUCUS_TRY(const toml::table table, parse_toml(text, file.string()));
  std::error_code no_folder; // the working folder is gone: then paths stay relative
  const std::filesystem::path folder = std::filesystem::absolute(folder_of(file), no_folder);
  for (entry& each : entries_) {
    each.key->stage_default();
    each.from_staged.clear();
  }
  staging into{.schema = *this, .file = file.string(), .folder = folder};
  into.walk(table, "");
  for (entry& each : entries_) {
    if (into.wrong || each.overridden) {
      each.key->discard();
    }
  }
  if (into.wrong) {
    return tl::unexpected<error>{std::move(*into.wrong)};
  }
  return {};
}

result<void> config_schema::load(const std::filesystem::path& file) {
  CAUCUS_TRY(const std::string text, read_file(file, config_kind));
  return load_text(text, file);
}

result<void> config_schema::load_text(std::string_view text, const std::filesystem::path& file) {
  if (auto staged = stage_text(text, file); !staged) {
    return staged;
  }
  for (entry& each : entries_) {
    each.key->commit();
    if (!each.overridden) {
      each.from = std::move(each.from_staged);
    }
  }
  return {};
}

result<reload_report> config_schema::reload(const std::filesystem::path& file) {
  CAUCUS_TRY(const std::string text, read_file(file, config_kind));
  CAUCUS_TRY_VOID(stage_text(text, file));
  reload_report report;
  for (entry& each : entries_) {
    const key_facts& facts = each.key->facts();
    if (each.key->staged_differs()) {
      (facts.live ? report.changed : report.need_restart).push_back(facts.name);
      if (facts.live) {
        each.key->commit();
        each.from = std::move(each.from_staged);
      }
    }
    each.key->discard();
  }
  return report;
}

// -- flags --------------------------------------------------------------------------------------

namespace config_detail {

std::optional<config_value> read_flag(std::string_view type, std::string_view text) {
  if (type == "boolean") {
    return text == "true" || text == "false" ? std::optional{config_value{text == "true"}}
                                             : std::nullopt;
  }
  if (type == "integer") {
    const auto integer = parse_integer(text);
    return integer ? std::optional{config_value{*integer}} : std::nullopt;
  }
  if (type == "number") {
    const auto number = parse_number(text);
    return number ? std::optional{config_value{*number}} : std::nullopt;
  }
  if (type != "list of text") {
    return config_value{std::string{text}};
  }
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    list.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return config_value{std::move(list)};
}

} // namespace config_detail

result<void> config_schema::apply_override(std::string_view name, std::string_view text) {
  entry* found = find(name);
  if (found == nullptr) {
    return unknown("--" + std::string{name}, name);
  }
  const auto& facts = found->key->facts();
  const std::string where = "--" + (name == facts.name ? facts.flags.back() : std::string{name});
  if (!is_utf8(text)) { // as no file can have it, nor print()
    return fail(errc::value_out_of_range, where + ": given bytes that are no UTF-8; allowed: text");
  }
  std::error_code no_folder;
  const std::filesystem::path folder = std::filesystem::current_path(no_folder);
  const std::optional<config_value> value = found->key->read_flag(text);
  const std::optional<errc> refused =
    value ? found->key->stage(*value, folder) : std::optional{errc::wrong_type};
  if (refused) {
    return fail(*refused,
                where + ": " + complaint(facts, toml_text(cut_to_line(std::string{text}))));
  }
  found->key->commit();
  found->overridden = true;
  found->from = where;
  return {};
}

bool config_schema::given(std::string_view name) const {
  const entry* found = find(name);
  return found != nullptr && !found->from.empty();
}

std::string config_schema::value(std::string_view name) const {
  const entry* found = find(name);
  CAUCUS_ASSERT(found != nullptr);
  return found->key->print();
}

std::string config_schema::where(std::string_view name) const {
  const entry* found = find(name);
  if (found == nullptr || found->from.empty()) {
    return "the default of " + std::string{name};
  }
  return found->from;
}

tl::unexpected<error> config_schema::refuse(std::string_view name, std::string_view why) const {
  const entry* found = find(name);
  CAUCUS_ASSERT(found != nullptr);
  return fail(errc::value_out_of_range, where(name) + ": " + found->key->facts().name + ": given "
                                          + cut_to_line(found->key->print()) + "; "
                                          + std::string{why});
}

// -- for people ---------------------------------------------------------------------------------

namespace {

std::string remark(const key_facts& of) {
  return "# " + (of.doc.empty() ? "" : of.doc + ". ") + of.type
         + (of.allowed.empty() ? "" : ": " + of.allowed) + "; default " + of.fallback
         + (of.live ? "; live" : "") + "\n";
}

} // namespace

std::string config_schema::print() const {
  std::vector<std::string> tables{""}; // keys without a table must come first in TOML
  for (const entry& each : entries_) {
    const std::string table = table_of(each.key->facts().name);
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) {
      tables.push_back(table);
    }
  }
  std::string out = "# The effective configuration. Keys marked live can be changed while the node "
                    "runs.\n";
  for (const std::string& table : tables) {
    if (!table.empty()) {
      out += "\n[" + table + "]\n";
    }
    const std::size_t prefix = table.empty() ? 0 : table.size() + 1;
    for (const entry& each : entries_) {
      if (table_of(each.key->facts().name) == table) {
        out += remark(each.key->facts()) + each.key->facts().name.substr(prefix) + " = "
               + each.key->print() + "\n";
      }
    }
  }
  return out;
}

std::vector<key_facts> config_schema::keys() const {
  std::vector<key_facts> out;
  for (const entry& each : entries_) {
    out.push_back(each.key->facts());
  }
  return out;
}

std::string config_schema::markdown_table() const {
  std::string out = "| key | type | allowed | default | live | flags | meaning |\n"
                    "|---|---|---|---|---|---|---|\n";
  for (const key_facts& facts : keys()) {
    std::string flags;
    for (const std::string& each : facts.flags) {
      flags += (flags.empty() ? "`--" : ", `--") + each + "`";
    }
    out += "| `" + facts.name + "` | " + facts.type + " | " + escaped_for_table(facts.allowed)
           + " | `" + facts.fallback + "` | " + (facts.live ? "yes" : "no") + " | " + flags + " | "
           + escaped_for_table(facts.doc) + " |\n";
  }
  return out;
}

} // namespace caucus
