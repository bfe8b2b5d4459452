#pragma once

#include "messages/genesis.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

/// Who is linked, and which of them are members.
/// Pure.

namespace caucus {

struct linked_peer {
  link_id link;
  peer_id peer;
  node_mode mode = node_mode::server;
  std::optional<member_index> member;
};

class peer_table {
public:
  peer_table(const genesis& from, const peer_id& self) : self_{self} {
    for (std::size_t i = 0; i < from.members.size(); ++i) {
      index_.emplace(from.members[i].peer, member_index{static_cast<member_index::number>(i)});
    }
  }

  /// A second link to a peer takes the place of the first.
  linked_peer up(link_id link, const peer_id& peer, node_mode mode) {
    const auto place = index_.find(peer);
    linked_peer one{link, peer, mode,
                    place == index_.end() ? std::nullopt : std::optional{place->second}};
    if (const auto before = by_peer_.find(peer); before != by_peer_.end()) {
      links_.erase(before->second);
    }
    by_peer_[peer] = link;
    links_[link] = one;
    return one;
  }
  std::optional<linked_peer> down(link_id link) {
    const auto found = links_.find(link);
    if (found == links_.end()) {
      return std::nullopt;
    }
    const auto gone = found->second;
    by_peer_.erase(gone.peer);
    links_.erase(found);
    return gone;
  }

  [[nodiscard]] std::optional<member_index> member(const peer_id& who) const {
    const auto found = index_.find(who);
    return found == index_.end() ? std::nullopt : std::optional{found->second};
  }
  /// False too: a link that is not up, or whose place another took.
  [[nodiscard]] bool is_member(link_id link) const {
    const auto found = links_.find(link);
    return found != links_.end() && found->second.member.has_value();
  }
  [[nodiscard]] bool self_is_member() const { return index_.contains(self_); }
  /// Ascending by link, so that runs repeat.
  [[nodiscard]] const std::map<link_id, linked_peer>& links() const { return links_; }
  [[nodiscard]] std::optional<linked_peer> of(member_index member) const {
    for (const auto& [link, one] : links_) {
      if (one.member == member) {
        return one;
      }
    }
    return std::nullopt;
  }

private:
  peer_id self_;
  std::unordered_map<peer_id, member_index> index_;
  std::unordered_map<peer_id, link_id> by_peer_;
  std::map<link_id, linked_peer> links_;
};

} // namespace caucus
