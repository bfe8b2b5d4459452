#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <sstream>
#include <string>
#include <vector>

// What a monitor reads of a node that runs.

namespace caucus::harness {
namespace {

using nlohmann::json;

/// What a series belongs to: those of a histogram have its name with an ending.
std::string family_of(const std::map<std::string, std::string>& types, const std::string& series) {
  for (const std::string ending : {"_bucket", "_sum", "_count"}) {
    if (series.ends_with(ending)) {
      const auto family = types.find(series.substr(0, series.size() - ending.size()));
      if (family != types.end() && family->second == "histogram") {
        return family->first;
      }
    }
  }
  return series;
}

/// Prometheus' text format, taken apart: each series with its value. Fails where a line is none.
std::map<std::string, double> series_of(const std::string& text) {
  std::map<std::string, double> out;
  std::map<std::string, std::string> types;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    if (line.starts_with("# TYPE ")) {
      std::istringstream words{line.substr(7)};
      std::string name;
      std::string type;
      words >> name >> type;
      CHECK(types.emplace(name, type).second); // a family comes once
      CHECK((type == "counter") == name.ends_with("_total"));
      continue;
    }
    if (line.starts_with("#")) {
      continue;
    }
    const auto space = line.rfind(' ');
    REQUIRE(space != std::string::npos);
    CHECK(types.contains(family_of(types, line.substr(0, line.find_first_of("{ ")))));
    CHECK(out.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second);
  }
  return out;
}

TEST_CASE(
  "the metrics of a node are its status and every edge, for a command and over the socket") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"5"}).outcome == "applied");
  group.wait_until("the links' meters are read", [&to] {
    return series_of(to.get("/metrics").body)["caucus_link_frames_in_total{member=\"node1\"}"] > 0;
  });
  const auto status = json::parse(group.view(0).json);
  const auto shown = group.cli(0, "metrics", {});
  INFO(shown.out << shown.err);
  REQUIRE(shown.how.ok());
  const auto all = series_of(shown.out);
  CHECK(all.at("caucus_height") >= status.at("height").get<double>());
  CHECK(all.at("caucus_mutations_committed_total") == 1);
  CHECK(all.at("caucus_votes") == 1);
  CHECK(all.at("caucus_problems") == 0);
  CHECK(all.at("caucus_links{to=\"members\"}") == 3);
  CHECK(all.at("caucus_link_up{member=\"node1\"}") == 1);
  CHECK(all.at("caucus_link_frames_in_total{member=\"node1\"}") > 0);
  CHECK(all.at("process_resident_memory_bytes") > 1e6);
  CHECK(status.at("edges").size() > 5);
  for (const auto& edge : status.at("edges")) {
    const auto labels = "{from=\"" + edge.at("from").get<std::string>() + "\",to=\""
                        + edge.at("to").get<std::string>() + "\"}";
    INFO(labels);
    CHECK(all.contains("caucus_edge_depth" + labels));
    CHECK(all.at("caucus_edge_pushed_total" + labels) >= edge.at("pushed").get<double>());
    CHECK(all.at("caucus_edge_capacity" + labels) == edge.at("capacity").get<double>());
    CHECK(all.contains("caucus_edge_turned_away_total" + labels));
    CHECK(all.contains("caucus_edge_wakes_total" + labels));
    CHECK(all.at("caucus_edge_poisoned_total" + labels) == 0);
  }
  const auto scraped = to.get("/metrics");
  CHECK(scraped.status == 200);
  CHECK(series_of(scraped.body).size() == all.size());
  CHECK(to.get("/metrics?x=1").status == 400);
}

} // namespace
} // namespace caucus::harness
