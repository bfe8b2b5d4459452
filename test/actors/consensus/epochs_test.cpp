#include "actors/consensus/epochs.hpp"

#include "runtime/archive/signing.hpp"
#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

// One epoch's end and the next one's beginning: what a block that changes the members makes of its
// descendants, and what one core leaves to another.

namespace caucus::voting {
namespace {

using namespace std::chrono_literals;

/// Whoever has these numbers as a peer, in this order, in this epoch.
std::shared_ptr<const committee> members_of(epoch in, const std::vector<std::size_t>& who) {
  std::vector<member> all;
  for (const auto each : who) {
    all.push_back({lone_core::peer(each), {}, {}});
  }
  return std::make_shared<const committee>(in, std::move(all));
}

/// Peer 0 of a network whose epochs come and go; it is linked with peers 1 to 5.
struct over_epochs : lone_core {
  std::size_t self;
  bool cut = false;

  explicit over_epochs(std::size_t own = 0) : lone_core{std::nullopt}, self{own} {
    config.self = config.voters.index_of(peer(own));
  }
  /// Told first: the tip, which is in this epoch or ends the one before.
  void begins(const block_header& tip, const std::shared_ptr<const committee>& voters) {
    group = std::make_unique<epochs>(config, peer(self), &key, journal, cut);
    for (std::size_t i = 0; i < 6; ++i) {
      if (i != self) {
        step(link_up{{link(i), peer(i), node_mode::server, false, {}}});
      }
    }
    tells(tip, voters);
  }
  void begins() { begins(genesis, members_of(first_epoch, {0, 1, 2, 3})); }
  void tells(const block_header& tip, const std::shared_ptr<const committee>& voters) {
    ledger_tip what{digest_of(tip), tip, std::nullopt, root(1), root(1)};
    what.voters = voters;
    step(std::move(what));
  }
  [[nodiscard]] const consensus& core_now() const { return group->core(); }

