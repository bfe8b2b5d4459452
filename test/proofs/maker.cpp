#include "test/proofs/maker.hpp"

#include "actors/notary/rules_name.hpp"
#include "messages/quorum.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/rules_text.hpp"

#include <array>
#include <utility>

namespace caucus::testing {

namespace {

network_id network_in(const genesis& from) {
  return from.rules ? network_id_with(from, *from.rules) : network_of(from);
}

network_id network_with(const genesis& from, const std::string& rules) {
  return rules.empty() ? network_in(from)
                       : network_id_with(from, rules_id_from_text(rules).value());
}

std::string members(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += "\n[[members]]\nname = \"node" + std::to_string(i) + "\"\nid = \""
           + to_text(known_key(i).id()) + "\"\n";
    out +=
      i == 0 ? "address = \"[::1]:7400\"\n" : (i == 1 ? "address = \"a.example:65535\"\n" : "");
  }
  return out;
}

} // namespace

secret_key known_key(std::size_t who) {
  std::array<std::byte, 32> raw{};
  raw.fill(static_cast<std::byte>(who + 1));
  return secret_key{key_seed{raw}};
}

known_group::known_group(std::string name, std::string text, std::string rules_named)
    : genesis_name{std::move(name)}, genesis_text{std::move(text)}, rules{std::move(rules_named)},
      from{parse_genesis(genesis_text, genesis_name).value()}, network{network_with(from, rules)},
      tree{from.variables.size() + 1} {}

variable_id known_group::id_of(std::string_view variable) const {
  return catalog{from}.find(variable).value();
}

void known_group::put(std::string_view variable, std::string_view key, bytes_view value) {
  tree.put(path_of(id_of(variable), as_bytes(key)), as_bytes(key), value);
}

void known_group::fill(std::string_view variable,
                       const std::vector<std::pair<std::string, std::string>>& entries) {
  for (const auto& [key, value] : entries) {
    put(variable, key, value);
  }
  put(variable, "", stored_number(entries.size()));
}

void known_group::seal(std::uint64_t height_of_header) {
  header.group = from.group;
  header.epoch = epoch{0};
  header.height = height{height_of_header};
  header.view = view{height_of_header + 3};
  header.parent_view = view{height_of_header + 1};
  header.parent.raw.fill(std::byte{0x11});
  header.time = wall_ms{1'735'689'612'345};
  header.payload.raw.fill(std::byte{0x22});
  header.state_root = tree.root();
  header.receipts_root.raw.fill(std::byte{0x33});
}

certificate known_group::sign(const subject& on, std::uint64_t signers) const {
  certificate out{on, signers, {}};
  for (std::size_t i = 0; i < members_max; ++i) {
    if ((signers >> i & 1U) != 0) {
      out.signatures.push_back(caucus::sign(known_key(i), signed_bytes(network, from.group, on)));
    }
  }
  return out;
}

certificate known_group::finalization(std::uint64_t signers) const {
  return sign({vote_kind::finalize, header.epoch, header.view, digest_of(header)}, signers);
}

proven_entry known_group::prove(std::string_view variable, std::string_view key) const {
  const auto path = path_of(id_of(variable), as_bytes(key));
  const auto value = tree.get(path);
  return {bytes_of(key), value ? std::optional{bytes{value->begin(), value->end()}} : std::nullopt,
          tree.prove(path).value()};
}

answer known_group::one(std::string_view variable, std::string_view key) const {
  return {std::string{variable}, {prove(variable, key)}, header, finalization()};
}

answer known_group::all(std::string_view variable) const {
  auto out = one(variable);
  tree.each(id_of(variable), [&](const entry_view& entry) {
    if (!entry.key.empty()) {
      out.entries.push_back(
        prove(variable, {reinterpret_cast<const char*>(entry.key.data()), entry.key.size()}));
    }
    return true;
  });
  return out;
}

