#include "test/sim/group/scenario.hpp"

#include "messages/quorum.hpp"
#include "runtime/base/text.hpp"
#include "test/sim/group/adversary/bad_leader.hpp"
#include "test/sim/group/adversary/closing_liar.hpp"
#include "test/sim/group/adversary/equivocator.hpp"
#include "test/sim/group/adversary/false_server.hpp"
#include "test/sim/group/adversary/recruiter.hpp"
#include "test/sim/group/adversary/silent_leader.hpp"
#include "test/sim/group/adversary/snapshot_forger.hpp"
#include "test/sim/group/adversary/twin.hpp"
#include "test/sim/group/adversary/two_faced_leader.hpp"
#include "test/sim/group/group_world.hpp"
#include "test/sim/group/operators.hpp"
#include "test/sim/group/twins.hpp"
#include "test/sim/keys.hpp"
#include "test/sim/sim_network.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace caucus::sim {

namespace {

constexpr duration second{1'000'000};
constexpr duration fault_phase = 30 * second;
constexpr duration chaos_interval{250'000};
/// Faults may have left delta at its most and a majority far behind; a run takes some 2 s of it.
constexpr duration liveness_phase = 120 * second;
constexpr duration reading_phase = 30 * second; ///< delta is 3.2 s at most; a round is 2 s
/// Who was barred dials again after so long.
constexpr duration barred_pause = 60 * second;
constexpr duration look_interval{200'000};
/// Few, so that who was down for some seconds finds that nobody has the next one.
constexpr std::uint64_t kept_blocks = 16;

options choose(std::uint64_t seed, std::size_t members) {
  std::mt19937_64 random{mix(seed)};
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  options out;
  out.seed = seed;
  constexpr std::size_t sizes[] = {4, 4, 4, 4, 5, 7, 1, 2, 3, 10};
  out.members = members != 0 ? members : sizes[below(std::size(sizes))];
  out.followers = below(2) == 0 ? 1 : 0;
  out.wall_skew_ms = below(4) == 0 ? below(3'000) : 0;
  if (mix(seed + 1) % 3 == 0) { // some batches at once, and three a second
    out.limits = quotas{{6'000, 1'000}, {4'000, 1'000}};
  }
  const auto liars = liars_max(static_cast<std::uint16_t>(out.members));
  for (std::uint16_t i = 0; i < liars; ++i) {
    const auto who = static_cast<node_index>(below(out.members));
    switch (below(4)) {
      case 0: out.liars[who] = std::make_shared<equivocator>(); break;
      case 1: out.liars[who] = std::make_shared<silent_leader>(); break;
      case 2: out.liars[who] = std::make_shared<two_faced_leader>(); break;
      default: break;
    }
  }
  return out;
}

/// Wrong clocks that jump, in one run of four, by dice of their own: what else befalls a seed stays.
class clock_jumps {
public:
  clock_jumps(group_world& over, std::uint64_t seed, faults with)
      : world_{over}, random_{mix(~seed)}, jumps_{with != faults::former && random_() % 4 == 0} {}

  void befall() {
    if (!jumps_ || random_() % 8 != 0) {
      return;
    }
    constexpr std::int64_t spans[] = {0, 0, 500, 9'000, 15'000, 3'600'000};
    const auto span = spans[random_() % std::size(spans)];
    const wall_ms ahead{random_() % 2 == 0 ? span : -span};
    if (random_() % 2 == 0) { // whoever keeps them did it to many
      const auto many = quorum(static_cast<std::uint16_t>(world_.size()));
      for (node_index i = 0; i < std::min<node_index>(many, world_.size()); ++i) {
        world_.set_clock(i, ahead);
      }
    } else {
      world_.set_clock(random_() % world_.size(), ahead);
    }
  }
  /// Right again, as they are where somebody keeps them. With a quota the group's own time has passed too:
  /// while it stands still nothing comes back, and users would wait for what is true.
  void end(bool quota) {
    const auto ahead = quota ? world_.time_ahead() : wall_ms{0};
    for (node_index i = 0; jumps_ && i < world_.size(); ++i) {
      world_.set_clock(i, ahead);
    }
  }

private:
  group_world& world_;
  std::mt19937_64 random_;
  bool jumps_;
};

/// As many liars as the group bears; of both kinds in turn, if both are wanted.
void make_liars(options& out, std::uint64_t dice, bool lead, bool serve) {
  out.liars.clear();
  const auto count = liars_max(static_cast<std::uint16_t>(out.members));
  for (std::uint64_t i = 0; out.liars.size() < count; ++i) {
    const auto who = static_cast<node_index>(mix({dice, i}) % out.members);
    if (out.liars.contains(who)) {
      continue;
    }
    if (lead && (!serve || out.liars.size() % 2 == dice % 2)) {
      out.liars[who] = std::make_shared<bad_leader>();
    } else {
      out.liars[who] = std::make_shared<false_server>();
    }
  }
}

/// From dice of its own, so that seeds mean in `former` what they always meant.
void choose_set_back(options& out) {
  if (liars_max(static_cast<std::uint16_t>(out.members)) > 0) {
    out.set_back = mix({out.seed, 0x636f70796f66}) % out.members;
  }
}

/// In one run of four a ledger has several files, which crashes fall between too.
std::uint64_t blocks_per_file(std::uint64_t seed) {
  return mix({seed, 0x66696c6573}) % 4 == 0 ? 16 : 0;
}

/// In half of the runs old blocks are not kept.
void choose_pruning(options& out) {
  if (mix({out.seed, 0x7072756e65}) % 2 == 0) {
    out.keep_blocks = kept_blocks;
  }
}

void add_faults(options& out, faults with) {
  if (with != faults::former) {
    out.blocks_per_file = blocks_per_file(out.seed);
    choose_pruning(out);
  }
  const auto dice = mix({out.seed, 0x6661756c7473});
  const auto kind = dice % 16;
  const bool any = with == faults::mixed;
  const bool lead = with == faults::leads || (any && (kind < 4 || kind == 6));
  const bool serve = with == faults::serves || (any && (kind == 2 || kind == 4 || kind == 5));
  const bool copies = with == faults::copies; // not in `mixed` yet: README.md, "Known to fail"
  const bool slow = with == faults::slow || (any && (kind == 5 || kind == 6 || kind == 7));
  if (lead || serve) {
    make_liars(out, dice, lead, serve);
  }
  if (copies) {
    out.liars.clear(); // the member that is set back is one of those that may fail
    choose_set_back(out);
  }
  if (slow) {
    const duration delta{out.delta};
    out.reply_max = delta * 7 / 2; // the retry interval is delta, a request may take four
    out.check_max = duration{static_cast<std::int64_t>(1'000 << (dice / 16 % 6))};
    out.one_checker = true;
    out.sync_max = delta / 4;
    out.store_max = delta * 4;
  }
}

/// One member's folder is put aside, and put back soon after, also while others are in the view that it was in.
class old_copies {
public:
  explicit old_copies(group_world& over)
      : world_{over}, random_{over.set_back_one().value_or(0) + over.below(1'000'000)} {}

  void befall() {
    auto& w = world_;
    if (!w.set_back_one()) {
      return;
    }
    const auto who = *w.set_back_one();
    switch (random_() % 6) {
      case 0:
        if (w.alive(who)) {
          w.keep_copy(who);
        }
        break;
      case 1:
        if (!w.anyone_doubts(who)) { // two that know nothing are more than the group may bear
          w.set_back(who);
          w.restart(who);
        }
        break;
      case 2: w.restart(who); break;
      default: break;
    }
  }

private:
  group_world& world_;
  std::mt19937_64 random_;
};

/// Storms, cuts, crashes and returns, as the world's own dice fall.
class chaos {
public:
  /// `folders`: they may be lost, set back or torn too.
  explicit chaos(group_world& over, bool folders = true)
      : world_{over}, folders_{folders}, violence_{over.below(5)} {}

  void befall() {
    auto& w = world_;
    if (violence_ == 0) {
      return;
    }
    const auto dice = w.below(100);
    const auto who = w.below(w.size());
    const auto other = w.below(w.size());
    if (dice < 3 * violence_) {
      stop(who);
    } else if (dice < 35) {
      w.restart(who);
    } else if (dice < 35 + 2 * violence_ && who != other) {
      w.cut(who, other);
    } else if (dice < 35 + 3 * violence_) {
      divide(who);
    } else if (dice < 60) {
      w.heal();
    } else if (dice < 70) {
      change_weather();
    } else if (dice < 72) {
      w.restart_users(who);
    } else if (dice < 74 && violence_ > 1 && folders_) {
      befall_folders();
    } else if (dice < 76 && violence_ == 4) {
      fail_power();
    }
  }

  [[nodiscard]] std::uint64_t crashes() const { return crashes_; }

private:
  void stop(node_index who) {
    auto& w = world_;
    if (!w.honest(who) || !w.alive(who)) {
      return;
    }
    w.let_journal_tear(who, folders_ && may_forget(who) && w.below(2) == 0);
    if (w.below(2) == 0) {
      w.crash(who);
    } else { // between a write and its sync, say
      w.crash_at_disk(who, 1 + w.below(6));
    }
    ++crashes_;
  }

  /// Those before it against the rest.
  void divide(node_index at) {
    for (node_index i = 0; i < world_.size(); ++i) {
      for (node_index j = 0; j < world_.size(); ++j) {
        if ((i < at) != (j < at)) {
          world_.cut(i, j);
        }
      }
    }
  }

  void change_weather() {
    auto& w = world_;
    const auto loss = static_cast<std::uint32_t>(w.below(10 * violence_));
    w.set_weather({duration{500}, duration{static_cast<std::int64_t>(1'000 + w.below(80'000))},
                   loss, static_cast<std::uint32_t>(w.below(20)),
                   static_cast<std::uint32_t>(w.below(10))});
  }

  void fail_power() {
    for (node_index i = 0; i < world_.size(); ++i) {
      if (world_.honest(i) && world_.alive(i)) {
        world_.crash(i);
        ++crashes_;
      }
    }
  }

  /// Of a member that the group can bear the loss of, beside its liars; and of those that do not vote.
  void befall_folders() {
    auto& w = world_;
    const auto who = w.below(w.size());
    if (who >= w.member_count()) {
      switch (w.below(4)) {
        case 0: w.lose_disk(who); break;
        case 1: w.set_back(who); break;
        default:
          if (w.alive(who)) {
            w.keep_copy(who);
          }
          break;
      }
      return;
    }
    if (w.honest(who) && may_forget(who)) {
      w.lose_disk(who);
      ++crashes_;
    }
  }

  /// A member may lose what it signed, and is the only one of this run: the group bears that.
  [[nodiscard]] bool may_forget(node_index who) {
    auto& w = world_;
    if (who >= w.member_count() || w.spare_faults() == 0 || w.anyone_doubts(who)
        || (forgetful_ && *forgetful_ != who)) {
      return false;
    }
    forgetful_ = who;
    return true;
  }

  group_world& world_;
  bool folders_;
  std::optional<node_index> forgetful_;
  std::uint64_t violence_; ///< [0, 4]
  std::uint64_t crashes_ = 0;
};

/// A user of every node reads, one by itself and the next from a quorum; until all have an answer.
bool all_can_read(group_world& w, duration at_most) {
  for (const auto end = w.now() + at_most; w.now() < end && w.verdicts().ok();) {
    const auto failed = w.failed_reads();
    for (node_index i = 0; i < w.size(); ++i) {
      if (!w.is_left_out(i)) {
        w.read(i, i % 2 == 0);
      }
    }
    while (!w.all_read() && w.now() < end && w.verdicts().ok()) {
      w.run_for(look_interval);
    }
    if (w.all_read() && w.failed_reads() == failed) {
      return true;
    }
  }
  return false;
}

/// The faults stop, and all honest nodes must come to the same end.
outcome come_to_an_end(group_world& w, const chaos& fate, time_point start,
                       duration reading = reading_phase) {
  w.heal();
  w.set_weather({});
  for (node_index i = 0; i < w.size(); ++i) {
    w.crash_at_disk(i, 0);
    w.restart(i);
  }
  for (node_index i = 0; i < w.size(); ++i) {
    w.submit(i);
  }
  const auto calm = w.now();
  bool settled = false;
  while (!settled && w.verdicts().ok() && w.now() < calm + liveness_phase) {
    w.run_for(look_interval);
    settled = w.settled() && w.all_read();
  }
  const bool read = settled && all_can_read(w, reading);
  w.finish();
  outcome out;
  out.why = !w.verdicts().ok() ? w.verdicts().violation()
            : !settled         ? "no common end in the calm: " + w.unsettled()
            : !read            ? "not every read was answered at the end"
                               : "";
  out.passed = out.why.empty();
  out.trace = w.trace();
  out.virtual_time = w.now() - start;
  out.final_height = w.top().value();
  out.views = w.top_view().value();
  out.events = w.event_count();
  out.crashes = fate.crashes();
  out.epochs = w.voters().in_epoch().value();
  out.states = w.states_taken();
  return out;
}

/// A member that wants its friend in, and the friend, whom nobody else ever asks for.
class recruiting {
public:
  recruiting(group_world& over, const std::map<node_index, std::shared_ptr<adversary>>& liars)
      : world_{over} {
    for (const auto& [who, how] : liars) {
      if (auto one = std::dynamic_pointer_cast<recruiter>(how)) {
        who_ = who;
        how_ = std::move(one);
      }
    }
  }
  [[nodiscard]] static node_index friend_in(const options& of) {
    return of.members + of.followers - 1;
  }
  [[nodiscard]] static member friend_of(const options& of) {
    const auto who = friend_in(of);
    return {peer_of(who), "f" + std::to_string(who), sim_network::address_of(who)};
  }

  void act() {
    auto& w = world_;
    if (!how_ || w.below(2) == 0) {
      return;
    }
    const auto& whom = how_->whom();
    const nlohmann::json named{{"name", whom.name}, {"address", whom.address}};
    const auto order = [&](node_index at, const char* what, nlohmann::json body) {
      body.update(named);
      w.order(at, what, body.dump());
    };
    switch (w.below(4)) {
      case 0: order(w.size() - 1, "join", {{"timeout_ms", 20'000}}); break;
      case 1:
        order(who_, "admit", {{"who", to_text(whom.peer)}, {"standby", w.below(2) == 0}});
        break;
      default: w.say(who_, how_->next(w.voters().peers())); break;
    }
  }
  /// Empty: it came to nothing.
  [[nodiscard]] std::string success() const {
    return how_ && world_.was_member(world_.size() - 1)
             ? "a member's friend became one, which no other's operator had asked for"
             : std::string{};
  }
  [[nodiscard]] bool goes_on() const { return how_ != nullptr; }

private:
  group_world& world_;
  node_index who_ = 0;
  std::shared_ptr<recruiter> how_; ///< null: nobody does
};

/// In three quarters of the runs that bear a liar one lies about epochs, serves or leads badly, wants
/// its friend in, forges states, or runs twice, in place of all others. From dice of its own.
void add_epoch_liar(options& out) {
  const auto dice = mix({out.seed, 0x6c69617273});
  if (liars_max(static_cast<std::uint16_t>(out.members)) == 0 || dice % 8 >= 6) {
    return;
  }
  out.liars.clear();
  const auto who = static_cast<node_index>(dice / 8 % out.members);
  auto& one = out.liars[who];
  switch (dice % 8) {
    case 0: one = std::make_shared<closing_liar>(); break;
    case 1: one = std::make_shared<false_server>(); break;
    case 2: one = std::make_shared<bad_leader>(); break;
    case 3: one = std::make_shared<recruiter>(recruiting::friend_of(out)); break;
    case 4:
      one = std::make_shared<snapshot_forger>();
      out.keep_blocks = kept_blocks; // else nobody asks for a state
      break;
    default:
      one = std::make_shared<twin>();
      out.twin_of = who;
      ++out.followers;
      out.liars[out.members + out.followers - 1] = std::make_shared<twin>();
      break;
  }
}

} // namespace

outcome run_consensus(std::uint64_t seed, std::size_t members, faults with) {
  auto chosen = choose(seed, members);
  add_faults(chosen, with);
  const bool is_set_back = chosen.set_back.has_value();
  const bool is_limited = chosen.limits.has_value();
  group_world w{std::move(chosen)};
  chaos fate{w, !is_set_back};
  old_copies copies{w};
  clock_jumps clocks{w, seed, with};
  const auto start = w.now();
  const auto load = w.below(3); // none to some
  while (w.now() < start + fault_phase && w.verdicts().ok()) {
    fate.befall();
    clocks.befall();
    copies.befall();
    for (std::uint64_t i = w.below(load + 1); i > 0; --i) {
      w.submit(w.below(w.size()), 1 + w.below(3));
    }
    if (w.below(8) == 0) {
      w.read(w.below(w.size()), w.below(2) == 0);
    }
    w.run_for(chaos_interval);
  }
  clocks.end(is_limited);
  return come_to_an_end(w, fate, start);
}

outcome run_epochs(std::uint64_t seed) {
  std::mt19937_64 random{mix({seed, 0x65706f636873})};
  options chosen;
  chosen.seed = seed;
  constexpr std::size_t sizes[] = {4, 4, 4, 4, 5, 7, 3, 2};
  chosen.members = sizes[random() % std::size(sizes)];
  chosen.followers = 1 + random() % 6;
  chosen.changes = true;
  chosen.blocks_per_file = blocks_per_file(seed);
  for (std::size_t i = liars_max(static_cast<std::uint16_t>(chosen.members)); i > 0; --i) {
    const auto who = static_cast<node_index>(random() % chosen.members);
    switch (random() % 6) {
      case 0: chosen.liars[who] = std::make_shared<silent_leader>(); break;
      case 1: chosen.liars[who] = std::make_shared<equivocator>(); break;
      default: break;
    }
  }
  choose_pruning(chosen);
  add_epoch_liar(chosen);
  chosen.codes = programmers::has_code(seed);
  const auto liars = chosen.liars;
  const bool has_code = chosen.codes;
  const auto twin_of = chosen.twin_of;
  group_world w{std::move(chosen)};
  chaos fate{w, false};
  recruiting friends{w, liars};
  const bool is_last_special = friends.goes_on() || twin_of;
  operators people{w, is_last_special ? std::optional{w.size() - 1} : std::nullopt};
  lawmakers laws{w, seed};
  programmers code{w, seed, has_code};
  twins copies{w, seed, twin_of};
  const auto start = w.now();
  const auto load = w.below(3);
  w.run_for(second);
  while (w.now() < start + fault_phase && w.verdicts().ok()) {
    fate.befall();
    people.act();
    friends.act();
    laws.act();
    code.act();
    copies.act();
    for (std::uint64_t i = w.below(load + 1); i > 0; --i) {
      w.submit(w.below(w.size()), 1 + w.below(3));
    }
    if (w.below(8) == 0) {
      w.read(w.below(w.size()), w.below(2) == 0);
    }
    w.run_for(chaos_interval);
  }
  code.finish();
  auto out = come_to_an_end(w, fate, start, barred_pause + reading_phase);
  if (const auto why = friends.success(); out.passed && !why.empty()) {
    out.passed = false;
    out.why = why;
  }
  return out;
}

} // namespace caucus::sim
