#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

/// One thread that runs what others give it, one after the other: jobs in their order, and asides
/// in theirs. No job waits for more than one aside, however many there are, and an aside for no
/// more jobs than waited when the one before it was done. Nothing that is thrown ends it: it
/// is logged. Any thread may call, those that it runs too.

namespace caucus {

class callback_thread {
public:
  callback_thread();
  callback_thread(const callback_thread&) = delete;
  callback_thread& operator=(const callback_thread&) = delete;
  /// Finishes. A callback that does not return keeps its thread, which then ends by itself later.
  ~callback_thread();

  /// False, and `job` is not taken: finish() was called.
  [[nodiscard]] bool push(std::function<void()>& job);
  /// Likewise; dropped by finish() if it has not begun.
  [[nodiscard]] bool push_aside(std::function<void()>& job);
  /// Jobs not begun yet, without asides.
  [[nodiscard]] std::size_t waiting() const;
  /// The caller is what it runs.
  [[nodiscard]] bool is_this_thread() const;
  /// Takes nothing more, and works off the jobs that wait. False: not done in time; not waited for
  /// at all where it would wait for itself. Idempotent.
  bool finish(std::chrono::milliseconds deadline);

  /// Runs it here, in the same way. `job` may be null.
  static void run(const std::function<void()>& job) noexcept;

private:
  struct inside;
  std::shared_ptr<inside> inside_; ///< the thread's too
  bool waited_ = false;            ///< somebody did, for its end
  std::thread thread_;
};

} // namespace caucus
