#pragma once

#include "actors/consensus/consensus.hpp"
#include "actors/notary/notary.hpp"
#include "messages/quorum.hpp"
#include "test/sim/adversary/adversary.hpp"
#include "test/sim/keys.hpp"
#include "test/sim/ledger_checker.hpp"
#include "test/sim/sim_disk.hpp"
#include "test/sim/users.hpp"
#include "test/sim/verdict.hpp"
#include "test/sim/vote_checker.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Replicas and followers over a bad network, in virtual time: each node the cores of consensus and
/// notary, a disk, and users.
/// Deterministic: everything follows from the options.

namespace caucus::sim {

/// How bad the network is.
struct weather {
  duration delay_min{500};
  duration delay_max{5'000};
  std::uint32_t loss_percent = 0;
  std::uint32_t repeat_percent = 0;
  std::uint32_t slow_percent = 0; ///< packets that take up to ten times as long
};

struct options {
  std::uint64_t seed = 0;
  std::size_t members = 4;   ///< [1, members_max]
  std::size_t followers = 0; ///< nodes behind the members that do not vote
  weather fair{};
  duration delta{200'000};
  duration heartbeat{10'000'000};
  vote_keeping keeps = vote_keeping::each;
  duration sync_max{2'000};    ///< of the disk
  duration load_max{2'000};    ///< of a read of the ledger
  duration store_max{100'000}; ///< of the state behind
  duration check_max{300};     ///< of signatures
  bool one_checker = false;    ///< checks of a node wait for one another
  duration reply_max{0};       ///< a reply comes so much later than the network brings it
  std::map<node_index, std::shared_ptr<adversary>> liars{}; ///< members
  std::uint64_t wall_skew_ms = 0; ///< node i's clock is ahead by i times that, at first
  std::optional<quotas> limits{}; ///< none: no quota
};

class world {
public:
  explicit world(options given);
  ~world();

  /// Stops early when `until` says so, asked after each event.
  void run_for(duration span, const std::function<bool()>& until = {});
  [[nodiscard]] time_point now() const { return now_; }

  // -- what befalls them -------------------------------------------------------------------------
  void set_weather(const weather& now_on) { weather_ = now_on; }
  /// Loses what was not synced; a few newest records that were not may still be there.
  void crash(node_index who);
  void restart(node_index who);
  /// It crashes, and its folder is empty but for its key.
  void lose_disk(node_index who);
  /// Puts its folder as it is aside; of a node that does not vote.
  void keep_copy(node_index who);
  /// It crashes, and the copy is put back; nothing if there is none.
  void set_back(node_index who);
  /// The users of `who` begin anew and ask again; the application hears the rest.
  void restart_users(node_index who);
  /// Nothing sent by `from` reaches `to`, until heal().
  void cut(node_index from, node_index to) { cuts_.insert({from, to}); }
  void heal() { cuts_.clear(); }
  void set_disk(node_index who, bool works);
  /// The wall clock of `who` is that far from the right time from now on, also over restarts.
  void set_clock(node_index who, wall_ms ahead) { nodes_[who].clock_ahead = ahead; }
  /// How far the newest final header's time is ahead of the right time; 0: it is not.
  [[nodiscard]] wall_ms time_ahead() const;
  /// So many mutations of users of `who`, in one turn. Nothing if it is down.
  void submit(node_index who, std::size_t count = 1);
  /// A user of `who` reads. Nothing if it is down.
  void read(node_index who, bool fresh);
  /// Sends anything as if `from` had said it.
  void inject(node_index from, node_index to, voting::message what);

  // -- what came of it ---------------------------------------------------------------------------
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const network_id& network() const { return network_; }
  [[nodiscard]] bool alive(node_index who) const { return nodes_[who].core != nullptr; }
  /// An honest member other than this has not been told yet that it may vote: two that know nothing are
  /// more faults than one.
  [[nodiscard]] bool anyone_doubts(node_index but) const;
  [[nodiscard]] std::size_t member_count() const { return options_.members; }
  /// Members that may fail, beside those that lie.
  [[nodiscard]] std::size_t spare_faults() const {
    return liars_max(static_cast<std::uint16_t>(options_.members)) - options_.liars.size();
  }
  [[nodiscard]] bool honest(node_index who) const { return options_.liars.count(who) == 0; }
  [[nodiscard]] consensus& core(node_index who) { return *nodes_[who].core; }
  [[nodiscard]] const sim_key& key(node_index who) const { return nodes_[who].key; }
  /// Final and executed, the newest perhaps not on the disk yet; height 1 first.
  [[nodiscard]] const std::vector<shared_final>& ledger(node_index who) const {
    return nodes_[who].disk.ledger();
  }
  [[nodiscard]] const users& users_of(node_index who) const { return nodes_[who].people; }
  /// As its notary was told last.
  [[nodiscard]] bool stands_still(node_index who) const { return !nodes_[who].standstill.empty(); }
  /// Empty: it does not.
  [[nodiscard]] const std::string& why_it_stands(node_index who) const {
    return nodes_[who].standstill;
  }
  [[nodiscard]] const verdict& verdicts() const { return verdict_; }
  [[nodiscard]] const std::vector<evidence>& evidence_of(node_index who) const {
    return nodes_[who].lies;
  }
  [[nodiscard]] const std::vector<blame>& blamed_by(node_index who) const {
    return nodes_[who].blamed;
  }
  /// On every honest node that is up all users have their receipts, the application has heard all,
  /// and the ledgers are equally long. Else: what is not so.
  [[nodiscard]] bool settled() const { return unsettled().empty(); }
  [[nodiscard]] std::string unsettled() const;
  /// No honest node that is up has a read under way, nor a receipt that is asked for once more.
  [[nodiscard]] bool all_read() const;
  /// Reads of honest nodes that ended in an error.
  [[nodiscard]] std::size_t failed_reads() const;
  /// What only the whole run shows.
  void finish() { ledgers_.finish(); }
  [[nodiscard]] height top() const { return ledgers_.top(); }
  [[nodiscard]] view top_view() const;
  [[nodiscard]] std::uint64_t event_count() const { return event_count_; }
  /// FNV-1a over every event: equal runs have equal hashes.
  [[nodiscard]] std::uint64_t trace() const { return trace_; }
  /// Uniform enough, and the same with every standard library.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

private:
  using words = std::variant<voting::message, notary_words>;
  using shared_words = std::shared_ptr<const words>;

  // -- what happens, each at its time
  struct packet {
    node_index from;
    node_index to;
    std::uint64_t connection;
    shared_words what;
    std::uint64_t msg_id = 0;  ///< not 0: a request
    std::uint64_t answers = 0; ///< not 0: a response, to the request of this msg_id
  };
  struct request_over { ///< unless it was answered
    node_index who;
    std::uint64_t life;
    std::uint64_t msg_id;
    link_id to;
    errc why;
  };
  struct turn { ///< an event of a node's own, for one of its cores
    node_index who;
    std::uint64_t life;
    std::variant<voting::event, notary_in::event> what;
  };
  struct votes_synced {
    node_index who;
    std::uint64_t life;
  };
  struct disk_synced {
    node_index who;
    std::uint64_t life;
    sim_disk::extent up_to;
  };
  struct state_written {
    node_index who;
    std::uint64_t life;
  };
  struct notary_wake {
    node_index who;
    std::uint64_t life;
    time_point at;
  };
  struct users_round {
    node_index who;
    std::uint64_t life;
  };
  using happening = std::variant<packet, turn, request_over, votes_synced, disk_synced,
                                 state_written, notary_wake, users_round>;
  struct due {
    time_point at;
    std::uint64_t order;
    happening what;
    friend bool operator<(const due& a, const due& b) {
      return std::pair{b.at, b.order} < std::pair{a.at, a.order};
    }
  };

  struct node {
    node(node_index self, world& in)
        : key{self, in.network_}, people{self, in.ledgers_, in.verdict_} {}
    sim_key key;
    std::unique_ptr<consensus> core; ///< null: down
    std::unique_ptr<notary> books;   ///< null: down
    std::uint64_t life = 0;
    // consensus
    std::vector<voting::journal_record> votes; ///< on disk
    bool syncing = false;
    std::size_t syncing_count = 0; ///< actions of `held` that this sync covers
    std::deque<voting::action> held;
    std::optional<time_point> tick_at; ///< for which a tick is on its way
    // notary
    sim_disk disk;
    bool disk_syncing = false;
    time_point wakes_at = time_point::max();
    users people;
    std::string standstill; ///< why; empty: it does not
    // both
    std::optional<std::pair<std::vector<voting::journal_record>, sim_disk>> copy;
    time_point checker_free{}; ///< see options::one_checker
    bool disk_works = true;
    wall_ms clock_ahead{0};
    std::set<std::uint64_t> asked; ///< message ids of requests that may still be answered
    std::vector<evidence> lies;
    std::vector<blame> blamed;
  };

  void schedule(duration in, happening what);
  [[nodiscard]] duration at_random(duration most);
  /// From now until the end of a check that `who` asks for.
  [[nodiscard]] duration check_time(node_index who);
  void happen(packet& what);
  void happen(turn& what);
  void happen(request_over& what);
  void happen(votes_synced& what);
  void happen(disk_synced& what);
  void happen(state_written& what);
  void happen(notary_wake& what);
  void happen(users_round& what);
  [[nodiscard]] bool lives(node_index who, std::uint64_t life) const {
    return alive(who) && nodes_[who].life == life;
  }

  // consensus, world_consensus.cpp
  void start_consensus(node_index who);
  void step(node_index who, voting::event what);
  void flush(node_index who);
  void perform(node_index who, voting::action& what);
  void forget_unsynced_votes(node_index who);

  // the notary, world_notary.cpp
  void start_notary(node_index who);
  void step(node_index who, notary_in::event what);
  void ask(node_index who, asker_index by, std::vector<notary_request> what);
  void carry_out(node_index who, std::vector<notary_out::action> what);
  void perform(node_index who, notary_out::persist& what);
  void perform(node_index who, notary_out::append& what);
  void perform(node_index who, notary_out::load& what);
  void perform(node_index who, notary_out::store_state& what);
  void perform(node_index who, notary_out::check_batch& what);
  void perform(node_index who, notary_out::check_answer& what);
  void perform(node_index who, notary_out::check_attestation& what);
  void perform(node_index who, notary_out::send_batch& what);
  void perform(node_index who, notary_out::request& what);
  void perform(node_index who, notary_out::respond& what);
  void perform(node_index who, notary_out::blame& what);
  void perform(node_index who, notary_out::tell& what);
  void perform(node_index who, to_consensus& what);
  void sync_disk(node_index who);

  // the network, world_network.cpp
  void say(node_index from, node_index to, const shared_words& what, std::uint64_t msg_id = 0,
           std::uint64_t answers = 0);
  void transmit(node_index from, node_index to, const shared_words& what, std::uint64_t msg_id,
                std::uint64_t answers);
  void hear(packet& what, const voting::message& said);
  void hear(packet& what, const notary_words& said);
  void await(node_index who, std::uint64_t msg_id, link_id to, duration timeout);
  void connect(node_index a, node_index b);
  void disconnect(node_index who);
  [[nodiscard]] std::optional<node_index> other_end(node_index who, link_id link) const;
  void blame_is(node_index who, blame what);

  /// Of what is one of several kinds: its place among them, for messages, the notary's requests and its
  /// actions from 1, as it was when the traces of known seeds were written down.
  void trace(std::uint64_t what);
  [[nodiscard]] wall_ms wall(node_index who) const;

  options options_;
  genesis genesis_;
  network_id network_;
  std::shared_ptr<const compiled_rules> rules_;
  weather weather_;
  std::mt19937_64 random_;
  time_point now_{};
  std::priority_queue<due> queue_;
  std::uint64_t scheduled_ = 0;
  verdict verdict_;
  vote_checker votes_;
  ledger_checker ledgers_;
  std::deque<node> nodes_;
  std::map<std::pair<node_index, node_index>, std::uint64_t> connections_; ///< lower index first
  std::uint64_t connected_ = 0;
  std::set<std::pair<node_index, node_index>> cuts_;
  std::uint64_t submitted_ = 0;
  std::uint64_t event_count_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325; ///< FNV-1a's offset basis
};

} // namespace caucus::sim
