#include "actors/rpc/rpc.hpp"

#include "test/catch.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{duration{1'000}};

rpc_limits two_calls() {
  rpc_limits out;
  out.calls_max = 2;
  out.window = 100; // bytes
  return out;
}

struct desk {
  rpc core{two_calls()};
  std::vector<rpc_action> out;

  /// The first notary request of this kind among what was done; clears.
  template <class T>
  T asked() {
    for (const auto& one : std::exchange(out, {})) {
      const auto* const request = std::get_if<notary_request>(&one);
      if (request != nullptr && std::holds_alternative<T>(*request)) {
        return std::get<T>(*request);
      }
    }
    FAIL("nothing was asked of the notary");
    return {};
  }
  std::vector<rpc_reply> replies() {
    std::vector<rpc_reply> found;
    for (const auto& one : std::exchange(out, {})) {
      if (const auto* const reply = std::get_if<rpc_reply>(&one)) {
        found.push_back(*reply);
      }
    }
    return found;
  }
  void commit(request_tag tag, std::uint64_t at) {
    auto block = std::make_shared<committed_block>();
    block->at = height{at};
    core.hear(notary_answer{committed_answer{tag, block}}, out);
  }
};

TEST_CASE("a proposal's call ends with its receipt, once") {
  desk at;
  at.core.open(7, control_propose{}, bytes{std::byte{1}}, start, at.out);
  const auto asked = at.asked<propose_request>();
  CHECK(asked.what == bytes{std::byte{1}});
  at.core.hear(notary_answer{propose_answer{asked.tag, receipt{}}}, at.out);
  at.core.hear(notary_answer{propose_answer{asked.tag, receipt{}}}, at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].to == 7);
  CHECK(std::holds_alternative<receipt>(told[0].what));
  CHECK(at.core.calls() == 0);
}

