#include "test/sim/world.hpp"

#include "actors/notary/batch_check.hpp"
#include "actors/notary/freshness.hpp"

#include <algorithm>
#include <type_traits>

/// A node's notary: its disk, and what it wants done.

namespace caucus::sim {

namespace {

constexpr duration taking_time_max{50'000}; ///< of an application, of one block

notary_config small_config(vote_keeping keeps) {
  notary_config out;
  out.durable = keeps == vote_keeping::each;
  // Small, so that a run of half a minute comes to the ledger, the state behind and their ends.
  out.recent_blocks = 8;
  out.told_part_size = 400;
  out.told_size_max = 800;
  out.told_per_turn = 800;
  out.read_again_max = 4'096;
  out.store_after = duration{1'000'000};
  return out;
}

} // namespace

// -- turns ---------------------------------------------------------------------------------------

void world::start_notary(node_index who) {
  auto& it = nodes_[who];
  it.books = std::make_unique<notary>(notary_setup{
    genesis_, network_, rules_, peer_of(who), [&it](bytes_view text) { return it.key.sign(text); },
    small_config(options_.keeps), static_cast<std::uint32_t>(below(1ULL << 32U))});
  it.disk_syncing = false;
  it.wakes_at = time_point::max();
  if (const auto done = it.disk.restore(*it.books); !done) {
    verdict_.fail(who, "its own disk does not restore: " + to_string(done.error()));
  }
  votes_.started(who, it.books->final_height());
  std::vector<notary_out::action> out;
  it.books->start({now_, {}, out});
  carry_out(who, std::move(out));
  ask(who, users::application, {it.people.subscribe()});
}

void world::step(node_index who, notary_in::event what) {
  trace(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  trace(0x10000 + who * 256 + what.index());
  std::vector<notary_out::action> out;
  nodes_[who].books->step(std::move(what), {now_, {}, out});
  nodes_[who].books->finish_turn({now_, {}, out});
  carry_out(who, std::move(out));
}

void world::ask(node_index who, asker_index by, std::vector<notary_request> what) {
  if (what.empty()) {
    return;
  }
  std::vector<notary_out::action> out;
  for (auto& one : what) {
    trace(0x20000 + who * 256 + one.index() + 1);
    nodes_[who].books->step(notary_in::asked{by, std::move(one)}, {now_, {}, out});
  }
  nodes_[who].books->finish_turn({now_, {}, out});
  carry_out(who, std::move(out));
}

void world::carry_out(node_index who, std::vector<notary_out::action> what) {
  for (auto& one : what) {
    trace(one.index() + 1);
    std::visit([&](auto& action) { perform(who, action); }, one);
  }
  sync_disk(who);
  auto& it = nodes_[who];
  if (const auto next = it.books->next_wake(); next && *next < it.wakes_at) {
    it.wakes_at = *next;
    schedule(std::max(*next - now_, duration{0}), notary_wake{who, it.life, *next});
  }
}

void world::happen(notary_wake& what) {
  auto& it = nodes_[what.who];
  if (!lives(what.who, what.life) || it.wakes_at != what.at) {
    return; // an earlier one took its place
  }
  it.wakes_at = time_point::max();
  step(what.who, notary_in::event{notary_in::tick{}});
  if (const auto next = it.books->next_wake(); next && *next <= now_ && honest(what.who)) {
    verdict_.fail(what.who, "the notary wants its next tick at once, for ever");
  }
}

// -- the disk ------------------------------------------------------------------------------------

void world::sync_disk(node_index who) {
  auto& it = nodes_[who];
  if (it.disk.dirty() && !it.disk_syncing && it.disk_works) {
    it.disk_syncing = true;
    schedule(at_random(options_.sync_max), disk_synced{who, it.life, it.disk.written()});
  }
}

void world::happen(disk_synced& what) {
  auto& it = nodes_[what.who];
  if (!lives(what.who, what.life)) {
    return;
  }
  it.disk_syncing = false;
  if (!it.disk_works) {
    return;
  }
  const auto before = it.disk.synced();
  it.disk.synced(what.up_to);
  if (what.up_to.token != before.token) {
    step(what.who, notary_in::event{notary_in::persisted{what.up_to.token}});
  }
  if (what.up_to.ledger != before.ledger) {
    step(what.who, notary_in::event{notary_in::appended{height{what.up_to.ledger}}});
  }
  // Rewritten now and then, as the shell does when it has grown.
  if (!it.disk.dirty() && below(32) == 0) {
    it.disk.replace_journal(it.books->journal());
  }
  sync_disk(what.who);
}

void world::happen(state_written& what) {
  if (lives(what.who, what.life)) {
    const auto at = nodes_[what.who].disk.state_written();
    step(what.who, notary_in::event{notary_in::state_stored{at}});
  }
}

// -- doing ---------------------------------------------------------------------------------------

void world::perform(node_index who, notary_out::persist& what) {
  auto& it = nodes_[who];
  if (const auto* const lie = std::get_if<evidence_record>(&what.what)) {
    it.lies.push_back(lie->what);
    if (const auto* const two = std::get_if<conflicting_batches>(&lie->what)) {
      for (node_index other = 0; other < nodes_.size(); ++other) {
        if (honest(who) && honest(other) && peer_of(other) == two->first.author) {
          verdict_.fail(other, "it signed two batches of one number");
        }
      }
    }
  }
  it.disk.write(what);
}

void world::perform(node_index who, notary_out::append& what) {
  ledgers_.appended(who, what.what); // liars' too: they execute as all do, and may be the first
  nodes_[who].disk.write(what);
}

void world::perform(node_index who, notary_out::load& what) {
  auto& it = nodes_[who];
  schedule(at_random(options_.load_max),
           turn{who, it.life, notary_in::event{notary_in::loaded{what.token, it.disk.load(what)}}});
}

void world::perform(node_index who, notary_out::store_state& what) {
  auto& it = nodes_[who];
  it.disk.write(std::move(what));
  schedule(at_random(options_.store_max), state_written{who, it.life});
}

void world::perform(node_index who, notary_out::check_batch& what) {
  schedule(check_time(who),
           turn{who, nodes_[who].life,
                notary_in::event{notary_in::batch_checked{
                  what.token, check_batch(network_, the_group, *what.what, is_signed_by)}}});
}

void world::perform(node_index who, notary_out::check_answer& what) {
  schedule(check_time(who), turn{who, nodes_[who].life,
                                 notary_in::event{notary_in::answer_checked{
                                   what.token, verify_answer(genesis_, network_, *what.what,
                                                             is_signed_by, count_alone::taken)}}});
}

void world::perform(node_index who, notary_out::check_attestation& what) {
  const auto& said = *what.what;
  schedule(
    check_time(who),
    turn{who, nodes_[who].life,
         notary_in::event{notary_in::attestation_checked{
           what.token, verify_attestation(genesis_, network_, what.nonce, *said.what,
                                          what.shown ? &*said.shown : nullptr, is_signed_by)}}});
}

void world::perform(node_index who, notary_out::send_batch& what) {
  const auto shared = std::make_shared<const words>(notary_words{std::move(what.what)});
  for (const auto link : what.to) {
    if (const auto to = other_end(who, link)) {
      say(who, *to, shared);
    }
  }
}

void world::perform(node_index who, notary_out::request& what) {
  const auto msg_id = what.tag * 2 + 1;
  const auto to = other_end(who, what.to);
  await(who, msg_id, what.to, to ? what.timeout : duration{0});
  if (to) {
    const auto asked =
      std::visit([](auto& one) { return notary_words{std::move(one)}; }, what.what);
    say(who, *to, std::make_shared<const words>(asked), msg_id);
  }
}

void world::perform(node_index who, notary_out::respond& what) {
  const auto to = other_end(who, what.to);
  if (!to) {
    return;
  }
  auto answer = std::visit(
    [](auto& one) {
      if constexpr (std::is_same_v<std::decay_t<decltype(one)>, chain_page>) {
        return words{voting::message{std::move(one)}};
      } else {
        return words{notary_words{std::move(one)}};
      }
    },
    what.what);
  say(who, *to, std::make_shared<const words>(std::move(answer)), 0, what.msg_id);
}

void world::perform(node_index who, notary_out::blame& what) {
  blame_is(who, blame{what.link, what.peer, what.why, std::move(what.detail)});
}

void world::perform(node_index who, notary_out::tell& what) {
  auto& it = nodes_[who];
  if (const auto* const block = std::get_if<committed_answer>(&what.what)) {
    schedule(
      at_random(taking_time_max),
      turn{who, it.life, notary_in::event{notary_in::asked{what.to, committed_taken{block->tag}}}});
  }
  if (honest(who)) {
    it.people.told(what.what, now_);
  }
}

void world::perform(node_index who, to_consensus& what) {
  if (const auto* const done = std::get_if<executed>(&what); done != nullptr && honest(who)) {
    ledgers_.computed(who, *done);
  }
  std::visit(
    [&](auto& item) {
      schedule(duration{0}, turn{who, nodes_[who].life, voting::event{std::move(item)}});
    },
    what);
}

} // namespace caucus::sim
