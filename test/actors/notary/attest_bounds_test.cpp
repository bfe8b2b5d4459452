#include "actors/notary/attester.hpp"
#include "runtime/archive/signing.hpp"
#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

// How many may wait for a member's word, what serves them, and that nothing is left of who is served or
// gone.

namespace caucus::testing {
namespace {

/// Two a link may wait, and three of strangers. Links 1 to 3 are members', all others strangers'.
struct bounded {
  genesis from = small_genesis();
  notary_setup setup;
  peer_table peers;
  attester core;
  std::vector<notary_out::action> wanted{};
  std::uint64_t ids = 0;

  explicit bounded(std::size_t self = 0, std::size_t per_link = 2)
      : setup{from,
              network_of(from),
              compile_rules(from, {}).value(),
              key_of(self).id(),
              [self](bytes_view what) { return sign(key_of(self), what); },
              config_with(per_link)},
        peers{committee_of(setup.genesis), setup.self}, core{setup, peers} {
    for (std::size_t i = 1; i <= 20; ++i) {
      peers.up(link_id{i}, key_of(i).id(), node_mode::server);
    }
  }
  static notary_config config_with(std::size_t per_link) {
    notary_config out;
    out.reads_max = 3;
    out.reads_per_link_max = per_link;
    return out;
  }
  [[nodiscard]] notary_turn t() { return {{{}, {}, wanted}}; }
  bool takes(std::uint64_t link) {
    const auto refused = core.asked(link_id{link}, ++ids, {});
    CHECK((!refused || refused == errc::busy));
    return !refused;
  }
  /// Tags of questions to consensus since.
  std::vector<std::uint64_t> pumped() {
    core.pump(t());
    std::vector<std::uint64_t> out;
    for (const auto& one : std::exchange(wanted, {})) {
      out.push_back(std::get<finalize_bound_wanted>(std::get<to_consensus>(one)).tag);
    }
    return out;
  }
  [[nodiscard]] static finalize_bound bound(std::uint64_t tag, std::uint64_t in) {
    block_header out;
    out.view = view{in};
    return {tag, out, std::nullopt};
  }
  /// The views that are attested to whom.
  std::vector<std::pair<link_id, view>> served(bool members, std::size_t portion = 1'000'000) {
    core.serve(members, portion, t());
    std::vector<std::pair<link_id, view>> out;
    for (const auto& one : std::exchange(wanted, {})) {
      const auto& said = std::get<notary_out::respond>(one);
      out.emplace_back(said.link,
                       std::get<attest_response>(said.response).attestation.value().bound.view);
    }
    return out;
  }
  /// All that wait are told and served.
  std::size_t serve_all() {
    for (const auto tag : pumped()) {
      static_cast<void>(core.told(bound(tag, 1)));
    }
    const auto of_members = served(true).size();
    return of_members + served(false).size();
  }
  /// A member has as many as a link may; of strangers three, and each one at least.
  void has_all_its_room() {
    CHECK(takes(1));
    CHECK(takes(1));
    CHECK_FALSE(takes(1));
    CHECK(takes(11));
    CHECK(takes(11));
    CHECK(takes(12));
    CHECK_FALSE(takes(12)); // three wait
    CHECK(takes(13));       // who has none waiting always has room
    CHECK_FALSE(takes(13));
    CHECK(takes(2));
    CHECK(takes(2)); // members are not counted among strangers
  }
};

TEST_CASE("strangers share so many places beyond their first, and members have their own") {
  bounded at;
  at.has_all_its_room();
  CHECK(at.serve_all() == 8);
  INFO("and who was served leaves all of it");
  at.has_all_its_room();
  CHECK(at.serve_all() == 8);
}

TEST_CASE("so does who is gone, whether told or not") {
  bounded at;
  const bool told = GENERATE(false, true);
  at.has_all_its_room();
  if (told) {
    for (const auto tag : at.pumped()) {
      static_cast<void>(at.core.told(bounded::bound(tag, 1)));
    }
  }
  for (std::uint64_t link = 1; link <= 13; ++link) {
    at.core.link_gone(link_id{link});
  }
  CHECK(at.serve_all() == 0);
  at.has_all_its_room();
}

TEST_CASE("a link asks as what it was while something of it waits, and then as what it is") {
  bounded at;
  CHECK(at.takes(1));
  at.peers.up(link_id{30}, key_of(1).id(), node_mode::server); // takes the place of link 1
  CHECK(at.takes(1));
  CHECK(at.serve_all() == 2);
  CHECK(at.takes(11));
  CHECK(at.takes(11));
  CHECK(at.takes(12));
  CHECK_FALSE(at.takes(12)); // three, as nothing of link 1 was counted among strangers'
  CHECK(at.takes(1));        // a stranger's first
  CHECK_FALSE(at.takes(1));
  CHECK(at.takes(30));
  CHECK(at.takes(30));
}

TEST_CASE("a link that was never served has its room whatever consensus told before") {
  bounded at{0, 1};
  for (int i = 0; i < 3; ++i) { // tags 1 to 3
    CHECK(at.takes(1));
    CHECK(at.serve_all() == 1);
  }
  CHECK(at.takes(2));
  CHECK_FALSE(at.takes(2));
  CHECK(at.takes(15));
}

TEST_CASE(
  "consensus is asked one question at a time, and a word that it was not asked for is none") {
  bounded at;
  CHECK(at.core.told(bounded::bound(0, 9)).empty()); // before any question
  CHECK(at.takes(1));
  REQUIRE(at.pumped() == std::vector<std::uint64_t>{1});
  CHECK(at.takes(2));
  CHECK(at.pumped().empty()); // the first one's answer is awaited
  static_cast<void>(at.core.told(bounded::bound(1, 5)));
  static_cast<void>(at.core.told(bounded::bound(1, 6))); // answered already
  static_cast<void>(at.core.told(bounded::bound(7, 7)));
  CHECK(at.served(true) == std::vector<std::pair<link_id, view>>{{link_id{1}, view{5}}});
  REQUIRE(at.pumped() == std::vector<std::uint64_t>{2});
  static_cast<void>(at.core.told(bounded::bound(1, 6))); // of the question before
  CHECK(at.served(true).empty());
  static_cast<void>(at.core.told(bounded::bound(2, 8)));
  CHECK(at.served(true) == std::vector<std::pair<link_id, view>>{{link_id{2}, view{8}}});
}

TEST_CASE("a node that is no member gives its own reads no word") {
  for (const std::size_t self : {0U, 9U}) {
    bounded at{self};
    at.core.own(77, {});
    REQUIRE(at.pumped().size() == 1);
    const auto told = at.core.told(bounded::bound(1, 5));
    REQUIRE(told.size() == 1);
    CHECK(told.front().first == 77);
    CHECK(told.front().second.has_value() == (self == 0));
  }
}

} // namespace
} // namespace caucus::testing
