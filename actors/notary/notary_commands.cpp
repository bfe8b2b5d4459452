#include "actors/notary/notary_commands.hpp"

#include "actors/notary/proof_json.hpp"
#include "messages/group.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/status_sheet.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/variables/catalog.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace caucus {

using json = nlohmann::ordered_json;

result<fresh_nonce> nonce_from_text(std::string_view text) {
  const auto out = fixed_from_hex<fresh_nonce>(text);
  if (!out || out->is_zero()) {
    return fail(errc::bad_request, "a nonce is 16 random bytes as 32 hex digits, not '"
                                     + std::string{text.substr(0, 64)} + "'");
  }
  return *out;
}

std::vector<std::string> parameter_codec<fresh_nonce>::write(const fresh_nonce& value) {
  return value.is_zero() ? std::vector<std::string>{} : std::vector{to_hex(value.view())};
}

// -- what is asked ---------------------------------------------------------------------------------------

result<void> control_propose::prepare(const command_context& of) {
  if (!encoded.empty()) {
    return {};
  }
  CAUCUS_TRY(const auto typed,
             parse_mutation(*of.names->now(), of.self, variable, operation, arguments));
  auto made = try_encode(typed);
  if (!made || made->size() > mutation_size_max) {
    return fail(errc::wrong_arguments,
                "the mutation is larger than " + std::to_string(mutation_size_max) + " bytes");
  }
  encoded = std::move(*made);
  return {};
}

result<void> control_get::check() const {
  return nonce.is_zero() || fresh ? result<void>{}
                                  : command_detail::bad("nonce is for fresh=1 alone");
}

result<void> control_get::prepare(const command_context& of) {
  if (key) {
    const auto stored = stored_key(*of.names->now(), of.self, variable,
                                   {reinterpret_cast<const char*>(key->data()), key->size()});
    const auto raw = as_bytes(stored);
    key->assign(raw.begin(), raw.end());
  }
  return {};
}

read_request control_get::request() const {
  return {variable, key.value_or(bytes{}), !key, height_min};
}

std::size_t control_get::size(const read_reply& what) {
  std::size_t out = 0;
  for (const auto& one : what.answer->entries) {
    out += sizeof one + one.key.size() + (one.value ? one.value->size() : 0)
           + one.proof.siblings.size() * sizeof(digest);
  }
  return out;
}

control_log control_log::after(const control_log& what, const reply& part) {
  auto out = what;
  out.first = part->more ? part->height : part->height.next();
  out.index = part->more ? part->mutations.back().index + 1 : 0;
  return out;
}

// -- what is answered ------------------------------------------------------------------------------------

namespace {

json argument_json(const argument& what) {
  if (const auto* const integer = std::get_if<std::int64_t>(&what)) {
    return *integer;
  }
  return bytes_json(std::get<bytes>(what));
}

/// null where it is no member.
json name_json(const std::string& name) {
  return name.empty() ? json(nullptr) : json(name);
}

/// What the group decides about itself: no variable of the genesis has a name with brackets.
void put_group_mutation(json& line, const mutation& what) {
  constexpr std::array<std::string_view, 4> words{"ask", "agree", "prove", "move"};
  const auto operation = what.operation.value();
  line["variable"] = "(group)";
  line["mutation"] = operation < words.size() ? json(words.at(operation)) : json(operation);
  line["arguments"] = json::array();
  for (const auto& given : what.arguments) {
    const auto* const raw = std::get_if<bytes>(&given);
    const bool directs = raw != nullptr && operation < 2;
    const auto directive = directs ? decode<group_directive>(*raw) : fail(errc::bad_text);
    line["arguments"].push_back(directive ? json(text_of(*directive)) : argument_json(given));
  }
}

void put_mutation(json& line, const mutation& what, const command_context& of) {
  if (what.of_group) {
    return put_group_mutation(line, what);
  }
  const auto names = of.names->now();
  const auto* const variable = names->at(what.variable);
  const auto* const operation = names->at(what.variable, what.operation);
  line["variable"] = variable == nullptr ? json(what.variable.value()) : json(variable->name);
  line["mutation"] = operation == nullptr ? json(what.operation.value()) : json(operation->name);
  line["arguments"] = json::array();
  for (const auto& given : what.arguments) {
    line["arguments"].push_back(argument_json(given));
  }
}

} // namespace

std::string control_propose::print(const receipt& what, const command_context& /*of*/) {
  return receipt_json(what) + '\n';
}

std::string control_get::print(const read_reply& what, const command_context& of) {
  return answer_json(*of.genesis, *what.answer, what.fresh.get(), what.history.get()) + '\n';
}

std::string control_receipt::print(const reply& what, const command_context& /*of*/) {
  return receipt_proof_json(*what.proof, what.history.get()) + '\n';
}

