#include "runtime/supervisor.hpp"

#include "runtime/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace caucus {

namespace {

/// The text that a host or a supervisor ended with; CAF's own words for all else.
std::string text_of(const caf::error& why) {
  std::string out;
  const auto& said = why.context();
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (said.match_element<std::string>(i)) {
      out += (out.empty() ? "" : ": ") + said.get_as<std::string>(i);
    }
  }
  return out.empty() ? caf::to_string(why) : out;
}

/// A number beside the text: a restart is of no use.
std::optional<errc> no_use_of(const caf::error& why) {
  const auto& said = why.context();
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (said.match_element<std::uint16_t>(i)) {
      return static_cast<errc>(said.get_as<std::uint16_t>(i));
    }
  }
  return std::nullopt;
}

} // namespace

supervisor_state::supervisor_state(on_caf::self_pointer<supervisor> self,
                                   std::vector<child> children, supervisor_options options)
    : self_{self}, options_{std::move(options)}, watcher_{self} {
  for (auto& one : children) {
    slots_.push_back({std::move(one), {}, 0, false});
  }
  for (std::size_t i = 0; i < slots_.size() && !stopping_; ++i) {
    start(i);
  }
}

supervisor_state::~supervisor_state() {
  for (const auto& one : slots_) {
    if (one.now) {
      caf::anon_send_exit(one.now, caf::exit_reason::kill);
    }
  }
}

supervisor::behavior_type supervisor_state::make_behavior() {
  return on_caf::behavior_with_exit<supervisor>(
    self_, [this](const caf::exit_msg&) { begin_stop(false); },
    [this](start_again message) {
      if (stopping_ || message.plan != plan_) {
        return;
      }
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (!slots_[i].now) {
          ++ending_.restart_count;
          start(i);
        }
      }
    },
    [this](overdue message) { late(message); }, [this](stop_all) { begin_stop(false); });
}

void supervisor_state::start(std::size_t child_index) {
  auto& one = slots_[child_index];
  const auto life = ++one.life;
  one.killed = false;
  try {
    one.now = one.child.start(self_);
  } catch (const no_restart& problem) {
    ended(child_index, problem.what(), problem.code());
    return;
  } catch (const std::exception& problem) {
    ended(child_index, problem.what());
    return;
  }
  watcher_.watch(self_, one.now, [this, child_index, life](const caf::error& why) {
    if (slots_[child_index].life == life && slots_[child_index].now) {
      ended(child_index, text_of(why), no_use_of(why));
    }
  });
}

void supervisor_state::ended(std::size_t child_index, const std::string& why,
                             std::optional<errc> no_use) {
  auto& one = slots_[child_index];
  one.now = nullptr;
  const bool asked_to = stopping_ || restarting_all_;
  if (!asked_to) {
    crashed(one, why);
    if (no_use || restarts_.size() > options_.restarts_max) {
      ending_.no_use = no_use;
      begin_stop(true);
      return;
    }
    restarting_all_ = options_.how == strategy::one_for_all;
  }
  go_on();
}

void supervisor_state::crashed(slot& one, const std::string& why) {
  ending_.last_error = one.child.name + ": " + why;
  log("supervisor", log_level::warn, one.child.name + " ended: " + why);
  if (one.child.life) {
    one.child.life->fail(why);
  }
  const auto now = self_->clock().now();
  restarts_.push_back(now);
  while (now - restarts_.front() > options_.window) {
    restarts_.pop_front();
  }
}

// One step towards the goal, taken again at each child's end: first stop what must stop, one child
// at a time, last first; then end, or plan the restart of all that is down.
void supervisor_state::go_on() {
  const std::size_t floor = stopping_ || restarting_all_ ? 0 : slots_.size();
  for (auto i = slots_.size(); i-- > floor;) {
    if (slots_[i].now) {
      if (std::exchange(asked_, i) != i) {
        self_->send_exit(slots_[i].now, caf::exit_reason::user_shutdown);
        on_caf::delayed_send(self_, supervisor{self_}, slots_[i].child.stop_deadline,
                             overdue{i, slots_[i].life});
      }
      return;
    }
  }
  asked_.reset();
  if (stopping_) {
    finish();
    return;
  }
  restarting_all_ = false;
  plan_restart();
}

void supervisor_state::plan_restart() {
  auto wait = options_.back_off_min;
  for (std::size_t i = 1; i < restarts_.size() && wait < options_.back_off_max; ++i) {
    wait *= 2;
  }
  wait = std::min(wait, options_.back_off_max);
  on_caf::delayed_send(self_, supervisor{self_}, wait, start_again{++plan_});
}

void supervisor_state::late(const overdue& message) {
  auto& one = slots_[message.child_index];
  if (!one.now || one.life != message.life) {
    return;
  }
  if (!one.killed) {
    one.killed = true;
    log("supervisor", log_level::warn, one.child.name + " did not stop in time and is killed");
    self_->send_exit(one.now, caf::exit_reason::kill);
    on_caf::delayed_send(self_, supervisor{self_}, kill_grace, message);
    return;
  }
  log("supervisor", log_level::error, one.child.name + " does not end though killed");
  ending_.stuck.push_back(one.child.name);
  ended(message.child_index, "stuck in a turn");
}

void supervisor_state::begin_stop(bool gave_up) {
  if (!stopping_) {
    stopping_ = true;
    ending_.gave_up = gave_up;
    go_on();
  }
}

void supervisor_state::finish() {
  if (std::exchange(finished_, true)) {
    return;
  }
  if (ending_.gave_up) {
    if (options_.restarts_max > 0) { // else whoever started us counts
      log("supervisor", log_level::error,
          (ending_.no_use ? "gives up, as a restart is of no use: "
                          : "gives up after too many restarts: ")
            + ending_.last_error);
    }
    self_->quit(ending_.no_use ? caf::make_error(caf::sec::runtime_error, ending_.last_error,
                                                 static_cast<std::uint16_t>(*ending_.no_use))
                               : caf::make_error(caf::sec::runtime_error, ending_.last_error));
  } else {
    self_->quit(caf::exit_reason::user_shutdown);
  }
  if (options_.on_end) {
    options_.on_end(ending_);
  }
}

} // namespace caucus
