#include "actors/peer_net/frame_reader.hpp"

#include "actors/peer_net/body_budget.hpp"
#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/packets.hpp"
#include "messages/try.hpp"
#include "runtime/archive/frame_header.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace caucus {

namespace {

std::string describe(const frame_header& header) {
  return "code " + std::to_string(static_cast<std::uint16_t>(header.code)) + ", nonce "
         + std::to_string(header.nonce) + ", body " + std::to_string(header.body_size)
         + " bytes, flags " + std::to_string(header.flags);
}

/// Understood whatever the network: a hello names its own, and who is refused for it is told so.
bool is_greeting(packet_code code) {
  return code == code_of<hello> || code == code_of<goodbye>;
}

/// What a frame of a code that we do not know may look like.
bool plausible_flags(const frame_header& header) {
  const bool numbered = header.flags == flag_request || header.flags == flag_response;
  return header.flags == flag_none || numbered;
}

bool fitting_flags(const frame_header& header, const known_code* what) {
  const bool fits =
    what == nullptr ? plausible_flags(header) : header.flags == flags_of(what->kind);
  return fits && (header.flags == flag_none) == (header.msg_id == 0);
}

} // namespace

void frame_reader::reset() {
  accepted_ = false;
  failed_.reset();
  head_size_ = 0;
  body_ = {};
  spare_ = {};
  left_ = 0;
  nonce_ = 0;
}

result<frame_reader::progress> frame_reader::read(bytes_view from) {
  if (failed_) {
    return fail(*failed_);
  }
  progress done;
  if (head_size_ < head_.size()) {
    const bool whole = head_size_ == 0 && from.size() >= head_.size();
    const auto count = std::min(from.size(), head_.size() - head_size_);
    if (!whole) {
      std::copy_n(from.begin(), count, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
    }
    head_size_ += count;
    done.consumed = count;
    if (head_size_ < head_.size()) {
      return done;
    }
    if (auto begun = whole ? begin_body(from.first<frame_header_size>()) : begin_body(head_);
        !begun) {
      failed_ = begun.error().code;
      return tl::make_unexpected(std::move(begun.error()));
    }
  }
  const auto piece = from.subspan(done.consumed, std::min(left_, from.size() - done.consumed));
  take_body(piece);
  done.consumed += piece.size();
  if (left_ == 0) {
    head_size_ = 0;
    ++nonce_;
    done.frame = read_frame{header_, what_, std::exchange(body_, {})};
  }
  return done;
}

result<void> frame_reader::begin_body(std::span<const std::byte, frame_header_size> head) {
  CAUCUS_TRY(auto decoded, decode_header(head));
  header_ = decoded;
  what_ = codes_->find(header_.code);
  const auto allowed = std::min(accepted_ ? body_size_max : body_size_max_before_hello,
                                what_ == nullptr ? body_size_max : what_->body_size_max);
  if (header_.body_size > allowed) {
    return fail(errc::body_too_large, describe(header_) + "; at most " + std::to_string(allowed));
  }
  if (header_.nonce != nonce_) {
    return fail(errc::nonce_gap, describe(header_) + "; expected nonce " + std::to_string(nonce_));
  }
  if (!fitting_flags(header_, what_)) {
    return fail(errc::bad_flags, describe(header_));
  }
  if (what_ != nullptr && header_.version != layout_version) {
    return fail(errc::bad_version, describe(header_));
  }
  if (what_ != nullptr && header_.tag != what_->tag && !is_greeting(header_.code)) {
    return fail(errc::wrong_tag, describe(header_));
  }
  left_ = header_.body_size;
  return {};
}

void frame_reader::take_body(bytes_view piece) {
  left_ -= piece.size();
  if (what_ == nullptr) {
    return;
  }
  if (body_.capacity() == 0) {
    if (serves_body(spare_, header_.body_size)) {
      body_ = std::exchange(spare_, {});
      body_.clear();
    }
    body_.reserve(std::min(static_cast<std::size_t>(header_.body_size), body_reserve_max));
  } else if (body_.capacity() < body_.size() + piece.size()) {
    // Doubles, but never beyond what the header says.
    body_.reserve(std::min(std::max(body_.capacity() * 2, body_.size() + piece.size()),
                           static_cast<std::size_t>(header_.body_size)));
  }
  body_.insert(body_.end(), piece.begin(), piece.end());
}

} // namespace caucus
