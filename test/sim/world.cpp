#include "test/sim/world.hpp"

#include "messages/quorum.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>

namespace caucus::sim {

namespace {

constexpr std::int64_t wall_start_ms = 1'700'000'000'000;

} // namespace

world::world(options given)
    : options_{std::move(given)}, weather_{options_.fair}, random_{options_.seed} {
  for (node_index i = 0; i < options_.members + options_.followers; ++i) {
    nodes_.emplace_back(i);
  }
  for (node_index i = 0; i < nodes_.size(); ++i) {
    restart(i);
  }
}

world::~world() = default;

void world::run_for(duration span, const std::function<bool()>& until) {
  const auto end = now_ + span;
  while (!queue_.empty() && queue_.top().at <= end) {
    auto next = std::move(const_cast<due&>(queue_.top())); // popped at once
    queue_.pop();
    now_ = next.at;
    ++event_count_;
    std::visit([this](auto& one) { happen(one); }, next.what);
    if (!checker_.ok() || (until && until())) {
      return;
    }
  }
  now_ = end;
}

void world::schedule(duration in, happening what) {
  queue_.push({now_ + in, scheduled_++, std::move(what)});
}

wall_ms world::wall(node_index who) const {
  return wall_ms{wall_start_ms + now_.time_since_epoch().count() / 1'000
                 + static_cast<std::int64_t>(who * options_.wall_skew_ms)};
}

void world::trace(std::uint64_t what) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    trace_ = (trace_ ^ ((what >> shift) & 0xffU)) * 0x100000001b3U;
  }
}

// -- lives ---------------------------------------------------------------------------------------

