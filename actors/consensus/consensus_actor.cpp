#include "actors/consensus/consensus_actor.hpp"

#include "actors/consensus/consensus_frames.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/packets.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"

#include <chrono>
#include <utility>

namespace caucus {

namespace {

/// A turn of 256 votes takes some 300 us without their checks: short beside a view.
constexpr std::size_t items_per_turn = 256;
/// Records and words: a page of 2,048 final blocks is 2,048 of them, and one more page is never asked for
/// before.
constexpr std::size_t actions_waiting_max = 8'192;
/// Checks on their way: a quorum of 43 for three kinds of votes in two views is 258.
constexpr std::size_t check_slots = 1'024;
/// Far above a busy pool's delay; a check that is later is asked for again.
constexpr duration check_timeout{30'000'000};
/// A member whose clock is about as far off as is said may cross that line with each proposal.
constexpr std::chrono::seconds clocks_log_interval{60};
/// A full disk is looked at again so often.
constexpr duration repair_interval{1'000'000};

consensus_config core_config(const consensus_setup& setup, std::uint64_t random) {
  auto out = config_of(*setup.genesis, setup.key->id());
  out.keeps = setup.keeps == durability::memory ? vote_keeping::ceiling : vote_keeping::each;
  out.vote_above = setup.vote_above;
  out.life = random;
  return out;
}

consensus_journal open_journal(const consensus_setup& setup) {
  auto out =
    consensus_journal::open(setup.journal, setup.files, setup.syncs, setup.journal_size_max);
  if (!out) {
    throw_error("the journal of votes: ", out.error());
  }
  return std::move(*out);
}

/// Whose clocks, and which way: what changes when somebody sets his.
std::vector<std::pair<member_index, bool>> sides_of(const std::vector<clock_off>& off) {
  std::vector<std::pair<member_index, bool>> out;
  out.reserve(off.size());
  for (const auto& one : off) {
    out.emplace_back(one.member, one.ahead > wall_ms{0});
  }
  return out;
}

std::shared_ptr<const consensus_keys> keys_of(const consensus_setup& setup) {
  auto out = std::make_shared<consensus_keys>();
  out->network = setup.network;
  out->group = setup.genesis->group;
  out->scheme = setup.scheme;
  return out;
}

} // namespace

consensus_actor::consensus_actor(ports its_ports, context& around, const consensus_setup& setup)
    : ports_{std::move(its_ports)}, around_{around}, keys_{keys_of(setup)},
      signer_{setup.key, setup.network, setup.genesis->group, setup.scheme},
      journal_{open_journal(setup)}, core_{core_config(setup, around.random()), setup.key->id(),
                                           &signer_, journal_.take_records(), journal_.cut()},
      states_{committee_of(*setup.genesis), setup.key->id()}, to_net_{std::move(ports_.net_out)},
      to_notary_{std::move(ports_.notary_out)}, checks_{setup.pool, around.bell(), check_slots},
      shell_{around, core_, [this](auto& action) { perform(action); }} {
  if (const auto ahead = setup.genesis->time - around_.wall_now(); ahead > clock_off_min) {
    log(
      name, log_level::warn,
      "the genesis is dated " + std::to_string(ahead.count() / 1'000)
        + " s ahead of this machine's clock: one of them is wrong; blocks keep the genesis's time "
          "until it has come");
  }
  declare_turns();
}

// -- turns ---------------------------------------------------------------------------------------

void consensus_actor::declare_turns() {
  shell_.delivers(said_);
  shell_.ticks();
  shell_.takes(ports_.notary_in,
               [this](to_consensus&& item) {
                 std::visit([this](auto& one) { shell_.apply(std::move(one)); }, item);
               },
               {items_per_turn});
  shell_.harvests(
    checks_,
    [this](voting::check_signatures asked, const result<bool>& good) {
      if (good) {
        shell_.apply(voting::checked{asked.token, *good});
      } else {
        unasked_.push_back(std::move(asked)); // says nothing of the signatures
      }
    },
    items_per_turn);
  shell_.takes(ports_.net_in, [this](from_net&& item) { hear(item); },
               {items_per_turn, [this] { return takes_in(); }});
  calls_.serve(shell_, ports_.calls, ports_.replies,
               [this](const caller& who, const control_status& what) { answer(who, what); });
  shell_.wakes([this] { return states_.next_wake(); });
  shell_.always([this] { tell_states(); });
  shell_.wakes([this] { return journal_due(); });
  shell_.ends([this] { end_turn(); });
}

bool consensus_actor::takes_in() const {
  return said_.waiting() + records_.size() < actions_waiting_max && unasked_.size() < check_slots;
}

void consensus_actor::end_turn() {
  states_.follow(core_.core().voters());
  ask_pool();
  to_net_.ring(); // what does not wait for the journal does not wait for its disk either
  if (write_journal()) {
    said_.flush();
    compact();
  }
  say_news();
}

void consensus_actor::say_news() {
  if (core_.core().full() != full_said_) {
    full_said_ = !full_said_;
    log(name, full_said_ ? log_level::error : log_level::warn,
        full_said_ ? core_.core().status().problem : "a block became final: voting goes on");
  }
  if (core_.core().is_forgetful() != doubt_said_) {
    doubt_said_ = !doubt_said_;
    log(name, log_level::warn,
        doubt_said_ ? core_.core().status().problem
                    : "the others have told how far they are: this member votes again, in views "
                      "that they have not reached");
  }
  if (!broken_said_ && !core_.core().broken().empty()) {
    broken_said_ = true;
    log(name, log_level::error, core_.core().broken());
  }
  say_clocks();
}

// A clock may be off by a little more, a little less than is said: once in a while at most.
void consensus_actor::say_clocks() {
  const auto off = core_.core().clocks();
  auto sides = sides_of(off);
  if (sides == clocks_said_) {
    return;
  }
  if (sides.empty()) {
    log(name, log_level::info, "no member's clock is seen to be off any more");
  } else {
    log_once_per("consensus/clocks", clocks_log_interval, name, log_level::warn,
                 voting::clock_text(off, core_.core().voters().names()));
  }
  clocks_said_ = std::move(sides);
}

// -- inboxes -------------------------------------------------------------------------------------

void consensus_actor::hear(from_net& what) {
  std::visit(overloaded{[this](const frame_in& frame) { hear(frame); },
                        [this](link_up& up) {
                          states_.up(up.info);
                          shell_.apply(std::move(up));
                        },
                        [this](const link_down& down) {
                          states_.down(down.id);
                          shell_.apply(down);
                        },
                        [this](link_refused& refused) { shell_.apply(std::move(refused)); },
                        [this](const request_ended& ended) {
                          if ((ended.tag & node_state_tag_bit) != 0) {
                            states_.failed(ended.tag, ended.code);
                          } else {
                            shell_.apply(ended);
                          }
                        }},
             what);
}

void consensus_actor::hear(const frame_in& what) {
  if (hear_state(what)) {
    return;
  }
  auto heard = decode_frame(what, keys_->group);
  if (heard) {
    shell_.apply(std::move(*heard));
    return;
  }
  accuse({what.link, what.peer, heard.error().code, "a frame for consensus"});
  if (what.answers != 0) { // the link will not end it any more
    shell_.apply(request_ended{what.link, what.answers, heard.error().code});
  }
}

consensus_status consensus_actor::status() const {
  auto out = core_.core().status();
  out.voters = std::make_shared<const committee>(core_.core().voters());
  out.clock_problem = voting::clock_text(out.clocks, core_.core().voters().names());
  if (!problem_.empty()) {
    out.problem = problem_;
  }
  return out;
}

void consensus_actor::answer(const caller& who, const control_status& what) {
  if (!what.group) {
    calls_.tell(who, status());
    return;
  }
  std::vector<node_state_asked> whom;
  states_.ask(who.edge, who.tag, around_.now(), whom);
  ask_states(whom);
}

// -- how others are ------------------------------------------------------------------------------

bool consensus_actor::hear_state(const frame_in& what) {
  if (what.header.code == code_of<node_state_request>) {
    answer_state(what);
    return true;
  }
  if (what.header.code != code_of<node_state>) {
    return false;
  }
  const auto said = decode<node_state>(*what.body);
  if (!said) {
    accuse({what.link, what.peer, said.error().code, "what it says of itself"});
    states_.failed(what.answers, said.error().code);
    return true;
  }
  std::vector<address_learned> learned;
  states_.heard(what.answers, *said, around_.now(), around_.wall_now(), learned);
  for (auto& one : learned) {
    ports_.directives.push_or_drop(std::move(one));
  }
  return true;
}

void consensus_actor::answer_state(const frame_in& what) {
  if (!what.body->empty()) {
    accuse({what.link, what.peer, errc::trailing_bytes, "a question how this node is"});
    return;
  }
  if (!states_.may_answer(what.link, around_.now())) {
    return; // its request times out
  }
  const auto now = status();
  const node_state said{now.final_height, now.view,           now.votes,
                        now.standstill,   around_.wall_now(), states_.linked_members()};
  // Not behind what waits for the journal: that it cannot be written is worth being told.
  static_cast<void>(to_net_.offer(
    to_net{what.link, marshal(said, keys_->group), 0, duration{0}, what.header.msg_id}));
}

void consensus_actor::ask_states(const std::vector<node_state_asked>& whom) {
  static const auto nothing = std::make_shared<const bytes>();
  for (const auto& one : whom) {
    if (!to_net_.offer(to_net{one.link,
                              {code_of<node_state_request>, keys_->group, nothing},
                              one.tag,
                              node_state_timeout,
                              0})) {
      states_.failed(one.tag, errc::busy);
    }
  }
}

void consensus_actor::tell_states() {
  std::vector<node_state_asked> whom;
  states_.learn(around_.now(), whom);
  ask_states(whom);
  for (auto& one : states_.take_done()) {
    auto out = status();
    out.members = std::move(one.words);
    calls_.tell({one.asker, one.tag}, std::move(out));
  }
}

// -- doing ---------------------------------------------------------------------------------------

void consensus_actor::perform(voting::record& written) {
  records_.push_back(std::move(written.entry));
  said_.hold();
}

void consensus_actor::perform(voting::send& one) {
  said_.push(to_net{one.link, encode_frame(one.message, keys_->group), one.request, one.timeout,
                    one.responds_to});
}

void consensus_actor::perform(voting::multicast& many) {
  const auto frame = encode_frame(many.message, keys_->group);
  for (const auto to : many.links) {
    said_.push(to_net{to, frame, 0, duration{0}, 0});
  }
}

void consensus_actor::ask_pool() {
  while (!unasked_.empty()) {
    auto& next = unasked_.front();
    if (!checks_.try_submit(
          next, [keys = keys_, what = next] { return all_good(*keys, what); },
          around_.now() + check_timeout)) {
      return; // the bell rings when there is room
    }
    unasked_.pop_front();
  }
}

// -- the journal: what is written before it is said, and what if it cannot be --------------------

std::optional<time_point> consensus_actor::journal_due() const {
  if (journal_.broken()) {
    return repair_at_;
  }
  return records_.empty() ? std::nullopt : std::optional{time_point{}};
}

bool consensus_actor::write_journal() {
  if (journal_.broken()) {
    if (around_.now() < repair_at_) {
      return false;
    }
    // What waits is among the core's live records: nothing of it is forgotten before it is durable.
    if (const auto repaired = journal_.repair(core_.live_records()); !repaired) {
      stop_voting(repaired.error());
      return false;
    }
    forget_records();
    problem_.clear();
    log(name, log_level::warn, "the journal of votes can be written again: voting goes on");
    shell_.apply(voting::journal_state{true});
    return true;
  }
  if (records_.empty()) {
    return true;
  }
  if (const auto written = journal_.write(records_); !written) {
    stop_voting(written.error());
    return false;
  }
  forget_records();
  return true;
}

void consensus_actor::forget_records() {
  records_.clear();
  said_.release();
}

void consensus_actor::stop_voting(const error& why) {
  if (problem_.empty()) {
    log(name, log_level::error,
        "cannot write the journal of votes, so nothing is voted until it can be: "
          + to_string(why));
    shell_.apply(voting::journal_state{false});
  }
  problem_ = "cannot write the journal of votes: " + to_string(why);
  repair_at_ = around_.now() + repair_interval;
}

void consensus_actor::compact() {
  if (!journal_.overgrown()) {
    return;
  }
  if (const auto done = journal_.repair(core_.live_records()); !done) {
    stop_voting(done.error());
  }
}

} // namespace caucus
