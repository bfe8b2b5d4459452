#pragma once

#include "messages/genesis.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// genesis.toml: what a network starts from, as people write it. Its hash, the network id, is
/// `network_of()` of runtime/archive/signing.hpp, so it is the values that count: comments, spaces
/// and the order of keys change nothing. The order of members and variables does.
/// Any thread.
///
///     name = "demo"                   # [a-z][a-z0-9_]{0,31}, as all names
///     time_ms = 1735689600000         # of the genesis block, since 1970
///     group = 1
///     rules = "tic_tac_toe:1"         # the C++ rules that it begins with, of custom variables; in
///                                     # the network id, beside the genesis' hash
///     [consensus]
///     delta = "500ms"                 # "10ms" to "1m"
///     heartbeat = "10s"               # "1s" to "1h"
///     [continues]                     # only of a network that goes on from another: network,
///     height = 1234                   # last and state_root as 64 hexadecimal digits each
///     [[members]]                     # 1 to 64
///     name = "node0"
///     id = "<52 characters>"          # as `caucus keygen` prints it
///     address = "127.0.0.1:7400"      # may be left out
///     [[variables]]                   # at most 1,024
///     name = "score"
///     kind = "counter"                # or register, set, map, opaque, custom
///     writers = "members"             # or anyone, own_entries, or a list of ids
///     min = 0                         # counter: min, max, step_max, initial
///     step_max = 10                   # register, opaque: value_size
///                                     # set: key_size, entries; map: all three
///                                     # custom: operations = [{name = "move", arguments = ["integer"]}]

namespace caucus {

inline constexpr std::size_t genesis_size_max = 1024 * 1024; ///< bytes of the file
/// The end of the year 9999: beyond it lies what was meant in microseconds.
inline constexpr wall_ms genesis_time_max{253'402'300'799'999};
/// How far a genesis' time may be ahead of the clock of the machine that makes it. Until that time
/// has come, all blocks have the genesis' time.
inline constexpr wall_ms genesis_ahead_max{std::chrono::hours{24}};

/// Errors: those of read_file() and parse_genesis().
[[nodiscard]] result<genesis> load_genesis(const std::filesystem::path& path);

/// Pure. `file`: its name in errors. `time`: given when a genesis is made, and then the time now:
/// the genesis' time if the text has none; a time in the text may be at most genesis_ahead_max
/// later. A genesis that is returned keeps every limit of messages/genesis.hpp, so it can be
/// encoded.
/// Errors, each with file, line, column, key, given and allowed: file_malformed, unknown_key,
/// wrong_type, value_out_of_range.
[[nodiscard]] result<genesis> parse_genesis(std::string_view text, const std::string& file,
                                            std::optional<wall_ms> time = std::nullopt);

/// Pure. `parse_genesis(print_genesis(x)) == x` for every x that parse_genesis() can return.
[[nodiscard]] std::string print_genesis(const genesis& what);

/// Pure. Whether the text names members: a network's genesis, not what one is made from.
/// Error: file_malformed.
[[nodiscard]] result<bool> names_members(std::string_view text, const std::string& file);

/// What a text says of the variables, and which C++ rules judge them; none: it does not say.
struct rules_text {
  std::vector<variable_declaration> variables;
  std::optional<rules_id> code{};
};
/// Pure. Of a text such as parse_genesis() reads, of which all else may be left out. `known`: the
/// network's; [consensus] and [quota], where they are given, say what it says. Errors: as
/// parse_genesis().
[[nodiscard]] result<rules_text> parse_rules(std::string_view text, const std::string& file,
                                             const genesis& known);

/// Its line about C++ rules; empty: there are none.
[[nodiscard]] std::string print_rules_id(const std::optional<rules_id>& what);

/// Its [[variables]], each with an empty line before.
[[nodiscard]] std::string print_variables(const std::vector<variable_declaration>& what);

/// Its [quota], with an empty line before.
[[nodiscard]] std::string print_quotas(const quotas& what);

} // namespace caucus