TEST_CASE("a call for a receipt's proof ends with it, or busy when the notary restarts") {
  desk at;
  at.core.open(7, control_receipt{height{4}, 2, 1s}, {}, start, at.out);
  const auto asked = at.asked<receipt_request>();
  CHECK(asked.at == height{4});
  CHECK(asked.index == 2);
  at.core.hear(notary_answer{receipt_answer{asked.tag, std::make_shared<const receipt_proof>()}},
               at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(std::holds_alternative<std::shared_ptr<const receipt_proof>>(told[0].what));
  at.core.open(8, control_receipt{height{4}, 2, 1s}, {}, start, at.out);
  at.out.clear();
  at.core.notary_began();
  at.core.notary_restarted(at.out);
  const auto ended = at.replies();
  REQUIRE(ended.size() == 1);
  CHECK(std::get<error>(ended[0].what).code == errc::busy);
}

TEST_CASE("a call for a receipt's proof that is closed keeps no place with the notary") {
  desk at;
  at.core.open(7, control_receipt{height{4}, 2, 1s}, {}, start, at.out);
  const auto tag = at.asked<receipt_request>().tag;
  at.core.gone(7, at.out);
  CHECK(at.asked<unsubscribe_request>().tag == tag);
  at.core.hear(notary_answer{receipt_answer{tag, fail(errc::not_yet)}}, at.out);
  CHECK(at.out.empty());
}

TEST_CASE("a call for a receipt's proof hears why there is none, and ends by its time") {
  desk at;
  at.core.open(7, control_receipt{height{4}, 2, 1s}, {}, start, at.out);
  const auto tag = at.asked<receipt_request>().tag;
  at.core.hear(notary_answer{receipt_answer{tag, fail(errc::wrong_arguments, "none there")}},
               at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(std::get<error>(told[0].what) == error{errc::wrong_arguments, "none there"});
  at.core.open(8, control_receipt{height{4}, 2, 1s}, {}, start, at.out);
  at.out.clear();
  at.core.tick(start + 1s, at.out);
  CHECK(at.out.empty()); // the notary ends it in its own time
  at.core.tick(start + 10s, at.out);
  const auto late = at.replies();
  REQUIRE(late.size() == 1);
  CHECK(std::get<error>(late[0].what).code == errc::timed_out);
}

TEST_CASE("a proposal that the notary forgot ends as unknown, never as refused") {
  desk at;
  control_propose asking;
  asking.timeout = 1s;
  at.core.open(1, asking, {}, start, at.out);
  at.out.clear();
  SECTION("by its time") {
    at.core.tick(start + 1s, at.out);
    CHECK(at.out.empty());
    at.core.tick(start + 10s, at.out);
  }
  SECTION("by the notary's new life") {
    at.core.notary_began();
    at.core.notary_restarted(at.out);
  }
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(std::get<error>(told[0].what).code == errc::outcome_unknown);
}

TEST_CASE("a call above the limit is told busy") {
  desk at;
  at.core.open(1, control_status{}, {}, start, at.out);
  at.core.open(2, control_status{}, {}, start, at.out);
  at.out.clear();
  at.core.open(3, control_status{}, {}, start, at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(std::get<error>(told[0].what).code == errc::busy);
}

TEST_CASE("a status of which a part does not answer comes in time without it") {
  desk at;
  at.core.open(1, control_status{}, {}, start, at.out);
  const auto tag = at.asked<status_request>().tag;
  notary_status part;
  part.tag = tag;
  part.final_height = height{5};
  at.core.hear(notary_answer{part}, at.out);
  CHECK(at.out.empty());
  at.core.tick(start + 3s, at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  const auto& status = std::get<node_status>(told[0].what);
  CHECK(status.notary->final_height == height{5});
  CHECK_FALSE(status.consensus);
}

TEST_CASE("what is asked for as numbers is told as numbers, in time also without a part") {
  desk at;
  at.core.open(1, control_metrics{}, {}, start, at.out);
  const auto tag = at.asked<status_request>().tag;
  SECTION("whole") {
    notary_status notary;
    notary.tag = tag;
    at.core.hear(notary_answer{notary}, at.out);
    consensus_status consensus;
    consensus.tag = tag;
    at.core.hear(consensus, at.out);
    CHECK(at.out.empty());
    peer_net_status peer_net;
    peer_net.tag = tag;
    at.core.hear(peer_net, at.out);
  }
  SECTION("in parts") {
    at.core.tick(start + 3s, at.out);
  }
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(std::holds_alternative<node_metrics>(told[0].what));
  CHECK(at.core.calls() == 0);
}

TEST_CASE("a log's reader that is slow is unsubscribed, and goes on at the next height") {
  desk at;
  at.core.open(1, control_log{height{3}, true}, {}, start, at.out);
  const auto first = at.asked<subscribe_request>();
  CHECK(first.from == height{3});
  at.commit(first.tag, 4);
  REQUIRE(at.replies().size() == 1);
  at.core.sent(1, 101, at.out);
  CHECK(at.asked<unsubscribe_request>().tag == first.tag);
  at.commit(first.tag, 5); // was on its way: told again later
  CHECK(at.out.empty());
  at.core.taken(1, 50, at.out);
  CHECK(at.out.empty());
  at.core.taken(1, 51, at.out);
  const auto second = at.asked<subscribe_request>();
  CHECK(second.from == height{5});
  CHECK(second.tag != first.tag);
}

TEST_CASE("each part of a log is acknowledged, and a slow reader goes on within a block") {
  desk at;
  at.core.open(1, control_log{height{3}, true, 7}, {}, start, at.out);
  const auto first = at.asked<subscribe_request>();
  CHECK(first.index == 7);
  auto part = std::make_shared<committed_block>();
  part->at = height{4};
  part->mutations.resize(2);
  part->mutations.back().index = 9;
  part->more = true;
  at.core.hear(notary_answer{committed_answer{first.tag, part}}, at.out);
  CHECK(at.asked<committed_taken>().tag == first.tag);
  at.core.sent(1, 101, at.out);
  at.core.taken(1, 101, at.out);
  const auto second = at.asked<subscribe_request>();
  CHECK(second.from == height{4});
  CHECK(second.index == 10);
}

TEST_CASE(
  "reads of whole variables, whose answers are large, are few at once; others are not held up") {
  desk at;
  at.core = rpc{}; // more calls than two
  control_get whole;
  whole.what.whole = true;
  const auto most = rpc_limits{}.whole_reads_max;
  std::vector<request_tag> asked;
  for (call_id i = 1; i <= most; ++i) {
    at.core.open(i, whole, {}, start, at.out);
    asked.push_back(at.asked<get_request>().tag);
  }
  at.core.open(most + 1, whole, {}, start, at.out);
  const auto refused = at.replies();
  REQUIRE(refused.size() == 1);
  CHECK(std::get<error>(refused[0].what).code == errc::busy);
  at.core.open(most + 2, control_get{}, {}, start, at.out);
  static_cast<void>(at.asked<get_request>());
  at.core.hear(notary_answer{get_answer{asked[3], fail(errc::not_yet)}}, at.out);
  at.core.gone(9, at.out);
  at.out.clear();
  for (call_id i = most + 3; i <= most + 4; ++i) {
    at.core.open(i, whole, {}, start, at.out);
    static_cast<void>(at.asked<get_request>());
  }
  at.core.open(most + 5, whole, {}, start, at.out);
  CHECK(at.replies().size() == 1);
}

TEST_CASE("a log that is not followed ends when all is told") {
  desk at;
  at.core.open(1, control_log{height{1}, false}, {}, start, at.out);
  const auto tag = at.asked<subscribe_request>().tag;
  at.core.hear(notary_answer{subscription_caught_up{tag, height{9}}}, at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 1);
  CHECK(told[0].last);
  CHECK(std::get<log_end>(told[0].what).at == height{9});
}

TEST_CASE("a log goes on where it was in the notary's new life") {
  desk at;
  at.core.open(1, control_log{height{1}, true}, {}, start, at.out);
  const auto tag = at.asked<subscribe_request>().tag;
  at.commit(tag, 6);
  at.out.clear();
  at.core.notary_began();
  at.commit(tag, 7); // its former life's, on the way still
  at.out.clear();
  at.core.notary_restarted(at.out);
  const auto done = at.out;
  CHECK(at.asked<subscribe_request>().from == height{8});
  REQUIRE(done.size() == 2); // whichever life took the first
  CHECK(std::get<unsubscribe_request>(std::get<notary_request>(done.front())).tag == tag);
}

TEST_CASE("what the notary's new life was asked is not forgotten with the former one's") {
  const bool of_new_life = GENERATE(false, true);
  desk at;
  if (of_new_life) {
    at.core.notary_began();
  }
  at.core.open(1, control_propose{}, bytes{std::byte{1}}, start, at.out);
  at.core.open(2, control_log{height{1}, true}, {}, start, at.out);
  if (!of_new_life) {
    at.core.notary_began();
  }
  at.out.clear();
  at.core.notary_restarted(at.out);
  CHECK(at.out.size() == (of_new_life ? 0 : 3));
  CHECK(at.core.calls() == (of_new_life ? 2 : 1));
}

TEST_CASE("a log waits for a notary that is stopped to be restarted, and goes on where it was") {
  desk at;
  at.core.open(1, control_log{height{1}, true}, {}, start, at.out);
  const auto tag = at.asked<subscribe_request>().tag;
  at.commit(tag, 6);
  at.core.sent(1, 10, at.out);
  at.out.clear();
  at.core.hear(notary_answer{subscription_ended{tag, errc::stopping}}, at.out);
  at.core.taken(1, 10, at.out); // its reader has all: nobody can be asked for more
  CHECK(at.out.empty());
  CHECK(at.core.calls() == 1);
  SECTION("the notary lives again") {
    at.core.notary_began();
    at.core.notary_restarted(at.out);
    CHECK(at.asked<subscribe_request>().from == height{7});
  }
  SECTION("its caller hangs up before that") {
    at.core.gone(1, at.out);
    at.core.notary_began();
    at.core.notary_restarted(at.out);
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
  at.core.open(1, control_propose{}, bytes{std::byte{1}}, start, at.out);
  const auto proposed = at.asked<propose_request>().tag;
  at.core.open(2, control_get{}, {}, start, at.out);
  const auto got = at.asked<get_request>().tag;
  at.core.hear(notary_answer{propose_answer{proposed, tl::make_unexpected(stopped)}}, at.out);
  at.core.hear(notary_answer{get_answer{got, tl::make_unexpected(stopped)}}, at.out);
  const auto told = at.replies();
  REQUIRE(told.size() == 2);
  for (const auto& one : told) {
    CHECK(std::get<error>(one.what).code == (node_stops ? errc::stopping : errc::busy));
  }
  at.core.open(3, control_log{height{1}, true}, {}, start, at.out);
  const auto log = at.asked<subscribe_request>().tag;
  at.core.hear(notary_answer{subscription_ended{log, errc::stopping}}, at.out);
  CHECK(at.replies().size() == (node_stops ? 1 : 0));
}

TEST_CASE("a caller that hangs up leaves nothing behind") {
  desk at;
  at.core.open(1, control_log{height{1}, true}, {}, start, at.out);
  const auto tag = at.asked<subscribe_request>().tag;
  at.core.gone(1, at.out);
  CHECK(at.asked<unsubscribe_request>().tag == tag);
  CHECK(at.core.calls() == 0);
  at.commit(tag, 2);
  CHECK(at.out.empty());
}

} // namespace
} // namespace caucus
