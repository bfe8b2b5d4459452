#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

/// Reads that ask a quorum.

namespace caucus::testing {
namespace {

TEST_CASE("a stale answer is refused below the height seen") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto early = g.get(1, "score");
  g.run();
  const auto old = *g.answer_for(1, early);
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  static_cast<void>(g.get(0, "score"));
  g.run(); // node 0 has told of the newest
  g.tamper_reads = [&](std::size_t, read_response& what) { what = {*old, {}}; };
  const auto fresh = g.get(0, "score", {}, false, true);
  g.run();
  g.tick(duration{5'000'000}); // asked again and again, they say nothing else
  CHECK(g.answer_for(0, fresh).error().code == errc::no_quorum_answered);
  g.tamper_reads = nullptr;
  const auto honest = g.get(0, "score", {}, false, true);
  g.run();
  CHECK(g.value_for(0, honest) == "2");
}

TEST_CASE("a question that no frame can carry is refused, fresh or not") {
  group g;
  g.order();
  for (const bool fresh : {false, true}) {
    const auto name = g.get(0, std::string(name_size_max + 1, 'x').c_str(), {}, false, fresh);
    const auto key = g.get(0, "tags", std::string(proven_key_size_max + 1, 'k'), false, fresh);
    g.run();
    CHECK(g.answer_for(0, name).error().code == errc::unknown_variable);
    CHECK(g.answer_for(0, key).error().code == errc::wrong_arguments);
  }
}

TEST_CASE("a fresh read by a client needs a quorum of members and takes their highest") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto newest = g.make_block({});
  for (std::size_t i = 0; i < 4; ++i) { // the client does not hear of it
    g.finalized(i, newest);
  }
  g.run();
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.verified(**g.answer_for(4, tag))->at == newest->header.at);
  g.at(0).linked = false;
  g.at(1).linked = false;
  const auto too_few = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(4, too_few).empty()); // one may come back in time
  g.tick(duration{5'000'000});
  CHECK(g.answer_for(4, too_few).error().code == errc::no_quorum_answered);
  CHECK(g.answer_for(4, too_few).error().detail == "2 of 4 members answered in time, 3 are needed");
}

TEST_CASE("a fresh read takes a member that comes back in time, and none twice") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  g.at(0).linked = false;
  g.at(1).linked = false;
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  g.tick(duration{600'000}); // two have answered, and are not asked again
  CHECK(g.answers<get_answer>(4, tag).empty());
  g.at(1).linked = true;
  g.tick(duration{600'000});
  CHECK(g.value_for(4, tag) == "1");
}

TEST_CASE(
  "a fresh read of more than an answer holds is refused at once, by what a node knows itself") {
  group g{small_genesis(), 1};
  for (std::size_t i = 0; i <= entries_per_answer_max; ++i) {
    static_cast<void>(g.propose(0, "tags", "insert", {"tag " + std::to_string(i)}));
  }
  g.order();
  for (const std::size_t who : {0U, 4U}) {
    const auto tag = g.get(who, "tags", {}, true, true);
    g.run();
    REQUIRE(g.answers<get_answer>(who, tag).size() == 1);
    CHECK(g.answer_for(who, tag).error().code == errc::too_long);
  }
}

TEST_CASE(
  "a fresh read by a client that is behind ends as too long when more say so than may lie") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "tags", "insert", {"one"}));
  g.order();
  const std::size_t liars = GENERATE(1U, 2U);
  g.tamper_reads = [&](std::size_t from, read_response& what) {
    if (from < liars) {
      what = {std::nullopt, errc::too_long};
    }
  };
  const auto tag = g.get(4, "tags", {}, true, true);
  g.run();
  if (liars == 1) {
    CHECK(g.verified(**g.answer_for(4, tag))->entries.size() == 2);
  } else {
    CHECK(g.answer_for(4, tag).error().code == errc::too_long);
  }
}

} // namespace
} // namespace caucus::testing
