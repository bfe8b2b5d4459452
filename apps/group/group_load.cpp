#include "apps/group/group_load.hpp"

#include "apps/group/interrupts.hpp"

#include <set>
#include <utility>

namespace caucus {

namespace {

using clock = std::chrono::steady_clock;

/// Until a node that hung up or is busy is asked again.
constexpr std::chrono::milliseconds ask_again{20};
/// That the node waits for a receipt, before it says that the outcome is unknown.
constexpr std::chrono::milliseconds receipt_wait{3'000};
/// That the client waits for the node: a stopped one never says anything.
constexpr std::chrono::milliseconds node_wait{10'000};

/// The fate is not known, or nothing happened: worth another try with the same request id.
bool may_try_again(const std::string& outcome) {
  static const std::set<std::string> all{"busy",      "stopping",        "timed_out",
                                         "cancelled", "outcome_unknown", "not_yet"};
  return all.contains(outcome);
}

wanted unique_motto(std::size_t client, std::uint64_t number) {
  return {"motto", "set", {"client " + std::to_string(client) + " says " + std::to_string(number)}};
}

} // namespace

group_load::group_load(const std::function<std::filesystem::path(std::size_t)>& directory_of,
                       load_options options)
    : options_{std::move(options)} {
  if (!options_.wanted) {
    options_.wanted = unique_motto;
  }
  std::size_t client = 0;
  active_ = options_.nodes.size() * options_.clients;
  for (const auto node : options_.nodes) {
    for (std::size_t i = 0; i < options_.clients; ++i, ++client) {
      threads_.emplace_back(
        [this, to = control_socket{directory_of(node)}, node, client]() mutable {
          try {
            run(std::move(to), node, client);
          } catch (const std::exception& problem) { // of `what`
            const std::lock_guard lock{guard_};
            failure_ = problem.what();
          }
          --active_;
        });
    }
  }
}

group_load::~group_load() {
  stopping_ = true;
  join();
}

void group_load::join() {
  giving_up_ = true;
  for (auto& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void group_load::run(control_socket to, std::size_t node, std::size_t client) {
  for (std::uint64_t number = 0; !stopping_ && !interrupted(); ++number) {
    if (options_.count != 0 && begun_.fetch_add(1) >= options_.count) {
      return;
    }
    const auto id = "load-" + std::to_string(client) + '-' + std::to_string(number);
    if (!propose_one(to, node, options_.wanted(client, number), id)) {
      return;
    }
  }
}

bool group_load::propose_one(control_socket& to, std::size_t node, wanted mutation,
                             const std::string& id) {
  const auto began = clock::now();
  for (; !giving_up_ && !interrupted(); ++retries_) {
    const auto got = propose(to, mutation, id, receipt_wait, node_wait);
    if (got && got->status == 200) {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began);
      const std::lock_guard lock{guard_};
      all_.push_back(
        {node, std::move(mutation), got->outcome, got->height, got->index, got->detail, took});
      ++count_;
      return true;
    }
    if (got && !may_try_again(got->outcome)) {
      const std::lock_guard lock{guard_};
      failure_ = "node " + std::to_string(node) + " answered " + id + " with " + got->outcome + ": "
                 + got->detail;
      return false;
    }
    std::this_thread::sleep_for(ask_again); // it is busy, hung up, or is not there
  }
  return false;
}

result<std::vector<acknowledged>> group_load::finish(milliseconds at_most) {
  stopping_ = true;
  const auto until = clock::now() + at_most;
  while (!done() && clock::now() < until) {
    std::this_thread::sleep_for(ask_again);
  }
  const auto left = active_.load();
  join();
  const std::lock_guard lock{guard_};
  if (!failure_.empty()) {
    return fail(errc::internal, failure_);
  }
  if (left > 0) {
    return fail(errc::timed_out, std::to_string(left) + " clients heard no receipt in "
                                   + std::to_string(at_most.count()) + " ms");
  }
  return std::move(all_);
}

} // namespace caucus
