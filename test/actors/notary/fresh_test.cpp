#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

/// Reads that show all that was acknowledged anywhere before they began, by the word of a quorum.

namespace caucus::testing {
namespace {

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

TEST_CASE("a fresh read waits for the block that certifies what was acknowledged") {
  group g{small_genesis(), 1};
  g.order();
  const auto told = g.propose(0, "score", "add", {"1"});
  g.run();
  g.make_final(
    g.make_block(g.at(0).held)); // there is a receipt, and no certified state with it yet
  REQUIRE(g.receipt_for(0, told).has_value());
  std::vector<std::pair<std::size_t, request_tag>> reads;
  for (std::size_t who = 0; who < g.size(); ++who) {
    reads.emplace_back(who, g.get(who, "score", {}, false, true));
  }
  g.run();
  for (const auto& [who, tag] : reads) {
    CHECK(g.answers<get_answer>(who, tag).empty());
  }
  g.make_final(g.make_block({}));
  for (const auto& [who, tag] : reads) {
    CHECK(g.value_for(who, tag) == "1");
    REQUIRE(g.freshness_for(who, tag) != nullptr);
    CHECK(g.freshness_for(who, tag)->attestations.size() >= 3);
  }
}

TEST_CASE("a fresh read waits for what a quorum signed `finalize` for, final here or not") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto later = g.make_block({});
  for (const std::size_t who : {1U, 2U}) { // with one liar more it may be final somewhere
    g.signs_finalize(who, later);
  }
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(4, tag).empty());
  g.make_final(later);
  CHECK(g.value_for(4, tag) == "1");
  CHECK(g.verified(**g.answer_for(4, tag))->height == later->header.height);
}

TEST_CASE("in an idle group whose last block lists nothing a fresh read is answered at once") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  for (std::size_t who = 0; who < g.size(); ++who) {
    const auto tag = g.get(who, "score", {}, false, true);
    g.run();
    CHECK(g.value_for(who, tag) == "1");
    CHECK(g.freshness_for(who, tag) != nullptr);
  }
}

TEST_CASE("a block that was notarized and abandoned keeps no fresh read waiting") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  auto higher = *g.make_block({});
  higher.header.height = height{higher.header.height.value() + 5};
  g.signs_finalize(3, std::make_shared<const block>(higher)); // of a view before the next one's
  g.at(0).linked = false;                                     // so all three others are needed
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(4, tag).empty());
  g.make_final(g.make_block({}));
  CHECK(g.value_for(4, tag) == "1");
}

TEST_CASE("the word of fewer than a quorum is not enough, and who said nothing is named") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  g.at(0).linked = false;
  g.at(1).bound.reset(); // restarted, say: it cannot tell what it signed
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(4, tag).empty()); // one may come back in time
  g.tick(duration{5'000'000});
  CHECK(g.answer_for(4, tag).error().code == errc::no_quorum_answered);
  CHECK(g.answer_for(4, tag).error().detail
        == "2 of 4 members attested in time, 3 are needed; not: m0 (no link), m1 (cannot tell yet "
           "what it voted for)");
}

TEST_CASE("a fresh read says so when this node is behind what members attest") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto later = g.make_block({});
  for (std::size_t who = 0; who < 4; ++who) {
    g.signs_finalize(who, later);
  }
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  g.tick(duration{5'000'000});
  CHECK(g.answer_for(4, tag).error().code == errc::not_yet);
  CHECK(g.answer_for(4, tag).error().detail.find("4 of 4 members attested") == 0);
}

