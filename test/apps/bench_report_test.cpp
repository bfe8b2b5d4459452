#include "apps/caucus/bench_report.hpp"

#include "test/catch.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

/// What a bench says of its runs.

namespace caucus::cli {
namespace {

TEST_CASE("of several runs the median is told, and of losses the sum") {
  bench_report report;
  for (const double rate : {5.0, 1.0, 9.0, 4.0, 100.0}) {
    report.add("rate", rate);
  }
  for (const std::uint64_t lost : {0U, 3'000U, 0U, 500U, 0U}) { // a median of 0
    report.count("lost", lost);
  }
  const auto told = nlohmann::json::parse(report.json());
  CHECK(told.at("rate") == 5.0);
  CHECK(told.at("lost") == 3'500.0);
  CHECK(told.at("min").at("lost") == 0.0);
  CHECK(told.at("max").at("lost") == 3'000.0);
  CHECK(report.text().find("3,500") != std::string::npos);
}

} // namespace
} // namespace caucus::cli
