#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

/// A TCP proxy between two nodes, whose wire a test can cut, delay or slow, each direction for
/// itself. Runs on a thread of its own; every member may be called from any thread.

namespace caucus::harness {

/// How one direction of the wire behaves. Takes effect at once, on open connections too.
struct wire {
  bool cut = false;                   ///< nothing passes; bytes wait, as TCP would have them wait
  std::chrono::milliseconds delay{0}; ///< each byte comes so much later
  std::size_t bytes_per_second = 0;   ///< 0: no limit
};

class proxy {
public:
  /// Listens on a free port of 127.0.0.1 and connects each caller to 127.0.0.1:target_port.
  explicit proxy(std::uint16_t target_port);
  proxy(const proxy&) = delete;
  proxy& operator=(const proxy&) = delete;
  ~proxy();

  [[nodiscard]] std::uint16_t port() const;
  void caller_to_target(wire how);
  void target_to_caller(wire how);
  /// Closes what is open, as a pulled plug would once both ends noticed. New callers are served.
  void sever();
  /// Bytes that passed, both directions, since the start.
  [[nodiscard]] std::uint64_t bytes_passed() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace caucus::harness
