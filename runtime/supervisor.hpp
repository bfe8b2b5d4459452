#pragma once

#include "messages/result.hpp"
#include "runtime/caf_types.hpp"
#include "runtime/no_restart.hpp"
#include "runtime/topology_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Starts children in order, restarts those that end, and stops all in reverse order. A child may
/// be a supervisor itself: when it gives up, that is one end of one child.
/// Source: Erlang/OTP's supervisors. We differ: the wait before a restart doubles with every recent
/// one, a restart asked for while one is pending is merged with it, and a child that says that a
/// restart is of no use (no_restart) makes it give up at once, as it does its parent.
///
/// Accepts:  stop_all, exit messages (both: stop); start_again and overdue from itself
/// Answers:  nothing; the end is told once to `on_end`
/// Lifetime: the root's is the node's; a group's ends when it gives up, and then its parent makes
///           another. The children are started by the constructor, so that all start in order.
/// A restart loses the times of earlier restarts and nothing else.

namespace caucus {

using supervisor = on_caf::typed<caf::result<void>(start_again), caf::result<void>(overdue),
                                 caf::result<void>(stop_all)>;

enum class strategy : std::uint8_t {
  one_for_one, ///< restart the child that ended
  one_for_all, ///< and all others: they share a session
};

struct child {
  std::string name;
  std::function<caf::actor(on_caf::self_pointer<supervisor>)> start; ///< a throw counts as an end
  std::chrono::milliseconds stop_deadline{2'000}; ///< to stop within; then it is killed
  std::shared_ptr<actor_health> life;             ///< where its errors are kept; null for a group
};

/// Why and how it ended.
struct ending {
  bool gave_up = false;           ///< false: it was told to stop
  std::optional<errc> no_use{};   ///< a child threw no_restart; none: more restarts than allowed
  std::string last_error;         ///< for people; empty if nothing ever failed
  std::size_t restart_count = 0;  ///< restarts of children in all; a group counts as one child
  std::vector<std::string> stuck; ///< did not even end when killed: only the process's end helps
};

struct supervisor_options {
  strategy how = strategy::one_for_one;
  std::size_t restarts_max = 5;               ///< within `window`; one more gives up
  std::chrono::milliseconds window{30'000};   ///< > restarts_max * back_off_max, or it never ends
  std::chrono::milliseconds back_off_min{10}; ///< before the first restart; then it doubles
  std::chrono::milliseconds back_off_max{1'000};
  std::function<void(const ending&)> on_end{}; ///< on a worker's thread; must not block
};

/// What a killed child still gets: its turn must end before CAF can end it.
inline constexpr std::chrono::milliseconds kill_grace{1'000};

class supervisor_state {
public:
  using handle = supervisor;
  static constexpr const char* name = "caucus.supervisor";

  supervisor_state(on_caf::self_pointer<supervisor> self, std::vector<child> children,
                   supervisor_options options);
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;
  /// Kills what is left, where it was itself killed.
  ~supervisor_state();

  supervisor::behavior_type make_behavior();

private:
  struct slot {
    caucus::child child;
    caf::actor now;         ///< null while down
    std::uint64_t life = 0; ///< raised at each start
    bool killed = false;    ///< in this life
  };

  void start(std::size_t child_index);
  /// `no_use`: another life of it would end in the same way, for this.
  void ended(std::size_t child_index, const std::string& why, std::optional<errc> no_use = {});
  void crashed(slot& one, const std::string& why);
  void go_on();
  void plan_restart();
  void late(const overdue& message);
  void begin_stop(bool gave_up);
  void finish();

  on_caf::self_pointer<supervisor> self_;
  supervisor_options options_;
  on_caf::watcher watcher_;
  std::vector<slot> slots_;                           ///< in the order of start
  std::deque<caf::actor_clock::time_point> restarts_; ///< within the window, oldest first
  bool restarting_all_ = false;                       ///< all children are to be stopped
  std::optional<std::size_t> asked_;                  ///< whose end is awaited
  std::uint64_t plan_ = 0;                            ///< number of the latest restart planned
  bool stopping_ = false;
  bool finished_ = false;
  ending ending_;
};

} // namespace caucus
