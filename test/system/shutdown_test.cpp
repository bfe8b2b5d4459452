#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <csignal>
#include <string>
#include <vector>

/// How nodes end, and what they refuse to start on.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;

TEST_CASE("SIGTERM and SIGINT under load end a node in good order, and lose nothing") {
  cluster group;
  group.start_all();
  load users{group};
  const auto commits = [&](std::uint64_t more) {
    const auto target = users.count() + more;
    group.wait_until("the group goes on", [&] { return users.count() >= target; });
  };
  const auto ends_in_order = [&](std::size_t node, int signal) {
    commits(50);
    group.of(node).signal(signal);
    const auto how = group.of(node).wait(20s);
    REQUIRE(how.has_value());
    CHECK(how->code == 0);
    INFO(group.log(node));
    CHECK(group.log(node).find("did not stop in order") == std::string::npos);
    commits(50);
    group.start(node);
  };
  for (const auto node : group.all()) {
    ends_in_order(node, SIGTERM);
    group.wait_until("it is back", [&] { return group.view(node).peers + 1 >= group.size(); });
    ends_in_order(node, SIGINT);
    group.wait_until("it is back", [&] { return group.view(node).peers + 1 >= group.size(); });
  }
  const auto all = users.finish();
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == all.size());
  CHECK(compare(what, all) == "");
}

TEST_CASE("a proposer whose node stops hears that the outcome is unknown") {
  cluster group;
  group.start(0); // alone: nothing can commit
  group.wait_until("node 0 answers", [&] { return !group.view(0).json.empty(); });
  const std::vector<std::string> command{cluster::program().string(),
                                         "propose",
                                         "--config",
                                         group.config(0).string(),
                                         "score",
                                         "add",
                                         "1",
                                         "--timeout",
                                         "600"};
  process proposer{command, group.folder() / "proposer"};
  const auto waits = [&] {
    return group.view(0).json.find("\"batches_waiting\":0") == std::string::npos;
  };
  group.wait_until("the proposal is there", waits);
  CHECK(group.stop(0).ok());
  const auto how = proposer.wait(20s);
  REQUIRE(how.has_value());
  INFO(proposer.output());
  CHECK(how->code == 4);
  CHECK(proposer.output().find("--request-id") != std::string::npos);
}

TEST_CASE("a second node on one folder, and one on a port in use, are refused by name") {
  cluster group{{.nodes = 1}};
  group.start(0);
  group.wait_until("node 0 answers", [&] { return !group.view(0).json.empty(); });
  const auto config = group.config(0).string();

  const auto second = cluster::cli({"node", "--config", config}, 20s);
  CHECK(second.how.code == 1);
  CHECK(second.err.find(group.directory(0).string()) != std::string::npos);
  CHECK(second.err.find("in use") != std::string::npos);

  const auto other = group.folder() / "other";
  const auto port = std::to_string(group.port(0));
  const auto on_port =
    cluster::cli({"node", "--config", config, "--directory", other.string(), "--identity",
                  (group.directory(0) / "identity.key").string(), "--port", port},
                 20s);
  CHECK(on_port.how.code == 1);
  CHECK(on_port.err.find(port) != std::string::npos);
  CHECK(on_port.err.find("in use") != std::string::npos);

  auto to = group.talk(0); // and the first is unharmed
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
}

} // namespace
} // namespace caucus::harness
