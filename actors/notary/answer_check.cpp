#include "actors/notary/answer_check.hpp"

#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/merkle.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/declaration_check.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <bit>
#include <set>

namespace caucus {

namespace {

tl::unexpected<error> malformed(const variable_declaration& of, const std::string& what) {
  return fail(errc::bad_proof, "no state of " + of.name + " has " + what);
}

/// That it was certified does not make it a state of this kind: the rules let none other come about.
result<void> judge_form(const variable_declaration& of, const proven_entry& one) {
  if (!one.value) {
    return {};
  }
  const auto& kind = kind_of(of.kind);
  if (one.key.empty()) {
    const auto misfit = kind.misfit(of, *one.value);
    return misfit.empty() ? result<void>{} : malformed(of, misfit);
  }
  if (one.key.size() > of.key_size) {
    return malformed(of, "a key of that size");
  }
  const auto value_size_most = kind.bare_entries ? 0 : of.value_size;
  return one.value->size() <= value_size_most ? result<void>{}
                                              : malformed(of, "a value of that size");
}

/// One entry alone; or the count of a set, map or custom variable and then all of them.
result<bool> is_whole(variable_kind kind, const answer& what, count_alone alone) {
  const auto& first = what.entries.front();
  const bool keyed = kind_of(kind).has_entries();
  if (!keyed || !first.key.empty()) {
    if (what.entries.size() > 1 || (!keyed && !first.key.empty())) {
      return fail(errc::bad_proof, "entries that were not asked for");
    }
    return false;
  }
  const auto count = first.value ? read_stored_number(*first.value) : result<std::uint64_t>{0};
  if (!count) {
    return fail(errc::bad_proof, "the entry count is no number");
  }
  std::set<bytes> keys;
  for (std::size_t i = 1; i < what.entries.size(); ++i) {
    const auto& one = what.entries[i];
    if (one.key.empty() || !one.value || !keys.insert(one.key).second) {
      return fail(errc::bad_proof, "an entry is doubled or absent");
    }
  }
  if (keys.size() == *count) {
    return true;
  }
  return keys.empty() && alone == count_alone::taken
           ? result<bool>{false}
           : fail(errc::bad_proof, "it has " + std::to_string(keys.size()) + " of the "
                                     + std::to_string(*count) + " entries of " + what.variable);
}

/// Each the child of the one before.
bool is_chain(const std::vector<block_header>& of) {
  for (std::size_t i = 1; i < of.size(); ++i) {
    if (of[i].parent != digest_of(of[i - 1]) || of[i].height != of[i - 1].height.next()) {
      return false;
    }
  }
  return true;
}

bool is_receipt(const receipt& what) {
  const bool silent = what.code == errc{} && what.reason.empty();
  return what.applied() ? silent : what.code != errc{};
}

/// By the members of its own epoch.
result<void> verify_of_epoch(const committees& voters, group_id group, const network_id& network,
                             const certificate& what, const signature_check& check) {
  const auto in = what.subject.epoch;
  const auto* const members = voters.of(in);
  if (members == nullptr) {
    return fail(errc::wrong_epoch, "it is of epoch " + std::to_string(in.value())
                                     + ", and the newest whose members are shown is "
                                     + std::to_string(voters.newest().in_epoch().value()));
  }
  return verify_certificate(*members, group, network, what, check);
}

} // namespace

/// A variable's number, name, kind and initial value are the same for ever, so an answer that leaves its proof
/// out says nothing else than one with it.
result<shown_variable> variable_shown(const genesis& of, const answer& what) {
  if (!what.declared) {
    const catalog names{of};
    CAUCUS_TRY(const auto id, names.find(what.variable));
    return shown_variable{id, *names.at(id)};
  }
  const auto& shown = *what.declared;
  const auto key = declared_key(shown.id);
  auto declared = decode<declared_variable>(shown.declared);
  if (!declared || !check_declaration(declared->declared)
      || !check_proof(what.header.state_root, bookkeeping, as_bytes(key),
                      bytes_view{shown.declared}, shown.proof)) {
    return fail(errc::bad_proof, "how " + what.variable
                                   + " is declared is not in the certified "
                                     "state");
  }
  if (declared->removed || declared->declared.name != what.variable) {
    return fail(errc::bad_proof, "it shows how another variable is declared");
  }
  return shown_variable{shown.id, std::move(declared->declared)};
}

result<verified_answer> verify_answer(const genesis& of, const committees& voters,
                                      const network_id& network, const answer& what,
                                      const signature_check& check, count_alone alone) {
  CAUCUS_TRY(const auto variable, variable_shown(of, what));
  const auto id = variable.id;
  const auto kind = variable.declared.kind;
  if (what.header.group != of.group) {
    return fail(errc::wrong_group);
  }
  if (!finalizes(what.finalization, what.header)) {
    return fail(errc::bad_certificate, "it is not for the header");
  }
  if (what.entries.empty() || what.entries.size() > 1 + entries_per_answer_max) {
    return fail(errc::bad_proof, "no entry, or too many");
  }
  for (const auto& one : what.entries) {
    const auto value = one.value ? std::optional<bytes_view>{*one.value} : std::nullopt;
    if (!check_proof(what.header.state_root, id, one.key, value, one.proof)) {
      return fail(errc::bad_proof, "an entry is not in the certified state");
    }
    CAUCUS_TRY_VOID(judge_form(variable.declared, one));
  }
  CAUCUS_TRY(const auto whole, is_whole(kind, what, alone));
  CAUCUS_TRY_VOID(verify_of_epoch(voters, of.group, network, what.finalization, check));
  verified_answer out{what.variable,
                      id,
                      kind,
                      what.header.height,
                      what.header.time,
                      what.header.state_root,
                      variable.declared.initial,
                      whole,
                      {}};
  for (const auto& one : what.entries) {
    out.entries.push_back({one.key, one.value});
  }
  return out;
}

result<void> verify_receipt(const genesis& of, const committees& voters, const network_id& network,
                            const receipt_proof& what, const signature_check& check) {
  if (what.headers.empty() || !is_chain(what.headers)
      || what.headers.front().height.value() - 1 != what.receipt.height.value()) {
    return fail(errc::bad_proof, "the headers do not lead to the receipt's block");
  }
  if (std::any_of(what.headers.begin(), what.headers.end(),
                  [&of](const auto& header) { return header.group != of.group; })) {
    return fail(errc::wrong_group);
  }
  if (!finalizes(what.finalization, what.headers.back())) {
    return fail(errc::bad_certificate, "it is not for the last header");
  }
  const merkle_proof way{what.receipt.index, what.count, what.siblings};
  if (!is_receipt(what.receipt)
      || !check_leaf(what.headers.front().receipts_root, merkle_leaf(encode(what.receipt)), way)) {
    return fail(errc::bad_proof, "it is none of the certified receipts");
  }
  return verify_of_epoch(voters, of.group, network, what.finalization, check);
}

result<void> judge_answer(const read_request& asked, const verified_answer& got) {
  const bool same =
    got.variable == asked.variable && !got.entries.empty() && got.entries.front().key == asked.key;
  if (!same) {
    return fail(errc::bad_proof, "the answer is to another question than was asked");
  }
  if (asked.whole && kind_of(got.kind).has_entries() && !got.whole) {
    return fail(errc::bad_proof, "the answer leaves out entries of " + asked.variable);
  }
  if (got.height < asked.height_min) {
    return fail(errc::stale_answer, "the answer is of height " + std::to_string(got.height.value())
                                      + ", asked was " + std::to_string(asked.height_min.value()));
  }
  return {};
}

} // namespace caucus
