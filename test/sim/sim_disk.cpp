#include "test/sim/sim_disk.hpp"

#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus::sim {

void sim_disk::write(const notary_out::persist& what) {
  CAUCUS_ASSERT(what.token == token_ + 1);
  token_ = what.token;
  journal_.push_back(what.what);
}

height sim_disk::state_written() {
  for (auto& one : storing_->changed) {
    if (one.value) {
      state_.insert_or_assign(one.path, std::move(one));
    } else {
      state_.erase(one.path);
    }
  }
  state_at_ = storing_->at;
  storing_.reset();
  return state_at_;
}

void sim_disk::replace_journal(std::vector<journal_record> all) {
  CAUCUS_ASSERT(!dirty());
  journal_ = std::move(all);
  synced_.journal = journal_.size();
}

void sim_disk::lose_records(std::size_t count) {
  journal_.resize(journal_.size() - std::min(count, journal_.size()));
  synced_.journal = journal_.size();
}

void sim_disk::crash(const std::function<std::uint64_t(std::uint64_t)>& below) {
  journal_.resize(synced_.journal + below(journal_.size() - synced_.journal + 1));
  ledger_.resize(synced_.ledger + below(ledger_.size() - synced_.ledger + 1));
  if (storing_ && below(2) == 0) {
    state_written();
  }
  storing_.reset();
  token_ = 0;
  synced_ = written();
}

result<void> sim_disk::restore(notary& into) const {
  if (state_at_ > height{}) {
    std::vector<state_entry> entries;
    for (const auto& [path, one] : state_) {
      entries.push_back(one);
    }
    if (auto done = into.restore_state(ledger_.at(state_at_.value() - 1), entries); !done) {
      return done;
    }
  }
  for (auto at = state_at_.value(); at < ledger_.size(); ++at) {
    if (auto done = into.restore_final(ledger_[at]); !done) {
      return done;
    }
  }
  for (const auto& one : journal_) {
    into.restore_journal(one);
  }
  for (auto at = ledger_.size(); at > 0 && into.wants_past(); --at) {
    into.restore_past(*ledger_[at - 1]);
  }
  return into.judge();
}

std::vector<shared_final> sim_disk::load(const notary_out::load& what) const {
  std::vector<shared_final> out;
  std::size_t size = 0;
  for (auto at = what.from.value(); at > 0 && at <= synced_.ledger && out.size() < what.count_max;
       ++at) {
    out.push_back(ledger_[at - 1]);
    size += sizeof(block_header);
    for (const auto& one : out.back()->batches) {
      size += one->body.size();
    }
    if (size >= what.size_max) {
      break;
    }
  }
  return out;
}

} // namespace caucus::sim
