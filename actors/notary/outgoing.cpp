#include "actors/notary/outgoing.hpp"

#include "actors/notary/mutation_reader.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/sha256.hpp"

#include <algorithm>

namespace caucus {

outgoing::outgoing(const notary_setup& setup, const tip_state& tip,
                   std::function<std::uint64_t(notary_record, const notary_turn&)> persist,
                   leave out)
    : setup_{setup}, tip_{tip}, config_{setup.config}, persist_{std::move(persist)},
      out_{std::move(out)}, requests_{setup.config.request_ids_max} {}

// -- cutting batches -----------------------------------------------------------------------------

bool outgoing::room() const {
  return numbers_ && unordered_ < config_.unordered_max
         && unordered_size_ < config_.unordered_size_max && (config_.durable || next_ <= ceiling_);
}

void outgoing::say_foreign(const notary_turn& t) {
  if (std::exchange(foreign_.unsaid, false) && config_.durable) {
    named_ = std::max(foreign_.highest, known_number());
    persist_(ceiling_record{named_}, t);
  }
}

void outgoing::pump(const notary_turn& t) {
  say_foreign(t);
  if (!config_.durable && numbers_) {
    raise_ceiling(t);
  }
  while (!backlog_.empty() && room()) {
    auto next = std::move(backlog_.front());
    backlog_.pop_front();
    backlog_size_ -= next.body.size();
    cut(std::move(next), t);
  }
  const bool due = flush_ || unordered_ == 0 || t.now >= gathering_.since + config_.flush_after;
  if (!gathering_.empty() && backlog_.empty() && due && room()) {
    cut(std::exchange(gathering_, {}), t);
  }
  flush_ = false;
}

void outgoing::raise_ceiling(const notary_turn& t) {
  if (next_.value() + config_.numbers_ahead / 2 <= ceiling_.value()) {
    return;
  }
  ceiling_ = batch_number{next_.value() + config_.numbers_ahead};
  ceiling_token_ = persist_(ceiling_record{ceiling_}, t);
}

void outgoing::cut(gathered from, const notary_turn& t) {
  auto made = std::make_shared<batch>();
  made->body = std::move(from.body);
  from.body = {};
  made->header = {setup_.genesis.group,
                  setup_.self,
                  next_,
                  static_cast<std::uint32_t>(from.waiters.size()),
                  static_cast<std::uint32_t>(made->body.size()),
                  sha256(made->body)};
  made->signature = setup_.sign(signed_bytes(setup_.network, made->header));
  const auto number = next_;
  named_ = number;
  next_ = next_.next();
  own_batch own;
  own.gathered = std::move(from);
  own.batch = made;
  own.id = digest_of(made->header);
  for (const auto& one : own.gathered.requests) {
    requests_.carried(one.id, number);
  }
  ++unordered_;
  unordered_size_ += made->body.size();
  by_id_.emplace(own.id, number);
  if (config_.durable) {
    own.token = persist_(own_record{made, own.gathered.requests}, t);
  } else {
    own.token = number <= ceiling_durable_ ? 0 : ceiling_token_;
  }
  open_.emplace(number, std::move(own));
  send_durable(t);
}

void outgoing::send_durable(const notary_turn& t) {
  auto next = open_.end(); // those not out are the last ones
  while (next != open_.begin() && !std::prev(next)->second.out) {
    --next;
  }
  for (; next != open_.end() && next->second.token <= durable_up_to_; ++next) { // tokens rise
    next->second.out = true;
    out_(next->second.batch, next->second.id, t);
  }
}

void outgoing::persisted(std::uint64_t up_to, const notary_turn& t) {
  durable_up_to_ = up_to;
  if (ceiling_token_ <= up_to) {
    ceiling_durable_ = ceiling_;
  }
  send_durable(t);
}

// -- what became of them -------------------------------------------------------------------------

void outgoing::ordered(const digest& id, bool is) {
  const auto number = by_id_.find(id);
  if (number == by_id_.end()) {
    return;
  }
  auto& own = open_.at(number->second);
  if (own.ordered == is) {
    return;
  }
  own.ordered = is;
  const auto size = own.batch->body.size();
  if (is) {
    --unordered_;
    unordered_size_ -= size;
    flush_ = true;
  } else {
    ++unordered_;
    unordered_size_ += size;
  }
}

void outgoing::executed(const digest& id, batch_number number, const shared_final& by,
                        std::uint32_t first_index) {
  // By its digest: whoever else signs as this node may have given the number to another batch.
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) {
    if (number >= first_unknown_ || open_.contains(number)) {
      note_foreign(number, by->block->header.height);
    } // else of a former life, and settled then
    return;
  }
  ordered(id, true);
  auto& own = open_.at(found->second);
  own.block = by;
  own.first_index = first_index;
}

