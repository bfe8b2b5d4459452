#include "actors/notary/snapshot_serving.hpp"

#include "actors/notary/record_codec.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

namespace caucus {

namespace {

/// Of what is no byte of an answer: a question costs that at least.
constexpr std::size_t question_cost = 1'024;
constexpr std::size_t entry_overhead = 16; ///< on the wire, and some

/// As a reader takes it: who signed this block itself and what people said are shown by nobody.
bytes bare_record(const final_block& of) {
  auto bare = of;
  bare.finalization.reset();
  bare.announced.clear();
  return encode_final(bare);
}

} // namespace

// -- versions --------------------------------------------------------------------------------------

/// A quarter of what is kept, rounded to a power of two: so nodes that keep about as much choose the
/// same heights, and behind the older of two versions at least half of what is kept is left.
bool snapshot_serving::is_due() const {
  const auto stride = std::bit_floor(config_.quarter());
  return (last_->block->header.height.value() & (stride - 1)) == 0;
}

void snapshot_serving::took(const shared_final& next, const state_tree& parent_state,
                            bool ends_epoch) {
  if (config_.keep_blocks == 0) {
    return;
  }
  const auto before = std::exchange(last_, next);
  const auto& header = next->block->header;
  if (ends_epoch) {
    // What certifies an epoch's last block may be a block behind it, which is in no ledger.
    making_.reset();
    due_ = true;
    return;
  }
  if (making_) {
    making_->above.push_back(header);
  } else if (due_ && before != nullptr && before->block->header.epoch == header.epoch
             && can_be_shown(*before) && size_in_memory(*before) <= snapshot_record_size_max / 2) {
    making_ = version{before, parent_state, {header}, std::nullopt};
    due_ = false;
  }
  due_ = due_ || is_due();
  if (!making_) {
    return;
  }
  if (next->finalization) {
    making_->finalization = next->finalization;
    versions_.push_back(std::move(*making_));
    making_.reset();
    while (versions_.size() > versions_max) {
      versions_.pop_front();
    }
  } else if (making_->above.size() == snapshot_headers_max) {
    making_.reset();
    due_ = true;
  }
}

std::vector<height> snapshot_serving::heights() const {
  std::vector<height> out;
  for (const auto& one : versions_) {
    out.push_back(one.block->block->header.height);
  }
  return out;
}

const snapshot_serving::version* snapshot_serving::of(height which) const {
  const auto found = std::find_if(versions_.begin(), versions_.end(), [which](const version& one) {
    return one.block->block->header.height == which;
  });
  return found == versions_.end() ? nullptr : &*found;
}

// -- questions -------------------------------------------------------------------------------------

bool snapshot_serving::asked(link_id from, std::uint64_t msg_id, const snapshot_request& what) {
  auto& waiting = peers_.is_member(from) ? members_ : others_;
  const bool has_room = waiting.has_room(from, questions_per_link_max, questions_max);
  if (has_room) {
    waiting.push(from, {msg_id, what});
  }
  return has_room;
}

void snapshot_serving::serve(std::size_t portion, height oldest, const notary_turn& t) {
  serve(members_, portion, oldest, t);
  serve(others_, portion, oldest, t);
}

void snapshot_serving::serve(link_queue<question>& waiting, std::size_t portion, height oldest,
                             const notary_turn& t) {
  for (std::size_t spent = 0; spent < portion && !waiting.empty();) {
    const auto [to, one] = std::move(*waiting.pop());
    spent += question_cost;
    t.want(notary_out::respond{to, one.msg_id, answer(one.request, oldest, spent)});
  }
}

snapshot_response snapshot_serving::answer(const snapshot_request& what, height oldest,
                                           std::size_t& cost) {
  return std::visit(
    overloaded{[&](const offer_wanted&) { return offer(oldest, cost); },
               [&](const closings_wanted& one) { return closings_from(one.first, cost); },
               [&](const record_wanted& one) { return piece_of(one, cost); },
               [&](const place_wanted& one) { return below(one, cost); }},
    what.what);
}

const bytes& snapshot_serving::record_of(version& of) {
  if (of.record.empty()) {
    of.record = bare_record(*of.block);
  }
  return of.record;
}

snapshot_response snapshot_serving::offer(height oldest, std::size_t& cost) {
  while (!versions_.empty() && record_of(versions_.back()).size() > snapshot_record_size_max) {
    versions_.pop_back();
  }
  if (versions_.empty()) {
    return {snapshot_nothing{}};
  }
  auto& newest = versions_.back();
  snapshot_offer out;
  out.height = newest.block->block->header.height;
  out.state_root = newest.block->state_root;
  out.record_size = record_of(newest).size();
  out.closings = history_->ends.size();
  out.entries = newest.state.entry_count();
  out.oldest = oldest;
  out.above = newest.above;
  cost += out.above.size() * sizeof(block_header);
  out.finalization = *newest.finalization;
  return {std::move(out)};
}

snapshot_response snapshot_serving::closings_from(epoch first, std::size_t& cost) const {
  snapshot_closings out;
  std::size_t size = 0;
  const auto& ends = history_->ends;
  for (auto at = first.value();
       at < ends.size() && size < snapshot_answer_size && out.all.size() < snapshot_closings_max;
       ++at) {
    const auto next = encoded_size(*ends[at]);
    if (!out.all.empty() && size + next > body_size_max / 2) {
      break;
    }
    size += next;
    out.all.push_back(*ends[at]);
  }
  cost += size;
  return {std::move(out)};
}

snapshot_response snapshot_serving::piece_of(const record_wanted& what, std::size_t& cost) {
  const auto* const found = of(what.height);
  if (found == nullptr) {
    return {snapshot_nothing{}};
  }
  const auto& record = record_of(versions_[found == &versions_.front() ? 0 : 1]);
  if (what.offset >= record.size()) {
    return {snapshot_nothing{}};
  }
  const auto from = record.begin() + static_cast<std::ptrdiff_t>(what.offset);
  const auto size = std::min<std::size_t>(snapshot_answer_size, record.size() - what.offset);
  cost += size;
  return {snapshot_record{{from, from + static_cast<std::ptrdiff_t>(size)}}};
}

snapshot_response snapshot_serving::below(const place_wanted& what, std::size_t& cost) const {
  const auto* const found = of(what.height);
  if (found == nullptr) {
    return {snapshot_nothing{}};
  }
  place_entries out;
  std::size_t size = 0;
  const bool all = found->state.each_at(what.place, [&](variable_id in, const entry_view& one) {
    size += entry_overhead + one.key.size() + one.value.size();
    const bool fits = out.all.empty()
                        ? size <= snapshot_value_size_max
                        : size <= snapshot_answer_size && out.all.size() < snapshot_entries_max;
    if (fits) {
      out.all.push_back(
        {in, {one.key.begin(), one.key.end()}, {one.value.begin(), one.value.end()}});
    }
    return fits;
  });
  cost += size;
  if (all) {
    return out.all.empty() ? snapshot_response{snapshot_nothing{}}
                           : snapshot_response{std::move(out)};
  }
  if (what.place.depth == path_bits || out.all.empty()) {
    return {snapshot_nothing{}}; // an entry that no answer holds
  }
  return {place_halves{found->state.hash_at(half_of(what.place, false)),
                       found->state.hash_at(half_of(what.place, true))}};
}

// -- those who wait --------------------------------------------------------------------------------

void snapshot_serving::link_gone(link_id which) {
  members_.drop(which);
  others_.drop(which);
}

void snapshot_serving::stop() {
  members_.clear();
  others_.clear();
}

} // namespace caucus
