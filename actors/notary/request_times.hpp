#pragma once

#include "messages/control.hpp"
#include "messages/ordering.hpp"
#include "messages/time.hpp"
#include "runtime/metrics.hpp"

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <optional>
#include <unordered_map>
#include <vector>

/// How long the notary's users wait, as numbers for a monitor: it looks at what passes the shell
/// and changes nothing. The notary's thread.

namespace caucus {

class request_times {
public:
  request_times(metrics& into, std::size_t askers);

  void asked(std::size_t asker, const notary_request& what, time_point now);
  /// A proposal that had no receipt counts in none: how long it took is not known.
  void answered(std::size_t asker, const notary_answer& what, time_point now);
  /// What it had asked is answered to nobody.
  void restarted(std::size_t asker);
  void heard(const to_notary& what, time_point now);
  void synced(duration took) { sync_->observe(took); }

private:
  /// Every proposal passes here: a pool, not the heap, and no order.
  std::pmr::unsynchronized_pool_resource pool_;
  /// By asker: as many as there are open requests, which the notary bounds.
  std::pmr::vector<std::pmr::unordered_map<request_tag, time_point>> open_;
  std::optional<time_point> block_at_; ///< the newest came
  std::shared_ptr<histogram> commit_;
  std::shared_ptr<histogram> read_;
  std::shared_ptr<histogram> block_;
  std::shared_ptr<histogram> sync_;
};

} // namespace caucus
