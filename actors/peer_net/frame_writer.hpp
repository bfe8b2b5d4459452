#pragma once

#include "actors/peer_net/tag_table.hpp"
#include "actors/peer_net/waiting_queue.hpp"
#include "messages/bytes.hpp"
#include "messages/frame.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// Makes a link's bytes of frames: three lanes, served in order, packed to whole records.
/// Pure. One a link.

namespace caucus {

struct lane_counts {
  std::size_t waiting = 0;   ///< bytes, headers included
  std::uint64_t dropped = 0; ///< frames that found no room, or made some
};

class frame_writer {
public:
  /// For another link. Keeps the buffers.
  void reset();

  /// Takes a frame. `what` is its code's entry; `msg_id`: of a request or response, else 0.
  /// A full gossip lane drops its oldest frames and counts them. Errors, nothing taken and counted
  /// as dropped: `body_too_large` (for its code: our own fault); `busy`: consensus (end the link,
  /// as a gap would be worse) and bulk (try later).
  result<void> push(const known_code& what, marshalled_frame frame, std::uint64_t msg_id = 0);

  /// The receiver has room for so many more bytes of bulk, headers included. Without, none is sent.
  void grant(std::size_t more) { credit_ += more; }

  /// Writes what comes next into `out`; returns how many bytes, 0 if nothing may be sent. A frame
  /// may be split between two fills, and never anything comes between its pieces. Nonces count
  /// here, as a frame that was dropped has none.
  [[nodiscard]] std::size_t fill(std::span<std::byte> out);

  [[nodiscard]] bool empty() const; ///< nothing that may be sent
  [[nodiscard]] const lane_counts& counts(lane of) const { return at(of).counts; }
  [[nodiscard]] std::uint64_t frames() const { return nonce_; } ///< begun since reset()

private:
  struct waiting_frame {
    frame_header header;
    shared_bytes body;
    [[nodiscard]] std::size_t size() const { return frame_header_size + header.body_size; }
  };
  struct waiting_lane {
    waiting_queue<waiting_frame> frames;
    lane_counts counts;
  };

  [[nodiscard]] const waiting_lane& at(lane of) const {
    return lanes_.at(static_cast<std::size_t>(of));
  }
  [[nodiscard]] bool may_send(lane of) const;
  [[nodiscard]] bool begin_frame(); ///< false: nothing to send

  std::array<waiting_lane, 3> lanes_;
  std::size_t credit_ = 0;
  std::uint64_t nonce_ = 0;
  std::uint32_t since_lowest_ = 0; ///< frames begun since one of the lowest lane that waits
  std::array<std::byte, frame_header_size> head_{};
  shared_bytes body_;      ///< of the frame being written; null: none is
  std::size_t offset_ = 0; ///< bytes of it that are out
};

} // namespace caucus
