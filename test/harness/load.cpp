#include "test/harness/load.hpp"

#include "test/harness/cluster.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace caucus::harness {

namespace {

/// Until a node that hung up or is busy is asked again.
constexpr std::chrono::milliseconds ask_again{20};
/// That the node waits for a receipt, before it says that the outcome is unknown.
constexpr std::chrono::milliseconds receipt_wait{3'000};
/// That the client waits for the node: a stopped one never says anything.
constexpr std::chrono::milliseconds node_wait{10'000};

/// The fate is not known, or nothing happened: worth another try with the same request id.
bool may_try_again(const std::string& outcome) {
  static const std::set<std::string> all{"busy",      "stopping", "timed_out", "outcome_unknown",
                                         "cancelled", "not_yet"};
  return all.contains(outcome);
}

wanted unique_motto(std::size_t client, std::uint64_t number) {
  return {"motto", "set", {"client " + std::to_string(client) + " says " + std::to_string(number)}};
}

} // namespace

load::load(const cluster& on, load_options options) : on_{on}, options_{std::move(options)} {
  if (options_.nodes.empty()) {
    options_.nodes = on.all();
  }
  if (!options_.what) {
    options_.what = unique_motto;
  }
  std::size_t client = 0;
  active_ = options_.nodes.size() * options_.clients;
  for (const auto node : options_.nodes) {
    for (std::size_t i = 0; i < options_.clients; ++i, ++client) {
      threads_.emplace_back([this, node, client] {
        try {
          run(node, client);
        } catch (const std::exception& problem) {
          const std::lock_guard lock{guard_};
          failure_ = problem.what();
        }
        --active_;
      });
    }
  }
}

load::~load() {
  stopping_ = true;
  giving_up_ = true;
  for (auto& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

void load::run(std::size_t node, std::size_t client) {
  auto to = on_.talk(node, node_wait);
  for (std::uint64_t number = 0; !stopping_; ++number) {
    if (options_.count != 0 && begun_.fetch_add(1) >= options_.count) {
      return;
    }
    const auto id = "load-" + std::to_string(client) + '-' + std::to_string(number);
    if (!propose(to, node, options_.what(client, number), id)) {
      return;
    }
  }
}

bool load::propose(control& to, std::size_t node, const wanted& what, const std::string& id) {
  for (; !giving_up_; ++retries_) {
    try {
      const auto got =
        cluster::propose(to, what.variable, what.mutation, what.arguments, id, receipt_wait);
      if (got.status == 200) {
        const std::lock_guard lock{guard_};
        all_.push_back({node, what, got.outcome, got.height, got.index});
        ++count_;
        return true;
      }
      if (!may_try_again(got.outcome)) {
        throw std::logic_error{"harness: node " + std::to_string(node) + " answered " + id
                               + " with " + got.outcome + ": " + got.detail};
      }
    } catch (const std::runtime_error&) { // it hung up, or is not there
    }
    std::this_thread::sleep_for(ask_again);
  }
  return false;
}

std::vector<acknowledged> load::finish(milliseconds at_most) {
  stopping_ = true;
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!done() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(ask_again);
  }
  const auto left = active_.load();
  giving_up_ = true;
  for (auto& thread : threads_) {
    thread.join();
  }
  threads_.clear();
  const std::lock_guard lock{guard_};
  if (!failure_.empty()) {
    throw std::runtime_error{failure_};
  }
  if (left > 0) {
    throw std::runtime_error{"harness: " + std::to_string(left) + " clients heard no receipt in "
                             + std::to_string(at_most.count()) + " ms\n" + on_.logs()};
  }
  return std::move(all_);
}

} // namespace caucus::harness
