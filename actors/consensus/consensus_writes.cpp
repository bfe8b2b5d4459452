#include "actors/consensus/consensus_actor.hpp"
#include "runtime/log.hpp"

/// The shell's journal: what is written before it is said, and what if it cannot be.

namespace caucus {

namespace {

/// A full disk is looked at again so often.
constexpr duration repair_interval{1'000'000};

} // namespace

bool consensus_actor::write_journal() {
  if (journal_.broken()) {
    if (around_.now() < repair_at_) {
      return false;
    }
    // What waits is among the core's live records: nothing of it is forgotten before it is durable.
    if (const auto repaired = journal_.repair(core_.live_records()); !repaired) {
      stop_voting(repaired.error());
      return false;
    }
    forget_records();
    problem_.clear();
    log(name, log_level::warn, "the journal of votes can be written again: voting goes on");
    apply(voting::journal_state{true});
  }
  if (records_waiting_ == 0) {
    return true;
  }
  std::vector<voting::journal_record> fresh;
  fresh.reserve(records_waiting_);
  for (const auto& one : waiting_) {
    if (const auto* const written = std::get_if<voting::journal_record>(&one)) {
      fresh.push_back(*written);
    }
  }
  if (const auto written = journal_.write(fresh); !written) {
    stop_voting(written.error());
    return false;
  }
  forget_records();
  return true;
}

void consensus_actor::forget_records() {
  std::erase_if(
    waiting_, [](const deed& one) { return std::holds_alternative<voting::journal_record>(one); });
  records_waiting_ = 0;
}

void consensus_actor::stop_voting(const error& why) {
  if (problem_.empty()) {
    log(name, log_level::error,
        "cannot write the journal of votes, so nothing is voted until it can be: "
          + to_string(why));
    apply(voting::journal_state{false});
  }
  problem_ = "cannot write the journal of votes: " + to_string(why);
  repair_at_ = around_.now() + repair_interval;
  around_.wake_at(repair_at_);
}

void consensus_actor::compact() {
  if (!journal_.overgrown() || records_waiting_ > 0) {
    return;
  }
  if (const auto done = journal_.repair(core_.live_records()); !done) {
    stop_voting(done.error());
  }
}

} // namespace caucus
