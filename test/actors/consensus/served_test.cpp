#include "test/actors/consensus/behind.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

// What servers, who may lie, answer: tips, single blocks, certificates. Each condition
// alone, under an answer that breaks that one and no other; nothing of it is believed or even checked.

namespace caucus::voting {
namespace {

digest batch_named(std::uint8_t which) {
  digest out;
  out.raw[1] = std::byte{which};
  return out;
}

// -- tips ----------------------------------------------------------------------------------------

/// A follower whose tip requests are under way; the group's tip is the child of genesis.
struct asking_tips : lone_core {
  block_header first = child(genesis, view{1}, 0);
  send asked{};

  asking_tips() : lone_core{std::nullopt} {
    live();
    asked = *lone_core::asked<tip_request>();
    done.clear();
    holds = true;
  }
  [[nodiscard]] tip_response tip() const {
    tip_response out;
    out.finalization = certified(vote_kind::finalize, first.view, digest_of(first));
    out.proposal = proposal{{first, {}}, {}};
    return out;
  }
};

TEST_CASE("a tip whose block is not the one that its certificate is for is refused and blamed") {
  struct tip_row {
    const char* name;
    void (*spoil)(tip_response&);
  };
  const tip_row rows[] = {
    {"another block", [](tip_response& what) { what.proposal->block.header.time += wall_ms{1}; }},
    {"a batch that the header does not name",
     [](tip_response& what) { what.proposal->block.batches.push_back(batch_named(1)); }},
    {"signers that are no quorum",
     [](tip_response& what) {
       what.finalization->signers = 0b011;
       what.finalization->signatures.resize(2);
     }},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    asking_tips at;
    auto what = at.tip();
    one.spoil(what);
    at.answer(at.asked, what);
    CHECK(at.held.empty());
    REQUIRE(at.blames().size() == 1);
    CHECK(at.blames().front().link == at.asked.link);
  }
}

TEST_CASE("a tip with a batch twice, which its header names, is refused and blamed") {
  asking_tips at;
  at.first.payload = payload_digest(std::vector{batch_named(1), batch_named(1)});
  auto what = at.tip();
  what.proposal->block.batches = {batch_named(1), batch_named(1)};
  at.answer(at.asked, what);
  CHECK(at.held.empty());
  REQUIRE(at.blames().size() == 1);
}

TEST_CASE("a tip without a finalization, or under another certificate, is nothing to check") {
  for (const auto kind : {vote_kind::notarize, vote_kind::nullify}) {
    asking_tips at;
    auto what = at.tip();
    what.finalization->subject.kind = kind;
    if (kind == vote_kind::nullify) {
      what.finalization->subject.digest = {};
    }
    at.answer(at.asked, what);
    CHECK(at.held.empty());
    CHECK(at.core->current() == view{1});
  }
  asking_tips at;
  auto what = at.tip();
  what.finalization.reset();
  at.answer(at.asked, what);
  CHECK(at.held.empty());
}

TEST_CASE("a tip is believed once its signatures are checked, and not if they are bad") {
  for (const bool good : {true, false}) {
    asking_tips at;
    at.answer(at.asked, at.tip());
    REQUIRE(at.held.size() == 1);
    CHECK(at.held.front().claims.size() == quorum(4));
    CHECK(at.core->status().final_height == height{0});
    at.settle(good);
    CHECK(at.core->status().final_height == height{good ? 1U : 0U});
    CHECK(at.blames().size() == (good ? 0U : 1U));
  }
}

TEST_CASE("a tip without its block is believed, and the block asked for") {
  asking_tips at;
  auto what = at.tip();
  what.proposal.reset();
  at.answer(at.asked, what);
  REQUIRE(at.held.size() == 1);
  at.settle(true);
  CHECK(at.core->status().final_height == height{0});
  const auto asked = at.lone_core::asked<proposal_request>();
  REQUIRE(asked);
  at.answer(*asked, proposal_response{proposal{{at.first, {}}, {}}});
  CHECK(at.core->status().final_height == height{1});
}

TEST_CASE("who asks for a tip gets one above what he has, with its block") {
  lone_core at{std::uint16_t{0}};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(first);
  at.is_executed(first, 1);
  at.finalized(first);
  for (std::uint64_t have = 0; have < 2; ++have) {
    INFO("has " << have);
    at.done.clear();
    at.step(heard{lone_core::link(1), tip_request{height{have}}, 9, 0});
    std::optional<tip_response> said;
    for (const auto& one : at.done) {
      const auto* const sent = std::get_if<send>(&one);
      if (sent != nullptr && sent->responds_to == 9) {
        said = std::get<tip_response>(sent->message);
      }
    }
    REQUIRE(said);
    CHECK(said->finalization.has_value() == (have == 0));
    CHECK(said->proposal.has_value() == (have == 0));
  }
}

// -- blocks --------------------------------------------------------------------------------------

TEST_CASE("a block that is not the one asked for, or not with its payload, is refused and blamed") {
  struct block_row {
    const char* name;
    void (*spoil)(block&);
  };
  const block_row rows[] = {
    {"another block", [](block& what) { what.header.time += wall_ms{1}; }},
    {"a batch that the header does not name",
     [](block& what) { what.batches.push_back(batch_named(1)); }},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    lone_core at{std::nullopt};
    at.live();
    const auto first = lone_core::child(at.genesis, view{1}, 0);
    at.finalized(first);
    const auto asked = at.asked<proposal_request>();
    REQUIRE(asked);
    CHECK(std::get<proposal_request>(asked->message).digest == digest_of(first));
    block what{first, {}};
    one.spoil(what);
    at.done.clear();
    at.answer(*asked, proposal_response{proposal{what, {}}});
    REQUIRE(at.blames().size() == 1);
    CHECK(at.blames().front().link == asked->link);
    CHECK(at.core->status().final_height == height{0});
    INFO("and another is asked at once");
    const auto next = at.asked<proposal_request>();
    REQUIRE(next);
    CHECK(next->link != asked->link);
    at.answer(*next, proposal_response{proposal{{first, {}}, {}}});
    CHECK(at.core->status().final_height == height{1});
  }
}

TEST_CASE("a fetched block with a batch twice, which its header names, is refused") {
  lone_core at{std::nullopt};
  at.live();
  auto first = lone_core::child(at.genesis, view{1}, 0);
  first.payload = payload_digest(std::vector{batch_named(1), batch_named(1)});
  at.finalized(first);
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  at.done.clear();
  at.answer(*asked, proposal_response{proposal{{first, {batch_named(1), batch_named(1)}}, {}}});
  CHECK(at.blames().size() == 1);
  CHECK(at.core->status().final_height == height{0});
}

TEST_CASE("an answer of another kind is no block, and another is asked at once") {
  lone_core at{std::nullopt};
  at.live();
  at.finalized(lone_core::child(at.genesis, view{1}, 0));
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  at.done.clear();
  at.answer(*asked, tip_response{});
  const auto next = at.asked<proposal_request>();
  REQUIRE(next);
  CHECK(next->link != asked->link);
}

TEST_CASE("who lacks a block says so, is not blamed, and each other is asked once at once") {
  lone_core at{std::nullopt};
  at.live();
  at.finalized(lone_core::child(at.genesis, view{1}, 0));
  std::set<link_id> asked_links;
  for (int i = 0; i < 4; ++i) {
    const auto asked = at.asked<proposal_request>();
    REQUIRE(asked);
    CHECK(asked_links.insert(asked->link).second);
    at.done.clear();
    at.answer(*asked, proposal_response{});
    CHECK(at.blames().empty());
  }
  CHECK_FALSE(at.asked<proposal_request>()); // then after a pause
  at.pass(at.config.retry_interval);
  CHECK(at.asked<proposal_request>());
}

TEST_CASE("an answer to no question, and one of another kind than was asked for, change nothing") {
  behind at;
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.step(heard{asked->link, at.page(0, 9), 0, asked->request + 1'000});
  CHECK(at.core->status().final_height == height{0});
  at.answer(*asked, tip_response{});
  CHECK(at.core->status().final_height == height{0});
  CHECK(at.blames().empty());
  CHECK(at.asked_page()); // the question is over, so it is asked again
}

// -- certificates --------------------------------------------------------------------------------

TEST_CASE("a page of certificates never holds more than the wire allows, whatever views are held") {
  for (std::uint64_t alone = 1; alone <= 3; ++alone) {
    INFO("views with one certificate first: " << alone);
    lone_core at{0, 64};
    at.live();
    for (std::uint64_t in = 1; in <= 40; ++in) {
      if (in > alone) { // both
        at.hear(63, at.certified(vote_kind::notarize, view{in}, lone_core::root(9)));
      }
      at.hear(63, at.certified(vote_kind::nullify, view{in}));
    }
    at.done.clear();
    at.step(heard{lone_core::link(1), certificate_request{view{1}, view{40}}, 9, 0});
    std::optional<certificate_page> said;
    for (const auto& one : at.done) {
      const auto* const sent = std::get_if<send>(&one);
      if (sent != nullptr && sent->responds_to == 9) {
        said = std::get<certificate_page>(sent->message);
      }
    }
    REQUIRE(said);
    CHECK(said->certificates.size() <= certificates_per_page_max);
    CHECK(said->certificates.size() + 2 > certificates_per_page_max);
    CHECK(said->certificates.front().subject.view == view{1});
    INFO("and of no view after the one asked for");
    at.done.clear();
    at.step(heard{lone_core::link(1), certificate_request{view{2}, view{3}}, 10, 0});
    for (const auto& one : at.done) {
      const auto* const sent = std::get_if<send>(&one);
      if (sent != nullptr && sent->responds_to == 10) {
        for (const auto& each : std::get<certificate_page>(sent->message).certificates) {
          CHECK(each.subject.view >= view{2});
          CHECK(each.subject.view <= view{3});
        }
      }
    }
  }
}

TEST_CASE("of one link so many certificates wait to be checked, and no more") {
  lone_core at{std::uint16_t{0}};
  at.live();
  at.holds = true;
  for (std::uint64_t in = 10; in < 60; ++in) {
    at.hear(1, at.certified(vote_kind::nullify, view{in}));
  }
  CHECK(at.held.size() == candidates_per_link_max);
  INFO("another link has its own");
  at.hear(2, at.certified(vote_kind::nullify, view{59}));
  CHECK(at.held.size() == candidates_per_link_max + 1);
}

TEST_CASE("one link is served so many requests in an interval, and more in the next") {
  lone_core at{std::uint16_t{0}};
  at.live();
  const auto answered = [&] {
    std::size_t out = 0;
    for (const auto& one : at.done) {
      const auto* const sent = std::get_if<send>(&one);
      out += sent != nullptr && sent->responds_to != 0 ? 1 : 0;
    }
    at.done.clear();
    return out;
  };
  at.done.clear();
  for (std::uint64_t i = 1; i <= 3 * served_per_interval_max; ++i) {
    switch (i % 3) {
      case 0: at.step(heard{lone_core::link(1), tip_request{}, i, 0}); break;
      case 1: at.step(heard{lone_core::link(1), proposal_request{}, i, 0}); break;
      default: at.step(heard{lone_core::link(1), certificate_request{}, i, 0}); break;
    }
  }
  CHECK(answered() == served_per_interval_max);
  at.step(heard{lone_core::link(2), tip_request{}, 5'000, 0});
  CHECK(answered() == 1);
  at.pass(at.config.retry_interval);
  at.done.clear();
  at.step(heard{lone_core::link(1), tip_request{}, 5'001, 0});
  CHECK(answered() == 1);
}

} // namespace
} // namespace caucus::voting
