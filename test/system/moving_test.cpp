#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/system/manual.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

// Nodes' folders that are kept, lost and moved as the manual says.

namespace caucus::harness {
namespace {

namespace fs = std::filesystem;

/// The commands of a block but for those that start or end a node, which are the test's.
std::string without_nodes(const std::string& block) {
  std::istringstream in{block};
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("caucus node ") && !line.starts_with("kill ")) {
      out += line + '\n';
    }
  }
  return out;
}

/// Where the member's folder is called as in the manual, and `caucus` is the program.
run_result type(const cluster& group, std::size_t node, const std::string& commands) {
  return run({"sh", "-ec",
              "PATH='" + cluster::program().parent_path().string() + "':$PATH; cd '"
                + group.directory(node).parent_path().string() + "'; " + commands});
}
void typed(const cluster& group, std::size_t node, const std::string& commands) {
  const auto told = type(group, node, commands);
  INFO(commands << " said: " << told.out << told.err);
  REQUIRE(told.how.ok());
}

/// A member that the group cannot do without, as another one is down.
void check_it_votes(cluster& group, std::size_t without) {
  group.kill(without);
  auto to = group.talk(0);
  CHECK(cluster::propose(to, "score", "add", {"2"}).outcome == "applied");
}

TEST_CASE("a member that is moved as the manual says votes from where it is now") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"5"}).outcome == "applied");
  REQUIRE(group.stop(3).ok());
  const auto manual = blocks_of("apps/caucus/operating.md", "Moving a node");
  REQUIRE(manual.size() == 1);
  CHECK(manual[0].find("caucus node --config moved &\n") != std::string::npos);
  const auto place = group.directory(3).parent_path();
  fs::rename(place / "node3", place / "node");
  typed(group, 3, without_nodes(manual[0]));
  const auto node = std::make_unique<process>(
    std::vector<std::string>{cluster::program().string(), "node", "--config",
                             (place / "moved").string(), "--port", "0"}, // another address, too
    group.folder() / "moved.log");
  control moved{place / "moved"};
  group.wait_until("it is linked again", [&] {
    return moved.get("/v1/status").body.find("\"peers\":3") != std::string::npos;
  });
  check_it_votes(group, 2);
}

TEST_CASE("a member whose disk is lost goes on from the three files that were kept") {
  cluster group;
  const auto manual = blocks_of("apps/caucus/operating.md", "Keeping a node's files");
  REQUIRE(manual.size() == 2);
  const auto place = group.directory(3).parent_path();
  // As with an owner of its own: the genesis is in the folder.
  typed(
    group, 3,
    "cp genesis.toml node3/; sed -i 's,\\.\\./genesis,genesis,' node3/node.toml; ln -s node3 node");
  typed(group, 3, manual[0]);
  group.start_all();
  auto to = group.talk(0);
  const auto before = cluster::propose(to, "score", "add", {"5"});
  REQUIRE(before.outcome == "applied");
  group.kill(3);
  fs::remove_all(place / "node3");
  fs::create_directory(place / "node3");
  typed(group, 3, without_nodes(manual[1]));
  group.start(3);
  group.wait_until("it has what it had, and the others told how far they are", [&] {
    const auto said = group.view(3);
    return said.height >= before.height && said.votes;
  });
  check_it_votes(group, 2);
}

TEST_CASE("a state is saved beside a running node and loaded again as the manual says") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  const auto before = cluster::propose(to, "score", "add", {"5"});
  REQUIRE(before.outcome == "applied");
  const auto manual = blocks_of("apps/caucus/operating.md", "A ledger that does not grow for ever");
  REQUIRE(manual.size() == 3);
  CHECK(manual[0].find("\nkeep_blocks = ") != std::string::npos);
  const auto place = group.directory(3).parent_path();
  fs::create_directory_symlink(place / "node3", place / "node");
  group.wait_until("its state is stored", [&] {
    return fs::exists(place / "node" / "state.sqlite")
           && group.view(3).root_height >= before.height;
  });
  group.wait_until("it is saved", [&] { return type(group, 3, manual[1]).how.ok(); });
  REQUIRE(group.stop(3).ok());
  typed(group, 3, "cd node; rm -f ledger*.log epochs.log state.sqlite*");
  typed(group, 3, without_nodes(manual[2]));
  group.start(3);
  group.wait_equal(group.all(), std::chrono::seconds{60}, before.height);
  group.wait_until("it votes", [&] { return group.view(3).votes; });
  check_it_votes(group, 2);
}

} // namespace
} // namespace caucus::harness
