#include "test/sim/group/group_world.hpp"

#include "actors/consensus/consensus_journal.hpp"
#include "actors/notary/ledger_log.hpp"
#include "actors/notary/notary_actor.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/record_codec.hpp"
#include "runtime/append_log.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

/// Users, faults and checkers, around what ships.

namespace caucus::sim {

namespace {

constexpr duration taking_time_max{50'000}; ///< of an application, of one block
constexpr std::size_t user_edge_capacity = 64;

notary_config small_config(std::uint64_t keep_blocks) {
  notary_config out;
  out.keep_blocks = keep_blocks;
  out.keep_blocks_min = std::max<std::uint64_t>(keep_blocks, 1);
  // Small, so that a run of half a minute comes to the ledger, the stored state and their ends.
  out.recent_blocks = 8;
  out.told_part_size = 400;
  out.told_size_max = 800;
  out.told_per_turn = 800;
  out.read_again_max = 4'096;
  out.store_after = duration{1'000'000};
  return out;
}

/// Of a quorum as many may lie as do; one that is alone tells nobody.
std::size_t nullifiers(const options& of, const committee& voters) {
  std::size_t liars = 0;
  for (const auto& [who, how] : of.liars) {
    liars += voters.has(peer_of(who)) ? 1 : 0;
  }
  liars += of.set_back && voters.has(peer_of(*of.set_back)) ? 1 : 0;
  return voters.is_alone() ? 0 : voters.quorum() - liars;
}

genesis genesis_of(const options& of) {
  auto out = sim_genesis(of.members, of.limits);
  out.consensus = {of.delta, of.heartbeat};
  if (of.codes) {
    out.variables.push_back(board());
    out.rules = first_code().id();
  }
  return out;
}

std::string votes_path(node_index who) {
  return (world::folder_of(who) / "consensus.journal").string();
}

std::string ledger_path(node_index who) {
  return (world::folder_of(who) / "ledger.log").string();
}

} // namespace

group_world::group_world(options given)
    : options_{std::move(given)}, genesis_{genesis_of(options_)}, network_{network_id_of(genesis_,
                                                                                         {})},
      votes_{verdict_, [this](const committee& voters) { return nullifiers(options_, voters); },
             options_.keeps == durability::disk},
      ledgers_{verdict_, genesis_, network_} {
  world_options with;
  with.seed = options_.seed;
  with.members = options_.members;
  with.followers = options_.followers;
  with.followers_listen = options_.changes;
  with.from = genesis_;
  with.from.members.clear(); // the world's own, which are the same
  with.keeps = options_.keeps;
  with.notary = small_config(options_.keep_blocks);
  with.journal_size_max = 16 * 1024;
  with.blocks_per_file = options_.blocks_per_file;
  with.sync_max = options_.sync_max;
  with.store_max = options_.store_max;
  with.check_max = options_.check_max;
  with.one_checker = options_.one_checker;
  with.network.fair = options_.fair;
  with.network.reply_max = options_.reply_max;
  with.network.on_said = [this](node_index from, node_index to, const marshalled_frame& what) {
    said(from, to, what);
  };
  if (!options_.liars.empty()) {
    with.network.instead = [this](node_index from, node_index to, const marshalled_frame& honest) {
      return instead(from, to, honest);
    };
    with.network.on_heard = [this](node_index to, node_index from, const marshalled_frame& what) {
      heard(to, from, what);
    };
  }
  if (options_.codes) {
    with.brings = [this](node_index who) {
      return has_both_codes(who) ? both_codes() : first_code();
    };
  }
  with.compose = [this](node_index who, node_topology& app) { compose(who, app); };
  with.after_turn = [this](node_index who, const std::string& actor) { after_turn(who, actor); };
  with.after_crash = [this](node_index who) { after_crash(who); };
  with.on_another_life = [this](node_index who, const std::string&) { read_anew(who); };
  if (options_.twin_of) {
    with.copies.emplace(options_.members + options_.followers - 1, *options_.twin_of);
  }
  if (options_.keep_blocks > 0) {
    ledgers_.lets_go();
  }
  for (node_index i = 0; i < options_.members + options_.followers; ++i) {
    nodes_.emplace_back(i, network_, ledgers_, verdict_);
    votes_.started(i, height{});
    with.clocks_ahead.emplace_back(static_cast<std::int64_t>(i * options_.wall_skew_ms));
  }
  world_ = std::make_unique<world>(std::move(with));
  for (node_index i = 0; i < (options_.changes ? nodes_.size() : options_.members); ++i) {
    let_journal_tear(i, false); // of who may vote
  }
  CAUCUS_ASSERT(world_->from() == genesis_);
}

group_world::~group_world() = default;

void group_world::compose(node_index who, node_topology& app) {
  auto& it = nodes_[who];
  const auto people = app.graph.add<people_actor>(&it.desk);
  const auto listener = app.graph.add<listener_actor>(
    &it.people, [this] { return world_->time().at_random(taking_time_max); });
  app.connect_to_notary(people, &people_actor::ports::asks, &people_actor::ports::heard);
  app.connect_to_notary(listener, &listener_actor::ports::asks, &listener_actor::ports::heard);
  it.desk.bell = people->where->bell();
  const auto watcher =
    app.graph.add<watcher_actor>([this, who](blame what) { blame_is(who, std::move(what)); });
  app.graph.connect(topology::port(app.peer_net, &peer_net_actor::ports::news),
                    topology::port(watcher, &watcher_actor::ports::news), user_edge_capacity);
}

void group_world::run_for(duration span, const std::function<bool()>& until) {
  world_->run_until(span, [&] { return !verdict_.ok() || (until && until()); });
  if (!world_->trouble().empty()) {
    verdict_.fail(world_->trouble());
  }
}

bool group_world::settle(duration at_most) {
  for (const auto end = now() + at_most; now() < end && verdict_.ok();) {
    run_for(duration{1'000});
    if (verdict_.ok() && settled()) {
      return true;
    }
  }
  return false;
}

// -- what befalls them ---------------------------------------------------------------------------

void group_world::restart(node_index who) {
  if (alive(who)) {
    return;
  }
  world_->disk(who).set_full(false);
  world_->restart(who);
  if (!world_->trouble().empty()) {
    return verdict_.fail(world_->trouble());
  }
  if (options_.keep_blocks > 0 && alive(who)) { // it may have taken a state first
    read_anew(who);
  }
}

height group_world::tip_of(node_index who) const {
  const auto& all = nodes_[who].ledger;
  return all.empty() ? height{} : all.back()->block->header.height;
}

/// Its notary has begun a life, whose ledger may be another.
void group_world::read_anew(node_index who) {
  auto& it = nodes_[who];
  const auto before = tip_of(who);
  it.ledger.clear();
  it.ledger_read.reset();
  it.ledger_size = 0;
  it.ledger_file = 0;
  read_ledger(who, true);
  if (tip_of(who) < before) {
    verdict_.fail(who, "a new life whose ledger is shorter");
  }
  votes_.started(who, tip_of(who));
}

/// The next block of its ledger, the first one of a state that others gave, or the oldest that is kept.
void group_world::follows(node_index who, height next) {
  auto& it = nodes_[who];
  const auto tip = tip_of(who);
  if (!it.ledger.empty() ? next != tip.next() : next != height{1} && options_.keep_blocks == 0) {
    verdict_.fail(who, "its ledger has height " + std::to_string(next.value()) + " behind "
                         + std::to_string(tip.value()));
  }
  if (it.ledger.empty() && next > std::max(it.newest, height{1})) {
    ++states_taken_;
    it.people.may_be_lost();
  }
  it.newest = std::max(it.newest, next);
}

void group_world::after_crash(node_index who) {
  auto& it = nodes_[who];
  it.people.forsaken();
  it.desk.to_ask.clear();
  it.desk.bell.reset();
  it.lies_seen = 0;
  it.ledger.clear();
  it.ledger_read.reset();
  it.ledger_size = 0;
  it.ledger_file = 0;
  read_ledger(who); // what the crash has left of it
  it.votes_size = 0;
  it.votes_file = 0;
  it.doubts = true;
  read_votes(who);
  votes_.started(who, tip_of(who));
}

void group_world::lose_disk(node_index who) {
  crash(who);
  world_->disk(who).put({});
  nodes_[who].people.give_up();
  nodes_[who].newest = {};
  after_crash(who);
}

void group_world::copy_folder(node_index from, node_index to) {
  crash(to);
  const auto there = world::folder_of(from).string();
  const auto here = world::folder_of(to).string();
  const auto moved = [&](const std::string& name) { return here + name.substr(there.size()); };
  const auto before = world_->disk(from).copy();
  sim_disk::image after;
  for (const auto& [name, content] : before.files) {
    after.files.emplace(moved(name), content);
  }
  for (const auto& name : before.folders) {
    after.folders.insert(moved(name));
  }
  for (const auto& [name, state] : before.states) {
    after.states.emplace(moved(name), state);
  }
  world_->disk(to).put(after);
  nodes_[to].people.give_up();
  nodes_[to].newest = top(); // whatever it begins with was taken by the other
  after_crash(to);
}

void group_world::let_journal_tear(node_index who, bool may) {
  world_->disk(who).set_whole(votes_path(who), !may);
}

bool group_world::anyone_doubts(node_index but) const {
  for (node_index i = 0; i < options_.members; ++i) {
    const bool is_silent = alive(i) && !core(i).status().problem.empty();
    if (i != but && honest(i) && (nodes_[i].doubts || is_silent)) {
      return true;
    }
  }
  return false;
}

void group_world::keep_copy(node_index who) {
  nodes_[who].copy = world_->disk(who).copy();
}

void group_world::set_back(node_index who) {
  auto& it = nodes_[who];
  if (!it.copy) {
    return;
  }
  crash(who);
  world_->disk(who).put(*it.copy);
  it.people.give_up();
  it.newest = top();
  after_crash(who);
}

void group_world::restart_users(node_index who) {
  if (alive(who)) {
    world_->restart_actor(who, people_actor::name);
    world_->restart_actor(who, listener_actor::name);
  }
}

wall_ms group_world::time_ahead() const {
  return std::max(ledgers_.newest_time() - world_->right_time(), wall_ms{0});
}

void group_world::submit(node_index who, std::size_t count) {
  auto& it = nodes_[who];
  if (!alive(who) || is_two(who)) {
    return;
  }
  for (; count > 0; --count) {
    const bool named = below(8) != 0;
    it.desk.to_ask.push_back(it.people.propose(++submitted_, named, below(4) == 0));
  }
  it.desk.bell->ring();
}

/// Of one folder that runs twice nobody can say what became of a mutation.
bool group_world::is_two(node_index who) const {
  return options_.twin_of && (who == *options_.twin_of || who + 1 == size());
}

void group_world::read(node_index who, bool fresh) {
  auto& it = nodes_[who];
  if (!alive(who)) {
    return;
  }
  auto of = static_cast<subject_of_read>(below(3));
  const auto note = below(submitted_ + 1);
  if (of == subject_of_read::note && !note_of(note)) {
    of = subject_of_read::score;
  }
  it.desk.to_ask.push_back(it.people.read(of, note, fresh));
  it.desk.bell->ring();
}

void group_world::inject(node_index from, node_index to, voting::message what) {
  world_->inject(from, to, frame_with(group_words{std::move(what)}));
}

void group_world::order(node_index who, const std::string& what, const std::string& body) {
  if (alive(who)) {
    orders_.push_back(world_->call(who, "POST", "/v1/group/" + what, body));
  }
}

void group_world::say(node_index who, const mutation& what) {
  auto& it = nodes_[who];
  if (alive(who)) {
    it.desk.to_ask.push_back(it.people.say(what));
    it.desk.bell->ring();
  }
}

std::size_t group_world::orders_done() const {
  return static_cast<std::size_t>(
    std::count_if(orders_.begin(), orders_.end(), [](const auto& one) { return one->done; }));
}

const committee& group_world::voters() const {
  return history_->voters.newest();
}

bool group_world::was_member(node_index who) const {
  for (epoch in; const auto* const voters = history_->voters.of(in); in = in.next()) {
    if (voters->has(peer_of(who))) {
      return true;
    }
  }
  return false;
}

bool group_world::is_out(node_index who) const {
  const auto top_of = [this](node_index one) {
    return alive(one) ? world_->find<notary_actor>(one)->core().final_height() : height{};
  };
  node_index newest = 0;
  for (node_index i = 0; i < nodes_.size(); ++i) {
    newest = top_of(i) > top_of(newest) ? i : newest;
  }
  return alive(newest) && world_->find<notary_actor>(newest)->core().is_out(peer_of(who));
}

bool group_world::is_left_out(node_index who) const {
  if (is_out(who)) {
    return true;
  }
  if (!alive(who)) {
    return false;
  }
  const auto known = core(who).voters().peers();
  for (node_index i = 0; i < nodes_.size(); ++i) {
    if (!is_out(i) && std::find(known.begin(), known.end(), peer_of(i)) != known.end()) {
      return false;
    }
  }
  return true;
}

// -- at the wire ---------------------------------------------------------------------------------

/// A frame that goes to many is decoded once.
const std::optional<group_words>& group_world::decoded(const marshalled_frame& what) {
  if (decoded_of_ != what.body) {
    decoded_of_ = what.body;
    decoded_ = words_in(what);
  }
  return decoded_;
}

void group_world::said(node_index from, node_index /*to*/, const marshalled_frame& what) {
  if (!honest(from)) {
    return;
  }
  if (what.code
        != code_of<vote> && what.code != code_of<certificate> && what.code != code_of<proposal>) {
    return;
  }
  const auto& words = decoded(what);
  if (!words) {
    return verdict_.fail(from, "says what does not decode");
  }
  const auto& message = std::get<voting::message>(*words);
  if (from != options_.set_back) {
    votes_.said(from, message);
  }
  if (const auto* const proposed = std::get_if<proposal>(&message)) {
    headers_.try_emplace(digest_of(proposed->block.header), proposed->block.header);
  } else if (const auto* const cast = std::get_if<vote>(&message);
             cast != nullptr && cast->subject.kind != vote_kind::nullify) {
    // Who votes for a header says that its parent led to these roots: here too.
    if (const auto found = headers_.find(cast->subject.digest); found != headers_.end()) {
      const auto& header = found->second;
      ledgers_.computed(from, {header.parent, header.state_root, header.receipts_root, nullptr});
    }
  }
}

std::vector<marshalled_frame> group_world::instead(node_index from, node_index to,
                                                   const marshalled_frame& honest) {
  const auto liar = options_.liars.find(from);
  if (liar == options_.liars.end()) {
    return {honest};
  }
  const auto words = decoded(honest); // a copy: the liar may be asked again at once
  if (!words) {
    return {honest};
  }
  std::vector<marshalled_frame> out;
  const auto& key = nodes_[from].key;
  if (const auto* const vote = std::get_if<voting::message>(&*words)) {
    for (auto& one : liar->second->say(*vote, to, key)) {
      out.push_back(frame_with(group_words{std::move(one)}));
    }
  } else if (auto one = liar->second->say(std::get<notary_words>(*words), to, key)) {
    out.push_back(frame_with(group_words{std::move(*one)}));
  }
  return out;
}

void group_world::heard(node_index to, node_index from, const marshalled_frame& what) {
  const auto liar = options_.liars.find(to);
  if (liar == options_.liars.end()) {
    return;
  }
  if (const auto& words = decoded(what)) {
    if (const auto* const vote = std::get_if<voting::message>(&*words)) {
      liar->second->hears(*vote);
    } else {
      liar->second->hear(std::get<notary_words>(*words), from);
    }
  }
}

// -- what they do --------------------------------------------------------------------------------

void group_world::after_turn(node_index who, const std::string& actor) {
  if (actor == consensus_actor::name) {
    read_votes(who);
  } else if (actor == notary_actor::name) {
    learn_epochs(who);
    if (world_->find<notary_actor>(who)->core().is_out(peer_of(who))) {
      nodes_[who].people.may_be_refused();
    }
    read_ledger(who);
    look_at_lies(who);
  }
}

void group_world::learn_epochs(node_index who) {
  const auto& known = world_->find<notary_actor>(who)->core().history();
  if (known->voters.size() > history_->voters.size()) {
    history_ = known;
    votes_.learn(known);
    ledgers_.learn(known);
  }
}

/// What is new in its journal.
void group_world::read_votes(node_index who) {
  auto& it = nodes_[who];
  const auto path = votes_path(who);
  auto& disk = world_->disk(who);
  const auto number = disk.number_of(path);
  const auto size = disk.size_of(path);
  if (number == 0 || !honest(who) || (number == it.votes_file && size == it.votes_size)) {
    return;
  }
  const bool goes_on = number == it.votes_file;
  it.doubts = !goes_on || it.doubts;
  auto newest = first_epoch;
  const auto end = consensus_journal::read(
    path, &disk,
    [&](const voting::consensus_record& one) {
      newest = std::max(newest, voting::epoch_of(one).value_or(newest));
      if (const auto* const cast = std::get_if<voting::voted>(&one);
          cast != nullptr && who != options_.set_back) {
        votes_.kept(who, cast->vote);
      }
      it.doubts = std::holds_alternative<voting::doubted>(one)
                  || (it.doubts && !std::holds_alternative<voting::ceiling>(one));
    },
    goes_on ? it.votes_read : log_position{});
  if (!end) {
    return verdict_.fail(who, "its journal cannot be read: " + to_string(end.error()));
  }
  if (!goes_on) {
    votes_.rewritten(who, newest);
  }
  it.votes_file = number;
  it.votes_size = size;
  it.votes_read = *end;
}

/// What is new in its files.
void group_world::read_ledger(node_index who, bool is_past) {
  auto& it = nodes_[who];
  const auto path = ledger_path(who);
  auto& disk = world_->disk(who);
  const auto size = disk.size_of(path);
  const auto number = disk.number_of(path);
  if (size == it.ledger_size && number == it.ledger_file) {
    return;
  }
  it.ledger_size = size;
  it.ledger_file = number;
  auto options = ledger_options(durability::disk);
  options.look_only = true;
  options.from_a_record = it.ledger_read.has_value();
  options.files = &disk;
  bool known = it.ledger_read.has_value(); // the newest is read again
  const auto read = ledger_log::look(
    std::filesystem::path{path}.parent_path(), options,
    [&](log_position at, bytes_view record) -> result<void> {
      if (std::exchange(known, false)) {
        return {};
      }
      auto block = decode_final(record);
      if (!block) {
        return tl::make_unexpected(block.error());
      }
      it.ledger_read = {(*block)->block->header.height, at};
      ledgers_.appended(who, *block); // liars' too: they execute as all do, and may be the first
      follows(who, (*block)->block->header.height);
      if (alive(who) && honest(who) && !is_past) {
        votes_.finalized(who, {(*block)->id, (*block)->block, (*block)->finalization});
      }
      it.ledger.push_back(std::move(*block));
      return {};
    },
    it.ledger_read);
  if (!read) {
    verdict_.fail(who, "its ledger cannot be read: " + to_string(read.error()));
  }
}

void group_world::look_at_lies(node_index who) {
  auto& it = nodes_[who];
  const auto& lies = evidence_of(who);
  for (; it.lies_seen < lies.size(); ++it.lies_seen) {
    const auto accused =
      world_->find<notary_actor>(who)->core().accused_by(lies[it.lies_seen]).peer;
    for (node_index other = 0; other < nodes_.size(); ++other) {
      if (honest(who) && honest(other) && peer_of(other) == accused) {
        verdict_.fail(other, "node " + std::to_string(who) + " has proof that it lied");
      }
    }
  }
}

void group_world::blame_is(node_index who, blame what) {
  for (node_index other = 0; other < nodes_.size(); ++other) {
    if (honest(who) && honest(other) && peer_of(other) == what.peer) {
      verdict_.fail(who, "blames node " + std::to_string(other) + ": " + what.detail);
    }
  }
  nodes_[who].blamed.push_back(std::move(what));
}

// -- what came of it -----------------------------------------------------------------------------

const std::vector<evidence>& group_world::evidence_of(node_index who) const {
  return world_->find<notary_actor>(who)->core().lies();
}

std::string group_world::why_it_stands(node_index who) const {
  constexpr std::string_view before = "the group passes no blocks: ";
  const auto& told = nodes_[who].people.last_error();
  const auto at = told.find(before);
  if (!stands_still(who) || at == std::string::npos) {
    return {};
  }
  const auto why = told.substr(at + before.size());
  return why.substr(0, why.find("; ask again"));
}

std::string group_world::unsettled() const {
  for (node_index i = 0; i < nodes_.size(); ++i) {
    const auto& it = nodes_[i];
    const auto name = "node " + std::to_string(i);
    if (!honest(i) || !alive(i) || is_left_out(i)) {
      continue;
    }
    if (tip_of(i) != top()) {
      return name + " is at height " + std::to_string(tip_of(i).value()) + " of "
             + std::to_string(top().value());
    }
    if (it.people.open_count() != 0) {
      return "users of " + name + " wait for " + std::to_string(it.people.open_count())
             + " receipts; of " + std::to_string(voters().size()) + " members; "
             + world_->find<notary_actor>(i)->core().alarm().text + it.people.last_error()
             + problems();
    }
    if (it.people.heard() < ledgers_.newest_told()) {
      return "the application of " + name + " has not heard of all blocks";
    }
  }
  return {};
}

std::string group_world::problems() const {
  std::string out;
  for (node_index i = 0; i < nodes_.size(); ++i) {
    const auto what = alive(i) ? core(i).status().problem : std::string{"down"};
    out += what.empty() ? "" : "; node " + std::to_string(i) + ": " + what;
  }
  return out;
}

bool group_world::all_read() const {
  for (node_index i = 0; i < nodes_.size(); ++i) {
    if (honest(i) && alive(i) && !is_left_out(i) && nodes_[i].people.read_count() != 0) {
      return false;
    }
  }
  return true;
}

std::size_t group_world::failed_reads() const {
  std::size_t out = 0;
  for (node_index i = 0; i < nodes_.size(); ++i) {
    out += honest(i) ? nodes_[i].people.failed_reads() : 0;
  }
  return out;
}

view group_world::top_view() const {
  view out;
  for (node_index i = 0; i < nodes_.size(); ++i) {
    if (alive(i)) {
      out = std::max(out, core(i).current());
    }
  }
  return out;
}

} // namespace caucus::sim
