#pragma once

#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_net_config.hpp"
#include "actors/peer_net/token_bucket.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <unordered_map>

/// What each peer may send, whichever link it comes by: a new link does not fill its buckets anew.
/// Pure; the I/O thread's.

namespace caucus {

/// One peer's buckets, shared by its links.
struct peer_rates {
  token_bucket frames;
  token_bucket bytes;

  peer_rates(const peer_net_config& config, time_point now)
      : frames{config.frames_per_second, now}, bytes{config.bytes_per_second, now} {}
  [[nodiscard]] time_point ready_at(time_point now) {
    return std::max(frames.ready_at(now), bytes.ready_at(now));
  }
  [[nodiscard]] bool full(time_point now) { return frames.full(now) && bytes.full(now); }
};

class rate_table {
public:
  /// `config` must outlive it.
  explicit rate_table(const peer_net_config& config) : config_{&config} {}

  /// This peer's buckets, full if it took nothing of late. Amortized O(1). Those of peers without a
  /// link are forgotten when they are full again; if rates_kept_max others are not, each of which
  /// took a handshake within the last seconds, the buckets are the caller's alone.
  [[nodiscard]] std::shared_ptr<peer_rates> of(const peer_id& who, time_point now) {
    if (const auto found = kept_.find(who); found != kept_.end()) {
      return found->second;
    }
    auto made = std::make_shared<peer_rates>(*config_, now);
    if (kept_.size() >= sweep_at_) {
      std::erase_if(
        kept_, [now](auto& one) { return one.second.use_count() == 1 && one.second->full(now); });
      sweep_at_ = std::clamp(2 * kept_.size(), rates_kept_max / 16, rates_kept_max);
    }
    if (kept_.size() < rates_kept_max) {
      kept_.emplace(who, made);
    }
    return made;
  }
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
  const peer_net_config* config_;
  std::unordered_map<peer_id, std::shared_ptr<peer_rates>> kept_;
  std::size_t sweep_at_ = rates_kept_max / 16;
};

} // namespace caucus
