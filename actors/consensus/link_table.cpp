#include "actors/consensus/link_table.hpp"

#include <algorithm>

namespace caucus::voting {

void link_table::up(const link_info& who, std::optional<member_index> member) {
  peer_link fresh;
  fresh.info = who;
  fresh.member = member;
  links_.try_emplace(who.id, std::move(fresh));
}

void link_table::down(link_id id) {
  links_.erase(id);
}

peer_link* link_table::find(link_id id) {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

const peer_link* link_table::find(link_id id) const {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

std::vector<link_id> link_table::members() const {
  std::map<member_index, link_id> newest;
  for (const auto& [id, one] : links_) {
    if (one.member) {
      newest[*one.member] = id;
    }
  }
  std::vector<link_id> out;
  out.reserve(newest.size());
  for (const auto& one : newest) {
    out.push_back(one.second);
  }
  return out;
}

std::optional<link_id> link_table::of(member_index who) const {
  std::optional<link_id> out;
  for (const auto& [id, one] : links_) {
    if (one.member == who) {
      out = id;
    }
  }
  return out;
}

std::size_t link_table::member_count() const {
  std::uint64_t seen = 0;
  for (const auto& one : links_) {
    if (one.second.member) {
      seen |= std::uint64_t{1} << one.second.member->value();
    }
  }
  return static_cast<std::size_t>(__builtin_popcountll(seen));
}

std::vector<link_id> link_table::followers() const {
  std::vector<link_id> out;
  for (const auto& [id, one] : links_) {
    if (!one.member) {
      out.push_back(id);
    }
  }
  return out;
}

std::optional<link_id> link_table::nth_server(std::uint64_t index) const {
  for (const auto& [id, one] : links_) {
    if ((one.member || one.info.mode == node_mode::server) && index-- == 0) {
      return id;
    }
  }
  return std::nullopt;
}

std::optional<link_id> link_table::server(std::uint64_t round, std::uint64_t failed) const {
  const auto voters = members();
  const auto turns = voters.size() + 1;
  if (failed % turns < voters.size()) {
    return voters[round % voters.size()];
  }
  std::vector<link_id> others;
  std::vector<link_id> clients; // who may be the next epoch's members, and alone know of it
  for (const auto& [id, one] : links_) {
    if (!one.member) {
      (one.info.mode == node_mode::server ? others : clients).push_back(id);
    }
  }
  if (failed >= turns + others.size() || (voters.empty() && others.empty())) {
    others.insert(others.end(), clients.begin(), clients.end());
  }
  if (!others.empty()) {
    return others[round / turns % others.size()];
  }
  return voters.empty() ? std::nullopt : std::optional{voters[round % voters.size()]};
}

} // namespace caucus::voting
