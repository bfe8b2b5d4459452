#pragma once

#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// Who is at the other end of which link.
/// Pure. The transport bounds how many links there are.

namespace caucus::voting {

struct peer_link {
  link_info info;
  std::optional<member_index> member;
  std::uint32_t served = 0;         ///< requests since served_from
  time_point served_from{};         ///< start of the interval that `served` counts
  std::optional<time_point> helped; ///< when it was last told how far we are
  std::uint32_t lives = 0;          ///< that it said and that were news
  bool was_behind = false;          ///< by an epoch, when it was asked what it knows of lives
};

class link_table {
public:
  /// Told again for one that is up: nothing changes.
  void up(const link_info& who, std::optional<member_index> member);
  void down(link_id id);

  /// Null: gone.
  [[nodiscard]] peer_link* find(link_id id);
  [[nodiscard]] const peer_link* find(link_id id) const;
  /// The newest link of each member; of one member.
  [[nodiscard]] std::vector<link_id> members() const;
  [[nodiscard]] std::optional<link_id> of(member_index who) const;
  [[nodiscard]] std::size_t member_count() const;
  /// Links to nodes that do not vote.
  [[nodiscard]] std::vector<link_id> followers() const;
  /// Links that can serve history, of members and of whoever else says so: the one at an index.
  [[nodiscard]] std::optional<link_id> nth_server(std::uint64_t index) const;
  /// Whom to ask the `round`th time, when `failed` requests in a row brought nothing: the members
  /// in turn, and one of the others each time that as many failed as there are members. Anybody can
  /// say that he serves, so strangers cost no time while members answer.
  [[nodiscard]] std::optional<link_id> server(std::uint64_t round, std::uint64_t failed) const;

private:
  std::map<link_id, peer_link> links_; ///< ids rise, so later ones are newer
};

} // namespace caucus::voting
