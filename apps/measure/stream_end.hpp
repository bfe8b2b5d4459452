#pragma once

#include "apps/measure/traffic.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// One end of a bare TLS 1.3 stream: the same certificates and cipher as a link, one thread that
/// does nothing else, no frames. What a link is compared with. The other end is another process.
/// Made and ended by one thread.

namespace caucus::measure {

struct stream_setup {
  std::string address; ///< "host:port" to dial and to write to for ever; empty: listens and reads
  std::size_t write_size = 64 * 1024; ///< bytes given to OpenSSL at once
  traffic_setup traffic;              ///< of the reader; its frame size means nothing
};

class stream_end {
public:
  /// Errors: `internal` (no keys), `io_failed` (no socket, no connection).
  [[nodiscard]] static result<stream_end> start(const stream_setup& setup);
  stream_end(stream_end&&) noexcept;
  stream_end& operator=(stream_end&&) noexcept;
  /// Ends the stream, be it in the middle.
  ~stream_end();

  [[nodiscard]] std::uint16_t port() const; ///< 0: it dials

private:
  struct inside;
  explicit stream_end(std::unique_ptr<inside> made);
  std::unique_ptr<inside> inside_;
};

} // namespace caucus::measure