/// Whether a mutation of an overtaken batch is still to be done. The journal does not say which batches
/// were overtaken: a former life may have gathered what one holds anew, and that may be done already.
/// So a request id counts in the newest batch that holds it. Without one nobody can tell; nor can
/// anybody ask what became of it, and once at most is what remains.
bool outgoing::lives_on(const own_batch& in, const request_entry* request) const {
  if (request == nullptr) {
    return !in.restored;
  }
  const auto* const known = requests_.find(request->id);
  return known != nullptr && !known->became && !known->lost
         && known->carrier == in.batch->header.number;
}

void outgoing::overtaken(batch_number last, const notary_turn& t) {
  if (next_ <= last) {
    next_ = last.next();
    if (numbers_) {
      leap();
    }
  }
  const auto until = open_.upper_bound(last);
  for (auto at = open_.begin(); at != until;) {
    const auto which = at++;
    auto& own = which->second;
    if (own.block != nullptr) {
      continue;
    }
    if (own.restored) {
      undecided_.push_back(own);
    } else {
      persist_overtaken(which->first, false, t);
      gather_anew(own, t);
    }
    forget(which);
  }
  if (numbers_) {
    decide(t);
  }
}

void outgoing::decide(const notary_turn& t) {
  for (const auto& own : std::exchange(undecided_, {})) {
    const auto number = own.batch->header.number;
    const bool lost = own.lost || foreign_.highest >= number; // numbers of later lives are above it
    persist_overtaken(number, lost, t);
    if (lost) {
      lose(own);
    } else {
      gather_anew(own, t);
    }
  }
}

void outgoing::persist_overtaken(batch_number number, bool lost, const notary_turn& t) {
  if (config_.durable) {
    persist_(overtaken_record{number, lost}, t);
  }
}

void outgoing::gather_anew(const own_batch& of, const notary_turn& t) {
  body_reader body{of.batch->body};
  auto request = of.gathered.requests.begin();
  for (std::size_t i = 0; i < of.gathered.waiters.size(); ++i) {
    const bool has = request != of.gathered.requests.end() && request->index == i;
    const auto mutation = body.next();
    if (lives_on(of, has ? &*request : nullptr)) {
      gather(mutation, of.gathered.waiters[i], has ? request->id : std::string{},
             has ? request->mutation : digest{}, t);
    }
    request += has ? 1 : 0;
  }
}

void outgoing::forget(std::map<batch_number, own_batch>::iterator which) {
  const auto id = by_id_.find(which->second.id);
  if (id != by_id_.end()) {
    ordered(which->second.id, true);
    by_id_.erase(id);
  }
  open_.erase(which);
}

void outgoing::settle(height durable, const notary_turn& t) {
  for (auto at = open_.begin(); at != open_.end();) {
    const auto which = at++;
    auto& own = which->second;
    if (own.block == nullptr || own.block->block->header.height > durable) {
      continue;
    }
    give_receipts(own, t);
    forget(which);
  }
}

void outgoing::give_receipts(own_batch& of, const notary_turn& t) {
  settled_record record{
    of.batch->header.number, of.block->block->header.height, of.first_index, {}};
  const auto count = static_cast<std::uint32_t>(of.gathered.waiters.size());
  last_receipt_ = std::max(last_receipt_, record.height);
  auto refused =
    std::lower_bound(of.block->refused.begin(), of.block->refused.end(), of.first_index,
                     [](const refusal& one, std::uint32_t index) { return one.index < index; });
  auto request = of.gathered.requests.begin();
  for (std::uint32_t i = 0; i < count; ++i) {
    receipt became{receipt_status::applied, {}, {}, record.height, of.first_index + i};
    if (refused != of.block->refused.end() && refused->index == became.index) {
      became.status = receipt_status::refused;
      became.code = refused->code;
      became.reason = refused->reason;
      record.refused.push_back(*refused++);
    }
    if (request != of.gathered.requests.end() && request->index == i) {
      requests_.settle(request->id, became);
      const auto [first, last] = again_.equal_range(request->id);
      for (auto retry = first; retry != last; ++retry) {
        t.tell(retry->second.asker, propose_answer{retry->second.tag, became});
      }
      again_.erase(first, last);
      ++request;
    }
    if (of.gathered.waiters[i].waits) {
      t.tell(of.gathered.waiters[i].asker,
             propose_answer{of.gathered.waiters[i].tag, std::move(became)});
    }
  }
  if (config_.durable) {
    settled_token_ = persist_(std::move(record), t);
  }
}

