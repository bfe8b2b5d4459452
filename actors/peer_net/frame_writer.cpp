#include "actors/peer_net/frame_writer.hpp"

#include "actors/peer_net/limits.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace caucus {

namespace {

constexpr std::array lanes_in_order{lane::consensus, lane::gossip, lane::bulk};
constexpr std::array<std::size_t, 3> lane_size_max{consensus_lane_size_max, gossip_lane_size_max,
                                                   bulk_lane_size_max};

} // namespace

void frame_writer::reset() {
  for (auto& one : lanes_) {
    one.frames.clear();
    one.counts = {};
  }
  credit_ = 0;
  nonce_ = 0;
  since_lowest_ = 0;
  body_.reset();
  offset_ = 0;
}

result<void> frame_writer::push(const known_code& what, marshalled_frame frame,
                                std::uint64_t msg_id) {
  const auto which = static_cast<std::size_t>(what.lane);
  auto& to = lanes_.at(which);
  const auto allowed =
    what.lane == lane::bulk ? std::min(what.body_size_max, bulk_body_size_max) : what.body_size_max;
  if (frame.body->size() > allowed) {
    ++to.counts.dropped;
    return fail(errc::body_too_large,
                std::to_string(frame.body->size()) + " bytes, at most " + std::to_string(allowed));
  }
  const auto size = frame_header_size + frame.body->size();
  const auto has_room = [&] {
    return to.counts.waiting + size <= lane_size_max.at(which)
           && to.frames.size() < lane_frames_max;
  };
  if (!has_room() && what.lane != lane::gossip) {
    ++to.counts.dropped;
    return fail(errc::busy);
  }
  while (!has_room()) { // a lane holds the largest body of all, so this ends
    to.counts.waiting -= to.frames.pop_front().size();
    ++to.counts.dropped;
  }
  frame_header header;
  header.body_size = static_cast<std::uint32_t>(frame.body->size());
  header.code = frame.code;
  header.flags = flags_of(what.kind);
  header.msg_id = msg_id;
  header.tag = what.tag;
  header.group = frame.group;
  __builtin_prefetch(frame.body->data()); // for fill(), as another core has written it
  to.frames.push_back({header, std::move(frame.body)});
  to.counts.waiting += size;
  return {};
}

bool frame_writer::may_send(lane of) const {
  const auto& from = at(of);
  return !from.frames.empty() && (of != lane::bulk || from.frames.front().size() <= credit_);
}

bool frame_writer::empty() const {
  return body_ == nullptr
         && std::none_of(lanes_in_order.begin(), lanes_in_order.end(),
                         [this](lane of) { return may_send(of); });
}

bool frame_writer::begin_frame() {
  const auto* const first = std::find_if(lanes_in_order.begin(), lanes_in_order.end(),
                                         [this](lane of) { return may_send(of); });
  if (first == lanes_in_order.end()) {
    return false;
  }
  lane lowest = *first;
  for (const auto of : lanes_in_order) {
    lowest = may_send(of) ? of : lowest;
  }
  // The share of the lower lanes: what waits there is late, but never starved.
  const bool lowest_is_due = lowest != *first && ++since_lowest_ >= bulk_share;
  const auto chosen = lowest_is_due ? lowest : *first;
  since_lowest_ = chosen == lowest ? 0 : since_lowest_;
  auto& from = lanes_.at(static_cast<std::size_t>(chosen));
  auto next = from.frames.pop_front();
  from.counts.waiting -= next.size();
  if (chosen == lane::bulk) {
    credit_ -= next.size();
  }
  next.header.nonce = nonce_++;
  head_ = encode_header(next.header);
  body_ = std::move(next.body);
  offset_ = 0;
  return true;
}

std::size_t frame_writer::fill(std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    if (body_ == nullptr && !begin_frame()) {
      break;
    }
    const auto head_left = offset_ < head_.size() ? head_.size() - offset_ : 0;
    const auto piece = head_left > 0 ? bytes_view{head_}.subspan(offset_)
                                     : bytes_view{*body_}.subspan(offset_ - head_.size());
    const auto count = std::min(piece.size(), out.size() - filled);
    std::copy_n(piece.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(filled));
    filled += count;
    offset_ += count;
    if (offset_ == head_.size() + body_->size()) {
      body_.reset();
    }
  }
  return filled;
}

} // namespace caucus
