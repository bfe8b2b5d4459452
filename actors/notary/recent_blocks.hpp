#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/records.hpp"
#include "messages/ids.hpp"

#include <deque>
#include <memory>
#include <utility>
#include <vector>

/// The newest durable final blocks, for subscribers and peers that are not far behind; and batches
/// that were overtaken meanwhile. No ledger has those, but a block that lists one may still be
/// notarized by votes of before, and must then be executed.
/// Pure. Bounded in blocks and bytes.

namespace caucus {

class recent_blocks {
public:
  explicit recent_blocks(const notary_config& config) : config_{config} {}

  /// Precondition: the next height, or the first ever.
  void push(shared_final block) {
    size_ += size_in_memory(*block);
    blocks_.push_back(std::move(block));
    while (blocks_.size() > 1
           && (blocks_.size() > config_.recent_blocks || size_ > config_.recent_size_max)) {
      size_ -= size_in_memory(*blocks_.front());
      blocks_.pop_front();
    }
    const auto newest = blocks_.back()->block->header.height.value();
    while (!over_.empty() && over_.front().height.value() + config_.recent_blocks < newest) {
      drop_oldest();
    }
  }
  /// Overtaken when the block of this height was final.
  void keep(const digest& id, shared_batch over, height since) {
    over_size_ += sizeof *over + over->body.size();
    over_.push_back({id, std::move(over), since});
    // Those of the newest two heights stay whatever they take, which pools bound: a block that was
    // voted for may list one, and be notarized yet.
    while (over_size_ > config_.recent_size_max && over_.front().height.next() < since) {
      drop_oldest();
    }
  }
  /// The overtaken ones.
  [[nodiscard]] std::vector<shared_batch> kept() const {
    std::vector<shared_batch> out;
    for (const auto& one : over_) {
      out.push_back(one.batch);
    }
    return out;
  }
  /// Null: not here.
  [[nodiscard]] shared_final at(height wanted) const {
    if (blocks_.empty() || wanted < blocks_.front()->block->header.height
        || wanted > blocks_.back()->block->header.height) {
      return nullptr;
    }
    return blocks_[wanted.value() - blocks_.front()->block->header.height.value()];
  }
  /// A batch that one of them lists, or an overtaken one; null: none. O(blocks x batches).
  [[nodiscard]] shared_batch batch_of(const digest& id) const {
    for (const auto& one : over_) {
      if (one.id == id) {
        return one.batch;
      }
    }
    for (const auto& one : blocks_) {
      for (std::size_t i = 0; i < one->batches.size(); ++i) {
        if (one->block->batches[i] == id) {
          return one->batches[i];
        }
      }
    }
    return nullptr;
  }

private:
  struct overtaken {
    digest id;
    shared_batch batch;
    caucus::height height;
  };
  void drop_oldest() {
    over_size_ -= sizeof(batch) + over_.front().batch->body.size();
    over_.pop_front();
  }
  const notary_config& config_;
  std::deque<shared_final> blocks_;
  std::size_t size_ = 0;
  std::deque<overtaken> over_; ///< oldest first
  std::size_t over_size_ = 0;
};

} // namespace caucus
