#include "actors/caucus_reading.hpp"

#include "actors/notary/closing_check.hpp"
#include "actors/notary/freshness.hpp"
#include "actors/notary/proof_json.hpp"
#include "messages/try.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace caucus {

// -- a reading -------------------------------------------------------------------------------------

namespace {

std::optional<std::string> text_of(const std::optional<bytes>& value) {
  if (!value) {
    return std::nullopt;
  }
  return std::string{reinterpret_cast<const char*>(value->data()), value->size()};
}

/// Signatures are of a network, so of a genesis and rules.
error explained(error why, const std::optional<rules_id>& with) {
  if (why.code == errc::bad_certificate) {
    const auto given =
      with ? "rules " + with->name + " " + std::to_string(with->version) : std::string{"no rules"};
    why.detail += "; if it was not altered: another genesis, or other rules (given: " + given + ")";
  }
  return why;
}

} // namespace

std::optional<std::string> reading::text() const {
  return what_.whole || what_.entries.empty() ? std::nullopt : text_of(what_.entries.front().value);
}

std::optional<std::string> reading::text(std::string_view key) const {
  const auto wanted = as_bytes(key);
  for (const auto& one : what_.entries) {
    if (std::equal(one.key.begin(), one.key.end(), wanted.begin(), wanted.end())) {
      return text_of(one.value);
    }
  }
  return std::nullopt;
}

std::int64_t reading::number() const {
  const auto head = kind_of(what_.kind).head;
  if ((head != kind_head::number && head != kind_head::count) || what_.entries.empty()
      || !what_.entries.front().key.empty()) {
    return 0;
  }
  const auto& value = what_.entries.front().value;
  const auto stored = value ? read_stored_number(*value) : fail(errc::wrong_arguments);
  if (stored) {
    return static_cast<std::int64_t>(*stored);
  }
  return head == kind_head::number ? what_.initial : 0;
}

std::vector<std::pair<std::string, std::string>> reading::entries() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& one : what_.entries) {
    if (!one.key.empty() && one.value) { // an empty key: the variable itself, or the count
      out.emplace_back(*text_of(one.key), *text_of(one.value));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string reading::to_json() const {
  return answer_json(*from_, *proof_, fresh_.get(), epochs_.get());
}

namespace {

/// Of the network that began with these rules.
result<reading> verify_in(const genesis& from, const network_id& network, std::string_view json) {
  CAUCUS_TRY(auto got, answer_from_json(json));
  CAUCUS_TRY(auto ends, epochs_from_json(json));
  CAUCUS_TRY(auto epochs, follow_closings(committees{from}, std::move(ends), from.group, network,
                                          caucus::verify));
  CAUCUS_TRY(auto proven, verify_answer(from, epochs.voters, network, got, caucus::verify));
  CAUCUS_TRY(auto said, freshness_from_json(json));
  std::shared_ptr<const freshness> fresh;
  if (said) {
    fresh = std::make_shared<const freshness>(std::move(*said));
    CAUCUS_TRY_VOID(
      verify_freshness(from, epochs.voters, network, got.header, *fresh, caucus::verify));
  }
  CAUCUS_TRY_VOID(same_as_json(from, got, json, fresh.get(), &epochs));
  return reading{std::make_shared<const genesis>(from), std::move(proven),
                 std::make_shared<const answer>(std::move(got)), std::move(fresh),
                 std::make_shared<const epoch_history>(std::move(epochs))};
}

} // namespace

result<reading> verify_reading(const std::filesystem::path& genesis_file, const rules& with,
                               std::string_view json) {
  CAUCUS_TRY(auto from, load_genesis(genesis_file));
  auto out = verify_in(from, network_id_of(from, with), json);
  if (!out && !from.rules) { // it does not say with which of these the network began
    for (const auto& one : with.former()) {
      from.rules = one.id();
      auto other = verify_in(from, network_id_of(from, one), json);
      if (other) {
        return other;
      }
    }
    from.rules.reset();
  }
  return out ? std::move(out)
             : tl::make_unexpected(explained(out.error(), from.rules ? from.rules : with.id()));
}

result<reading> verify_reading(const std::filesystem::path& genesis_file, const rules& with,
                               std::string_view json, const question& asked) {
  auto out = verify_reading(genesis_file, with, json);
  const auto key = as_bytes(asked.key);
  const auto same =
    out ? judge_answer(
      {asked.variable, {key.begin(), key.end()}, key.empty(), height{asked.at_least}},
      out->proven())
        : result<void>{};
  return same ? std::move(out) : tl::make_unexpected(same.error());
}

// -- for the callbacks ------------------------------------------------------------------------------

std::function<void(const committed_block&)>
with_names(std::function<void(const committed_block&)> then,
           std::shared_ptr<const live_names> now) {
  if (!then) {
    return then;
  }
  return [then = std::move(then), now = std::move(now)](const committed_block& what) {
    auto named = what; // others may have the same one
    const auto names = now->now();
    for (auto& one : named.mutations) {
      const auto* const variable = names->at(one.mutation.variable);
      const auto* const operation = names->at(one.mutation.variable, one.mutation.operation);
      one.variable = variable == nullptr ? std::string{} : variable->name;
      one.operation = operation == nullptr ? std::string{} : operation->name;
    }
    then(named);
  };
}

// -- for the handle --------------------------------------------------------------------------------

result<reading> read_answer(const std::shared_ptr<const genesis>& from, const network_id& network,
                            const control_get& asked, result<any_value> with) {
  if (!with) {
    return tl::make_unexpected(std::move(with.error()));
  }
  const auto* const got = with->as<read_reply>();
  if (got == nullptr || got->answer == nullptr || (got->fresh != nullptr) != asked.fresh) {
    return fail(errc::internal, "an answer to another question");
  }
  // Of this very process: who is a member its notary has checked.
  const committees first{*from};
  const auto& voters = got->history == nullptr ? first : got->history->voters;
  CAUCUS_TRY(auto proven, verify_answer(*from, voters, network, *got->answer, caucus::verify));
  CAUCUS_TRY_VOID(judge_answer(asked.request(), proven));
  if (!asked.fresh) {
    return reading{from, std::move(proven), got->answer, nullptr, got->history};
  }
  if (got->fresh->nonce != asked.nonce) {
    return fail(errc::bad_proof, "fresh for another question");
  }
  CAUCUS_TRY_VOID(
    verify_freshness(*from, voters, network, got->answer->header, *got->fresh, caucus::verify));
  return reading{from, std::move(proven), got->answer, got->fresh, got->history};
}

} // namespace caucus
