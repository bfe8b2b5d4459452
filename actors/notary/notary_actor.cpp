#include "actors/notary/notary_actor.hpp"

#include "actors/notary/lie_check.hpp"
#include "actors/notary/notary_frames.hpp"
#include "messages/accusation.hpp"
#include "messages/committee.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/fresh_nonce.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"
#include "runtime/sqlite_store.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace caucus {

namespace {

/// A turn's share of each inbox: 256 proposals fill a small batch, and a sync covers them all.
constexpr std::size_t items_per_turn = 1'024;
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

/// `fetches`: a state that others give can become the next life's.
notary new_core(const notary_actor_setup& setup, std::uint64_t random, bool fetches) {
  auto config = setup.config;
  config.durable = setup.keeps == durability::disk;
  config.fetch_snapshot = config.fetch_snapshot && fetches;
  return notary{
    {*setup.genesis, setup.network, setup.rules, setup.key->id(),
     [key = setup.key, scheme = setup.scheme](bytes_view what) { return scheme.sign(*key, what); },
     config, static_cast<std::uint32_t>(random),
     [network = setup.network, group = setup.genesis->group,
      scheme = setup.scheme](const peer_id& who, const evidence& what) {
       return proves_lie(who, what, group, network, scheme.verify);
     }}};
}

} // namespace

notary_actor::notary_actor(ports its_ports, context& around, const notary_actor_setup& setup)
    : ports_{std::move(its_ports)}, around_{around}, from_{setup.genesis}, scheme_{setup.scheme},
      folder_{setup.folder}, storage_{setup.storage}, names_{setup.names},
      core_{new_core(setup, around_.random(), true)}, to_net_{std::move(ports_.net_out)},
      to_consensus_{std::move(ports_.consensus_out)}, callers_{std::move(ports_.replies),
                                                               ports_.requests.size()},
      checks_{setup.pool, around.bell(), check_slots}, stores_{setup.storer, around.bell(), 2},
      snapshots_{setup.storer, around.bell(), 2}, part_{setup.folder, setup.storage.files},
      times_{*setup.numbers, ports_.requests.size() + ports_.calls.size()},
      shell_{around, core_, [this](auto& action) { perform(action); }} {
  if (ports_.answers.size() != ports_.requests.size() || callers_.size() != ports_.calls.size()) {
    throw std::logic_error{"the notary's requests and answers are not connected in pairs"};
  }
  for (auto& one : ports_.answers) {
    to_askers_.emplace_back(std::move(one));
  }
  if (core_.setup().config.fetch_snapshot) {
    take_snapshot(setup);
    if (!fetches_) {
      core_ = new_core(setup, around_.random(), false);
    }
  }
  open(setup);
  if (core_.setup().config.fetch_snapshot) {
    core_.restore_snapshot_part(part_.read());
  }
  declare_turns();
  core_.start(shell_.this_turn());
}

void notary_actor::open(const notary_actor_setup& setup) {
  const notary_files::visitor visit{
    [this](const closing& what) { return core_.restore_closing(what); },
    [this](const shared_final& at, const std::vector<state_entry>& entries) {
      return core_.restore_state(at, entries);
    },
    [this](const shared_final& block) { return core_.restore_final(block); },
    [this](const notary_record& record) { core_.restore_journal(record); },
  };
  auto storage = setup.storage;
  storage.blocks_per_file = std::max(storage.blocks_per_file, setup.config.blocks_per_file());
  auto files = notary_files::open(setup.folder, setup.keeps, visit, storage);
  const bool ahead = !files && files.error().code == errc::out_of_range;
  if (ahead && core_.history()->voters.newest().is_alone()) {
    // Replayed alone, a ledger that lost its end would be taken for whole: nobody else has the rest.
    throw_error("", {errc::folder_contradicts,
                     files.error().detail
                       + ": the ledger lost its end. A group of one has nobody to fetch it from: "
                         "put back a ledger.log that reaches there"});
  }
  if (ahead || (!files && files.error().code == errc::bad_checksum)) {
    // The stored state may be the culprit, and is only a copy: replay the ledger alone. It goes once
    // that is known to work.
    const auto oldest = notary_files::oldest(setup.folder, storage);
    if (!oldest || *oldest > height{1}) {
      throw_error("", {errc::folder_contradicts,
                       files.error().detail
                         + (oldest ? "; " + notary_files::begins_above(*oldest).detail : "")});
    }
    say(log_level::warn, "the stored state is set aside: " + to_string(files.error()));
    replay_alone(setup, visit, storage);
    if (auto forgot = notary_files::forget_state(setup.folder, setup.keeps, storage); !forgot) {
      throw_error("", forgot.error());
    }
    core_ = new_core(setup, around_.random(), fetches_);
    files = notary_files::open(setup.folder, setup.keeps, visit, storage);
  }
  if (!files) {
    throw_error("", files.error());
  }
  if (from_->continues && files->newest() == height{}) {
    throw_error("", notary_files::lacks_first_state(*from_->continues));
  }
  files_.emplace(std::move(*files));
  core_.restore_oldest(files_->oldest());
  lies_said_ = core_.lies().size();
  appended_told_ = files_->newest();
  search_past();
  search_signed();
  if (const auto whole = core_.judge(); !whole) {
    throw_error("", whole.error());
  }
  if (core_.promised() > core_.final_height()) {
    say(
      log_level::warn,
      "ledger.log ends at height " + std::to_string(core_.final_height().value())
        + ", but receipts up to height " + std::to_string(core_.promised().value())
        + " were given from this folder: its end was lost, and is fetched from the other members");
  }
}

