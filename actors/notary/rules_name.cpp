#include "actors/notary/rules_name.hpp"

#include "messages/bytes.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace caucus {

result<rules_name> parse_rules_name(std::string_view text) {
  const auto colon = text.rfind(':');
  rules_name out;
  if (colon != std::string_view::npos) {
    out.name = text.substr(0, colon);
    const auto* const last = text.data() + text.size();
    const auto [end, failed] = std::from_chars(text.data() + colon + 1, last, out.version);
    if (failed == std::errc{} && end == last) {
      return out;
    }
  }
  return fail(errc::bad_request, "'" + std::string{text}
                                   + "' names no rules; give NAME:VERSION as the program with the "
                                     "rules has them, tic_tac_toe:1 say");
}

bool has_own_rules(const genesis& from) {
  return std::any_of(from.variables.begin(), from.variables.end(), [](const auto& one) {
    return kind_of(one.kind).declares_operations() && !one.operations.empty();
  });
}

network_id network_id_with(const genesis& from, const rules_name& named) {
  bytes text;
  for (const auto one : as_bytes(named.name)) {
    text.push_back(one);
  }
  append_little_endian(text, named.version);
  return network_of(from, named_digest("rules", text));
}

} // namespace caucus
