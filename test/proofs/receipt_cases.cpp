#include "test/proofs/maker.hpp"

#include "actors/notary/merkle.hpp"
#include "actors/notary/proof_json.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
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
      next.height = height{41 + i};
      next.view = view{50 + i};
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
            of.sign({vote_kind::finalize, headers.back().epoch, headers.back().view,
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
  for (const std::uint32_t count : {1U, 2U, 3U, 5U}) {
    for (const std::size_t behind : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
      const certified_block block{plain, count, behind};
      const auto size = std::to_string(count);
      const auto claim =
        " of " + size + ", certified by block " + std::to_string(behind) + " behind it";
      holds("first_of_" + size + "_by_" + std::to_string(behind), "the first" + claim, plain,
            block.prove(plain, 0));
      if (count > 1) {
        holds("last_of_" + size + "_by_" + std::to_string(behind), "the last" + claim, plain,
              block.prove(plain, count - 1));
      }
    }
  }
  auto recounted = honest;
  recounted.count = 8;
  holds("recounted", "how many there are is not proven: of 8 the way up would be the same", plain,
        recounted);
  for (const auto code : {errc::refused_by_rule, errc::not_a_writer, errc::unknown_operation,
                          errc::truncated, errc::bad_text, errc{9'999}}) {
    certified_block coded{plain, 0, 1};
    coded.all = {{receipt_status::refused, code, "\xff no text", height{40}, 0}};
    coded.headers[0].receipts_root = merkle_leaf(encode(coded.all[0]));
    holds("code_" + std::to_string(static_cast<unsigned>(code)),
          "its code is shown by name, and one without a name as unknown; its reason as bytes",
          plain, coded.prove(plain, 0));
  }
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
    p.finalization = plain.sign({vote_kind::finalize, p.headers.back().epoch, p.headers.back().view,
                                 digest_of(p.headers.back())});
  };
  forged("of_another", "the leaf of index 1", "bad_proof", [](auto& p) { p.receipt.index = 1; });
  forged("beyond", "there are 7", "bad_proof", [](auto& p) { p.receipt.index = 7; });
  forged("fewer", "another count takes another way", "bad_proof", [](auto& p) { p.count = 5; });
  forged("none", "no receipts, and one of them", "bad_proof", [](auto& p) { p.count = 0; });
  forged("made_refused", "it was applied", "bad_proof", [](auto& p) {
    p.receipt.status = receipt_status::refused;
    p.receipt.code = errc::out_of_bounds;
  });
  forged("reason_added", "what is applied has no reason", "bad_proof",
         [](auto& p) { p.receipt.reason = "well done"; });
  forged("code_added", "what is applied has no code", "bad_proof",
         [](auto& p) { p.receipt.code = errc::busy; });
  forged("another_height", "of the block at 40", "bad_proof",
         [](auto& p) { p.receipt.height = height{39}; });
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
         [](auto& p) { p.headers[0].receipts_root = merkle_leaf(encode(p.receipt)); });
  forged("last_altered", "not what was signed", "bad_certificate",
         [](auto& p) { p.headers[2].time += wall_ms{1}; });
  forged("chain_skips", "heights are consecutive", "bad_proof", [&](auto& p) {
    p.headers[2].height = height{44};
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
         [&](auto& p) { p.finalization = plain.sign(p.finalization.subject, 3); });
  forged("notarized_only", "a notarized block may be abandoned", "bad_certificate", [&](auto& p) {
    auto on = p.finalization.subject;
    on.kind = vote_kind::notarize;
    p.finalization = plain.sign(on);
  });
  forged("signature_altered", "another signature", "bad_certificate",
         [](auto& p) { p.finalization.signatures[1].raw[7] ^= std::byte{1}; });
  forged("of_strangers", "there are no members 4 to 6", "bad_certificate",
         [&](auto& p) { p.finalization = plain.sign(p.finalization.subject, 64 + 32 + 16); });
  forged("of_a_stranger", "two members and a stranger are no quorum", "bad_certificate",
         [&](auto& p) { p.finalization = plain.sign(p.finalization.subject, 16 + 3); });
  forged("member_twice", "member 2's place has member 1's signature", "bad_certificate",
         [](auto& p) { p.finalization.signatures[2] = p.finalization.signatures[1]; });
  forged("nullified", "of a vote to give the view up", "bad_certificate", [&](auto& p) {
    auto on = p.finalization.subject;
    on.kind = vote_kind::nullify;
    p.finalization = plain.sign(on);
  });
  forged("certified_view", "the certificate is of another view", "bad_certificate", [&](auto& p) {
    auto on = p.finalization.subject;
    on.view = view{on.view.value() + 1};
    p.finalization = plain.sign(on);
  });
  forged("certified_epoch", "the certificate is of another epoch", "bad_certificate", [&](auto& p) {
    auto on = p.finalization.subject;
    on.epoch = epoch{1};
    p.finalization = plain.sign(on);
  });
  forged(
    "certified_first", "the certificate is for the first header, not the last", "bad_certificate",
    [&](auto& p) {
      const auto& first = p.headers.front();
      p.finalization = plain.sign({vote_kind::finalize, first.epoch, first.view, digest_of(first)});
    });
  forged("of_another_network", "signed for the network with rules", "bad_certificate",
         [&](auto& p) { p.finalization = ruled.sign(p.finalization.subject); });
  forged("one_of_the_chain_of_another_group", "the last header is of another group", "wrong_group",
         [&](auto& p) {
           p.headers[2].group = group_id{1};
           sign(p);
         });
  forged("of_another_block", "the siblings are of another block", "bad_proof", [&](auto& p) {
    p.siblings = certified_block{plain, 8, 3}.prove(plain, 4).siblings;
  });
  forged("made_applied", "it was refused", "bad_proof", [&](auto& p) {
    p = seven.prove(plain, 5);
    p.receipt = {receipt_status::applied, {}, {}, height{40}, 5};
  });
  forged("reason_altered", "it was refused for another reason", "bad_proof", [&](auto& p) {
    p = seven.prove(plain, 5);
    p.receipt.reason = "not allowed on Sundays";
  });
  forged("code_altered", "it was refused with another code", "bad_proof", [&](auto& p) {
    p = seven.prove(plain, 5);
    p.receipt.code = errc::not_a_writer;
  });
  // What a quorum certified against the form of a receipt means nothing.
  const auto formless = [&](const std::string& name, const std::string& reason, receipt of) {
    certified_block block{plain, 0, 1};
    block.all = {std::move(of)};
    block.headers[0].receipts_root = merkle_leaf(encode(block.all[0]));
    to.push_back({"receipt_" + name, plain.genesis_name, "", "bad_proof", reason,
                  receipt_proof_json(block.prove(plain, 0))});
  };
  formless("applied_with_a_code", "certified, and applied with a code",
           {receipt_status::applied, errc::busy, {}, height{40}, 0});
  formless("applied_with_a_reason", "certified, and applied with a reason",
           {receipt_status::applied, {}, "well done", height{40}, 0});
  formless("of_no_parent", "certified by block 41 as of block 39",
           {receipt_status::applied, {}, {}, height{39}, 0});
  formless("refused_without_a_code", "certified, and refused without a code",
           {receipt_status::refused, {}, "no", height{40}, 0});
  const auto altered = [&](const std::string& name, const char* code, const std::string& reason,
                           const std::function<void(json&)>& how) {
    auto what = json::parse(text);
    how(what);
    to.push_back({"receipt_" + name, plain.genesis_name, "", code, reason, what.dump()});
  };
  altered("shown_refused", "bad_proof", "it was applied", [](json& j) { j["status"] = "refused"; });
  altered("shown_elsewhere", "bad_proof", "it is index 4", [](json& j) { j["index"] = 3; });
  altered("shown_higher", "bad_proof", "it is height 40", [](json& j) { j["height"] = 41; });
  altered("shown_code", "bad_proof", "what is applied has no code",
          [](json& j) { j["code"] = "unknown"; });
  altered("shown_reason", "bad_proof", "what is applied has no reason",
          [](json& j) { j["reason"] = "well done"; });
  altered("shown_signers", "bad_proof", "three signed", [](json& j) { j["signers"] = 4; });
  altered("height_left_out", "bad_proof", "a member is missing",
          [](json& j) { j.erase("height"); });
  altered("receipt_is_null", "file_malformed", "a proof is hex",
          [](json& j) { j["receipt"] = nullptr; });
  altered("receipt_in_capitals", "file_malformed", "hex is in lower case", [](json& j) {
    auto hex = j["receipt"].get<std::string>();
    for (auto& digit : hex) {
      digit = digit == 'a' ? 'A' : digit;
    }
    j["receipt"] = hex;
  });
  to.push_back({"receipt_twice", plain.genesis_name, "", "file_malformed", "a member named twice",
                text.substr(0, text.size() - 1) + R"(,"index":4})"});
  to.push_back({"receipt_is_not_fresh", plain.genesis_name, "", "bad_proof",
                "a receipt is of no nonce", text, std::string(32, '5')});
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
