#include "actors/notary/proof_json.hpp"

#include "actors/notary/answer_check.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <utility>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

std::string_view text_in(bytes_view raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

// -- values ----------------------------------------------------------------------------------------

json value_json(const kind_definition& kind, const proven_entry& entry) {
  return entry.value ? std::visit(overloaded{[](bytes_view raw) { return bytes_json(raw); },
                                             [](bool there) { return json(there); },
                                             [](std::int64_t number) { return json(number); }},
                                  kind.show(entry.key, *entry.value))
                     : json(nullptr);
}

/// A set's elements, or a map's entries.
json whole_json(const kind_definition& kind, const std::vector<proven_entry>& entries) {
  const bool all_text = std::all_of(entries.begin() + 1, entries.end(),
                                    [](const auto& one) { return is_utf8(text_in(one.key)); });
  json out = kind.bare_entries || !all_text ? json::array() : json::object();
  for (auto at = entries.begin() + 1; at != entries.end(); ++at) {
    if (kind.bare_entries) {
      out.push_back(bytes_json(at->key));
    } else if (all_text) {
      out[std::string{text_in(at->key)}] = value_json(kind, *at);
    } else {
      out.push_back(json::array({bytes_json(at->key), value_json(kind, *at)}));
    }
  }
  return out;
}

} // namespace

json answer_value(const genesis& of, const answer& what, const freshness* fresh,
                  const epoch_history* history) {
  const auto declared = variable_shown(of, what);
  const auto& kind = kind_of(declared ? declared->declared.kind : kind_named("custom"));
  json out{{"variable", what.variable}, {"kind", kind.word}};
  if (what.entries.empty()) {
    out["value"] = nullptr;
  } else if (const auto& first = what.entries.front(); !first.key.empty()) {
    out["key"] = bytes_json(first.key);
    out["value"] = value_json(kind, first);
  } else if (kind.has_entries()) {
    // A count that is not there is 0: nothing was ever written.
    const auto count = first.value ? read_stored_number(*first.value) : result<std::uint64_t>{0};
    out["count"] = value_json(kind, first);
    if (count && *count == what.entries.size() - 1) {
      out["value"] = whole_json(kind, what.entries);
    }
  } else {
    out["value"] = value_json(kind, first);
  }
  out["height"] = what.header.height.value();
  out["time_ms"] = what.header.time.count();
  out["state_root"] = to_hex(what.header.state_root.view());
  out["signers"] = std::popcount(what.finalization.signers);
  out["answer"] = to_hex(encode(what));
  auto up_to = what.header.epoch;
  if (fresh != nullptr) {
    const committees first{of};
    const auto& known = history == nullptr ? first : history->voters;
    out["fresh"] = parse_json(fresh_json(known.of(fresh->epoch), *fresh)).value();
    up_to = std::max(up_to, fresh->epoch);
  }
  if (auto epochs = epochs_value(history, up_to); !epochs.is_null()) {
    out["epochs"] = std::move(epochs);
  }
  return out;
}

std::string receipt_json(const receipt& what) {
  const bool applied = what.status == receipt_status::applied;
  json out{{"status", applied ? "applied" : "refused"}, {"reason", what.reason}};
  if (!applied) {
    out["code"] = to_string(what.code);
  }
  out["height"] = what.height.value();
  out["index"] = what.index;
  return print_json(out);
}

std::string answer_json(const genesis& of, const answer& what, const freshness* fresh,
                        const epoch_history* history) {
  return print_json(answer_value(of, what, fresh, history));
}

// -- back ------------------------------------------------------------------------------------------

result<answer> answer_from_json(std::string_view text) {
  const auto raw = hex_member(text, "answer");
  return raw ? decode<answer>(*raw) : tl::make_unexpected(raw.error());
}

result<void> same_as_json(const genesis& of, const answer& what, std::string_view text,
                          const freshness* fresh, const epoch_history* history) {
  CAUCUS_TRY(auto object, parse_json_object(text));
  auto meant = answer_value(of, what, fresh, history);
  for (auto* const one : {&object, &meant}) {
    one->erase("epochs"); // evidence itself: whoever checks it followed it
  }
  return same_members(meant, object);
}

} // namespace caucus
