#include "test/sim/sim_pool.hpp"

#include <algorithm>

namespace caucus::sim {

void sim_pool::announce() {
  std::erase_if(sources_, [](const auto& one) { return one->over(); });
  for (const auto& one : sources_) {
    while (const auto index = one->claim()) {
      const auto begin = in_turn_ ? std::max(free_at_, time_.now()) : time_.now();
      free_at_ = begin + takes_();
      const auto number = ++claimed_count_;
      under_way_.emplace(number, claimed{one, *index});
      time_.at(free_at_, [this, number] {
        if (auto job = under_way_.extract(number)) { // else it is gone with its node
          job.mapped().of->run(job.mapped().index, time_.now());
        }
      });
    }
  }
}

void sim_pool::crash() {
  for (const auto& [number, one] : under_way_) {
    if (time_.below(2) == 0) {
      one.of->run(one.index, time_.now());
    }
  }
  under_way_.clear();
  sources_.clear();
  free_at_ = time_.now();
}

} // namespace caucus::sim
