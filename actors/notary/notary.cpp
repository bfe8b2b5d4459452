#include "actors/notary/notary.hpp"

#include "actors/notary/notary_parts.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>

namespace caucus {

namespace {

/// Blocks of one ledger read for subscribers, and their bytes: a millisecond or two, one a turn.
constexpr std::uint32_t blocks_per_load = 64;
constexpr std::size_t load_size_max = 1024 * 1024;

} // namespace

notary::parts::parts(notary_setup with)
    : setup{std::move(with)}, config{setup.config}, peers{committee_of(setup.from), setup.self},
      pool{config}, chain{setup.from, setup.rules, pool}, pulls{config, peers},
      own{setup,
          [this](journal_record what, const notary_turn& t) { return persist(std::move(what), t); },
          [this](const shared_batch& what, const digest& id, const notary_turn& t) {
            leave_with(what, id, t);
          }},
      recent{config}, gets{setup, peers},
      subs{config, recent,
           [this](height from, const notary_turn& t) {
             const auto token = next_load++;
             t.want(notary_out::load{token, from, blocks_per_load, load_size_max, true});
             return token;
           }},
      receipts{config, recent,
               [this](height from, std::uint32_t count, bool bodies, const notary_turn& t) {
                 const auto token = next_load++;
                 t.want(notary_out::load{token, from, count, load_size_max, bodies});
                 return token;
               }},
      serving{config, peers, [this](const digest& id) { return batch_here(id); },
              [this] { return next_load++; }} {}

std::uint64_t notary::parts::persist(journal_record what, const notary_turn& t) {
  t.want(notary_out::persist{++persist_token, std::move(what)});
  return persist_token;
}

// -- events --------------------------------------------------------------------------------------

void notary::parts::on(const notary_in::tick&, const notary_turn& t) {
  own.tick(t);
  gets.tick(t);
  receipts.tick(t);
  if (t.now >= forward_at) {
    forward_waiting(t);
  }
  store_behind(t);
}

void notary::parts::on(const notary_in::peer_up& what, const notary_turn& t) {
  const auto peer = peers.up(what.link, what.peer, what.mode);
  if (!peer.member) {
    return;
  }
  own.each_unordered([&](const shared_batch& one, const digest& id) {
    if (auto* const pooled = pool.find(id); pooled != nullptr) {
      pooled->known_by |= bit_of(*peer.member);
    }
    t.want(notary_out::send_batch{one, {what.link}});
  });
}

void notary::parts::on(const notary_in::peer_down& what, const notary_turn&) {
  const auto peer = peers.down(what.link);
  pulls.link_gone(what.link);
  gets.link_gone(what.link);
  serving.link_gone(what.link);
  if (peer && peer->member) { // what was on the way may be lost
    pool.each([&](pooled_batch& one) { one.known_by &= ~bit_of(*peer->member); });
  }
}

void notary::parts::on(const notary_in::persisted& what, const notary_turn& t) {
  persisted_up_to = what.up_to;
  own.persisted(what.up_to, t);
  stored_batches(t);
  store_behind(t);
}

void notary::parts::on(const notary_in::appended& what, const notary_turn& t) {
  const auto before = durable;
  while (!appending.empty() && appending.front()->what->header.at <= what.up_to) {
    durable = appending.front()->what->header.at;
    recent.push(std::move(appending.front()));
    appending.pop_front();
  }
  if (durable == before) {
    return;
  }
  t.want(to_consensus{ledger_advanced{durable}});
  own.settle(durable, t);
  subs.durable(durable);
  receipts.durable(durable);
  store_behind(t);
}

void notary::parts::on(const notary_in::state_stored& what, const notary_turn& t) {
  storing_state = false;
  stored = what.at;
  store_next = t.now + config.store_after;
}

void notary::parts::on(const notary_in::storage& what, const notary_turn&) {
  problem = what.problem;
}

void notary::parts::on(notary_in::asked& what, const notary_turn& t) {
  std::visit(overloaded{
               [&](propose_request& one) {
                 if (over_up_to(setup.self) == batch_number{~std::uint64_t{0}}) {
                   return t.refuse(what.by, one.tag,
                                   {errc::not_a_writer, "this node may write no variable, or the "
                                                        "group remembers no more authors"});
                 }
                 own.propose(what.by, std::move(one), t);
               },
               [&](const get_request& one) {
                 const auto last = own.last_receipt();
                 gets.get(what.by, one, last == height{} ? last : last.next(), t);
               },
               [&](const subscribe_request& one) { subs.subscribe(what.by, one, t); },
               [&](const unsubscribe_request& one) {
                 subs.unsubscribe(what.by, one.tag);
                 gets.forget(what.by, one.tag);
                 receipts.forget(what.by, one.tag);
               },
               [&](const status_request& one) { t.tell(what.by, status(one.tag)); },
               [&](const committed_taken& one) { subs.taken(what.by, one.tag); },
               [&](const evidence_request& one) { t.tell(what.by, evidence_from(one)); },
               [&](const receipt_request& one) { receipts.ask(what.by, one, t); },
             },
             what.what);
}

void notary::parts::on(const notary_in::asker_restarted& what, const notary_turn&) {
  own.asker_gone(what.by);
  gets.asker_gone(what.by);
  subs.asker_gone(what.by);
  receipts.asker_gone(what.by);
}

void notary::parts::on(const notary_in::network_full& what, const notary_turn& /*t*/) {
  net_blocked = what.is;
}

void notary::parts::on(const to_notary& what, const notary_turn& t) {
  std::visit(overloaded{
               [&](const standstill& one) { own.stands_still(one.is ? one.why : ""); },
               [&](const evidence_found& one) { found(one.what, t); },
               [&](const finalize_bound& one) { gets.bound_told(one, t); },
               [&](const want_batches& one) { on(one, t); },
               [&](const block_notarized& one) { on(one, t); },
               [&](const block_finalized& one) { on(one, t); },
               [&](const view_entered& one) { on(one, t); },
               [&](const group_height& one) { on(one, t); },
             },
             what);
}

void notary::parts::finish_turn(const notary_turn& t) {
  serving.turn_is_over();
  if (!halted.empty()) {
    return;
  }
  own.pump(t);
  pulls.pump(t);
  subs.pump(t);
  receipts.pump(t);
  gather_to_store(t);
  gets.pump(t);
  if (!net_blocked) {
    serve_peers(t);
  }
}

notary_status notary::parts::status(request_tag tag) const {
  notary_status out;
  const auto& tip = chain.tip();
  out.tag = tag;
  out.final_height = tip.header.at;
  out.root_height = tip.header.at;
  out.state_root = tip.state_root;
  out.time = tip.header.time;
  out.batches_waiting = pool.count() + own.waiting();
  out.mutations_committed = tip.mutations_so_far;
  out.state_entries = tip.state.entry_count();
  out.state_size = tip.state.size();
  out.evidence_count = evidences.size();
  out.liars = liars();
  out.alarm = own.alarm();
  if (tip.room != nullptr) {
    out.quota_left = tip.room->left_for(setup.self, !setup.rules->is_named(setup.self));
  }
  out.problem = halted.empty() ? problem : halted;
  return out;
}

void notary::parts::halt(std::string why, const notary_turn& t) {
  halted = std::move(why);
  own.stop(t);
  gets.stop(t);
  subs.stop(t);
  receipts.stop({errc::state_diverged, halted}, t);
  serving.stop();
  t.want(to_consensus{state_diverged{halted}});
}

void notary::parts::refuse(const notary_in::asked& what, const notary_turn& t) {
  const error why{errc::state_diverged, halted};
  std::visit(overloaded{
               [&](const propose_request& one) { t.refuse(what.by, one.tag, why); },
               [&](const get_request& one) {
                 t.tell(what.by, get_answer{one.tag, tl::make_unexpected(why)});
               },
               [&](const subscribe_request& one) {
                 t.tell(what.by, subscription_ended{one.tag, why.code});
               },
               [&](const status_request& one) { t.tell(what.by, status(one.tag)); },
               [&](const evidence_request& one) { t.tell(what.by, evidence_from(one)); },
               [&](const receipt_request& one) {
                 t.tell(what.by, receipt_answer{one.tag, tl::make_unexpected(why)});
               },
               ignored<unsubscribe_request, committed_taken>{},
             },
             what.what);
}

std::optional<time_point> notary::parts::next_wake() const {
  if (!halted.empty()) {
    return std::nullopt;
  }
  auto soonest = forward_at;
  for (const auto& one :
       {own.next_wake(), pulls.next_wake(), gets.next_wake(), receipts.next_wake()}) {
    soonest = one ? std::min(soonest, *one) : soonest;
  }
  if (may_store()) {
    soonest = std::min(soonest, store_next);
  }
  if (to_store) {
    soonest = std::min(soonest, gather_next);
  }
  return soonest == time_point::max() ? std::nullopt : std::optional{soonest};
}

// -- notary --------------------------------------------------------------------------------------

notary::notary(notary_setup setup) : parts_{std::make_unique<parts>(std::move(setup))} {}
notary::notary(notary&&) noexcept = default;
notary& notary::operator=(notary&&) noexcept = default;
notary::~notary() = default;

void notary::start(const turn<action>& at) {
  auto& p = *parts_;
  CAUCUS_ASSERT(!p.started);
  p.started = true;
  const notary_turn t{at};
  const auto& tip = p.chain.tip();
  t.want(to_consensus{ledger_tip{tip.id, tip.header, tip.finalization, tip.state_root,
                                 tip.receipts_root, tip.has_payload, tip.room}});
  // Sorted, so that runs repeat whatever the table's order.
  std::map<digest, pooled_batch*> held;
  p.pool.each([&](pooled_batch& one) { held.emplace(one.id, &one); });
  for (const auto& [id, one] : held) {
    one->since = t.now;
    p.announce(*one, t);
  }
  p.allow_own();
  p.own.start(last_number(tip.state, p.setup.self), t);
  p.own.settle(p.durable, t);
  p.subs.durable(p.durable);
  p.receipts.durable(p.durable);
  p.store_next = t.now + p.config.store_after;
  p.finish_turn(t);
}

void notary::step(event what, const turn<action>& at) {
  const notary_turn t{at};
  if (parts_->halted.empty()) {
    std::visit([&](auto& one) { parts_->on(one, t); }, what);
  } else if (const auto* const one = std::get_if<notary_in::asked>(&what)) {
    parts_->refuse(*one, t);
  }
}

void notary::finish_turn(const turn<action>& at) {
  parts_->finish_turn({at});
}

bool notary::peers_wait() const {
  return parts_->peers_wait();
}

bool notary::wants_turn() const {
  return parts_->halted.empty()
         && (parts_->subs.may_pump() || parts_->receipts.may_pump()
             || (!parts_->net_blocked && parts_->peers_wait()));
}

void notary::stop(const turn<action>& at) {
  const notary_turn t{at};
  parts_->own.stop(t);
  parts_->gets.stop(t);
  parts_->subs.stop(t);
  parts_->receipts.stop({errc::stopping, "the node stops"}, t);
}

std::optional<time_point> notary::next_wake() const {
  return parts_->next_wake();
}

std::vector<journal_record> notary::journal() const {
  std::vector<journal_record> out;
  parts_->own.journal(out);
  std::map<digest, shared_batch> held;
  if (parts_->config.durable) {
    std::as_const(parts_->pool).each([&](const pooled_batch& one) {
      if (!one.own && one.state != batch_state::checking) {
        held.emplace(one.id, one.what);
      }
    });
    for (auto& one : parts_->recent.kept()) {
      out.emplace_back(held_record{std::move(one)});
    }
  }
  for (auto& [id, one] : held) {
    out.emplace_back(held_record{one});
  }
  for (const auto& one : parts_->evidences) {
    out.emplace_back(evidence_record{one});
  }
  return out;
}

const notary_setup& notary::setup() const {
  return parts_->setup;
}

const std::string& notary::halted() const {
  return parts_->halted;
}

const std::vector<evidence>& notary::lies() const {
  return parts_->evidences;
}

height notary::final_height() const {
  return parts_->chain.tip().header.at;
}

digest notary::state_root() const {
  return parts_->chain.tip().state_root;
}

} // namespace caucus
