#include "actors/rpc/callback_thread.hpp"

#include "runtime/log.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

#include <pthread.h>

namespace caucus {

namespace {

void say_thrown(const char* what) noexcept {
  log_once_per("library/thrown", std::chrono::seconds{1}, "library", log_level::error,
               std::string{"a callback threw: "} + what);
}

} // namespace

struct callback_thread::inside {
  mutable std::mutex guard;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  std::deque<std::function<void()>> asides;
  std::size_t before_aside = 0; ///< jobs that waited when the last one was done
  bool ending = false;
  bool ended = false;

  void work() {
    std::unique_lock lock{guard};
    while (true) {
      changed.wait(lock, [this] { return ending || !jobs.empty() || !asides.empty(); });
      if (jobs.empty() && asides.empty()) {
        break;
      }
      const bool is_aside = !asides.empty() && (jobs.empty() || before_aside == 0);
      auto& from = is_aside ? asides : jobs;
      {
        const auto job = std::move(from.front());
        from.pop_front();
        lock.unlock();
        callback_thread::run(job);
      } // what it held goes before anybody is told that it is done
      lock.lock();
      if (is_aside) {
        before_aside = jobs.size();
      } else if (before_aside > 0) {
        --before_aside;
      }
    }
    ended = true;
    changed.notify_all();
  }
};

callback_thread::callback_thread()
    : inside_{std::make_shared<inside>()}, thread_{[keep = inside_] { keep->work(); }} {
  ::pthread_setname_np(thread_.native_handle(), "caucus-calls");
}

callback_thread::~callback_thread() {
  // Whoever has waited for it has waited long enough.
  if (finish(std::chrono::seconds{waited_ ? 0 : 1})) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

bool callback_thread::push(std::function<void()>& job) {
  const std::lock_guard lock{inside_->guard};
  if (inside_->ending) {
    return false;
  }
  inside_->jobs.push_back(std::move(job));
  inside_->changed.notify_all();
  return true;
}

bool callback_thread::push_aside(std::function<void()>& job) {
  const std::lock_guard lock{inside_->guard};
  if (inside_->ending) {
    return false;
  }
  inside_->asides.push_back(std::move(job));
  inside_->changed.notify_all();
  return true;
}

std::size_t callback_thread::waiting() const {
  const std::lock_guard lock{inside_->guard};
  return inside_->jobs.size();
}

bool callback_thread::is_this_thread() const {
  return std::this_thread::get_id() == thread_.get_id();
}

bool callback_thread::finish(std::chrono::milliseconds deadline) {
  std::deque<std::function<void()>> dropped; // their ends outside the lock
  std::unique_lock lock{inside_->guard};
  inside_->ending = true;
  dropped.swap(inside_->asides);
  inside_->changed.notify_all();
  if (is_this_thread()) {
    return false;
  }
  waited_ = true;
  return inside_->changed.wait_for(lock, deadline, [this] { return inside_->ended; });
}

void callback_thread::run(const std::function<void()>& job) noexcept {
  try {
    if (job) {
      job();
    }
  } catch (const std::exception& why) {
    say_thrown(why.what());
  } catch (...) {
    say_thrown("something that is no std::exception");
  }
}

} // namespace caucus
