#include "apps/caucus/demo_load.hpp"

#include "apps/caucus/request_id.hpp"

#include <algorithm>
#include <exception>

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;

/// A step whose outcome stays unknown so often is no demonstration any more.
constexpr int attempts_max = 10;

} // namespace

demo_load::demo_load(const demo_group& group, const std::vector<std::size_t>& through,
                     std::size_t per_node)
    : group_{group} {
  for (const auto node : through) {
    for (std::size_t i = 0; i < per_node; ++i) {
      callers_.emplace_back([this, node] {
        try {
          run(node);
        } catch (const std::exception& failed) {
          const std::lock_guard lock{guard_};
          problem_ = failed.what();
        }
      });
    }
  }
}

demo_load::~demo_load() {
  stopping_ = true;
}

void demo_load::run(std::size_t node) {
  while (!stopping_ && !interrupted()) {
    control_propose step;
    step.variable = "score";
    step.operation = "add";
    step.arguments = {"1"};
    step.request_id = make_request_id();
    step.timeout = 5s;
    const auto began = std::chrono::steady_clock::now();
    for (int attempt = 0;; ++attempt) {
      const auto told = group_.propose(node, step);
      if (told && told->applied) {
        ++applied_;
        break;
      }
      if (interrupted()) {
        return;
      }
      if (told || attempt == attempts_max) {
        const std::lock_guard lock{guard_};
        problem_ = told ? "a step was refused: " + told->reason : to_string(told.error());
        return;
      }
      ++retried_;
    }
    const std::lock_guard lock{guard_};
    latencies_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began));
  }
}

demo_load::outcome demo_load::stop() {
  stopping_ = true;
  callers_.clear(); // joins
  outcome out;
  out.applied = applied_;
  out.retried = retried_;
  out.time = std::chrono::steady_clock::now() - began_;
  std::sort(latencies_.begin(), latencies_.end());
  out.latency_p50 = latencies_.empty() ? 0us : latencies_[latencies_.size() / 2];
  out.problem = problem_;
  return out;
}

} // namespace caucus::cli
