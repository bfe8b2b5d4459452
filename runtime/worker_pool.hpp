#pragma once

#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// Threads for heavy tasks (signature checks, hashing), so that an actor's turn stays short. The
/// pool pushes nothing to anybody: the asking actor owns a ring of job slots
/// (runtime/job_queue.hpp), the workers claim slots and mark them done, and the actor harvests in
/// the order in which it asked. In production threads, in the simulator inline and seeded: the
/// actor cannot tell.

namespace caucus {

/// A ring of job slots as a pool sees it.
class job_source {
public:
  job_source() = default;
  job_source(const job_source&) = delete;
  job_source& operator=(const job_source&) = delete;
  virtual ~job_source() = default;

  /// The next unclaimed job; the thread that claims a job must run() it. Any thread.
  [[nodiscard]] virtual std::optional<std::size_t> claim() = 0;
  /// Runs the job, or drops it if it is cancelled or late. Throws nothing. Any thread.
  virtual void run(std::size_t index, time_point now) = 0;
  /// Nobody will harvest, and nothing is left to claim: the pool may forget it.
  [[nodiscard]] virtual bool over() const = 0;
};

class worker_pool {
public:
  worker_pool() = default;
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  virtual ~worker_pool() = default;

  /// From now on its jobs are run. Any thread.
  virtual void attach(std::shared_ptr<job_source> source) = 0;
  /// A source has one more job. Any thread.
  virtual void announce() = 0;
  /// The clock of the jobs' deadlines.
  [[nodiscard]] virtual time_point now() const = 0;
};

/// 64: more threads than that only take turns on any machine we know of.
inline constexpr std::size_t worker_threads_max = 64;

/// Who goes first where there are fewer cores than threads that want one.
enum class thread_rank : std::uint8_t {
  normal,
  background, ///< a tenth of a normal one's share (nice 10)
};

/// Takes jobs from its sources in turn, so that no actor's jobs hold up another's for long.
class thread_pool final : public worker_pool {
public:
  /// `threads`: [1, worker_threads_max].
  explicit thread_pool(std::size_t threads, thread_rank rank = thread_rank::normal);
  /// Waits for the jobs that run; the others are not run. Nobody waits for those: every queue keeps
  /// the pool alive.
  ~thread_pool() override;

  void attach(std::shared_ptr<job_source> source) override;
  void announce() override;
  [[nodiscard]] time_point now() const override;

private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

/// No threads: a job runs when run_one() is called, and which one the seed decides, as if `width`
/// threads ran them at different speeds. One thread.
class seeded_pool final : public worker_pool {
public:
  seeded_pool(std::uint64_t seed, std::size_t width, std::function<time_point()> clock);
  ~seeded_pool() override;

  void attach(std::shared_ptr<job_source> source) override;
  void announce() override {}
  [[nodiscard]] time_point now() const override;

  /// False: there is no job.
  bool run_one();

private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

} // namespace caucus
