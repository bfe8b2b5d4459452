#include "actors/rpc/call_table.hpp"

#include "runtime/base/overloaded.hpp"
#include "test/actors/rpc/notary_double.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;
using namespace rpc_testing;

constexpr time_point start{duration{1'000}};

call_limits two_calls() {
  call_limits out;
  out.calls_max = 2;
  out.window = 100; // bytes
  return out;
}

struct desk {
  notary_double notary;
  call_table core{three_actors(), two_calls()};
  std::vector<call_action> out;

  void step(call_table::event what, time_point now = start) {
    core.step(std::move(what), {now, {}, out});
  }
  template <class C>
  void open(call_id id, C what) {
    step(call_begun{id, command_of(std::move(what))});
  }
  /// What was asked of the notary, in its core's words; clears.
  std::vector<notary_request> requests() {
    std::vector<notary_request> found;
    for (const auto& one : std::exchange(out, {})) {
      std::visit(overloaded{[&](const call_asked& asked) {
                              if (asked.actor == the_notary) {
                                found.push_back(notary.request(asked.call));
                              }
                            },
                            ignored<call_told>{}},
                 one);
    }
    return found;
  }
  /// The first of this kind; clears.
  template <class T>
  T asked() {
    for (const auto& one : requests()) {
      if (std::holds_alternative<T>(one)) {
        return std::get<T>(one);
      }
    }
    FAIL("nothing was asked of the notary");
    return {};
  }
  std::vector<call_told> replies() {
    std::vector<call_told> found;
    for (const auto& one : std::exchange(out, {})) {
      std::visit(
        overloaded{[&](const call_told& told) { found.push_back(told); }, ignored<call_asked>{}},
        one);
    }
    return found;
  }
  void hear(notary_answer what) {
    for (auto& one : notary.answer(std::move(what))) {
      step(actor_replied{the_notary, std::move(one)});
    }
  }
  template <class Status>
  void hear(std::size_t actor, request_tag tag, Status what) {
    step(actor_replied{actor, {tag, any_value{std::move(what)}, true}});
  }
  void commit(request_tag tag, std::uint64_t at) {
    auto block = std::make_shared<committed_block>();
    block->height = height{at};
    hear(notary_answer{committed_answer{tag, block}});
  }
  void restart_notary() {
    step(actor_began{the_notary});
    step(actor_restarted{the_notary});
  }
};

control_propose proposal() {
  control_propose out;
  out.encoded = bytes{std::byte{1}};
  return out;
}
control_get single() {
  control_get out;
  out.key = bytes{std::byte{1}};
  return out;
}

TEST_CASE("a proposal's call ends with its receipt, once") {
  desk at;
  at.open(7, proposal());
  const auto asked = at.asked<propose_request>();
  CHECK(asked.mutation == bytes{std::byte{1}});
  at.hear(notary_answer{propose_answer{asked.tag, receipt{}}});
  at.hear(notary_answer{propose_answer{asked.tag, receipt{}}});
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].call == 7);
  CHECK(told[0].value->as<receipt>() != nullptr);
  CHECK(at.core.calls() == 0);
}

TEST_CASE("a call for a receipt's proof ends with it, or busy when the notary restarts") {
  desk at;
  at.open(7, control_receipt{height{4}, 2, 1s});
  const auto asked = at.asked<receipt_request>();
  CHECK(asked.height == height{4});
  CHECK(asked.index == 2);
  at.hear(notary_answer{receipt_answer{asked.tag, std::make_shared<const receipt_proof>()}});
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].value->as<receipt_reply>() != nullptr);
  at.open(8, control_receipt{height{4}, 2, 1s});
  at.out.clear();
  at.restart_notary();
  const auto ended = at.replies();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].value.error().code == errc::busy);
}

TEST_CASE("a call for a receipt's proof that is closed keeps no place with the notary") {
  desk at;
  at.open(7, control_receipt{height{4}, 2, 1s});
  const auto tag = at.asked<receipt_request>().tag;
  at.step(caller_left{7});
  CHECK(at.asked<unsubscribe_request>().tag == tag);
  at.hear(notary_answer{receipt_answer{tag, fail(errc::not_yet)}});
  CHECK(at.out.empty());
}

