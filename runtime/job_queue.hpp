#pragma once

#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/doorbell.hpp"
#include "runtime/base/ring.hpp"
#include "runtime/worker_pool.hpp"

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// How an actor gives heavy tasks to a worker pool and gets the results: a ring of job slots,
/// which the actor and the pool share.
///
/// Results come in the order asked. The doorbell rings when the oldest one is ready, and only then.
/// A job that nobody has begun by its deadline is not run; one that is still running by then is not
/// waited for: either way its result is `timed_out`. Deadlines ring nobody: wake_at(next_wake()).
///
/// An actor of a node gets the pool from its topology, app.add<hasher>(app.pool()), and keeps a
/// queue:
///
///     job_queue<digest> jobs_{pool, around.bell(), 64};
///
///     const auto id = jobs_.try_submit([text = std::move(text)](const job_token& job) {
///       for (std::size_t i = 0; i < rounds && !job.cancelled(); ++i) {
///         ...
///         job.report(i + 1);                          // rings the actor
///       }
///       return sum;
///     }, around.now() + 5s);
///     if (!id) { ... id.error().code == errc::busy: all 64 slots are taken; this actor is rung ... }
///
///     turns_.harvests(jobs_, [this](job_id id, result<digest> sum) { ... });   // in its own turns
///     turns_.always([this] { if (shown_) { show(*shown_, jobs_.progress(*shown_)); } });
///
///     jobs_.cancel(*id);                              // its result is errc::cancelled
///
/// A restart of the actor ends the queue: jobs that have not begun are dropped, running jobs are
/// cancelled, and their results are dropped.

namespace caucus {

/// A job's number in its queue, from 0.
struct job_id {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const job_id&, const job_id&) = default;
};

/// For a long job that looks, now and then, whether anybody still wants it, and says how far it is.
/// The job's thread; good while it runs.
class job_token {
public:
  job_token(const std::atomic<bool>& cancelled, const std::atomic<bool>& closed,
            std::atomic<std::uint64_t>& done, doorbell& bell)
      : cancelled_{&cancelled}, closed_{&closed}, done_{&done}, bell_{&bell} {}

  /// Nobody wants its result any more: it was cancelled, or its queue is gone.
  [[nodiscard]] bool cancelled() const {
    return cancelled_->load(std::memory_order_relaxed) || closed_->load(std::memory_order_relaxed);
  }
  /// So much is done, in the job's own measure. Rings the actor, which sees the newest report only:
  /// some 10 a second are enough for people.
  void report(std::uint64_t done) const {
    done_->store(done, std::memory_order_relaxed);
    bell_->ring();
  }

private:
  const std::atomic<bool>* cancelled_;
  const std::atomic<bool>* closed_;
  std::atomic<std::uint64_t>* done_;
  doorbell* bell_;
};

/// What a queue and the pool share. A slot goes round: free, asked, running, done, free; or, when
/// the actor does not wait for it any more, from asked or running to abandoned, and a worker frees
/// it. `work` belongs to the actor while free and to the worker from the claim on; `outcome` to the
/// worker until done, then to the actor.
template <class R>
class job_ring final : public job_source {
public:
  using task = std::function<result<R>(const job_token&)>;

  job_ring(std::size_t capacity, std::shared_ptr<doorbell> bell)
      : slots_(capacity), mask_{capacity - 1}, bell_{std::move(bell)} {
    CAUCUS_ASSERT(std::has_single_bit(capacity) && capacity >= 2 && capacity <= capacity_max);
    CAUCUS_ASSERT(bell_ != nullptr);
  }

  // -- the actor's --------------------------------------------------------------------------------

  [[nodiscard]] result<job_id> ask(task work, time_point deadline) {
    const auto index = asked_.load(std::memory_order_relaxed);
    auto& mine = slots_[index & mask_];
    if (mine.state.load() != stage::free) {
      // Dekker with tell_space(): we say that we wait, then look again.
      starved_.store(true);
      if (mine.state.load() != stage::free) {
        return fail(errc::busy, "all job slots are taken");
      }
    }
    mine.work = std::move(work);
    mine.deadline = deadline;
    mine.cancelled.store(false, std::memory_order_relaxed);
    mine.progress.store(0, std::memory_order_relaxed);
    mine.state.store(stage::asked);
    asked_.store(index + 1);
    return job_id{index};
  }

  void cancel(job_id which) {
    // Only the actor fills slots, so this one's job cannot become another meanwhile.
    if (which.number >= head_.load() && which.number < asked_.load()) {
      slots_[which.number & mask_].cancelled.store(true);
      bell_->ring();
    }
  }

