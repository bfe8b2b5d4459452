#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/system/manual.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// What programs that are none of ours ask a node, as the manuals show it.

namespace caucus::harness {
namespace {

using nlohmann::json;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// In the folder of a group, with the program in PATH.
run_result typed(const cluster& group, const std::string& commands) {
  return run({"sh", "-ec",
              "cd " + group.folder().string()
                + "; PATH=" + cluster::program().parent_path().string() + ":$PATH\n" + commands});
}

bool there_is(const std::string& program) {
  return run({"sh", "-c", program + " --version"}).how.ok();
}

TEST_CASE("the manual's proposals and reads over HTTP are applied and verified") {
  cluster group;
  group.start_all();
  const auto manual = blocks_of("apps/caucus/README.md", "The HTTP API");
  REQUIRE(manual.size() == 2);
  if (there_is("curl")) {
    const auto told = typed(group, manual[0]);
    INFO(told.out << told.err);
    REQUIRE(told.how.ok());
    CHECK(has(told.out, "\"status\":\"applied\""));
    CHECK(has(told.out, "verified score"));
    CHECK(has(told.out, "\n5\n"));
    const auto status = typed(group, blocks_of("README.md", "Your own group").back());
    INFO(status.out << status.err);
    CHECK(json::parse(status.out).at("mode") == "server");
  } else {
    WARN("no curl here");
  }
  if (there_is("python3")) {
    std::ofstream{group.folder() / "ask.py"} << manual[1];
    auto to = group.talk(1);
    REQUIRE(cluster::propose(to, "score", "add", {"7"}).outcome == "applied");
    const auto told = typed(group, "python3 ask.py\n");
    INFO(told.out << told.err);
    REQUIRE(told.how.ok());
    CHECK(has(told.out, "applied at height "));
    CHECK(has(told.out, "score = "));
  } else {
    WARN("no python3 here");
  }
}

TEST_CASE("a monitor's port shows what the manual's alerts are made of, and takes nothing") {
  const port_lease ports{1};
  const auto address = "127.0.0.1:" + std::to_string(ports.first());
  const auto manual = blocks_of("apps/caucus/operating.md", "Monitoring");
  REQUIRE(manual.size() == 3);
  cluster group{{.nodes = 4, .settings = {}, .genesis = {}}};
  {
    std::ofstream config{group.config(0), std::ios::app};
    config << '\n' << with(manual[0], {{"127.0.0.1:9464", address}});
  }
  CHECK(has(manual[1], "127.0.0.1:9464")); // the same place
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"5"}).outcome == "applied");
  CHECK(to.get("/v1/get?variable=score").status == 200);
  if (!there_is("curl")) {
    WARN("no curl here");
    return;
  }
  const auto scraped = run({"curl", "-sf", "http://" + address + "/metrics"});
  REQUIRE(scraped.how.ok());
  CHECK(has(scraped.out, "caucus_commit_seconds_count 1\n"));
  CHECK(has(scraped.out, "caucus_read_seconds_count 1\n"));
  CHECK(has(scraped.out, "caucus_sync_seconds_count{file=\"votes\"} "));
  CHECK(has(scraped.out, "caucus_sync_seconds_count{file=\"ledger\"} "));
  CHECK(has(scraped.out, "caucus_block_interval_seconds_bucket"));
  // Every series that an alert is made of is there.
  const std::regex name{"(caucus|process)_[a-z_]+"};
  std::set<std::string> wanted;
  for (std::sregex_iterator at{manual[2].begin(), manual[2].end(), name}, end; at != end; ++at) {
    wanted.insert(at->str());
  }
  CHECK(wanted.size() >= 8);
  for (const auto& one : wanted) {
    INFO(one);
    CHECK(has(scraped.out, '\n' + one));
  }
  for (const auto* const other : {"/v1/status", "/v1/get?variable=score"}) {
    INFO(other);
    CHECK(run({"curl", "-sf", "http://" + address + other}).how.code == 22); // of HTTP, 404
  }
  const auto body = R"({"variable":"score","mutation":"add","arguments":["1"]})";
  CHECK_FALSE(run({"curl", "-sf", "-d", body, "http://" + address + "/v1/propose"}).how.ok());
  const auto score = group.cli(0, "get", {"score"});
  CHECK(score.out.starts_with("5\n"));
}

} // namespace
} // namespace caucus::harness
