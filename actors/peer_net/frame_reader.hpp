#pragma once

#include "actors/peer_net/tag_table.hpp"
#include "messages/bytes.hpp"
#include "messages/frame.hpp"
#include "messages/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

/// Makes frames of a link's bytes, however they are split, and trusts none of them.
/// Pure. One a link.

namespace caucus {

/// A frame whose header is in order: size, flags, nonce, version and tag.
struct read_frame {
  frame_header header;
  const known_code* known = nullptr; ///< null: unknown code, its body was skipped
  bytes body;                        ///< body_size bytes; empty if unknown
};

class frame_reader {
public:
  /// The table must outlive the reader.
  explicit frame_reader(const tag_table& codes) : codes_{&codes} {}

  /// For another link. Keeps nothing.
  void reset();
  /// Bodies may from now on be as large as their codes allow; before, body_size_max_before_hello.
  void hello_accepted() { accepted_ = true; }

  struct progress {
    std::size_t consumed = 0;        ///< bytes; 0 only if `from` was empty
    std::optional<read_frame> frame; ///< complete with these bytes
  };
  /// Takes bytes up to the end of the first frame they complete; call again with the rest. At most
  /// one allocation a frame of up to body_reserve_max bytes, none for its header. Errors, after
  /// which the link must end, as where its next frame begins is not known: `body_too_large`,
  /// `nonce_gap`, `wrong_tag`, `bad_flags`, `bad_version`; the reader then says the same again
  /// until reset().
  [[nodiscard]] result<progress> read(bytes_view from);

  /// Memory for one of the next bodies. What is in it is of no account; at most body_reserve_max
  /// bytes.
  void reuse(bytes memory) { spare_ = std::move(memory); }

  /// Bytes of the body being read that are held.
  [[nodiscard]] std::size_t held() const { return body_.capacity(); }
  /// Frames completed since reset().
  [[nodiscard]] std::uint64_t frames() const { return nonce_; }

private:
  [[nodiscard]] result<void> begin_body(std::span<const std::byte, frame_header_size> head);
  void take_body(bytes_view piece);

  const tag_table* codes_;
  bool accepted_ = false;
  std::optional<errc> failed_;
  std::array<std::byte, frame_header_size> head_{};
  std::size_t head_size_ =
    0; ///< bytes of the header that are there; in head_ if not all came at once
  frame_header header_;
  const known_code* what_ = nullptr;
  bytes body_;
  bytes spare_;          ///< memory for another
  std::size_t left_ = 0; ///< bytes of the body still to come
  std::uint64_t nonce_ = 0;
};

} // namespace caucus
