#include "test/actors/consensus/behind.hpp"

#include "test/catch.hpp"

#include <algorithm>
#include <set>

// Pages of blocks from servers that may lie.

namespace caucus::voting {
namespace {

TEST_CASE("whoever sends a page that is none is blamed, and another is asked each time") {
  behind at;
  std::set<link_id> liars;
  for (int lie = 0; lie < 3; ++lie) {
    const auto asked = at.asked_page();
    REQUIRE(asked);
    INFO("lie " << lie);
    CHECK(liars.insert(asked->link).second);
    auto bad = at.page(0, 9);
    if (lie == 0) {
      bad.blocks.erase(bad.blocks.begin() + 3);
    } else if (lie == 1) {
      bad.finalization.reset();
    } else {
      bad.blocks[0].header.state_root.raw[0] ^= std::byte{1};
    }
    at.step(heard{asked->link, bad, 0, asked->request});
    const auto said = at.blames();
    REQUIRE(said.size() == 1);
    CHECK(said.front().link == asked->link);
    CHECK(at.core->status().final_height == height{0});
  }
  const auto asked = at.asked_page();
  REQUIRE(asked);
  CHECK(liars.count(asked->link) == 0);
  at.step(heard{asked->link, at.page(0, 19), 0, asked->request});
  CHECK(at.core->status().final_height == height{20});
}

TEST_CASE("an empty page and a silent server bring the turn of another, with a pause between") {
  behind at;
  std::set<link_id> asked_links;
  for (int i = 0; i < 4; ++i) {
    const auto asked = at.asked_page();
    REQUIRE(asked);
    CHECK(asked_links.insert(asked->link).second);
    if (i % 2 == 0) {
      at.step(heard{asked->link, chain_page{}, 0, asked->request});
    } else {
      at.step(request_ended{asked->link, asked->request, errc::timed_out});
    }
    CHECK(at.blames().empty());
    for (const auto& one : at.done) { // not at once
      const auto* const sent = std::get_if<send>(&one);
      CHECK((sent == nullptr || !std::holds_alternative<chain_request>(sent->message)));
    }
  }
}

bool tells_of_gone_blocks(const std::vector<action>& all) {
  return std::any_of(all.begin(), all.end(), [](const action& one) {
    const auto* const said = std::get_if<tell>(&one);
    return said != nullptr && std::holds_alternative<blocks_gone>(said->item);
  });
}

TEST_CASE("one who gives a block now and then does not keep a node from the others' state") {
  behind at;
  std::size_t given = 0;
  std::size_t rounds = 0;
  bool is_told = false;
  for (; rounds < 100 && !is_told && given < 20; ++rounds) {
    const auto asked = at.asked_page();
    REQUIRE(asked);
    const bool by_liar = rounds % 4 == 3;
    at.step(heard{asked->link, by_liar ? at.page(given, given) : chain_page{}, 0, asked->request});
    given += by_liar ? 1 : 0;
    is_told = tells_of_gone_blocks(at.done);
  }
  CHECK(is_told);
  CHECK(given > 1);
}

TEST_CASE("whoever is given no block that is next says so, until somebody gives it") {
  behind at;
  const auto problem = [&at] { return at.core->status().problem; };
  for (int i = 0; i < 8; ++i) {
    CHECK(problem().empty());
    const auto asked = at.asked_page();
    REQUIRE(asked);
    at.step(heard{asked->link, chain_page{}, 0, asked->request});
  }
  CHECK(problem().find("no peer gives the block of height 1,") == 0);
  CHECK(problem().find("snapshot load") != std::string::npos);
  CHECK(tells_of_gone_blocks(at.done)); // the notary gets the state then
  const auto asked = at.asked_page();
  REQUIRE(asked);
  at.step(heard{asked->link, at.page(0, 19), 0, asked->request});
  CHECK(problem().empty());
}

TEST_CASE(
  "by the word of as many as may lie there is no later epoch, and nobody's node is made anew") {
  for (std::uint16_t count = 1; count <= 2; ++count) {
    INFO(count << " members");
    follower at;
    const auto say = [&] {
      for (std::uint16_t who = 1; who <= count; ++who) {
        at.hear(who, vote{{vote_kind::nullify, epoch{1}, view{1}, {}}, member_index{who}, {}});
      }
    };
    std::size_t pages = 0;
    for (int i = 0; i < 16; ++i) {
      say();
      if (const auto asked = at.asked_page()) {
        at.step(heard{asked->link, chain_page{}, 0, asked->request});
        ++pages;
      }
    }
    CHECK(pages >= 12); // it is looked for all the same
    const auto problem = at.core->status().problem;
    CHECK(problem.empty() == (count == 1));
    CHECK((count == 1 || problem.find("no peer gives the block of height 1,") == 0));
  }
}

TEST_CASE("who said before the newest block that there is a later epoch counts no more behind it") {
  behind at;
  const auto say = [&](std::uint16_t who) {
    at.hear(who, vote{{vote_kind::nullify, epoch{1}, view{1}, {}}, member_index{who}, {}});
  };
  const auto answer = [&](chain_page what) {
    const auto asked = at.asked_page();
    REQUIRE(asked);
    at.step(heard{asked->link, std::move(what), 0, asked->request});
  };
  say(1);
  answer({});
  answer(at.page(0, 19));
  REQUIRE(at.core->status().final_height == height{20});
  for (int i = 0; i < 16; ++i) {
    say(2);
    answer({});
  }
  CHECK(at.core->status().problem.empty());
}

TEST_CASE("strangers that say they serve are not asked while members answer") {
  behind at;
  for (std::uint64_t i = 0; i < 60; ++i) {
    at.step(link_up{{link_id{100 + i},
                     lone_core::peer(static_cast<std::size_t>(100 + i)),
                     node_mode::server,
                     false,
                     {}}});
  }
  std::set<link_id> asked_links;
  for (std::size_t first = 0; first < 12; first += 2) {
    const auto asked = at.asked_page();
    REQUIRE(asked);
    CHECK(asked->link <= lone_core::link(3));
    asked_links.insert(asked->link);
    at.step(heard{asked->link, at.page(first, first + 1), 0, asked->request});
  }
  CHECK(asked_links.size() == 4);
  INFO("and when each member has failed, one of them is");
  std::size_t strangers = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const auto asked = at.asked_page();
    REQUIRE(asked);
    strangers += asked->link > lone_core::link(3) ? 1 : 0;
    at.step(request_ended{asked->link, asked->request, errc::timed_out});
  }
  CHECK(strangers == 1);
}

TEST_CASE("each server gets its turn: members, and a stranger whenever all members failed") {
  link_table links;
  CHECK_FALSE(links.server(0, 0));
  for (std::uint64_t id = 1; id <= 3; ++id) {
    links.up({link_id{id}, lone_core::peer(id), node_mode::server, false, {}}, std::nullopt);
  }
  std::set<link_id> asked;
  for (std::uint64_t i = 0; i < 3; ++i) {
    asked.insert(*links.server(i, 0));
  }
  CHECK(asked.size() == 3); // no member is linked
  links.up({link_id{8}, lone_core::peer(8), node_mode::server, false, {}}, member_index{0});
  links.up({link_id{9}, lone_core::peer(9), node_mode::server, false, {}}, member_index{1});
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < 9; ++i) {
    order.push_back(links.server(i, i)->value());
  }
  CHECK(order == std::vector<std::uint64_t>{8, 9, 1, 9, 8, 2, 8, 9, 3});
}

