#pragma once

#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

/// Items of 32 bytes from a foreign thread to a typed CAF actor, in two ways: through an edge, with
/// a host as in a node, and with CAF's anon_send. For `caucus bench mailbox` and the benchmark
/// beside the tests, which so measure one thing.
/// Each has an actor system of its own; used by one thread, which is the foreign one.

namespace caucus::measure {

inline constexpr std::uint64_t burst_size = 64;

class edge_to_actor {
public:
  /// `capacity`: of the ring, in items, a power of two. Error: those of topology::start.
  [[nodiscard]] static result<edge_to_actor> start(std::size_t capacity);
  edge_to_actor(edge_to_actor&&) noexcept;
  edge_to_actor& operator=(edge_to_actor&&) noexcept;
  ~edge_to_actor();

  /// Returns when the actor has handled the last of `count` items.
  void send(std::uint64_t count);
  /// The same, but the actor is rung once for burst_size items.
  void send_in_bursts(std::uint64_t count);

private:
  struct inside;
  explicit edge_to_actor(std::unique_ptr<inside> made);
  std::unique_ptr<inside> inside_;
};

class plain_to_actor {
public:
  plain_to_actor();
  plain_to_actor(plain_to_actor&&) noexcept;
  plain_to_actor& operator=(plain_to_actor&&) noexcept;
  ~plain_to_actor();

  /// As edge_to_actor::send.
  void send(std::uint64_t count);

private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

} // namespace caucus::measure
