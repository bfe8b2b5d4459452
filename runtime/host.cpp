#include "runtime/host.hpp"

#include "runtime/clock.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>

namespace caucus {

namespace {

/// CAF's, and so a test's where a test schedules CAF.
std::function<time_point()> clock_of(on_caf::self_pointer<host> self) {
  return [self] {
    return time_point{std::chrono::duration_cast<duration>(self->clock().now().time_since_epoch())};
  };
}

} // namespace

place::place(std::string name)
    : name_{std::move(name)}, tenant_{std::make_shared<resident>()},
      bell_{std::make_shared<doorbell>([tenant = tenant_] {
        const std::lock_guard lock{tenant->guard};
        if (tenant->wake) {
          tenant->wake();
        }
      })} {}

std::uint64_t place::move_in(std::function<void()> wake) {
  const std::lock_guard lock{tenant_->guard};
  tenant_->wake = std::move(wake);
  return ++tenant_->number;
}

void place::move_out(std::uint64_t tenancy) {
  const std::lock_guard lock{tenant_->guard};
  if (tenancy == tenant_->number && tenant_->wake) {
    bell_->hold_awake();
    tenant_->wake = nullptr;
  }
}

// The actor is made here, on the supervisor's thread, so that children start one after the other; a
// throw from here reaches the supervisor's call of spawn.
host_state::host_state(on_caf::self_pointer<host> self, std::shared_ptr<place> where,
                       const actor_maker& make)
    : self_{self}, place_{std::move(where)}, context_{clock_of(self), system_now, place_->bell()} {
  place_->life()->begin_life();
  actor_ = make(context_);
}

host_state::~host_state() {
  actor_.reset(); // gives the leases back, while nobody is woken for them
  place_->move_out(tenancy_);
}

// CAF has finished making us only now, so only now may a message to ourselves be on the way.
host::behavior_type host_state::make_behavior() {
  tenancy_ = place_->move_in([who = host{self_}] { on_caf::anon_send(who, wake{}); });
  set_timer();
  on_caf::send(self_, host{self_}, again{}); // a first turn, for what came in between two lives
  return on_caf::behavior_with_exit<host>(
    self_,
    [this](caf::exit_msg& message) {
      if (message.reason != caf::exit_reason::user_shutdown) {
        self_->quit(message.reason);
        return;
      }
      close_by_ = context_.now() + closing_time_max;
      context_.say_stopping();
      if (!in_a_chain_) {
        turn();
      }
    },
    [this](wake) {
      if (!in_a_chain_) { // else the running chain looks again before it sleeps
        turn();
      }
    },
    [this](again) { turn(); });
}

void host_state::turn() {
  in_a_chain_ = true;
  bool worked = false;
  try {
    worked = actor_->step();
    set_timer();
  } catch (const no_restart& problem) {
    end_for_good(problem);
    return;
  } catch (const std::exception& problem) {
    end(problem.what());
    return;
  }
  if (!std::exchange(had_a_turn_, true)) {
    place_->life()->took_turn();
  }
  if (close_by_ && (!worked || context_.now() >= *close_by_)) {
    self_->quit(caf::exit_reason::user_shutdown);
    return;
  }
  in_a_chain_ = worked || !place_->bell()->try_sleep([this] { return actor_->idle(); });
  if (in_a_chain_) {
    on_caf::send(self_, host{self_}, again{});
  }
}

// CAF 0.17 cannot cancel a timer and holds few: we ask only for one earlier than the one it has.
void host_state::set_timer() {
  const auto now = context_.now();
  if (timer_ && *timer_ <= now) {
    timer_.reset();
  }
  const auto wanted = context_.next_wake();
  if (wanted && (!timer_ || *wanted < *timer_)) {
    timer_ = wanted;
    on_caf::delayed_send(self_, host{self_}, *wanted - now, wake{});
  }
}

// CAF 0.17 loses the text of an exception on the way to the supervisor: we carry it in the reason.
void host_state::end(const std::string& why) {
  self_->quit(caf::make_error(caf::sec::runtime_error, place_->name(), why));
}

void host_state::end_for_good(const no_restart& why) {
  self_->quit(caf::make_error(caf::sec::runtime_error, place_->name(), std::string{why.what()},
                              static_cast<std::uint16_t>(why.code())));
}

} // namespace caucus
