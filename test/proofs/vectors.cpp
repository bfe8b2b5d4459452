#include "test/proofs/vectors.hpp"

#include "test/proofs/maker.hpp"

#include <nlohmann/json.hpp>

namespace caucus::testing {

std::map<std::string, std::string> vector_files() {
  std::map<std::string, std::string> out;
  for (const auto& group :
       {plain_group(), ruled_group(), named_group(), continued_group(), limited_group()}) {
    out[group.genesis_name] = group.genesis_text;
  }
  auto& lines = out["vectors.ndjson"];
  for (const auto& one : proof_cases()) {
    nlohmann::ordered_json line{{"name", one.name}, {"genesis", one.genesis}};
    if (!one.rules.empty()) {
      line["rules"] = one.rules;
    }
    if (!one.nonce.empty()) {
      line["nonce"] = one.nonce;
    }
    line["holds"] = one.refused.empty();
    line["reason"] = one.reason;
    line["text"] = one.text;
    lines += line.dump() + "\n";
  }
  return out;
}

} // namespace caucus::testing
