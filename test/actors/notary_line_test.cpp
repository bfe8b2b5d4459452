#include "actors/notary_line.hpp"

#include "runtime/base/virtual_clock.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<doorbell> unheard() {
  return std::make_shared<doorbell>([] {});
}

/// One life of an asker, and the notary's ends held by the test.
struct asker_life {
  inbox<notary_answer> heard;
  outbox<notary_request> asks;
  turns in;
  notary_line line;

  asker_life(context& around, const std::shared_ptr<ring<notary_answer>>& answers,
             const std::shared_ptr<ring<notary_request>>& requests)
      : heard{answers}, asks{requests}, in{around}, line{around, heard, asks} {
    in.runs(line);
    heard.begin_life();
    asks.begin_life();
  }
};

struct lines {
  virtual_clock clock;
  context around{clock.steady()};
  std::shared_ptr<ring<notary_answer>> answers;
  std::shared_ptr<ring<notary_request>> requests;
  outbox<notary_answer> tell;
  inbox<notary_request> asked;
  std::optional<asker_life> asker;
  std::vector<std::uint64_t> heights;
  std::vector<std::string> ends; ///< of proposals

  explicit lines(std::size_t capacity = 64)
      : answers{std::make_shared<ring<notary_answer>>(capacity, unheard(), unheard())},
        requests{std::make_shared<ring<notary_request>>(capacity, unheard(), unheard())} {
    start_notary();
    start_asker();
  }
  void start_notary() {
    tell = {};
    asked = {};
    tell = outbox<notary_answer>{answers};
    tell.begin_life();
    asked = inbox<notary_request>{requests};
    asked.begin_life();
  }
  void start_asker() {
    asker.reset();
    clock.advance(1ms);
    asker.emplace(around, answers, requests);
  }
  notary_line& line() { return asker->line; }
  void subscribe(std::uint64_t from) {
    line().subscribe(height{from},
                     [this](const committed_block& one) { heights.push_back(one.height.value()); });
  }
  void propose(std::string id, duration timeout = 1s) {
    mutation what;
    what.variable = variable_id{1};
    what.arguments = {std::int64_t{1}};
    REQUIRE(line().propose(what, std::move(id), timeout, [this](const result<receipt>& how) {
      ends.push_back(how ? "applied" : std::string{to_string(how.error().code)});
    }));
  }
  void run() {
    while (asker->in.step()) {
    }
  }
  /// What the asker asks, until it is idle.
  template <class T>
  std::vector<T> all() {
    std::vector<T> out;
    run();
    static_cast<void>(asked.restarted());
    asked.drain(1'024, [&](const notary_request& one) {
      if (const auto* const it = std::get_if<T>(&one)) {
        out.push_back(*it);
      }
    });
    return out;
  }
  void answer(notary_answer what) { REQUIRE(tell.try_push(std::move(what))); }
  void block(request_tag tag, std::uint64_t at) {
    auto made = std::make_shared<committed_block>();
    made->height = height{at};
    answer(committed_answer{tag, std::move(made)});
  }
};

TEST_CASE("blocks are heard from the height asked for, and again from the next after a restart of "
          "the notary") {
  lines of;
  of.subscribe(5);
  const auto first = of.all<subscribe_request>();
  REQUIRE(first.size() == 1);
  CHECK(first.front().height == height{5});
  of.block(first.front().tag, 5);
  of.block(first.front().tag, 9);
  of.answer(subscription_caught_up{first.front().tag, height{9}});
  of.run();
  CHECK(of.line().caught_up());
  of.block(first.front().tag, 12); // told, and not taken before the notary ends
  of.start_notary();
  const auto second = of.all<subscribe_request>();
  REQUIRE(second.size() == 1);
  CHECK(second.front().height == height{13});
  CHECK_FALSE(of.line().caught_up());
  of.block(second.front().tag, 13);
  of.run();
  CHECK(of.heights == std::vector<std::uint64_t>{5, 9, 12, 13});
}

TEST_CASE("each part of a block is acknowledged, and a new life of the notary goes on within it") {
  lines of;
  of.subscribe(5);
  const auto first = of.all<subscribe_request>().at(0).tag;
  auto part = std::make_shared<committed_block>();
  part->height = height{5};
  part->mutations.resize(1);
  part->mutations.back().index = 3;
  part->more = true;
  of.answer(committed_answer{first, part});
  const auto taken = of.all<committed_taken>();
  REQUIRE(taken.size() == 1);
  CHECK(taken.front().tag == first);
  of.start_notary();
  const auto second = of.all<subscribe_request>();
  REQUIRE(second.size() == 1);
  CHECK(second.front().height == height{5});
  CHECK(second.front().index == 4);
}

