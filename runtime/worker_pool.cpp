#include "runtime/worker_pool.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/clock.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace caucus {

namespace {

struct claimed_job {
  std::shared_ptr<job_source> of;
  std::size_t index = 0;
};

/// The next unclaimed job, looking first at `sources[first]`; forgets sources that are over.
std::optional<claimed_job> claim_from(std::vector<std::shared_ptr<job_source>>& sources,
                                      std::size_t first) {
  std::erase_if(sources, [](const auto& one) { return one->over(); });
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& one = sources[(first + i) % sources.size()];
    if (const auto index = one->claim()) {
      return claimed_job{one, *index};
    }
  }
  return std::nullopt;
}

} // namespace

// -- threads --------------------------------------------------------------------------------------

struct thread_pool::inside {
  std::mutex guard;
  std::condition_variable changed;
  std::vector<std::shared_ptr<job_source>> sources;
  std::size_t next = 0; ///< whose turn it is
  bool stopping = false;
  std::vector<std::thread> threads;

  void work(thread_rank rank) {
    static_cast<void>(
      pthread_setname_np(pthread_self(), rank == thread_rank::normal ? "worker" : "background"));
    if (rank == thread_rank::background) { // on Linux of a thread alone; a container may forbid it
      static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10));
    }
    std::unique_lock lock{guard};
    while (!stopping) {
      auto job = claim_from(sources, next++);
      if (!job) {
        changed.wait(lock);
        continue;
      }
      lock.unlock();
      job->of->run(job->index, time_point{std::chrono::duration_cast<duration>(
                                 std::chrono::steady_clock::now().time_since_epoch())});
      job.reset(); // may be the last to know the source
      lock.lock();
    }
  }
};

thread_pool::thread_pool(std::size_t threads, thread_rank rank)
    : inside_{std::make_unique<inside>()} {
  CAUCUS_ASSERT(threads >= 1 && threads <= worker_threads_max);
  for (std::size_t i = 0; i < threads; ++i) {
    inside_->threads.emplace_back([raw = inside_.get(), rank] { raw->work(rank); });
  }
}

thread_pool::~thread_pool() {
  {
    const std::lock_guard lock{inside_->guard};
    inside_->stopping = true;
  }
  inside_->changed.notify_all();
  for (auto& one : inside_->threads) {
    one.join();
  }
}

void thread_pool::attach(std::shared_ptr<job_source> source) {
  const std::lock_guard lock{inside_->guard};
  inside_->sources.push_back(std::move(source));
}

// The lock is what a worker holds from its look at the sources to its sleep: it has either seen the
// job or will hear the call.
void thread_pool::announce() {
  { const std::lock_guard lock{inside_->guard}; }
  inside_->changed.notify_one();
}

time_point thread_pool::now() const {
  return steady_now();
}

// -- inline and seeded ----------------------------------------------------------------------------

struct seeded_pool::inside {
  std::mt19937_64 dice;
  std::size_t width;
  std::function<time_point()> clock;
  std::vector<std::shared_ptr<job_source>> sources;
  std::vector<claimed_job> at_work; ///< <= width
};

seeded_pool::seeded_pool(std::uint64_t seed, std::size_t width, std::function<time_point()> clock)
    : inside_{
      std::make_unique<inside>(inside{std::mt19937_64{seed}, width, std::move(clock), {}, {}})} {
  CAUCUS_ASSERT(width >= 1 && width <= worker_threads_max);
}

seeded_pool::~seeded_pool() = default;

void seeded_pool::attach(std::shared_ptr<job_source> source) {
  inside_->sources.push_back(std::move(source));
}

time_point seeded_pool::now() const {
  return inside_->clock();
}

bool seeded_pool::run_one() {
  auto& at_work = inside_->at_work;
  while (at_work.size() < inside_->width) {
    auto job = claim_from(inside_->sources, inside_->dice());
    if (!job) {
      break;
    }
    at_work.push_back(std::move(*job));
  }
  if (at_work.empty()) {
    return false;
  }
  std::swap(at_work[inside_->dice() % at_work.size()], at_work.back());
  const auto job = std::move(at_work.back());
  at_work.pop_back();
  job.of->run(job.index, now());
  return true;
}

} // namespace caucus
