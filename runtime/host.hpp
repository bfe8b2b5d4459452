#pragma once

#include "runtime/base/doorbell.hpp"
#include "runtime/caf_types.hpp"
#include "runtime/context.hpp"
#include "runtime/no_restart.hpp"
#include "runtime/topology_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

/// The CAF actor under every actor of a topology: gives turns, sleeps, keeps time, ends a life.
///
/// Accepts:  wake (from the doorbell and its own timers), again (from itself), exit messages
/// Answers:  nothing
/// Lifetime: one life of one actor, started by the supervisor. An exception ends it; an exit with
///           user_shutdown first lets it work off what is in its inboxes; any other exit ends it.
/// A restart loses the actor's state and its timers; its rings and doorbell stay, as they are the
/// place's.

namespace caucus {

using host = on_caf::typed<caf::result<void>(wake), caf::result<void>(again)>;

/// What stays of an actor between its lives: name, doorbell, record of errors. The doorbell rings
/// the host of the present life.
class place {
public:
  explicit place(std::string name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::shared_ptr<doorbell>& bell() const { return bell_; }
  [[nodiscard]] const std::shared_ptr<actor_health>& life() const { return life_; }

  /// `wake` gives the actor that lives here from now on a turn, and is called on any thread. Gives
  /// the tenancy's number.
  std::uint64_t move_in(std::function<void()> wake);
  /// Does nothing if a newer life has moved in: a life that was given up as stuck in a turn may end
  /// after its successor has begun.
  void move_out(std::uint64_t tenancy);

private:
  /// Apart from the place, for the doorbell to keep. A late ring of a former life can meet a move.
  struct resident {
    std::mutex guard;
    std::function<void()> wake; ///< empty: nobody lives here
    std::uint64_t number = 0;   ///< of the newest tenancy
  };
  std::string name_;
  std::shared_ptr<resident> tenant_;
  std::shared_ptr<doorbell> bell_;
  std::shared_ptr<actor_health> life_ = std::make_shared<actor_health>();
};

/// An actor as the host sees it.
class steppable {
public:
  steppable() = default;
  steppable(const steppable&) = delete;
  steppable& operator=(const steppable&) = delete;
  virtual ~steppable() = default;

  /// Works off a budget. False: there was nothing to do.
  virtual bool step() = 0;
  /// Nothing to do until the next ring or timer. Asked when the actor is about to sleep.
  [[nodiscard]] virtual bool idle() = 0;
};

/// For working off what is in the inboxes when an actor is told to stop. Its producers still run,
/// so it may always find more; and a turn may wait for the disk, so that turns cannot be counted
/// instead. Half of the default stop_deadline: the other half is for the last turn.
inline constexpr std::chrono::milliseconds closing_time_max{1'000};

/// Makes one life of an actor; may throw.
using actor_maker = std::function<std::unique_ptr<steppable>(context&)>;

class host_state {
public:
  using handle = host;
  static constexpr const char* name = "caucus.host";

  host_state(on_caf::self_pointer<host> self, std::shared_ptr<place> where,
             const actor_maker& make);
  host_state(const host_state&) = delete;
  host_state& operator=(const host_state&) = delete;
  ~host_state();

  host::behavior_type make_behavior();

private:
  void turn();
  void set_timer();
  void end(const std::string& why);
  void end_for_good(const no_restart& why);

  on_caf::self_pointer<host> self_;
  std::shared_ptr<place> place_;
  std::uint64_t tenancy_ = 0; ///< 0: has not moved in
  context context_;
  std::unique_ptr<steppable> actor_;
  bool had_a_turn_ = false;
  bool in_a_chain_ = true;             ///< an `again` is on the way, or a turn is running
  std::optional<time_point> timer_;    ///< earliest wake that CAF's clock holds for us
  std::optional<time_point> close_by_; ///< none: not closing
};

} // namespace caucus
