#include "apps/caucus/bench_report.hpp"

#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "runtime/base/overloaded.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <thread>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

std::string processor() {
  std::ifstream from{"/proc/cpuinfo"};
  for (std::string line; std::getline(from, line);) {
    if (line.starts_with("model name")) {
      return line.substr(std::min(line.find(": "), line.size() - 2) + 2);
    }
  }
  return "unknown";
}

double median_of(const std::vector<double>& ascending) {
  const auto size = ascending.size();
  return size % 2 == 1 ? ascending[size / 2] : (ascending[size / 2 - 1] + ascending[size / 2]) / 2;
}

/// Nothing measured here is good to more digits.
double sensible(double value) {
  return std::abs(value) >= 1'000 ? std::round(value) : std::round(value * 1'000) / 1'000;
}

std::string readable(double value) {
  if (value >= 1'000) {
    return grouped(static_cast<std::uint64_t>(std::llround(value)));
  }
  char out[32];
  static_cast<void>(std::snprintf(out, sizeof out, value >= 10 ? "%.1f" : "%.2f", value));
  return out;
}

std::string readable(const bench_report::setting_value& value) {
  return std::visit(overloaded{[](const std::string& text) { return text; },
                               [](std::uint64_t number) { return grouped(number); },
                               [](double number) { return json(number).dump(); }},
                    value);
}

} // namespace

bench_report::row& bench_report::row_of(std::string_view field) {
  auto at = std::find_if(rows_.begin(), rows_.end(),
                         [field](const row& one) { return one.field == field; });
  if (at == rows_.end()) {
    at = rows_.insert(at, row{std::string{field}, {}});
  }
  return *at;
}

double bench_report::row::value() const {
  return sums ? std::accumulate(values.begin(), values.end(), 0.0) : median_of(values);
}

void bench_report::add(std::string_view field, double value) {
  auto& values = row_of(field).values;
  values.insert(std::upper_bound(values.begin(), values.end(), value), value);
}

void bench_report::count(std::string_view field, std::uint64_t value) {
  add(field, static_cast<double>(value));
  row_of(field).sums = true;
}

std::vector<std::pair<std::string, bench_report::setting_value>>
bench_report::all_settings() const {
  auto out = settings_;
  out.emplace_back("processor", processor());
  out.emplace_back("cores", std::uint64_t{std::thread::hardware_concurrency()});
  out.emplace_back("version", version());
  out.emplace_back("commit", built_from());
  return out;
}

std::string bench_report::json() const {
  cli::json out;
  cli::json least;
  cli::json most;
  for (const auto& one : rows_) {
    out[one.field] = sensible(one.value());
    least[one.field] = sensible(one.values.front());
    most[one.field] = sensible(one.values.back());
  }
  out["min"] = least;
  out["max"] = most;
  for (const auto& [field, value] : all_settings()) {
    std::visit([&out, &name = field](const auto& what) { out[name] = what; }, value);
  }
  return out.dump() + "\n";
}

std::string bench_report::text() const {
  const paint with;
  std::size_t widest = 0;
  for (const auto& one : rows_) {
    widest = std::max(widest, one.field.size());
  }
  std::string out;
  for (const auto& one : rows_) {
    out += one.field + std::string(widest + 2 - one.field.size(), ' ');
    const auto value = readable(one.value());
    out += std::string(value.size() < 12 ? 12 - value.size() : 0, ' ') + with.bold(value);
    if (one.values.size() > 1) {
      out += with.dim("  " + readable(one.values.front()) + " to " + readable(one.values.back()));
    }
    out += "\n";
  }
  std::string settings;
  for (const auto& [field, value] : all_settings()) {
    settings += (settings.empty() ? "" : ", ") + field + " " + readable(value);
  }
  return out + with.dim(settings) + "\n";
}

std::string run_of(unsigned index, unsigned count) {
  return "run " + std::to_string(index + 1) + " of " + std::to_string(count);
}

} // namespace caucus::cli
