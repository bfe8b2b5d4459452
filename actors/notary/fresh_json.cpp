#include "actors/notary/proof_json.hpp"
#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

} // namespace

std::string fresh_json(const committee* voters, const freshness& what) {
  json out{{"nonce", to_hex(what.nonce.view())}, {"members", json::array()}};
  for (const auto& one : what.attestations) {
    const bool is_known = voters != nullptr && voters->has(one.signer);
    out["members"].push_back(is_known ? json(voters->name_of(one.signer))
                                      : json(one.signer.value()));
  }
  out["proof"] = to_hex(encode(what));
  return print_json(out);
}

result<std::optional<freshness>> freshness_from_json(std::string_view text) {
  CAUCUS_TRY(const auto object, parse_json_object(text));
  const auto at = object.find("fresh");
  if (at == object.end()) {
    return std::nullopt;
  }
  const auto proof = at->is_object() ? at->value("proof", json{}) : json{};
  const auto raw =
    proof.is_string() ? from_hex(proof.get_ref<const std::string&>()) : fail(errc::bad_text);
  auto out = raw ? decode<freshness>(*raw) : tl::make_unexpected(raw.error());
  if (!out) {
    return fail(errc::file_malformed, "\"fresh\" holds no proof that can be read ("
                                        + std::string{to_string(out.error().code)} + ")");
  }
  return std::optional{std::move(*out)};
}

} // namespace caucus
