#pragma once

#include "messages/time.hpp"
#include "runtime/topology_table.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// The node's numbers, in Prometheus' text format. Free of prometheus-cpp, which does the writing
/// behind. Registration takes a lock; counting is one atomic addition. Any thread.

namespace caucus {

using metric_labels = std::map<std::string, std::string>;

class counter {
public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

class gauge {
public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::int64_t> value_{0};
};

/// Counts durations by bounds: how many were within each.
class histogram {
public:
  /// `bounds`: ascending; a last one without limit is added.
  explicit histogram(std::vector<duration> bounds);

  void observe(duration took);

  [[nodiscard]] const std::vector<duration>& bounds() const { return bounds_; }
  /// How many were within each bound and above the bound before it; the last: above them all.
  [[nodiscard]] std::vector<std::uint64_t> counts() const;
  [[nodiscard]] duration sum() const { return duration{sum_.load(std::memory_order_relaxed)}; }

private:
  std::vector<duration> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<duration::rep> sum_{0};
};
/// 1 ms to 30 s, for what people wait for: a proposal, a block, a sync of a disk.
[[nodiscard]] std::vector<duration> latency_bounds();

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

/// 4,096 series: far above what the node's own actors make. A label that a peer can choose would
/// grow without end; asking for one more series fails an assertion, since only our own code asks.
inline constexpr std::size_t series_max = 4'096;

class metrics {
public:
  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;
  ~metrics();

  /// The counter of this name and labels; makes it if there is none. So an actor's next life goes
  /// on counting where the former life stopped. Names as Prometheus wants them: [a-z_]+, counters
  /// end in _total.
  [[nodiscard]] std::shared_ptr<counter>
  make_counter(const std::string& name, const std::string& help, const metric_labels& labels = {});
  [[nodiscard]] std::shared_ptr<gauge> make_gauge(const std::string& name, const std::string& help,
                                                  const metric_labels& labels = {});
  /// In seconds: the name ends in _seconds. Bounds: latency_bounds().
  [[nodiscard]] std::shared_ptr<histogram> make_histogram(const std::string& name,
                                                          const std::string& help,
                                                          const metric_labels& labels = {});

  /// A number that `value` gives at each scrape, on the scraping thread.
  void add_source(const std::string& name, const std::string& help, metric_kind kind,
                  const metric_labels& labels, std::function<double()> read);

  /// All actors and edges, as caucus_edge_* and caucus_actor_*. The table must be complete.
  void add_topology(const topology_table& table);

  /// What /metrics answers.
  [[nodiscard]] std::string text() const;

private:
  struct series {
    metric_labels labels;
    std::function<double()> read;
    std::shared_ptr<counter> counted; ///< null: not a counter of ours
    std::shared_ptr<gauge> gauged;    ///< null: not a gauge of ours
    std::shared_ptr<histogram> timed; ///< null: no histogram
  };
  struct family {
    std::string help;
    metric_kind kind = metric_kind::counter;
    std::vector<series> all;
  };

  /// With the lock held.
  series& find_or_add(const std::string& name, const std::string& help, metric_kind kind,
                      const metric_labels& labels);

  mutable std::mutex guard_;
  std::map<std::string, family> families_; ///< by name
  std::size_t series_count_ = 0;           ///< <= series_max
};

} // namespace caucus
