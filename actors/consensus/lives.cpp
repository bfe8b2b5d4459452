#include "actors/consensus/lives.hpp"

#include "actors/consensus/consensus_limits.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace caucus::voting {

lives::lives(std::uint64_t salt, const std::vector<consensus_record>& journal)
    : counts_{true}, mine_{0, salt} {
  for (const auto& one : journal) {
    std::visit(
      overloaded{[this](const own_life& own) { mine_.number = std::max(mine_.number, own.number); },
                 [this](const other_life& other) {
                   if (is_later(other.peer,
                                other.said)) { // a rewritten journal may have older ones behind
                     others_.insert_or_assign(other.peer, other.said);
                   }
                 },
                 ignored<voted, seen_block, seen_certificate, ceiling, doubted, heard_of>{}},
      one);
  }
  ++mine_.number;
}

void lives::follow(const committee& voters, bool is_member) {
  told_ = false;
  answers_.clear();
  later_.reset();
  needed_ = counts_ && is_member ? voters.quorum() - 1 : 0;
  others_in_epoch_ = voters.size() - 1;
}

void lives::begin(const outlet& out) {
  if (counts_ && !begun_) {
    begun_ = true;
    out.record(own_life{mine_.number});
  }
}

void lives::answered(member_index who, const std::optional<life>& later, view final_view) {
  if (is_known()) {
    return;
  }
  answers_[who] = final_view;
  if (later > std::optional{mine_}) { // none is below all
    later_ = std::max(later_, later);
  }
}

bool lives::go_beyond(const outlet& out) {
  if (!later_ || answers_.size() < needed_
      || later_->number == std::numeric_limits<std::uint64_t>::max()) {
    return false;
  }
  mine_.number = later_->number + 1;
  out.record(own_life{mine_.number});
  answers_.clear();
  later_.reset();
  return true;
}

bool lives::learn(view final_view, bool is_late) {
  if (is_known() || later_) {
    return false;
  }
  const auto reached = std::count_if(answers_.begin(), answers_.end(),
                                     [&](const auto& one) { return one.second <= final_view; });
  told_ = static_cast<std::size_t>(reached) >= needed_
          && (is_late || was_told_ || answers_.size() >= others_in_epoch_);
  was_told_ = was_told_ || told_;
  return told_;
}

bool lives::is_later(const peer_id& who, const signed_life& said) const {
  const auto known = others_.find(who);
  return known == others_.end() || said.life > known->second.life;
}

std::optional<signed_life> lives::heard(const peer_id& who, const signed_life& said,
                                        const committee& voters, const outlet& out) {
  if (is_later(who, said)) {
    if (others_.size() >= lives_kept_max) {
      std::erase_if(others_, [&voters](const auto& one) { return !voters.has(one.first); });
    }
    others_.insert_or_assign(who, said);
    out.record(other_life{who, said});
    return std::nullopt;
  }
  const auto& known = others_.at(who);
  return known.life == said.life ? std::nullopt : std::optional{known};
}

std::vector<consensus_record> lives::records() const {
  std::vector<consensus_record> out;
  if (begun_) {
    out.emplace_back(own_life{mine_.number});
  }
  for (const auto& [who, said] : others_) {
    out.emplace_back(other_life{who, said});
  }
  return out;
}

} // namespace caucus::voting