known_group plain_group() {
  // Written as people may write it: comments, other units, another order, ids in no order.
  known_group out{"plain.toml",
                  R"(# four members, every kind of variable that needs no rules
time_ms = 1_735_689_600_000
name = "vectors"
group = 7

[consensus]
heartbeat = "1m"    # in whole milliseconds 60000
delta = "250ms"

[[variables]]
name = "score"
kind = "counter"
min = -100
max = 100
step_max = 10

[[variables]]
kind = "counter"
name = "wide"

[[variables]]
name = "unwritten"
kind = "counter"
initial = 5

[[variables]]
name = "motto"
kind = "register"
writers = [")" + to_text(known_key(9).id())
                    + R"(", ")" + to_text(known_key(8).id()) + R"("]
value_size = 65536

[[variables]]
name = "note"
kind = "register"
value_size = 8

[[variables]]
name = "tags"
kind = "set"
key_size = 16
entries = 100

[[variables]]
name = "no_tags"
kind = "set"

[[variables]]
name = "emptied"
kind = "set"

[[variables]]
name = "odd_tags"
kind = "set"

[[variables]]
name = "squares"
kind = "map"
value_size = 32
key_size = 256

[[variables]]
name = "cards"
kind = "map"
writers = "own_entries"
key_size = 85

[[variables]]
name = "odd_map"
kind = "map"

[[variables]]
name = "full"
kind = "map"

[[variables]]
name = "talk"
kind = "opaque"
writers = "anyone"
value_size = 500
)" + members(4),
                  ""};
  out.put("score", "", stored_number(static_cast<std::uint64_t>(-7)));
  out.put("wide", "", stored_number(std::uint64_t{1} << 53U));
  out.put("motto", "", "one for all");
  out.put("note", "", std::string_view{"\xed\xa0\x80\0", 4});
  out.fill("tags", {{"blue", ""}, {"green", ""}, {"gr\xc3\xbcn", ""}});
  out.fill("emptied", {});
  out.fill("odd_tags", {{"text", ""}, {"\xff", ""}, {"{\"hex\":\"ff\"}", ""}});
  std::vector<std::pair<std::string, std::string>> squares;
  for (int i = 0; i < 40; ++i) {
    squares.emplace_back(std::to_string(i), std::to_string(i * i));
  }
  squares.emplace_back("empty", "");
  out.fill("squares", squares);
  out.fill("cards", {{own_prefix(known_key(0).id()) + "name", "Ada"}});
  out.fill("odd_map", {{"text", "\xc0\xaf"}, {"\x80", "bytes"}, {"hex", "ff"}});
  std::vector<std::pair<std::string, std::string>> full;
  for (std::size_t i = 0; i < entries_per_answer_max; ++i) {
    full.emplace_back("k" + std::to_string(i), "v");
  }
  out.fill("full", full);
  out.seal(41);
  return out;
}

namespace {

known_group continuing(std::string file, const std::string& quota, std::uint64_t score) {
  known_group out{std::move(file),
                  R"(name = "again"
time_ms = 1
)" + quota + R"([continues]
network = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
height = 1_000
last = ")" + std::string(64, 'a')
                    + R"("
state_root = ")" + std::string(64, '0')
                    + R"("
[[variables]]
name = "score"
kind = "counter"
)" + members(4),
                  ""};
  out.put("score", "", stored_number(score));
  out.seal(1'002);
  return out;
}

} // namespace

known_group named_group() {
  auto out = ruled_group();
  out.genesis_name = "named.toml";
  out.genesis_text = "rules = \"" + out.rules + "\"\n" + out.genesis_text;
  out.from = parse_genesis(out.genesis_text, out.genesis_name).value();
  out.rules.clear();
  return out;
}

known_group continued_group() {
  return continuing("continued.toml", {}, 9);
}
known_group limited_group() {
  return continuing("limited.toml", "[quota]\nauthor_burst = 5_000_000\n", 8);
}

known_group ruled_group() {
  known_group out{"ruled.toml", R"(name = "game"
time_ms = 0
[[variables]]
name = "board"
kind = "custom"
operations = [{name = "mark", arguments = ["integer", "bytes"]}, {name = "clear"}]
)" + members(4),
                  "tic_tac_toe:2"};
  out.fill("board", {{"5", "X"}, {"turn", "O"}});
  out.seal(2);
  return out;
}

std::vector<proof_case> proof_cases() {
  std::vector<proof_case> out;
  add_true_cases(out);
  add_forged_texts(out);
  add_forged_encodings(out);
  add_forged_certificates(out);
  add_forged_proofs(out);
  add_forged_states(out);
  add_fresh(out);
  add_receipts(out);
  add_epochs(out);
  add_rules(out);
  return out;
}

} // namespace caucus::testing
