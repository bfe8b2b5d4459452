#include "runtime/turns.hpp"

namespace caucus {

bool turns::step() {
  bool any = run_all(edges_out_);
  any |= run_all(parts_);
  any |= finish();
  any |= run_all(edges_out_);
  ask_for_wake();
  return any;
}

// The first that is not idle will do: another turn comes, and then all are asked again.
bool turns::idle() {
  const auto has_nothing = [](const auto& one) { return one.idle(); };
  return std::all_of(parts_.begin(), parts_.end(), has_nothing) && finished()
         && std::all_of(edges_out_.begin(), edges_out_.end(), has_nothing);
}

bool turns::run_all(const part_list& which) {
  bool any = false;
  for (const auto& one : which) {
    any |= one.run();
  }
  return any;
}

// One wake is enough, the earliest: its turn asks again. A later time does not replace an earlier one
// that was asked for, so that a time which moves with each turn costs nothing.
void turns::ask_for_wake() {
  std::optional<time_point> earliest;
  for (const auto& one : parts_) {
    const auto wanted = one.next_wake ? one.next_wake() : std::nullopt;
    earliest = earliest && wanted ? std::min(*earliest, *wanted) : (wanted ? wanted : earliest);
  }
  if (earliest && (!wake_at_ || *earliest < *wake_at_ || *wake_at_ <= around_.now())) {
    wake_at_ = earliest;
    around_.wake_at(*earliest);
  }
}

} // namespace caucus
