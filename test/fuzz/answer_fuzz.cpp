#include "actors/notary/answer_check.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/quorum.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/variables/catalog.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

// Any bytes are an answer about a state that is known here: put under a header that the group certified,
// it verifies only if every entry is what that state has, and as a whole only if none is left out. Under
// a header of its own it never does, as nobody signed that.

namespace caucus {

namespace {

struct known_state {
  genesis from;
  network_id network;
  state_tree tree{5};
  block_header header;
  certificate finalization;

  known_state() {
    from.members.resize(4);
    for (std::size_t i = 0; i < from.members.size(); ++i) {
      from.members[i].peer.raw[0] = static_cast<std::byte>(i + 1);
    }
    const auto declare = [this](const char* name, variable_kind kind) {
      variable_declaration one;
      one.name = name;
      one.kind = kind;
      from.variables.push_back(one);
    };
    declare("motto", variable_kind::reg);
    declare("tags", variable_kind::set);
    declare("profile", variable_kind::map);
    declare("empty", variable_kind::map);
    put(1, "", as_bytes("one for all"));
    for (const char* const key : {"a", "b", "c"}) {
      put(2, key, {});
    }
    put(2, "", stored_number(3));
    for (int i = 0; i < 40; ++i) {
      put(3, std::to_string(i), as_bytes(std::to_string(i * i)));
    }
    put(3, "", stored_number(40));
    header.group = from.group;
    header.height = height{7};
    header.view = view{9};
    header.state_root = tree.root();
    finalization.subject = {vote_kind::finalize, header.epoch, header.view, digest_of(header)};
    finalization.signatures.resize(quorum(4));
    finalization.signers = 7;
  }
  void put(std::uint16_t variable, const std::string& key, bytes_view value) {
    tree.put(path_of(variable_id{variable}, as_bytes(key)), as_bytes(key), value);
  }
  [[nodiscard]] proven_entry prove(std::uint16_t variable, const std::string& key) const {
    const auto path = path_of(variable_id{variable}, as_bytes(key));
    const auto value = tree.get(path);
    const auto raw = as_bytes(key);
    return {{raw.begin(), raw.end()},
            value ? std::optional{bytes{value->begin(), value->end()}} : std::nullopt,
            tree.prove(path).value()};
  }
  /// An honest answer, which of them as `choice` says.
  [[nodiscard]] answer some(unsigned choice) const {
    answer out{"profile", {}, header, finalization};
    switch (choice % 5) {
      case 0: out = {"motto", {prove(1, "")}, header, finalization}; break;
      case 1: out.entries = {prove(3, std::to_string(choice / 5 % 60))}; break; // some are absent
      case 2: out = {"empty", {prove(4, "")}, header, finalization}; break;
      case 3:
        out = {"tags",
               {prove(2, ""), prove(2, "a"), prove(2, "b"), prove(2, "c")},
               header,
               finalization};
        break;
      default:
        out.entries.push_back(prove(3, ""));
        for (int i = 0; i < 40; ++i) {
          out.entries.push_back(prove(3, std::to_string(i)));
        }
    }
    return out;
  }
};

const known_state& known() {
  static const known_state it;
  return it;
}

} // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t data_size,
                                        std::size_t data_size_max);

/// Random bytes are no proof: one input in eight is an honest answer anew.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t data_size,
                                               std::size_t data_size_max, unsigned seed) {
  const auto encoded = seed % 8 == 0 ? encode(known().some(seed / 8)) : bytes{};
  if (encoded.empty() || encoded.size() > data_size_max) {
    return LLVMFuzzerMutate(data, data_size, data_size_max);
  }
  std::transform(encoded.begin(), encoded.end(), data,
                 [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
  return encoded.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  auto said = decode<answer>(std::as_bytes(std::span{data, data_size}));
  if (!said) {
    return 0;
  }
  const auto& k = known();
  const auto nobody = [](const peer_id&, const signature&, bytes_view) { return false; };
  const auto anybody = [](const peer_id&, const signature&, bytes_view) { return true; };
  CAUCUS_ASSERT(!verify_answer(k.from, committees{k.from}, k.network, *said, nobody));
  static_cast<void>(verify_answer(k.from, committees{k.from}, k.network, *said, anybody));
  said->header = k.header;
  said->finalization = k.finalization;
  const auto good = verify_answer(k.from, committees{k.from}, k.network, *said, anybody);
  if (!good) {
    return 0;
  }
  for (const auto& one : good->entries) {
    const auto value = k.tree.get(good->id, one.key);
    CAUCUS_ASSERT(value.has_value() == one.value.has_value());
    CAUCUS_ASSERT(
      !value || std::equal(value->begin(), value->end(), one.value->begin(), one.value->end()));
  }
  const bool keyed = good->kind == variable_kind::set || good->kind == variable_kind::map;
  CAUCUS_ASSERT(good->whole || !keyed || !good->entries.front().key.empty());
  if (good->whole) {
    std::size_t count = 0;
    k.tree.each(good->id, [&count](const entry_view&) { return ++count > 0; });
    CAUCUS_ASSERT(good->entries.size() == std::max<std::size_t>(count, 1));
  }
  return 0;
}

} // namespace caucus
