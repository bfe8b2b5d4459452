#pragma once

#include "runtime/topology.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// Actors named by a letter that write down when they start and end: for tests of supervision.

namespace caucus {

/// What happened, in order; any thread.
class journal {
public:
  void add(std::string line) {
    const std::lock_guard lock{guard_};
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  /// The lines since the last call, once there are `count` of them; fewer after 5 s.
  std::vector<std::string> next(std::size_t count) {
    std::unique_lock lock{guard_};
    changed_.wait_for(lock, std::chrono::seconds{5},
                      [this, count] { return lines_.size() >= count; });
    return std::exchange(lines_, {});
  }

private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

using lines = std::vector<std::string>;

/// Lives until it is sent something, which it throws at.
template <char Letter>
class worker {
  static constexpr char letters[] = {Letter, '\0'};

public:
  static constexpr const char* name = letters;
  struct ports {
    inbox<std::string> orders;
    void each(auto&& visit) { visit("orders", orders); }
  };

  worker(ports its_ports, context& /*around*/, std::shared_ptr<journal> log)
      : ports_{std::move(its_ports)}, log_{std::move(log)} {
    log_->add(std::string{"start "} + Letter);
  }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() { log_->add(std::string{"end "} + Letter); }

  bool step() {
    return ports_.orders.drain(1, [](const std::string& why) { throw std::runtime_error{why}; })
           > 0;
  }
  [[nodiscard]] bool idle() const { return ports_.orders.empty(); }

private:
  ports ports_;
  std::shared_ptr<journal> log_;
};

} // namespace caucus
