#pragma once

#include "messages/time.hpp"
#include "runtime/worker_pool.hpp"
#include "test/sim/agenda.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

/// A worker pool without threads: a job is done some virtual time after it was asked for.
/// One thread.

namespace caucus::sim {

class sim_pool final : public worker_pool {
public:
  /// `takes`: how long the next job does. `in_turn`: jobs wait for one another, as on one thread.
  sim_pool(agenda& time, std::function<duration()> takes, bool in_turn)
      : time_{time}, takes_{std::move(takes)}, in_turn_{in_turn} {}

  void attach(std::shared_ptr<job_source> source) override {
    sources_.push_back(std::move(source));
  }
  void announce() override;
  [[nodiscard]] time_point now() const override { return time_.now(); }
  /// Its node crashes: of the jobs that are under way some are done, and all others never.
  void crash();

private:
  struct claimed {
    std::shared_ptr<job_source> of;
    std::size_t index = 0;
  };

  agenda& time_;
  std::function<duration()> takes_;
  bool in_turn_;
  time_point free_at_{};
  std::vector<std::shared_ptr<job_source>> sources_;
  std::map<std::uint64_t, claimed> under_way_; ///< in the order claimed
  std::uint64_t claimed_count_ = 0;
};

} // namespace caucus::sim
