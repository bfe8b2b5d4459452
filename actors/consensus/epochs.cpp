#include "actors/consensus/epochs.hpp"

#include "runtime/base/assert.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <variant>

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

namespace {

/// The newest epoch that a record names; none: no record names one.
std::optional<epoch> newest_of(const std::vector<consensus_record>& journal) {
  std::optional<epoch> out;
  for (const auto& one : journal) {
    out = std::max(out, epoch_of(one)); // none is the least
  }
  return out;
}

/// The doubt that the journal's end leaves open.
std::optional<doubted> open_doubt(const std::vector<consensus_record>& journal) {
  std::optional<doubted> out;
  for (const auto& one : journal) {
    if (const auto* const lost = std::get_if<doubted>(&one)) {
      out = *lost;
    } else if (std::holds_alternative<ceiling>(one)) {
      out.reset();
    }
  }
  return out;
}

legacy legacy_of(const consensus_config& config, const std::vector<consensus_record>& journal) {
  legacy out;
  if (config.life) {
    out.lives = lives{*config.life, journal};
  }
  return out;
}

} // namespace

epochs::epochs(consensus_config config, const peer_id& self, const signer* key,
               std::vector<consensus_record> journal, bool cut)
    : config_{std::move(config)}, self_{self}, key_{key}, journal_{std::move(journal)}, cut_{cut},
      now_{std::make_unique<consensus>(config_, key_, records_of(config_.voters.in_epoch()),
                                       cut_ && !is_ahead(config_.voters.in_epoch()),
                                       legacy_of(config_, journal_))} {}

void epochs::step(event what, const turn<action>& now) {
  if (const auto* const up = std::get_if<link_up>(&what)) {
    links_.insert_or_assign(up->info.id, *up);
  } else if (const auto* const down = std::get_if<link_down>(&what)) {
    links_.erase(down->id);
  } else if (const auto* const works = std::get_if<journal_state>(&what)) {
    journal_works_ = works->works;
  } else if (const auto* const tip = std::get_if<ledger_tip>(&what)) {
    begin(*tip, now);
  }
  now_->step(std::move(what), now);
}

void epochs::begin(const ledger_tip& at, const turn<action>& now) {
  const bool is_other = at.voters != nullptr && at.voters->in_epoch() != now_->voters().in_epoch();
  if (is_other) {
    open(*at.voters, now);
  }
  const auto in = now_->voters().in_epoch();
  if (!is_ahead(in)) {
    journal_.clear();
  } else if (!started_ && cut_) {
    journal_.emplace_back(
      doubted{false}); // the core that is silent for other reasons does not say it
    now.want(record{journal_.back()});
  }
  started_ = true;
}

void epochs::open(const committee& voters, const turn<action>& now) {
  CAUCUS_ASSERT(voters.in_epoch() > now_->voters().in_epoch());
  config_.voters = voters;
  config_.self = voters.index_of(self_);
  const auto newest = newest_of(journal_);
  // A journal that tells of nothing is a lost one, unless this life was there when the epoch began.
  const bool is_first =
    started_ ? newest < voters.in_epoch() : newest && *newest < voters.in_epoch();
  auto records = is_first ? first_records() : records_of(voters.in_epoch());
  if (is_first && config_.self) {
    for (const auto& one : records) {
      now.want(record{one});
    }
  }
  const bool is_cut = !started_ && cut_ && !is_ahead(voters.in_epoch());
  if (started_) {
    config_.vote_above.reset(); // it was said of the epoch that is over
  }
  const auto before = std::exchange(
    now_, std::make_unique<consensus>(config_, key_, std::move(records), is_cut, now_->leave()));
  if (!before->broken().empty()) {
    now_->step(state_diverged{before->broken()}, now);
  }
  now_->step(journal_state{journal_works_}, now);
  for (const auto& [id, up] : links_) {
    now_->step(up, now);
  }
}

/// In a later epoch than the journal tells of: nothing was signed in it yet, but what the doubt is
/// about may be.
std::vector<consensus_record> epochs::first_records() const {
  const auto in = config_.voters.in_epoch();
  auto known = ~std::uint64_t{0}; // whom the lives before had heard of, their members' numbers say
  if (started_) {
    known = 0;
    for (const auto& peer : now_->heard_members()) {
      const auto index = config_.voters.index_of(peer);
      known |= index ? bit_of(*index) : 0;
    }
  }
  std::vector<consensus_record> out{ceiling{view{}, in}};
  if (const auto lost = open_doubt(started_ ? now_->live_records() : journal_)) {
    out.emplace_back(*lost);
  }
  out.emplace_back(heard_of{known, in});
  return out;
}

/// Of the journal, for the core of this epoch.
std::vector<consensus_record> epochs::records_of(epoch in) const {
  if (is_ahead(in)) {
    return {ceiling{view{std::numeric_limits<std::uint64_t>::max()}, in}};
  }
  std::vector<consensus_record> out;
  for (const auto& one : journal_) {
    if (is_of_lives(one)) {
      continue; // of all epochs, and known
    }
    if (epoch_of(one).value_or(in) == in) {
      out.push_back(one);
    } else if (std::holds_alternative<ceiling>(one)) { // it ended a doubt
      std::erase_if(out, [](const auto& each) { return std::holds_alternative<doubted>(each); });
    }
  }
  return out;
}

bool epochs::is_ahead(epoch of) const {
  const auto newest = newest_of(journal_);
  return newest && *newest > of;
}

std::vector<consensus_record> epochs::live_records() const {
  if (!started_) {
    return journal_;
  }
  auto out = now_->live_records();
  out.insert(out.end(), journal_.begin(), journal_.end());
  return out;
}

} // namespace caucus
