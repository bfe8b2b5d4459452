#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"

#include <array>
#include <functional>
#include <utility>

/// Whole answers that say what they show, under headers and signatures that do not certify it.

namespace caucus::testing {

namespace {

/// s + L, which is the same scalar: RFC 8032 section 5.1.7 has it refused.
signature malleated(signature of) {
  constexpr std::array<unsigned, 32> order{
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += std::to_integer<unsigned>(of.raw[32 + i]) + order[i];
    of.raw[32 + i] = static_cast<std::byte>(carry & 0xFFU);
    carry >>= 8U;
  }
  return of;
}

} // namespace

void add_forged_certificates(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto ruled = ruled_group();
  const auto add = [&](const std::string& name, const std::string& reason, const char* code,
                       const std::function<void(answer&)>& how) {
    auto forged = plain.one("score");
    how(forged);
    to.push_back({name, plain.genesis_name, "", code, reason, answer_json(plain.from, forged)});
  };
  const auto cert = [&](const std::string& name, const std::string& reason,
                        const std::function<void(certificate&)>& how) {
    add("certificate_" + name, reason, "bad_certificate",
        [&](answer& what) { how(what.finalization); });
  };
  cert("of_two", "of 4 members 3 are a quorum", [&](auto& c) { c = plain.finalization(3); });
  cert("of_none", "nobody signed", [&](auto& c) { c = plain.finalization(0); });
  cert("of_a_stranger", "there is no member 4", [&](auto& c) { c = plain.finalization(16 + 3); });
  cert("of_strangers", "there are no members 4 to 6",
       [&](auto& c) { c = plain.finalization(64 + 32 + 16); });
  cert("of_the_last_bit", "there is no member 63", [&](auto& c) {
    c = plain.finalization(3);
    c.signers |= std::uint64_t{1} << 63U;
    c.signatures.push_back(c.signatures[0]);
  });
  cert("one_signs_twice", "member 2's place has member 1's signature",
       [](auto& c) { c.signatures[2] = c.signatures[1]; });
  cert("turned", "signatures are in the order of the members",
       [](auto& c) { std::swap(c.signatures[0], c.signatures[2]); });
  cert("another_signer", "the third signature is member 2's, and 3 is named",
       [](auto& c) { c.signers = 11; });
  cert("zeros", "signatures of zeros", [](auto& c) {
    for (auto& one : c.signatures) {
      one = {};
    }
  });
  for (std::size_t i = 0; i < 3; ++i) {
    cert("malleated_" + std::to_string(i), "s is not below the order of the group",
         [i](auto& c) { c.signatures[i] = malleated(c.signatures[i]); });
    cert("r_altered_" + std::to_string(i), "another R",
         [i](auto& c) { c.signatures[i].raw[3] ^= std::byte{1}; });
    cert("s_altered_" + std::to_string(i), "another s",
         [i](auto& c) { c.signatures[i].raw[40] ^= std::byte{1}; });
  }
  const auto on = plain.finalization().subject;
  const auto other_subject = [&](const std::string& name, const std::string& reason,
                                 const std::function<void(subject&)>& how) {
    cert(name, reason, [&](auto& c) {
      auto changed = on;
      how(changed);
      c = plain.sign(changed);
    });
    cert(name + "_unsigned", reason + ", and was not signed", [&](auto& c) { how(c.subject); });
  };
  other_subject("notarize", "a notarized block may be abandoned",
                [](auto& s) { s.kind = vote_kind::notarize; });
  other_subject("nullify", "a nullification certifies no block",
                [](auto& s) { s.kind = vote_kind::nullify; });
  other_subject("other_view", "the header is of another view", [](auto& s) { s.view = view{99}; });
  other_subject("other_epoch", "the header is of another epoch",
                [](auto& s) { s.epoch = epoch{1}; });
  other_subject("other_block", "it is for another header",
                [](auto& s) { s.digest.raw[0] ^= std::byte{1}; });
  const auto signed_otherwise = [&](const std::string& name, const std::string& reason,
                                    const std::function<bytes()>& text) {
    cert("signed_" + name, reason, [&](auto& c) {
      const auto raw = text();
      for (std::size_t i = 0; i < 3; ++i) {
        c.signatures[i] = sign(known_key(i), raw);
      }
    });
  };
  const auto body = encode(on);
  signed_otherwise("for_another_network", "a signature is for one network",
                   [&] { return signed_bytes(ruled.network, plain.from.group, on); });
  signed_otherwise("for_another_group", "a signature is for one group",
                   [&] { return signed_bytes(plain.network, group_id{8}, on); });
  signed_otherwise("for_notarize", "the purpose is the kind's name",
                   [&] { return signed_bytes(plain.network, plain.from.group, "notarize", body); });
  signed_otherwise("without_domain", "the body alone is signed", [&] { return body; });
  signed_otherwise("the_header", "the header's digest is signed", [&] {
    return signed_bytes(plain.network, plain.from.group, "finalize",
                        digest_of(plain.header).view());
  });

  // Another header, under the old signatures: with the old subject, and with one that fits.
  const std::vector<std::pair<std::string, std::function<void(block_header&)>>> fields{
    {"epoch", [](auto& h) { h.epoch = epoch{1}; }},
    {"height", [](auto& h) { h.height = height{42}; }},
    {"view", [](auto& h) { h.view = view{45}; }},
    {"parent_view", [](auto& h) { h.parent_view = view{43}; }},
    {"parent", [](auto& h) { h.parent.raw[0] ^= std::byte{1}; }},
    {"time", [](auto& h) { h.time += wall_ms{1}; }},
    {"payload", [](auto& h) { h.payload.raw[31] ^= std::byte{1}; }},
    {"state_root", [](auto& h) { h.state_root.raw[0] ^= std::byte{1}; }},
    {"receipts_root", [](auto& h) { h.receipts_root.raw[0] ^= std::byte{1}; }}};
  for (const auto& [name, how] : fields) {
    const auto* const code = name == "state_root" ? "bad_proof"
                             : name == "epoch" ? "wrong_epoch" // nobody is shown to be its members
                                               : "bad_certificate";
    add("header_" + name, name + " is not what was signed", "bad_certificate",
        [&, apply = how](answer& what) { apply(what.header); });
    add("header_" + name + "_renamed", name + " is not what was signed, and the subject names it",
        code, [&, apply = how](answer& what) {
          apply(what.header);
          what.finalization.subject = {vote_kind::finalize, what.header.epoch, what.header.view,
                                       digest_of(what.header)};
        });
  }
  add("header_group", "of another group", "wrong_group",
      [](answer& what) { what.header.group = group_id{1}; });
  // A state of one's own: all is right but who says so.
  auto own = plain_group();
  own.put("score", "", bytes(8));
  own.seal(41);
  auto made_up = own.one("score");
  made_up.finalization.signatures = plain.finalization().signatures;
  to.push_back({"state_made_up", plain.genesis_name, "", "bad_certificate",
                "a state that nobody certified", answer_json(own.from, made_up)});

  const auto board = answer_json(ruled.from, ruled.one("board", "5"));
  to.push_back({"other_rules_version", ruled.genesis_name, "tic_tac_toe:1", "bad_certificate",
                "the network's rules are tic_tac_toe:2", board});
  to.push_back({"other_rules_name", ruled.genesis_name, "chess:2", "bad_certificate",
                "the network's rules are tic_tac_toe:2", board});
  to.push_back({"other_network", plain.genesis_name, "", "unknown_variable",
                "another genesis has no board", board});
  to.push_back({"rules_where_none_are", plain.genesis_name, "tic_tac_toe:2", "bad_certificate",
                "the network has no rules", answer_json(plain.from, plain.one("score"))});
}

} // namespace caucus::testing
