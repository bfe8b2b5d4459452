#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"
#include "runtime/base/text.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <initializer_list>
#include <utility>

/// Answers that show that they miss nothing, true and forged: the answers themselves hold.

namespace caucus::testing {

namespace {

using json = nlohmann::ordered_json;

fresh_nonce asked_nonce() {
  fresh_nonce out;
  out.raw.fill(std::byte{0x5A});
  return out;
}

/// Of a view before the answer's own, another for each member: not two saw the same last.
block_header earlier(const known_group& of, std::size_t who) {
  auto out = of.header;
  out.height = height{out.height.value() - 1 - who};
  out.view = view{out.view.value() - 1 - who};
  out.time -= wall_ms{10};
  return out;
}

/// `key`: whose signature it has.
attestation attest_as(std::size_t who, const block_header& bound, std::size_t key,
                      const network_id& network) {
  return {member_index{static_cast<std::uint16_t>(who)}, bound,
          sign(known_key(key), signed_bytes(network, asked_nonce(), bound, first_epoch))};
}

attestation attest(const known_group& of, std::size_t who, const block_header& bound) {
  return attest_as(who, bound, who, of.network);
}

freshness by(const known_group& of, std::initializer_list<std::size_t> members) {
  freshness out{asked_nonce(), {}};
  for (const auto who : members) {
    out.attestations.push_back(attest(of, who, earlier(of, who)));
  }
  return out;
}

/// The answer's header is every member's last as well, and its block lists nothing.
known_group resting_group() {
  auto out = plain_group();
  out.header.payload = payload_digest({});
  return out;
}

void add_true(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto ruled = ruled_group();
  const auto nonce = to_hex(asked_nonce().view());
  const auto holds = [&to](const known_group& of, const std::string& name, const std::string& claim,
                           const answer& what, const freshness& fresh, const std::string& asked) {
    to.push_back({"fresh_" + name, of.genesis_name, of.rules, "", claim,
                  answer_json(of.from, what, &fresh), asked});
  };
  const auto score = plain.one("score");
  const auto three = by(plain, {0, 1, 2});
  holds(plain, "by_three", "a quorum attests bounds of earlier views", score, three, "");
  holds(plain, "for_its_nonce", "its asker asked with that nonce", score, three, nonce);
  holds(plain, "by_all", "more than a quorum", score, by(plain, {0, 1, 2, 3}), nonce);
  holds(plain, "by_others", "any quorum will do", score, by(plain, {0, 2, 3}), "");
  holds(plain, "whole", "all elements of tags", plain.all("tags"), three, nonce);
  holds(ruled, "of_rules", "of a network with rules", ruled.one("board", "5"), by(ruled, {0, 1, 2}),
        nonce);
  auto what = three;
  auto bound = plain.header;
  bound.height = height{plain.header.height.value() + 9};
  bound.view = view{plain.header.view.value() - 1};
  what.attestations[1] = attest(plain, 1, bound);
  holds(plain, "abandoned", "a bound of an earlier view is covered whatever its height", score,
        what, "");
  what = three;
  bound = {};
  bound.group = plain.from.group;
  what.attestations[2] = attest(plain, 2, bound);
  holds(plain, "by_a_new_member", "one that signed for no block yet", score, what, "");
  const auto resting = resting_group();
  what = three;
  for (std::size_t i = 0; i < 3; ++i) {
    what.attestations[i] = attest(resting, i, resting.header);
  }
  holds(resting, "resting", "the bound is the answer's header, and its block lists nothing",
        resting.one("score"), what, nonce);
  what.attestations[0] = attest(resting, 0, earlier(resting, 0));
  holds(resting, "resting_but_one", "some attest the header itself, some an earlier one",
        resting.one("score"), what, nonce);
}

void add_forged_attestations(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto ruled = ruled_group();
  const auto resting = resting_group();
  const auto forged = [&](const std::string& name, const std::string& reason, const char* code,
                          const std::function<void(freshness&)>& how,
                          const known_group* of = nullptr) {
    const auto& group = of == nullptr ? plain : *of;
    auto what = by(group, {0, 1, 2});
    how(what);
    to.push_back({"fresh_" + name, group.genesis_name, "", code, reason,
                  answer_json(group.from, group.one("score"), &what)});
  };
  forged("too_few", "of 4 members 3 are a quorum", "bad_proof",
         [](auto& f) { f.attestations.pop_back(); });
  forged("by_nobody", "nobody attests", "bad_proof", [](auto& f) { f.attestations.clear(); });
  forged("twice", "member 1 counts once", "bad_proof",
         [](auto& f) { f.attestations[2] = f.attestations[1]; });
  forged("twice_of_four", "member 2 is there twice, behind a quorum", "bad_proof",
         [](auto& f) { f.attestations.push_back(f.attestations[2]); });
  forged("out_of_order", "members ascend", "bad_proof",
         [](auto& f) { std::swap(f.attestations[1], f.attestations[2]); });
  forged("of_a_stranger", "there is no member 4", "unknown_member",
         [&](auto& f) { f.attestations[2] = attest(plain, 4, earlier(plain, 0)); });
  forged("of_the_last_place", "there is no member 65535", "unknown_member", [&](auto& f) {
    f.attestations[2] = attest_as(65'535, earlier(plain, 0), 2, plain.network);
  });
  const auto signed_so = [&](const std::string& name, const std::string& reason,
                             const std::function<void(attestation&)>& how) {
    forged(name, reason, "bad_signature", [&](auto& f) { how(f.attestations[1]); });
  };
  signed_so("signed_by_another", "member 1's word has member 3's signature",
            [&](auto& a) { a = attest_as(1, a.bound, 3, plain.network); });
  signed_so("of_another_network", "signed for the network with rules",
            [&](auto& a) { a = attest_as(1, a.bound, 1, ruled.network); });
  signed_so("bound_lowered", "an earlier view than was signed",
            [](auto& a) { a.bound.view = view{a.bound.view.value() - 1}; });
  signed_so("bound_altered", "every byte of the bound is signed",
            [](auto& a) { a.bound.time += wall_ms{1}; });
  signed_so("signature_altered", "another signature",
            [](auto& a) { a.signature.raw[9] ^= std::byte{1}; });
  signed_so("signature_of_zeros", "no signature", [](auto& a) { a.signature = {}; });
  signed_so("signed_as_a_proposal", "each purpose has its own bytes", [&](auto& a) {
    a.signature = sign(known_key(1), signed_bytes(plain.network, a.bound));
  });
  signed_so("signed_as_a_vote", "a vote for the bound is no word on a nonce", [&](auto& a) {
    a.signature = sign(known_key(1), signed_bytes(plain.network, plain.from.group,
                                                  subject{vote_kind::finalize, a.bound.epoch,
                                                          a.bound.view, digest_of(a.bound)}));
  });
  forged(
    "of_four_one_false", "all that are given must hold, not only a quorum", "bad_signature",
    [&](auto& f) { f.attestations.push_back(attest_as(3, earlier(plain, 3), 2, plain.network)); });
  forged("nonce_altered", "signed for another nonce", "bad_signature",
         [](auto& f) { f.nonce.raw[0] ^= std::byte{1}; });
  forged("of_another_group", "a bound of another group", "wrong_group", [&](auto& f) {
    auto bound = f.attestations[0].bound;
    bound.group = group_id{1};
    f.attestations[0] = attest(plain, 0, bound);
  });
  const auto bound_by = [&](const std::string& name, const std::string& reason,
                            const known_group& of, const block_header& bound) {
    forged(
      name, reason, "bad_proof", [&](auto& f) { f.attestations[2] = attest(of, 2, bound); }, &of);
  };
  auto bound = plain.header;
  bound_by("bound_lists",
           "the bound is the header itself, whose block may list what was acknowledged", plain,
           bound);
  bound.view = view{bound.view.value() + 1};
  bound_by("bound_above", "member 2 may have signed for more than is shown", plain, bound);
  bound.height = height{1};
  bound_by("bound_above_and_lower", "it is the view that counts, not the height", plain, bound);
  bound = resting.header;
  bound.state_root.raw[0] ^= std::byte{1};
  bound_by("bound_of_the_view", "another header of the same view", resting, bound);
}

void add_forged_texts_of_fresh(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto fresh = by(plain, {0, 1, 2});
  const auto text = answer_json(plain.from, plain.one("score"), &fresh);
  const auto nonce = to_hex(asked_nonce().view());
  auto other = asked_nonce();
  other.raw[15] ^= std::byte{1};
  to.push_back({"fresh_for_another_nonce", plain.genesis_name, "", "bad_proof",
                "asked was with another nonce", text, to_hex(other.view())});
  to.push_back({"fresh_not_at_all", plain.genesis_name, "", "bad_proof",
                "asked was with a nonce, and the answer has none",
                answer_json(plain.from, plain.one("score")), nonce});
  const auto altered = [&](const std::string& name, const char* code, const std::string& reason,
                           const std::function<void(json&)>& how) {
    auto what = json::parse(text);
    how(what["fresh"]);
    to.push_back({"fresh_" + name, plain.genesis_name, "", code, reason, what.dump()});
  };
  altered("shown_nonce", "bad_proof", "the proof has another nonce",
          [&](json& j) { j["nonce"] = to_hex(other.view()); });
  altered("shown_members", "bad_proof", "node3 attests nothing", [](json& j) {
    j["members"] = json{"node0", "node1", "node3"};
  });
  altered("shown_fewer", "bad_proof", "node2 attests too", [](json& j) {
    j["members"] = json{"node0", "node1"};
  });
  altered("shown_turned", "bad_proof", "members are in the order of the proof", [](json& j) {
    j["members"] = json{"node1", "node0", "node2"};
  });
  altered("shown_places", "bad_proof", "members are shown by name", [](json& j) {
    j["members"] = json{0, 1, 2};
  });
  altered("no_nonce", "bad_proof", "the nonce is not shown", [](json& j) { j.erase("nonce"); });
  altered("height_beside", "bad_proof", "a member that is none of these",
          [](json& j) { j["height"] = 41; });
  altered("no_proof", "file_malformed", "there is no proof", [](json& j) { j.erase("proof"); });
  altered("proof_is_null", "file_malformed", "a proof is hex",
          [](json& j) { j["proof"] = nullptr; });
  altered("true", "file_malformed", "a word is no proof", [](json& j) { j = true; });
  altered("bytes_behind", "file_malformed", "a byte too many",
          [](json& j) { j["proof"] = j["proof"].get<std::string>() + "00"; });
  altered("cut", "file_malformed", "it ends too early", [](json& j) {
    const auto hex = j["proof"].get<std::string>();
    j["proof"] = hex.substr(0, hex.size() - 2);
  });
}

} // namespace

void add_fresh(std::vector<proof_case>& to) {
  add_true(to);
  add_forged_attestations(to);
  add_forged_texts_of_fresh(to);
}

} // namespace caucus::testing