TEST_CASE("a fresh read takes a member that comes back in time, and none twice") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  g.at(0).linked = false;
  g.at(1).linked = false;
  std::size_t said = 0;
  g.tamper_attests = [&](std::size_t, attest_response&) { ++said; };
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  g.tick(duration{600'000}); // two have attested, and are not asked again
  CHECK(said == 2);
  CHECK(g.answers<get_answer>(4, tag).empty());
  g.at(1).linked = true;
  g.tick(duration{600'000});
  CHECK(g.value_for(4, tag) == "1");
  CHECK(said == 3);
}

TEST_CASE("a member's own user needs the word of others too") {
  group g;
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  g.at(2).linked = false;
  g.at(3).linked = false;
  const auto tag = g.get(0, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(0, tag).empty());
  g.at(2).linked = true;
  g.tick(duration{600'000});
  CHECK(g.value_for(0, tag) == "1");
}

struct lie {
  const char* name;
  std::function<void(const group&, attest_response&)> tell;
  errc why;
};

/// By member 3, as its own key would.
void signed_for(const group& g, attest_response& what, const fresh_nonce& nonce) {
  what.attestation->signature =
    sign(key_of(3), signed_bytes(g.network(), nonce, what.attestation->bound, what.epoch));
}
void made_up(const group& g, attest_response& what) {
  what.attestation->bound.height = height{1'000};
  what.attestation->bound.view = view{1'000};
  signed_for(g, what, group::nonce_of(1));
}

TEST_CASE("who attests what is false is blamed, and keeps nobody waiting") {
  const auto told = GENERATE(values<lie>({
    {"an old attestation",
     [](const group& g, attest_response& what) { signed_for(g, what, group::nonce_of(77)); },
     errc::bad_signature},
    {"another's name",
     [](const group&, attest_response& what) { what.attestation->signer = member_index{2}; },
     errc::bad_certificate},
    {"a header that nobody notarized, without a certificate",
     [](const group& g, attest_response& what) {
       made_up(g, what);
       what.shown.reset();
     },
     errc::bad_certificate},
    {"no certificate, and a header of height 0 that is not the beginning",
     [](const group& g, attest_response& what) {
       what.attestation->bound = block_header{};
       what.attestation->bound.group = g.from().group;
       what.attestation->bound.view = view{1'000};
       signed_for(g, what, group::nonce_of(1));
       what.shown.reset();
     },
     errc::bad_certificate},
    {"a header that nobody notarized, with another's certificate",
     [](const group& g, attest_response& what) { made_up(g, what); }, errc::bad_certificate},
    {"a header that nobody notarized, with signatures made up",
     [](const group& g, attest_response& what) {
       made_up(g, what);
       what.shown->subject.digest = digest_of(what.attestation->bound);
       what.shown->subject.view = what.attestation->bound.view;
     },
     errc::bad_certificate},
    {"another group's header",
     [](const group& g, attest_response& what) {
       what.attestation->bound.group = group_id{9};
       signed_for(g, what, group::nonce_of(1));
     },
     errc::wrong_group},
  }));
  INFO(told.name);
  group g{small_genesis(), 1};
  g.order();
  g.tamper_attests = [&](std::size_t from, attest_response& what) {
    if (from == 3) {
      told.tell(g, what);
    }
  };
  const auto tag = g.get(4, "score", {}, false, true);
  REQUIRE(tag == 1);
  g.run();
  CHECK(g.freshness_for(4, tag) != nullptr);
  REQUIRE(g.at(4).blames.size() == 1);
  CHECK(g.at(4).blames.front().code == told.why);
  CHECK(g.at(4).blames.front().link == g.link_to(3));
}

TEST_CASE("before there is a block members attest the beginning, and nobody is blamed for it") {
  group g{small_genesis(), 1};
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(4, tag).empty());
  CHECK(g.at(4).blames.empty());
  g.order();
  g.tick(duration{600'000});
  CHECK(g.freshness_for(4, tag) != nullptr);
  CHECK(g.at(4).blames.empty());
}

TEST_CASE("a liar's true notarization that nothing follows keeps no fresh read waiting") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  g.signs_finalize(3, g.make_block({}));
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.value_for(4, tag) == "1");
  CHECK(g.at(4).blames.empty());
}

TEST_CASE("a node that is behind takes a member's answer, if that shows what a quorum attests") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  const auto early = g.get(1, "score");
  g.run();
  const auto old = *g.answer_for(1, early);
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.run();
  std::vector<shared_block> missed{g.make_block(g.at(0).held)};
  g.at(4).linked = false;
  g.make_final(missed.front());
  g.make_final(g.make_block({}));
  g.at(4).linked = true;
  std::size_t stale = 0;
  g.tamper_reads = [&](std::size_t, read_response& what) {
    if (stale++ == 0) {
      what = {*old, {}};
    }
  };
  const auto tag = g.get(4, "score", {}, false, true);
  g.run();
  CHECK(g.answers<get_answer>(4, tag).empty());
  g.tick(duration{600'000}); // the first one asked is behind, or lies
  CHECK(g.answers<get_answer>(4, tag).empty());
  g.tick(duration{600'000});
  CHECK(stale == 2);
  CHECK(g.value_for(4, tag) == "2");
  CHECK(g.freshness_for(4, tag) != nullptr);
}

TEST_CASE("a fresh read of more than an answer holds is refused, by what a node knows itself") {
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

TEST_CASE("a fresh read by a node that is behind ends as too long when more say so than may lie") {
  group g{small_genesis(), 1};
  static_cast<void>(g.propose(0, "tags", "insert", {"one"}));
  g.order();
  const auto later = g.make_block({});
  for (std::size_t i = 0; i < 4; ++i) {
    g.finalized(i, later);
  }
  const std::size_t liars = GENERATE(1U, 2U);
  g.tamper_reads = [&](std::size_t from, read_response& what) {
    if (from < liars) {
      what = {std::nullopt, errc::too_long};
    }
  };
  const auto tag = g.get(4, "tags", {}, true, true);
  for (int i = 0; i < 4; ++i) {
    g.tick(duration{600'000});
  }
  if (liars == 1) {
    CHECK(g.verified(**g.answer_for(4, tag))->entries.size() == 2);
  } else {
    CHECK(g.answer_for(4, tag).error().code == errc::too_long);
  }
}

} // namespace
} // namespace caucus::testing
