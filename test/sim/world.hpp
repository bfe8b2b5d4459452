#pragma once

#include "actors/consensus/consensus.hpp"
#include "test/sim/adversary/adversary.hpp"
#include "test/sim/checker.hpp"
#include "test/sim/fake_notary.hpp"
#include "test/sim/keys.hpp"

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

/// Replicas and followers over a bad network, in virtual time.
/// Deterministic: everything follows from the options.

namespace caucus::sim {

/// How bad the network and the machines are.
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
  duration sync_max{2'000};                                 ///< of the journal
  std::map<node_index, std::shared_ptr<adversary>> liars{}; ///< members
  std::uint64_t wall_skew_ms = 0; ///< node i's clock is ahead by i times that
};

/// A notary sends again what waits.
inline constexpr duration notary_retry_interval{200'000};

class world {
public:
  explicit world(options given);
  ~world();

  /// Stops early when `until` says so, asked after each event.
  void run_for(duration span, const std::function<bool()>& until = {});
  [[nodiscard]] time_point now() const { return now_; }

  // -- what befalls them -------------------------------------------------------------------------
  void set_weather(const weather& now_on) { weather_ = now_on; }
  /// Loses what was not synced; a few newest records that were may still be there.
  void crash(node_index who);
  void restart(node_index who);
  /// Nothing sent by `from` reaches `to`, until heal().
  void cut(node_index from, node_index to) { cuts_.insert({from, to}); }
  void heal() { cuts_.clear(); }
  void set_journal(node_index who, bool works);
  /// A mutation of a user of `who`; its number.
  std::uint64_t submit(node_index who);
  /// Sends anything as if `from` had said it.
  void inject(node_index from, node_index to, voting::message what);

  // -- what came of it ---------------------------------------------------------------------------
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] bool alive(node_index who) const { return nodes_[who].core != nullptr; }
  [[nodiscard]] bool honest(node_index who) const { return options_.liars.count(who) == 0; }
  [[nodiscard]] consensus& core(node_index who) { return *nodes_[who].core; }
  [[nodiscard]] const fake_notary& notary(node_index who) const { return nodes_[who].notary; }
  [[nodiscard]] const checker& verdicts() const { return checker_; }
  [[nodiscard]] const std::vector<evidence>& evidence_of(node_index who) const {
    return nodes_[who].lies;
  }
  [[nodiscard]] const std::vector<blame>& blamed_by(node_index who) const {
    return nodes_[who].blamed;
  }
  /// Every honest node that is up has executed every mutation of an honest one, and all the same.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] height top() const;
  [[nodiscard]] view top_view() const;
  [[nodiscard]] std::uint64_t event_count() const { return event_count_; }
  /// FNV-1a over every event: equal runs have equal hashes.
  [[nodiscard]] std::uint64_t trace() const { return trace_; }
  /// Uniform enough, and the same with every standard library.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

private:
  struct said {
    std::shared_ptr<const voting::message> what;
    std::uint64_t msg_id = 0;
    std::uint64_t answers = 0;
  };
  struct batch_ask {
    digest of;
  };
  using payload = std::variant<said, shared_sim_batch, batch_ask>;
  struct packet {
    node_index from;
    node_index to;
    std::uint64_t connection;
    payload what;
  };
  struct turn { ///< an event of a node's own
    node_index who;
    std::uint64_t life;
    voting::event what;
  };
  struct journal_synced {
    node_index who;
    std::uint64_t life;
  };
  struct ledger_synced {
    node_index who;
    std::uint64_t life;
  };
  struct notary_retry {
    node_index who;
    std::uint64_t life;
  };
  using happening = std::variant<packet, turn, journal_synced, ledger_synced, notary_retry>;
  struct due {
    time_point at;
    std::uint64_t order;
    happening what;
    friend bool operator<(const due& a, const due& b) {
      return std::pair{b.at, b.order} < std::pair{a.at, a.order};
    }
  };
  struct node {
    explicit node(node_index self) : key{self}, notary{self} {}
    sim_key key;
    fake_notary notary;
    std::unique_ptr<consensus> core; ///< null: down
    std::uint64_t life = 0;
    std::vector<voting::journal_record> journal; ///< on disk
    bool journal_works = true;
    bool syncing = false;
    std::size_t syncing_count = 0; ///< actions of `held` that this sync covers
    std::deque<voting::action> held;
    bool ledger_syncing = false;
    std::set<std::uint64_t> asked; ///< tags of requests that may still be answered
    std::vector<evidence> lies;
    std::vector<blame> blamed;
  };

  void schedule(duration in, happening what);
  void happen(packet& what);
  void happen(turn& what);
  void happen(journal_synced& what);
  void happen(ledger_synced& what);
  void happen(notary_retry& what);
  void step(node_index who, voting::event what);
  void flush(node_index who);
  void perform(node_index who, voting::action& what);
  void say(node_index from, node_index to, said what);
  void transmit(node_index from, node_index to, payload what);
  void carry_out(node_index who, notary_out out);
  void connect(node_index a, node_index b);
  [[nodiscard]] std::optional<node_index> other_end(node_index who, link_id link) const;
  void trace(std::uint64_t what);
  [[nodiscard]] wall_ms wall(node_index who) const;

  options options_;
  weather weather_;
  std::mt19937_64 random_;
  time_point now_{};
  std::priority_queue<due> queue_;
  std::uint64_t scheduled_ = 0;
  std::vector<node> nodes_;
  std::map<std::pair<node_index, node_index>, std::uint64_t> connections_; ///< lower index first
  std::uint64_t connected_ = 0;
  std::set<std::pair<node_index, node_index>> cuts_;
  checker checker_;
  std::set<std::uint64_t> promised_; ///< mutations of honest nodes
  std::uint64_t submitted_ = 0;
  std::uint64_t event_count_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325; ///< FNV-1a's offset basis
};

} // namespace caucus::sim
