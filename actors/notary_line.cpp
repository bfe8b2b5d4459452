#include "actors/notary_line.hpp"

#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace caucus {

namespace {

/// The time left for what is asked now; never none, which would mean nothing.
duration left(time_point deadline, time_point now) {
  return std::max(deadline - now, duration{1'000});
}

} // namespace

// A ring outlives its actor's lives, and answers to a former one may still be in it: so no tag comes
// again. 2^16 tags a microsecond are more than anybody asks.
notary_line::notary_line(context& around, inbox<notary_answer>& heard, outbox<notary_request>& asks)
    : around_{around}, heard_{heard}, asks_{asks},
      last_tag_{static_cast<request_tag>(around.now().time_since_epoch().count()) << 16U} {}

void notary_line::subscribe(height from, on_block then, on_gap gap) {
  CAUCUS_ASSERT(!block_ && then);
  block_ = std::move(then);
  gap_ = std::move(gap);
  next_ = std::max(from, height{1});
  subscribes_ = true;
}

void notary_line::follow_group(on_group then) {
  CAUCUS_ASSERT(!group_ && then);
  group_ = std::move(then);
  asks_group_ = true;
}

void notary_line::try_rules(shared_declarations next, on_rules then) {
  rules_tried_ = std::move(next);
  rules_ = std::move(then);
  asks_rules_ = true;
}

void notary_line::evidence(std::uint64_t skipped, on_evidence then) {
  evidence_ = std::move(then);
  evidence_skipped_ = skipped;
  asks_evidence_ = true;
}

result<void> notary_line::propose(const mutation& what, std::string request_id, duration timeout,
                                  on_receipt then) {
  CAUCUS_TRY(auto encoded, try_encode(what));
  propose_request asking;
  asking.request_id = std::move(request_id);
  asking.mutation = std::move(encoded);
  return open({std::move(asking), around_.now() + timeout, std::move(then)});
}

result<void> notary_line::get(read_request what, bool fresh, duration timeout, on_read then) {
  get_request asking;
  asking.read = std::move(what);
  asking.fresh = fresh;
  return open({std::move(asking), around_.now() + timeout, {}, std::move(then)});
}

result<void> notary_line::open(asked what) {
  if (open_.size() >= open_max) {
    return fail(errc::busy, std::to_string(open_max) + " requests are open");
  }
  open_.emplace(++last_tag_, std::move(what));
  to_send_.push_back(last_tag_);
  return {};
}

void notary_line::declare(turns& in) {
  in.rings(asks_);
  in.takes(heard_, [this](notary_answer&& what) { hear(what); },
           {.restarted = [this] { notary_restarted(); }});
  in.timer([this] { return subscribe_at_; },
           [this] {
             subscribe_at_.reset();
             subscribes_ = true;
           });
  in.timer([this] { return later_.empty() ? std::nullopt : std::optional{later_.front().first}; },
           [this] {
             const auto now = around_.now();
             for (; !later_.empty() && later_.front().first <= now; later_.pop_front()) {
               to_send_.push_back(later_.front().second);
             }
           });
  in.offers(
    asks_, [this] { return wants_to_send(); }, [this] { return send(); }, open_max);
}

// -- sending ---------------------------------------------------------------------------------------

bool notary_line::send() {
  if (subscribes_) {
    if (!asks_.try_push_quietly(
          notary_request{subscribe_request{last_tag_ + 1, next_, next_index_}})) {
      return false;
    }
    subscribed_ = ++last_tag_;
    subscribes_ = false;
    taken_ = 0;
    return true;
  }
  if (taken_ > 0) {
    const bool told = asks_.try_push_quietly(notary_request{committed_taken{subscribed_}});
    taken_ -= told ? 1 : 0;
    return told;
  }
  if (asks_group_) {
    if (!asks_.try_push_quietly(notary_request{group_request{last_tag_ + 1}})) {
      return false;
    }
    group_asked_ = ++last_tag_;
    asks_group_ = false;
    return true;
  }
  if (asks_evidence_) {
    if (!asks_.try_push_quietly(
          notary_request{evidence_request{last_tag_ + 1, evidence_skipped_}})) {
      return false;
    }
    evidence_asked_ = ++last_tag_;
    asks_evidence_ = false;
    return true;
  }
  if (asks_rules_) {
    if (!asks_.try_push_quietly(notary_request{rules_request{last_tag_ + 1, rules_tried_}})) {
      return false;
    }
    rules_asked_ = ++last_tag_;
    asks_rules_ = false;
    return true;
  }
  const auto found = open_.find(to_send_.front());
  if (found != open_.end() && !ask(found->first, found->second)) {
    return false;
  }
  to_send_.pop_front();
  return true;
}

bool notary_line::ask(request_tag tag, asked& what) {
  const auto now = around_.now();
  if (what.deadline <= now) {
    end(tag,
        {what.sent && what.receipt ? errc::outcome_unknown : errc::timed_out, "no answer in time"});
    return true;
  }
  auto asking = std::visit(
    [&](auto one) { // a copy: it may be asked again
      one.tag = tag;
      one.timeout = left(what.deadline, now);
      return notary_request{std::move(one)};
    },
    what.request);
  if (!asks_.try_push_quietly(std::move(asking))) {
    return false;
  }
  what.sent = true;
  return true;
}

void notary_line::end(request_tag tag, error why) {
  auto gone = open_.extract(tag);
  if (gone.mapped().receipt) {
    gone.mapped().receipt(tl::make_unexpected(std::move(why)));
  } else {
    gone.mapped().read(tl::make_unexpected(std::move(why)));
  }
}

// What the former life had taken is lost, what is in the ring is not: asked twice, it answers twice,
// and the second answer finds nobody. A proposal without an id must not be asked twice.
void notary_line::notary_restarted() {
  if (block_ && !ended_) {
    subscribe_at_.reset();
    subscribes_ = true;
    subscribed_ = 0;
    taken_ = 0;
    caught_up_ = false;
  }
  asks_group_ = group_ != nullptr;
  asks_evidence_ = evidence_ != nullptr;
  asks_rules_ = rules_ != nullptr;
  later_.clear();
  to_send_.clear();
  std::vector<request_tag> unknown;
  for (const auto& [tag, one] : open_) {
    const auto* const proposing = std::get_if<propose_request>(&one.request);
    if (one.sent && proposing != nullptr && proposing->request_id.empty()) {
      unknown.push_back(tag);
    } else {
      to_send_.push_back(tag);
    }
  }
  for (const auto tag : unknown) {
    end(tag, {errc::outcome_unknown, "the notary was restarted"});
  }
}

// -- hearing ---------------------------------------------------------------------------------------

void notary_line::hear(notary_answer& what) {
  std::visit(overloaded{[this](const committed_answer& block) { hear(block); },
                        [this](const subscription_caught_up& all) { hear(all); },
                        [this](const subscription_ended& over) { hear(over); },
                        [this](const propose_answer& proposed) { hear(proposed); },
                        [this](const get_answer& read) { hear(read); },
                        [this](const group_told& told) {
                          if (told.tag == group_asked_) {
                            group_(told);
                          }
                        },
                        [this](const evidence_answer& page) {
                          if (page.tag == evidence_asked_ && evidence_) {
                            std::exchange(evidence_, nullptr)(page);
                          }
                        },
                        [this](const rules_answer& tried) {
                          if (tried.tag == rules_asked_ && rules_) {
                            std::exchange(rules_, nullptr)(tried.misfit);
                          }
                        },
                        ignored<notary_status, receipt_answer>{}}, // never asked for
             what);
}

void notary_line::hear(const committed_answer& what) {
  if (what.tag != subscribed_) {
    return;
  }
  const auto& part = *what.block; // noted before the handler, which may ask
  next_ = part.more ? part.height : part.height.next();
  next_index_ = part.more ? part.mutations.back().index + 1 : 0;
  ++taken_;
  block_(part);
}

/// What lies between had no mutations, and need not be there when it is asked for again.
void notary_line::hear(const subscription_caught_up& what) {
  if (what.tag != subscribed_) {
    return;
  }
  caught_up_ = true;
  if (next_ <= what.height) {
    next_ = what.height.next();
    next_index_ = 0;
  }
}

void notary_line::hear(const subscription_ended& what) {
  if (what.tag != subscribed_) {
    return;
  }
  subscribed_ = 0;
  if (what.code == errc::stopping) { // its next life is asked
    return;
  }
  if (what.code == errc::busy) {
    subscribe_at_ = around_.now() + busy_pause;
    return;
  }
  if (what.code == errc::pruned && gap_ && what.oldest > next_) {
    const ledger_gap missing{next_, what.oldest};
    next_ = what.oldest; // noted before the handler, as of a block
    next_index_ = 0;
    caught_up_ = false;
    subscribes_ = true;
    gap_(missing);
    return;
  }
  ended_ = what.code;
  log("notary_line", log_level::error,
      "hears no more of what is committed, from height " + std::to_string(next_.value())
        + " on: " + std::string{to_string(what.code)});
}

// An actor stops before the notary where the node does; so a notary that says so is being restarted,
// and a proposal that waited there may or may not be on its way.
bool notary_line::again_later(request_tag tag, errc why) {
  const auto& one = open_.at(tag);
  const auto* const proposing = std::get_if<propose_request>(&one.request);
  const bool retry =
    why == errc::busy || why == errc::over_quota || why == errc::stopping
    || (why == errc::outcome_unknown && proposing != nullptr && !proposing->request_id.empty());
  const auto when = around_.now() + (why == errc::over_quota ? quota_pause : busy_pause);
  if (!retry || one.deadline <= when) {
    return false;
  }
  later_.insert(std::upper_bound(later_.begin(), later_.end(), std::pair{when, tag}), {when, tag});
  return true;
}

void notary_line::hear(const propose_answer& what) {
  const auto found = open_.find(what.tag);
  if (found == open_.end() || (!what.receipt && again_later(what.tag, what.receipt.error().code))) {
    return;
  }
  const auto gone = open_.extract(found);
  gone.mapped().receipt(what.receipt);
}

void notary_line::hear(const get_answer& what) {
  const auto found = open_.find(what.tag);
  if (found == open_.end() || (!what.answer && again_later(what.tag, what.answer.error().code))) {
    return;
  }
  const auto gone = open_.extract(found);
  gone.mapped().read(what.answer);
}

} // namespace caucus
