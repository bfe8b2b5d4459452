#include "actors/notary/outgoing.hpp"
#include "messages/archive/signing.hpp"

#include <algorithm>

// What outlives a process: the other half of outgoing.cpp does all that happens in one life.

namespace caucus {

void outgoing::restore(const own_record& record) {
  const auto& header = record.what->header;
  next_ = std::max(next_, header.number.next());
  for (const auto& one : record.requests) {
    requests_.open(one.id, one.what);
    requests_.carried(one.id, header.number);
  }
  own_batch own;
  own.restored = true;
  own.in.waiters.resize(header.mutation_count);
  own.in.requests = record.requests;
  own.what = record.what;
  own.id = digest_of(header);
  open_.insert_or_assign(header.number, std::move(own));
}

void outgoing::restore(const settled_record& record) {
  const auto found = open_.find(record.number);
  if (found == open_.end()) {
    return;
  }
  auto refused = record.refused.begin();
  for (const auto& one : found->second.in.requests) {
    const auto index = record.first_index + one.index;
    refused = std::find_if(refused, record.refused.end(),
                           [index](const refusal& no) { return no.index >= index; });
    receipt became{receipt_status::applied, {}, {}, record.at, index};
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
  requests_.open(record.id, record.what);
  requests_.settle(record.id, record.became);
}

void outgoing::restore(const ceiling_record& record) {
  next_ = std::max(next_, record.up_to.next());
}

void outgoing::restore_executed(batch_number number, settled_record how) {
  last_receipt_ = std::max(last_receipt_, how.at); // the journal may know of it no more
  replayed_.emplace(number, std::move(how));
}

void outgoing::start(batch_number last, const turn& t) {
  for (auto& [number, how] : replayed_) {
    if (!open_.contains(number)) {
      continue;
    }
    restore(how);
    // The next life may not replay this block: the state behind goes past it once this is durable.
    if (config_.durable) {
      settled_token_ = persist_(std::move(how), t);
    }
  }
  replayed_.clear();
  for (auto& [number, own] : open_) {
    by_id_.emplace(own.id, number);
    ++unordered_;
    unordered_size_ += own.what->body.size();
  }
  ceiling_ = batch_number{next_.value() - 1};
  overtaken(last, t);
  send_durable(t);
}

void outgoing::journal(std::vector<journal_record>& out) const {
  if (!config_.durable) {
    out.emplace_back(ceiling_record{ceiling_});
    return;
  }
  // Also when the ledger is fetched anew, no number is ever signed twice.
  out.emplace_back(ceiling_record{batch_number{next_.value() - 1}});
  requests_.each_settled([&out](const std::string& id, const request_id_table::known& one) {
    out.emplace_back(receipt_record{id, one.what, *one.became});
  });
  for (const auto& [number, own] : open_) {
    out.emplace_back(own_record{own.what, own.in.requests});
  }
}

} // namespace caucus
