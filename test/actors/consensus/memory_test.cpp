#include "actors/consensus/journal_codec.hpp"
#include "runtime/archive/codec.hpp"
#include "test/actors/consensus/lone_core.hpp"

#include "test/catch.hpp"

#include <algorithm>

// What one replica keeps while nothing becomes final.

namespace caucus::voting {
namespace {

constexpr duration long_after{600'000'000};

struct undecided : lone_core {
  using lone_core::lone_core;

  /// The group nullifies all views from the current one up to `last`, other members' votes first.
  void nullify_to(std::uint64_t last) {
    while (core->current() <= view{last}) {
      const auto in = core->current();
      for (std::uint16_t from = 1; from < 3; ++from) {
        hear(from, vote{{vote_kind::nullify, epoch{}, in, {}}, member_index{from}, {}});
      }
      hear(other(), certified(vote_kind::nullify, in));
    }
  }
  [[nodiscard]] std::size_t record_count() const { return core->live_records().size(); }
};

TEST_CASE("rule 9: below a notarized block that is held nothing is kept but the blocks to it") {
  undecided at{std::uint16_t{0}};
  at.live();
  auto parent = at.genesis;
  std::uint64_t in = 1;
  for (std::uint8_t i = 0; i < 40;
       ++i) { // each block never final, and nine views nullified after it
    at.nullify_to(in - 1);
    const auto next = lone_core::child(parent, view{in}, i);
    at.notarized(next);
    at.is_executed(next, static_cast<std::uint8_t>(i + 1));
    parent = next;
    in += 10;
  }
  CHECK(at.core->held_view_count() <= kept_views + 2);
  CHECK(at.record_count() <= 40 + 3 * (kept_views + 2) + 1);
  INFO("and the finalization of the newest makes all of them final");
  at.finalized(parent);
  CHECK(at.core->status().final_height == height{40});
  CHECK(at.core->held_view_count() <= 1);
}

TEST_CASE("rule 4: views above the newest notarized block are kept, as each must stay provable") {
  undecided at{std::uint16_t{0}};
  at.live();
  at.nullify_to(1'000);
  at.done.clear();
  CHECK(at.core->held_view_count() >= 1'000);
  at.step(heard{lone_core::link(1), certificate_request{view{1}, view{1'000}}, 9, 0});
  for (const auto& one : at.done) {
    if (const auto* const sent = std::get_if<send>(&one)) {
      const auto* const page = std::get_if<certificate_page>(&sent->message);
      REQUIRE(page != nullptr);
      CHECK(page->certificates.front().subject.view == view{1});
      CHECK(page->certificates.size() + 2 > certificates_per_page_max);
    }
  }
}

TEST_CASE(
  "at the limit of undecided views a replica says so and votes no more until one is final") {
  undecided at{std::uint16_t{0}};
  at.config.undecided_views_max = 50;
  at.live();
  at.nullify_to(49);
  const auto stays = at.core->current();
  CHECK(at.core->full());
  CHECK_FALSE(at.core->status().votes);
  CHECK(at.core->status().problem.find("no block became final") == 0);
  at.take_votes();
  for (std::uint64_t in = stays.value(); in < 500; ++in) {
    at.hear(1, at.certified(vote_kind::nullify, view{in}));
    at.pass(long_after);
  }
  CHECK(at.core->held_view_count() <= 51);
  CHECK(at.take_votes().empty());
  INFO("a restart grants as many again");
  at.journal = at.core->live_records();
  at.live();
  CHECK_FALSE(at.core->full());
  CHECK(at.core->status().votes);
  at.nullify_to(90);
  CHECK_FALSE(at.core->full());
  INFO("and a final block ends it");
  at.nullify_to(98);
  CHECK(at.core->full());
  const auto block = lone_core::child(at.genesis, view{601}, 0);
  at.finalized(block);
  for (const auto& one : std::exchange(at.done, {})) {
    const auto* const asked = std::get_if<send>(&one);
    if (asked != nullptr && std::holds_alternative<proposal_request>(asked->message)) {
      at.step(heard{asked->link, proposal_response{proposal{{block, {}}, {}}}, 0, asked->request});
    }
  }
  CHECK_FALSE(at.core->full());
  CHECK(at.core->status().votes);
  CHECK(at.core->current() == view{602});
}

TEST_CASE(
  "rule 8: a restart after views were forgotten contradicts nothing and goes on above them") {
  undecided at{std::uint16_t{0}};
  at.live();
  auto parent = at.genesis;
  for (std::uint64_t in = 1; in < 60; ++in) {
    if (in % 4 == 0) {
      at.nullify_to(in); // its own
      continue;
    }
    const auto next =
      lone_core::child(parent, view{in}, static_cast<std::uint8_t>(parent.view.value()));
    at.notarized(next);
    at.is_executed(next, static_cast<std::uint8_t>(in));
    parent = next;
  }
  at.take_votes();
  at.journal = at.core->live_records();
  const auto before = at.core->current();
  at.live();
  CHECK(at.core->current() == before);
  CHECK(at.core->status().problem.empty());
  std::size_t told = 0;
  for (const auto& one : at.done) {
    const auto* const what = std::get_if<tell>(&one);
    told += what != nullptr && std::holds_alternative<block_notarized>(what->item) ? 1 : 0;
  }
  CHECK(told == 45); // the whole chain came back, from the tip on
  at.take_votes();
  for (std::uint64_t in = 1; in <= 40; ++in) { // old views' certificates bring no vote in them
    at.hear(1, at.certified(vote_kind::nullify, view{in}));
    at.pass(duration{1'000});
  }
  for (const auto& one : at.take_votes()) {
    CHECK(one.subject.view > view{60 - kept_views});
  }
}

TEST_CASE(
  "rule 8: a journal that is all that is left keeps a replica from voting again where it has") {
  undecided at{std::uint16_t{0}};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(first);
  at.is_executed(first, 1);
  at.finalized(first);
  at.step(ledger_advanced{height{1}});
  at.journal = at.core->live_records(); // compacted; and the ledger is taken away
  at.live();
  at.take_votes();
  const auto other = lone_core::child(at.genesis, view{1}, 0);
  at.hear(1, proposal{{other, {}}, {}});
  at.pass(long_after);
  CHECK(at.take_votes().empty());
  CHECK(at.core->status().problem.find("up to 1 ") != std::string::npos);
}

TEST_CASE("so does one that a later life compacted, when the ledger it rested on is taken away") {
  undecided at{std::uint16_t{0}};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(first);
  at.is_executed(first, 1);
  at.finalized(first);
  at.core =
    std::make_unique<consensus>(at.config, &at.key, at.journal); // the block is in the ledger
  const auto by = at.certified(vote_kind::finalize, view{1}, digest_of(first));
  at.step(ledger_tip{digest_of(first), first, by, lone_core::root(1), lone_core::root(1), false});
  at.journal = at.core->live_records();
  at.live();
  at.take_votes();
  at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 0), {}}, {}});
  at.pass(long_after);
  CHECK(at.take_votes().empty());
  CHECK(at.core->status().problem.find("up to 1 ") != std::string::npos);
}

TEST_CASE("when each leader's proposal was bad, views pass by timers and not as fast as messages") {
  undecided at{std::uint16_t{0}};
  at.live();
  at.nullify_to(4); // as many as there are leaders
  at.take_votes();
  const auto in = at.core->current();
  auto bad = lone_core::child(at.genesis, in, 7); // another root than genesis leads to
  at.hear(in.value() % 4, proposal{{bad, {}}, {}});
  CHECK(at.take_votes().empty());
  at.pass(long_after);
  const auto votes = at.take_votes();
  REQUIRE(!votes.empty());
  CHECK(votes.front().subject == subject{vote_kind::nullify, epoch{}, in, {}});
}

TEST_CASE("a first bad proposal is nullified at once") {
  undecided at{std::uint16_t{0}};
  at.live();
  at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 7), {}}, {}});
  const auto votes = at.take_votes();
  REQUIRE(votes.size() == 1);
  CHECK(votes.front().subject.kind == vote_kind::nullify);
}

TEST_CASE("a leader that lacks the newest certificates asks for those, not for what it holds") {
  undecided at{std::uint16_t{0}};
  at.live();
  at.nullify_to(300);
  at.done.clear();
  at.hear(1, at.certified(vote_kind::nullify, view{399})); // one of far ahead: 301..398 are missing
  at.step(batch_held{lone_core::root(5), lone_core::peer(1), batch_number{1}, 10, false});
  std::optional<certificate_request> asked;
  for (const auto& one : at.done) {
    const auto* const sent = std::get_if<send>(&one);
    if (sent != nullptr && std::holds_alternative<certificate_request>(sent->message)) {
      asked = std::get<certificate_request>(sent->message);
    }
  }
  REQUIRE(asked);
  CHECK(asked->first > view{300});
  CHECK(asked->last == view{398});
}

proposal listing(block_header header, std::vector<digest> batches) {
  header.payload = payload_digest(batches);
  return {{header, std::move(batches)}, {}};
}

/// A chain of notarized blocks, none final, that lists `undecided_batches_max` batches less `room`; in
/// the view after it member 1 leads.
struct listed_full : undecided {
  block_header last{};

