#include "actors/rpc/control_json.hpp"
#include "actors/rpc/status_json.hpp"
#include "actors/rpc/strict_json.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace caucus {

using json = nlohmann::ordered_json;

namespace {

std::string_view text_in(bytes_view raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

} // namespace

json bytes_json(bytes_view raw) {
  const auto text = text_in(raw);
  return is_utf8(text) ? json(text) : json{{"hex", to_hex(raw)}};
}

namespace {

const variable_declaration* find(const genesis& of, std::string_view name) {
  const auto at = std::find_if(of.variables.begin(), of.variables.end(),
                               [name](const auto& one) { return one.name == name; });
  return at == of.variables.end() ? nullptr : &*at;
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

json answer_value(const genesis& of, const answer& what, const freshness* fresh) {
  const auto* const declared = find(of, what.variable);
  const auto& kind = kind_of(declared == nullptr ? kind_named("custom") : declared->kind);
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
  out["height"] = what.header.at.value();
  out["time_ms"] = what.header.time.count();
  out["state_root"] = to_hex(what.header.state_root.view());
  out["signers"] = std::popcount(what.finalization.signers);
  out["answer"] = to_hex(encode(what));
  if (fresh != nullptr) {
    out["fresh"] = parse_json(fresh_json(of, *fresh)).value();
  }
  return out;
}

// -- the log ---------------------------------------------------------------------------------------

json argument_json(const argument& what) {
  if (const auto* const integer = std::get_if<std::int64_t>(&what)) {
    return *integer;
  }
  return bytes_json(std::get<bytes>(what));
}

std::string log_lines(const committed_block& of, const genesis& from) {
  const catalog names{from};
  std::string out;
  for (const auto& one : of.mutations) {
    json line{{"height", of.at.value()}, {"index", one.index}, {"time_ms", of.time.count()}};
    line["author"] = to_text(one.author);
    const auto* const variable = names.at(one.what.variable);
    const auto* const operation = names.at(one.what.variable, one.what.operation);
    line["variable"] = variable == nullptr ? json(one.what.variable.value()) : json(variable->name);
    line["mutation"] =
      operation == nullptr ? json(one.what.operation.value()) : json(operation->name);
    line["arguments"] = json::array();
    for (const auto& argument : one.what.arguments) {
      line["arguments"].push_back(argument_json(argument));
    }
    const bool applied = one.status == receipt_status::applied;
    line["status"] = applied ? "applied" : "refused";
    if (!applied) {
      line["code"] = to_string(one.code);
      line["reason"] = one.reason;
    }
    line["batch"] = one.number.value();
    out += print_json(std::move(line)) + '\n';
  }
  return out;
}

// -- errors ----------------------------------------------------------------------------------------

std::uint16_t http_status(errc code) {
  switch (kind_of(code)) {
    case error_kind::wrong_request: return 400;
    case error_kind::no_such_thing: return 404;
    case error_kind::conflict: return 409;
    case error_kind::over_limit: return 429;
    case error_kind::later: return 503;
    case error_kind::undecided: return 504;
    case error_kind::failure:
    case error_kind::wrong_setup:
    case error_kind::unreachable:
    case error_kind::unverified:
    case error_kind::interrupted: return 500;
  }
  return 500;
}

} // namespace

std::string receipt_json(const receipt& what) {
  const bool applied = what.status == receipt_status::applied;
  json out{{"status", applied ? "applied" : "refused"}, {"reason", what.reason}};
  if (!applied) {
    out["code"] = to_string(what.code);
  }
  out["height"] = what.at.value();
  out["index"] = what.index;
  return print_json(out);
}

std::string answer_json(const genesis& of, const answer& what, const freshness* fresh) {
  return print_json(answer_value(of, what, fresh));
}

control_text print_control(const control_reply& what, const genesis& of,
                           const control_facts& facts) {
  return std::visit(
    overloaded{
      [](const error& failed) {
        const json out{{"error", {{"code", to_string(failed.code)}, {"detail", failed.detail}}}};
        return control_text{http_status(failed.code), "application/json", print_json(out) + '\n'};
      },
      [](const receipt& got) {
        return control_text{200, "application/json", receipt_json(got) + '\n'};
      },
      [&](const std::shared_ptr<const answer>& got) {
        return control_text{200, "application/json", answer_json(of, *got) + '\n'};
      },
      [&](const fresh_answer& got) {
        return control_text{200, "application/json",
                            answer_json(of, *got.what, got.fresh.get()) + '\n'};
      },
      [&](const node_status& status) {
        return control_text{200, "application/json", status_json(status, of, facts) + '\n'};
      },
      [&](const evidence_answer& lies) {
        return control_text{200, "application/json", evidence_json(lies, of) + '\n'};
      },
      [&](const node_metrics&) {
        return control_text{200, "text/plain; version=0.0.4; charset=utf-8", facts.metrics_text};
      },
      [&](version_wanted) {
        const json out{{"version", facts.version}, {"network_id", to_hex(facts.network.view())}};
        return control_text{200, "application/json", print_json(out) + '\n'};
      },
      [&](const std::shared_ptr<const committed_block>& block) {
        return control_text{200, "application/x-ndjson", log_lines(*block, of)};
      },
      [](const std::shared_ptr<const receipt_proof>& got) {
        return control_text{200, "application/json", receipt_proof_json(*got) + '\n'};
      },
      [](const log_end&) {
        return control_text{200, "application/x-ndjson", {}};
      }},
    what);
}

// -- back ------------------------------------------------------------------------------------------

result<answer> answer_from_json(std::string_view text) {
  const auto raw = hex_member(text, "answer");
  return raw ? decode<answer>(*raw) : tl::make_unexpected(raw.error());
}

result<void> same_as_json(const genesis& of, const answer& what, std::string_view text,
                          const freshness* fresh) {
  const auto object = parse_json_object(text);
  return object ? same_members(answer_value(of, what, fresh), *object)
                : tl::make_unexpected(object.error());
}

std::optional<error> error_from_json(std::string_view text) {
  const auto object = parse_json_object(text);
  if (!object || !object->contains("error") || !(*object)["error"].is_object()) {
    return std::nullopt;
  }
  const auto& told = (*object)["error"];
  const auto member = [&told](const char* name) {
    const auto at = told.find(name);
    return at != told.end() && at->is_string() ? at->get<std::string>() : std::string{};
  };
  const auto name = member("code");
  const auto code = error_named(name);
  return code ? error{*code, member("detail")}
              : error{errc::internal, name + ": " + member("detail")};
}

} // namespace caucus
