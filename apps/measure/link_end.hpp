#pragma once

#include "apps/measure/traffic.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <memory>
#include <string>

/// One end of a link that is measured: a node's transport on its own I/O thread, peer_net's actor,
/// which dials and lets in, and one of traffic.hpp. The other end is another process.
/// Made and ended by one thread.

namespace caucus::measure {

enum class link_work : std::uint8_t {
  frames,       ///< from an actor of the dialling end to one of the listening end
  actor_echo,   ///< between an actor each
  handler_echo, ///< between a handler each of the I/O thread: without CAF
};

struct link_setup {
  link_work work = link_work::frames;
  std::string address; ///< "host:port" to dial; empty: listens
  traffic_setup traffic;
};

class link_end {
public:
  /// Listens on a free port of localhost, or dials until there is a link. Errors: those of the
  /// transport and the topology, `internal` (no keys).
  [[nodiscard]] static result<link_end> start(const link_setup& setup);
  link_end(link_end&&) noexcept;
  link_end& operator=(link_end&&) noexcept;
  ~link_end();

  [[nodiscard]] std::uint16_t port() const; ///< 0: it dials

private:
  struct inside;
  explicit link_end(std::unique_ptr<inside> made);
  std::unique_ptr<inside> inside_;
};

} // namespace caucus::measure
