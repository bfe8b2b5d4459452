#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"
#include "test/harness/small_disk.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

/// A node whose disk is full.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t disk_size = std::size_t{32} * 1024 * 1024;

bool says_full(const std::string& text) {
  return text.find("full") != std::string::npos || text.find("space") != std::string::npos;
}

/// False, and says so for CTest: this process may not mount.
bool may_mount(const std::unique_ptr<small_disk>& disk) {
  if (!disk) {
    std::cout << "SKIP: no right to mount a tmpfs; run as root\n";
  }
  return disk != nullptr;
}

TEST_CASE(
  "a node on a full disk stops voting and says why, the others go on, and with room it is back") {
  cluster group;
  const auto disk = small_disk::over(group.directory(3), disk_size);
  if (!may_mount(disk)) {
    return;
  }
  group.start_all();
  disk->fill();
  load users{group, {.nodes = {0, 1, 2}, .clients = 4, .count = 1'000}};
  group.wait_until("the others go on", [&] { return users.done(); });
  auto all = users.finish();
  group.wait_until("node 3 says what ails it", [&] {
    const auto view = group.view(3);
    return !view.votes && says_full(view.problems);
  });
  CHECK(says_full(group.log(3)));
  CHECK(group.running(3));

  disk->make_room();
  // Nothing new is needed for it to notice: it catches up in an idle group too.
  const auto what = same_ledger(group, group.all());
  CHECK(compare(what, all) == "");
  group.wait_until("node 3 votes again", [&] {
    const auto view = group.view(3);
    return view.votes && view.problems.empty();
  });
  group.kill(0); // now each of the other three is needed
  auto to = group.talk(3);
  CHECK(cluster::propose(to, "score", "add", {"1"}).outcome == "applied");
}

TEST_CASE("what a node on a full disk was proposed is not lost or doubled once there is room") {
  cluster group;
  const auto disk = small_disk::over(group.directory(3), disk_size);
  if (!may_mount(disk)) {
    return;
  }
  group.start_all();
  load users{group};
  group.wait_until("a hundred receipts", [&] { return users.count() >= 100; });
  disk->fill();
  group.wait_until("node 3 says what ails it", [&] { return says_full(group.view(3).problems); });
  disk->make_room();
  const auto target = users.count() + 100;
  group.wait_until("a hundred more", [&] { return users.count() >= target; });
  const auto all = users.finish();
  const auto what = same_ledger(group, group.all());
  CHECK(what.entries.size() == all.size());
  CHECK(compare(what, all) == "");
}

} // namespace
} // namespace caucus::harness