TEST_CASE("a call for a receipt's proof hears why there is none, and ends by its time") {
  desk at;
  at.open(7, control_receipt{height{4}, 2, 1s});
  const auto tag = at.asked<receipt_request>().tag;
  at.hear(notary_answer{receipt_answer{tag, fail(errc::wrong_arguments, "none there")}});
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].value.error() == error{errc::wrong_arguments, "none there"});
  at.open(8, control_receipt{height{4}, 2, 1s});
  at.out.clear();
  at.step(call_tick{}, start + 1s);
  CHECK(at.out.empty()); // the notary ends it in its own time
  at.step(call_tick{}, start + 10s);
  const auto late = at.replies();
  REQUIRE(late.size() == 1);
  CHECK(late[0].value.error().code == errc::timed_out);
}

TEST_CASE("a proposal that the notary forgot ends as unknown, never as refused") {
  desk at;
  control_propose asking;
  asking.timeout = 1s;
  at.open(1, asking);
  at.out.clear();
  SECTION("by its time") {
    at.step(call_tick{}, start + 1s);
    CHECK(at.out.empty());
    at.step(call_tick{}, start + 10s);
  }
  SECTION("by the notary's new life") {
    at.restart_notary();
  }
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].value.error().code == errc::outcome_unknown);
}

TEST_CASE("a call that ends by its time is cancelled at its actor, which keeps nothing for it") {
  desk at;
  at.open(7, control_receipt{height{4}, 2, 1s});
  const auto tag = at.asked<receipt_request>().tag;
  at.out.clear();
  at.step(call_tick{}, start + 10s);
  REQUIRE(at.out.size() == 2);
  const auto& told = std::get<call_asked>(at.out[0]);
  CHECK(std::get<call_cancelled>(told.call).tag == tag);
  CHECK(std::get<call_told>(at.out[1]).value.error().code == errc::timed_out);
}

TEST_CASE("a call above the limit is told busy") {
  desk at;
  at.open(1, control_status{});
  at.open(2, control_status{});
  at.out.clear();
  at.open(3, control_status{});
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].value.error().code == errc::busy);
}

TEST_CASE("a status of which a part does not answer comes in time without it") {
  desk at;
  at.open(1, control_status{});
  const auto tag = at.asked<status_request>().tag;
  notary_status part;
  part.tag = tag;
  part.final_height = height{5};
  at.hear(notary_answer{part});
  CHECK(at.out.empty());
  at.step(call_tick{}, start + 3s);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  const auto* const status = told[0].value->as<status_parts>();
  REQUIRE(status != nullptr);
  CHECK(status->find<notary_status>()->final_height == height{5});
  CHECK(status->find<consensus_status>() == nullptr);
}

TEST_CASE("what is asked for as numbers is told as numbers, in time also without a part") {
  desk at;
  at.open(1, control_metrics{});
  const auto tag = at.asked<status_request>().tag;
  SECTION("whole") {
    notary_status notary;
    notary.tag = tag;
    at.hear(notary_answer{notary});
    at.hear(the_consensus, tag, consensus_status{});
    CHECK(at.out.empty());
    at.hear(the_peer_net, tag, peer_net_status{});
  }
  SECTION("in parts") {
    at.step(call_tick{}, start + 3s);
  }
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].command == &facts_of<control_metrics>());
  CHECK(told[0].value->as<status_parts>() != nullptr);
  CHECK(at.core.calls() == 0);
}

