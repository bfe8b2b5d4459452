#pragma once

#include "messages/result.hpp"
#include "runtime/config_key.hpp"
#include "runtime/config_walk.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The configuration of a node: strict TOML, read into the structs of the modules.
/// One thread at a time: the main thread, at start and at reload. An actor or thread that runs
/// beside it gets a copy of its struct.
///
///     net_config net;                                    // declares keys(), see config_walk.hpp
///     config_schema schema;
///     schema.table("net", net);
///     auto read = schema.load("node.toml");              // the file
///     read = schema.apply_override("net-port", "7400");  // then the flags
///     read = schema.settle(net, "net");                  // then what keys say of one another
///     schema.refuse("net.port", "taken by node1");       // what is found out later
///
/// Fields: bool, integers, floats, durations ("500ms"), sizes (`.bytes`: "64KiB"), text, enums
/// (`.names`), paths (from a file: relative to its folder), lists of text.
/// A field's value when it is bound is the key's default. An unknown key is an error, never
/// ignored.

namespace caucus {

/// 1 MiB: a thousand times what a configuration needs.
inline constexpr std::size_t config_size_max = 1024 * 1024;

struct reload_report {
  std::vector<std::string> changed;      ///< live keys that have a new value, by name
  std::vector<std::string> need_restart; ///< keys that differ in the file and keep their value
};

class config_schema {
public:
  config_schema();
  ~config_schema();
  config_schema(const config_schema&) = delete; // keys point into their owners' structs
  config_schema& operator=(const config_schema&) = delete;

  /// Binds each member that `Config` declares to its key, "NAME.key"; without a name to "key". `to`
  /// must outlive the schema. A key or a member declared twice in one struct does not compile. All
  /// keys and flags of the schema are distinct (asserted).
  template <configured Config>
  void table(std::string_view name, Config& to) {
    static_assert(keys_are_distinct<Config>(), "a key or a member is declared twice");
    const auto visit =
      [this]<class T, class Owner>(const std::string& in_table, std::string_view key, Owner& owner,
                                   T Owner::*member, const key_rules<T, Owner>& rules) {
        add(std::make_unique<typed_config_key<T, Owner>>(config_detail::key_name(in_table, key),
                                                         owner, member, rules),
            std::string{rules.flag});
      };
    config_detail::walk_keys(name, to, visit);
  }

  /// Reads the file; keys it does not name get their default, keys that a flag set stay.
  /// Errors, all leaving every field unchanged: those of read_file; file_malformed, unknown_key,
  /// wrong_type, value_out_of_range, each with file, line, column, key, given and allowed. The
  /// first in the file is told.
  [[nodiscard]] result<void> load(const std::filesystem::path& file);

  /// As if `file` held `text`: for a configuration that comes another way. Errors: as load().
  [[nodiscard]] result<void> load_text(std::string_view text, const std::filesystem::path& file);

  /// One flag, by key or flag name without dashes. Lists are split at commas; paths are relative to
  /// the working folder. Errors, each with the flag as it was named, the field unchanged:
  /// unknown_key, wrong_type, value_out_of_range, which text that is no UTF-8 is too.
  [[nodiscard]] result<void> apply_override(std::string_view name, std::string_view text);

  /// Reads the file again and changes the keys that are live; those that a flag set stay.
  /// Errors as load(), all leaving every field unchanged.
  [[nodiscard]] result<reload_report> reload(const std::filesystem::path& file);

  /// Once file and flags are read: what keys of one struct say of one another. `read`: the struct
  /// that was bound as `name`, or a copy. A value above its `at_most` is lowered in it. Error:
  /// refuse()'s.
  template <configured Config>
  [[nodiscard]] result<void> settle(Config& read, std::string_view name = {}) const {
    result<void> out;
    const auto visit = [this, &out]<class T, class Owner>(
                         const std::string& in_table, std::string_view key, Owner& owner,
                         T Owner::*member, const key_rules<T, Owner>& rules) {
      if constexpr (key_rules<T, Owner>::counted) {
        if (out) {
          out = this->settle_key(in_table, key, owner, member, rules);
        }
      }
    };
    config_detail::walk_keys(name, read, visit);
    return out;
  }

  /// The file or a flag says it.
  [[nodiscard]] bool given(std::string_view name) const;
  /// The key's value, as TOML.
  [[nodiscard]] std::string value(std::string_view name) const;
  /// Where a key's value comes from: "node.toml:3:8", "--port" or "the default of net.port".
  [[nodiscard]] std::string where(std::string_view name) const;
  /// The error value_out_of_range that says where the value comes from and what is wrong with it:
  /// for what only a module, or two keys together, can judge.
  [[nodiscard]] tl::unexpected<error> refuse(std::string_view name, std::string_view why) const;

  /// The effective values as TOML, with a comment a key. load() of it gives the same values.
  [[nodiscard]] std::string print() const;
  /// In the order they were bound.
  [[nodiscard]] std::vector<key_facts> keys() const;
  /// The table of all keys for the documentation, in Markdown.
  [[nodiscard]] std::string markdown_table() const;

private:
  struct entry;
  struct staging;

  void add(std::unique_ptr<config_key> key, std::string alias);
  template <class T, class Config>
  [[nodiscard]] result<void> settle_key(const std::string& table, std::string_view key,
                                        Config& config, T Config::*member,
                                        const key_rules<T, Config>& rules) const {
    T& value = config.*member;
    const auto refused = [&](std::string words, T Config::*other) {
      words += config_detail::key_name(table, config_detail::search_keys(key, other).member_name);
      words += ", " + config_detail::codec<T>::print(config.*other, rules);
      return refuse(config_detail::key_name(table, key), words);
    };
    if (rules.at_most != nullptr) {
      value = std::min(value, config.*rules.at_most);
    }
    if (rules.more_than != nullptr && !(value > config.*rules.more_than)) {
      return refused("allowed: more than ", rules.more_than);
    }
    if (rules.at_least != nullptr && !(value >= config.*rules.at_least)) {
      return refused("allowed: at least ", rules.at_least);
    }
    return {};
  }
  [[nodiscard]] entry* find(std::string_view name); ///< by key or flag
  [[nodiscard]] entry* find_key(std::string_view name);
  [[nodiscard]] bool has_table(const std::string& name) const;
  [[nodiscard]] const entry* find(std::string_view name) const;
  [[nodiscard]] result<void> stage_text(std::string_view text, const std::filesystem::path& file);
  [[nodiscard]] tl::unexpected<error> unknown(std::string_view where, std::string_view key) const;

  std::vector<entry> entries_;
};

} // namespace caucus