void world::crash(node_index who) {
  auto& it = nodes_[who];
  if (it.core == nullptr) {
    return;
  }
  // Of what was written and not synced, the disk may have a beginning.
  std::vector<voting::journal_record> unsynced;
  for (const auto& one : it.held) {
    if (const auto* const written = std::get_if<voting::record>(&one)) {
      unsynced.push_back(written->what);
    }
  }
  if (!unsynced.empty() && it.journal_works) {
    unsynced.resize(below(unsynced.size() + 1));
    it.journal.insert(it.journal.end(), unsynced.begin(), unsynced.end());
  }
  it.core.reset();
  it.held.clear();
  it.asked.clear();
  it.notary.crash();
  ++it.life;
  for (node_index other = 0; other < nodes_.size(); ++other) {
    const auto found = connections_.find(std::minmax(who, other));
    if (found == connections_.end()) {
      continue;
    }
    const link_id gone{found->second};
    connections_.erase(found);
    if (alive(other)) {
      schedule(duration{static_cast<std::int64_t>(below(10'000))},
               turn{other, nodes_[other].life, link_down{gone, peer_of(who), errc::link_lost}});
    }
  }
  trace(0xdead + who);
}

void world::restart(node_index who) {
  auto& it = nodes_[who];
  if (it.core != nullptr) {
    return;
  }
  consensus_config config;
  for (node_index i = 0; i < options_.members; ++i) {
    config.members.push_back(peer_of(i));
  }
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
  it.core = std::make_unique<consensus>(config, &it.key, it.journal);
  it.syncing = false;
  it.ledger_syncing = false;
  it.journal_works = true;
  checker_.started(who, height{it.notary.ledger().size()});
  notary_out out;
  it.notary.start(out);
  carry_out(who, std::move(out));
  schedule(notary_retry_interval, notary_retry{who, it.life});
  for (node_index other = 0; other < nodes_.size(); ++other) {
    if (other != who && alive(other)) {
      connect(who, other);
    }
  }
  trace(0xa11e + who);
}

void world::connect(node_index a, node_index b) {
  const auto id = ++connected_;
  connections_[std::minmax(a, b)] = id;
  for (const auto& [here, there] : {std::pair{a, b}, std::pair{b, a}}) {
    const bool votes = there < options_.members;
    schedule(duration{static_cast<std::int64_t>(below(20'000))},
             turn{here, nodes_[here].life,
                  link_up{{link_id{id},
                           peer_of(there),
                           votes ? node_mode::server : node_mode::client,
                           false,
                           {}}}});
  }
}

void world::set_journal(node_index who, bool works) {
  nodes_[who].journal_works = works;
  if (alive(who)) {
    step(who, voting::journal_state{works});
  }
}

// -- a node's turn -------------------------------------------------------------------------------

void world::happen(turn& what) {
  if (alive(what.who) && nodes_[what.who].life == what.life) {
    if (const auto* const ended = std::get_if<request_ended>(&what.what)) {
      if (nodes_[what.who].asked.erase(ended->tag) == 0) {
        return; // answered in time
      }
    }
    step(what.who, std::move(what.what));
  }
}

void world::step(node_index who, voting::event what) {
  trace(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  trace(who * 256 + what.index());
  auto& it = nodes_[who];
  voting::actions out;
  it.core->step(std::move(what), now_, wall(who), out);
  for (auto& one : out) {
    trace(one.index());
    // Checks and timers need not wait for the disk.
    if (std::holds_alternative<voting::check_signatures>(one)
        || std::holds_alternative<voting::wake>(one)) {
      perform(who, one);
    } else {
      it.held.push_back(std::move(one));
    }
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
  if (!it.held.empty() && !it.syncing && it.journal_works) {
    it.syncing = true;
    it.syncing_count = it.held.size();
    schedule(duration{static_cast<std::int64_t>(
               below(static_cast<std::uint64_t>(options_.sync_max.count()) + 1))},
             journal_synced{who, it.life});
  }
}

void world::happen(journal_synced& what) {
  auto& it = nodes_[what.who];
  if (it.core == nullptr || it.life != what.life) {
    return;
  }
  it.syncing = false;
  if (!it.journal_works) {
    return;
  }
  for (auto count = it.syncing_count; count > 0; --count) {
    auto next = std::move(it.held.front());
    it.held.pop_front();
    if (auto* const written = std::get_if<voting::record>(&next)) {
      it.journal.push_back(std::move(written->what));
    } else {
      perform(what.who, next);
    }
  }
  flush(what.who);
}

void world::perform(node_index who, voting::action& what) {
  auto& it = nodes_[who];
  if (auto* const one = std::get_if<voting::send>(&what)) {
    const auto to = other_end(who, one->to);
    if (one->request != 0) {
      it.asked.insert(one->request);
      schedule(one->timeout,
               turn{who, it.life, request_ended{one->to, one->request, errc::timed_out}});
    }
    if (to) {
      say(who, *to,
          {std::make_shared<const voting::message>(std::move(one->what)), one->request,
           one->responds_to});
    }
  } else if (auto* const many = std::get_if<voting::multicast>(&what)) {
    const auto shared = std::make_shared<const voting::message>(std::move(many->what));
    for (const auto link : many->to) {
      if (const auto to = other_end(who, link)) {
        say(who, *to, {shared, 0, 0});
      }
    }
  } else if (const auto* const asked = std::get_if<voting::check_signatures>(&what)) {
    const bool good = std::all_of(asked->claims.begin(), asked->claims.end(), is_good);
    schedule(duration{static_cast<std::int64_t>(below(300))},
             turn{who, it.life, voting::checked{asked->token, good}});
  } else if (const auto* const told = std::get_if<voting::tell>(&what)) {
    if (const auto* const last = std::get_if<block_finalized>(&told->what);
        last != nullptr && honest(who)) {
      checker_.finalized(who, *last);
    }
    notary_out out;
    it.notary.on(told->what, out);
    carry_out(who, std::move(out));
  } else if (const auto* const timer = std::get_if<voting::wake>(&what)) {
    schedule(std::max(timer->at - now_, duration{0}), turn{who, it.life, voting::tick{}});
  } else if (const auto* const accused = std::get_if<voting::accuse>(&what)) {
    it.blamed.push_back(accused->what);
  }
}

std::uint64_t world::submit(node_index who) {
  const auto number = ++submitted_;
  if (alive(who)) {
    if (honest(who)) {
      promised_.insert(number);
    }
    notary_out out;
    nodes_[who].notary.submit(number, out);
    carry_out(who, std::move(out));
  }
  return number;
}

// -- what came of it -----------------------------------------------------------------------------

bool world::settled() const {
  std::optional<std::size_t> heights;
  for (node_index i = 0; i < nodes_.size(); ++i) {
    if (!honest(i) || !alive(i)) {
      continue;
    }
    const auto& ledger = nodes_[i].notary.ledger();
    if (heights.value_or(ledger.size()) != ledger.size() || nodes_[i].notary.own_open() != 0) {
      return false;
    }
    heights = ledger.size();
  }
  for (node_index i = 0; i < nodes_.size(); ++i) {
    if (!honest(i) || !alive(i)) {
      continue;
    }
    std::size_t done = 0;
    for (const auto& entry : nodes_[i].notary.ledger()) {
      for (const auto mutation : entry.result.applied) {
        done += promised_.count(mutation);
      }
    }
    if (done != promised_.size()) {
      return false;
    }
  }
  return true;
}

height world::top() const {
  height out;
  for (const auto& one : nodes_) {
    out = std::max(out, height{one.notary.ledger().size()});
  }
  return out;
}

view world::top_view() const {
  view out;
  for (const auto& one : nodes_) {
    if (one.core != nullptr) {
      out = std::max(out, one.core->current());
    }
  }
  return out;
}

} // namespace caucus::sim
