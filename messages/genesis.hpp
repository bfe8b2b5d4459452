#pragma once

#include "messages/ids.hpp"
#include "messages/quorum.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a network starts from: its members, its variables and their rules. Its hash is the network
/// id, so nodes with different rules refuse each other at hello.
/// Pure values.

namespace caucus {

inline constexpr std::size_t name_size_max = 32; ///< [a-z][a-z0-9_]{0,31}
inline constexpr std::size_t variables_max = 1'024;
inline constexpr std::size_t operations_max = 64;
inline constexpr std::size_t key_size_max = 256; ///< bytes of a set's element or a map's key
inline constexpr std::size_t value_size_max = 64 * 1024;

/// Their numbers. All else about a kind is in its own file: see runtime/variables.
enum class variable_kind : std::uint8_t {
  reg = 1,     ///< "register": set(value)
  counter = 2, ///< add(step)
  set = 3,     ///< insert(element), erase(element)
  map = 4,     ///< put(key, value), remove(key)
  opaque = 5,  ///< post(payload): ordered, never looked into, leaves no state
  custom = 6,  ///< C++ rules declare its operations
};
inline constexpr auto variable_kind_first = variable_kind::reg;
inline constexpr auto variable_kind_last = variable_kind::custom;

enum class writers : std::uint8_t {
  members = 1,     ///< members of the group
  anyone = 2,      ///< any node
  own_entries = 3, ///< maps and sets: any node, keys "<its peer id>/<key>" only
  listed = 4,      ///< those in `listed`
};

enum class argument_kind : std::uint8_t { integer = 1, byte_string = 2 };

struct operation_declaration {
  std::string name;
  std::vector<argument_kind> arguments; ///< <= arguments_max
  friend bool operator==(const operation_declaration&, const operation_declaration&) = default;
};

/// One state variable. Fields that do not belong to its kind keep their defaults.
struct variable_declaration {
  std::string name;
  variable_kind kind = variable_kind::reg;
  caucus::writers writers = caucus::writers::members;
  std::vector<peer_id> listed;          ///< ascending, distinct; only with writers::listed
  std::optional<std::int64_t> min;      ///< counter
  std::optional<std::int64_t> max;      ///< counter
  std::optional<std::int64_t> step_max; ///< counter: |step| of one add; > 0
  std::int64_t initial = 0;             ///< counter
  std::uint32_t value_size =
    4'096; ///< register, map, opaque: most bytes of a value; [1, value_size_max]
  std::uint32_t key_size = 128;      ///< set, map: most bytes of a key; [1, key_size_max]
  std::uint64_t entries = 1'000'000; ///< set, map: most entries; >= 1
  std::vector<operation_declaration> operations; ///< custom only; <= operations_max

  friend bool operator==(const variable_declaration&, const variable_declaration&) = default;
};

struct member {
  peer_id peer;
  std::string name;    ///< for people; as a variable's name
  std::string address; ///< "host:port": where it listens; a hint

  friend bool operator==(const member&, const member&) = default;
};

/// Agreed by all, so part of the network id.
struct consensus_parameters {
  std::chrono::milliseconds delta{500}; ///< first guess of the message delay; adapts; [10 ms, 60 s]
  std::chrono::milliseconds heartbeat{10'000}; ///< an empty block at least so often; [1 s, 1 h]
  friend bool operator==(const consensus_parameters&, const consensus_parameters&) = default;
};

/// How much may be written into the ledger, which never shrinks: a bucket of `burst` bytes that
/// empties by `per_second`. Agreed by all, so part of the network id.
struct quota {
  std::uint64_t burst = 0;      ///< bytes; [quota_burst_min, quota_burst_max]
  std::uint64_t per_second = 0; ///< bytes; [1, quota_burst_max]
  friend bool operator==(const quota&, const quota&) = default;
};
struct quotas {
  quota author;    ///< of each member, and each other node that the genesis names
  quota strangers; ///< of all other nodes together
  friend bool operator==(const quotas&, const quotas&) = default;
};
/// 4 MiB: a batch, whatever it holds, counts for less (quota_size_of()).
inline constexpr std::uint64_t quota_burst_min = 4 * 1024 * 1024;
inline constexpr std::uint64_t quota_burst_max = std::uint64_t{1} << 50U;
/// The quotas that `caucus init` writes. The group chose the named authors: each may write 1 GiB at
/// once, which is some minutes of all that a group can order, and 22 GB a day. Strangers' names
/// cost nothing: all strangers together may write 16 MiB at once and 1.4 GB a day.
inline constexpr quotas quotas_default{{1024 * 1024 * 1024, 256 * 1024},
                                       {16 * 1024 * 1024, 16 * 1024}};

/// What a network goes on from, where its group began anew with other members: the state that
/// another network's blocks led to.
struct continuation {
  network_id network;    ///< of before
  caucus::height height; ///< of its last block; the first one here has the height behind it. >= 1
  digest last;           ///< that block
  digest state_root;     ///< of the state that this network begins with
  friend bool operator==(const continuation&, const continuation&) = default;
};

/// Rules in C++, as a program names them: "tic_tac_toe:1".
struct rules_id {
  std::string name; ///< 1 to rules_name_size_max printable ASCII characters, no space
  std::uint32_t version = 0;
  friend bool operator==(const rules_id&, const rules_id&) = default;
};
inline constexpr std::size_t rules_name_size_max = 64;

struct genesis {
  std::string name; ///< of the network, for people
  wall_ms time{0};  ///< of the genesis block
  group_id group{1};
  std::vector<member> members; ///< [1, members_max]; the index is the member_index
  consensus_parameters consensus{};
  std::vector<variable_declaration> variables; ///< variable_id is the place in here + 1
  std::optional<quotas> limits{};              ///< none: no quota
  std::optional<continuation> continues{};     ///< none: it begins with nothing
  /// The C++ rules that the network began with. Not encoded: the network id has them beside it.
  /// None: it has none, or the file does not say.
  std::optional<rules_id> rules{};

  friend bool operator==(const genesis&, const genesis&) = default;
};

} // namespace caucus
