#include "actors/notary/peer_serving.hpp"

#include "messages/packet_code.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>

namespace caucus {

namespace {

/// Ledger reads that wait for strangers, all together, and as many batches; members' are bounded by
/// link alone.
constexpr std::size_t loads_max = 256;
/// Pages that wait for one link; more are answered with nothing at once. An honest peer asks for one
/// after the other. Of single batches it has config.pulls_per_link_max under way.
constexpr std::ptrdiff_t pages_per_link_max = 2;
constexpr std::size_t batch_overhead = 1'024; ///< what one costs at least
/// Bytes of ledger read for a page in one turn: a few milliseconds. Goes on in later turns while no
/// certificate was among them, up to 256 MiB: far more blocks than finalize without one of their own.
constexpr std::size_t page_load_size = 4 * 1024 * 1024;
constexpr std::uint32_t page_loads_max = 64;
/// Room in a page for what is no block.
constexpr std::size_t page_overhead = 8 * 1024;

} // namespace

peer_serving::peer_serving(const notary_config& config, const peer_table& peers,
                           std::function<shared_batch(const digest&)> here,
                           std::function<std::uint64_t()> new_token, end_of_epoch ends)
    : config_{config}, peers_{peers}, here_{std::move(here)},
      new_token_{std::move(new_token)}, ends_{std::move(ends)} {}

// -- batches ---------------------------------------------------------------------------------------

void peer_serving::asked(link_id from, std::uint64_t msg_id, const batch_request& what,
                         const kept_heights& kept, const notary_turn& t) {
  auto& waiting = peers_.is_member(from) ? member_batches_ : other_batches_;
  if ((!kept.has(what.height) && here_(what.digest) == nullptr)
      || !waiting.has_room(from, config_.pulls_per_link_max, loads_max)) {
    return refuse(from, msg_id, batch_response{}, t);
  }
  waiting.push(from, {msg_id, what});
}

void peer_serving::answer_batches(const kept_heights& kept, const notary_turn& t) {
  answer_batches(member_batches_, kept, t);
  answer_batches(other_batches_, kept, t);
}

void peer_serving::answer_batches(link_queue<batch_question>& waiting, const kept_heights& kept,
                                  const notary_turn& t) {
  for (std::size_t spent = 0; spent < serving_portion && !waiting.empty();) {
    const auto [to, one] = std::move(*waiting.pop());
    const auto batch = here_(one.request.digest);
    spent += batch_overhead + (batch == nullptr ? 0 : batch->body.size());
    if (batch != nullptr) {
      t.want(notary_out::respond{to, one.msg_id, batch_response{*batch}});
    } else if (kept.has(one.request.height) && may_load(to, false)) {
      loads_for(to).emplace_back(batch_load{to, one.msg_id, one.request});
    } else {
      t.want(notary_out::respond{to, one.msg_id, batch_response{}});
    }
  }
}

// -- reads of the ledger ---------------------------------------------------------------------------

void peer_serving::asked(link_id from, std::uint64_t msg_id, const chain_request& what,
                         const kept_heights& kept, const notary_turn& t) {
  const auto count =
    std::min<std::uint32_t>(what.count_max, static_cast<std::uint32_t>(blocks_per_page_max));
  if (!kept.has(what.first) || count == 0 || !may_load(from, true)) {
    return refuse(from, msg_id, chain_page{}, t);
  }
  chain_load fresh;
  fresh.link = from;
  fresh.msg_id = msg_id;
  fresh.next = what.first;
  fresh.count = count;
  fresh.size = page_overhead;
  loads_for(from).emplace_back(std::move(fresh));
}

std::deque<peer_serving::peer_load>& peer_serving::loads_for(link_id to) {
  return peers_.is_member(to) ? member_loads_ : other_loads_;
}

bool peer_serving::may_load(link_id to, bool page) const {
  const auto same = [&](const peer_load& one) {
    return std::holds_alternative<chain_load>(one) == page
           && std::visit([to](const auto& each) { return each.link == to; }, one);
  };
  const auto waiting = std::count_if(member_loads_.begin(), member_loads_.end(), same)
                       + std::count_if(other_loads_.begin(), other_loads_.end(), same);
  return (peers_.is_member(to) || other_loads_.size() < loads_max)
         && waiting < (page ? pages_per_link_max
                            : static_cast<std::ptrdiff_t>(config_.pulls_per_link_max));
}

void peer_serving::read_next(const notary_turn& t) {
  auto& from = member_loads_.empty() ? other_loads_ : member_loads_;
  if (loading_ || from.empty()) {
    return;
  }
  loading_.emplace(new_token_(), std::move(from.front()));
  from.pop_front();
  const auto token = loading_->first;
  std::visit(
    overloaded{
      [&](const batch_load& one) {
        t.want(notary_out::load{token, one.request.height, 1, 1, true});
      },
      [&](const chain_load& page) {
        const auto read = static_cast<std::uint32_t>(page.page.blocks.size());
        t.want(notary_out::load{token, page.next, page.count - read, page_load_size, false});
      }},
    loading_->second);
}

bool peer_serving::loaded(std::uint64_t token, const std::vector<shared_final>& blocks,
                          height durable, const notary_turn& t) {
  if (!loading_ || loading_->first != token) {
    return false;
  }
  auto load = std::move(loading_->second);
  loading_.reset();
  std::visit(overloaded{[&](const batch_load& one) { give(one, blocks, t); },
                        [&](chain_load& page) { give(std::move(page), blocks, durable, t); }},
             load);
  return true;
}

void peer_serving::give(const batch_load& load, const std::vector<shared_final>& blocks,
                        const notary_turn& t) const {
  batch_response out;
  for (const auto& block : blocks) {
    for (std::size_t i = 0; i < block->batches.size(); ++i) {
      if (block->block->batches[i] == load.request.digest) {
        out.batch = *block->batches[i];
      }
    }
  }
  t.want(notary_out::respond{load.link, load.msg_id, std::move(out)});
}

void peer_serving::give(chain_load load, const std::vector<shared_final>& blocks, height durable,
                        const notary_turn& t) {
  const bool more = load.take(blocks, ends_) && load.next <= durable;
  if (load.certified == 0 && more && ++load.parts < page_loads_max) {
    loads_for(load.link).emplace_back(std::move(load)); // behind those who wait
    return;
  }
  load.page.blocks.resize(load.certified);
  t.want(notary_out::respond{load.link, load.msg_id, std::move(load.page)});
}

bool peer_serving::chain_load::end_with(const closing& what) {
  const auto behind = what.behind.size() * encoded_size(block{});
  if (size + behind > body_size_max || page.blocks.size() + what.behind.size() > count) {
    return false;
  }
  size += behind;
  for (const auto& header : what.behind) {
    page.blocks.push_back({header, {}});
  }
  certified = page.blocks.size();
  page.finalization = what.finalization;
  return true;
}

bool peer_serving::chain_load::take(const std::vector<shared_final>& blocks,
                                    const end_of_epoch& ends) {
  for (const auto& one : blocks) {
    size += encoded_size(*one->block);
    if (size > body_size_max) {
      return false;
    }
    page.blocks.push_back(*one->block);
    next = next.next();
    if (one->finalization) {
      certified = page.blocks.size();
      page.finalization = one->finalization;
    }
    if (const auto* const end = ends(*one)) {
      static_cast<void>(end_with(*end)); // too long for this page: asked for from there on it fits
      return false;
    }
  }
  return !blocks.empty() && page.blocks.size() < count;
}

// -- those who wait --------------------------------------------------------------------------------

void peer_serving::link_gone(link_id which) {
  member_batches_.drop(which);
  other_batches_.drop(which);
  for (auto* const loads : {&member_loads_, &other_loads_}) {
    std::erase_if(*loads, [which](const peer_load& load) {
      return std::visit([which](const auto& each) { return each.link == which; }, load);
    });
  }
}

void peer_serving::stop() {
  member_batches_.clear();
  other_batches_.clear();
  member_loads_.clear();
  other_loads_.clear();
}

bool peer_serving::peers_wait() const {
  return !member_batches_.empty() || !other_batches_.empty()
         || (!loading_ && (!member_loads_.empty() || !other_loads_.empty()));
}

} // namespace caucus
