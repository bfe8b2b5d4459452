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
/// Deeds: a page of 2,048 final blocks is 2,048 of them, and one more page is never asked for before.
constexpr std::size_t actions_waiting_max = 8'192;
/// Checks on their way: a quorum of 43 for three kinds of votes in two views is 258.
constexpr std::size_t check_slots = 1'024;
/// Far above a busy pool's delay; a check that is later is asked for again.
constexpr duration check_timeout{30'000'000};
/// A member whose clock is about as far off as is said may cross that line with each proposal.
constexpr std::chrono::seconds clocks_log_interval{60};

consensus_config core_config(const consensus_setup& setup) {
  auto out = config_of(*setup.from, setup.key->id());
  out.keeps = setup.keeps == durability::memory ? vote_keeping::ceiling : vote_keeping::each;
  out.vote_above = setup.vote_above;
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

std::vector<std::string> names_of(const genesis& from) {
  std::vector<std::string> out;
  out.reserve(from.members.size());
  for (const auto& one : from.members) {
    out.push_back(one.name);
  }
  return out;
}

/// Whose clocks, and which way: what changes when somebody sets his.
std::vector<std::pair<member_index, bool>> sides_of(const std::vector<clock_off>& off) {
  std::vector<std::pair<member_index, bool>> out;
  out.reserve(off.size());
  for (const auto& one : off) {
    out.emplace_back(one.who, one.ahead > wall_ms{0});
  }
  return out;
}

std::shared_ptr<const consensus_keys> keys_of(const consensus_setup& setup) {
  auto out = std::make_shared<consensus_keys>();
  out->network = setup.network;
  out->group = setup.from->group;
  out->scheme = setup.scheme;
  for (const auto& one : setup.from->members) {
    out->members.push_back(one.peer);
  }
  return out;
}

} // namespace

