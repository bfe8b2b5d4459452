#pragma once

#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/context.hpp"
#include "runtime/topology.hpp"
#include "test/sim/agenda.hpp"
#include "test/sim/sim_disk.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Runs one life of a node's topology in virtual time, in the place of CAF: gives its actors turns
/// when their doorbells ring or their time has come. A turn takes no time but what the disk takes,
/// and then the actor is busy until that is over. What it rings for hears it at once: so others may
/// hear a little early, never what is not durable. Where the power fails nobody has a turn any
/// more, and the host is to be taken away: sim_disk::on_power_cut().
/// One thread.

namespace caucus::sim {

class sim_host {
public:
  struct settings {
    std::function<wall_ms()> wall;
    /// An actor ended by an exception, or takes turns without end: for people.
    std::function<void(const std::string& actor, const std::string& why)> on_end;
    /// After each turn of an actor; may be empty.
    std::function<void(const std::string& actor)> after_turn;
    /// An actor has left something for its next life, which has just begun; may be empty.
    std::function<void(const std::string& actor)> on_another_life{};
  };

  sim_host(agenda& time, sim_disk& disk, settings with);
  sim_host(const sim_host&) = delete;
  sim_host& operator=(const sim_host&) = delete;
  /// All lives end, the newest first.
  ~sim_host();

  /// Errors: as topology::actors(). Actors that throw: see on_end.
  [[nodiscard]] result<void> start(const topology& of);
  /// A new life in the place of the present one. Precondition: there is an actor of this name.
  void restart(std::string_view actor);

  /// The present life's; null: it is another type's, or does not live.
  template <class Actor>
  [[nodiscard]] Actor* find() {
    auto* const here = seat_of(Actor::name);
    auto* const life = here ? dynamic_cast<stepped<Actor>*>(here->life.get()) : nullptr;
    return life ? &life->actor() : nullptr;
  }
  /// Until then the actor of this name does nothing.
  [[nodiscard]] time_point busy_until(std::string_view actor);
  /// The power has not failed.
  [[nodiscard]] bool lives() const { return *lives_; }
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

private:
  struct seat {
    composed_actor who;
    std::size_t index = 0;
    std::unique_ptr<context> around{};
    std::unique_ptr<steppable> life{}; ///< null: it has ended
    std::uint64_t tenancy = 0;
    std::optional<time_point> planned{}; ///< its next turn
    time_point busy_until{};
    time_point second_from{}; ///< turns are counted a second
    std::size_t second_turns = 0;
  };

  [[nodiscard]] seat* seat_of(std::string_view actor);
  void begin(seat& of);
  void end(seat& of);
  void plan(seat& of, time_point when);
  void turn(seat& of);
  void lose_power();
  void begin_anew(seat& of);
  void fail(seat& of, const std::string& why);

  agenda& time_;
  sim_disk& disk_;
  settings with_;
  std::vector<std::unique_ptr<seat>> seats_;                   ///< in the order of start
  std::shared_ptr<bool> lives_ = std::make_shared<bool>(true); ///< for what is on the agenda
  std::uint64_t turns_ = 0;
};

} // namespace caucus::sim
