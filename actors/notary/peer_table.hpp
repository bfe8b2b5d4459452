#pragma once

#include "messages/committee.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

/// Who is linked, and which of them are members.
/// Pure.

namespace caucus {

struct linked_peer {
  link_id link;
  peer_id peer;
  node_mode mode = node_mode::server;
  std::optional<member_index> member;
  bool gives_snapshots = false; ///< knows what is asked for them
};

class peer_table {
public:
  peer_table(committee voters, const peer_id& self) : voters_{std::move(voters)}, self_{self} {}

  /// Who votes.
  [[nodiscard]] const committee& voters() const { return voters_; }

  /// Others vote from now on: who is a member is looked up anew.
  void follow(const committee& voters) {
    if (voters.in_epoch() != voters_.in_epoch()) {
      voters_ = voters;
      for (auto& [link, one] : links_) {
        one.member = voters_.index_of(one.peer);
      }
    }
  }

  /// A second link to a peer takes the place of the first.
  linked_peer up(link_id link, const peer_id& peer, node_mode mode, bool gives_snapshots = true) {
    linked_peer one{link, peer, mode, voters_.index_of(peer), gives_snapshots};
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
    return voters_.index_of(who);
  }
  /// False too: a link that is not up, or whose place another took.
  [[nodiscard]] bool is_member(link_id link) const {
    const auto found = links_.find(link);
    return found != links_.end() && found->second.member.has_value();
  }
  [[nodiscard]] bool self_is_member() const { return voters_.has(self_); }
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
  committee voters_;
  peer_id self_;
  std::unordered_map<peer_id, link_id> by_peer_;
  std::map<link_id, linked_peer> links_;
};

} // namespace caucus
