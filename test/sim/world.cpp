#include "test/sim/world.hpp"

#include "messages/quorum.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <tuple>

/// Time, lives, and what came of it all.

namespace caucus::sim {

namespace {

constexpr duration users_round_interval{200'000};

/// Of a quorum as many may lie as do; one that is alone tells nobody.
std::size_t nullifiers(const options& of) {
  return of.members == 1 ? 0 : quorum(static_cast<std::uint16_t>(of.members)) - of.liars.size();
}

} // namespace

world::world(options given)
    : options_{std::move(given)}, genesis_{sim_genesis(options_.members, options_.limits)},
      network_{network_id_of(genesis_, {})}, rules_{compile_rules(genesis_).value()},
      weather_{options_.fair}, random_{options_.seed}, votes_{verdict_, nullifiers(options_)},
      ledgers_{verdict_, genesis_, network_} {
  for (node_index i = 0; i < options_.members + options_.followers; ++i) {
    nodes_.emplace_back(i, *this);
    set_clock(i, wall_ms{static_cast<std::int64_t>(i * options_.wall_skew_ms)});
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
    if (!verdict_.ok() || (until && until())) {
      return;
    }
  }
  now_ = end;
}

void world::schedule(duration in, happening what) {
  queue_.push({now_ + in, scheduled_++, std::move(what)});
}

duration world::at_random(duration most) {
  return duration{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most.count()) + 1))};
}

duration world::check_time(node_index who) {
  const auto takes = at_random(options_.check_max);
  if (!options_.one_checker) {
    return takes;
  }
  auto& free = nodes_[who].checker_free;
  free = std::max(free, now_) + takes;
  return free - now_;
}

wall_ms world::time_ahead() const {
  const auto right = genesis_time + wall_ms{now_.time_since_epoch().count() / 1'000};
  return std::max(ledgers_.newest_time() - right, wall_ms{0});
}

wall_ms world::wall(node_index who) const {
  return genesis_time + wall_ms{now_.time_since_epoch().count() / 1'000} + nodes_[who].clock_ahead;
}

void world::trace(std::uint64_t what) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    trace_ = (trace_ ^ ((what >> shift) & 0xffU)) * 0x100000001b3U;
  }
}

// -- lives ---------------------------------------------------------------------------------------

void world::crash(node_index who) {
  auto& it = nodes_[who];
  if (!alive(who)) {
    return;
  }
  forget_unsynced_votes(who);
  it.disk.crash([this](std::uint64_t limit) { return below(limit); });
  it.core.reset();
  it.books.reset();
  it.people.forsaken();
  it.asked.clear();
  it.checker_free = now_;
  ++it.life;
  disconnect(who);
  trace(0xdead + who);
}

void world::lose_disk(node_index who) {
  crash(who);
  nodes_[who].votes.clear();
  nodes_[who].disk = {};
  nodes_[who].people.give_up();
}

bool world::anyone_doubts(node_index but) const {
  for (node_index i = 0; i < options_.members; ++i) {
    const auto& it = nodes_[i];
    if (i != but && honest(i) && (it.votes.empty() || (alive(i) && it.core->in_doubt()))) {
      return true;
    }
  }
  return false;
}

void world::keep_copy(node_index who) {
  auto& it = nodes_[who];
  auto copied = it.disk;
  copied.crash([](std::uint64_t) { return 0; });
  it.copy.emplace(it.votes, std::move(copied));
}

void world::set_back(node_index who) {
  auto& it = nodes_[who];
  if (!it.copy) {
    return;
  }
  crash(who);
  std::tie(it.votes, it.disk) = *it.copy;
  it.people.give_up();
}

void world::restart(node_index who) {
  auto& it = nodes_[who];
  if (alive(who)) {
    return;
  }
  it.disk_works = true;
  start_consensus(who);
  start_notary(who);
  schedule(at_random(users_round_interval), users_round{who, it.life});
  for (node_index other = 0; other < nodes_.size(); ++other) {
    if (other != who && alive(other)) {
      connect(who, other);
    }
  }
  trace(0xa11e + who);
}

void world::set_disk(node_index who, bool works) {
  auto& it = nodes_[who];
  it.disk_works = works;
  if (alive(who)) {
    step(who, voting::journal_state{works});
    step(who, notary_in::storage{works ? "" : "the disk is full"});
    sync_disk(who);
  }
}

void world::happen(turn& what) {
  if (lives(what.who, what.life)) {
    std::visit([&](auto& event) { step(what.who, std::move(event)); }, what.what);
  }
}

// -- users ---------------------------------------------------------------------------------------

void world::submit(node_index who, std::size_t count) {
  std::vector<notary_request> asked;
  for (; alive(who) && count > 0; --count) {
    const bool named = below(8) != 0;
    asked.push_back(nodes_[who].people.propose(++submitted_, named, below(4) == 0));
  }
  ask(who, users::people, std::move(asked));
}

void world::read(node_index who, bool fresh) {
  if (!alive(who)) {
    return;
  }
  auto of = static_cast<subject_of_read>(below(3));
  const auto note = below(submitted_ + 1);
  if (of == subject_of_read::note && !note_of(note)) {
    of = subject_of_read::score;
  }
  ask(who, users::people, {nodes_[who].people.read(of, note, fresh)});
}

void world::restart_users(node_index who) {
  if (!alive(who)) {
    return;
  }
  nodes_[who].people.forsaken();
  step(who, notary_in::asker_restarted{users::people});
  step(who, notary_in::asker_restarted{users::application});
  ask(who, users::application, {nodes_[who].people.subscribe()});
}

void world::happen(users_round& what) {
  if (lives(what.who, what.life)) {
    ask(what.who, users::people, nodes_[what.who].people.again(now_));
    schedule(users_round_interval, users_round{what.who, what.life});
  }
}

// -- what came of it -----------------------------------------------------------------------------

std::string world::unsettled() const {
  for (node_index i = 0; i < nodes_.size(); ++i) {
    const auto& it = nodes_[i];
    const auto name = "node " + std::to_string(i);
    if (!honest(i) || !alive(i)) {
      continue;
    }
    if (it.disk.ledger().size() != top().value()) {
      return name + " is at height " + std::to_string(it.disk.ledger().size()) + " of "
             + std::to_string(top().value());
    }
    if (it.people.open_count() != 0) {
      return "users of " + name + " wait for " + std::to_string(it.people.open_count())
             + " receipts; of " + std::to_string(options_.members) + " members; "
             + it.core->status().problem + it.books->alarm().text + it.people.last_error();
    }
    if (it.people.heard() < ledgers_.newest_told()) {
      return "the application of " + name + " has not heard of all blocks";
    }
  }
  return {};
}

bool world::all_read() const {
  for (node_index i = 0; i < nodes_.size(); ++i) {
    if (honest(i) && alive(i) && nodes_[i].people.read_count() != 0) {
      return false;
    }
  }
  return true;
}

std::size_t world::failed_reads() const {
  std::size_t out = 0;
  for (node_index i = 0; i < nodes_.size(); ++i) {
    out += honest(i) ? nodes_[i].people.failed_reads() : 0;
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
