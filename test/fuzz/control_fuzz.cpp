#include "actors/notary/notary_commands.hpp"
#include "actors/notary/proof_json.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// What comes over the control socket, and what people hand to `caucus verify`: no input crashes, and
// what is taken as a request is written and read back as the same. First byte: which parser. A target
// ends at the first line break, the rest is the body.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (data[0] % 3 == 0) {
    static_cast<void>(caucus::answer_from_json(text));
    static_cast<void>(caucus::error_from_json(text));
    if (const auto parsed = caucus::parse_json(text)) {
      CAUCUS_ASSERT(caucus::parse_json(caucus::print_json(*parsed)).has_value());
    }
    return 0;
  }
  const auto end = text.substr(0, text.find('\n')).size();
  const auto target = data[0] % 3 == 1 ? text.substr(0, end) : std::string_view{"/v1/propose"};
  const auto body = data[0] % 3 == 1 ? std::string_view{} : text;
  const auto method = data[0] % 3 == 1 ? std::string_view{"GET"} : std::string_view{"POST"};
  static const caucus::command_table known = [] {
    caucus::command_table out;
    out.add(caucus::notary_commands::of("notary"));
    return out;
  }();
  const auto request = caucus::read_command(known, method, target, body);
  if (request) {
    const auto again = caucus::read_command(known, method, caucus::command_target(*request),
                                            caucus::command_body(*request));
    CAUCUS_ASSERT(again.has_value() && *again == *request);
  }
  return 0;
}
