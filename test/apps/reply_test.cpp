#include "test/apps/canned_node.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <fstream>
#include <string>
#include <vector>

// The command line at a node whose answers are no answers: the node is the test.

namespace caucus::cli {
namespace {

using harness::cluster;

/// What the command line does while a node in that folder answers so.
harness::run_result asked(const quiet_node& of, const std::string& body,
                          std::vector<std::string> words, int times = 1) {
  const canned_node node{of.folder, canned_node::whole(body), times};
  words.insert(words.begin() + 1, {"--config", of.folder});
  return cluster::cli(words);
}

/// What is no status, no receipt and no line of a log.
const std::vector<std::string> strange{"{}", "", "\xff\n", "[1]", "{\"status\":\"weird\"}"};

TEST_CASE("status says that an answer is no status, and fails") {
  const quiet_node node;
  for (const auto& body : strange) {
    INFO(body);
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"status"}, {"status", "--group"}, {"status", "--json"}}) {
      const auto told = asked(node, body, words);
      CHECK(told.how.code == 1);
      CHECK_THAT(told.err, Catch::Matchers::Contains("something that is no status"));
      CHECK(told.out.empty());
    }
  }
  const auto least = asked(node, R"({"silent":[],"member":null})", {"status"});
  CHECK(least.how.ok());
}

TEST_CASE("a proposal whose answer is no receipt is unknown, and how to ask again is said") {
  const quiet_node node;
  auto bodies = strange;
  bodies.emplace_back(R"({"status":"applied"})");
  bodies.emplace_back(R"({"status":"weird","height":1,"index":0})");
  bodies.emplace_back(R"({"status":"refused","height":1,"index":0})");
  for (const auto& body : bodies) {
    INFO(body);
    const auto told = asked(node, body, {"propose", "--request-id", "mine", "score", "add", "5"});
    CHECK(told.how.code == 4);
    CHECK_THAT(told.err, Catch::Matchers::Contains("something that is no receipt"));
    CHECK_THAT(told.err, Catch::Matchers::Contains("--request-id mine"));
    const auto json =
      asked(node, body, {"propose", "--json", "--request-id", "mine", "score", "add", "5"});
    CHECK(json.how.code == 4);
    CHECK_THAT(json.out, Catch::Matchers::Contains(R"("request_id":"mine")"));
  }
}

TEST_CASE("a line of a log that lacks what one has is shown as far as it goes") {
  const quiet_node node;
  const auto told = asked(node, "{}\n", {"log"},
                          3); // it asks first whether the node is there, and where the log begins
  CHECK(told.how.ok());
  CHECK_THAT(told.out, Catch::Matchers::Contains("null.null"));
}

TEST_CASE("an argument that cannot be had is wrong usage, from a file as on the line") {
  const quiet_node node;
  const auto file = (node.work.path() / "large").string();
  std::ofstream{file} << std::string(64 * 1024 + 1, 'x');
  for (const auto& word : {"@" + file, std::string{"@nowhere"}}) {
    const auto told = cluster::cli({"propose", "--config", node.folder, "motto", "set", word});
    INFO(told.err);
    CHECK(told.how.code == 2);
    CHECK_THAT(told.err, Catch::Matchers::Contains("argument 1"));
  }
}

} // namespace
} // namespace caucus::cli
