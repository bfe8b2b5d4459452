#include "test/proofs/maker.hpp"

#include "actors/notary/merkle.hpp"
#include "actors/rpc/control_json.hpp"
#include "messages/archive/codec.hpp"
#include "messages/archive/signing.hpp"
#include "runtime/base/text.hpp"

#include <nlohmann/json.hpp>

#include <functional>

/// Receipts, true and forged.

namespace caucus::testing {

namespace {

using json = nlohmann::ordered_json;

/// A block of `count` mutations at height 40, of which every third is refused, and `behind` headers.
struct certified_block {
  std::vector<receipt> all;
  std::vector<block_header> headers;

  certified_block(const known_group& of, std::uint32_t count, std::size_t behind) {
    std::vector<digest> leaves;
    for (std::uint32_t i = 0; i < count; ++i) {
      receipt one{receipt_status::applied, {}, {}, height{40}, i};
      if (i % 3 == 2) {
        one.status = receipt_status::refused;
        one.code = errc::out_of_bounds;
        one.reason = "a step of " + std::to_string(i) + ", allowed are 1 either way";
      }
      leaves.push_back(merkle_leaf(encode(one)));
      all.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < behind; ++i) {
      auto next = of.header;
      next.at = height{41 + i};
      next.in = view{50 + i};
      next.receipts_root = i == 0 ? merkle_root(leaves) : digest{};
      next.parent = i == 0 ? next.parent : digest_of(headers.back());
      headers.push_back(next);
    }
  }
  [[nodiscard]] receipt_proof prove(const known_group& of, std::uint32_t index) const {
    std::vector<digest> leaves;
    for (const auto& one : all) {
      leaves.push_back(merkle_leaf(encode(one)));
    }
    const auto count = static_cast<std::uint32_t>(all.size());
    return {all.at(index), count, prove_leaf(std::move(leaves), index).siblings, headers,
            of.sign({vote_kind::finalize, headers.back().in_epoch, headers.back().in,
                     digest_of(headers.back())})};
  }
};

} // namespace

void add_receipts(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto ruled = ruled_group();
  const certified_block seven{plain, 7, 3};
  const auto honest = seven.prove(plain, 4);
  const auto holds = [&](const std::string& name, const std::string& claim, const known_group& of,
                         const receipt_proof& what) {
    to.push_back(
      {"receipt_" + name, of.genesis_name, of.rules, "", claim, receipt_proof_json(what)});
  };
  for (const std::uint32_t index : {0U, 1U, 2U, 5U, 6U}) {
    holds("of_seven_" + std::to_string(index), "one of 7 receipts", plain,
          seven.prove(plain, index));
  }
  holds("alone", "the only one of its block", plain, certified_block{plain, 1, 1}.prove(plain, 0));
  holds("of_many", "one of 1000", plain, certified_block{plain, 1'000, 1}.prove(plain, 767));
  holds("of_rules", "of a network with rules", ruled, certified_block{ruled, 2, 2}.prove(ruled, 1));
  const auto text = receipt_proof_json(honest);
  auto named = json::parse(text);
  named["request_id"] = "order-66";
  to.push_back({"receipt_named", plain.genesis_name, "", "",
                "a request id may stand beside it, and proves nothing", named.dump()});

  const auto forged = [&](const std::string& name, const std::string& reason, const char* code,
                          const std::function<void(receipt_proof&)>& how) {
    auto what = honest;
    how(what);
    to.push_back(
      {"receipt_" + name, plain.genesis_name, "", code, reason, receipt_proof_json(what)});
  };
  const auto sign = [&](receipt_proof& p) {
    p.finalization = plain.sign({vote_kind::finalize, p.headers.back().in_epoch,
                                 p.headers.back().in, digest_of(p.headers.back())});
  };
  forged("of_another", "the leaf of index 1", "bad_proof", [](auto& p) { p.what.index = 1; });
  forged("beyond", "there are 7", "bad_proof", [](auto& p) { p.what.index = 7; });
  forged("fewer", "another count takes another way", "bad_proof", [](auto& p) { p.count = 5; });
  forged("none", "no receipts, and one of them", "bad_proof", [](auto& p) { p.count = 0; });
  forged("made_refused", "it was applied", "bad_proof", [](auto& p) {
    p.what.status = receipt_status::refused;
    p.what.code = errc::out_of_bounds;
  });
  forged("reason_added", "what is applied has no reason", "bad_proof",
         [](auto& p) { p.what.reason = "well done"; });
  forged("code_added", "what is applied has no code", "bad_proof",
         [](auto& p) { p.what.code = errc::busy; });
  forged("another_height", "of the block at 40", "bad_proof",
         [](auto& p) { p.what.at = height{39}; });
  forged("sibling_altered", "another sibling", "bad_proof",
         [](auto& p) { p.siblings[0].raw[0] ^= std::byte{1}; });
  forged("sibling_missing", "too few siblings", "bad_proof",
         [](auto& p) { p.siblings.pop_back(); });
  forged("sibling_added", "too many siblings", "bad_proof",
         [](auto& p) { p.siblings.push_back(p.siblings[0]); });
  forged("siblings_turned", "from the leaf up", "bad_proof",
         [](auto& p) { std::swap(p.siblings.front(), p.siblings.back()); });
  forged("no_header", "no header", "bad_proof", [](auto& p) { p.headers.clear(); });
  forged("header_missing", "a header of the chain is left out", "bad_proof",
         [](auto& p) { p.headers.erase(p.headers.begin() + 1); });
  forged("first_missing", "the child is left out", "bad_proof",
         [](auto& p) { p.headers.erase(p.headers.begin()); });
  forged("last_missing", "the certificate is for another", "bad_certificate",
         [](auto& p) { p.headers.pop_back(); });
  forged("root_altered", "another root, and nobody's parent", "bad_proof",
         [](auto& p) { p.headers[0].receipts_root = merkle_leaf(encode(p.what)); });
  forged("last_altered", "not what was signed", "bad_certificate",
         [](auto& p) { p.headers[2].time += wall_ms{1}; });
  forged("chain_skips", "heights are consecutive", "bad_proof", [&](auto& p) {
    p.headers[2].at = height{44};
    sign(p);
  });
  forged("chain_of_another_parent", "the parent is another", "bad_proof", [&](auto& p) {
    p.headers[2].parent.raw[0] ^= std::byte{1};
    sign(p);
  });
  forged("another_group", "of another group", "wrong_group", [&](auto& p) {
    for (auto& header : p.headers) {
      header.group = group_id{1};
    }
    p.headers[1].parent = digest_of(p.headers[0]);
    p.headers[2].parent = digest_of(p.headers[1]);
    sign(p);
  });
  forged("of_two_signers", "of 4 members 3 are a quorum", "bad_certificate",
         [&](auto& p) { p.finalization = plain.sign(p.finalization.on, 3); });
  forged("notarized_only", "a notarized block may be abandoned", "bad_certificate", [&](auto& p) {
    auto on = p.finalization.on;
    on.kind = vote_kind::notarize;
    p.finalization = plain.sign(on);
  });
  forged("signature_altered", "another signature", "bad_certificate",
         [](auto& p) { p.finalization.signatures[1].raw[7] ^= std::byte{1}; });
  const auto altered = [&](const std::string& name, const char* code, const std::string& reason,
                           const std::function<void(json&)>& how) {
    auto what = json::parse(text);
    how(what);
    to.push_back({"receipt_" + name, plain.genesis_name, "", code, reason, what.dump()});
  };
  altered("shown_refused", "bad_proof", "it was applied", [](json& j) { j["status"] = "refused"; });
  altered("shown_elsewhere", "bad_proof", "it is index 4", [](json& j) { j["index"] = 3; });
  altered("shown_higher", "bad_proof", "it is height 40", [](json& j) { j["height"] = 41; });
  altered("shown_mutation", "bad_proof", "which mutation it was is not proven",
          [](json& j) { j["mutation"] = "score add 5"; });
  altered("request_id_number", "bad_proof", "a request id is a text",
          [](json& j) { j["request_id"] = 66; });
  altered("bytes_behind", "trailing_bytes", "a byte too many",
          [](json& j) { j["receipt"] = j["receipt"].get<std::string>() + "00"; });
  altered("cut", "", "it ends too early", [](json& j) {
    const auto hex = j["receipt"].get<std::string>();
    j["receipt"] = hex.substr(0, hex.size() - 2);
  });
  to.back().refused = "*";
  altered("and_answer", "bad_proof", "one of the two", [&](json& j) {
    j["answer"] = json::parse(answer_json(plain.from, plain.one("score")))["answer"];
  });
}

} // namespace caucus::testing
