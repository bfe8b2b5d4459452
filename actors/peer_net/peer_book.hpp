#pragma once

#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The peers that this node has met: where they are, how they behaved, who is banned. Wall-clock
/// times, as it outlives the process.
/// Pure. At most peers_known_max; whoever keeps it on disk is told by `changed` and `gone`.

namespace caucus {

struct peer_record {
  peer_id peer;
  std::vector<std::string> addresses; ///< "host:port", newest first; <= addresses_per_peer_max
  wall_ms first_seen{0};
  wall_ms last_seen{0};
  std::uint32_t strikes = 0; ///< misbehaviours not yet forgotten
  wall_ms last_strike{0};
  std::uint32_t bans = 0;  ///< for misbehaviour; each is longer
  wall_ms banned_until{0}; ///< 0: not banned
  std::string ban_reason;
  std::uint32_t links_taken = 0;       ///< that it dialled
  std::uint32_t dial_backs_failed = 0; ///< in a row
  bool reached = false;                ///< it has accepted a link of ours

  friend bool operator==(const peer_record&, const peer_record&) = default;
};

/// Three strikes within 10 minutes: one can be a bug at a restart, three are a habit.
inline constexpr std::uint32_t strikes_max = 3;
inline constexpr wall_ms strikes_last{std::chrono::minutes{10}};
/// The first ban; each next one is twice as long, up to a day.
inline constexpr wall_ms ban_min{std::chrono::minutes{10}};
inline constexpr wall_ms ban_max{std::chrono::hours{24}};
inline constexpr std::size_t ban_reason_size_max = 255;

class peer_book {
public:
  /// What was kept; what breaks the limits is left out.
  explicit peer_book(std::vector<peer_record> known = {});

  /// Null: unknown. Good until the next change.
  [[nodiscard]] const peer_record* find(const peer_id& who) const;
  [[nodiscard]] const std::map<peer_id, peer_record>& all() const { return known_; }

  /// Met, at this address (empty: none worth keeping). Returns its record to be changed.
  peer_record& add_peer(const peer_id& who, const std::string& address, wall_ms now);
  void remove_peer(const peer_id& who);
  [[nodiscard]] bool is_banned(const peer_id& who, wall_ms now) const;
  void ban(const peer_id& who, wall_ms until, std::string_view why, wall_ms now);
  /// True: that was one too many, and it is banned now.
  bool record_behaviour(const peer_id& who, std::string_view what, wall_ms now);

  /// Took links, and never accepted one when dialled back.
  [[nodiscard]] static bool is_siphoner(const peer_record& of);

  /// Changed since the last call; the caller writes them down.
  [[nodiscard]] std::vector<peer_record> take_changed();
  [[nodiscard]] std::vector<peer_id> take_gone();

private:
  void make_room(const peer_id& keep, wall_ms now);

  std::map<peer_id, peer_record> known_;
  std::map<peer_id, bool> dirty_; ///< true: changed; false: gone
};

} // namespace caucus
