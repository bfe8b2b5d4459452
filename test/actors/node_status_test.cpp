#include "actors/consensus/consensus_status.hpp"
#include "actors/notary/notary_commands.hpp"
#include "actors/peer_net/peer_net_status.hpp"
#include "runtime/base/text.hpp"
#include "test/actors/node_parts.hpp"
#include "test/catch.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace caucus {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

peer_id id_of(unsigned number) {
  return peer_id{{std::byte(number)}};
}

/// The second of four members, with a link to the first and to a client.
struct second_of_four {
  genesis from;
  node_status status;

  second_of_four() {
    from.name = "net";
    for (unsigned i = 0; i < 4; ++i) {
      from.members.push_back(
        {id_of(i + 1), "node" + std::to_string(i), "10.0.0." + std::to_string(i) + ":7400"});
    }
    status.notary.emplace();
    status.consensus.emplace();
    auto& net = status.peer_net.emplace();
    link_status one;
    one.info.peer = id_of(1);
    one.info.address = "10.0.0.77:51000";
    one.info.listens_at = "10.0.0.77:7400";
    one.agent = "caucus/1.2.2";
    net.links.push_back(one);
    one.info.peer = id_of(99);
    one.info.mode = node_mode::client;
    net.links.push_back(one);
    net.missing = {{id_of(3), "10.0.0.2:7400", "connect_failed: Connection refused", 12},
                   {id_of(4), "10.0.0.3:7400", "", 0},
                   {peer_id{}, "10.9.9.9:1", "no answer", 3}};
  }
  [[nodiscard]] command_context node() const {
    command_context out{std::make_shared<const genesis>(from)};
    out.self = id_of(2);
    out.version = "1.2.3";
    return out;
  }
  [[nodiscard]] json told() const { return json::parse(status_json(parts_of(status), node())); }
};

TEST_CASE("clients are not counted as members, and who is missing is named with the reason") {
  const second_of_four of;
  const auto told = of.told();
  INFO(told.dump(1));
  CHECK(told.at("peers") == 1);
  CHECK(told.at("others") == 1);
  CHECK(told.at("members") == 4);
  CHECK(told.at("quorum") == 3);
  REQUIRE(told.at("missing").size() == 3);
  CHECK(told.at("missing")[0].at("member") == "node2");
  CHECK(told.at("missing")[0].at("address") == "10.0.0.2:7400");
  CHECK(told.at("missing")[0].at("dials") == 12);
  CHECK(told.at("missing")[0].at("reason") == "connect_failed: Connection refused");
  CHECK(told.at("missing")[1].at("member") == "node3");
  CHECK(told.at("missing")[2].at("member").is_null());
  CHECK_FALSE(told.contains("group"));
}

TEST_CASE("the fields of a status keep their order, whoever tells them") {
  second_of_four of;
  of.status.group = true;
  std::string names;
  const auto told = nlohmann::ordered_json::parse(status_json(parts_of(of.status), of.node()));
  for (const auto& [name, value] : told.items()) {
    names += name + ' ';
  }
  CHECK(
    names
    == "height view epoch state_root root_height time_ms peers others members quorum mode peer_id "
       "member votes leader standstill clocks clock_problem delta_ms network network_id version "
       "rules port batches_waiting mutations_committed state_entries state_size ledger_size "
       "disk_free quota_left evidence_count liars connections_refused problems silent links "
       "missing group notary actors edges ");
}

TEST_CASE("the group is each member's own word, or why there is none") {
  second_of_four of;
  of.status.group = true;
  node_state said;
  said.height = height{9};
  said.votes = true;
  said.members = {{id_of(2), ""}, {id_of(3), ""}};
  of.status.consensus->members = {{id_of(1), said, errc{}, 4ms, -1500ms},
                                  {id_of(3), std::nullopt, errc::link_lost, {}, {}},
                                  {id_of(4), std::nullopt, errc::timed_out, {}, {}}};
  const auto group = of.told().at("group");
  INFO(group.dump(1));
  REQUIRE(group.size() == 4);
  CHECK(group[0].at("answered") == true);
  CHECK(group[0].at("height") == 9);
  CHECK(group[0].at("votes") == true);
  CHECK(group[0].at("links") == 2);
  CHECK(group[0].at("clock_ahead_ms") == -1500.0);
  CHECK(group[0].at("version") == "1.2.2");
  CHECK(group[0].at("address") == "10.0.0.77:7400"); // not the port that it dialled from
  CHECK(group[1].at("self") == true);
  CHECK(group[1].at("version") == "1.2.3");
  CHECK(group[2].at("answered") == false);
  CHECK(group[2].at("reason") == "connect_failed: Connection refused");
  CHECK(group[3].at("reason").get<std::string>().find("did not say") != std::string::npos);
}

TEST_CASE("a proof is told with whose it is, what it shows and what was signed") {
  const second_of_four of;
  conflicting_proposals lie;
  lie.leader = member_index{3};
  lie.first.view = lie.second.view = view{17};
  lie.first.height = lie.second.height = height{12};
  const auto told = json::parse(control_evidence::print(
    {1, 0, 1, {lie}, {accusation_of(lie, committee_of(*of.node().genesis))}}, of.node()));
  REQUIRE(told.at("evidence").size() == 1);
  const auto& one = told.at("evidence")[0];
  CHECK(told.at("count") == 1);
  CHECK(one.at("member") == "node3");
  CHECK(one.at("peer") == to_text(id_of(4)));
  CHECK(one.at("kind") == "conflicting_proposals");
  CHECK(one.at("epoch") == 0);
  CHECK(one.at("view") == 17);
  CHECK(one.at("height") == 12);
  CHECK(one.at("batch").is_null());
  CHECK(one.at("text") == "proposed two different blocks for view 17 (height 12)");
  CHECK(one.at("signed").get<std::string>().size() > 400);
}

TEST_CASE("a proof against a member that the genesis does not have names nobody") {
  const second_of_four of;
  conflicting_votes lie;
  lie.first.signer = member_index{60'000};
  const auto told = json::parse(control_evidence::print(
    {1, 0, 1, {lie}, {accusation_of(lie, committee_of(*of.node().genesis))}}, of.node()));
  CHECK(told.at("evidence")[0].at("member").is_null());
}

} // namespace
} // namespace caucus
