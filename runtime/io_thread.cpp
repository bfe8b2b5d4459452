#include "runtime/io_thread.hpp"

#include "runtime/asio.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/log.hpp"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace caucus {

namespace {

/// Linux keeps 15 characters and a zero of a thread's name.
constexpr std::size_t thread_name_size_max = 15;

struct handler {
  std::function<bool()> step;
  std::function<bool()> idle;
};

} // namespace

struct io_thread::inside {
  std::string name;
  std::function<void(const std::string&)> on_failure;
  std::optional<boost::asio::io_context> io{std::in_place, 1}; ///< 1: one thread runs it
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work{
    io->get_executor()};
  std::shared_ptr<doorbell> bell;
  std::vector<handler> handlers; ///< the thread's, once it runs
  bool in_a_chain = true;        ///< the thread's: a turn is posted that was not rung for
  bool rung_here = false;        ///< the thread's: by the handler that it is in
  std::thread thread;
  std::atomic<std::thread::id> id{};

  std::mutex guard; ///< for what follows, and for posting against the context's end
  std::condition_variable over;
  bool running = false;
  bool gone = false; ///< the context is, or is about to be

  bool post(std::function<void()> what) {
    const std::lock_guard lock{guard};
    if (gone) {
      return false;
    }
    boost::asio::post(*io, std::move(what));
    return true;
  }

  bool step() {
    bool worked = false;
    for (const auto& one : handlers) {
      worked |= one.step();
    }
    return worked;
  }

  // As a host's: one chain of turns at a time, and each turn waits behind the sockets' events.
  void turn() {
    in_a_chain = true;
    const bool worked =
      step() && step(); // mostly that was all: a look costs less than a posted turn
    const auto all_idle = [this] {
      bool idle = true;
      for (const auto& one : handlers) {
        idle &= one.idle(); // all are asked, for each registers what it waits for
      }
      return idle;
    };
    in_a_chain = worked || !bell->try_sleep(all_idle);
    if (in_a_chain) {
      boost::asio::post(*io, [this] { turn(); });
    }
  }

  void rung() {
    if (!in_a_chain) { // else the running chain looks again before it sleeps
      turn();
    }
  }

  // A bell that the thread rings for itself is heard once the handler is through, with no look at the
  // sockets between: what came by one of them goes on at once. What rings in that turn waits behind them.
  void run_handlers() {
    while (io->run_one() > 0) {
      if (std::exchange(rung_here, false)) {
        rung();
        if (std::exchange(rung_here, false)) {
          boost::asio::post(*io, [this] { rung(); });
        }
      }
    }
  }

  void run() {
    static_cast<void>(
      pthread_setname_np(pthread_self(), name.substr(0, thread_name_size_max).c_str()));
    id = std::this_thread::get_id();
    try {
      run_handlers();
    } catch (const std::exception& problem) {
      log(name, log_level::error, std::string{"the thread ends: "} + problem.what());
      if (on_failure) {
        on_failure(problem.what());
      }
    }
    const std::lock_guard lock{guard};
    running = false;
    over.notify_all();
  }
};

io_thread::io_thread(std::string name, std::function<void(const std::string&)> on_failure)
    : inside_{std::make_shared<inside>()} {
  inside_->name = std::move(name);
  inside_->on_failure = std::move(on_failure);
  inside_->bell = std::make_shared<doorbell>([weak = std::weak_ptr<inside>{inside_}] {
    // A ring keeps its doorbell longer than we live.
    const auto me = weak.lock();
    if (me && me->id.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
      me->rung_here = true;
    } else if (me) {
      me->post([raw = me.get()] { raw->rung(); });
    }
  });
}

io_thread::~io_thread() {
  stop();
  join();
  {
    const std::lock_guard lock{inside_->guard};
    inside_->gone = true;
  }
  // Outside the lock: handlers destroyed here may ring.
  inside_->work.reset();
  inside_->handlers.clear();
  inside_->io.reset();
}

boost::asio::io_context& io_thread::context() {
  return *inside_->io;
}

const std::shared_ptr<doorbell>& io_thread::bell() const {
  return inside_->bell;
}

void io_thread::on_rung(std::function<bool()> step, std::function<bool()> idle) {
  CAUCUS_ASSERT(!inside_->thread.joinable() || runs_here());
  inside_->handlers.push_back({std::move(step), std::move(idle)});
  inside_->bell->ring(); // a handler that comes later has its first turn too
}

void io_thread::start() {
  CAUCUS_ASSERT(!inside_->thread.joinable());
  {
    const std::lock_guard lock{inside_->guard};
    inside_->running = true;
  }
  boost::asio::post(*inside_->io, [raw = inside_.get()] { raw->turn(); });
  inside_->thread = std::thread{[raw = inside_.get()] { raw->run(); }};
}

void io_thread::post(std::function<void()> what) {
  inside_->post(std::move(what));
}

bool io_thread::call(std::function<void()> what) {
  if (runs_here()) {
    what();
    return true;
  }
  // Shared: where the loop ends meanwhile, the task is destroyed with the context, later than we
  // return.
  struct outcome {
    bool done = false;
    std::exception_ptr thrown;
  };
  const auto how = std::make_shared<outcome>();
  const auto& me = inside_;
  {
    const std::lock_guard lock{me->guard};
    if (!me->running) {
      return false;
    }
  }
  me->post([how, raw = me.get(), what = std::move(what)] {
    std::exception_ptr thrown;
    try {
      what();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock{raw->guard};
    how->done = true;
    how->thrown = thrown;
    raw->over.notify_all();
  });
  std::unique_lock lock{me->guard};
  me->over.wait(lock, [&] { return how->done || !me->running; });
  if (how->thrown) {
    std::rethrow_exception(how->thrown);
  }
  return how->done;
}

void io_thread::stop() {
  const std::lock_guard lock{inside_->guard};
  if (!inside_->gone) {
    inside_->io->stop();
  }
}

void io_thread::join() {
  if (inside_->thread.joinable()) {
    inside_->thread.join();
  }
}

bool io_thread::runs_here() const {
  return inside_->id.load() == std::this_thread::get_id();
}

} // namespace caucus
