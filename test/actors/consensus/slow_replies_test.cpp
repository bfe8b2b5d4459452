#include "test/actors/consensus/behind.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <set>

// Servers that answer later than the retry interval, yet in time: what is under way is not asked for
// again, and is taken when it comes.

namespace caucus::voting {
namespace {

/// Requests of a kind since, and forgotten.
template <class Request>
std::size_t take_asked(lone_core& at) {
  std::size_t out = 0;
  for (const auto& one : std::exchange(at.done, {})) {
    const auto* const sent = std::get_if<send>(&one);
    out += sent != nullptr && sent->request != 0 && std::holds_alternative<Request>(sent->message);
  }
  return out;
}

/// Three retry intervals, in small steps: less than a request may take.
template <class Request>
std::size_t asked_while_waiting(lone_core& at) {
  const auto step = at.config.retry_interval / 4;
  REQUIRE(12 * step < at.config.request_timeout);
  std::size_t out = 0;
  for (int i = 0; i < 12; ++i) {
    at.pass(step);
    out += take_asked<Request>(at);
  }
  return out;
}

TEST_CASE("a block that comes after three retry intervals was asked for once, and is taken") {
  lone_core at{std::nullopt};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.finalized(first);
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  CHECK(take_asked<proposal_request>(at) == 1);
  CHECK(asked_while_waiting<proposal_request>(at) == 0);
  at.answer(*asked, proposal_response{proposal{{first, {}}, {}}});
  CHECK(at.core->status().final_height == height{1});
}

TEST_CASE("so a page of blocks") {
  behind at;
  const auto asked = at.asked_page();
  REQUIRE(asked);
  take_asked<chain_request>(at);
  CHECK(asked_while_waiting<chain_request>(at) == 0);
  at.answer(*asked, at.page(0, 19));
  CHECK(at.core->status().final_height == height{20});
}

TEST_CASE("so a page of certificates") {
  lone_core at{std::uint16_t{0}};
  at.live();
  at.hear(1, at.certified(vote_kind::nullify, view{1}));
  at.hear(1, at.certified(vote_kind::nullify, view{4})); // 2 and 3 are missing
  at.hear(1, proposal{{lone_core::child(at.genesis, view{5}, 0), {}}, {}});
  const auto asked = at.asked<certificate_request>();
  REQUIRE(asked);
  CHECK(std::get<certificate_request>(asked->message).first == view{2});
  CHECK(take_asked<certificate_request>(at) == 1);
  CHECK(asked_while_waiting<certificate_request>(at) == 0);
  at.answer(*asked, certificate_page{{at.certified(vote_kind::nullify, view{2}),
                                      at.certified(vote_kind::nullify, view{3})}});
  INFO("and what it says counts");
  at.done.clear();
  at.pass(duration{1'000});
  CHECK_FALSE(at.asked<certificate_request>());
}

TEST_CASE("a request that nobody answered is made again, to another") {
  lone_core at{std::nullopt};
  at.live();
  at.finalized(lone_core::child(at.genesis, view{1}, 0));
  std::set<link_id> asked_links;
  for (int i = 0; i < 3; ++i) {
    const auto asked = at.asked<proposal_request>();
    REQUIRE(asked);
    CHECK(asked_links.insert(asked->link).second);
    at.done.clear();
    at.pass(at.config.request_timeout);
    at.step(request_ended{asked->link, asked->request, errc::timed_out});
  }
}

TEST_CASE("an answer that comes when its request has ended is nothing any more") {
  lone_core at{std::nullopt};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  at.finalized(first);
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  at.step(request_ended{asked->link, asked->request, errc::timed_out});
  at.answer(*asked, proposal_response{proposal{{first, {}}, {}}});
  CHECK(at.core->status().final_height == height{0});
}

TEST_CASE("a slow check of a vote, a proposal or a certificate is asked for once") {
  lone_core at{std::uint16_t{0}};
  at.live();
  at.holds = true;
  at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 0), {}}, {}});
  at.hear(2, vote{{vote_kind::nullify, epoch{}, view{1}, {}}, member_index{2}, {}});
  at.hear(3, at.certified(vote_kind::nullify, view{9}));
  REQUIRE(at.held.size() == 3);
  for (int i = 0; i < 8; ++i) { // and they are sent again meanwhile
    at.pass(at.config.retry_interval);
    at.hear(1, proposal{{lone_core::child(at.genesis, view{1}, 0), {}}, {}});
    at.hear(2, vote{{vote_kind::nullify, epoch{}, view{1}, {}}, member_index{2}, {}});
    at.hear(3, at.certified(vote_kind::nullify, view{9}));
  }
  CHECK(at.held.size() == 3);
}

} // namespace
} // namespace caucus::voting
