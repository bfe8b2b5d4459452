#include "runtime/variables/rules_text.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace caucus {

std::string to_text(const rules_id& what) {
  return what.name + ":" + std::to_string(what.version);
}

bool is_rules_name(std::string_view name) {
  return !name.empty() && name.size() <= rules_name_size_max
         && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

result<rules_id> rules_id_from_text(std::string_view text) {
  const auto colon = text.rfind(':');
  rules_id out;
  if (colon != std::string_view::npos) {
    out.name = text.substr(0, colon);
    const auto* const last = text.data() + text.size();
    const auto [end, failed] = std::from_chars(text.data() + colon + 1, last, out.version);
    if (failed == std::errc{} && end == last) {
      return out;
    }
  }
  return fail(errc::bad_request,
              "'" + std::string{text}
                + "' names no rules; give NAME:VERSION as the program with the rules has them, "
                  "tic_tac_toe:1 say");
}

} // namespace caucus
