#include "test/sim/world.hpp"

#include <algorithm>

/// A node's consensus: its journal of votes, and what it wants done.

namespace caucus::sim {

void world::start_consensus(node_index who) {
  auto& it = nodes_[who];
  consensus_config config;
  config.voters = committee_of(genesis_);
  if (who < options_.members) {
    config.self = member_index{static_cast<std::uint16_t>(who)};
  }
  config.keeps = options_.keeps;
  config.delta = options_.delta;
  config.delta_max = options_.delta * 16;
  config.heartbeat = options_.heartbeat;
  config.retry_interval = options_.delta;
  config.request_timeout = options_.delta * 4;
  config.skip_timeout = options_.delta * 10;
  config.standstill_after = options_.delta * 10;
  it.core = std::make_unique<consensus>(config, &it.key, it.votes);
  it.tick_at.reset();
  it.syncing = false;
  it.held.clear();
}

void world::forget_unsynced_votes(node_index who) {
  auto& it = nodes_[who];
  // Of what was written and not synced, the disk may have a beginning.
  std::vector<voting::journal_record> unsynced;
  for (const auto& one : it.held) {
    if (const auto* const written = std::get_if<voting::record>(&one)) {
      unsynced.push_back(written->what);
    }
  }
  if (!unsynced.empty() && it.disk_works) {
    unsynced.resize(below(unsynced.size() + 1));
    for (const auto& one : unsynced) { // certificates beside it in the journal may rest on it
      if (const auto* const mine = std::get_if<voting::voted>(&one);
          mine != nullptr && honest(who)) {
        votes_.said(who, mine->what);
      }
    }
    it.votes.insert(it.votes.end(), unsynced.begin(), unsynced.end());
  }
}

void world::step(node_index who, voting::event what) {
  trace(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  trace(who * 256 + what.index());
  auto& it = nodes_[who];
  voting::actions out;
  it.core->step(std::move(what), caucus::turn<voting::action>{now_, wall(who), out});
  for (auto& one : out) {
    trace(one.index());
    // Checks need not wait for the disk.
    if (std::holds_alternative<voting::check_signatures>(one)) {
      perform(who, one);
    } else {
      it.held.push_back(std::move(one));
    }
  }
  if (const auto wanted = it.core->next_wake(); wanted && wanted != it.tick_at) {
    it.tick_at = wanted;
    schedule(std::max(*wanted - now_, duration{0}),
             turn{who, it.life, voting::event{voting::tick{}}});
  }
  flush(who);
}

void world::flush(node_index who) {
  auto& it = nodes_[who];
  while (!it.held.empty() && !std::holds_alternative<voting::record>(it.held.front())) {
    auto next = std::move(it.held.front());
    it.held.pop_front();
    perform(who, next);
  }
  if (!it.held.empty() && !it.syncing && it.disk_works) {
    it.syncing = true;
    it.syncing_count = it.held.size();
    schedule(at_random(options_.sync_max), votes_synced{who, it.life});
  }
}

void world::happen(votes_synced& what) {
  auto& it = nodes_[what.who];
  if (!lives(what.who, what.life)) {
    return;
  }
  it.syncing = false;
  if (!it.disk_works) {
    return;
  }
  for (auto count = it.syncing_count; count > 0; --count) {
    auto next = std::move(it.held.front());
    it.held.pop_front();
    if (auto* const written = std::get_if<voting::record>(&next)) {
      if (const auto* const mine = std::get_if<voting::voted>(&written->what);
          mine != nullptr && honest(what.who)) {
        votes_.said(what.who,
                    mine->what); // it counts, whether there was a link to tell it over or not
      }
      it.votes.push_back(std::move(written->what));
    } else {
      perform(what.who, next);
    }
  }
  flush(what.who);
  // Rewritten now and then, as the shell does when it has grown.
  if (below(32) == 0 && it.held.empty()) {
    it.votes = it.core->live_records();
  }
}

void world::perform(node_index who, voting::action& what) {
  auto& it = nodes_[who];
  if (auto* const one = std::get_if<voting::send>(&what)) {
    const auto msg_id = one->request * 2;
    if (msg_id != 0) {
      await(who, msg_id, one->to, one->timeout);
    }
    if (const auto to = other_end(who, one->to)) {
      say(who, *to, std::make_shared<const words>(std::move(one->what)), msg_id, one->responds_to);
    }
  } else if (auto* const many = std::get_if<voting::multicast>(&what)) {
    const auto shared = std::make_shared<const words>(std::move(many->what));
    for (const auto link : many->to) {
      if (const auto to = other_end(who, link)) {
        say(who, *to, shared);
      }
    }
  } else if (const auto* const asked = std::get_if<voting::check_signatures>(&what)) {
    const bool good = std::all_of(asked->claims.begin(), asked->claims.end(),
                                  [this](const auto& each) { return is_good(network_, each); });
    schedule(check_time(who),
             turn{who, it.life, voting::event{voting::checked{asked->token, good}}});
  } else if (auto* const told = std::get_if<voting::tell>(&what)) {
    if (const auto* const last = std::get_if<block_finalized>(&told->what);
        last != nullptr && honest(who)) {
      votes_.finalized(who, *last);
    } else if (const auto* const stands = std::get_if<standstill>(&told->what)) {
      it.standstill = stands->why;
    }
    step(who, notary_in::event{std::move(told->what)});
  } else if (auto* const accused = std::get_if<voting::accuse>(&what)) {
    blame_is(who, std::move(accused->what));
  }
}

} // namespace caucus::sim