/// Throws if the ledger does not lead from the beginning to its end.
void notary_actor::replay_alone(const notary_actor_setup& setup, const notary_files::visitor& visit,
                                notary_storage storage) {
  auto nothing = state_store::open(in_memory, durability::memory);
  if (!nothing) {
    throw_error("", nothing.error());
  }
  storage.state = [alone = std::move(*nothing)](const std::filesystem::path&, durability) {
    return result<std::shared_ptr<state_store>>{alone};
  };
  core_ = new_core(setup, around_.random(), fetches_);
  if (const auto alone = notary_files::open(setup.folder, setup.keeps, visit, storage); !alone) {
    throw_error("", alone.error());
  }
}

/// The journal may have lost its last words on a batch that the ledger executed long ago.
void notary_actor::search_past() {
  auto top = files_->newest();
  while (core_.wants_past()) {
    if (top < files_->oldest()) {
      return top == height{} ? void() : core_.past_is_unreadable(); // not kept any more
    }
    const auto first = std::max(
      files_->oldest(), height{top.value() > past_blocks ? top.value() - past_blocks + 1 : 1});
    std::vector<shared_final> blocks;
    while (first.value() + blocks.size() <= top.value()) {
      const height next{first.value() + blocks.size()};
      auto some = files_->load({0, next, past_blocks, past_size_max, true});
      if (some.empty()) {
        return core_.past_is_unreadable(); // and logged
      }
      std::move(some.begin(), some.end(), std::back_inserter(blocks));
    }
    std::for_each(blocks.rbegin(), blocks.rend(),
                  [this](const auto& one) { core_.restore_past(*one); });
    top = height{first.value() - 1};
  }
}

/// Who votes leads a view in each round, so so many blocks show it.
void notary_actor::search_signed() {
  auto at = files_->newest();
  for (std::size_t looked = 0; looked < members_max && at >= files_->oldest(); ++looked) {
    const auto block = files_->load({0, at, 1, past_size_max, false});
    if (block.empty() || !core_.wants_signed(*block.front())) {
      return; // what is unreadable is logged
    }
    at = height{at.value() - 1};
  }
}

// -- turns ---------------------------------------------------------------------------------------

void notary_actor::declare_turns() {
  shell_.delivers(to_net_);
  shell_.delivers(to_consensus_);
  for (auto& one : to_askers_) {
    shell_.delivers(one);
  }
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    shell_.delivers(callers_.replies(i));
  }
  shell_.stops([this] { core_.stop(shell_.this_turn()); });
  shell_.takes(ports_.consensus_in,
               [this](to_notary&& one) {
                 times_.heard(one, around_.now());
                 shell_.apply(std::move(one));
               },
               {items_per_turn});
  shell_.takes(ports_.net_in, [this](from_net&& one) { hear(one); },
               {items_per_turn, [this] { return to_net_.empty(); }});
  for (asker_index i = 0; i < to_askers_.size(); ++i) {
    declare_asker(i);
  }
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    declare_caller(i);
  }
  shell_.harvests(
    checks_,
    [this](check_asked what, result<check_done> how) {
      shell_.apply(end_of(what, std::move(how)));
    },
    items_per_turn);
  shell_.whenever(
    [this] {
      return begins_anew_ && core_.halted().empty() && !around_.stopping() && stores_.waiting() == 0
             && files_->clean();
    },
    [this] { begin_anew(); });
  shell_.harvests(
    snapshots_,
    [this](snapshot_asked what, result<snapshot_done> how) {
      snapshot_ended(what, std::move(how));
    },
    1);
  shell_.harvests(
    stores_, [this](job_id, const result<height>& how) { stored(how); }, 1);
  shell_.ticks();
  shell_.timer(
    [this] {
      return storing_ != nullptr && stores_.waiting() == 0 ? std::optional{store_again_}
                                                           : std::nullopt;
    },
    [this] { store(); });
  shell_.wakes([this] { return files_->clean() ? std::nullopt : std::optional{flush_again_}; });
  shell_.whenever([this] { return to_net_.empty() == network_full_; },
                  [this] {
                    network_full_ = !network_full_;
                    shell_.apply(notary_in::network_full{network_full_});
                  });
  shell_.ends([this] {
    flush();
    say_news();
  });
}

