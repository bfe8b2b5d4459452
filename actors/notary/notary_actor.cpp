#include "actors/notary/notary_actor.hpp"

#include "actors/notary/notary_frames.hpp"
#include "messages/accusation.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/fresh_nonce.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace caucus {

namespace {

/// A turn's share of each inbox: 256 proposals fill a small batch, and a sync covers them all.
constexpr std::size_t budget = 1'024;
/// Checks under way; the rest of a burst is checked on this thread.
constexpr std::size_t check_slots = 512;
constexpr auto store_time = std::chrono::minutes{10};
constexpr duration again_after{1'000'000};
/// The whole journal is made anew for it.
constexpr auto compact_again_after = std::chrono::seconds{60};
/// Answers that wait for one asker: its open requests bound them; a subscription has its window.
constexpr std::size_t answers_waiting_max = 4'096;
/// Read at once when a start looks for an old batch.
constexpr std::uint32_t past_blocks = 16;
constexpr std::size_t past_size_max = 64 * 1024 * 1024;

void say(log_level level, const std::string& what) {
  log("notary", level, what);
}

/// "edna (k3jx...) misbehaved: it voted twice in view 4; ...".
std::string liar_text(const std::string& member, const std::string& who, const std::string& did) {
  std::string out = member.empty() ? who : member;
  out += member.empty() ? ", no member," : " (" + who + ")";
  out += " misbehaved: it ";
  out += did;
  return out + "; `caucus evidence` shows the proof";
}

} // namespace

notary_actor::notary_actor(ports its_ports, context& around, const notary_actor_setup& setup)
    : ports_{std::move(its_ports)}, around_{around}, from_{setup.from}, scheme_{setup.scheme},
      to_net_{std::move(ports_.net_out)}, to_consensus_{std::move(ports_.consensus_out)},
      checks_{setup.pool, around.bell(), check_slots}, stores_{setup.storer, around.bell(), 2},
      times_{*setup.numbers, ports_.requests.size()} {
  if (ports_.answers.size() != ports_.requests.size()) {
    throw std::logic_error{"the notary's requests and answers are not connected in pairs"};
  }
  for (auto& one : ports_.answers) {
    to_askers_.emplace_back(std::move(one));
  }
  open(setup);
  for (auto& one : ports_.requests) {
    static_cast<void>(one.restarted());
  }
  core_->start(around_.now(), actions_);
}

void notary_actor::open(const notary_actor_setup& setup) {
  auto config = setup.config;
  config.durable = setup.keeps == durability::disk;
  const auto make = [&] {
    core_ = std::make_unique<notary>(notary_setup{
      *setup.from, setup.network, setup.rules, setup.key->id(),
      [key = setup.key, scheme = setup.scheme](bytes_view what) { return scheme.sign(*key, what); },
      config, static_cast<std::uint32_t>(around_.random())});
  };
  const notary_files::visitor visit{
    [this](const shared_final& at, const std::vector<state_entry>& entries) {
      return core_->restore_state(at, entries);
    },
    [this](const shared_final& block) { return core_->restore_final(block); },
    [this](const journal_record& record) { core_->restore_journal(record); },
  };
  make();
  auto files = notary_files::open(setup.folder, setup.keeps, visit, setup.storage);
  const bool ahead = !files && files.error().code == errc::out_of_range;
  if (ahead && setup.from->members.size() == 1) {
    // Replayed alone, a ledger that lost its end would be taken for whole: nobody else has the rest.
    throw_error("", {errc::folder_contradicts,
                     files.error().detail
                       + ": the ledger lost its end. A group of one has nobody to fetch it from: "
                         "put back a ledger.log that reaches there"});
  }
  if (ahead || (!files && files.error().code == errc::bad_checksum)) {
    // The state behind may be the culprit, and is only a copy: replay the ledger alone.
    say(log_level::warn, "the state behind is set aside: " + to_string(files.error()));
    if (auto forgot = notary_files::forget_state(setup.folder, setup.keeps, setup.storage);
        !forgot) {
      throw_error("", forgot.error());
    }
    make();
    files = notary_files::open(setup.folder, setup.keeps, visit, setup.storage);
  }
  if (!files) {
    throw_error("", files.error());
  }
  files_.emplace(std::move(*files));
  lies_said_ = core_->lies().size();
  appended_told_ = files_->newest();
  search_past();
  if (const auto whole = core_->judge(); !whole) {
    throw_error("", whole.error());
  }
  if (core_->promised() > core_->final_height()) {
    say(
      log_level::warn,
      "ledger.log ends at height " + std::to_string(core_->final_height().value())
        + ", but receipts up to height " + std::to_string(core_->promised().value())
        + " were given from this folder: its end was lost, and is fetched from the other members");
  }
}