std::string control_log::print(const reply& what, const command_context& of) {
  std::string out;
  for (const auto& one : what->mutations) {
    json line{
      {"height", what->height.value()}, {"index", one.index}, {"time_ms", what->time.count()}};
    line["author"] = to_text(one.author);
    put_mutation(line, one.mutation, of);
    const bool applied = one.status == receipt_status::applied;
    line["status"] = applied ? "applied" : "refused";
    if (!applied) {
      line["code"] = to_string(one.code);
      line["reason"] = one.reason;
    }
    line["batch"] = one.number.value();
    out += print_json(std::move(line)) + '\n';
  }
  for (const auto& one : what->announcements) {
    json line{{"height", what->height.value()}, {"time_ms", what->time.count()}};
    line["announced"] = one;
    out += print_json(std::move(line)) + '\n';
  }
  return out;
}

/// {"from", "count", "evidence": [{"peer", "member", "kind", "epoch", "view", "height", "batch", "text", "signed"}]}: `signed` is the
/// proof itself, encoded, in hex.
std::string control_evidence::print(const evidence_answer& what, const command_context& /*of*/) {
  json out{{"from", what.skipped}, {"count", what.count}, {"evidence", json::array()}};
  for (std::size_t i = 0; i < what.proofs.size(); ++i) {
    const auto& lie = what.accusations[i];
    json line{{"member", name_json(lie.member)},
              {"peer", to_text(lie.peer)},
              {"kind", lie.kind},
              {"epoch", lie.epoch ? json(lie.epoch->value()) : json(nullptr)},
              {"view", lie.view ? json(lie.view->value()) : json(nullptr)},
              {"height", lie.height ? json(lie.height->value()) : json(nullptr)},
              {"batch", lie.number ? json(lie.number->value()) : json(nullptr)},
              {"text", lie.text},
              {"signed", to_hex(encode(what.proofs[i]))}};
    out["evidence"].push_back(std::move(line));
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

// -- how the notary is -----------------------------------------------------------------------------------

void put_status(status_sheet& to, const notary_status& of, const status_parts& all) {
  const auto& node = *all.context;
  to.put("height", of.final_height.value());
  to.put("state_root", to_hex(of.state_root.view()));
  to.put("root_height", of.root_height.value());
  to.put("time_ms", of.time.count());
  to.put("batches_waiting", of.batches_waiting);
  to.put("mutations_committed", of.mutations_committed);
  to.put("state_entries", of.state_entries);
  to.put("state_size", of.state_size);
  to.put("ledger_size", of.ledger_size);
  to.put("oldest_height", of.oldest_height.value());
  to.put("disk_free", of.disk_free);
  to.put("snapshot", of.fetched ? json{{"height", of.fetched->height.value()},
                                       {"entries", of.fetched->entries},
                                       {"of", of.fetched->entries_all}}
                                : json{});
  to.put("rules_in_force", of.rules.empty() ? json{} : json(of.rules));
  to.put("quota_left", of.quota_left ? json(*of.quota_left) : json{});
  to.put("evidence_count", of.evidence_count);
  auto liars = json::array();
  for (const auto& one : of.liars) {
    liars.push_back({{"member", name_json(one.member)},
                     {"peer", to_text(one.peer)},
                     {"self", one.peer == node.self},
                     {"proofs", one.proofs},
                     {"newest", one.newest}});
  }
  to.put("liars", std::move(liars));
  to.problem(of.problem);
  to.alarm(of.alarm);
}

void put_metrics(metric_sheet& to, const notary_status& of, const status_parts& all) {
  const auto& node = *all.context;
  to.gauge("caucus_height", "Of the newest final block.", of.final_height.value());
  to.gauge("caucus_root_height", "Of the newest final block whose state root is known.",
           of.root_height.value());
  to.gauge("caucus_block_time_seconds", "The newest final block's time, since 1970.",
           static_cast<double>(of.time.count()) / 1'000.0);
  to.gauge("caucus_batches_waiting", "Batches that no final block holds yet.", of.batches_waiting);
  to.counter("caucus_mutations_committed_total", "In all final blocks, refused ones too.",
             of.mutations_committed);
  to.gauge("caucus_state_entries", "Entries of the state.", of.state_entries);
  to.gauge("caucus_state_bytes", "Size of the state's keys and values.", of.state_size);
  to.gauge("caucus_ledger_bytes", "Size of the ledger's files.", of.ledger_size);
  to.gauge("caucus_notary_oldest_height", "Of the blocks that the ledger keeps.",
           of.oldest_height.value());
  to.gauge("caucus_disk_free_bytes", "Free where the node's folder lies.", of.disk_free);
  if (of.quota_left) {
    to.gauge("caucus_quota_left_bytes", "What this node may have in the ledger yet, as of now.",
             *of.quota_left);
  }
  to.gauge("caucus_evidence", "Proofs of lies that are kept.", of.evidence_count);
  const std::string help = "Proofs of lies, by whose key signed them.";
  std::uint64_t by_strangers = 0;
  for (const auto& one : of.liars) {
    if (one.member.empty()) {
      by_strangers += one.proofs;
    } else {
      to.gauge("caucus_evidence_by", help, one.proofs,
               {{"member", one.member}, {"self", one.peer == node.self ? "1" : "0"}});
    }
  }
  if (by_strangers > 0) {
    to.gauge("caucus_evidence_by", help, by_strangers, {{"member", ""}, {"self", "0"}});
  }
}

} // namespace caucus