void notary_actor::declare_asker(asker_index which) {
  auto& requests = ports_.requests[which];
  static_cast<void>(requests.restarted()); // this life promised nothing to anybody's former one
  shell_.takes(requests, [this, which](notary_request&& one) { hear(which, one); },
               {items_per_turn, [this, which] { return takes_from(to_askers_[which].waiting()); },
                [this, which] {
                  to_askers_[which].clear();
                  restarted(which);
                }});
}

void notary_actor::declare_caller(std::size_t which) {
  auto& calls = ports_.calls[which];
  static_cast<void>(calls.restarted());
  shell_.takes(calls,
               [this, which](const command_call& one) {
                 auto asked = callers_.request(which, one);
                 hear(callers_.asker(which), asked);
               },
               {items_per_turn,
                [this, which] { return takes_from(callers_.replies(which).waiting()); },
                [this, which] {
                  callers_.restarted(which);
                  restarted(callers_.asker(which));
                }});
}

bool notary_actor::takes_from(std::size_t answers_waiting) const {
  return to_net_.empty() && answers_waiting < answers_waiting_max;
}

void notary_actor::restarted(asker_index asker) {
  times_.restarted(asker);
  shell_.apply(notary_in::asker_restarted{asker});
}

// -- inboxes -------------------------------------------------------------------------------------

void notary_actor::hear(asker_index from, notary_request& what) {
  times_.asked(from, what, around_.now());
  if (auto* const read = std::get_if<get_request>(&what);
      read != nullptr && read->fresh && read->nonce.is_zero()) {
    read->nonce = make_fresh_nonce([this] { return around_.random(); });
  }
  shell_.apply(notary_in::asked{from, std::move(what)});
}

void notary_actor::hear(from_net& what) {
  std::visit(
    overloaded{
      [this](const frame_in& frame) { hear(frame); },
      [this](const link_up& up) {
        shell_.apply(notary_in::peer_up{up.info.id, up.info.peer, up.info.mode, up.info.protocol});
      },
      [this](const link_down& down) { shell_.apply(notary_in::peer_down{down.id}); },
      [this](const request_ended& ended) {
        shell_.apply(notary_in::peer_answered{ended.tag, ended.link, {}, ended.code});
      },
      ignored<link_refused>{}},
    what);
}

void notary_actor::hear(const frame_in& what) {
  auto event = decode_notary_frame(what, core_.setup().genesis.group);
  if (event) {
    shell_.apply(std::move(*event));
    return;
  }
  ports_.directives.push_or_drop(
    blame{what.link, what.peer, event.error().code, event.error().detail});
  if (what.answers != 0) {
    shell_.apply(notary_in::peer_answered{what.answers, what.link, what.peer, event.error().code});
  }
}

void notary_actor::stored(const result<height>& how) {
  if (how) {
    storing_.reset();
    files_->stored(*how);
    shell_.apply(notary_in::state_stored{*how});
    return;
  }
  log_once_per("notary/store", std::chrono::seconds{60}, "notary", log_level::error,
               "the stored state is not written: " + to_string(how.error()));
  store_again_ = around_.now() + again_after;
}

// -- doing ---------------------------------------------------------------------------------------

void notary_actor::say_news() {
  say_lies();
  if (auto alarm = core_.alarm(); alarm.text != alarm_said_) {
    alarm_said_ = alarm.text;
    log_once_per(alarm.error ? "notary/signed elsewhere" : "notary/set back",
                 std::chrono::seconds{60}, "notary",
                 alarm.error ? log_level::error : log_level::warn, alarm.text);
  }
  if (!core_.halted().empty() && !halt_said_) {
    halt_said_ = true;
    say(log_level::error, core_.halted());
  }
}

