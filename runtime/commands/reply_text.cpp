#include "runtime/commands/reply_text.hpp"

#include "runtime/commands/strict_json.hpp"

#include <utility>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

std::uint16_t http_status(errc code) {
  switch (code) {
    case errc::bad_request:
    case errc::unknown_variable:
    case errc::unknown_operation:
    case errc::wrong_arguments: return 400;
    case errc::no_such_path: return 404;
    case errc::request_id_reused: return 409;
    case errc::over_quota: return 429;
    case errc::busy:
    case errc::stopping: return 503;
    case errc::timed_out:
    case errc::outcome_unknown:
    case errc::not_yet:
    case errc::no_quorum_answered: return 504;
    default: return 500;
  }
}

} // namespace

reply_text print_error(const error& what) {
  const json out{{"error", {{"code", to_string(what.code)}, {"detail", what.detail}}}};
  return {http_status(what.code), "application/json", print_json(out) + '\n'};
}

reply_text print_reply(const command_facts& of, const result<any_value>& what,
                       const command_context& node) {
  if (!what) {
    return print_error(what.error());
  }
  const std::string_view plain = of.rule.streams ? "application/x-ndjson" : "application/json";
  return {200, std::string{of.rule.type.empty() ? plain : of.rule.type}, of.print(*what, node)};
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
  for (std::uint16_t number = 1; number < 1'000; ++number) {
    if (to_string(errc{number}) == name) {
      return error{errc{number}, member("detail")};
    }
  }
  return error{errc::internal, name + ": " + member("detail")};
}

} // namespace caucus