TEST_CASE("a log's reader that is slow is unsubscribed, and goes on at the next height") {
  desk at;
  at.open(1, control_log{height{3}, true});
  const auto first = at.asked<subscribe_request>();
  CHECK(first.height == height{3});
  at.commit(first.tag, 4);
  REQUIRE(at.replies().size() == 1);
  at.step(stream_sent{1, 101});
  CHECK(at.asked<unsubscribe_request>().tag == first.tag);
  at.commit(first.tag, 5); // was on its way: told again later
  CHECK(at.out.empty());
  at.step(stream_taken{1, 50});
  CHECK(at.out.empty());
  at.step(stream_taken{1, 51});
  const auto second = at.asked<subscribe_request>();
  CHECK(second.height == height{5});
  CHECK(second.tag != first.tag);
}

TEST_CASE("each part of a log is acknowledged, and a slow reader goes on within a block") {
  desk at;
  at.open(1, control_log{height{3}, true, 7});
  const auto first = at.asked<subscribe_request>();
  CHECK(first.index == 7);
  auto part = std::make_shared<committed_block>();
  part->height = height{4};
  part->mutations.resize(2);
  part->mutations.back().index = 9;
  part->more = true;
  at.hear(notary_answer{committed_answer{first.tag, part}});
  CHECK(at.asked<committed_taken>().tag == first.tag);
  at.step(stream_sent{1, 101});
  at.step(stream_taken{1, 101});
  const auto second = at.asked<subscribe_request>();
  CHECK(second.height == height{4});
  CHECK(second.index == 10);
}

TEST_CASE(
  "reads of whole variables, whose answers are large, are few at once; others are not held up") {
  desk at;
  at.core = call_table{three_actors()}; // more calls than two
  const control_get whole;
  const auto most = control_get::command.heavy_max;
  std::vector<request_tag> asked;
  for (call_id i = 1; i <= most; ++i) {
    at.open(i, whole);
    asked.push_back(at.asked<get_request>().tag);
  }
  at.open(most + 1, whole);
  const auto refused = at.replies();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].value.error().code == errc::busy);
  at.open(most + 2, single());
  static_cast<void>(at.asked<get_request>());
  at.hear(notary_answer{get_answer{asked[3], fail(errc::not_yet)}});
  at.step(caller_left{9});
  at.out.clear();
  for (call_id i = most + 3; i <= most + 4; ++i) {
    at.open(i, whole);
    static_cast<void>(at.asked<get_request>());
  }
  at.open(most + 5, whole);
  CHECK(at.replies().size() == 1);
}

TEST_CASE("a log that is not followed ends when all is told") {
  desk at;
  at.open(1, control_log{height{1}, false});
  const auto tag = at.asked<subscribe_request>().tag;
  at.hear(notary_answer{subscription_caught_up{tag, height{9}}});
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].last);
  CHECK(told[0].value->empty());
  CHECK(std::get<unsubscribe_request>(*at.notary.last()).tag == tag);
}

TEST_CASE("a log goes on where it was in the notary's new life") {
  desk at;
  at.open(1, control_log{height{1}, true});
  const auto tag = at.asked<subscribe_request>().tag;
  at.commit(tag, 6);
  at.out.clear();
  at.step(actor_began{the_notary});
  at.commit(tag, 7); // its former life's, on the way still
  at.out.clear();
  at.step(actor_restarted{the_notary});
  const auto done = at.requests();
  REQUIRE(done.size() == 2); // whichever life took the first
  CHECK(std::get<unsubscribe_request>(done.front()).tag == tag);
  CHECK(std::get<subscribe_request>(done.back()).height == height{8});
}

TEST_CASE("what the notary's new life was asked is not forgotten with the former one's") {
  const bool of_new_life = GENERATE(false, true);
  desk at;
  if (of_new_life) {
    at.step(actor_began{the_notary});
  }
  at.open(1, proposal());
  at.open(2, control_log{height{1}, true});
  if (!of_new_life) {
    at.step(actor_began{the_notary});
  }
  at.out.clear();
  at.step(actor_restarted{the_notary});
  CHECK(at.out.size() == (of_new_life ? 0 : 3));
  CHECK(at.core.calls() == (of_new_life ? 2 : 1));
}

