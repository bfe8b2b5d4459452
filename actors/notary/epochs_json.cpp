#include "actors/notary/proof_json.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

result<closing> closing_in(const json& what) {
  const auto raw = what.is_string() ? from_hex(what.get_ref<const std::string&>())
                                    : fail(errc::bad_text, "no text");
  auto out = raw ? decode<closing>(*raw) : tl::make_unexpected(raw.error());
  if (!out) {
    return fail(errc::file_malformed, "\"epochs\" holds an end of an epoch that cannot be read ("
                                        + std::string{to_string(out.error().code)} + ")");
  }
  return out;
}

} // namespace

json epochs_value(const epoch_history* history, epoch up_to) {
  json out;
  std::size_t size = 0;
  if (history == nullptr) {
    return out;
  }
  std::vector<std::string> ends; // the newest first
  for (auto i = history->ends.size(); i > 0; --i) {
    const auto& end = *history->ends[i - 1];
    if (end.last.epoch >= up_to) {
      continue;
    }
    const auto raw = encode(end);
    size += raw.size();
    if (size > proof_epochs_size_max && !ends.empty()) {
      break;
    }
    ends.push_back(to_hex(raw));
  }
  std::reverse(ends.begin(), ends.end());
  for (auto& one : ends) {
    out.push_back(std::move(one));
  }
  return out;
}

result<std::vector<closing>> epochs_from_json(std::string_view text) {
  CAUCUS_TRY(const auto object, parse_json_object(text));
  std::vector<closing> out;
  const auto at = object.find("epochs");
  if (at == object.end()) {
    return out;
  }
  if (!at->is_array() || at->empty()) {
    return fail(errc::file_malformed, "\"epochs\" is no list of ends of epochs");
  }
  std::size_t size = 0;
  for (const auto& one : *at) {
    size += one.is_string() ? one.get_ref<const std::string&>().size() / 2 : 0;
    if (size > proof_epochs_size_max && !out.empty()) {
      return fail(errc::file_malformed,
                  "\"epochs\" holds more than " + std::to_string(proof_epochs_size_max) + " bytes");
    }
    CAUCUS_TRY(auto end, closing_in(one));
    out.push_back(std::move(end));
  }
  return out;
}

} // namespace caucus
