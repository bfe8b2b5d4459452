#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

/// Threads of a process that stand still while its others go on: what a bug that blocks one would
/// do.
/// One thread uses an object, the same that made it. Throws std::runtime_error, as test code may.

namespace caucus::harness {

class frozen_threads {
public:
  /// Stops every thread of the process but its first, and but those of these names. Null: this
  /// process may not trace that one.
  [[nodiscard]] static std::unique_ptr<frozen_threads> of(pid_t process,
                                                          const std::set<std::string>& but);
  frozen_threads(const frozen_threads&) = delete;
  frozen_threads& operator=(const frozen_threads&) = delete;
  /// They go on. If the process has ended meanwhile, it can now be waited for.
  ~frozen_threads();

  [[nodiscard]] std::size_t count() const { return threads_.size(); }

private:
  frozen_threads() = default;
  std::vector<pid_t> threads_;
};

} // namespace caucus::harness