TEST_CASE("a log waits for a notary that is stopped to be restarted, and goes on where it was") {
  desk at;
  at.open(1, control_log{height{1}, true});
  const auto tag = at.asked<subscribe_request>().tag;
  at.commit(tag, 6);
  at.step(stream_sent{1, 10});
  at.out.clear();
  at.hear(notary_answer{subscription_ended{tag, errc::stopping}});
  at.step(stream_taken{1, 10}); // its reader has all: nobody can be asked for more
  CHECK(at.out.empty());
  CHECK(at.core.calls() == 1);
  SECTION("the notary lives again") {
    at.restart_notary();
    CHECK(at.asked<subscribe_request>().height == height{7});
  }
  SECTION("its caller hangs up before that") {
    at.step(caller_left{1});
    at.restart_notary();
    CHECK(at.out.empty());
    CHECK(at.core.calls() == 0);
  }
}

TEST_CASE("that the notary stops is told as stopping only where the node stops") {
  const bool node_stops = GENERATE(false, true);
  desk at;
  if (node_stops) {
    at.core.node_stops();
  }
  const error stopped{errc::stopping, "the node stops"};
  at.open(1, proposal());
  const auto proposed = at.asked<propose_request>().tag;
  at.open(2, single());
  const auto got = at.asked<get_request>().tag;
  at.hear(notary_answer{propose_answer{proposed, tl::make_unexpected(stopped)}});
  at.hear(notary_answer{get_answer{got, tl::make_unexpected(stopped)}});
  const auto told = at.replies();
  REQUIRE(told.size() == 2);
  for (const auto& one : told) {
    CHECK(one.value.error().code == (node_stops ? errc::stopping : errc::busy));
  }
  at.open(3, control_log{height{1}, true});
  const auto log = at.asked<subscribe_request>().tag;
  at.hear(notary_answer{subscription_ended{log, errc::stopping}});
  CHECK(at.replies().size() == (node_stops ? 1 : 0));
}

/// Changes something, and tells of it in parts.
struct pour {
  static constexpr command_rule command{
    .words = "pour", .summary = "pour", .effect = command_effect::changes, .streams = true};
  using reply = int;
  static pour after(const pour& what, int /*part*/) { return what; }
  static std::string print(int what, const command_context& /*of*/) { return std::to_string(what); }
  friend bool operator==(const pour&, const pour&) = default;
};

TEST_CASE("a stream that changes something is never called twice") {
  auto known = std::make_shared<command_table>();
  known->add(commands<no_status, control_status, pour>::of("jug"));
  call_table core{known, two_calls()};
  std::vector<call_action> out;
  const call_turn now{start, {}, out};
  core.step(call_begun{1, command_of(pour{})}, now);
  const auto tag = std::get<call_opened>(std::get<call_asked>(out.at(0)).call).tag;
  core.step(actor_replied{0, {tag, any_value{5}, false}}, now);
  out.clear();
  SECTION("for a reader that is slow") {
    core.step(stream_sent{1, 101}, now);
  }
  SECTION("for an actor that is stopped to be restarted") {
    core.step(actor_replied{0, {tag, fail(errc::stopping), true}}, now);
  }
  SECTION("for an actor's new life") {
    core.step(actor_began{0}, now);
    core.step(actor_restarted{0}, now);
  }
  REQUIRE_FALSE(out.empty());
  CHECK(std::get<call_told>(out.back()).value.error().code == errc::outcome_unknown);
  CHECK(core.calls() == 0);
  for (const auto& one : out) {
    const auto* const asked = std::get_if<call_asked>(&one);
    CHECK((asked == nullptr || !std::holds_alternative<call_opened>(asked->call)));
  }
}

TEST_CASE("a caller that hangs up leaves nothing behind") {
  desk at;
  at.open(1, control_log{height{1}, true});
  const auto tag = at.asked<subscribe_request>().tag;
  at.step(caller_left{1});
  CHECK(at.asked<unsubscribe_request>().tag == tag);
  CHECK(at.core.calls() == 0);
  at.commit(tag, 2);
  CHECK(at.out.empty());
}

} // namespace
} // namespace caucus