  /// The oldest job's result, if it is to be waited for no longer.
  [[nodiscard]] std::optional<std::pair<job_id, result<R>>> take(time_point now) {
    const auto head = head_.load(std::memory_order_relaxed);
    while (head != asked_.load()) {
      auto& oldest = slots_[head & mask_];
      // Dekker with run(): we have stored head_, now we load the state.
      auto seen = oldest.state.load();
      const bool cancelled = oldest.cancelled.load();
      std::optional<result<R>> out;
      if (seen == stage::done) {
        out = std::exchange(oldest.outcome, std::nullopt);
        oldest.state.store(stage::free);
      } else if (!cancelled && now < oldest.deadline) {
        return std::nullopt;
      } else if (oldest.state.compare_exchange_strong(seen, stage::abandoned)) {
        out = fail(cancelled ? errc::cancelled : errc::timed_out);
      } else {
        continue; // a worker was faster
      }
      head_.store(head + 1);
      tell_space();
      return std::pair{job_id{head}, std::move(*out)};
    }
    return std::nullopt;
  }

  [[nodiscard]] bool ready(time_point now) const {
    const auto head = head_.load(std::memory_order_relaxed);
    if (head == asked_.load()) {
      return false;
    }
    const auto& oldest = slots_[head & mask_];
    return oldest.state.load() == stage::done || oldest.cancelled.load() || now >= oldest.deadline;
  }

  [[nodiscard]] std::optional<time_point> next_wake() const {
    const auto head = head_.load(std::memory_order_relaxed);
    return head == asked_.load() ? std::nullopt : std::optional{slots_[head & mask_].deadline};
  }

  [[nodiscard]] std::size_t waiting() const { return asked_.load() - head_.load(); }

  /// Slots are not reused before their result is taken, so this is that job's.
  [[nodiscard]] std::uint64_t progress(job_id which) const {
    const bool waits = which.number >= head_.load() && which.number < asked_.load();
    return waits ? slots_[which.number & mask_].progress.load(std::memory_order_relaxed) : 0;
  }

  /// The actor goes: what nobody has begun is not run.
  void close() { closed_.store(true); }

  // -- the pool's ---------------------------------------------------------------------------------

  [[nodiscard]] std::optional<std::size_t> claim() override {
    auto index = claimed_.load();
    while (index != asked_.load()) {
      if (claimed_.compare_exchange_weak(index, index + 1)) {
        return index;
      }
    }
    return std::nullopt;
  }

  void run(std::size_t index, time_point now) override {
    auto& mine = slots_[index & mask_];
    auto seen = stage::asked;
    if (mine.state.compare_exchange_strong(seen, stage::running)) {
      mine.outcome.emplace(outcome_of(mine, now));
      seen = stage::running;
      if (mine.state.compare_exchange_strong(seen, stage::done)) {
        // Dekker with take(): we have stored the state, now we load head_.
        if (head_.load() == index) {
          bell_->ring();
        }
        return;
      }
    }
    mine.outcome.reset(); // abandoned
    mine.work = nullptr;
    mine.state.store(stage::free);
    tell_space();
  }

  [[nodiscard]] bool over() const override {
    return closed_.load() && claimed_.load() == asked_.load();
  }

private:
  enum class stage : std::uint8_t { free, asked, running, done, abandoned };
  struct slot {
    std::atomic<stage> state{stage::free};
    std::atomic<bool> cancelled{false};
    std::atomic<std::uint64_t> progress{0};
    task work;
    time_point deadline{};
    std::optional<result<R>> outcome;
  };

  result<R> outcome_of(slot& of, time_point now) {
    const auto work = std::exchange(of.work, nullptr);
    if (of.cancelled.load() || closed_.load()) {
      return fail(errc::cancelled);
    }
    if (now >= of.deadline) {
      return fail(errc::timed_out);
    }
    try {
      return work(job_token{of.cancelled, closed_, of.progress, *bell_});
    } catch (const std::exception& problem) {
      return fail(errc::internal, std::string{"a job threw: "} + problem.what());
    } catch (...) {
      return fail(errc::internal, "a job threw");
    }
  }

  void tell_space() {
    if (starved_.exchange(false)) {
      bell_->ring();
    }
  }

  std::vector<slot> slots_;
  std::size_t mask_;
  std::shared_ptr<doorbell> bell_;
  alignas(cache_line_size) std::atomic<std::size_t> asked_{0}; ///< jobs ever asked; the actor's
  alignas(cache_line_size) std::atomic<std::size_t> claimed_{
    0};                                                       ///< jobs ever claimed; the workers'
  alignas(cache_line_size) std::atomic<std::size_t> head_{0}; ///< results ever taken; the actor's
  std::atomic<bool> starved_{false};
  std::atomic<bool> closed_{false};
};

