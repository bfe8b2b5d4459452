#pragma once

#include "runtime/base/delivery.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

/// Several edges out of a shell with one order among their items: what finds its edge full holds
/// back all behind it, on whichever edge. hold() holds back what is pushed after it, as long as
/// something is not yet true that it rests on: a vote is said when its record is durable.
/// The producer's thread. Keeps references to the deliveries, on which others may push past this
/// order.

namespace caucus {

template <class... Items>
class ordered_delivery {
public:
  explicit ordered_delivery(delivery<Items>&... to) : to_{&to...} {}

  /// It waits for flush().
  template <class Item>
  void push(Item&& item) {
    waiting_.emplace_back(std::forward<Item>(item));
  }
  /// What is pushed from here on waits for release().
  void hold() {
    if (!free_) {
      free_ = waiting_.size();
    }
  }
  /// Lets go of all that hold() holds back.
  void release() { free_.reset(); }

  /// Sends what may go, as far as there is room, and rings. True: some of it went.
  bool flush() {
    bool any = false;
    while (may_send()
           && std::visit([this](auto& item) { return this->offer(item); }, waiting_.front())) {
      waiting_.pop_front();
      if (free_) {
        --*free_;
      }
      any = true;
    }
    std::apply([](auto*... each) { (each->ring(), ...); }, to_);
    return any;
  }
  /// For idle(): nothing to do but wait, for room or for release().
  [[nodiscard]] bool idle() {
    return !may_send()
           || std::visit([this](auto& item) { return this->edge_of(item).full(); },
                         waiting_.front());
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
  template <class Item>
  [[nodiscard]] delivery<Item>& edge_of(const Item& /*item*/) {
    return *std::get<delivery<Item>*>(to_);
  }
  template <class Item>
  [[nodiscard]] bool offer(Item& item) {
    return edge_of(item).offer(std::move(item));
  }
  [[nodiscard]] bool may_send() const { return !waiting_.empty() && (!free_ || *free_ > 0); }

  std::tuple<delivery<Items>*...> to_;
  std::deque<std::variant<Items...>> waiting_;
  std::optional<std::size_t> free_; ///< of those that wait, so many do not wait for release()
};

} // namespace caucus
