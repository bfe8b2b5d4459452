#include "apps/caucus/doctor.hpp"
#include "messages/quorum.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

// What doctor makes of who is here and linked, of a node's own status.

namespace caucus::cli {
namespace {

node_access node_of(std::size_t members) {
  node_access out;
  out.genesis.members.resize(members);
  return out;
}

running_node seen(bool is_member, std::size_t linked, bool standstill,
                  std::vector<std::string> problems = {}) {
  running_node out;
  out.answers = true;
  out.is_member = is_member;
  out.members_linked = linked;
  out.standstill = standstill;
  out.problems = std::move(problems);
  return out;
}

TEST_CASE("doctor says start the others only where too few are here or linked") {
  struct row {
    const char* name;
    std::size_t members;
    running_node said;
    verdict how;
    const char* text;
    const char* remedy; ///< a part of it; empty: there is none
  };
  const std::vector<row> rows{
    {"all are here", 4, seen(true, 3, false), verdict::fine, "4 of 4 members are here or linked",
     ""},
    {"one is missing", 4, seen(true, 2, false), verdict::warning,
     "3 of 4 members are here or linked", "see which are not up"},
    {"too few", 4, seen(true, 1, true), verdict::failure, "of 4 members 2 are here or linked",
     "see why there is no link to them (another genesis, or another version of the rules, say): "
     "caucus status --config "},
    {"a follower with too few links", 4, seen(false, 2, false), verdict::failure,
     "of 4 members 2 are here or linked", "start the others"},
    {"one that does not vote, and both are linked", 2, seen(true, 1, true, {"it waits"}),
     verdict::failure, "the group stands still, and 2 of 2 members are here or linked",
     "see what is said of the node"},
    {"as the other one sees it", 2, seen(true, 1, true), verdict::failure,
     "the group stands still, and 2 of 2", "caucus status --group"},
    {"alone, and it stands", 1, seen(true, 0, true), verdict::failure,
     "the group stands still, and 1 of 1 member is here", "its log says why"},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    findings out;
    auto said = one.said;
    said.members = one.members;
    said.quorum = quorum(static_cast<std::uint16_t>(one.members));
    examine_node(node_of(one.members), said, out);
    const auto at =
      std::find_if(out.begin(), out.end(), [](const auto& each) { return each.topic == "group"; });
    REQUIRE(at != out.end());
    INFO(at->text << " -> " << at->remedy);
    CHECK(at->how == one.how);
    CHECK(at->text.find(one.text) != std::string::npos);
    CHECK(at->remedy.empty() == std::string{one.remedy}.empty());
    CHECK(at->remedy.find(one.remedy) != std::string::npos);
  }
}

} // namespace
} // namespace caucus::cli