  /// What the members of this epoch certify.
  [[nodiscard]] static certificate signed_by(const committee& all, vote_kind kind, view in,
                                             const digest& of = {}) {
    certificate out{{kind, all.in_epoch(), in, of}, 0, {}};
    out.signatures.resize(all.quorum());
    for (std::size_t i = 0; i < all.quorum(); ++i) {
      out.signers |= bit_of(member_index{static_cast<std::uint16_t>(all.size() - 1 - i)});
    }
    return out;
  }
  /// On the last block of the epoch before.
  [[nodiscard]] static block_header first_of(epoch in, const block_header& last) {
    auto out = child(last, view{1}, 1);
    out.epoch = in;
    out.parent_view = {};
    return out;
  }
  /// Sent since it was last asked, and forgotten.
  template <class Message>
  [[nodiscard]] std::vector<send> take() {
    std::vector<send> out;
    std::erase_if(done, [&](const action& one) {
      const auto* const sent = std::get_if<send>(&one);
      const bool is_it = sent != nullptr && std::holds_alternative<Message>(sent->message);
      if (is_it) {
        out.push_back(*sent);
      }
      return is_it;
    });
    return out;
  }
  [[nodiscard]] bool votes(vote_kind kind, view in) {
    const auto all = take_votes();
    return std::any_of(all.begin(), all.end(), [&](const vote& one) {
      return one.subject.kind == kind && one.subject.view == in
             && one.subject.epoch == core_now().voters().in_epoch();
    });
  }
};

const auto four = members_of(first_epoch, {0, 1, 2, 3});

} // namespace

// -- the end of an epoch -------------------------------------------------------------------------

TEST_CASE("rule 4: above a block that changes the members only what lists nothing is voted for") {
  const auto batch = lone_core::root(8);
  for (const bool lists : {false, true}) {
    INFO(lists);
    lone_core at{std::uint16_t{0}};
    at.live();
    const auto changing = lone_core::child(at.genesis, view{1}, 0);
    at.notarized(changing);
    at.step(executed{digest_of(changing), lone_core::root(1), lone_core::root(1), nullptr, true});
    at.step(batch_held{batch, lone_core::peer(1), batch_number{1}, 10, false, false, 10});
    auto last = lone_core::child(changing, view{2}, 1);
    const auto listed = lists ? std::vector{batch} : std::vector<digest>{};
    last.payload = payload_digest(listed);
    at.take_votes();
    at.hear(2, proposal{{last, listed}, {}});
    const auto votes = at.take_votes();
    REQUIRE_FALSE(votes.empty());
    CHECK(votes.back().subject.kind == (lists ? vote_kind::nullify : vote_kind::notarize));
    // Nor above that, while the epoch goes on.
    at.step(executed{digest_of(last), lone_core::root(1), lone_core::root(1), nullptr, true});
  }
}

TEST_CASE("who leads above a block that changes the members lists none of the batches that wait") {
  lone_core at{std::uint16_t{2}};
  at.live();
  at.step(
    batch_held{lone_core::root(8), lone_core::peer(1), batch_number{1}, 10, false, false, 10});
  const auto changing = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(changing);
  at.step(executed{digest_of(changing), lone_core::root(1), lone_core::root(1), nullptr, true});
  at.pass(1s); // an empty block waits for the tip to be final
  const auto mine = std::find_if(at.done.begin(), at.done.end(), [](const action& one) {
    const auto* const many = std::get_if<multicast>(&one);
    return many != nullptr && std::holds_alternative<proposal>(many->message);
  });
  REQUIRE(mine != at.done.end());
  CHECK(std::get<proposal>(std::get<multicast>(*mine).message).block.batches.empty());
}

TEST_CASE("behind the last block of an epoch nothing is voted for, and its finalization is told") {
  lone_core at{std::uint16_t{0}};
  at.live();
  const auto changing = lone_core::child(at.genesis, view{1}, 0);
  at.notarized(changing);
  at.step(executed{digest_of(changing), lone_core::root(1), lone_core::root(1), nullptr, true});
  at.finalized(changing);
  CHECK(at.core->status().votes);
  const auto last = lone_core::child(changing, view{2}, 1);
  at.notarized(last);
  at.step(executed{digest_of(last), lone_core::root(1), lone_core::root(1), nullptr, true});
  at.finalized(last);
  CHECK_FALSE(at.core->status().votes);
  at.step(
    batch_held{lone_core::root(8), lone_core::peer(1), batch_number{1}, 10, false, false, 10});
  at.take_votes();
  at.hear(3, proposal{{lone_core::child(last, view{3}, 1), {}}, {}});
  at.pass(10s);
  CHECK(at.take_votes().empty());
  // Who lacks it votes on, and is told.
  at.hear(1,
          vote{{vote_kind::finalize, first_epoch, view{2}, digest_of(last)}, member_index{1}, {}});
  const bool is_told = std::any_of(at.done.begin(), at.done.end(), [&](const action& one) {
    const auto* const sent = std::get_if<send>(&one);
    const auto* const what = sent == nullptr ? nullptr : std::get_if<certificate>(&sent->message);
    return what != nullptr && what->subject.digest == digest_of(last);
  });
  CHECK(is_told);
}

// -- the next ------------------------------------------------------------------------------------

TEST_CASE("an epoch begins in view 1, on the last block of the one before, with its own leaders") {
  over_epochs at;
  at.begins();
  auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto five = members_of(epoch{1}, {0, 1, 2, 3, 4});
  at.tells(last, five);
  CHECK(at.core_now().current() == view{1});
  CHECK(at.core_now().status().epoch == epoch{1});
  CHECK(at.core_now().status().leader == member_index{1});
  CHECK(at.core_now().status().votes);
  at.done.clear();
  const auto first = over_epochs::first_of(epoch{1}, last);
  at.hear(1, proposal{{first, {}}, {}});
  CHECK(at.votes(vote_kind::notarize, view{1}));
  INFO("a parent of the view that it had in its own epoch is none");
  over_epochs other;
  other.begins();
  other.tells(last, five);
  other.done.clear();
  auto wrong = first;
  wrong.view = view{8};
  wrong.parent_view = view{7};
  other.hear(4, over_epochs::signed_by(*five, vote_kind::nullify, view{7}));
  other.hear(3, proposal{{wrong, {}}, {}});
  CHECK(other.votes(vote_kind::nullify, view{8}));
}

TEST_CASE("who is admitted votes over the links that it had, and is heard over them") {
  over_epochs at{4};
  at.begins();
  CHECK_FALSE(at.core_now().status().votes);
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto five = members_of(epoch{1}, {0, 1, 2, 3, 4});
  at.tells(last, five);
  at.done.clear();
  const auto first = over_epochs::first_of(epoch{1}, last);
  at.hear(1, proposal{{first, {}}, {}});
  CHECK(at.votes(vote_kind::notarize, view{1}));
  for (std::uint16_t who = 1; who <= 3; ++who) {
    at.hear(
      who, vote{{vote_kind::notarize, epoch{1}, view{1}, digest_of(first)}, member_index{who}, {}});
  }
  CHECK(at.core_now().current() == view{2});
  CHECK(at.blames().empty());
}

TEST_CASE("a member whose number has changed is heard under the new one, a former one not at all") {
  over_epochs at{3};
  at.begins();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  at.tells(last, members_of(epoch{1}, {1, 2, 3, 4})); // member 0 was kicked
  at.done.clear();
  const auto first = over_epochs::first_of(epoch{1}, last);
  at.hear(2, proposal{{first, {}}, {}}); // member 1 now
  CHECK(at.votes(vote_kind::notarize, view{1}));
  const subject on{vote_kind::notarize, epoch{1}, view{1}, digest_of(first)};
  at.hear(0, vote{on, member_index{0}, {}});
  REQUIRE(at.blames().size() == 1);
  CHECK(at.blames().front().peer == lone_core::peer(0));
  at.hear(1, vote{on, member_index{0}, {}});
  at.hear(2, vote{on, member_index{1}, {}});
  CHECK(at.core_now().current() == view{2});
}

// -- who is in another epoch ---------------------------------------------------------------------

TEST_CASE("what is of another epoch counts for nothing, and nobody is blamed for it") {
  over_epochs at;
  at.begins();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto five = members_of(epoch{2}, {0, 1, 2, 3, 4});
  at.tells(last, five);
  at.done.clear();
  for (const epoch in : {epoch{1}, epoch{3}}) {
    const auto header = over_epochs::first_of(in, last);
    const auto all = members_of(in, {1, 2, 3, 5});
    for (const std::size_t from : {1U, 5U}) { // a member, and who is none of ours
      at.hear(from, vote{{vote_kind::nullify, in, view{1}, {}}, member_index{3}, {}});
      at.hear(from, proposal{{header, {}}, {}});
      at.hear(from, over_epochs::signed_by(*all, vote_kind::nullify, view{1}));
      at.hear(from, over_epochs::signed_by(*all, vote_kind::finalize, view{1}, digest_of(header)));
    }
  }
  CHECK(at.core_now().current() == view{1});
  CHECK(at.blames().empty());
  CHECK(at.take_votes().empty());
}

TEST_CASE("who hears of a later epoch asks for the blocks above its tip until there are none") {
  over_epochs at;
  at.begins();
  at.done.clear();
  at.pass(10ms);
  CHECK(at.take<chain_request>().empty());
  at.hear(5, vote{{vote_kind::nullify, epoch{1}, view{1}, {}}, member_index{4}, {}});
  auto asked = at.take<chain_request>();
  REQUIRE(asked.size() == 1);
  CHECK(std::get<chain_request>(asked.front().message).first == height{1});
  const auto changing = lone_core::child(at.genesis, view{1}, 0);
  at.answer(asked.front(), chain_page{{{changing, {}}},
                                      over_epochs::signed_by(*four, vote_kind::finalize, view{1},
                                                             digest_of(changing))});
  CHECK(at.core_now().status().final_height == height{1});
  at.pass(1s);
  asked = at.take<chain_request>();
  REQUIRE(asked.size() == 1);
  CHECK(std::get<chain_request>(asked.front().message).first == height{2});
  at.answer(asked.front(), chain_page{});
  at.pass(10s);
  CHECK(at.take<chain_request>().empty());
}

TEST_CASE(
  "a page of the next epoch, whose core is not there yet, blames nobody and is asked for again") {
  over_epochs at;
  at.begins();
  at.hear(5, vote{{vote_kind::nullify, epoch{1}, view{1}, {}}, member_index{4}, {}});
  auto asked = at.take<chain_request>();
  REQUIRE(asked.size() == 1);
  auto next = lone_core::child(at.genesis, view{1}, 1); // as if genesis had ended the epoch
  next.epoch = epoch{1};
  at.answer(asked.front(),
            chain_page{{{next, {}}},
                       over_epochs::signed_by(*members_of(epoch{1}, {0, 1, 2, 3, 4}),
                                              vote_kind::finalize, view{1}, digest_of(next))});
  CHECK(at.blames().empty());
  CHECK(at.core_now().status().final_height == height{0});
  at.pass(2s);
  CHECK_FALSE(at.take<chain_request>().empty());
}

TEST_CASE("to who is in an earlier epoch what ended it is told, now and then") {
  over_epochs at;
  at.begins();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  ledger_tip what{digest_of(last), last, std::nullopt, lone_core::root(1), lone_core::root(1)};
  what.voters = members_of(epoch{1}, {0, 1, 2, 3, 4});
  what.closed_by = over_epochs::signed_by(*four, vote_kind::finalize, view{7}, digest_of(last));
  at.step(what);
  at.pass(1s);
  at.done.clear();
  const vote old{{vote_kind::finalize, first_epoch, view{7}, digest_of(last)}, member_index{1}, {}};
  at.hear(1, old);
  const auto told = at.take<certificate>();
  REQUIRE(told.size() == 1);
  CHECK(told.front().link == lone_core::link(1));
  CHECK(std::get<certificate>(told.front().message) == *what.closed_by);
  at.hear(1, old);
  CHECK(at.take<certificate>().empty());
  at.pass(1s);
  at.done.clear();
  at.hear(1, old);
  CHECK(at.take<certificate>().size() == 1);
}

TEST_CASE("questions name their epoch: those of another one get an answer that shows nothing") {
  over_epochs at;
  at.begins();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto five = members_of(epoch{1}, {0, 1, 2, 3, 4});
  at.tells(last, five);
  at.hear(4, over_epochs::signed_by(*five, vote_kind::nullify, view{1}));
  at.done.clear();
  at.step(heard{lone_core::link(1), certificate_request{view{1}, view{1}, epoch{1}}, 5, 0});
  at.step(heard{lone_core::link(1), certificate_request{view{1}, view{1}}, 6, 0});
  const auto pages = at.take<certificate_page>();
  REQUIRE(pages.size() == 2);
  CHECK(std::get<certificate_page>(pages[0].message).certificates.size() == 1);
  CHECK(std::get<certificate_page>(pages[1].message).certificates.empty());
  at.step(heard{lone_core::link(1), view_request{epoch{1}}, 7, 0});
  at.step(heard{lone_core::link(1), view_request{}, 8, 0});
  const auto views = at.take<view_response>();
  REQUIRE(views.size() == 2);
  CHECK(std::get<view_response>(views[0].message).entered_by);
  CHECK_FALSE(std::get<view_response>(views[1].message).entered_by);
  for (const auto& one : views) {
    CHECK(std::get<view_response>(one.message).epoch == epoch{1});
  }
}

TEST_CASE("an answer to the core of an epoch that is over is none to that of the next") {
  over_epochs at;
  at.holds = true;
  at.begins();
  at.hear(1, vote{{vote_kind::nullify, first_epoch, view{1}, {}}, member_index{1}, {}});
  at.hear(2, vote{{vote_kind::nullify, first_epoch, view{1}, {}}, member_index{2}, {}});
  REQUIRE(at.held.size() == 2);
  const auto tip = *at.asked<tip_request>();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto five = members_of(epoch{1}, {0, 1, 2, 3, 4});
  at.tells(last, five);
  at.hear(1, vote{{vote_kind::nullify, epoch{1}, view{1}, {}}, member_index{1}, {}});
  REQUIRE(at.held.size() == 3);
  CHECK(at.held[2].token > at.held[1].token);
  CHECK(at.held[2].voters->in_epoch() == epoch{1});
  CHECK(at.asked<tip_request>()->request > tip.request);
  at.settle(false);
  at.settle(true);
  CHECK(at.blames().empty());
  at.settle(false);
  CHECK(at.blames().size() == 1);
}

// -- the journal ---------------------------------------------------------------------------------

TEST_CASE(
  "a restart in an epoch holds to what it signed in it, under whatever number it had before") {
  over_epochs at{3};
  at.begins();
  at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 1), {}}, {}});
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto next = members_of(epoch{1}, {1, 2, 3, 4});
  at.tells(last, next);
  const auto first = over_epochs::first_of(epoch{1}, last);
  at.hear(2, proposal{{first, {}}, {}});
  REQUIRE(at.votes(vote_kind::notarize, view{1}));
  at.begins(last, next);
  CHECK(at.core_now().broken().empty());
  CHECK(at.core_now().status().votes);
  auto other = first;
  other.time = wall_ms{9};
  at.done.clear();
  at.hear(2, proposal{{other, {}}, {}});
  CHECK_FALSE(at.votes(vote_kind::notarize, view{1}));
  INFO("and from a journal that was written anew");
  at.journal = at.group->live_records();
  at.begins(last, next);
  at.done.clear();
  at.hear(2, proposal{{other, {}}, {}});
  CHECK_FALSE(at.votes(vote_kind::notarize, view{1}));
  CHECK(at.core_now().broken().empty());
}