TEST_CASE("what was told to an asker's former life is not heard by the next one") {
  lines of;
  of.subscribe(1);
  const auto before = of.all<subscribe_request>().at(0).tag;
  of.propose("a");
  const auto proposed = of.all<propose_request>().at(0).tag;
  of.block(before, 7);
  of.answer(propose_answer{proposed, receipt{}});
  of.start_asker();
  of.subscribe(4);
  of.propose("b");
  of.run();
  CHECK(of.heights.empty());
  CHECK(of.ends.empty());
  const auto after = of.all<subscribe_request>();
  REQUIRE(after.size() == 1);
  CHECK(after.front().height == height{4});
}

TEST_CASE("a proposal with an id outlives the notary, and one without is never made twice") {
  lines of;
  of.propose("goal/1");
  of.propose("");
  const auto first = of.all<propose_request>();
  REQUIRE(first.size() == 2);
  of.start_notary();
  const auto again = of.all<propose_request>();
  REQUIRE(again.size() == 1);
  CHECK(again.front().request_id == "goal/1");
  CHECK(of.ends == std::vector<std::string>{"outcome_unknown"});
  of.answer(propose_answer{again.front().tag, receipt{}});
  of.answer(propose_answer{again.front().tag, receipt{}}); // asked twice, it may answer twice
  of.run();
  CHECK(of.ends == std::vector<std::string>{"outcome_unknown", "applied"});
  CHECK(of.line().open() == 0);
}

TEST_CASE("a notary that is busy or stops is asked again till the time is over") {
  const auto why = GENERATE(errc::busy, errc::stopping, errc::outcome_unknown);
  lines of;
  of.propose("a", 1s);
  auto asked = of.all<propose_request>();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(asked.size() == 1);
    of.answer(propose_answer{asked.front().tag, fail(why)});
    CHECK(of.all<propose_request>().empty());
    CHECK(of.asker->in.idle());
    CHECK(of.around.next_wake().has_value());
    of.clock.advance(notary_line::busy_pause);
    CHECK_FALSE(of.asker->in.idle());
    asked = of.all<propose_request>();
  }
  CHECK(asked.at(0).timeout == 1s - 3 * notary_line::busy_pause);
  of.clock.advance(1s);
  of.answer(propose_answer{asked.front().tag, fail(why)});
  of.run();
  CHECK(of.ends == std::vector<std::string>{std::string{to_string(why)}});
}

TEST_CASE(
  "a proposal whose time is over while the notary is away ends once, as unknown or unasked") {
  lines of{2};
  of.propose("a");
  of.propose("b");
  of.propose("never asked"); // the edge holds two
  of.run();
  CHECK(of.asker->in.idle()); // waits for room
  of.clock.advance(2s);
  of.start_notary();
  of.run();
  CHECK(of.ends == std::vector<std::string>{"outcome_unknown", "outcome_unknown", "timed_out"});
  CHECK(of.line().open() == 0);
}

TEST_CASE(
  "a subscription that is refused for want of room is asked for again, and one whose history "
  "is gone is not") {
  lines of;
  of.subscribe(3);
  const auto first = of.all<subscribe_request>();
  of.answer(subscription_ended{first.at(0).tag, errc::busy});
  CHECK(of.all<subscribe_request>().empty());
  of.clock.advance(notary_line::busy_pause);
  const auto second = of.all<subscribe_request>();
  REQUIRE(second.size() == 1);
  of.answer(subscription_ended{second.front().tag, errc::history_gone});
  of.run();
  CHECK(of.line().ended() == errc::history_gone);
  of.clock.advance(1s);
  of.start_notary();
  CHECK(of.all<subscribe_request>().empty());
}

TEST_CASE("where blocks are kept no more a gap is told, and what follows; without it all ends") {
  const bool hears = GENERATE(true, false);
  lines of;
  std::vector<ledger_gap> gaps;
  notary_line::on_gap gap;
  if (hears) {
    gap = [&gaps, &of](const ledger_gap& what) {
      gaps.push_back(what);
      CHECK(of.line().next() == what.next); // noted, should it throw
    };
  }
  of.line().subscribe(
    height{}, [&](const committed_block& one) { of.heights.push_back(one.height.value()); }, gap);
  auto asked = of.all<subscribe_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].height == height{1});
  of.answer(subscription_ended{asked[0].tag, errc::pruned, height{40}});
  of.run();
  asked = of.all<subscribe_request>();
  if (!hears) {
    CHECK(asked.empty());
    CHECK(of.line().ended() == errc::pruned);
    return;
  }
  CHECK(gaps == std::vector<ledger_gap>{{height{1}, height{40}}});
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].height == height{40});
  CHECK(asked[0].index == 0);
  CHECK_FALSE(of.line().ended());
  // One that leaves nothing out is none: it would be asked for ever.
  of.answer(subscription_ended{asked[0].tag, errc::pruned, height{40}});
  of.run();
  CHECK(gaps.size() == 1);
  CHECK(of.line().ended() == errc::pruned);
}

