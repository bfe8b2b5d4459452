#pragma once

#include "messages/bytes.hpp"
#include "runtime/base/doorbell.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

/// What consumers still hold of the bodies that came over one link. When that is too much the link
/// stops reading, it alone; the last reference's release rings whoever reads.
/// The link's thread takes and asks, any thread gives back.

namespace caucus {

/// A body costs at least its bookkeeping: a flood of empty frames is bounded too.
inline constexpr std::size_t body_overhead_size = 128;

class body_budget {
public:
  body_budget(std::size_t size_max, std::shared_ptr<doorbell> bell)
      : size_max_{size_max}, bell_{std::move(bell)} {}

  /// True: too much is held, and the bell will ring when half of it is back.
  /// Dekker with give_back(): each side stores its own atomic and then loads the other's, all
  /// seq_cst, so at least one sees the other.
  [[nodiscard]] bool exhausted() {
    if (held_.load(std::memory_order_relaxed) < size_max_) {
      return false;
    }
    starved_.store(true, std::memory_order_seq_cst);
    return held_.load(std::memory_order_seq_cst) > size_max_ / 2;
  }
  [[nodiscard]] std::size_t held() const { return held_.load(std::memory_order_relaxed); }

  /// The body, counted against `of` until its last reference goes.
  [[nodiscard]] static shared_bytes count(const std::shared_ptr<body_budget>& of, bytes body) {
    auto made = std::make_shared<counted>(std::move(body), of);
    return {made, &made->body};
  }

private:
  struct counted {
    bytes body;
    std::shared_ptr<body_budget> from;
    std::size_t size;

    counted(bytes of, std::shared_ptr<body_budget> budget)
        : body{std::move(of)}, from{std::move(budget)}, size{body.capacity() + body_overhead_size} {
      from->held_.fetch_add(size, std::memory_order_relaxed);
    }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { from->give_back(size); }
  };

  void give_back(std::size_t size) {
    const auto left = held_.fetch_sub(size, std::memory_order_seq_cst) - size;
    if (left <= size_max_ / 2 && starved_.load(std::memory_order_seq_cst)
        && starved_.exchange(false, std::memory_order_seq_cst)) {
      static_cast<void>(bell_->ring());
    }
  }

  std::size_t size_max_; ///< bytes
  std::shared_ptr<doorbell> bell_;
  std::atomic<std::size_t> held_{0};
  std::atomic<bool> starved_{false};
};

} // namespace caucus
