#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

/// A member's word for others' fresh reads: what it rests on, and what it may cost.

namespace caucus::testing {
namespace {

struct said {
  std::vector<std::pair<std::uint64_t, attest_response>> answers; ///< by msg_id, in order
  std::vector<std::uint64_t> wanted;                              ///< tags told to consensus

  [[nodiscard]] std::size_t good() const {
    return static_cast<std::size_t>(
      std::count_if(answers.begin(), answers.end(),
                    [](const auto& one) { return one.second.attestation.has_value(); }));
  }
};

said take(group::node& n) {
  said out;
  for (auto& one : std::exchange(n.actions, {})) {
    if (const auto* const told = std::get_if<notary_out::respond>(&one)) {
      if (const auto* const what = std::get_if<attest_response>(&told->response)) {
        out.answers.emplace_back(told->msg_id, *what);
      }
    } else if (const auto* const asked = std::get_if<to_consensus>(&one)) {
      if (const auto* const what = std::get_if<finalize_bound_wanted>(asked)) {
        out.wanted.push_back(what->tag);
      }
    }
  }
  return out;
}

void ask(group& g, std::size_t who, std::uint64_t msg_id) {
  g.step(0, notary_in::peer_asked{g.link_to(who), g.at(who).key->id(), msg_id,
                                  attest_request{group::nonce_of(msg_id)}});
}

said turn_of(group& g, bool may_serve = true) {
  auto& n = g.at(0);
  n.core->step(notary_in::network_full{!may_serve}, {g.now, {}, n.actions});
  n.core->finish_turn({g.now, {}, n.actions});
  return take(g.at(0));
}

void tell(group& g, std::uint64_t tag) {
  g.step(0, to_notary{finalize_bound{tag, g.at(0).bound, g.at(0).shown, first_epoch}});
}

TEST_CASE("a member attests only by what consensus tells after the question came") {
  group g{small_genesis(), 1};
  g.order();
  ask(g, 4, 1);
  const auto first = turn_of(g);
  REQUIRE(first.wanted.size() == 1);
  CHECK(first.answers.empty());
  ask(g, 4, 2); // consensus may have told already, and signed more since
  const auto tag = first.wanted.front();
  tell(g, tag);
  const auto second = turn_of(g);
  REQUIRE(second.answers.size() == 1);
  CHECK(second.answers.front().first == 1);
  REQUIRE(second.wanted.size() == 1);
  g.signs_finalize(0, g.make_block({}));
  tell(g, tag); // nobody waits for that any more
  CHECK(turn_of(g).answers.empty());
  tell(g, second.wanted.front());
  const auto third = turn_of(g);
  REQUIRE(third.answers.size() == 1);
  CHECK(third.answers.front().second.attestation->bound == *g.at(0).bound);
  CHECK(verify_attestation(
    g.from(), committees{g.from()}, g.network(), group::nonce_of(2),
    {first_epoch, *third.answers.front().second.attestation, &*third.answers.front().second.shown},
    verify));
}

TEST_CASE("one word of consensus serves all who wait, and who cannot be told is told so") {
  group g{small_genesis(), 1};
  g.order();
  ask(g, 1, 1);
  ask(g, 2, 2);
  ask(g, 4, 3);
  auto asked = turn_of(g);
  REQUIRE(asked.wanted.size() == 1);
  tell(g, asked.wanted.front());
  CHECK(turn_of(g).good() == 3);
  ask(g, 4, 4);
  asked = turn_of(g);
  g.at(0).bound.reset();
  tell(g, asked.wanted.front());
  const auto none = turn_of(g);
  REQUIRE(none.answers.size() == 1);
  CHECK_FALSE(none.answers.front().second.attestation);
  CHECK(none.answers.front().second.code == errc::not_yet);
}

TEST_CASE("a link's attestations that wait are bounded, and a turn signs no more than a portion") {
  constexpr std::size_t clients = 8;
  group g{small_genesis(), clients};
  g.order();
  const auto per_link = g.at(0).config.reads_per_link_max;
  std::uint64_t id = 0;
  for (std::size_t client = 0; client < clients; ++client) {
    for (std::size_t i = 0; i < per_link; ++i) {
      ask(g, 4 + client, ++id);
    }
  }
  ask(g, 4, ++id);
  ask(g, 1, ++id); // of a member
  const auto asked = turn_of(g);
  REQUIRE(asked.answers.size() == 1);
  CHECK(asked.answers.front().first == id - 1);
  CHECK(asked.answers.front().second.code == errc::busy);
  tell(g, asked.wanted.front());
  CHECK(turn_of(g, false).answers.empty()); // the network takes nothing
  std::size_t all = 0;
  for (bool first = true; g.at(0).core->peers_wait(); first = false) {
    const auto now = turn_of(g);
    CHECK(now.good() <= 64U + (first ? 1U : 0U));
    CHECK((!first || now.answers.front().first == id));
    all += now.good();
  }
  CHECK(all == clients * per_link + 1);
}

TEST_CASE("a node that is no member attests nothing, and a link that is gone gets nothing") {
  group g{small_genesis(), 2};
  g.order();
  g.step(4, notary_in::peer_asked{g.link_to(5), g.at(5).key->id(), 1, attest_request{}});
  const auto refused = take(g.at(4));
  REQUIRE(refused.answers.size() == 1);
  CHECK(refused.answers.front().second.code == errc::unknown_member);
  ask(g, 4, 2);
  ask(g, 5, 3);
  const auto asked = turn_of(g);
  g.step(0, notary_in::peer_down{g.link_to(4)});
  tell(g, asked.wanted.front());
  const auto told = turn_of(g);
  REQUIRE(told.answers.size() == 1);
  CHECK(told.answers.front().first == 3);
}

TEST_CASE("whoever waits for an attestation hears that the node stops") {
  group g{small_genesis(), 1};
  g.order();
  ask(g, 4, 1);
  static_cast<void>(turn_of(g));
  ask(g, 4, 2);
  g.at(0).core->stop({g.now, {}, g.at(0).actions});
  const auto told = take(g.at(0));
  REQUIRE(told.answers.size() == 2);
  CHECK(told.answers.front().second.code == errc::stopping);
}

// -- what a saved answer shows -------------------------------------------------------------------

TEST_CASE(
  "an answer is shown to be fresh by a quorum of members that it covers, and by nothing less") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  const auto shown = g.freshness_for(4, tag);
  REQUIRE(shown != nullptr);
  const auto header = (*g.answer_for(4, tag))->header;
  const auto check = [&](const freshness& what, const block_header& certified) {
    const auto good =
      verify_freshness(g.from(), committees{g.from()}, g.network(), certified, what, verify);
    return good ? errc{} : good.error().code;
  };
  REQUIRE(check(*shown, header) == errc{});
  const auto altered = [&](auto&& change) {
    auto out = *shown;
    change(out);
    return check(out, header);
  };
  CHECK(altered([](freshness& of) { of.attestations.resize(2); }) == errc::bad_proof);
  CHECK(altered([](freshness& of) { of.attestations[1] = of.attestations[0]; }) == errc::bad_proof);
  CHECK(altered([](freshness& of) { std::swap(of.attestations[0], of.attestations[1]); })
        == errc::bad_proof);
  CHECK(altered([](freshness& of) { of.nonce.raw[15] = std::byte{1}; }) == errc::bad_signature);
  CHECK(altered([](freshness& of) { of.attestations.back().signer = member_index{64}; })
        == errc::unknown_member);
  CHECK(altered([](freshness& of) { of.attestations[0].bound.view = {}; }) == errc::bad_signature);
  CHECK(altered([](freshness& of) { of.attestations[0].bound.group = group_id{9}; })
        == errc::bad_proof);
  auto earlier = header; // one that certifies less than they signed for
  earlier.view = view{header.view.value() - 1};
  CHECK(check(*shown, earlier) == errc::bad_proof);
}

TEST_CASE("a bound is covered by a later view, or by itself if it lists nothing") {
  group g;
  g.order();
  const auto empty = g.make_block({})->header;
  const auto full = g.make_block({digest{}})->header;
  CHECK(covers(empty, empty));
  CHECK_FALSE(covers(full, full)); // its own batches are not in the state that it certifies
  CHECK(covers(full, empty));
  CHECK_FALSE(covers(empty, full));
  auto higher = empty; // abandoned, and higher than what the group went on with
  higher.height = height{full.height.value() + 7};
  CHECK(covers(full, higher));
  auto other = empty;
  other.time += wall_ms{1};
  CHECK_FALSE(covers(other, empty)); // no two headers of one view are notarized: somebody lies
}

} // namespace
} // namespace caucus::testing
