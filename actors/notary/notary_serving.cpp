#include "actors/notary/notary_parts.hpp"
#include "messages/packet_code.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
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
/// Of answers in a turn, for members' and for strangers' batches and reads each: passed by one answer
/// at most, so that all are below 4 MiB and some milliseconds, which is what a flood delays a vote by.
constexpr std::size_t portion = 256 * 1024;
constexpr std::size_t batch_overhead = 1'024; ///< what one costs at least
/// Bytes of ledger read for a page in one turn: a few milliseconds. Goes on in later turns while no
/// certificate was among them, up to 256 MiB: far more blocks than finalize without one of their own.
constexpr std::size_t page_load_size = 4 * 1024 * 1024;
constexpr std::uint32_t page_loads_max = 64;
/// Room in a page for what is no block.
constexpr std::size_t page_overhead = 8 * 1024;

} // namespace

void notary::parts::on(notary_in::peer_asked& what, const notary_turn& t) {
  std::visit(
    overloaded{
      [&](const batch_request& one) { serve_batch(what.link, what.msg_id, one, t); },
      [&](const chain_request& one) { serve_chain(what.link, what.msg_id, one, t); },
      [&](const attest_request& one) {
        if (const auto why = gets.peer_asked(what.link, what.msg_id, one)) {
          refuse(what.link, what.msg_id, attest_response{std::nullopt, std::nullopt, *why}, t);
        }
      },
      [&](const read_request& one) {
        if (const auto why = gets.peer_asked(what.link, what.msg_id, one, t)) {
          refuse(what.link, what.msg_id, read_response{std::nullopt, *why}, t);
        }
      }},
    what.what);
}

/// Members' questions are answered first, but strangers have a portion of each turn too: so neither
/// keeps the other waiting for ever.
void notary::parts::serve_peers(const notary_turn& t) {
  serve_batches(true, t);
  serve_batches(false, t);
  gets.serve(portion, t);
  pump_loads(t);
}

bool notary::parts::peers_wait() const {
  return halted.empty()
         && (gets.may_serve() || !member_batches.empty() || !other_batches.empty()
             || (!loading && (!member_loads.empty() || !other_loads.empty())));
}

shared_batch notary::parts::batch_here(const digest& id) const {
  auto here = pool.held(id);
  return here != nullptr ? here : recent.batch_of(id);
}

void notary::parts::serve_batch(link_id to, std::uint64_t msg_id, const batch_request& what,
                                const notary_turn& t) {
  auto& from = peers.is_member(to) ? member_batches : other_batches;
  const bool in_ledger = what.at > height{} && what.at <= durable;
  if ((!in_ledger && batch_here(what.of) == nullptr)
      || !from.has_room(to, config.pulls_per_link_max, loads_max)) {
    return refuse(to, msg_id, batch_response{}, t);
  }
  from.push(to, {msg_id, what});
}

void notary::parts::serve_batches(bool members, const notary_turn& t) {
  auto& from = members ? member_batches : other_batches;
  for (std::size_t spent = 0; spent < portion && !from.empty();) {
    const auto [to, one] = std::move(*from.pop());
    const auto here = batch_here(one.what.of);
    spent += batch_overhead + (here == nullptr ? 0 : here->body.size());
    if (here != nullptr) {
      t.want(notary_out::respond{to, one.msg_id, batch_response{*here}});
    } else if (one.what.at > height{} && one.what.at <= durable && may_load(to, false)) {
      loads_for(to).emplace_back(batch_load{to, one.msg_id, one.what});
    } else {
      t.want(notary_out::respond{to, one.msg_id, batch_response{}});
    }
  }
}

void notary::parts::serve_chain(link_id to, std::uint64_t msg_id, const chain_request& what,
                                const notary_turn& t) {
  const auto count =
    std::min<std::uint32_t>(what.count_max, static_cast<std::uint32_t>(blocks_per_page_max));
  if (what.from > durable || what.from == height{} || count == 0 || !may_load(to, true)) {
    return refuse(to, msg_id, chain_page{}, t);
  }
  chain_load fresh;
  fresh.to = to;
  fresh.msg_id = msg_id;
  fresh.next = what.from;
  fresh.count = count;
  fresh.size = page_overhead;
  loads_for(to).emplace_back(std::move(fresh));
}

std::deque<notary::parts::peer_load>& notary::parts::loads_for(link_id to) {
  return peers.is_member(to) ? member_loads : other_loads;
}