TEST_CASE("that an epoch has begun is in the journal before anything of it is signed") {
  over_epochs at;
  at.begins();
  at.done.clear();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  at.tells(last, members_of(epoch{1}, {0, 1, 2, 3, 4}));
  REQUIRE_FALSE(at.done.empty());
  const auto* const first = std::get_if<record>(&at.done.front());
  REQUIRE(first != nullptr);
  CHECK(std::get<ceiling>(first->entry).in == epoch{1});
  CHECK(std::get<ceiling>(first->entry).top == view{});
}

TEST_CASE("while the ledger is in an earlier epoch than the journal nothing is signed") {
  over_epochs at{3};
  at.begins();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto next = members_of(epoch{1}, {1, 2, 3, 4});
  at.tells(last, next);
  const auto first = over_epochs::first_of(epoch{1}, last);
  at.hear(2, proposal{{first, {}}, {}});
  REQUIRE(at.votes(vote_kind::notarize, view{1}));
  const bool is_anew = GENERATE(false, true);
  if (is_anew) {
    at.journal = at.group->live_records();
  }
  at.begins(); // the ledger was taken away
  at.done.clear();
  at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 1), {}}, {}});
  at.pass(10s);
  CHECK(at.take_votes().empty());
  INFO("nor does a restart in between forget it");
  at.journal = at.group->live_records();
  at.begins();
  at.tells(last, next);
  CHECK(at.core_now().status().votes);
  auto other = first;
  other.time = wall_ms{9};
  at.done.clear();
  at.hear(2, proposal{{other, {}}, {}});
  CHECK_FALSE(at.votes(vote_kind::notarize, view{1}));
}

