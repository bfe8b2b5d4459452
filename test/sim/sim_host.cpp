#include "test/sim/sim_host.hpp"

#include "runtime/no_restart.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace caucus::sim {

namespace {

/// A busy actor takes a few thousand; one that takes so many waits for something by asking again at once.
constexpr std::size_t turns_per_second_max = 100'000;
constexpr duration second{1'000'000};
/// Between a ring and the turn, and between two turns: so that time passes for one that never sleeps.
constexpr duration turn_time{2};

} // namespace

sim_host::sim_host(agenda& time, sim_disk& disk, settings with)
    : time_{time}, disk_{disk}, with_{std::move(with)} {}

sim_host::~sim_host() {
  *lives_ = false;
  for (auto at = seats_.rbegin(); at != seats_.rend(); ++at) {
    end(**at);
  }
}

result<void> sim_host::start(const topology& of) {
  auto all = of.actors();
  if (!all) {
    return tl::make_unexpected(all.error());
  }
  for (auto& one : *all) {
    auto& made = *seats_.emplace_back(std::make_unique<seat>(seat{std::move(one)}));
    made.index = seats_.size();
  }
  for (auto& one : seats_) {
    begin(*one);
  }
  return {};
}

void sim_host::restart(std::string_view actor) {
  auto* const of = seat_of(actor);
  CAUCUS_ASSERT(of != nullptr);
  end(*of);
  begin(*of);
}

sim_host::seat* sim_host::seat_of(std::string_view actor) {
  const auto found = std::find_if(seats_.begin(), seats_.end(),
                                  [actor](const auto& one) { return one->who.name == actor; });
  return found == seats_.end() ? nullptr : found->get();
}

time_point sim_host::busy_until(std::string_view actor) {
  const auto* const of = seat_of(actor);
  return of ? of->busy_until : time_point{};
}

// -- lives -----------------------------------------------------------------------------------------

void sim_host::begin(seat& of) {
  of.around =
    std::make_unique<context>([this] { return time_.now() + disk_.busy_time(); }, with_.wall,
                              of.who.where->bell(), [this] { return time_.random(); });
  of.who.where->life()->begin_life();
  try {
    of.life = of.who.make(*of.around);
  } catch (const power_cut&) {
    return lose_power();
  } catch (const std::exception& problem) {
    return fail(of, problem.what());
  }
  of.busy_until = time_.now() + disk_.take_busy_time();
  of.tenancy = of.who.where->move_in([this, &of] { plan(of, time_.now() + turn_time); });
  plan(of, of.busy_until); // for what came in between two lives
}

void sim_host::end(seat& of) {
  of.life.reset(); // gives the leases back, while nobody is woken for them
  of.who.where->move_out(of.tenancy);
  of.around.reset();
  of.planned.reset();
}

void sim_host::lose_power() {
  *lives_ = false;
}

/// With all of its group, as its supervisor does it, but at once.
void sim_host::begin_anew(seat& of) {
  for (auto at = seats_.rbegin(); at != seats_.rend(); ++at) {
    if ((*at)->who.group == of.who.group && (*at)->life) {
      end(**at);
    }
  }
  for (auto& one : seats_) {
    if (*lives_ && one->who.group == of.who.group) {
      begin(*one);
    }
  }
  if (*lives_ && with_.on_another_life) {
    with_.on_another_life(of.who.name);
  }
}

void sim_host::fail(seat& of, const std::string& why) {
  end(of);
  with_.on_end(of.who.name, why);
}

// -- turns -----------------------------------------------------------------------------------------

void sim_host::plan(seat& of, time_point when) {
  when = std::max(when, of.busy_until);
  if (of.planned && *of.planned <= when) {
    return;
  }
  of.planned = when;
  time_.at(when, [this, &of, when, lives = lives_, tenancy = of.tenancy] {
    if (*lives && of.life && of.tenancy == tenancy && of.planned == when) {
      of.planned.reset();
      turn(of);
    }
  });
}

void sim_host::turn(seat& of) {
  ++turns_;
  time_.trace(of.index);
  time_.trace(static_cast<std::uint64_t>(time_.passed().count()));
  bool worked = false;
  try {
    worked = of.life->step();
  } catch (const power_cut&) {
    return lose_power();
  } catch (const another_life&) {
    return begin_anew(of);
  } catch (const std::exception& problem) {
    return fail(of, problem.what());
  }
  of.busy_until = time_.now() + disk_.take_busy_time();
  if (time_.now() - of.second_from >= second) {
    of.second_from = time_.now();
    of.second_turns = 0;
  }
  if (++of.second_turns > turns_per_second_max) {
    return fail(of, "takes turns without end, as if it never found nothing to do");
  }
  if (worked || !of.who.where->bell()->try_sleep([&of] { return of.life->idle(); })) {
    plan(of, time_.now() + turn_time);
  }
  if (const auto next = of.around->next_wake()) {
    plan(of, *next);
  }
  if (with_.after_turn) {
    with_.after_turn(of.who.name);
  }
}

} // namespace caucus::sim
