#include "test/proofs/maker.hpp"

#include "actors/notary/proof_json.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"

#include <nlohmann/json.hpp>

/// The bytes of an answer that are none: what stands beside them is that of the true one.

namespace caucus::testing {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t header_size = 4 + 4 * 8 + 32 + 8 + 3 * 32;
constexpr std::size_t subject_size = 1 + 8 + 8 + 32;

} // namespace

void add_forged_encodings(std::vector<proof_case>& to) {
  const auto plain = plain_group();
  const auto honest = plain.one("score");
  const auto raw = encode(honest);
  const auto whole = json::parse(answer_json(plain.from, honest));
  const auto add = [&](const std::string& name, const std::string& reason, const bytes& forged,
                       const char* code) {
    auto text = whole;
    text["answer"] = to_hex(forged);
    to.push_back({name, plain.genesis_name, "", code, reason, text.dump()});
  };
  // Where the fields are, from the front: see messages/proofs.md.
  const std::size_t entries = 4 + 5;
  const std::size_t key = entries + 4;
  const std::size_t has_value = key + 4;
  const std::size_t value = has_value + 1;
  const std::size_t has_leaf = value + 4 + 8;
  const std::size_t depth = has_leaf + 1 + 64;
  const std::size_t filled = depth + 1;
  const std::size_t siblings = filled + 16;
  const std::size_t header = siblings + 4 + 32 * honest.entries[0].proof.siblings.size();
  const std::size_t subject = header + header_size;
  const std::size_t signers = subject + subject_size;
  const std::size_t signatures = signers + 8;
  const auto patch = [&](const std::string& name, std::size_t at, unsigned byte,
                         const std::string& reason, const char* code) {
    auto forged = raw;
    forged.at(at) = static_cast<std::byte>(byte);
    add(name, reason, forged, code);
  };
  auto longer = raw;
  longer.push_back(std::byte{0});
  add("bytes_behind", "a byte too many", longer, "truncated"); // it begins what may follow
  add("bytes_none", "no bytes", {}, "truncated");
  for (const auto& [name, size] :
       std::vector<std::pair<std::string, std::size_t>>{{"name", 3},
                                                        {"entries", entries + 2},
                                                        {"value", value + 6},
                                                        {"leaf", has_leaf + 30},
                                                        {"depth", depth},
                                                        {"siblings", siblings + 40},
                                                        {"header", header + 100},
                                                        {"subject", subject + 20},
                                                        {"signers", signers + 3},
                                                        {"last_byte", raw.size() - 1}}) {
    auto shorter = raw;
    shorter.resize(size);
    add("cut_in_" + name, "it ends too early", shorter, "*");
  }
  patch("name_too_long", 0, 33, "a name has 32 bytes at most", "too_long");
  patch("name_too_long_to_be", 3, 1, "a count that no bytes can hold", "too_long");
  patch("entries_too_many", entries + 1, 0x02, "257 entries at most", "too_long");
  patch("key_too_long", key + 1, 0x03, "a key has 512 bytes at most", "too_long");
  patch("value_flag", has_value, 2, "a flag is 0 or 1", "out_of_range");
  patch("value_too_long", value + 2, 0x02, "a value has 65536 bytes at most", "too_long");
  patch("leaf_flag", has_leaf, 0xFF, "a flag is 0 or 1", "out_of_range");
  patch("depth_too_deep", depth, 129, "a path has 128 bits", "out_of_range");
  patch("filled_one_more", filled + 8, 1, "more places filled than siblings", "out_of_range");
  patch("siblings_one_less", siblings,
        static_cast<unsigned>(honest.entries[0].proof.siblings.size() - 1),
        "fewer siblings than places filled", "out_of_range");
  patch("siblings_too_many", siblings, 65, "64 siblings at most", "too_long");
  patch("kind_zero", subject, 0, "votes are of kind 1 to 3", "out_of_range");
  patch("kind_four", subject, 4, "votes are of kind 1 to 3", "out_of_range");
  patch("signers_one_more", signers, 15, "more signers than signatures", "out_of_range");
  patch("signers_none", signers, 0, "fewer signers than signatures", "out_of_range");
  patch("signatures_too_many", signatures, 65, "64 signatures at most", "too_long");
  // Any other bit: 60 places, so that every part is hit.
  for (std::size_t i = 0; i < 60; ++i) {
    const auto at = i * raw.size() / 60;
    auto forged = raw;
    forged[at] ^= std::byte{0x10};
    add("bit_of_byte_" + std::to_string(at), "a bit is another", forged, "*");
  }
}

} // namespace caucus::testing
