#include "test/actors/consensus/third_view.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

// What a replica asks of a proposal before it votes for it: each condition of rule 4 alone, under a
// leader that breaks that one and no other.

namespace caucus::voting {
namespace {

struct row {
  const char* name;
  void (*spoil)(const in_third_view&, block_header&);
};

void each_is_nullified(const std::vector<row>& rows, bool is_final) {
  for (const auto& one : rows) {
    INFO(one.name);
    in_third_view at{is_final};
    auto what = at.good;
    one.spoil(at, what);
    CHECK(at.proposed(what) == reaction::nullifies);
  }
}

TEST_CASE("a proposal that follows the notarized block of its parent's view is voted for") {
  for (const bool is_final : {false, true}) {
    in_third_view at{is_final};
    CHECK(at.proposed(at.good) == reaction::notarizes);
  }
}

TEST_CASE(
  "rule 4: a header whose parent, view, height, time or root is wrong is nullified at once") {
  each_is_nullified(
    {
      {"its parent's view is its own",
       [](const auto&, auto& what) { what.parent_view = what.view; }},
      {"its parent's view is after its own",
       [](const auto&, auto& what) { what.parent_view = what.view.next(); }},
      {"another parent than the one that was notarized",
       [](const auto&, auto& what) { what.parent = lone_core::root(9); }},
      {"another parent in the final view than the final block",
       [](const auto&, auto& what) {
         what.parent = lone_core::root(9);
         what.parent_view = {};
       }},
      {"the final block, said to be of the view that was notarized after it",
       [](const auto& at, auto& what) { what.parent = digest_of(at.genesis); }},
      {"a height too high", [](const auto&, auto& what) { what.height = what.height.next(); }},
      {"its parent's height", [](const auto& at, auto& what) { what.height = at.first.height; }},
      {"a time before its parent's",
       [](const auto& at, auto& what) { what.time = at.first.time - wall_ms{1}; }},
      {"another state root", [](const auto&, auto& what) { what.state_root = lone_core::root(7); }},
      {"another receipts root",
       [](const auto&, auto& what) { what.receipts_root = lone_core::root(7); }},
    },
    false);
}

TEST_CASE("so is one that does not stand on the newest final block") {
  each_is_nullified(
    {
      {"it stands below the final block",
       [](const auto& at, auto& what) {
         what = lone_core::child(at.genesis, what.view, 0);
         what.time = at.first.time;
       }},
      {"it says that the final block is of a later view, which was nullified",
       [](const auto&, auto& what) { what.parent_view = view{2}; }},
      {"a height too high", [](const auto&, auto& what) { what.height = what.height.next(); }},
      {"a time before the final block's",
       [](const auto& at, auto& what) { what.time = at.first.time - wall_ms{1}; }},
      {"another parent in the final block's view",
       [](const auto&, auto& what) { what.parent = lone_core::root(9); }},
    },
    true);
}

TEST_CASE(
  "rule 4: a parent that its leader proposed beside the notarized one is not taken for it") {
  lone_core at{0, 7};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  auto beside = first;
  beside.time = wall_ms{2};
  at.notarized(first);
  at.hear(1, proposal{{beside, {}}, {}}); // known, executed, and not certified
  at.is_executed(first, 1);
  at.is_executed(beside, 1);
  at.take_votes();
  auto what = lone_core::child(beside, view{2}, 1);
  what.time = beside.time;
  at.hear(2, proposal{{what, {}}, {}});
  const auto votes = at.take_votes();
  REQUIRE(votes.size() == 1);
  CHECK(votes.front().subject == subject{vote_kind::nullify, epoch{}, view{2}, {}});
}

TEST_CASE(
  "a parent below what is kept is nullified: its leader missed a notarized block long ago") {
  lone_core at{0, 40};
  at.live();
  auto parent = at.genesis;
  auto second = parent;
  for (std::uint64_t in = 1; in <= kept_views + 10; ++in) {
    parent = lone_core::child(parent, view{in}, 0);
    at.notarized(parent);
    at.is_executed(parent, 0);
    if (in == 2) {
      second = parent;
    }
  }
  at.take_votes();
  const auto now_in = at.core->current();
  at.hear(now_in.value(), proposal{{lone_core::child(second, now_in, 0), {}}, {}});
  const auto votes = at.take_votes();
  REQUIRE(votes.size() == 1);
  CHECK(votes.front().subject == subject{vote_kind::nullify, epoch{}, now_in, {}});
}

TEST_CASE("rule 4: a view between a proposal and its parent that nobody nullified is not skipped") {
  for (std::uint64_t open = 2; open <= 5; ++open) {
    for (const bool certified : {false, true}) {
      if (open == 5 && !certified) {
        continue; // nothing else leads into view 6
      }
      INFO("view " << open << ", notarized " << certified);
      lone_core at{0, 7};
      at.live();
      const auto first = lone_core::child(at.genesis, view{1}, 0);
      at.notarized(first);
      at.is_executed(first, 1);
      for (std::uint64_t in = 5; in >= 2; --in) { // so that those below were never entered
        if (in != open) {
          at.hear(1, at.certified(vote_kind::nullify, view{in}));
        } else if (certified) {
          at.hear(1, at.certified(vote_kind::notarize, view{in}, lone_core::root(9)));
        }
      }
      REQUIRE(at.core->current() == view{6});
      at.take_votes();
      at.hear(6, proposal{{lone_core::child(first, view{6}, 1), {}}, {}});
      const auto asked = at.asked<certificate_request>();
      CHECK(at.take_votes().empty());
      REQUIRE(asked);
      CHECK(std::get<certificate_request>(asked->message).first == view{open});
      CHECK(std::get<certificate_request>(asked->message).last == view{5});
      INFO("but once it is known to be nullified");
      at.answer(*asked, certificate_page{{at.certified(vote_kind::nullify, view{open})}});
      const auto votes = at.take_votes();
      REQUIRE_FALSE(votes.empty());
      CHECK(votes.front().subject.kind == vote_kind::notarize);
      CHECK(votes.front().subject.view == view{6});
    }
  }
}

TEST_CASE(
  "rule 4: a parent whose notarization is not known is asked for, and no vote comes before it") {
  for (const bool nullified : {false, true}) {
    INFO("its view is known to be nullified: " << nullified);
    lone_core at{0, 7};
    at.live();
    const auto first = lone_core::child(at.genesis, view{1}, 0);
    at.hear(1, proposal{{first, {}}, {}});
    at.is_executed(first, 1);
    if (nullified) {
      at.hear(1, at.certified(vote_kind::nullify, view{1}));
    }
    at.hear(1, at.certified(vote_kind::nullify, view{2}));
    at.take_votes();
    at.hear(3, proposal{{lone_core::child(first, view{3}, 1), {}}, {}});
    const auto asked = at.asked<certificate_request>();
    CHECK(at.take_votes().empty());
    REQUIRE(asked);
    CHECK(std::get<certificate_request>(asked->message).first == view{1});
    at.answer(*asked,
              certificate_page{{at.certified(vote_kind::notarize, view{1}, digest_of(first))}});
    const auto votes = at.take_votes();
    REQUIRE_FALSE(votes.empty());
    CHECK(std::any_of(votes.begin(), votes.end(), [](const vote& one) {
      return one.subject.kind == vote_kind::notarize && one.subject.view == view{3};
    }));
  }
}

TEST_CASE("a parent of a view of which nothing is known is asked for too") {
  lone_core at{0, 7};
  at.live();
  at.hear(1, at.certified(vote_kind::nullify, view{5}));
  auto what = lone_core::child(at.genesis, view{6}, 0);
  what.parent = lone_core::root(9);
  what.parent_view = view{3};
  at.take_votes();
  at.hear(6, proposal{{what, {}}, {}});
  const auto asked = at.asked<certificate_request>();
  CHECK(at.take_votes().empty());
  REQUIRE(asked);
  CHECK(std::get<certificate_request>(asked->message).first == view{3});
}

TEST_CASE("a proposal waits for the block of its notarized parent, and for what that leads to") {
  lone_core at{0, 7};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.hear(1, at.certified(vote_kind::notarize, view{1}, digest_of(first)));
  at.hear(2, proposal{{lone_core::child(first, view{2}, 1), {}}, {}});
  const auto asked = at.asked<proposal_request>();
  CHECK(at.take_votes().empty());
  REQUIRE(asked);
  at.answer(*asked, proposal_response{proposal{{first, {}}, {}}});
  CHECK(at.take_votes().empty());
  at.is_executed(first, 1);
  const auto votes = at.take_votes();
  REQUIRE_FALSE(votes.empty());
  CHECK(std::any_of(votes.begin(), votes.end(), [](const vote& one) {
    return one.subject.kind == vote_kind::notarize && one.subject.view == view{2};
  }));
}

TEST_CASE(
  "a header far ahead of the own clock is nullified at once, unless it has its parent's time") {
  in_third_view near;
  auto what = near.good;
  what.time = near.wall + time_ahead_max;
  CHECK(near.proposed(what) == reaction::notarizes);
  in_third_view far;
  what.time = far.wall + time_ahead_max + wall_ms{1};
  CHECK(far.proposed(what) == reaction::nullifies);
  in_third_view late; // its clock is behind by an hour, or the group's was ahead
  late.wall -= std::chrono::hours{1};
  CHECK(late.proposed(late.good) == reaction::notarizes);
}

// -- batches -------------------------------------------------------------------------------------

/// Listing so many, of which each body has `size` bytes, and all but `lacking` of which are held.
reaction listing(in_third_view& at, std::size_t count, std::uint32_t size,
                 std::size_t lacking = 0) {
  std::vector<digest> batches;
  for (std::size_t i = 0; i < count; ++i) {
    batches.push_back(nth_batch(i));
    if (i >= lacking) {
      at.step(batch_held{nth_batch(i), lone_core::peer(1), batch_number{i + 1}, size, false});
    }
  }
  auto what = at.good;
  what.payload = payload_digest(batches);
  return at.proposed(what, batches);
}

TEST_CASE("rule 4: no vote comes before each listed batch is held") {
  in_third_view at;
  CHECK(listing(at, 3, 10, 1) == reaction::waits);
  at.step(batch_held{nth_batch(7), lone_core::peer(1), batch_number{9}, 10, false});
  CHECK(at.react() == reaction::waits);
  at.step(batch_held{nth_batch(0), lone_core::peer(1), batch_number{1}, 10, false});
  CHECK(at.react() == reaction::notarizes);
}

/// What the notary was asked for.
std::vector<std::vector<digest>> wanted_of(const std::vector<action>& done) {
  std::vector<std::vector<digest>> out;
  for (const auto& one : done) {
    const auto* const what = std::get_if<tell>(&one);
    const auto* const wanted = what == nullptr ? nullptr : std::get_if<want_batches>(&what->item);
    if (wanted != nullptr) {
      out.push_back(wanted->missing);
    }
  }
  return out;
}

TEST_CASE("batches that are lacking are asked for once, by the leader's name, and no others") {
  const auto told = [](in_third_view& at) {
    std::vector<want_batches> out;
    for (const auto& one : std::exchange(at.done, {})) {
      const auto* const what = std::get_if<tell>(&one);
      const auto* const wanted = what == nullptr ? nullptr : std::get_if<want_batches>(&what->item);
      if (wanted != nullptr) {
        out.push_back(*wanted);
      }
    }
    return out;
  };
  in_third_view at;
  std::vector<digest> batches{nth_batch(0), nth_batch(1), nth_batch(2)};
  at.step(batch_held{nth_batch(1), lone_core::peer(1), batch_number{1}, 10, false});
  auto what = at.good;
  what.payload = payload_digest(batches);
  at.done.clear();
  at.hear(3, proposal{{what, batches}, {}});
  const auto first = told(at);
  REQUIRE(first.size() == 1);
  CHECK(first[0].id == digest_of(what));
  CHECK(first[0].missing == std::vector{nth_batch(0), nth_batch(2)});
  CHECK(first[0].holder == member_index{3});
  at.pass(duration{1'000});
  at.step(batch_held{nth_batch(0), lone_core::peer(1), batch_number{2}, 10, false});
  CHECK(told(at).empty());
  in_third_view holds;
  for (std::uint64_t i = 0; i < 3; ++i) {
    holds.step(batch_held{nth_batch(i), lone_core::peer(1), batch_number{i + 1}, 10, false});
  }
  holds.hear(3, proposal{{what, batches}, {}});
  CHECK(told(holds).empty());
}

TEST_CASE(
  "a batch of a recent final block may be listed again by who does not know of that, once the "
  "notary holds it again") {
  lone_core at{0, 7};
  at.live();
  const std::vector<digest> batches{nth_batch(0)};
  auto first = lone_core::child(at.genesis, view{1}, 0);
  first.payload = payload_digest(batches);
  at.step(batch_held{nth_batch(0), lone_core::peer(1), batch_number{1}, 10, false});
  at.hear(1, proposal{{first, batches}, {}});
  at.hear(1, at.certified(vote_kind::notarize, view{1}, digest_of(first)));
  at.is_executed(first, 1);
  at.finalized(first);
  at.step(batch_gone{nth_batch(0)});
  at.take_votes();
  auto again = lone_core::child(first, view{2}, 1);
  again.payload = payload_digest(batches);
  at.done.clear();
  at.hear(2, proposal{{again, batches}, {}});
  // Else the block could be notarized, and nobody could execute it: then nothing passes any more.
  CHECK(wanted_of(at.done) == std::vector<std::vector<digest>>{batches});
  CHECK(at.take_votes().empty());
  at.step(batch_held{nth_batch(0), lone_core::peer(1), batch_number{1}, 10, false});
  const auto votes = at.take_votes();
  REQUIRE(votes.size() == 1);
  CHECK(votes.front().subject.kind == vote_kind::notarize);
}

TEST_CASE("a batch that goes while others are awaited is awaited, too") {
  in_third_view at;
  const std::vector<digest> batches{nth_batch(0), nth_batch(1)};
  const auto is_held = [&](std::uint64_t which) {
    at.step(batch_held{nth_batch(which), lone_core::peer(1), batch_number{which + 1}, 10, false});
  };
  is_held(0);
  auto what = at.good;
  what.payload = payload_digest(batches);
  CHECK(at.proposed(what, batches) == reaction::waits);
  at.step(batch_gone{nth_batch(0)}); // overtaken in a block that became final meanwhile
  at.done.clear();
  is_held(1);
  CHECK(wanted_of(at.done) == std::vector<std::vector<digest>>{{nth_batch(0)}});
  CHECK(at.react() == reaction::waits);
  is_held(0);
  CHECK(at.react() == reaction::notarizes);
}

TEST_CASE("a block's bodies are at most so large together, to the byte") {
  constexpr std::uint32_t share = block_payload_size_max / 32;
  in_third_view fits;
  CHECK(listing(fits, 32, share) == reaction::notarizes);
  in_third_view passes;
  CHECK(listing(passes, 33, share) == reaction::nullifies);
}

// -- once and no more ----------------------------------------------------------------------------

TEST_CASE("rule 3: in a view that one nullified, headers of its leader bring no vote any more") {
  in_third_view at;
  at.pass(duration{600'000'000});
  REQUIRE(at.react() == reaction::nullifies);
  CHECK(at.proposed(at.good) == reaction::waits);
  INFO("nor does a second one, which shows that he lied");
  auto other = at.good;
  other.time += wall_ms{1};
  at.hear(3, proposal{{other, {}}, {}});
  const bool told = std::any_of(at.done.begin(), at.done.end(), [](const action& one) {
    const auto* const what = std::get_if<tell>(&one);
    return what != nullptr && std::holds_alternative<evidence_found>(what->item);
  });
  CHECK(told);
  CHECK(at.react() == reaction::waits);
}

TEST_CASE("rules 1, 3: a second header after one's vote brings a nullify, and no second vote") {
  in_third_view at;
  REQUIRE(at.proposed(at.good) == reaction::notarizes);
  auto other = at.good;
  other.time += wall_ms{1};
  CHECK(at.proposed(other) == reaction::nullifies);
  at.pass(duration{1'000});
  CHECK(at.react() == reaction::waits);
}

} // namespace
} // namespace caucus::voting
