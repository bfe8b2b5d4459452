#pragma once

#include "actors/peer_net/body_budget.hpp"
#include "messages/bytes.hpp"
#include "runtime/base/doorbell.hpp"

#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <utility>

/// Memory for the bodies of an actor that sends many frames: it comes back when the I/O thread has
/// written them. Measured with frames of 64 bytes, the allocator, which sees memory taken by one
/// thread and freed by another, was the sender's largest single cost.
///
/// One thread at a time makes bodies; any thread lets go of them, and they may outlive the pool.
/// Bodies of more than pooled_body_size_max bytes, and more than pooled_bodies_max or
/// pooled_size_max bytes at once, are allocated as ever.

namespace caucus {

class body_pool {
public:
  body_pool() = default;
  body_pool(const body_pool&) = delete;
  body_pool& operator=(const body_pool&) = delete;
  ~body_pool() { slots_->close(); }

  /// A body of `size` bytes, which `fill(std::span<std::byte>)` writes; what is in them before is
  /// of no account. What `fill` throws goes through, and nothing is made.
  template <class Fill>
  [[nodiscard]] shared_bytes make(std::size_t size, Fill&& fill) {
    auto body = serves_body(spare_, size) ? std::exchange(spare_, {}) : bytes{};
    body.resize(size);
    std::forward<Fill>(fill)(std::span<std::byte>{body});
    return slots_->count(std::move(body), spare_);
  }

  /// Now and then: gives memory back, if nothing was made since the last call.
  void trim() { slots_->trim(); }

private:
  std::shared_ptr<body_budget> slots_ = std::make_shared<body_budget>(
    std::numeric_limits<std::size_t>::max(), std::make_shared<doorbell>([] {}));
  bytes spare_;
};

} // namespace caucus