/// The journal may have lost its last words on a batch that the ledger executed long ago.
void notary_actor::search_past() {
  auto top = files_->newest();
  while (core_->wants_past() && top > height{}) {
    const auto first = height{top.value() > past_blocks ? top.value() - past_blocks + 1 : 1};
    std::vector<shared_final> blocks;
    while (first.value() + blocks.size() <= top.value()) {
      const height next{first.value() + blocks.size()};
      auto some = files_->load({0, next, past_blocks, past_size_max, true});
      if (some.empty()) {
        return core_->past_is_unreadable(); // and logged
      }
      std::move(some.begin(), some.end(), std::back_inserter(blocks));
    }
    std::for_each(blocks.rbegin(), blocks.rend(),
                  [this](const auto& one) { core_->restore_past(*one); });
    top = height{first.value() - 1};
  }
}

// -- turns ---------------------------------------------------------------------------------------

bool notary_actor::step() {
  if (around_.stopping() && !stopped_) {
    stopped_ = true;
    core_->stop(around_.now(), actions_);
  }
  push_waiting();
  auto done = drain() + harvest();
  const auto now = around_.now();
  if (const auto due = core_->next_wake(); due && *due <= now) {
    apply(notary_in::tick{});
  }
  if (storing_ != nullptr && stores_.waiting() == 0 && now >= store_again_) {
    store();
  }
  core_->finish_turn(now, actions_, !net_blocked());
  done += actions_.size();
  perform_all();
  flush();
  done += actions_.size();
  perform_all();
  push_waiting();
  if (const auto due = core_->next_wake()) {
    around_.wake_at(*due);
  }
  return done > 0 || !actions_.empty();
}

bool notary_actor::idle() {
  bool nothing = ports_.consensus_in.empty() && !checks_.ready() && !stores_.ready()
                 && actions_.empty() && !core_->wants_turn();
  // What has no space waits for the bell; what has some again is work.
  if (net_blocked()) {
    nothing = to_net_.idle() && nothing;
  } else {
    nothing = ports_.net_in.empty() && !core_->peers_wait() && nothing;
  }
  nothing = to_consensus_.idle() && nothing;
  for (std::size_t i = 0; i < to_askers_.size(); ++i) {
    nothing = to_askers_[i].idle() && nothing;
    if (to_net_.empty() && to_askers_[i].waiting() < answers_waiting_max) {
      nothing = ports_.requests[i].empty() && nothing;
    }
  }
  return nothing;
}

void notary_actor::apply(notary_in::event what) {
  core_->step(std::move(what), around_.now(), actions_);
}

std::size_t notary_actor::drain() {
  auto done = ports_.consensus_in.drain(budget, [this](to_notary&& one) {
    times_.heard(one, around_.now());
    apply(std::move(one));
  });
  if (net_blocked()) {
    return done;
  }
  done += ports_.net_in.drain(budget, [this](from_net&& one) { hear(one); });
  for (std::size_t i = 0; i < ports_.requests.size(); ++i) {
    if (ports_.requests[i].restarted()) {
      to_askers_[i].clear();
      times_.restarted(i);
      apply(notary_in::asker_restarted{i});
    }
    if (to_askers_[i].waiting() < answers_waiting_max) {
      const auto now = around_.now();
      done += ports_.requests[i].drain(budget, [this, i, now](notary_request&& one) {
        times_.asked(i, one, now);
        if (auto* const read = std::get_if<get_request>(&one);
            read != nullptr && read->fresh && read->nonce.is_zero()) {
          read->nonce = make_fresh_nonce([this] { return around_.random(); });
        }
        apply(notary_in::asked{i, std::move(one)});
      });
    }
  }
  return done;
}

void notary_actor::hear(from_net& what) {
  std::visit(overloaded{[this](const frame_in& frame) { hear(frame); },
                        [this](const link_up& up) {
                          apply(notary_in::peer_up{up.who.id, up.who.peer, up.who.mode});
                        },
                        [this](const link_down& down) { apply(notary_in::peer_down{down.id}); },
                        [this](const request_ended& ended) {
                          apply(notary_in::peer_answered{ended.tag, ended.to, {}, ended.why});
                        },
                        ignored<link_refused>{}},
             what);
}

void notary_actor::hear(const frame_in& what) {
  auto event = decode_notary_frame(what, core_->setup().from.group);
  if (event) {
    apply(std::move(*event));
    return;
  }
  ports_.directives.push_or_drop(
    blame{what.from, what.peer, event.error().code, event.error().detail});
  if (what.answers != 0) {
    apply(notary_in::peer_answered{what.answers, what.from, what.peer, event.error().code});
  }
}

std::size_t notary_actor::harvest() {
  auto done = checks_.harvest(budget, [this](job_id, result<check_done> how) {
    const auto asked = checking_.front();
    checking_.pop_front();
    apply(end_of(asked, std::move(how)));
  });
  done += stores_.harvest(1, [this](job_id, result<height> how) {
    if (how) {
      storing_.reset();
      files_->stored(*how);
      apply(notary_in::state_stored{*how});
      return;
    }
    log_once_per("notary/store", std::chrono::seconds{60}, "notary", log_level::error,
                 "the state behind is not stored: " + to_string(how.error()));
    store_again_ = around_.now() + again_after;
    around_.wake_at(store_again_);
  });
  return done;
}

// -- doing ---------------------------------------------------------------------------------------

