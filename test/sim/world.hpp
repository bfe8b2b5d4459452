#pragma once

#include "actors/composition.hpp"
#include "actors/node_topology.hpp"
#include "actors/notary/rules.hpp"
#include "messages/genesis.hpp"
#include "test/sim/agenda.hpp"
#include "test/sim/keys.hpp"
#include "test/sim/sim_disk.hpp"
#include "test/sim/sim_host.hpp"
#include "test/sim/sim_network.hpp"
#include "test/sim/sim_pool.hpp"
#include "test/sim/weather.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Nodes in virtual time, each with all the actors that ship, composed as a preset composes them,
/// over a network, a disk and worker threads that are simulated. An application's composition is
/// simulated as it is run. Deterministic: equal options give equal runs.
///
///     caucus::sim::world_options with;
///     with.seed = 7;
///     with.application = caucus::composition{"club", "1.0"}.add<cheers>();
///     caucus::sim::world w{std::move(with)};
///     w.run_for(1s);
///     w.crash(2);                           // the disk keeps what was synced
///     w.restart(2);
///     const auto reply = w.call(0, "POST", "/v1/cheer", R"({"player": "Ada"})");
///     w.run_until(10s, [&] { return reply->done && w.find<cheers>(2)->total() == 12; });
///
/// One thread, and one world at a time on it: the log is the process's.

namespace caucus::sim {

/// Small: a thousand nodes fit. What finds a ring full waits, as it does in a real node under load.
inline constexpr edge_capacities small_room{.notary = 64,
                                            .net = 64,
                                            .events = 64,
                                            .directives = 32,
                                            .inspections = 32,
                                            .ordering = 64,
                                            .control = 2,
                                            .calls = 2};

struct world_options {
  std::uint64_t seed = 0;
  std::size_t members = 4;   ///< [1, members_max]
  std::size_t followers = 0; ///< nodes behind the members that do not vote; they dial the members
  bool followers_listen = false; ///< so that they can be dialled when they become members
  /// Nodes that run with the key, and as the kind, of another: copies of it.
  std::map<node_index, node_index> copies{};
  /// Its members are filled in: node i is "m<i>".
  genesis from{};
  /// Its actors, with their keys' defaults, and its rules.
  std::optional<composition> application{};
  /// The C++ rules that a node's program brings, at each start of it. Empty: the application's.
  std::function<rules(node_index)> brings{};
  durability keeps = durability::disk;
  notary_config notary{};
  edge_capacities room = small_room;
  signature_scheme signatures = cheap_signatures;
  std::uint64_t journal_size_max = 64 * 1024; ///< of either journal: then it is written anew
  std::uint64_t blocks_per_file = 0;          ///< of the ledger; 0: one file has all

