#include "actors/notary/rules_name.hpp"

#include "messages/bytes.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>

namespace caucus {

bool has_own_rules(const genesis& from) {
  return std::any_of(from.variables.begin(), from.variables.end(), [](const auto& one) {
    return kind_of(one.kind).declares_operations() && !one.operations.empty();
  });
}

network_id network_id_with(const genesis& from, const rules_id& named) {
  bytes text;
  for (const auto one : as_bytes(named.name)) {
    text.push_back(one);
  }
  append_little_endian(text, named.version);
  return network_of(from, named_digest("rules", text));
}

} // namespace caucus