  explicit listed_full(std::size_t room) : undecided{std::uint16_t{0}} {
    live();
    last = genesis;
    std::uint64_t number = 0;
    for (std::size_t left = undecided_batches_max - room; left > 0;) {
      if (core->current().value() % 4 == 0) { // its own
        nullify_to(core->current().value());
        continue;
      }
      const auto count = std::min(left, batches_per_block_max);
      left -= count;
      std::vector<digest> batches(count);
      for (auto& one : batches) {
        ++number;
        one.raw[1] = static_cast<std::byte>(number);
        one.raw[2] = static_cast<std::byte>(number >> 8);
        one.raw[3] = std::byte{1};
      }
      const auto next = listing(child(last, core->current(), 0), std::move(batches));
      hear(core->current().value() % 4, next);
      hear(other(),
           certified(vote_kind::notarize, next.block.header.view, digest_of(next.block.header)));
      last = next.block.header;
      is_executed(last, 0);
    }
    while (core->current().value() % 4 != 1) {
      nullify_to(core->current().value());
    }
    step(batch_held{root(200), peer(1), batch_number{1}, 10, false});
    step(batch_held{root(201), peer(1), batch_number{2}, 10, false});
    take_votes();
  }
  [[nodiscard]] bool votes_for(const proposal& what) {
    const auto id = digest_of(what.block.header);
    hear(core->current().value() % 4, what);
    const auto votes = take_votes();
    return std::any_of(votes.begin(), votes.end(),
                       [&](const vote& one) { return one.subject.digest == id; });
  }
};

TEST_CASE(
  "what is not final lists no more than a page of blocks holds, and goes on with empty blocks") {
  listed_full at{1};
  const auto header = lone_core::child(at.last, at.core->current(), 0);
  SECTION("as much as fits is voted for") {
    CHECK(at.votes_for(listing(header, {lone_core::root(200)})));
  }
  SECTION("more waits for a finalization") {
    CHECK_FALSE(at.votes_for(listing(header, {lone_core::root(200), lone_core::root(201)})));
    at.finalized(at.last);
    const auto votes = at.take_votes();
    REQUIRE(!votes.empty());
    CHECK(votes.front().subject.kind == vote_kind::notarize);
  }
  SECTION("an empty one is always good") {
    const auto full = listing(header, {lone_core::root(200)});
    REQUIRE(at.votes_for(full));
    at.hear(
      3, at.certified(vote_kind::notarize, full.block.header.view, digest_of(full.block.header)));
    at.is_executed(full.block.header, 0);
    CHECK(at.votes_for(listing(lone_core::child(full.block.header, at.core->current(), 0), {})));
  }
  SECTION("also on more than that, which others, who know of a finalization, voted for") {
    const auto more = listing(header, {lone_core::root(200), lone_core::root(201)});
    CHECK_FALSE(at.votes_for(more));
    at.hear(3, at.certified(vote_kind::notarize, header.view, digest_of(more.block.header)));
    at.is_executed(more.block.header, 0);
    CHECK(at.votes_for(listing(lone_core::child(more.block.header, at.core->current(), 0), {})));
  }
}

TEST_CASE("a page holds as many blocks as it may have, with all the batches of an undecided run") {
  chain_page page;
  page.blocks.resize(blocks_per_page_max);
  for (std::size_t i = 0; i < undecided_batches_max; i += batches_per_block_max) {
    page.blocks[i / batches_per_block_max].batches.resize(batches_per_block_max);
  }
  page.finalization = certificate{{}, ~std::uint64_t{0}, std::vector<signature>(64)};
  CHECK(encoded_size(page) + 8 * 1024 <= body_size_max); // which the server leaves free
}

TEST_CASE("a leader lists what still fits beside what is not final") {
  const std::size_t room = GENERATE(0U, 1U);
  listed_full at{room};
  at.nullify_to(at.core->current().value() + 2);
  REQUIRE(at.core->current().value() % 4 == 0);
  at.pass(at.config.delta_max);
  std::optional<proposal> said;
  for (const auto& one : at.done) {
    const auto* const many = std::get_if<multicast>(&one);
    if (const auto* const mine =
          many == nullptr ? nullptr : std::get_if<proposal>(&many->message)) {
      said = *mine;
    }
  }
  REQUIRE(said);
  CHECK(said->block.header.parent == digest_of(at.last));
  CHECK(said->block.batches.size() == room);
}

} // namespace
} // namespace caucus::voting