void notary_actor::perform_all() {
  doing_at_ = around_.now();
  while (!actions_.empty()) {
    std::swap(actions_, doing_);
    for (auto& one : doing_) {
      std::visit([this](auto& what) { perform(what); }, one);
    }
    doing_.clear();
    for (auto& one : std::exchange(soon_, {})) {
      apply(std::move(one));
    }
  }
  say_lies();
  if (auto alarm = core_->alarm(); alarm.text != alarm_said_) {
    alarm_said_ = alarm.text;
    log_once_per(alarm.error ? "notary/signed elsewhere" : "notary/set back",
                 std::chrono::seconds{60}, "notary",
                 alarm.error ? log_level::error : log_level::warn, alarm.text);
  }
  if (!core_->halted().empty() && !halt_said_) {
    halt_said_ = true;
    say(log_level::error, core_->halted());
  }
}

/// A key's first proof at once, and how many more there were once a minute. Those of former lives were
/// said then.
void notary_actor::say_lies() {
  const auto& lies = core_->lies();
  const auto& from = core_->setup().from;
  for (; lies_said_ < lies.size(); ++lies_said_) {
    const auto what = accusation_of(lies[lies_said_], from);
    const auto member = member_name(what.peer, from);
    const auto who = short_name(what.peer);
    log_once_per("notary/lie/" + (member.empty() ? "" : who), std::chrono::seconds{60}, name,
                 log_level::error,
                 what.peer == core_->setup().self
                   ? "this node's own key " + what.text
                       + ": another node uses it, or this folder was set back to an older copy; "
                         "`caucus evidence` shows the proof"
                   : liar_text(member, who, what.text));
  }
}

void notary_actor::perform(notary_out::persist& what) {
  files_->add(what.what, what.token);
}

void notary_actor::perform(notary_out::append& what) {
  files_->add(what.what);
}

void notary_actor::perform(notary_out::load& what) {
  // At once: what one load holds is let go before the next one begins.
  apply(notary_in::loaded{what.token, files_->load(what)});
}

void notary_actor::perform(notary_out::store_state& what) {
  storing_ = std::make_shared<notary_out::store_state>(std::move(what));
  store();
}

void notary_actor::store() {
  if (!stores_.try_submit(files_->store_job(storing_), around_.now() + store_time)) {
    store_again_ = around_.now() + again_after;
    around_.wake_at(store_again_);
  }
}

void notary_actor::perform(notary_out::send_batch& what) {
  const auto frame = frame_of(*what.what, core_->setup().from.group);
  for (const auto to : what.to) {
    to_net_.push({to, frame, 0, duration{0}, 0});
  }
}

void notary_actor::perform(notary_out::request& what) {
  to_net_.push(frame_of(what, core_->setup().from.group));
}

void notary_actor::perform(notary_out::respond& what) {
  to_net_.push(frame_of(what, core_->setup().from.group));
}

void notary_actor::perform(notary_out::blame& what) {
  ports_.directives.push_or_drop(blame{what.link, what.peer, what.why, std::move(what.detail)});
}

void notary_actor::perform(notary_out::tell& what) {
  times_.answered(what.to, what.what, doing_at_);
  if (auto* const status = std::get_if<notary_status>(&what.what)) {
    status->ledger_size = files_->ledger_size();
    status->disk_free = files_->disk_free();
  }
  to_askers_[what.to].push(std::move(what.what));
}

void notary_actor::perform(to_consensus& what) {
  to_consensus_.push(std::move(what));
}

/// One sync for all that this turn wrote; what waited for it is done then.
void notary_actor::flush() {
  if (files_->clean() || around_.now() < flush_again_) {
    return;
  }
  const auto began = around_.now();
  const auto written = files_->flush();
  times_.synced(around_.now() - began);
  if (!written) {
    if (problem_.empty()) {
      say(log_level::error, "cannot write: " + to_string(written.error()));
    }
    flush_again_ = around_.now() + again_after;
    around_.wake_at(flush_again_);
  } else if (!problem_.empty()) {
    say(log_level::info, "can write again");
  }
  if (auto now_is = written ? std::string{} : to_string(written.error()); now_is != problem_) {
    problem_ = now_is;
    apply(notary_in::storage{std::move(now_is)});
  }
  if (files_->token() != token_told_) {
    token_told_ = files_->token();
    apply(notary_in::persisted{token_told_});
  }
  if (files_->newest() != appended_told_) {
    appended_told_ = files_->newest();
    apply(notary_in::appended{appended_told_});
  }
  if (written && files_->journal_is_long() && around_.now() >= compact_again_) {
    if (auto done = files_->compact(core_->journal()); !done) {
      compact_again_ = around_.now() + compact_again_after;
      log_once_per("notary/compact", std::chrono::seconds{60}, "notary", log_level::error,
                   "the journal stays long: " + to_string(done.error()));
    }
  }
}

void notary_actor::push_waiting() {
  to_net_.flush();
  to_consensus_.flush();
  for (auto& one : to_askers_) {
    one.flush();
  }
}

} // namespace caucus
