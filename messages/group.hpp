#pragma once

#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a group decides about itself: who its members are, who is kept out, what its variables are.
/// All of it is state, so each replica comes to the same, and anyone can be shown it.
/// Pure values.

namespace caucus {

// -- directives ----------------------------------------------------------------------------------

/// Somebody becomes a standby, and a member when there is room.
struct admit {
  member newcomer;
  bool reserve = false; ///< a member only by `reinforce` or `replace`
  friend bool operator==(const admit&, const admit&) = default;
};
/// A member, or a standby, is one no more.
struct kick {
  peer_id peer;
  bool lower_f = false; ///< though the group then bears fewer faults
  friend bool operator==(const kick&, const kick&) = default;
};
/// The same, of the member that asks.
struct retire {
  peer_id peer;
  bool lower_f = false;
  friend bool operator==(const retire&, const retire&) = default;
};
/// A member is one no more, and another is in its place. The former is barred for good: its key may
/// be a thief's.
struct replace {
  peer_id former;
  member heir;
  friend bool operator==(const replace&, const replace&) = default;
};
/// The first standbys, reserved ones too, become members.
struct reinforce {
  std::uint16_t count = 1; ///< [1, members_max]
  friend bool operator==(const reinforce&, const reinforce&) = default;
};
/// Nobody links with it, and its batches are skipped; a member is kicked too.
struct bar {
  peer_id peer;
  /// Of headers' time, from the block in which it passes; 0: for good. <= bar_ms_max.
  std::uint64_t for_ms = 0;
  friend bool operator==(const bar&, const bar&) = default;
};
inline constexpr std::uint64_t bar_ms_max = std::uint64_t{36'500} * 86'400'000;
struct unbar {
  peer_id peer;
  friend bool operator==(const unbar&, const unbar&) = default;
};
/// The application's own words, agreed on as a change of the group is. Nothing follows from it
/// here.
struct announce {
  std::string text; ///< <= announcement_size_max bytes
  friend bool operator==(const announce&, const announce&) = default;
};
/// From the next epoch on variables are declared otherwise, or new, or gone; or the C++ rules are
/// others. A variable keeps its number, name, kind and initial value for ever, and its operations,
/// to which other C++ rules may add; who is gone gives its name to nobody.
struct change_rules {
  std::vector<variable_declaration> declared; ///< those that change by number, then new ones
  std::vector<std::string> removed;           ///< names; their entries go
  std::optional<rules_id> code{};             ///< none: they stay
  /// With `code`: members that need not agree, at most as many as may fail. All others must: who
  /// has not these rules stops.
  std::vector<peer_id> without{};
  friend bool operator==(const change_rules&, const change_rules&) = default;
};
using group_directive =
  std::variant<admit, kick, retire, replace, reinforce, bar, unbar, announce, change_rules>;

inline constexpr std::size_t announcement_size_max = 4 * 1024;
/// Of an encoded `change_rules`: some fifty variables, as large as an announcement. What is larger
/// is asked for in parts.
inline constexpr std::size_t rules_change_size_max = announcement_size_max;

/// The operation of a mutation of the group. Arguments: an encoded group_directive, for the first
/// two; a peer id and an encoded evidence; an address.
enum class group_operation : std::uint8_t { ask = 0, agree = 1, prove = 2, move = 3 };

// -- the state -----------------------------------------------------------------------------------

struct seat {
  caucus::member member;
  epoch joined;        ///< proof of a lie counts from this epoch on
  batch_number silent; ///< and of batches, above this number of its own
  friend bool operator==(const seat&, const seat&) = default;
};
/// Approved, and not seated yet.
struct standby {
  caucus::member member;
  bool reserve = false; ///< see `admit`
  friend bool operator==(const standby&, const standby&) = default;
};
/// Who votes in an epoch, and who may come next.
struct membership {
  caucus::epoch epoch;
  std::vector<seat> seats;       ///< [1, members_max], in the order of their indices
  std::vector<standby> standbys; ///< <= standbys_max, in the order in which they were approved
  friend bool operator==(const membership&, const membership&) = default;
};
inline constexpr std::size_t standbys_max = 64;

/// A directive that was asked for and has not passed.
struct petition {
  group_directive directive;
  wall_ms opened{0};           ///< the header's time
  std::vector<peer_id> askers; ///< members' operators, the first one first; distinct
  std::vector<peer_id> agreed; ///< members; distinct
  /// By proof of a lie, or a member's own leave: nobody needs to ask or agree, it waits for room.
  bool due = false;
  friend bool operator==(const petition&, const petition&) = default;
};
/// Open for an hour: who has asked is told the others by hand, on the telephone say.
inline constexpr wall_ms petition_time{3'600'000};
/// Opened by one member at a time: a liar cannot fill the table.
inline constexpr std::size_t petitions_per_member_max = 2;
/// Those that are due, two of a member at most, are beside them.
inline constexpr std::size_t petitions_asked_max = petitions_per_member_max * members_max;
inline constexpr std::size_t petitions_max = petitions_asked_max + 2 * members_max;

struct barred_peer {
  peer_id peer;
  wall_ms until{0}; ///< of headers' time; 0: for good
  friend bool operator==(const barred_peer&, const barred_peer&) = default;
};
inline constexpr std::size_t barred_max = 4'096;

struct petitions {
  std::vector<petition> all; ///< <= petitions_max, in the order in which they were opened
  friend bool operator==(const petitions&, const petitions&) = default;
};
struct barred_peers {
  std::vector<barred_peer> all; ///< <= barred_max, ascending
  friend bool operator==(const barred_peers&, const barred_peers&) = default;
};

struct declared_variable {
  variable_declaration declared;
  bool removed = false; ///< it is known to old blocks alone
  friend bool operator==(const declared_variable&, const declared_variable&) = default;
};
/// What the variables are, and which C++ rules judge the custom ones.
struct declarations {
  std::vector<declared_variable> variables; ///< variable_id is the place + 1; <= variables_max
  std::optional<rules_id> code{};           ///< none: there are no custom ones
  friend bool operator==(const declarations&, const declarations&) = default;
};
using shared_declarations = std::shared_ptr<const declarations>;

/// The newest change of the rules that passed, and that the state did not keep to.
struct refused_change {
  std::string change; ///< for people; <= refusal_size_max bytes
  std::string reason; ///< as `change`
  wall_ms time{0};    ///< of the block in which it passed
  friend bool operator==(const refused_change&, const refused_change&) = default;
};
inline constexpr std::size_t refusal_size_max = 200;

/// All of it after one block.
struct group_book {
  membership next;                 ///< of the epoch that is now, or, once it changed, of the next
  std::vector<petition> open;      ///< <= petitions_max, in the order in which they were opened
  std::vector<barred_peer> barred; ///< <= barred_max, ascending
  std::uint16_t members_min = 1;   ///< a kick that leaves fewer waits for a standby
  shared_declarations declared{};  ///< of the epoch of `next`; never null
  std::optional<refused_change> refused{}; ///< until a change is taken
  friend bool operator==(const group_book& a, const group_book& b) {
    const bool same_rules =
      a.declared == b.declared
      || (a.declared != nullptr && b.declared != nullptr && *a.declared == *b.declared);
    return same_rules && a.next == b.next && a.open == b.open && a.barred == b.barred
           && a.members_min == b.members_min && a.refused == b.refused;
  }
};
using shared_group = std::shared_ptr<const group_book>;

} // namespace caucus