TEST_CASE("a doubt outlives the epoch in which it began") {
  over_epochs at;
  at.journal = {};
  at.begins();
  REQUIRE(at.core_now().in_doubt());
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  const auto five = members_of(epoch{1}, {0, 1, 2, 3, 4});
  at.tells(last, five);
  CHECK(at.core_now().in_doubt());
  at.begins(last, five);
  CHECK(at.core_now().in_doubt());
  INFO("until those of the new one have told how far they are, in the new one");
  for (const epoch in : {first_epoch, epoch{1}}) {
    at.pass(1s);
    const auto asked = at.take<view_request>();
    REQUIRE(asked.size() >= 3);
    for (std::size_t i = asked.size() - 3; i < asked.size(); ++i) {
      CHECK(std::get<view_request>(asked[i].message).epoch == epoch{1});
      at.answer(asked[i], view_response{std::nullopt, false, false, in});
    }
    CHECK(at.core_now().in_doubt() == (in != epoch{1}));
  }
}

TEST_CASE("what ends all voting of a life ends it in the next epoch too") {
  over_epochs at;
  at.begins();
  at.step(own_lie_found{"it lied"});
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  at.tells(last, members_of(epoch{1}, {0, 1, 2, 3, 4}));
  CHECK(at.core_now().broken() == "it lied");
  CHECK_FALSE(at.core_now().status().votes);
}