consensus_actor::consensus_actor(ports its_ports, context& around, const consensus_setup& setup)
    : ports_{std::move(its_ports)}, around_{around}, keys_{keys_of(setup)},
      names_{names_of(*setup.from)}, signer_{setup.key, setup.network, setup.from->group,
                                             setup.scheme},
      journal_{open_journal(setup)}, core_{core_config(setup), &signer_, journal_.take_records(),
                                           journal_.cut()},
      states_{*setup.from, setup.key->id()}, to_net_{std::move(ports_.net_out)},
      to_notary_{std::move(ports_.notary_out)}, checks_{setup.pool, around.bell(), check_slots} {
  if (const auto ahead = setup.from->time - around_.wall_now(); ahead > clock_off_min) {
    log(
      name, log_level::warn,
      "the genesis is dated " + std::to_string(ahead.count() / 1'000)
        + " s ahead of this machine's clock: one of them is wrong; blocks keep the genesis's time "
          "until it has come");
  }
}

// -- turns ---------------------------------------------------------------------------------------

bool consensus_actor::step() {
  std::size_t done = 0;
  if (tick_at_ && around_.now() >= *tick_at_) {
    tick_at_.reset();
    apply(voting::tick{});
    ++done;
  }
  done += ports_.notary_in.drain(items_per_turn, [this](to_consensus item) { hear(item); });
  done += harvest();
  if (takes_in()) {
    done += ports_.net_in.drain(items_per_turn, [this](from_net item) { hear(item); });
  }
  done += ports_.asked.drain(
    items_per_turn, [this](std::size_t asker, const status_request& what) { answer(asker, what); });
  tell_states();
  const auto before = waiting_.size();
  const bool asked = ask_pool();
  to_net_.ring(); // what does not wait for the journal does not wait for its disk either
  const bool durable = write_journal();
  perform(); // without a journal, what lies before the first record
  if (durable) {
    compact();
  }
  if (const auto due = checks_.next_due(); due && (!check_due_ || *check_due_ <= around_.now())) {
    check_due_ = due; // later checks are due later
    around_.wake_at(*due);
  }
  to_net_.ring();
  to_notary_.ring();
  return done > 0 || asked || waiting_.size() < before;
}

bool consensus_actor::idle() {
  if (!ports_.notary_in.empty() || !ports_.asked.empty() || checks_.ready()
      || (takes_in() && !ports_.net_in.empty())) {
    return false;
  }
  if (waiting_.empty() || records_waiting_ > 0) {
    return true; // for the journal the time is set
  }
  // Waits for space: asked anew here, after the doorbell was told that we sleep, lest the space
  // have come just before.
  return std::visit(overloaded{[this](const to_net&) { return to_net_.full(); },
                               [this](const to_notary&) { return to_notary_.full(); },
                               [](const voting::journal_record&) { return true; }},
                    waiting_.front());
}

bool consensus_actor::takes_in() const {
  return waiting_.size() < actions_waiting_max && unasked_.size() < check_slots;
}

void consensus_actor::apply(voting::event what) {
  actions_.clear();
  core_.step(std::move(what), around_.now(), around_.wall_now(), actions_);
  for (auto& one : actions_) {
    queue(one);
  }
  if (core_.full() != full_said_) {
    full_said_ = !full_said_;
    log(name, full_said_ ? log_level::error : log_level::warn,
        full_said_ ? core_.status().problem : "a block became final: voting goes on");
  }
  if (core_.is_forgetful() != doubt_said_) {
    doubt_said_ = !doubt_said_;
    log(name, log_level::warn,
        doubt_said_ ? core_.status().problem
                    : "the others have told how far they are: this member votes again, in views "
                      "that they have not reached");
  }
  if (!broken_said_ && !core_.broken().empty()) {
    broken_said_ = true;
    log(name, log_level::error, core_.broken());
  }
  say_clocks();
}

// A clock may be off by a little more, a little less than is said: once in a while at most.
void consensus_actor::say_clocks() {
  const auto off = core_.clocks();
  auto sides = sides_of(off);
  if (sides == clocks_said_) {
    return;
  }
  if (sides.empty()) {
    log(name, log_level::info, "no member's clock is seen to be off any more");
  } else {
    log_once_per("consensus/clocks", clocks_log_interval, name, log_level::warn,
                 voting::clock_text(off, names_));
  }
  clocks_said_ = std::move(sides);
}

void consensus_actor::queue(voting::action& what) {
  std::visit(
    overloaded{
      [this](voting::record& written) {
        waiting_.emplace_back(std::move(written.what));
        ++records_waiting_;
      },
      [this](const voting::send& one) {
        waiting_.emplace_back(to_net{one.to, encode_frame(one.what, keys_->group), one.request,
                                     one.timeout, one.responds_to});
      },
      [this](const voting::multicast& many) {
        const auto frame = encode_frame(many.what, keys_->group);
        for (const auto to : many.to) {
          waiting_.emplace_back(to_net{to, frame, 0, duration{0}, 0});
        }
      },
      [this](voting::check_signatures& asked) { unasked_.push_back(std::move(asked)); },
      [this](voting::tell& told) { waiting_.emplace_back(std::move(told.what)); },
      [this](voting::accuse& accused) { ports_.directives.push_or_drop(std::move(accused.what)); },
      [this](const voting::wake& timer) {
        if (!tick_at_ || timer.at < *tick_at_) {
          tick_at_ = timer.at;
          around_.wake_at(timer.at);
        }
      }},
    what);
}

// -- inboxes -------------------------------------------------------------------------------------

void consensus_actor::hear(from_net& what) {
  std::visit(overloaded{[this](const frame_in& frame) { hear(frame); },
                        [this](link_up& up) {
                          states_.up(up.who);
                          apply(std::move(up));
                        },
                        [this](const link_down& down) {
                          states_.down(down.id);
                          apply(down);
                        },
                        [this](link_refused& refused) { apply(std::move(refused)); },
                        [this](const request_ended& ended) {
                          if ((ended.tag & node_state_tag_bit) != 0) {
                            states_.failed(ended.tag, ended.why);
                          } else {
                            apply(ended);
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
    apply(std::move(*heard));
    return;
  }
  ports_.directives.push_or_drop(
    blame{what.from, what.peer, heard.error().code, "a frame for consensus"});
  if (what.answers != 0) { // the link will not end it any more
    apply(request_ended{what.from, what.answers, heard.error().code});
  }
}

void consensus_actor::hear(to_consensus& what) {
  std::visit([this](auto& one) { apply(std::move(one)); }, what);
}

consensus_status consensus_actor::status() const {
  auto out = core_.status();
  out.clock_problem = voting::clock_text(out.clocks, names_);
  if (!problem_.empty()) {
    out.problem = problem_;
  }
  return out;
}

void consensus_actor::answer(std::size_t asker, const status_request& what) {
  if (what.group) {
    std::vector<node_state_asked> whom;
    states_.ask(asker, what.tag, around_.now(), whom);
    ask_states(whom);
    return;
  }
  auto out = status();
  out.tag = what.tag;
  ports_.told[asker].push_or_drop(std::move(out));
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
    ports_.directives.push_or_drop(
      blame{what.from, what.peer, said.error().code, "what it says of itself"});
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
    ports_.directives.push_or_drop(
      blame{what.from, what.peer, errc::trailing_bytes, "a question how this node is"});
    return;
  }
  if (!states_.may_answer(what.from, around_.now())) {
    return; // its request times out
  }
  const auto now = status();
  const node_state said{now.final_height,   now.in,
                        now.votes,          now.standstill,
                        around_.wall_now(), states_.linked_members()};
  // Not behind what waits for the journal: that it cannot be written is worth being told.
  static_cast<void>(to_net_.offer(
    to_net{what.from, marshal(said, keys_->group), 0, duration{0}, what.header.msg_id}));
}

void consensus_actor::ask_states(const std::vector<node_state_asked>& whom) {
  static const auto nothing = std::make_shared<const bytes>();
  for (const auto& one : whom) {
    if (!to_net_.offer(to_net{one.to,
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
    out.tag = one.tag;
    out.members = std::move(one.words);
    ports_.told[one.asker].push_or_drop(std::move(out));
  }
  if (const auto due = states_.next_due(); due && due != learn_due_) {
    learn_due_ = due;
    around_.wake_at(*due);
  }
}

// -- signatures ----------------------------------------------------------------------------------

bool consensus_actor::ask_pool() {
  bool any = false;
  while (!unasked_.empty()) {
    auto& next = unasked_.front();
    const auto id =
      checks_.try_submit([keys = keys_, claims = next.claims] { return all_good(*keys, claims); },
                         around_.now() + check_timeout);
    if (!id) {
      break; // the bell rings when there is room
    }
    checking_.emplace(*id, std::move(next));
    unasked_.pop_front();
    any = true;
  }
  return any;
}

std::size_t consensus_actor::harvest() {
  return checks_.harvest(items_per_turn, [this](job_id id, const result<bool>& good) {
    const auto found = checking_.find(id);
    auto asked = std::move(found->second);
    checking_.erase(found);
    if (good) {
      apply(voting::checked{asked.token, *good});
    } else {
      unasked_.push_back(std::move(asked)); // says nothing of the signatures
    }
  });
}

// -- deeds ---------------------------------------------------------------------------------------

void consensus_actor::perform() {
  const auto perform_one = [this](deed& next) {
    return std::visit(
      overloaded{[this](to_net& sent) { return to_net_.offer(std::move(sent)); },
                 [this](to_notary& told) { return to_notary_.offer(std::move(told)); },
                 // Durable with the next write.
                 [](const voting::journal_record&) { return false; }},
      next);
  };
  while (!waiting_.empty() && perform_one(waiting_.front())) {
    waiting_.pop_front();
  }
}

} // namespace caucus