TEST_CASE(
  "where all servers failed those in client mode are asked: the next epoch's members may be some") {
  link_table links;
  links.up({link_id{1}, lone_core::peer(1), node_mode::client, false, {}}, std::nullopt);
  CHECK(links.server(0, 0) == link_id{1}); // there is no other
  links.up({link_id{2}, lone_core::peer(2), node_mode::server, false, {}}, std::nullopt);
  links.up({link_id{8}, lone_core::peer(8), node_mode::client, false, {}}, member_index{0});
  std::set<std::uint64_t> early;
  std::set<std::uint64_t> late;
  for (std::uint64_t i = 0; i < 12; ++i) {
    (i < 3 ? early : late).insert(links.server(i, i)->value());
  }
  CHECK(early == std::set<std::uint64_t>{2, 8});
  CHECK(late == std::set<std::uint64_t>{1, 2, 8});
}

/// The blocks told as notarized since, and forgotten.
std::vector<digest> take_told(lone_core& at) {
  std::vector<digest> out;
  for (const auto& one : std::exchange(at.done, {})) {
    const auto* const what = std::get_if<tell>(&one);
    const auto* const block = what == nullptr ? nullptr : std::get_if<block_notarized>(&what->item);
    if (block != nullptr) {
      out.push_back(block->id);
    }
  }
  return out;
}

