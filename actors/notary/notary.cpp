#include "actors/notary/notary.hpp"

#include "actors/notary/notary_parts.hpp"
#include "actors/notary/rules_migration.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/variables/rules_text.hpp"

#include <algorithm>

namespace caucus {

namespace {

/// Blocks of one ledger read for subscribers, and their bytes: a millisecond or two, one a turn.
constexpr std::uint32_t blocks_per_load = 64;
constexpr std::size_t load_size_max = 1024 * 1024;

} // namespace

notary::parts::parts(notary_setup with)
    : setup{std::move(with)}, config{setup.config},
      history{std::make_shared<const epoch_history>(
        epoch_history{committees{setup.rules->first_voters()}, {}})},
      peers{history->voters.newest(), setup.self}, pool{config}, chain{setup.genesis, setup.rules,
                                                                       pool,
                                                                       setup.proves ? &setup.proves
                                                                                    : nullptr},
      puller{config, peers}, outgoing{setup, chain.tip(),
                                      [this](notary_record what, const notary_turn& t) {
                                        return persist(std::move(what), t);
                                      },
                                      [this](const shared_batch& what, const digest& id,
                                             const notary_turn& t) { leave_with(what, id, t); }},
      recent{config}, reads{setup, peers, history},
      subscriptions{config, recent,
                    [this](height from, const notary_turn& t) {
                      const auto token = next_load++;
                      t.want(notary_out::load{token, from, blocks_per_load, load_size_max, true});
                      return token;
                    }},
      receipts{config, recent, history,
               [this](height from, std::uint32_t count, bool bodies, const notary_turn& t) {
                 const auto token = next_load++;
                 t.want(notary_out::load{token, from, count, load_size_max, bodies});
                 return token;
               }},
      serving{config, peers, [this](const digest& id) { return batch_here(id); },
              [this] { return next_load++; },
              [this](const final_block& of) -> const closing* {
                const auto* const end = closing_of(of.block->header.epoch);
                return end != nullptr && end->last == of.block->header ? end : nullptr;
              }},
      snapshots{config, peers, history}, fetch{
                                           config, peers, history,
                                           [this](const state_tree& next, const notary_turn& t) {
                                             outgoing.jumps(last_number(next, setup.self), t);
                                           }} {}

std::uint64_t notary::parts::persist(notary_record what, const notary_turn& t) {
  t.want(notary_out::persist{++persist_token, std::move(what)});
  return persist_token;
}

// -- events --------------------------------------------------------------------------------------

void notary::parts::on(const notary_in::tick&, const notary_turn& t) {
  outgoing.tick(t);
  reads.tick(t);
  receipts.tick(t);
  fetch.pump(t);
  if (t.now >= forward_at) {
    forward_waiting(t);
  }
  store_behind(t);
}

void notary::parts::on(const notary_in::peer_up& what, const notary_turn& t) {
  const auto peer =
    peers.up(what.link, what.peer, what.mode, what.protocol >= protocol_version_with_snapshots);
  if (!peer.member) {
    return;
  }
  outgoing.each_unordered([&](const shared_batch& one, const digest& id) {
    if (auto* const pooled = pool.find(id); pooled != nullptr) {
      pooled->known_by |= bit_of(*peer.member);
    }
    t.want(notary_out::send_batch{one, {what.link}});
  });
}

void notary::parts::on(const notary_in::peer_down& what, const notary_turn&) {
  const auto peer = peers.down(what.link);
  puller.link_gone(what.link);
  reads.link_gone(what.link);
  serving.link_gone(what.link);
  snapshots.link_gone(what.link);
  fetch.link_gone(what.link);
  if (peer && peer->member) { // what was on the way may be lost
    pool.each([&](pooled_batch& one) { one.known_by &= ~bit_of(*peer->member); });
  }
}

void notary::parts::on(const notary_in::persisted& what, const notary_turn& t) {
  persisted_up_to = what.count;
  outgoing.persisted(what.count, t);
  stored_batches(t);
  store_behind(t);
}

void notary::parts::on(const notary_in::appended& what, const notary_turn& t) {
  const auto before = durable;
  while (!appending.empty() && appending.front()->block->header.height <= what.height) {
    durable = appending.front()->block->header.height;
    recent.push(std::move(appending.front()));
    appending.pop_front();
  }
  if (durable == before) {
    return;
  }
  t.want(to_consensus{ledger_advanced{durable}});
  if (opening && durable >= *opening) {
    opening.reset();
    open_epoch(t);
  }
  outgoing.settle(durable, t);
  subscriptions.durable(durable);
  receipts.durable(durable);
  prune(t);
  store_behind(t);
}

void notary::parts::on(const notary_in::state_stored& what, const notary_turn& t) {
  storing_state = false;
  stored = what.height;
  store_next = t.now + config.store_after;
  prune(t);
}

void notary::parts::prune(const notary_turn& t) {
  const auto keep = std::max(config.keep_blocks, config.keep_blocks_min);
  if (config.keep_blocks == 0 || durable.value() <= keep) {
    return;
  }
  // A later life begins with the block of the stored state.
  const height below{std::min(durable.value() - keep + 1, stored.value())};
  if (below > prune_asked) {
    prune_asked = below;
    t.want(notary_out::prune{below});
  }
}

void notary::parts::on(const notary_in::pruned& what, const notary_turn& /*t*/) {
  oldest = what.oldest;
  prune_asked = std::max(prune_asked, oldest);
  subscriptions.pruned(oldest);
  receipts.pruned(oldest);
}

void notary::parts::on(const notary_in::storage& what, const notary_turn&) {
  problem = what.problem;
}

void notary::parts::on(notary_in::asked& what, const notary_turn& t) {
  std::visit(overloaded{
               [&](propose_request& one) {
                 const bool is_over = over_up_to(setup.self) == batch_number{~std::uint64_t{0}};
                 if (is_over && !outgoing.knows(one.request_id)
                     && is_barred(*chain.base().group, setup.self)) {
                   return t.refuse(what.asker, one.tag,
                                   {errc::not_a_writer,
                                    "the group has barred this node: its members' operators can "
                                    "let it in again (group unbar)"});
                 }
                 if (is_over && !outgoing.knows(one.request_id)) {
                   return t.refuse(what.asker, one.tag,
                                   {errc::not_a_writer, "this node may write no variable, or the "
                                                        "group remembers no more authors"});
                 }
                 outgoing.propose(what.asker, std::move(one), t);
               },
               [&](const get_request& one) {
                 const auto last = outgoing.last_receipt();
                 reads.get(what.asker, one, last == height{} ? last : last.next(), t);
               },
               [&](const subscribe_request& one) { subscriptions.subscribe(what.asker, one, t); },
               [&](const unsubscribe_request& one) {
                 subscriptions.unsubscribe(what.asker, one.tag);
                 reads.forget(what.asker, one.tag);
                 receipts.forget(what.asker, one.tag);
               },
               [&](const status_request& one) { t.tell(what.asker, status(one.tag)); },
               [&](const committed_taken& one) { subscriptions.taken(what.asker, one.tag); },
               [&](const evidence_request& one) { t.tell(what.asker, evidence_from(one)); },
               [&](const receipt_request& one) { receipts.ask(what.asker, one, t); },
               [&](const group_request& one) { feed.ask(what.asker, one); },
               [&](const rules_request& one) {
                 const auto& tip = chain.tip();
                 const auto made =
                   moved_to(*tip.coming, tip.state, *tip.group->declared, *one.next);
                 t.tell(what.asker,
                        rules_answer{one.tag, made ? std::nullopt : std::optional{made.error()}});
               },
             },
             what.request);
}

void notary::parts::on(const notary_in::asker_restarted& what, const notary_turn&) {
  outgoing.asker_gone(what.asker);
  reads.asker_gone(what.asker);
  subscriptions.asker_gone(what.asker);
  receipts.asker_gone(what.asker);
  feed.asker_gone(what.asker);
}

void notary::parts::on(const notary_in::network_full& what, const notary_turn& /*t*/) {
  net_blocked = what.full;
}

void notary::parts::on(const to_notary& what, const notary_turn& t) {
  std::visit(overloaded{
               [&](const standstill& one) { outgoing.stands_still(one.active ? one.reason : ""); },
               [&](const evidence_found& one) { found(one.evidence, t); },
               [&](const finalize_bound& one) { reads.bound_told(one, t); },
               [&](const want_batches& one) { on(one, t); },
               [&](const block_notarized& one) { on(one, t); },
               [&](const block_finalized& one) { on(one, t); },
               [&](const view_entered& one) { on(one, t); },
               [&](const folder_is_older&) { outgoing.folder_is_older(t); },
               [&](const group_height& one) { on(one, t); },
               [&](const blocks_gone&) { fetch.begin(chain.tip(), t); },
             },
             what);
}

void notary::parts::finish_turn(const notary_turn& t) {
  serving.turn_is_over();
  if (!halted.empty()) {
    return;
  }
  outgoing.pump(t);
  puller.pump(t);
  if (puller.nobody_has(chain.tip().header.height.next(), t.now)) {
    fetch.begin(chain.tip(), t); // consensus may be ahead, as it needs no batches
  }
  subscriptions.pump(t);
  receipts.pump(t);
  gather_to_store(t);
  reads.pump(t);
  feed.pump(chain.tip(), history, evidences.size(), reads.base(), t);
  if (!net_blocked) {
    serve_peers(t);
  }
}

notary_status notary::parts::status(request_tag tag) const {
  notary_status out;
  const auto& tip = chain.tip();
  out.tag = tag;
  out.voters = tip.voters;
  out.final_height = tip.header.height;
  out.root_height = tip.header.height;
  out.state_root = tip.state_root;
  out.time = tip.header.time;
  out.batches_waiting = pool.count() + outgoing.waiting();
  out.mutations_committed = tip.mutations_so_far;
  out.state_entries = tip.state.entry_count();
  out.state_size = tip.state.size();
  out.evidence_count = evidences.size();
  out.liars = liars();
  out.oldest_height = oldest;
  out.fetched = fetch.state();
  if (const auto& code = tip.rules->declared()->code) {
    out.rules = to_text(*code);
  }
  out.alarm = outgoing.alarm();
  if (tip.room != nullptr) {
    out.quota_left = tip.room->left_for(setup.self, !tip.rules->is_named(setup.self, *tip.voters));
  }
  out.problem = halted.empty() ? problem : halted;
  return out;
}

void notary::parts::halt(std::string why, const notary_turn& t, errc code) {
  halted = std::move(why);
  halted_as = code;
  outgoing.halt(t);
  reads.stop({halted_as, halted}, t);
  subscriptions.stop(halted_as, t);
  receipts.stop({halted_as, halted}, t);
  serving.stop();
  snapshots.stop();
  t.want(to_consensus{state_diverged{halted}});
}

void notary::parts::refuse(const notary_in::asked& what, const notary_turn& t) {
  const error why{halted_as, halted};
  std::visit(overloaded{
               [&](const propose_request& one) { t.refuse(what.asker, one.tag, why); },
               [&](const get_request& one) {
                 t.tell(what.asker, get_answer{one.tag, tl::make_unexpected(why)});
               },
               [&](const subscribe_request& one) {
                 t.tell(what.asker, subscription_ended{one.tag, why.code});
               },
               [&](const status_request& one) { t.tell(what.asker, status(one.tag)); },
               [&](const evidence_request& one) { t.tell(what.asker, evidence_from(one)); },
               [&](const receipt_request& one) {
                 t.tell(what.asker, receipt_answer{one.tag, tl::make_unexpected(why)});
               },
               [&](const rules_request& one) {
                 t.tell(what.asker, rules_answer{one.tag, why});
               },
               ignored<unsubscribe_request, committed_taken, group_request>{},
             },
             what.request);
}

std::optional<time_point> notary::parts::next_wake() const {
  if (!halted.empty()) {
    return std::nullopt;
  }
  auto soonest = forward_at;
  for (const auto& one : {outgoing.next_wake(), puller.next_wake(), reads.next_wake(),
                          receipts.next_wake(), fetch.next_wake()}) {
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
  for (const auto& one : p.evidences) {
    if (auto why = p.own_lie(one); !why.empty()) {
      t.want(to_consensus{own_lie_found{std::move(why)}});
      break;
    }
  }
  p.pool.each([](pooled_batch& one) { one.announced = true; }); // what was restored is held
  if (tip.group->declared != p.setup.rules->first_group()->declared) {
    t.want(notary_out::name_variables{tip.group->declared});
  }
  p.tell_tip(t);
  p.allow_own();
  p.outgoing.start(last_number(tip.state, p.setup.self), t);
  p.outgoing.settle(p.durable, t);
  p.subscriptions.durable(p.durable);
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
         && (parts_->subscriptions.may_pump() || parts_->receipts.may_pump()
             || (!parts_->net_blocked && parts_->peers_wait()));
}

void notary::stop(const turn<action>& at) {
  const notary_turn t{at};
  parts_->outgoing.stop(t);
  parts_->reads.stop({errc::stopping, "the node stops"}, t);
  parts_->subscriptions.stop(errc::stopping, t);
  parts_->receipts.stop({errc::stopping, "the node stops"}, t);
}

std::optional<time_point> notary::next_wake() const {
  return parts_->next_wake();
}

std::vector<notary_record> notary::journal() const {
  std::vector<notary_record> out;
  parts_->outgoing.journal(out);
  std::map<digest, shared_batch> held;
  if (parts_->config.durable) {
    std::as_const(parts_->pool).each([&](const pooled_batch& one) {
      if (!one.own && one.state != batch_state::checking) {
        held.emplace(one.id, one.batch);
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

accusation notary::accused_by(const evidence& what) const {
  return parts_->accused_by(what);
}

const shared_history& notary::history() const {
  return parts_->history;
}

bool notary::is_out(const peer_id& author) const {
  return parts_->over_up_to(author) == batch_number{~std::uint64_t{0}};
}

height notary::final_height() const {
  return parts_->chain.tip().header.height;
}

digest notary::state_root() const {
  return parts_->chain.tip().state_root;
}

} // namespace caucus
