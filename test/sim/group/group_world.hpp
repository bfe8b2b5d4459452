#pragma once

#include "actors/consensus/consensus_actor.hpp"
#include "actors/notary/block_index.hpp"
#include "messages/quorum.hpp"
#include "test/sim/group/adversary/adversary.hpp"
#include "test/sim/group/frame_words.hpp"
#include "test/sim/group/ledger_checker.hpp"
#include "test/sim/group/user_actors.hpp"
#include "test/sim/group/users.hpp"
#include "test/sim/group/verdict.hpp"
#include "test/sim/group/vote_checker.hpp"
#include "test/sim/world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Members and followers over a bad network, in virtual time: each node all that ships, with users
/// who propose and read, some of the members with liars at their wire, and checkers that watch all
/// of them. Deterministic: everything follows from the options.

namespace caucus::sim {

struct options {
  std::uint64_t seed = 0;
  std::size_t members = 4;   ///< [1, members_max]
  std::size_t followers = 0; ///< nodes behind the members that do not vote
  bool changes = false;      ///< the group is to change its members: followers may become some
  bool codes = false;        ///< it has C++ rules, of which programs bring one version or two
  /// The last of the followers runs with this member's key: liars, the two of them. None: no node
  /// does.
  std::optional<node_index> twin_of{};
  weather fair{.in_order = false};
  std::chrono::milliseconds delta{200};
  std::chrono::milliseconds heartbeat{10'000};
  durability keeps = durability::disk;
  duration sync_max{2'000};    ///< of the disk
  duration store_max{100'000}; ///< of the stored state
  duration check_max{300};     ///< of signatures
  bool one_checker = false;    ///< checks of a node wait for one another
  duration reply_max{0};       ///< a reply comes so much later than the network brings it
  std::map<node_index, std::shared_ptr<adversary>> liars{}; ///< members
  std::uint64_t wall_skew_ms = 0;    ///< node i's clock is ahead by i times that, at first
  std::optional<quotas> limits{};    ///< none: no quota
  std::uint64_t blocks_per_file = 0; ///< of the ledgers; 0: one file has all
  /// So many blocks, and some, are kept, and who is further behind is given the state; 0: all are.
  std::uint64_t keep_blocks = 0;
  /// Its folder is set back again and again, so it is one of those that may contradict themselves,
  /// where what it said reached nobody who is asked; but nobody may come to have proof of it.
  std::optional<node_index> set_back{};
};

class group_world {
public:
  explicit group_world(options given);
  ~group_world();

  /// Stops early when `until` says so, asked after each event.
  void run_for(duration span, const std::function<bool()>& until = {});
  /// Until settled(), looked at each millisecond. False: not in that time, or something is wrong.
  [[nodiscard]] bool settle(duration at_most);
  [[nodiscard]] time_point now() const { return world_->now(); }

  // -- what befalls them -------------------------------------------------------------------------
  /// Its order stays as the options have it.
  void set_weather(weather now_on) {
    now_on.in_order = options_.fair.in_order;
    world_->set_weather(now_on);
  }
  /// Loses what was not synced; a few newest records that were not may still be there.
  void crash(node_index who) { world_->crash(who); }
  /// The same, in the middle of what it next does to its disk: at the nth operation, 1 is the next.
  /// 0: not any more.
  void crash_at_disk(node_index who, std::size_t operations) {
    world_->crash_at_disk(who, operations);
  }
  void restart(node_index who);
  /// At its next crashes its journal of votes may end in the middle of a write, which sets it in
  /// doubt: of more members than may fail the group would not bear it.
  void let_journal_tear(node_index who, bool may);
  /// From its next start on its program brings both versions of the C++ rules.
  void upgrade(node_index who) { upgraded_.insert(who); }
  /// A liar's does from the beginning.
  [[nodiscard]] bool has_both_codes(node_index who) const {
    return upgraded_.contains(who) || options_.liars.contains(who);
  }

  /// It crashes, and its folder is empty but for its key.
  void lose_disk(node_index who);
  /// It crashes, and its folder is as that of `from` is.
  void copy_folder(node_index from, node_index to);
  /// Puts its folder as it is aside.
  void keep_copy(node_index who);
  /// It crashes, and the copy is put back; nothing if there is none.
  void set_back(node_index who);
  /// The users of `who` begin anew and ask again; the application hears the rest.
  void restart_users(node_index who);
  /// Nothing sent by `from` reaches `to`, until heal().
  void cut(node_index from, node_index to) { world_->cut(from, to); }
  void heal() { world_->heal(); }
  void set_disk(node_index who, bool works) { world_->disk(who).set_full(!works); }
  /// The wall clock of `who` is that far from the right time from now on, also over restarts.
  void set_clock(node_index who, wall_ms ahead) { world_->set_clock(who, ahead); }
  /// How far the newest final header's time is ahead of the right time; 0: it is not.
  [[nodiscard]] wall_ms time_ahead() const;
  /// So many mutations of users of `who`, in one turn. Nothing if it is down.
  void submit(node_index who, std::size_t count = 1);
  /// A user of `who` reads. Nothing if it is down.
  void read(node_index who, bool fresh);
  /// An operator of `who` asks for this: "admit", {"who": ...}. Nothing if it is down.
  void order(node_index who, const std::string& what, const std::string& body);
  /// A mutation of any kind is proposed at `who`, past what its operators may. Nothing if it is
  /// down.
  void say(node_index who, const mutation& what);
  /// Orders that were answered: done or refused.
  [[nodiscard]] std::size_t orders_done() const;
  /// Sends anything as if `from` had said it, over its link to `to`, if there is one.
  void inject(node_index from, node_index to, voting::message what);

  // -- what came of it ---------------------------------------------------------------------------
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const network_id& network() const { return world_->network(); }
  [[nodiscard]] const genesis& from() const { return world_->from(); }
  [[nodiscard]] bool alive(node_index who) const { return world_->alive(who); }
  /// An honest member other than this, up or down, has not been told yet that it may vote, or is
  /// silent up to a view that the others may not pass without it: two of these are more faults than
  /// one.
  [[nodiscard]] bool anyone_doubts(node_index but) const;
  [[nodiscard]] std::size_t member_count() const { return options_.members; }
  /// Of the newest epoch that any node knows.
  [[nodiscard]] const committee& voters() const;
  /// In any epoch that is known.
  [[nodiscard]] bool was_member(node_index who) const;
  /// The group's word on who has no links, and whose batches are skipped, as any node knows it.
  [[nodiscard]] bool is_out(node_index who) const;
  /// It is out, or all members that it knows of are: nobody is left by whom it could find the
  /// group.
  [[nodiscard]] bool is_left_out(node_index who) const;
  /// Members that may fail, beside those that lie.
  [[nodiscard]] std::size_t spare_faults() const {
    const auto lying = static_cast<std::size_t>(
      std::count_if(options_.liars.begin(), options_.liars.end(),
                    [this](const auto& one) { return one.first < options_.members; }));
    return liars_max(static_cast<std::uint16_t>(options_.members)) - lying;
  }
  /// The copy of a member; none: there is none.
  [[nodiscard]] std::optional<node_index> twin() const {
    return options_.twin_of ? std::optional{size() - 1} : std::nullopt;
  }
  [[nodiscard]] std::optional<node_index> set_back_one() const { return options_.set_back; }
  [[nodiscard]] bool honest(node_index who) const { return !options_.liars.contains(who); }
  /// Precondition: it is up.
  [[nodiscard]] const consensus& core(node_index who) const {
    return world_->find<consensus_actor>(who)->core();
  }
  [[nodiscard]] const member_key& key(node_index who) const { return nodes_[who].key; }
  /// As its files have it, height 1 first; behind a state that it was given, from that on.
  [[nodiscard]] const std::vector<shared_final>& ledger(node_index who) const {
    return nodes_[who].ledger;
  }
  [[nodiscard]] const users& users_of(node_index who) const { return nodes_[who].people; }
  [[nodiscard]] bool stands_still(node_index who) const { return core(who).status().standstill; }
  /// As its users are told; empty: it does not.
  [[nodiscard]] std::string why_it_stands(node_index who) const;
  /// That are up, of any peer's.
  [[nodiscard]] std::size_t link_count(node_index who) const { return world_->link_count(who); }
  [[nodiscard]] const verdict& verdicts() const { return verdict_; }
  /// That nodes went on from, as others gave them.
  [[nodiscard]] std::uint64_t states_taken() const { return states_taken_; }
  /// Of its present life, as its notary keeps them.
  [[nodiscard]] const std::vector<evidence>& evidence_of(node_index who) const;
  [[nodiscard]] const std::vector<blame>& blamed_by(node_index who) const {
    return nodes_[who].blamed;
  }
  /// On every honest node that is up all users have their receipts, the application has heard all,
  /// and the ledgers are equally long. Else: what is not so.
  [[nodiscard]] bool settled() const { return unsettled().empty(); }
  [[nodiscard]] std::string unsettled() const;
  /// What keeps nodes from voting, as their status says; empty: nothing.
  [[nodiscard]] std::string problems() const;
  /// No honest node that is up has a read under way, nor a receipt that is asked for once more.
  [[nodiscard]] bool all_read() const;
  /// Reads of honest nodes that ended in an error.
  [[nodiscard]] std::size_t failed_reads() const;
  /// What only the whole run shows.
  void finish() { ledgers_.finish(); }
  [[nodiscard]] height top() const { return ledgers_.top(); }
  [[nodiscard]] view top_view() const;
  [[nodiscard]] std::uint64_t event_count() const { return world_->event_count(); }
  /// Equal runs have equal ones.
  [[nodiscard]] std::uint64_t trace() const { return world_->trace(); }
  /// Uniform enough, and the same with every standard library.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return world_->time().below(limit); }

private:
  struct node {
    node(node_index self, const network_id& network, ledger_checker& check, verdict& on)
        : key{self, network}, people{self, check, on}, desk{&people, {}, nullptr} {}
    member_key key;
    users people;
    user_desk desk;
    std::vector<shared_final> ledger;
    height newest;                           ///< that it ever had, unless its folder was exchanged
    std::optional<block_mark> ledger_read{}; ///< the newest of `ledger`
    std::size_t ledger_size = 0;             ///< of the file that grows, when it was read,
    std::uint64_t ledger_file = 0;           ///< and which it was
    log_position votes_read{};    ///< behind the newest that was read of the journal of votes
    std::uint64_t votes_file = 0; ///< its number, when it was read
    std::size_t votes_size = 0;
    bool doubts = true; ///< says its journal, also while the node is down; none: it does
    std::optional<sim_disk::image> copy;
    std::size_t lies_seen = 0;
    std::vector<blame> blamed;
  };

  void compose(node_index who, node_topology& app);
  void said(node_index from, node_index to, const marshalled_frame& what);
  [[nodiscard]] std::vector<marshalled_frame> instead(node_index from, node_index to,
                                                      const marshalled_frame& honest);
  void heard(node_index to, node_index from, const marshalled_frame& what);
  [[nodiscard]] const std::optional<group_words>& decoded(const marshalled_frame& what);
  void after_turn(node_index who, const std::string& actor);
  void after_crash(node_index who);
  void learn_epochs(node_index who);
  void read_ledger(node_index who, bool is_past = false);
  void read_anew(node_index who);
  void follows(node_index who, height next);
  [[nodiscard]] height tip_of(node_index who) const;
  [[nodiscard]] bool is_two(node_index who) const;
  void read_votes(node_index who);
  void look_at_lies(node_index who);
  void blame_is(node_index who, blame what);

  options options_;
  std::set<node_index> upgraded_;
  genesis genesis_; ///< with its members
  network_id network_;
  verdict verdict_;
  /// The longest that a node knows; never null.
  shared_history history_ =
    std::make_shared<const epoch_history>(epoch_history{committees{genesis_}, {}});
  vote_checker votes_;
  ledger_checker ledgers_;
  std::deque<node> nodes_;
  std::unique_ptr<world> world_; ///< never null, but while it is made
  std::uint64_t submitted_ = 0;
  std::uint64_t states_taken_ = 0;
  std::vector<std::shared_ptr<const sim_reply>> orders_;
  shared_bytes decoded_of_; ///< whose words decoded_ is
  std::optional<group_words> decoded_;
  std::map<digest, block_header> headers_; ///< that honest members proposed
};

} // namespace caucus::sim