/// For one actor: job_queue<R> checks{pool, around.bell(), 64}. One thread at a time. When it goes,
/// jobs not begun are dropped.
template <class R>
class job_queue {
public:
  /// `bell` rings when the oldest result is ready, and when a slot is free after a `busy`.
  /// `capacity`: a power of two, [2, capacity_max], in jobs.
  job_queue(std::shared_ptr<worker_pool> pool, std::shared_ptr<doorbell> bell, std::size_t capacity)
      : pool_{std::move(pool)}, ring_{std::make_shared<job_ring<R>>(capacity, std::move(bell))} {
    pool_->attach(ring_);
  }
  job_queue(const job_queue&) = delete;
  job_queue& operator=(const job_queue&) = delete;
  ~job_queue() { ring_->close(); }

  /// `work` is called with nothing or with a `const job_token&`, on a worker's thread, once at
  /// most, maybe after the actor's end: it must own what it works on, and be copyable. It returns R
  /// or result<R>; a throw becomes `internal`. Error: `busy` (all slots taken; the doorbell rings
  /// when one is free).
  template <class Work>
  [[nodiscard]] result<job_id> try_submit(Work work, time_point deadline) {
    auto id = ring_->ask(
      [work = std::move(work)](const job_token& token) mutable -> result<R> {
        if constexpr (std::invocable<Work&, const job_token&>) {
          return work(token);
        } else {
          static_cast<void>(token);
          return work();
        }
      },
      deadline);
    if (id) {
      pool_->announce();
    }
    return id;
  }

  /// Its result is `cancelled`, if it comes in time; a job that runs is not interrupted, but told.
  void cancel(job_id which) { ring_->cancel(which); }

  /// Hands at most `budget` results to `handle(job_id, result<R>)`, in the order asked; returns how
  /// many. Its own errors in a result: `timed_out`, `cancelled`, `internal`.
  template <class Handler>
  std::size_t harvest(std::size_t budget, Handler&& handle) {
    std::size_t done = 0;
    while (done < budget) {
      auto one = ring_->take(pool_->now());
      if (!one) {
        break;
      }
      ++done;
      handle(one->first, std::move(one->second));
    }
    return done;
  }

  /// harvest() would give something: asked in the actor's idle().
  [[nodiscard]] bool ready() const { return ring_->ready(pool_->now()); }
  /// When the oldest job's deadline is; nothing if there is no job.
  [[nodiscard]] std::optional<time_point> next_wake() const { return ring_->next_wake(); }
  /// Jobs asked and not harvested; [0, capacity].
  [[nodiscard]] std::size_t waiting() const { return ring_->waiting(); }
  /// What the job last reported; 0: nothing yet, or its result is harvested. Asked in the actor's
  /// step(), which a report brings about.
  [[nodiscard]] std::uint64_t progress(job_id which) const { return ring_->progress(which); }

private:
  std::shared_ptr<worker_pool> pool_;
  std::shared_ptr<job_ring<R>> ring_;
};

/// The same, with what each job was asked for, which its result comes with.
template <class R, class Asked>
class kept_jobs {
public:
  kept_jobs(const std::shared_ptr<worker_pool>& pool, const std::shared_ptr<doorbell>& bell,
            std::size_t capacity)
      : jobs_{pool, bell, capacity} {}

  /// False: all slots are taken, and `what` is as it was; the doorbell rings when one is free.
  template <class Work>
  [[nodiscard]] bool try_submit(Asked& what, Work work, time_point deadline) {
    if (!jobs_.try_submit(std::move(work), deadline)) {
      return false;
    }
    asked_.push_back(std::move(what));
    return true;
  }
  /// Hands at most `budget` results to `handle(Asked, result<R>)`, in the order asked.
  template <class Handler>
  std::size_t harvest(std::size_t budget, Handler&& handle) {
    return jobs_.harvest(budget, [this, &handle](job_id, result<R> how) {
      auto asked = std::move(asked_.front()); // results come in the order asked
      asked_.pop_front();
      handle(std::move(asked), std::move(how));
    });
  }
  [[nodiscard]] bool ready() const { return jobs_.ready(); }
  [[nodiscard]] std::optional<time_point> next_wake() const { return jobs_.next_wake(); }
  [[nodiscard]] std::size_t waiting() const { return jobs_.waiting(); }

private:
  job_queue<R> jobs_;
  std::deque<Asked> asked_;
};

} // namespace caucus
