#include "test/actors/consensus/behind.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// Certificates of others: which are checked, how often, and what follows from them.

namespace caucus::voting {
namespace {

struct replica : lone_core {
  block_header first = child(genesis, view{1}, 0);

  replica() : lone_core{std::uint16_t{0}} { live(); }
  template <class Message>
  [[nodiscard]] std::size_t broadcasts() {
    std::size_t out = 0;
    for (const auto& one : std::exchange(done, {})) {
      const auto* const many = std::get_if<multicast>(&one);
      out += many != nullptr && std::holds_alternative<Message>(many->message) ? 1 : 0;
    }
    return out;
  }
};

TEST_CASE("what is certified already is not checked again, nor what is final") {
  replica at;
  at.notarized(at.first);
  at.is_executed(at.first, 0);
  at.holds = true;
  at.hear(2, at.certified(vote_kind::notarize, view{1}, digest_of(at.first)));
  CHECK(at.held.empty());
  at.hear(2, at.certified(vote_kind::nullify, view{1}));
  CHECK(at.held.size() == 1); // which another kind does not make useless
  at.settle(true);
  at.hear(3, at.certified(vote_kind::nullify, view{1}));
  CHECK(at.held.empty());
  at.holds = false;
  at.finalized(at.first);
  at.holds = true;
  for (const auto kind : {vote_kind::notarize, vote_kind::finalize}) {
    at.hear(2, at.certified(kind, view{1}, digest_of(at.first)));
  }
  at.hear(2, at.certified(vote_kind::nullify, view{1}));
  CHECK(at.held.empty());
}

TEST_CASE("below a finalization whose blocks are missing no other is checked, above it is") {
  behind at; // view 20 is final
  at.holds = true;
  at.hear(1, at.certified(vote_kind::finalize, at.chain[18].view, digest_of(at.chain[18])));
  at.hear(1, at.certified(vote_kind::finalize, at.chain[19].view, digest_of(at.chain[19])));
  CHECK(at.held.empty());
  const auto above = lone_core::child(at.chain[19], view{21}, 0);
  at.hear(1, at.certified(vote_kind::finalize, view{21}, digest_of(above)));
  REQUIRE(at.held.size() == 1);
  at.settle(true);
  CHECK(at.core->current() == view{22});
}

TEST_CASE(
  "the same certificate of two, or two of one, waits once; another's is there when it is bad") {
  replica at;
  at.holds = true;
  auto forged = at.certified(vote_kind::nullify, view{5});
  forged.signatures[0].raw[0] = std::byte{9};
  at.hear(1, forged);
  at.hear(1, at.certified(vote_kind::nullify, view{5})); // of the same link: no second one
  at.hear(2, forged);                                    // the same: no second one
  REQUIRE(at.held.size() == 1);
  at.settle(false);
  CHECK(at.held.empty());
  REQUIRE(at.blames().size() == 1);
  CHECK(at.blames().front().link == lone_core::link(1));
  at.done.clear();
  at.hear(1, forged);
  at.hear(3, at.certified(vote_kind::nullify, view{5}));
  REQUIRE(at.held.size() == 1);
  at.settle(false);
  REQUIRE(at.held.size() == 1); // the other one's turn
  at.settle(true);
  CHECK(at.core->current() == view{6});
  INFO("and each link's places are free again");
  for (std::uint64_t in = 10; in < 10 + candidates_per_link_max; ++in) {
    for (const std::size_t from : {1U, 2U, 3U}) {
      auto each = at.certified(vote_kind::nullify, view{10 * in + from});
      at.hear(from, each);
    }
  }
  CHECK(at.held.size() == 3 * candidates_per_link_max);
}

TEST_CASE("a certificate is told to the members by whoever made it of votes, and by no other") {
  replica at;
  at.done.clear();
  at.hear(1, at.certified(vote_kind::nullify, view{1}));
  CHECK(at.broadcasts<certificate>() == 0);
  REQUIRE(at.core->current() == view{2});
  for (std::uint16_t who = 1; who <= 3; ++who) {
    at.hear(who, vote{{vote_kind::nullify, epoch{}, view{2}, {}}, member_index{who}, {}});
  }
  REQUIRE(at.core->current() == view{3});
  CHECK(at.broadcasts<certificate>() == 1);
}

TEST_CASE("a certified block whose leader's own signature was never checked is taken as it came") {
  replica at;
  at.holds = true;
  at.hear(1, proposal{{at.first, {}}, {}});
  auto other = at.first;
  other.time += wall_ms{1};
  at.hear(1, proposal{{other, {}}, {}});
  REQUIRE(at.held.size() == 2);
  at.done.clear();
  at.hear(2, at.certified(vote_kind::notarize, view{1}, digest_of(at.first)));
  at.held.erase(at.held.begin(), at.held.begin() + 2);
  at.settle(true);
  std::vector<digest> told;
  for (const auto& one : at.done) {
    const auto* const what = std::get_if<tell>(&one);
    const auto* const block = what == nullptr ? nullptr : std::get_if<block_notarized>(&what->item);
    if (block != nullptr) {
      told.push_back(block->id);
    }
  }
  CHECK(told == std::vector{digest_of(at.first)});
  CHECK_FALSE(at.asked<proposal_request>());
}

TEST_CASE(
  "of two blocks of one height that are final the second stops this replica, which says why") {
  replica at;
  at.notarized(at.first);
  at.is_executed(at.first, 0);
  at.finalized(at.first);
  REQUIRE(at.core->broken().empty());
  const auto rival = lone_core::child(at.genesis, view{2}, 0);
  const auto above = lone_core::child(rival, view{3}, 0);
  at.done.clear();
  at.finalized(above);
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  at.answer(*asked, proposal_response{proposal{{above, {}}, {}}});
  CHECK(at.core->broken()
        == "two blocks of one height are certified: more members lie than the group bears");
  CHECK(at.core->status().problem == at.core->broken());
  CHECK_FALSE(at.core->status().votes);
  CHECK(at.core->status().final_height == height{1});
}

TEST_CASE("a run of blocks is final by one certificate, which the newest alone has") {
  behind at;
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.done.clear();
  at.answer(*asked, at.page(0, 9));
  std::vector<bool> with;
  for (const auto& one : at.done) {
    const auto* const what = std::get_if<tell>(&one);
    const auto* const last = what == nullptr ? nullptr : std::get_if<block_finalized>(&what->item);
    if (last != nullptr) {
      with.push_back(last->finalization.has_value());
    }
  }
  REQUIRE(with.size() == 10);
  CHECK(std::count(with.begin(), with.end(), true) == 1);
  CHECK(with.back());
}

TEST_CASE("what is final and not executed here is compared with nothing") {
  lone_core at{std::nullopt};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  const auto second = lone_core::child(first, view{2}, 7);
  at.finalized(second);
  for (const auto& one : {second, first}) {
    const auto asked = at.asked<proposal_request>();
    REQUIRE(asked);
    at.done.clear();
    at.answer(*asked, proposal_response{proposal{{one, {}}, {}}});
  }
  CHECK(at.core->status().final_height == height{2});
  CHECK(at.core->broken().empty());
}

TEST_CASE("links that do not vote are told of what is final, and members of nothing") {
  replica at;
  at.step(link_up{{link_id{90}, lone_core::peer(90), node_mode::client, false, {}}});
  at.notarized(at.first);
  at.is_executed(at.first, 0);
  at.done.clear();
  at.finalized(at.first);
  std::vector<link_id> told;
  for (const auto& one : at.done) {
    const auto* const many = std::get_if<multicast>(&one);
    const auto* const held = many == nullptr ? nullptr : std::get_if<certificate>(&many->message);
    if (held != nullptr && held->subject.kind == vote_kind::finalize) {
      told.insert(told.end(), many->links.begin(), many->links.end());
    }
  }
  CHECK(told == std::vector{link_id{90}});
}

// -- asking --------------------------------------------------------------------------------------

TEST_CASE("a short gap is asked block by block, and as a page once two had not the block") {
  lone_core at{std::nullopt};
  at.live();
  auto parent = at.genesis;
  for (std::uint64_t in = 1; in <= 3; ++in) {
    parent = lone_core::child(parent, view{in}, 0);
  }
  at.finalized(parent);
  const auto first = at.asked<proposal_request>();
  REQUIRE(first);
  CHECK_FALSE(at.asked<chain_request>());
  at.answer(*first, proposal_response{});
  CHECK(at.asked<chain_request>().has_value()); // the second is asked, and a page too
}

TEST_CASE("so is a long one once its newest block is here and its height known") {
  behind at;
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  CHECK_FALSE(at.asked<chain_request>());
  at.answer(*asked, proposal_response{proposal{{at.chain.back(), {}}, {}}});
  const auto page = at.asked<chain_request>();
  REQUIRE(page);
  CHECK(std::get<chain_request>(page->message).first == height{1});
  CHECK(std::get<chain_request>(page->message).count_max == blocks_per_page_max);
}

TEST_CASE(
  "no page is asked for while so many final blocks are not durable, and one when they are") {
  lone_core at{std::nullopt};
  at.live();
  std::vector<block_header> chain;
  auto parent = at.genesis;
  for (std::uint64_t in = 1; in <= undurable_heights_max + 10; ++in) {
    parent = lone_core::child(parent, view{in}, 0);
    chain.push_back(parent);
  }
  at.finalized(parent);
  const auto take = [&](std::size_t from, std::size_t to) {
    const auto asked = at.asked<chain_request>();
    REQUIRE(asked);
    chain_page page;
    for (auto i = from; i < to; ++i) {
      page.blocks.push_back({chain[i], {}});
    }
    page.finalization =
      at.certified(vote_kind::finalize, chain[to - 1].view, digest_of(chain[to - 1]));
    at.done.clear();
    at.answer(*asked, page);
  };
  at.answer(*at.asked<proposal_request>(), proposal_response{proposal{{chain.back(), {}}, {}}});
  take(0, 2'000);
  take(2'000, undurable_heights_max - 1);
  CHECK(at.core->status().final_height == height{undurable_heights_max - 1});
  take(undurable_heights_max - 1, undurable_heights_max);
  CHECK_FALSE(at.asked<chain_request>());
  at.pass(duration{60'000'000});
  CHECK_FALSE(at.asked<chain_request>());
  at.step(ledger_advanced{height{1}});
  CHECK(at.asked<chain_request>());
}

TEST_CASE("a page of certificates brings the next question at once, an empty one after a pause") {
  for (const bool empty : {false, true}) {
    INFO("empty " << empty);
    replica at;
    at.hear(1, at.certified(vote_kind::nullify, view{4}));
    at.hear(1, proposal{{lone_core::child(at.genesis, view{5}, 0), {}}, {}});
    const auto asked = at.asked<certificate_request>();
    REQUIRE(asked);
    at.done.clear();
    certificate_page said;
    if (!empty) {
      said.certificates.push_back(at.certified(vote_kind::nullify, view{1}));
    }
    at.answer(*asked, said);
    CHECK(at.asked<certificate_request>().has_value() == !empty);
    at.pass(at.config.retry_interval - duration{1});
    CHECK(at.asked<certificate_request>().has_value() == !empty);
    at.pass(duration{1});
    CHECK(at.asked<certificate_request>());
  }
}

} // namespace
} // namespace caucus::voting