  duration sync_max{2'000};    ///< a sync of the disk takes up to so long,
  duration store_max{100'000}; ///< a write of the stored state,
  duration check_max{300};     ///< a check of signatures,
  duration job_max{10'000};    ///< a job of an application
  bool one_checker = false;    ///< checks of a node wait for one another
  sim_network::settings network{};
  std::vector<wall_ms> clocks_ahead{}; ///< by node; none: right
  bool quiet = true;                   ///< the process's log is turned off

  /// Adds further actors, or connects in another way than a composition does; in each life of each
  /// node. May be empty.
  std::function<void(node_index, node_topology&)> compose{};
  /// After each turn of an actor. May be empty.
  std::function<void(node_index, const std::string& actor)> after_turn{};
  /// An actor of a node that is up ended its life to go on from what it left, and has begun the
  /// next. May be empty.
  std::function<void(node_index, const std::string& actor)> on_another_life{};
  /// A node has crashed: its actors are gone, its disk is what a crash left. May be empty.
  std::function<void(node_index)> after_crash{};
};

class world {
public:
  explicit world(world_options with);
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world();

  // -- time ---------------------------------------------------------------------------------------

  /// Stops early when an actor ends that nobody stopped; see trouble().
  void run_for(duration span);
  /// Until `then`, asked after each event; at most so long. True: it came to be so.
  bool run_until(duration at_most, const std::function<bool()>& then);
  [[nodiscard]] time_point now() const { return time_.now(); }
  [[nodiscard]] agenda& time() { return time_; }
  /// What a clock that is right shows.
  [[nodiscard]] wall_ms right_time() const;

  // -- what befalls them --------------------------------------------------------------------------

  void set_weather(const weather& now_on) { network_.set_weather(now_on); }
  /// Nothing sent by `from` reaches `to`, until heal().
  void cut(node_index from, node_index to) { network_.cut(from, to); }
  void heal() { network_.heal(); }
  /// Between two turns. Nothing if it is down.
  void crash(node_index who);
  /// In the middle of a turn: at the nth operation from now that changes its disk.
  void crash_at_disk(node_index who, std::size_t operations);
  /// Nothing if it is up.
  void restart(node_index who);
  /// One actor alone ends and begins anew. Precondition: alive(who).
  void restart_actor(node_index who, std::string_view actor);
  [[nodiscard]] sim_disk& disk(node_index who) const { return nodes_[who]->disk; }
  /// A request to the node's control API, as HTTP carries it: "GET", "/v1/status". The reply comes
  /// as time passes. Never null. Precondition: alive(who).
  [[nodiscard]] std::shared_ptr<const sim_reply> call(node_index who, std::string method,
                                                      std::string target, std::string body = {});
  /// Sends anything as if `from` had said it, over its link to `to`, if there is one.
  void inject(node_index from, node_index to, const marshalled_frame& what);
  /// The wall clock of `who` is that far from the right time from now on, also over restarts.
  void set_clock(node_index who, wall_ms ahead) { nodes_[who]->ahead = ahead; }

  // -- what they are ------------------------------------------------------------------------------

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t member_count() const { return with_.members; }
  [[nodiscard]] bool alive(node_index who) const { return nodes_[who]->host != nullptr; }
  /// The actor's present life at `who`, as its class; null: none lives.
  template <class Actor>
  [[nodiscard]] Actor* find(node_index who) const {
    return alive(who) ? nodes_[who]->host->template find<Actor>() : nullptr;
  }
  /// Links of `who` that are up or come up. 0: it is down.
  [[nodiscard]] std::size_t link_count(node_index who) const;
  [[nodiscard]] const genesis& from() const { return *from_; }
  [[nodiscard]] const network_id& network() const { return network_id_; }
  /// Whose key it runs with: its own, but for a copy's.
  [[nodiscard]] node_index identity_of(node_index who) const {
    const auto copy = with_.copies.find(who);
    return copy == with_.copies.end() ? who : copy->second;
  }
  /// Where its files lie on its disk: "node3/ledger.log".
  [[nodiscard]] static std::filesystem::path folder_of(node_index who);

  // -- what came of it ----------------------------------------------------------------------------

  /// The first actor that ended though nobody stopped it, and why; empty: none did.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::uint64_t event_count() const { return time_.happened(); }
  /// Equal runs have equal ones.
  [[nodiscard]] std::uint64_t trace() const { return time_.trace(); }

private:
  struct node {
    node(agenda& time, const world_options& with);
    sim_disk disk;
    std::shared_ptr<sim_pool> checkers; ///< never null, as the others
    std::shared_ptr<sim_pool> storer;
    std::shared_ptr<sim_pool> jobs;
    wall_ms ahead{0};
    // Of its present life; destroyed from below upwards.
    std::unique_ptr<node_topology> app;
    std::unique_ptr<sim_transport> transport;
    std::unique_ptr<sim_host> host; ///< null: down
  };

  [[nodiscard]] std::unique_ptr<preset_parts> parts_of(node_index who,
                                                       std::shared_ptr<doorbell> bell);
  [[nodiscard]] node_materials materials_of(node_index who);
  [[nodiscard]] rules own_rules() const;

  world_options with_;
  std::optional<composed> application_;
  std::shared_ptr<const genesis> from_; ///< never null
  network_id network_id_;
  std::shared_ptr<const compiled_rules> rules_;
  agenda time_;
  sim_network network_;
  std::vector<std::unique_ptr<node>> nodes_;
  std::string trouble_;
};

} // namespace caucus::sim