TEST_CASE(
  "a block whose certificate was missed is notarized by a certified child that is fetched") {
  lone_core at{std::uint16_t{0}};
  at.live();
  const auto missed = lone_core::child(at.genesis, view{1}, 0);
  const auto after = lone_core::child(missed, view{2}, 0);
  const bool before = GENERATE(true, false);
  INFO("its proposal comes before the child " << before);
  if (before) {
    at.hear(1, proposal{{missed, {}}, {}});
  }
  at.hear(3, at.certified(vote_kind::notarize, view{2}, digest_of(after)));
  std::optional<send> asked;
  for (const auto& one : at.done) {
    const auto* const sent = std::get_if<send>(&one);
    if (sent != nullptr && std::holds_alternative<proposal_request>(sent->message)) {
      asked = *sent;
    }
  }
  REQUIRE(asked);
  at.step(heard{asked->link, proposal_response{proposal{{after, {}}, {}}}, 0, asked->request});
  if (!before) {
    at.hear(1, proposal{{missed, {}}, {}});
  }
  CHECK(take_told(at) == std::vector{digest_of(missed), digest_of(after)});
}

TEST_CASE("how far the group is members alone say, each by a finalization or by having none") {
  struct row {
    const char* name;
    std::size_t first;             ///< who answers, before member 2 does
    std::optional<vote_kind> kind; ///< of what it shows, of the beginning; none: nothing
    bool counts;
  };
  constexpr std::size_t stranger = 9;
  const row rows[] = {{"a member, nothing", 1, std::nullopt, true},
                      {"a member, a finalization", 1, vote_kind::finalize, true},
                      {"a member, a notarization", 1, vote_kind::notarize, false},
                      {"a stranger, nothing", stranger, std::nullopt, false},
                      {"a stranger, a finalization", stranger, vote_kind::finalize, false}};
  for (const auto& one : rows) {
    INFO(one.name);
    lone_core at{std::uint16_t{0}};
    at.live();
    at.step(link_up{
      {lone_core::link(stranger), lone_core::peer(stranger), node_mode::server, false, {}}});
    const auto asked = at.done;
    const auto say = [&](std::size_t who, const std::optional<certificate>& shows) {
      for (const auto& sent : asked) {
        const auto* const to = std::get_if<send>(&sent);
        if (to != nullptr && to->link == lone_core::link(who)
            && std::holds_alternative<tip_request>(to->message)) {
          at.answer(*to, tip_response{std::nullopt, shows});
          return true;
        }
      }
      return false;
    };
    REQUIRE(say(one.first, one.kind ? std::optional{at.certified(*one.kind, view{})}
                                    : std::optional<certificate>{}));
    REQUIRE(say(2, std::nullopt));
    const bool told = std::any_of(at.done.begin(), at.done.end(), [](const action& did) {
      const auto* const said = std::get_if<tell>(&did);
      return said != nullptr && std::holds_alternative<group_height>(said->item);
    });
    CHECK(told == one.counts);
  }
}

} // namespace
} // namespace caucus::voting