bool notary::parts::may_load(link_id to, bool page) const {
  const auto same = [&](const peer_load& one) {
    return std::holds_alternative<chain_load>(one) == page
           && std::visit([to](const auto& each) { return each.to == to; }, one);
  };
  const auto waiting = std::count_if(member_loads.begin(), member_loads.end(), same)
                       + std::count_if(other_loads.begin(), other_loads.end(), same);
  return (peers.is_member(to) || other_loads.size() < loads_max)
         && waiting < (page ? pages_per_link_max
                            : static_cast<std::ptrdiff_t>(config.pulls_per_link_max));
}

/// One a turn: what else the turn has to do is not kept waiting by strangers.
void notary::parts::pump_loads(const notary_turn& t) {
  auto& from = member_loads.empty() ? other_loads : member_loads;
  if (loading || from.empty()) {
    return;
  }
  loading.emplace(next_load++, std::move(from.front()));
  from.pop_front();
  const auto token = loading->first;
  std::visit(
    overloaded{
      [&](const batch_load& one) {
        t.want(notary_out::load{token, one.what.at, 1, 1, true});
      },
      [&](const chain_load& page) {
        const auto read = static_cast<std::uint32_t>(page.page.blocks.size());
        t.want(notary_out::load{token, page.next, page.count - read, page_load_size, false});
      }},
    loading->second);
}

bool notary::parts::chain_load::take(const std::vector<shared_final>& blocks) {
  for (const auto& one : blocks) {
    size += encoded_size(*one->what);
    if (size > body_size_max) {
      return false;
    }
    page.blocks.push_back(*one->what);
    next = next.next();
    if (one->finalization) {
      certified = page.blocks.size();
      page.finalization = one->finalization;
    }
  }
  return !blocks.empty() && page.blocks.size() < count;
}

void notary::parts::on(notary_in::loaded& what, const notary_turn& t) {
  if (!loading || loading->first != what.token) {
    static_cast<void>(subs.loaded(what.token, what.blocks, t)
                      || receipts.loaded(what.token, what.blocks, t));
    return;
  }
  auto load = std::move(loading->second);
  loading.reset();
  std::visit(overloaded{[&](const batch_load& one) { loaded(one, what.blocks, t); },
                        [&](chain_load& page) { loaded(std::move(page), what.blocks, t); }},
             load);
}

void notary::parts::loaded(const batch_load& load, const std::vector<shared_final>& blocks,
                           const notary_turn& t) {
  batch_response out;
  for (const auto& block : blocks) {
    for (std::size_t i = 0; i < block->batches.size(); ++i) {
      if (block->what->batches[i] == load.what.of) {
        out.what = *block->batches[i];
      }
    }
  }
  t.want(notary_out::respond{load.to, load.msg_id, std::move(out)});
}

void notary::parts::loaded(chain_load load, const std::vector<shared_final>& blocks,
                           const notary_turn& t) {
  const bool more = load.take(blocks) && load.next <= durable;
  if (load.certified == 0 && more && ++load.parts < page_loads_max) {
    loads_for(load.to).emplace_back(std::move(load)); // behind those who wait
    return;
  }
  load.page.blocks.resize(load.certified);
  t.want(notary_out::respond{load.to, load.msg_id, std::move(load.page)});
}

void notary::parts::on(notary_in::peer_answered& what, const notary_turn& t) {
  const auto* const given = std::get_if<batch_response>(&what.what);
  const bool arrived = given != nullptr && given->what.has_value();
  if (const auto id = pulls.answered(what.tag, arrived, t)) {
    if (!arrived || !pulls.wants(*id)) {
      return;
    }
    if (digest_of(given->what->header) != *id) {
      t.want(notary_out::blame{what.link, what.peer, errc::bad_batch, "another than asked for"});
      return pulls.retry(*id, t);
    }
    take_batch(std::make_shared<const batch>(*given->what), what.link, what.peer, t);
    return;
  }
  gets.answered(what.tag, what.what, t);
}

void notary::parts::on(notary_in::answer_checked& what, const notary_turn& t) {
  gets.checked(what.token, std::move(what.how), t);
}

void notary::parts::on(const notary_in::attestation_checked& what, const notary_turn& t) {
  gets.attestation_checked(what.token, what.how, t);
}

} // namespace caucus
