#include "actors/notary/proof_json.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <bit>
#include <string>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

} // namespace

json receipt_value(const receipt_proof& what, const epoch_history* history) {
  const auto& became = what.receipt;
  json out{{"status", became.applied() ? "applied" : "refused"},
           {"reason", bytes_json(as_bytes(became.reason))}};
  if (!became.applied()) {
    out["code"] = to_string(became.code);
  }
  out["height"] = became.height.value();
  out["index"] = became.index;
  out["signers"] = std::popcount(what.finalization.signers);
  out["receipt"] = to_hex(encode(what));
  if (auto epochs = epochs_value(history, what.finalization.subject.epoch); !epochs.is_null()) {
    out["epochs"] = std::move(epochs);
  }
  return out;
}

std::string receipt_proof_json(const receipt_proof& what, const epoch_history* history) {
  return print_json(receipt_value(what, history));
}

bool tells_receipt(std::string_view text) {
  const auto object = parse_json_object(text);
  return object && object->contains("receipt");
}

result<receipt_proof> receipt_from_json(std::string_view text) {
  const auto raw = hex_member(text, "receipt");
  return raw ? decode<receipt_proof>(*raw) : tl::make_unexpected(raw.error());
}

result<void> same_as_json(const receipt_proof& what, std::string_view text) {
  CAUCUS_TRY(auto object, parse_json_object(text));
  if (const auto own = object.find("request_id"); own != object.end() && own->is_string()) {
    object.erase(own);
  }
  object.erase("epochs"); // evidence itself: whoever checks it followed it
  return same_members(receipt_value(what), object);
}

} // namespace caucus
