#include "runtime/commands/strict_json.hpp"
#include "test/catch.hpp"
#include "test/runtime/commands/board.hpp"

#include <memory>
#include <string>

namespace caucus {
namespace {

using namespace board_testing;

status_parts board_parts(any_value what) {
  status_parts out;
  out.parts.push_back({"board", board_commands::of("board").status, std::move(what)});
  return out;
}

TEST_CASE("an actor's status stands under its name, its problem among the node's") {
  const command_context node{std::make_shared<const genesis>()};
  const auto told =
    parse_json(status_json(board_parts(any_value{board_status{5, "nobody plays"}}), node));
  REQUIRE(told);
  CHECK((*told)["board"]["cheers"] == 5);
  CHECK((*told)["problems"][0] == "nobody plays");
  CHECK((*told)["silent"].empty());
}

TEST_CASE("what stops several actors alike is told once") {
  auto all = board_parts(any_value{board_status{5, "nobody plays"}});
  all.parts.push_back({"other", all.parts.front().printer, all.parts.front().value});
  const command_context node{std::make_shared<const genesis>()};
  const auto told = parse_json(status_json(all, node));
  REQUIRE(told);
  CHECK((*told)["problems"].size() == 1);
  CHECK((*told)["problems"][0] == "nobody plays");
}

TEST_CASE("an actor of an application says nothing for the node: its fields stand under its name") {
  struct loud {};
  const status_printer speaks{
    [](status_sheet& to, const any_value&, const status_parts&) { to.put("standstill", true); },
    [](metric_sheet&, const any_value&, const status_parts&) {}};
  const command_context node{std::make_shared<const genesis>()};
  status_parts all;
  all.parts.push_back({"loud", speaks, any_value{loud{}}});
  const auto told = parse_json(status_json(all, node));
  REQUIRE(told);
  CHECK_FALSE(told->contains("standstill"));
  CHECK((*told)["loud"]["standstill"] == true);
}

TEST_CASE("an actor that does not answer is told as silent, and none of its metrics") {
  const command_context node{std::make_shared<const genesis>()};
  const auto told = parse_json(status_json(board_parts(any_value{}), node));
  REQUIRE(told);
  CHECK((*told)["silent"][0] == "board");
  CHECK((*told)["problems"][0] == "board does not answer");
  const auto numbers = metrics_text(board_parts(any_value{}), node);
  CHECK(numbers.find("caucus_answers{actor=\"board\"} 0") != std::string::npos);
  CHECK(numbers.find("caucus_board_cheers_total") == std::string::npos);
}

TEST_CASE("the table of edges names ends, type, capacity and policy") {
  auto table = std::make_shared<topology_table>();
  table->edges.push_back({"a \"quoted\" thread", "notary.asked", "int", 4, when_full::refuse,
                          [] { return edge_counts{}; }});
  command_context node{std::make_shared<const genesis>()};
  node.table = table;
  const std::string edges =
    R"("edges":[{"from":"a \"quoted\" thread","to":"notary.asked","type":"int","capacity":4,)"
    R"("policy":"refuse","depth":0,"pushed":0,"turned_away":0,"poisoned":0,"wakes":0,)"
    R"("restarts_from":0,"restarts_to":0}]})";
  CHECK(status_json({}, node).ends_with(edges));
}

TEST_CASE("a metric of another's name is left out, and the others are told") {
  const status_printer speaks{[](status_sheet&, const any_value&, const status_parts&) {},
                              [](metric_sheet& to, const any_value&, const status_parts&) {
                                to.counter("cheers_total", "Cheers heard.", 5);
                                to.gauge("caucus_height", "The node's.", 5);
                                to.counter("caucus_board_cheers_total", "Cheers heard.", 5);
                              }};
  const command_context node{std::make_shared<const genesis>()};
  status_parts all;
  all.parts.push_back({"board", speaks, any_value{board_status{}}});
  const auto numbers = metrics_text(all, node);
  CHECK(numbers.find("caucus_board_cheers_total 5\n") != std::string::npos);
  CHECK(numbers.find("\ncheers_total") == std::string::npos);
  CHECK(numbers.find("caucus_height") == std::string::npos);
}

TEST_CASE("an actor's metrics bear its name") {
  const command_context node{std::make_shared<const genesis>()};
  const auto numbers = metrics_text(board_parts(any_value{board_status{5, "nobody plays"}}), node);
  CHECK(numbers.find("caucus_board_cheers_total 5\n") != std::string::npos);
  CHECK(numbers.find("caucus_answers{actor=\"board\"} 1\n") != std::string::npos);
  CHECK(numbers.find("caucus_problems 1\n") != std::string::npos);
}

} // namespace
} // namespace caucus
