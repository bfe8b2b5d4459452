#include "test/proofs/maker.hpp"
#include "test/proofs/vectors.hpp"

#include "actors/notary/closing_check.hpp"
#include "actors/notary/freshness.hpp"
#include "actors/notary/proof_json.hpp"
#include "actors/notary/rules.hpp"
#include "actors/notary/rules_name.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/rules_text.hpp"
#include "test/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace caucus::testing {
namespace {

std::string contents(const std::string& name) {
  std::ifstream in{std::string{CAUCUS_VECTORS} + "/" + name, std::ios::binary};
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// As `caucus verify` does it.
result<void> verified(const genesis& from, const network_id& network, const std::string& text,
                      const std::string& nonce) {
  auto ends = epochs_from_json(text);
  if (!ends) {
    return tl::make_unexpected(ends.error());
  }
  const auto known =
    follow_closings(committees{from}, std::move(*ends), from.group, network, verify);
  if (!known) {
    return tl::make_unexpected(known.error());
  }
  if (tells_receipt(text)) {
    if (!nonce.empty()) {
      return fail(errc::bad_proof, "a receipt is of no nonce");
    }
    const auto receipt = receipt_from_json(text);
    if (!receipt) {
      return tl::make_unexpected(receipt.error());
    }
    const auto holds = verify_receipt(from, known->voters, network, *receipt, verify);
    return holds ? same_as_json(*receipt, text) : holds;
  }
  const auto got = answer_from_json(text);
  if (!got) {
    return tl::make_unexpected(got.error());
  }
  if (const auto proven = verify_answer(from, known->voters, network, *got, verify); !proven) {
    return tl::make_unexpected(proven.error());
  }
  const auto fresh = freshness_from_json(text);
  if (!fresh) {
    return tl::make_unexpected(fresh.error());
  }
  if (!nonce.empty() && (!*fresh || to_hex((*fresh)->nonce.view()) != nonce)) {
    return fail(errc::bad_proof, "not fresh for this nonce");
  }
  if (*fresh) {
    if (auto holds = verify_freshness(from, known->voters, network, got->header, **fresh, verify);
        !holds) {
      return holds;
    }
  }
  return same_as_json(from, *got, text, *fresh ? &**fresh : nullptr, &*known);
}

TEST_CASE("the vectors are those that the generator makes") {
  for (const auto& [name, text] : vector_files()) {
    INFO(name << ": write it anew with proof_vectors test/proofs, and see what changed");
    CHECK((contents(name) == text));
  }
}

TEST_CASE("every true answer of the vectors is verified, and no forged one") {
  std::map<std::string, genesis> networks;
  std::size_t forged = 0;
  std::size_t holding = 0;
  std::istringstream lines{contents("vectors.ndjson")};
  for (std::string line; std::getline(lines, line);) {
    const auto one = nlohmann::json::parse(line);
    const auto file = one.at("genesis").get<std::string>();
    if (!networks.contains(file)) {
      networks.emplace(file, parse_genesis(contents(file), file).value());
    }
    const auto& from = networks.at(file);
    const auto network =
      one.contains("rules")
        ? network_id_with(from, rules_id_from_text(one.at("rules").get<std::string>()).value())
        : network_id_of(from, {});
    const auto said =
      verified(from, network, one.at("text").get<std::string>(), one.value("nonce", std::string{}));
    INFO(one.at("name") << ": " << one.at("reason") << "; "
                        << (said ? "it was verified" : to_string(said.error())));
    CHECK(said.has_value() == one.at("holds").get<bool>());
    ++(one.at("holds").get<bool>() ? holding : forged);
  }
  CHECK(holding >= 70);
  CHECK(forged >= 380);
}

TEST_CASE("a forged answer is refused for what is forged in it") {
  std::map<std::string, genesis> networks;
  for (auto& each :
       {plain_group(), ruled_group(), named_group(), continued_group(), limited_group()}) {
    networks.emplace(each.genesis_name, each.from);
  }
  std::set<std::string> names;
  for (const auto& one : proof_cases()) {
    const auto& from = networks.at(one.genesis);
    const auto network = one.rules.empty()
                           ? network_id_of(from, {})
                           : network_id_with(from, rules_id_from_text(one.rules).value());
    const auto said = verified(from, network, one.text, one.nonce);
    INFO(one.name << ": " << one.reason << "; "
                  << (said ? "it was verified" : to_string(said.error())));
    CHECK(names.insert(one.name).second);
    CHECK(said.has_value() == one.refused.empty());
    CHECK((said || one.refused == "*" || to_string(said.error().code) == one.refused));
  }
}

TEST_CASE("the document names each code that a receipt can have, and no other") {
  const auto text = contents("../../messages/proofs.md");
  for (std::uint16_t number = 1; number < 1'000; ++number) {
    const auto row = ' ' + std::to_string(number) + ' ' + std::string{to_string(errc{number})};
    const auto at = text.find(row);
    INFO(row);
    if (to_string(errc{number}) == "unknown") {
      CHECK(at == std::string::npos);
    } else {
      REQUIRE(at != std::string::npos);
      const auto behind = text[at + row.size()];
      CHECK((behind == ',' || behind == '\n'));
    }
  }
}

} // namespace
} // namespace caucus::testing
