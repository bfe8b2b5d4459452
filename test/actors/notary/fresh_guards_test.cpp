#include "actors/notary/fresh_claim.hpp"
#include "actors/notary/reads.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

// Each condition of fresh reads alone: what a member's word must be, and what of all that comes back for a
// read counts for it.

namespace caucus::testing {
namespace {

using namespace std::chrono_literals;

// -- what is attested ----------------------------------------------------------------------------

TEST_CASE("an attestation is shown by a certificate of its bound, of its view and epoch alone") {
  group g;
  g.order();
  const auto bound = g.blocks.back()->header;
  const fresh_nonce nonce = group::nonce_of(5);
  const auto by = [&](std::uint16_t from) {
    return attestation{member_index{from}, bound,
                       sign(key_of(from), signed_bytes(g.network(), nonce, bound, first_epoch))};
  };
  const auto signed_by_all = [&](const subject& on) {
    certificate out{on, 0, {}};
    for (std::size_t i = 0; i < 4; ++i) {
      out.signers |= std::uint64_t{1} << i;
      out.signatures.push_back(sign(key_of(i), signed_bytes(g.network(), g.from().group, on)));
    }
    return out;
  };
  const auto check = [&](const attestation& what, const certificate* shown) {
    const auto good = verify_attestation(g.from(), committees{g.from()}, g.network(), nonce,
                                         {first_epoch, what, shown}, verify);
    return good ? errc{} : good.error().code;
  };
  CHECK(check(by(3), nullptr) == errc{});
  CHECK(check(by(4), nullptr) == errc::unknown_member); // the first that is none
  struct row {
    const char* name;
    subject on;
    errc why;
  };
  const digest id = digest_of(bound);
  const row rows[] = {
    {"a notarization", {vote_kind::notarize, bound.epoch, bound.view, id}, errc{}},
    {"a finalization", {vote_kind::finalize, bound.epoch, bound.view, id}, errc{}},
    {"a nullification", {vote_kind::nullify, bound.epoch, bound.view, id}, errc::bad_certificate},
    {"of another header",
     {vote_kind::notarize, bound.epoch, bound.view, digest{}},
     errc::bad_certificate},
    {"of another view",
     {vote_kind::notarize, bound.epoch, bound.view.next(), id},
     errc::bad_certificate},
    {"of another epoch", {vote_kind::notarize, epoch{9}, bound.view, id}, errc::bad_certificate},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    const auto shown = signed_by_all(one.on);
    CHECK(check(by(0), &shown) == one.why);
  }
}

block_header header_of(std::uint64_t in, std::uint64_t at, bool lists = false) {
  block_header out;
  out.view = view{in};
  out.height = height{at};
  out.payload = payload_digest(lists ? std::vector<digest>{digest{}} : std::vector<digest>{});
  return out;
}

TEST_CASE(
  "the height that is waited for is the quorum's least view's, or one above if that lists") {
  const auto voters = committee_of(small_genesis());
  struct row {
    const char* name;
    block_header bound; ///< of the third of them by view
    std::uint64_t least;
  };
  const row rows[] = {{"it lists nothing", header_of(7, 5), 5},
                      {"it lists some", header_of(7, 5, true), 6},
                      {"it is the highest view and the lowest height", header_of(8, 1, true), 2}};
  for (const auto& one : rows) {
    INFO(one.name);
    fresh_claim claim{voters, {}};
    claim.attested({member_index{0}, header_of(2, 9, true), {}});
    claim.attested({member_index{1}, header_of(6, 9), {}});
    claim.attested({member_index{2}, header_of(9, 20, true), {}});
    claim.attested({member_index{3}, one.bound, {}});
    CHECK(claim.least() == height{one.least});
  }
}

// -- what comes back -----------------------------------------------------------------------------

/// The reads of a client that is linked to members 0 to 3. The test is those members, and whoever checks.
struct by_hand {
  genesis from = small_genesis();
  notary_setup setup{from,
                     network_of(from),
                     compile_rules(from, {}).value(),
                     key_of(9).id(),
                     [](bytes_view) { return signature{}; },
                     {}};
  peer_table peers{committee_of(setup.genesis), setup.self};
  shared_history history =
    std::make_shared<const epoch_history>(epoch_history{committees{setup.genesis}, {}});
  reads core{setup, peers, history};
  std::vector<notary_out::action> wanted{}; ///< and not taken
  time_point now{1s};