/// A key's first proof at once, and how many more there were once a minute. Those of former lives were
/// said then.
void notary_actor::say_lies() {
  const auto& lies = core_.lies();
  if (lies_said_ == lies.size()) {
    return;
  }
  for (; lies_said_ < lies.size(); ++lies_said_) {
    const auto what = core_.accused_by(lies[lies_said_]);
    const auto& member = what.member;
    const auto who = short_name(what.peer);
    log_once_per("notary/lie/" + (member.empty() ? "" : who), std::chrono::seconds{60}, name,
                 log_level::error,
                 what.peer == core_.setup().self
                   ? "this node's own key " + what.text
                       + ": another node uses it, or this folder was set back to an older copy; "
                         "`caucus evidence` shows the proof"
                   : liar_text(member, who, what.text));
  }
}

void notary_actor::perform(notary_out::persist& what) {
  files_->add(what.record, what.token);
}

void notary_actor::perform(notary_out::keep_closing& what) {
  files_->add(*what.what);
}

void notary_actor::perform(notary_out::append& what) {
  files_->add(what.block);
}

void notary_actor::perform(notary_out::load& what) {
  // At once: what one load holds is let go before the next one begins.
  shell_.apply(notary_in::loaded{what.token, files_->load(what)});
}

void notary_actor::perform(notary_out::prune& what) {
  const auto before = files_->oldest();
  files_->prune(what.below);
  if (files_->oldest() != before) {
    shell_.apply(notary_in::pruned{files_->oldest()});
  }
}

void notary_actor::perform(notary_out::name_variables& what) {
  if (names_ != nullptr) {
    names_->set(*what.now);
  }
}

void notary_actor::perform(notary_out::store_state& what) {
  storing_ = std::make_shared<notary_out::store_state>(std::move(what));
  store();
}

void notary_actor::store() {
  if (!stores_.try_submit(files_->store_job(storing_), around_.now() + store_time)) {
    store_again_ = around_.now() + again_after;
  }
}

void notary_actor::perform(notary_out::send_batch& what) {
  const auto frame = frame_of(*what.batch, core_.setup().genesis.group);
  for (const auto to : what.links) {
    to_net_.push({to, frame, 0, duration{0}, 0});
  }
}

void notary_actor::perform(notary_out::request& what) {
  to_net_.push(frame_of(what, core_.setup().genesis.group));
}

void notary_actor::perform(notary_out::respond& what) {
  to_net_.push(frame_of(what, core_.setup().genesis.group));
}

void notary_actor::perform(notary_out::blame& what) {
  ports_.directives.push_or_drop(blame{what.link, what.peer, what.code, std::move(what.detail)});
}

void notary_actor::perform(notary_out::tell& what) {
  times_.answered(what.asker, what.answer, shell_.doing_since());
  if (auto* const status = std::get_if<notary_status>(&what.answer)) {
    status->ledger_size = files_->ledger_size();
    status->disk_free = files_->disk_free();
  }
  if (!callers_.has(what.asker)) {
    to_askers_[what.asker].push(std::move(what.answer));
  } else if (auto then = callers_.answer(what.asker, std::move(what.answer))) {
    shell_.apply_later(notary_in::asked{what.asker, std::move(*then)});
  }
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
  } else if (!problem_.empty()) {
    say(log_level::info, "can write again");
  }
  if (auto now_is = written ? std::string{} : to_string(written.error()); now_is != problem_) {
    problem_ = now_is;
    shell_.apply(notary_in::storage{std::move(now_is)});
  }
  if (files_->token() != token_told_) {
    token_told_ = files_->token();
    shell_.apply(notary_in::persisted{token_told_});
  }
  if (files_->newest() != appended_told_) {
    appended_told_ = files_->newest();
    shell_.apply(notary_in::appended{appended_told_});
  }
  if (written && files_->journal_is_long() && around_.now() >= compact_again_) {
    if (auto done = files_->compact(core_.journal()); !done) {
      compact_again_ = around_.now() + compact_again_after;
      log_once_per("notary/compact", std::chrono::seconds{60}, "notary", log_level::error,
                   "the journal stays long: " + to_string(done.error()));
    }
  }
}

} // namespace caucus
