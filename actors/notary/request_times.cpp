#include "actors/notary/request_times.hpp"

#include "runtime/base/overloaded.hpp"

#include <variant>

namespace caucus {

request_times::request_times(metrics& into, std::size_t askers)
    : open_{askers, &pool_}, commit_{into.make_histogram(
                               "caucus_commit_seconds",
                               "From a proposal of this node's users to its receipt.")},
      read_{into.make_histogram("caucus_read_seconds",
                                "From a read of this node's users to its checked answer.")},
      block_{into.make_histogram("caucus_block_interval_seconds",
                                 "Between two final blocks, as they came to this node.")},
      sync_{into.make_histogram("caucus_sync_seconds", "A write and sync to the disk, by file.",
                                {{"file", "ledger"}})} {}

void request_times::asked(std::size_t asker, const notary_request& what, time_point now) {
  std::visit(
    overloaded{
      [&](const propose_request& proposed) { open_[asker].insert_or_assign(proposed.tag, now); },
      [&](const get_request& read) { open_[asker].insert_or_assign(read.tag, now); },
      ignored<subscribe_request, unsubscribe_request, status_request, committed_taken,
              evidence_request, receipt_request, group_request, rules_request>{}},
    what);
}

void request_times::answered(std::size_t asker, const notary_answer& what, time_point now) {
  const auto end = [&](request_tag tag, bool good, histogram& into) {
    auto& open = open_[asker];
    const auto found = open.find(tag);
    if (found == open.end()) {
      return;
    }
    if (good) {
      into.observe(now - found->second);
    }
    open.erase(found);
  };
  std::visit(
    overloaded{
      [&](const propose_answer& told) { end(told.tag, told.receipt.has_value(), *commit_); },
      [&](const get_answer& shown) { end(shown.tag, shown.answer.has_value(), *read_); },
      ignored<committed_answer, subscription_caught_up, subscription_ended, notary_status,
              evidence_answer, receipt_answer, group_told, rules_answer>{}},
    what);
}

void request_times::restarted(std::size_t asker) {
  open_[asker].clear();
}

void request_times::heard(const to_notary& what, time_point now) {
  if (!std::holds_alternative<block_finalized>(what)) {
    return;
  }
  if (block_at_) {
    block_->observe(now - *block_at_);
  }
  block_at_ = now;
}

} // namespace caucus
