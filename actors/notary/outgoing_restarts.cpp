#include "actors/notary/outgoing.hpp"
#include "runtime/archive/signing.hpp"

#include <algorithm>

// What outlives a process: the other half of outgoing.cpp does all that happens in one life.

namespace caucus {

void outgoing::restore(const own_record& record) {
  const auto& header = record.batch->header;
  if (header.author != setup_.self) {
    other_author_ = header.author;
    return;
  }
  next_ = std::max(next_, header.number.next());
  for (const auto& one : record.requests) {
    requests_.open(one.id, one.mutation);
    requests_.carried(one.id, header.number);
  }
  own_batch own;
  own.restored = true;
  own.gathered.waiters.resize(header.mutation_count);
  own.gathered.requests = record.requests;
  own.batch = record.batch;
  own.id = digest_of(header);
  open_.insert_or_assign(header.number, std::move(own));
}

void outgoing::restore(const settled_record& record) {
  last_receipt_ = std::max(last_receipt_, record.height);
  const auto found = open_.find(record.number);
  if (found == open_.end()) {
    return;
  }
  auto refused = record.refused.begin();
  for (const auto& one : found->second.gathered.requests) {
    const auto index = record.first_index + one.index;
    refused = std::find_if(refused, record.refused.end(),
                           [index](const refusal& no) { return no.index >= index; });
    receipt became{receipt_status::applied, {}, {}, record.height, index};
    if (refused != record.refused.end() && refused->index == index) {
      became.status = receipt_status::refused;
      became.code = refused->code;
      became.reason = refused->reason;
    }
    requests_.settle(one.id, became);
  }
  open_.erase(found);
}

void outgoing::restore(const receipt_record& record) {
  last_receipt_ = std::max(last_receipt_, record.became.height);
  requests_.open(record.id, record.mutation);
  requests_.settle(record.id, record.became);
}

void outgoing::restore(const ceiling_record& record) {
  next_ = std::max(next_, record.number.next());
}

void outgoing::restore(const overtaken_record& record) {
  const auto found = open_.find(record.number);
  if (found == open_.end()) {
    return;
  }
  found->second.lost = record.lost;
  found->second.accounted = true;
}

void outgoing::restore_executed(const digest& id, settled_record how) {
  last_receipt_ = std::max(last_receipt_, how.height); // the journal may know of it no more
  replayed_.insert_or_assign(id, std::move(how));
}

std::optional<batch_number> outgoing::unaccounted(batch_number last) const {
  for (const auto& [number, own] : open_) {
    if (number > last) {
      break;
    }
    if (!own.accounted && !replayed_.contains(own.id)) {
      return number;
    }
  }
  return std::nullopt;
}

void outgoing::lose_unaccounted(batch_number last) {
  for (auto& [number, own] : open_) {
    own.lost = own.lost || (number <= last && !own.accounted && !replayed_.contains(own.id));
  }
}

void outgoing::start(batch_number last, const notary_turn& t) {
  for (auto at = open_.begin(); at != open_.end();) {
    const auto which = at++;
    const auto how = replayed_.find(which->second.id);
    if (how == replayed_.end()) {
      continue;
    }
    restore(how->second);
    // The next life may not replay this block: the stored state goes past it once this is durable.
    if (config_.durable) {
      settled_token_ = persist_(std::move(how->second), t);
    }
  }
  replayed_.clear();
  for (auto& [number, own] : open_) {
    by_id_.emplace(own.id, number);
    ++unordered_;
    unordered_size_ += own.batch->body.size();
  }
  if (known_number() == batch_number{} && last > batch_number{}) {
    note_foreign(last, {});
  }
  first_unknown_ = std::max(next_, last.next());
  ceiling_ = batch_number{next_.value() - 1};
  overtaken(last, t);
  send_durable(t);
}

void outgoing::begin_numbering(batch_number last, const notary_turn& t) {
  if (numbers_) {
    return;
  }
  named_ = known_number();
  next_ = std::max(next_, last.next());
  numbers_ = true;
  overtaken(last, t);
  leap();
  ceiling_ = batch_number{next_.value() - 1};
}

void outgoing::folder_is_older(const notary_turn& t) {
  const auto mark = [&](own_batch& one) {
    if (one.restored && !one.lost) {
      one.lost = true;
      persist_overtaken(one.batch->header.number, true, t);
    }
  };
  for (auto& [number, own] : open_) {
    mark(own);
  }
  std::for_each(undecided_.begin(), undecided_.end(), mark);
}

void outgoing::leap() {
  const auto step = config_.life_step * (std::uint64_t{1} + setup_.life);
  // Whoever signed the last number of all, with a key that was stolen, leaves no room for a step.
  if (next_.value() <= ~std::uint64_t{0} - 2 * step) {
    next_ = batch_number{next_.value() + step};
  }
}

void outgoing::lose(const own_batch& what) {
  for (const auto& one : what.gathered.requests) {
    requests_.lose(one.id);
    const auto [first, last] = again_.equal_range(one.id);
    for (auto retry = first; retry != last; ++retry) {
      retry->second.deadline = {}; // told with the next tick
    }
  }
  own_batch kept;
  kept.gathered.requests = what.gathered.requests;
  kept.batch = what.batch;
  lost_.push_back(std::move(kept));
  if (lost_.size() > config_.unfinal_max) {
    lost_.pop_front();
  }
}

void outgoing::jumps(batch_number last, const notary_turn& t) {
  const auto named = numbers_ ? named_ : known_number();
  if (named == batch_number{} || last <= named) {
    return;
  }
  folder_is_older(t);
  note_foreign(last, {});
  next_ = std::max(next_, last.next());
  named_ = last;
  static_cast<void>(persist_(ceiling_record{last}, t)); // in memory mode too
}

void outgoing::note_foreign(batch_number number, height at) {
  ++foreign_.count;
  foreign_.highest = std::max(foreign_.highest, number);
  foreign_.height = at;
  foreign_.now = foreign_.now || numbers_;
  foreign_.unsaid = true;
}

std::string outgoing::alarm() const {
  if (foreign_.count == 0 || !numbers_) { // until then more of the past may come
    return {};
  }
  const auto which = "number " + std::to_string(foreign_.highest.value());
  if (foreign_.now) {
    return "this identity signs elsewhere, or this folder was set back: batch " + which
           + ", executed at height " + std::to_string(foreign_.height.value())
           + ", was signed with this node's key, and not by this node. A key belongs into one "
             "folder "
             "that runs once: stop the other node, or give it a key of its own (caucus keygen)";
  }
  return "this folder is new, or was set back to an older copy: its identity signed batches, up to "
         + which
         + ", that it knows nothing of. Request ids given with them are not known here: the same "
           "id again is a new mutation. Nothing is to be done if you know why; it is said until "
           "the next start";
}

void outgoing::journal(std::vector<notary_record>& out) const {
  if (!config_.durable) {
    out.emplace_back(ceiling_record{ceiling_});
    return;
  }
  // Also when the ledger is fetched anew, no number is ever signed twice.
  out.emplace_back(ceiling_record{batch_number{next_.value() - 1}});
  requests_.each_settled([&out](const std::string& id, const request_id_table::known& one) {
    out.emplace_back(receipt_record{id, one.mutation, *one.became});
  });
  for (const auto& own : lost_) {
    out.emplace_back(own_record{own.batch, own.gathered.requests});
    out.emplace_back(overtaken_record{own.batch->header.number, true});
  }
  for (const auto& own : undecided_) {
    out.emplace_back(own_record{own.batch, own.gathered.requests});
    out.emplace_back(overtaken_record{own.batch->header.number, own.lost});
  }
  for (const auto& [number, own] : open_) {
    out.emplace_back(own_record{own.batch, own.gathered.requests});
    if (own.lost) {
      out.emplace_back(overtaken_record{number, true});
    }
  }
}

} // namespace caucus