  by_hand() {
    for (std::size_t i = 0; i < 4; ++i) {
      peers.up(link_id{i + 1}, key_of(i).id(), node_mode::server, true);
    }
  }
  [[nodiscard]] notary_turn t() { return {{now, {}, wanted}}; }
  template <class Action>
  [[nodiscard]] std::vector<Action> take() {
    std::vector<Action> out;
    std::erase_if(wanted, [&](notary_out::action& one) {
      auto* const fits = std::get_if<Action>(&one);
      if (fits != nullptr) {
        out.push_back(std::move(*fits));
      }
      return fits != nullptr;
    });
    return out;
  }
  /// A fresh read, and the tags under which it asked members 0 to 3 for their word.
  std::vector<std::uint64_t> get(request_tag tag, const char* variable = "score",
                                 bool whole = false) {
    core.get(0, {tag, {variable, {}, whole, {}}, true, duration{1h}, group::nonce_of(tag)}, {},
             t());
    std::vector<std::uint64_t> out;
    for (const auto& one : take<notary_out::request>()) {
      out.push_back(one.tag);
    }
    REQUIRE(out.size() == 4);
    return out;
  }
  [[nodiscard]] static attest_response word(std::size_t of, const block_header& bound,
                                            bool shown = true) {
    return {attestation{member_index{static_cast<std::uint16_t>(of)}, bound, {}},
            shown ? std::optional{certificate{}} : std::nullopt,
            {}};
  }
  /// The member's word came; what of it is to be checked.
  notary_out::check_attestation hear(std::uint64_t tag, const attest_response& what) {
    core.answered(tag, what, t());
    const auto checks = take<notary_out::check_attestation>();
    REQUIRE(checks.size() == 1);
    return checks.front();
  }
  void attests(std::uint64_t tag, std::size_t of, const block_header& bound,
               const result<void>& how = {}) {
    core.attestation_checked(hear(tag, word(of, bound)).token, how, t());
  }
  /// Three of four attest it.
  void attested(const std::vector<std::uint64_t>& tags, const block_header& bound) {
    for (std::size_t i = 0; i < 3; ++i) {
      attests(tags[i], i, bound);
    }
  }
  void certified(const block_header& what) {
    core.certified({what, {}, state_tree{setup.rules->variable_count()}, setup.rules}, t());
  }
  /// The question for an answer that the one read asks a member, some time later.
  notary_out::request asks() {
    now += setup.config.ask_again_after;
    core.tick(t());
    for (auto& one : take<notary_out::request>()) {
      if (std::holds_alternative<read_request>(one.request)) {
        return one;
      }
    }
    FAIL("no member is asked");
    return {};
  }
  /// That a member's answer came; what is to be checked of it.
  std::uint64_t answer_came(std::uint64_t tag, const block_header& header) {
    core.answered(tag, read_response{answer{"score", {}, header, {}}, {}}, t());
    const auto checks = take<notary_out::check_answer>();
    REQUIRE(checks.size() == 1);
    return checks.front().token;
  }
  [[nodiscard]] static verified_answer shows(const block_header& header) {
    return {"score", variable_id{1}, variable_kind::counter,   header.height, header.time, digest{},
            0,       false,          {{bytes{}, std::nullopt}}};
  }
  /// What was told of this read.
  [[nodiscard]] std::vector<get_answer> told(request_tag tag) {
    std::vector<get_answer> out;
    for (const auto& one : take<notary_out::tell>()) {
      if (const auto* const got = std::get_if<get_answer>(&one.answer);
          got != nullptr && got->tag == tag) {
        out.push_back(*got);
      }
    }
    return out;
  }
};

TEST_CASE("what nobody asked, and what comes for a read that is over, is nothing") {
  by_hand at;
  at.core.answered(99, errc::timed_out, at.t());
  at.core.answered(99, by_hand::word(0, header_of(1, 1)), at.t());
  at.core.attestation_checked(99, {}, at.t());
  at.core.checked(99, by_hand::shows(header_of(1, 1)), at.t());
  CHECK(at.wanted.empty());
  const auto tags = at.get(1);
  at.attested(tags, header_of(1, 1));
  const auto asked = at.asks();
  const auto checking = at.hear(tags[3], by_hand::word(3, header_of(1, 1)));
  SECTION("a word, and the end of a question") {
    const auto more = at.get(2);
    at.core.asker_gone(0);
    at.core.answered(more[0], by_hand::word(0, header_of(1, 1)), at.t());
    at.core.answered(more[1], by_hand::word(0, header_of(1, 1)), at.t()); // in another's name
    at.core.answered(more[2], errc::timed_out, at.t());
  }
  SECTION("a check of a word") {
    at.core.asker_gone(0);
    at.core.attestation_checked(checking.token, {}, at.t());
  }
  SECTION("an answer") {
    at.core.asker_gone(0);
    at.core.answered(asked.tag, read_response{answer{"score", {}, header_of(9, 9), {}}, {}},
                     at.t());
  }
  SECTION("a check of an answer") {
    const auto token = at.answer_came(asked.tag, header_of(9, 9));
    at.core.asker_gone(0);
    at.core.checked(token, by_hand::shows(header_of(9, 9)), at.t());
  }
  CHECK(at.wanted.empty());
}

TEST_CASE("a word whose check fails does not count, whatever it is that failed") {
  const auto why = GENERATE(errc::bad_signature, errc::internal);
  by_hand at;
  at.certified(header_of(5, 5));
  const auto tags = at.get(1);
  at.attests(tags[0], 0, header_of(1, 1));
  at.attests(tags[1], 1, header_of(1, 1));
  at.attests(tags[2], 2, header_of(1, 1), fail(why, "says the test"));
  CHECK(at.told(1).empty());
  CHECK(at.take<notary_out::blame>().size() == (why == errc::internal ? 0U : 1U));
  at.attests(tags[3], 3, header_of(1, 1));
  CHECK(at.told(1).size() == 1);
}

TEST_CASE("a bound's certificate is checked until one was good, and never one that shows nothing") {
  by_hand at;
  const auto bound = header_of(3, 3);
  auto tags = at.get(1);
  const auto first = at.hear(tags[0], by_hand::word(0, bound));
  CHECK(first.shown);
  CHECK(at.hear(tags[1], by_hand::word(1, bound)).shown); // the first may be bad
  at.core.attestation_checked(first.token, {}, at.t());
  CHECK_FALSE(at.hear(tags[2], by_hand::word(2, bound)).shown);
  CHECK(at.hear(tags[3], by_hand::word(3, header_of(4, 4))).shown);
  INFO("that of the beginning is none's");
  const auto beginning = genesis_header(at.from);
  tags = at.get(2);
  const auto bare = at.hear(tags[0], by_hand::word(0, beginning, false));
  CHECK_FALSE(bare.shown);
  at.core.attestation_checked(bare.token, {}, at.t());
  CHECK(at.hear(tags[1], by_hand::word(1, beginning)).shown);
  INFO("what our own state covers needs none");
  at.certified(header_of(5, 5));
  CHECK_FALSE(at.hear(tags[2], by_hand::word(2, bound)).shown);
}

TEST_CASE("where a member's answer was told a lower state of our own is told no more") {
  by_hand at;
  at.certified(header_of(2, 2));
  const auto behind = at.get(1);
  const auto other = at.get(2);
  at.attested(behind, header_of(8, 8));
  const auto token = at.answer_came(at.asks().tag, header_of(9, 9));
  at.core.checked(token, by_hand::shows(header_of(9, 9)), at.t());
  REQUIRE(at.told(1).size() == 1);
  at.attested(other, header_of(1, 1)); // which our own shows
  CHECK(at.told(2).empty());
  at.certified(header_of(9, 9));
  CHECK(at.told(2).size() == 1);
}

TEST_CASE(
  "a member's answer is taken if it is to the question, and not older than one that was told") {
  by_hand at;
  const auto first = at.get(1);
  at.attested(first, header_of(3, 3));
  const auto early = at.answer_came(at.asks().tag, header_of(5, 5));
  const auto tags = at.get(2); // asked while nothing was told
  at.core.checked(early, by_hand::shows(header_of(5, 5)), at.t());
  REQUIRE(at.told(1).size() == 1);
  at.attested(tags, header_of(3, 3));
  struct row {
    const char* name;
    void (*spoil)(verified_answer&);
  };
  const row rows[] = {
    {"of another variable", [](verified_answer& of) { of.variable = "motto"; }},
    {"of another key", [](verified_answer& of) { of.entries[0].key = {std::byte{1}}; }},
    {"of a height below what was told", [](verified_answer& of) { of.height = height{4}; }},
    {"of no height", [](verified_answer& of) { of.height = height{}; }},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    auto shown = by_hand::shows(header_of(5, 5));
    one.spoil(shown);
    at.core.checked(at.answer_came(at.asks().tag, header_of(5, 5)), shown, at.t());
    CHECK(at.told(2).empty());
  }
  at.core.checked(at.answer_came(at.asks().tag, header_of(5, 5)), fail(errc::bad_proof, "a lie"),
                  at.t());
  CHECK(at.told(2).empty());
  const auto last = at.answer_came(at.asks().tag, header_of(5, 5));
  at.core.checked(last, by_hand::shows(header_of(5, 5)), at.t()); // the same height as was told
  const auto told = at.told(2);
  REQUIRE(told.size() == 1);
  REQUIRE(told.front().answer);
  CHECK((*told.front().answer)->header == header_of(5, 5));
}

TEST_CASE("all of a variable is shown by all of its entries, or by the one that it has") {
  struct row {
    const char* variable;
    variable_kind kind;
    bool asked; ///< for all
    bool whole; ///< what comes
    std::uint64_t at;
    bool taken;
  };
  const row rows[] = {
    {"tags", variable_kind::set, true, false, 1, false},
    {"tags", variable_kind::set, true, true, 1, true},
    {"tags", variable_kind::set, true, true, 0, false}, // of no height
    {"tags", variable_kind::set, false, false, 1, true},
    {"profile", variable_kind::map, true, false, 1, false},
    {"profile", variable_kind::map, true, true, 1, true},
    {"score", variable_kind::counter, true, false, 1, true},
    {"motto", variable_kind::reg, true, false, 1, true},
    {"load", variable_kind::opaque, true, false, 1, true},
  };
  for (const auto& one : rows) {
    INFO(one.variable << ' ' << one.asked << ' ' << one.whole << ' ' << one.at);
    by_hand at;
    at.attested(at.get(1, one.variable, one.asked), header_of(3, 3));
    auto shown = by_hand::shows(header_of(5, one.at));
    shown.variable = one.variable;
    shown.kind = one.kind;
    shown.whole = one.whole;
    at.core.checked(at.answer_came(at.asks().tag, header_of(5, one.at)), shown, at.t());
    CHECK(at.told(1).size() == (one.taken ? 1U : 0U));
  }
}

TEST_CASE("a member that gives no answer says nothing of its size unless it says that") {
  by_hand at;
  at.attested(at.get(1), header_of(3, 3));
  const auto end = [&](const auto& how) {
    at.core.answered(at.asks().tag, how, at.t());
    return at.told(1);
  };
  for (int i = 0; i < 4; ++i) { // each member once
    CHECK(end(read_response{std::nullopt, errc::busy}).empty());
  }
  for (int i = 0; i < 4; ++i) {
    CHECK(end(errc::timed_out).empty());
  }
  CHECK(end(read_response{std::nullopt, errc::too_long}).empty()); // one may lie
  const auto told = end(read_response{std::nullopt, errc::too_long});
  REQUIRE(told.size() == 1);
  CHECK(told.front().answer.error().code == errc::too_long);
}

} // namespace
} // namespace caucus::testing