// -- time ----------------------------------------------------------------------------------------

std::string outgoing::why_unknown() const {
  if (stopping_) {
    return "the node stops";
  }
  if (!numbers_) {
    return "too few members have told this node yet how far the group is, and until then it "
           "signs nothing";
  }
  if (standstill_.empty() && waits_for_quota()) {
    return "the quota has no room for it yet ([quota] in the genesis): this node may have "
           + std::to_string(allowed_->left)
           + " more bytes in the ledger now, and others may have used it "
             "too. It waits, and goes with the first block after room has come back ("
           + blocks_when_idle() + ")";
  }
  return standstill_.empty() ? "no final block in time"
                             : "the group passes no blocks: " + standstill_;
}

error outgoing::unknown(const waiter& who) const {
  return {errc::outcome_unknown,
          why_unknown()
            + (who.named
                 ? "; ask again with the same request id"
                 : "; it was proposed without a request id, so nobody can ask again safely: "
                   "look whether it was applied")};
}

void outgoing::stop(const notary_turn& t) {
  stopping_ = true;
  tick({{time_point::max(), t.wall, t.out}});
}

void outgoing::halt(const notary_turn& t) {
  say_foreign(t);
  stop(t);
}

void outgoing::expire(gathered& in, const notary_turn& t) {
  if (in.earliest > t.now || in.earliest == time_point::max()) {
    return;
  }
  in.earliest = time_point::max();
  for (auto& one : in.waiters) {
    if (one.waits && one.deadline <= t.now) {
      one.waits = false;
      t.refuse(one.asker, one.tag, unknown(one));
    } else if (one.waits) {
      in.earliest = std::min(in.earliest, one.deadline);
    }
  }
}

void outgoing::tick(const notary_turn& t) {
  for (auto& [number, own] : open_) {
    expire(own.gathered, t);
  }
  for (auto& one : backlog_) {
    expire(one, t);
  }
  expire(gathering_, t);
  for (auto at = again_.begin(); at != again_.end();) {
    if (at->second.deadline > t.now) {
      ++at;
      continue;
    }
    t.refuse(at->second.asker, at->second.tag, unknown(at->second));
    at = again_.erase(at);
  }
}

std::optional<time_point> outgoing::next_wake() const {
  auto soonest = gathering_.earliest;
  if (!gathering_.empty() && room()) {
    soonest = std::min(soonest, gathering_.since + config_.flush_after);
  }
  for (const auto& [number, own] : open_) {
    soonest = std::min(soonest, own.gathered.earliest);
  }
  for (const auto& one : backlog_) {
    soonest = std::min(soonest, one.earliest);
  }
  for (const auto& [id, one] : again_) {
    soonest = std::min(soonest, one.deadline);
  }
  return soonest == time_point::max() ? std::nullopt : std::optional{soonest};
}

void outgoing::asker_gone(asker_index who) {
  const auto leave_out = [who](gathered& in) {
    for (auto& one : in.waiters) {
      one.waits = one.waits && one.asker != who;
    }
  };
  for (auto& [number, own] : open_) {
    leave_out(own.gathered);
  }
  std::for_each(backlog_.begin(), backlog_.end(), leave_out);
  leave_out(gathering_);
  for (auto at = again_.begin(); at != again_.end();) {
    at = at->second.asker == who ? again_.erase(at) : std::next(at);
  }
}

void outgoing::each_unordered(
  const std::function<void(const shared_batch&, const digest&)>& visit) const {
  for (const auto& [number, own] : open_) {
    if (own.out && !own.ordered) {
      visit(own.batch, own.id);
    }
  }
}

} // namespace caucus
