#include "actors/notary/batch_pool.hpp"

#include "runtime/base/assert.hpp"

namespace caucus {

namespace {

std::size_t size_of(const pooled_batch& one) {
  return sizeof(pooled_batch) + sizeof(batch) + one.batch->body.size();
}

} // namespace

batch_pool::entry batch_pool::add(pooled_batch what, bool member, bool wanted) {
  if (entries_.contains(what.id)) {
    return entry::known;
  }
  const auto size = size_of(what);
  auto& author = authors_[what.batch->header.author];
  const bool author_full = author.numbers.size() >= config_.author_batches_max
                           || author.size + size > config_.author_size_max;
  const bool pool_full = size_ + size > config_.pool_size_max
                         || (!member && strangers_size_ + size > config_.pool_size_max / 2);
  if (!wanted && !what.own && (author_full || pool_full)) {
    if (author.numbers.empty()) {
      authors_.erase(what.batch->header.author);
    }
    return entry::full;
  }
  author.numbers.emplace(what.batch->header.number, what.id);
  author.size += size;
  size_ += size;
  if (!member) {
    strangers_size_ += size;
    stranger_.emplace(what.id, true);
  }
  const auto id = what.id;
  entries_.emplace(id, std::move(what));
  return entry::added;
}

pooled_batch* batch_pool::find(const digest& id) {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

const pooled_batch* batch_pool::find(const digest& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

shared_batch batch_pool::held(const digest& id) const {
  const auto* const found = find(id);
  return found != nullptr && found->state == batch_state::held ? found->batch : nullptr;
}

bool batch_pool::is_beyond_limits(const pooled_batch& one) const {
  const auto& author = authors_.at(one.batch->header.author);
  return author.numbers.size() > config_.author_batches_max || author.size > config_.author_size_max
         || size_ > config_.pool_size_max
         || (stranger_.contains(one.id) && strangers_size_ > config_.pool_size_max / 2);
}

void batch_pool::remove(const digest& id) {
  const auto found = entries_.find(id);
  CAUCUS_ASSERT(found != entries_.end());
  const auto size = size_of(found->second);
  const auto& header = found->second.batch->header;
  const auto author = authors_.find(header.author);
  CAUCUS_ASSERT(author != authors_.end());
  const auto [first, last] = author->second.numbers.equal_range(header.number);
  for (auto at = first; at != last; ++at) {
    if (at->second == id) {
      author->second.numbers.erase(at);
      break;
    }
  }
  author->second.size -= size;
  if (author->second.numbers.empty()) {
    authors_.erase(author);
  }
  size_ -= size;
  if (stranger_.erase(id) != 0) {
    strangers_size_ -= size;
  }
  entries_.erase(found);
}

std::optional<conflicting_batches> batch_pool::conflict_of(const pooled_batch& with) const {
  const auto& header = with.batch->header;
  const auto author = authors_.find(header.author);
  if (author == authors_.end()) {
    return std::nullopt;
  }
  const auto [first, last] = author->second.numbers.equal_range(header.number);
  for (auto at = first; at != last; ++at) {
    const auto* const other = find(at->second);
    if (at->second != with.id && other->state != batch_state::checking) {
      return conflicting_batches{other->batch->header, other->batch->signature, header,
                                 with.batch->signature};
    }
  }
  return std::nullopt;
}

bool batch_pool::unlist(const digest& id) {
  const auto found = listed_.find(id);
  CAUCUS_ASSERT(found != listed_.end());
  if (--found->second > 0) {
    return false;
  }
  listed_.erase(found);
  return true;
}

void batch_pool::settle(const peer_id& author, batch_number last,
                        const std::function<void(const pooled_batch&)>& gone) {
  const auto found = authors_.find(author);
  if (found == authors_.end()) {
    return;
  }
  std::vector<digest> over;
  const auto end = found->second.numbers.upper_bound(last);
  for (auto at = found->second.numbers.begin(); at != end; ++at) {
    if (!is_listed(at->second)) {
      over.push_back(at->second);
    }
  }
  for (const auto& id : over) {
    gone(*find(id));
    remove(id);
  }
}

void batch_pool::each(const std::function<void(pooled_batch&)>& visit) {
  for (auto& [id, one] : entries_) {
    visit(one);
  }
}

void batch_pool::each(const std::function<void(const pooled_batch&)>& visit) const {
  for (const auto& [id, one] : entries_) {
    visit(one);
  }
}

} // namespace caucus
