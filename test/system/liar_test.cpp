#include "test/system/false_member.hpp"
#include "test/system/siege.hpp"

#include "messages/block.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

// One of four members lies, with a member's real key, over real links: the honest three go on, agree,
// and hold the proof where there is one.

namespace caucus::harness {
namespace {

using nlohmann::json;

constexpr member_index liar_index{3};
constexpr variable_id motto{2}; ///< as `caucus init` declares them
constexpr variable_id tags{3};
constexpr operation_id only{0}; ///< set of a register, insert of a set

argument text(std::string_view what) {
  const auto raw = as_bytes(what);
  return bytes{raw.begin(), raw.end()};
}

struct betrayed : siege {
  masquerade liar = masquerade::of(group().directory(3) / "identity.key");

  betrayed() : siege{3} {}

  [[nodiscard]] std::vector<std::uint16_t> ports() const { return {port(0), port(1), port(2)}; }
  [[nodiscard]] std::uint64_t evidence(std::size_t node) {
    return json::parse(group().view(node).json).at("evidence_count").get<std::uint64_t>();
  }
  [[nodiscard]] bool all_have_evidence() {
    return std::all_of(honest().begin(), honest().end(),
                       [this](std::size_t node) { return evidence(node) > 0; });
  }
  [[nodiscard]] json value_of(const std::string& variable) {
    const auto told = group().cli(0, "get", {variable, "--json"});
    REQUIRE(told.how.ok());
    return json::parse(told.out).at("value");
  }
};

TEST_CASE("a batch that forges its author is blamed on who carried it, and changes nothing") {
  betrayed under;
  const auto victim = masquerade::of(under.group().directory(0) / "identity.key").key.id();
  false_member member{under.liar, under.network(), under.ports(), {}};
  const auto forged = batch_of(under.liar, under.network(), victim, batch_number{1'000'000},
                               {motto, only, {text("forged")}});
  member.say(1, {forged});
  under.group().wait_until("the carrier is blamed",
                           [&] { return member.goodbye_of(1).has_value(); });
  CHECK(member.goodbye_of(1) == errc::bad_signature);
  under.check_goes_on();
  CHECK(under.value_of("motto").is_null());
  under.check_unharmed();
}

TEST_CASE("of two batches of one number one counts at most, and all hold the proof of the lie") {
  betrayed under;
  false_member member{under.liar, under.network(), under.ports(), {}};
  std::uint64_t number = 0;
  under.group().wait_until("all hold evidence", [&] {
    ++number; // another pair, should the first batch have been final before the second came
    const auto one = [&](const char* which) {
      return batch_of(under.liar, under.network(), under.liar.key.id(), batch_number{number},
                      {tags, only, {text(std::to_string(number) + which)}});
    };
    for (const auto node : under.honest()) {
      member.say(node, {one("a"), one("b")});
    }
    return under.all_have_evidence();
  });
  under.check_unharmed();
  std::map<std::string, int> of_number;
  for (const auto& tag : under.value_of("tags")) {
    auto name = tag.get<std::string>();
    name.pop_back();
    CHECK(++of_number[name] == 1);
  }
}

TEST_CASE("a vote in another's name costs the link it came by, and displaces nothing") {
  betrayed under;
  false_member member{under.liar, under.network(), under.ports(), {}};
  const auto in = view{under.group().view(1).view};
  std::vector<false_member::said> votes;
  for (const auto kind : {vote_kind::nullify, vote_kind::finalize}) {
    votes.push_back(
      vote_of(under.liar, under.network(), member_index{0},
              {kind, epoch{}, in, kind == vote_kind::nullify ? digest{} : digest{{std::byte{1}}}}));
  }
  member.say(1, votes);
  under.group().wait_until("the link is closed", [&] { return member.goodbye_of(1).has_value(); });
  CHECK(member.goodbye_of(1) == errc::unknown_member);
  under.check_unharmed();
  CHECK(under.evidence(1) == 0); // against nobody: nothing was signed by whom it names
}

TEST_CASE("a member that equivocates in every view holds up nobody and convicts itself") {
  betrayed under;
  std::map<std::size_t, view> last; // the newest view lied in, by node
  const auto lie = [&](std::size_t node, view in, const digest& real) {
    std::vector<false_member::said> out;
    if (in <= last[node]) {
      return out;
    }
    last[node] = in;
    const digest other{{std::byte{static_cast<unsigned char>(node + 1)}}};
    const auto say = [&](vote_kind kind, const digest& of) {
      out.push_back(vote_of(under.liar, under.network(), liar_index, {kind, epoch{}, in, of}));
    };
    say(vote_kind::notarize, other);
    say(vote_kind::notarize, real);
    say(vote_kind::nullify, {});
    say(vote_kind::finalize, other);
    say(vote_kind::finalize, real);
    std::rotate(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(node), out.end());
    return out;
  };
  false_member member{
    under.liar, under.network(), under.ports(),
    [&](std::size_t node, const hostile_peer::frame& heard) -> std::vector<false_member::said> {
      if (heard.header.code != code_of<proposal>) {
        return {};
      }
      const auto what = decode<proposal>(heard.body);
      return what ? lie(node, what->block.header.view, digest_of(what->block.header))
                  : std::vector<false_member::said>{};
    }};
  under.group().wait_until("all hold evidence", [&] { return under.all_have_evidence(); });
  for (int i = 0; i < 3; ++i) {
    under.check_goes_on();
  }
  under.check_unharmed();

  // Who it was is said by name wherever people look.
  const auto told = under.group().cli(0, "evidence", {"--json"});
  INFO(told.out << told.err);
  REQUIRE(told.how.ok());
  const auto all = json::parse(told.out);
  REQUIRE(all.at("count") > 0);
  CHECK(all.at("evidence").size() == all.at("count"));
  for (const auto& one : all.at("evidence")) {
    CHECK(one.at("member") == "node3");
    CHECK(one.at("view").is_number_unsigned());
  }
  const auto has = [](const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  };
  has(under.group().cli(0, "evidence", {}).out, "node3 (");
  has(under.group().cli(0, "status", {}).out, "liar        node3 (");
  has(under.group().cli(0, "metrics", {}).out, "caucus_evidence_by{member=\"node3\",self=\"0\"} ");
  has(under.group().cli(0, "doctor", {}).out, "node3 (");
  has(under.group().log(0), " error notary: node3 (");
}

} // namespace
} // namespace caucus::harness