TEST_CASE("a journal that cannot be written is not taken for one that can in the next epoch") {
  over_epochs at;
  at.begins();
  at.step(journal_state{false});
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  at.tells(last, members_of(epoch{1}, {0, 1, 2, 3, 4}));
  CHECK_FALSE(at.core_now().status().votes);
  at.step(journal_state{true});
  CHECK(at.core_now().status().votes);
}

TEST_CASE("a bound on the last block of an epoch is that block as it was signed") {
  over_epochs at;
  at.begins();
  const auto last = lone_core::child(at.genesis, view{7}, 0);
  ledger_tip what{digest_of(last), last,
                  over_epochs::signed_by(*four, vote_kind::finalize, view{7}, digest_of(last)),
                  lone_core::root(1), lone_core::root(1)};
  what.voters = members_of(epoch{1}, {0, 1, 2, 3, 4});
  at.step(what);
  at.done.clear();
  at.step(finalize_bound_wanted{7});
  REQUIRE_FALSE(at.done.empty());
  const auto* const told = std::get_if<tell>(&at.done.front());
  REQUIRE(told != nullptr);
  const auto& bound = std::get<finalize_bound>(told->item);
  CHECK(bound.bound == last);
  CHECK(bound.shown == what.finalization);
}

} // namespace caucus::voting