TEST_CASE("blocks without mutations are no gap: who was caught up goes on behind them") {
  lines of;
  std::vector<ledger_gap> gaps;
  of.line().subscribe(
    height{3}, [](const committed_block&) {},
    [&gaps](const ledger_gap& what) { gaps.push_back(what); });
  auto asked = of.all<subscribe_request>();
  REQUIRE(asked.size() == 1);
  // A part of a block, then the end of what there is: the rest of it had none either.
  auto part = std::make_shared<committed_block>();
  part->height = height{4};
  part->mutations.emplace_back();
  part->more = true;
  of.answer(committed_answer{asked[0].tag, part});
  of.answer(subscription_caught_up{asked[0].tag + 1, height{90}}); // another's
  of.run();
  CHECK(of.line().next() == height{4});
  of.answer(subscription_ended{asked[0].tag, errc::pruned, height{40}});
  of.run();
  CHECK(gaps == std::vector<ledger_gap>{{height{4}, height{40}}});
  asked = of.all<subscribe_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].index == 0);
  of.answer(subscription_caught_up{asked[0].tag, height{70}});
  of.run();
  CHECK(of.line().caught_up());
  CHECK(of.line().next() == height{71});
  of.answer(subscription_ended{asked[0].tag, errc::pruned, height{80}});
  of.run();
  CHECK(gaps.back() == ledger_gap{height{71}, height{80}});
  CHECK_FALSE(of.line().caught_up());
}

TEST_CASE("reads are asked again after a restart, and more than the line holds are refused") {
  lines of;
  std::vector<errc> ends;
  const auto note = [&ends](const result<std::shared_ptr<const answer>>& how) {
    ends.push_back(how ? errc{} : how.error().code);
  };
  read_request what;
  what.variable = "score";
  REQUIRE(of.line().get(what, false, 1s, note));
  REQUIRE(of.all<get_request>().size() == 1);
  of.start_notary();
  const auto again = of.all<get_request>();
  REQUIRE(again.size() == 1);
  CHECK(again.front().read.variable == "score");
  of.answer(get_answer{again.front().tag, fail(errc::unknown_variable)});
  of.run();
  CHECK(ends == std::vector<errc>{errc::unknown_variable});
  while (of.line().open() < notary_line::open_max) {
    REQUIRE(of.line().get(what, false, 1s, note));
  }
  CHECK(of.line().get(what, false, 1s, note).error().code == errc::busy);
}

TEST_CASE(
  "how the group is is heard from each life of the notary, and when it is asked for again") {
  lines of;
  std::vector<std::uint64_t> told;
  of.line().follow_group([&](const group_told& what) { told.push_back(what.height.value()); });
  const auto say = [&](request_tag tag, std::uint64_t at) {
    group_told what;
    what.tag = tag;
    what.height = height{at};
    of.answer(what);
    of.run();
  };
  const auto first = of.all<group_request>();
  REQUIRE(first.size() == 1);
  say(first[0].tag, 3);
  say(first[0].tag, 4);
  of.line().ask_group();
  const auto second = of.all<group_request>();
  REQUIRE(second.size() == 1);
  say(first[0].tag, 5); // of a question that is over
  say(second[0].tag, 6);
  CHECK(told == std::vector<std::uint64_t>{3, 4, 6});
  of.start_notary();
  const auto third = of.all<group_request>();
  REQUIRE(third.size() == 1);
  say(third[0].tag, 7);
  CHECK(told.back() == 7);
}

TEST_CASE("proofs are asked for by the page, again after the notary's restart, and told once") {
  lines of;
  std::vector<std::uint64_t> pages;
  of.line().evidence(64, [&](const evidence_answer& page) { pages.push_back(page.skipped); });
  auto asked = of.all<evidence_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].skipped == 64);
  of.start_notary();
  asked = of.all<evidence_request>();
  REQUIRE(asked.size() == 1);
  for (int i = 0; i < 2; ++i) {
    of.answer(evidence_answer{asked[0].tag, 64, 100, {}, {}});
    of.run();
  }
  CHECK(pages == std::vector<std::uint64_t>{64});
  of.start_notary();
  CHECK(of.all<evidence_request>().empty());
}

} // namespace
} // namespace caucus
