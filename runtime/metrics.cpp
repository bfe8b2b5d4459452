#include "runtime/metrics.hpp"

#include "runtime/base/assert.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace caucus {

namespace {

double as_number(std::uint64_t value) {
  return static_cast<double>(value);
}

std::uint64_t after_the_first(std::uint64_t lives) {
  return lives == 0 ? 0 : lives - 1;
}

prometheus::MetricType type_of(metric_kind kind) {
  switch (kind) {
    case metric_kind::counter: return prometheus::MetricType::Counter;
    case metric_kind::gauge: return prometheus::MetricType::Gauge;
    case metric_kind::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric::Histogram as_prometheus(const histogram& from) {
  using seconds = std::chrono::duration<double>;
  prometheus::ClientMetric::Histogram out;
  const auto& bounds = from.bounds();
  for (const auto within : from.counts()) {
    const auto i = out.bucket.size();
    out.sample_count += within;
    out.bucket.push_back({out.sample_count, i < bounds.size()
                                              ? seconds{bounds[i]}.count()
                                              : std::numeric_limits<double>::infinity()});
  }
  out.sample_sum = seconds{from.sum()}.count();
  return out;
}

} // namespace

// -- histograms ------------------------------------------------------------------------------------

histogram::histogram(std::vector<duration> bounds)
    : bounds_{std::move(bounds)}, counts_(bounds_.size() + 1) {}

void histogram::observe(duration took) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), took);
  counts_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1,
                                                                       std::memory_order_relaxed);
  sum_.fetch_add(took.count(), std::memory_order_relaxed);
}

std::vector<std::uint64_t> histogram::counts() const {
  std::vector<std::uint64_t> out;
  out.reserve(counts_.size());
  for (const auto& one : counts_) {
    out.push_back(one.load(std::memory_order_relaxed));
  }
  return out;
}

std::vector<duration> latency_bounds() {
  using std::chrono::milliseconds;
  return {duration{1'000},      duration{2'500},     milliseconds{5},     milliseconds{10},
          milliseconds{25},     milliseconds{50},    milliseconds{100},   milliseconds{250},
          milliseconds{500},    milliseconds{1'000}, milliseconds{2'500}, milliseconds{5'000},
          milliseconds{10'000}, milliseconds{30'000}};
}

// -- the registry ----------------------------------------------------------------------------------

metrics::metrics() = default;
metrics::~metrics() = default;

metrics::series& metrics::find_or_add(const std::string& name, const std::string& help,
                                      metric_kind kind, const metric_labels& labels) {
  auto& [its_help, its_kind, all] =
    families_.try_emplace(name, family{help, kind, {}}).first->second;
  CAUCUS_ASSERT(its_kind == kind); // one name, one meaning
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&labels](const auto& one) { return one.labels == labels; });
  if (found != all.end()) {
    return *found;
  }
  CAUCUS_ASSERT(series_count_ < series_max);
  ++series_count_;
  all.push_back({labels, {}, nullptr, nullptr, nullptr});
  return all.back();
}

std::shared_ptr<counter> metrics::make_counter(const std::string& name, const std::string& help,
                                               const metric_labels& labels) {
  const std::lock_guard lock{guard_};
  auto& one = find_or_add(name, help, metric_kind::counter, labels);
  if (!one.counted) {
    one.counted = std::make_shared<counter>();
    one.read = [made = one.counted] { return as_number(made->value()); };
  }
  return one.counted;
}

std::shared_ptr<gauge> metrics::make_gauge(const std::string& name, const std::string& help,
                                           const metric_labels& labels) {
  const std::lock_guard lock{guard_};
  auto& one = find_or_add(name, help, metric_kind::gauge, labels);
  if (!one.gauged) {
    one.gauged = std::make_shared<gauge>();
    one.read = [made = one.gauged] { return static_cast<double>(made->value()); };
  }
  return one.gauged;
}

std::shared_ptr<histogram> metrics::make_histogram(const std::string& name, const std::string& help,
                                                   const metric_labels& labels) {
  const std::lock_guard lock{guard_};
  auto& one = find_or_add(name, help, metric_kind::histogram, labels);
  if (!one.timed) {
    one.timed = std::make_shared<histogram>(latency_bounds());
  }
  return one.timed;
}

void metrics::add_source(const std::string& name, const std::string& help, metric_kind kind,
                         const metric_labels& labels, std::function<double()> read) {
  CAUCUS_ASSERT(kind != metric_kind::histogram); // has no one number
  const std::lock_guard lock{guard_};
  find_or_add(name, help, kind, labels).read = std::move(read);
}

void metrics::add_topology(const topology_table& table) {
  struct column {
    const char* name;
    const char* help;
    metric_kind kind;
    std::uint64_t (*of)(const edge_counts&);
  };
  static constexpr column columns[] = {
    {"caucus_edge_depth", "Items now in the ring.", metric_kind::gauge,
     [](const edge_counts& of) -> std::uint64_t { return of.depth; }},
    {"caucus_edge_pushed_total", "Items ever pushed.", metric_kind::counter,
     [](const edge_counts& of) { return of.pushed; }},
    {"caucus_edge_turned_away_total", "Pushes that found the ring full.", metric_kind::counter,
     [](const edge_counts& of) { return of.turned_away; }},
    {"caucus_edge_poisoned_total", "Items whose handler threw.", metric_kind::counter,
     [](const edge_counts& of) { return of.poisoned; }},
    {"caucus_edge_wakes_total", "Rings that found the consumer asleep.", metric_kind::counter,
     [](const edge_counts& of) { return of.wakes; }},
  };
  for (const auto& edge : table.edges) {
    const metric_labels labels{{"from", edge.producer}, {"to", edge.consumer}};
    for (const auto& one : columns) {
      add_source(one.name, one.help, one.kind, labels,
                 [counts = edge.counts, of = one.of] { return as_number(of(counts())); });
    }
    add_source("caucus_edge_capacity", "Slots of the ring.", metric_kind::gauge, labels,
               [capacity = edge.capacity] { return as_number(capacity); });
    add_source("caucus_edge_restarts_total", "New lives at either end.", metric_kind::counter,
               labels, [counts = edge.counts] {
                 const auto of = counts();
                 return as_number(after_the_first(of.writer_lives)
                                  + after_the_first(of.reader_lives));
               });
  }
  for (const auto& actor : table.actors) {
    add_source("caucus_actor_restarts_total", "Lives after the first.", metric_kind::counter,
               {{"actor", actor.name}},
               [life = actor.life] { return as_number(life->restarts()); });
  }
}

std::string metrics::text() const {
  std::vector<prometheus::MetricFamily> out;
  const std::lock_guard lock{guard_};
  for (const auto& [name, of] : families_) {
    prometheus::MetricFamily one;
    one.name = name;
    one.help = of.help;
    one.type = type_of(of.kind);
    for (const auto& line : of.all) {
      prometheus::ClientMetric value;
      for (const auto& [label, text] : line.labels) {
        value.label.push_back({label, text});
      }
      if (of.kind == metric_kind::counter) {
        value.counter.value = line.read();
      } else if (of.kind == metric_kind::gauge) {
        value.gauge.value = line.read();
      } else {
        value.histogram = as_prometheus(*line.timed);
      }
      one.metric.push_back(std::move(value));
    }
    out.push_back(std::move(one));
  }
  return prometheus::TextSerializer{}.Serialize(out);
}

} // namespace caucus
