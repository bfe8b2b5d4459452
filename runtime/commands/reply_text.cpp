#include "runtime/commands/reply_text.hpp"

#include "runtime/commands/strict_json.hpp"
#include "runtime/log.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

std::uint16_t http_status(errc code) {
  switch (kind_of(code)) {
    case error_kind::wrong_request: return 400;
    case error_kind::no_such_thing: return 404;
    case error_kind::conflict: return 409;
    case error_kind::over_limit: return 429;
    case error_kind::later: return 503;
    case error_kind::undecided: return 504;
    case error_kind::failure:
    case error_kind::wrong_setup:
    case error_kind::unreachable:
    case error_kind::unverified:
    case error_kind::interrupted: return 500;
  }
  return 500;
}

} // namespace

reply_text print_error(const error& what) {
  const json out{{"error", {{"code", to_string(what.code)}, {"detail", what.detail}}}};
  return {http_status(what.code), "application/json", print_json(out) + '\n'};
}

error command_fault(std::string_view command, std::string_view thrown) {
  const auto told = std::string{command} + ": " + std::string{thrown};
  log_once_per("rpc/command/" + std::string{command}, std::chrono::minutes{1}, "rpc",
               log_level::error, "a command's own code threw: " + told);
  return {errc::internal, "the command's own code threw: " + told};
}

reply_text print_reply(const command_facts& of, const result<any_value>& what,
                       const command_context& node) {
  if (!what) {
    return print_error(what.error());
  }
  std::string text;
  try {
    text = of.print(*what, node);
  } catch (const std::exception& why) {
    return print_error(command_fault(of.rule.words, why.what()));
  } catch (...) {
    return print_error(command_fault(of.rule.words, "something that is no std::exception"));
  }
  const bool has_lines = of.rule.streams || of.rule.type.empty();
  if (has_lines && !text.empty() && !text.ends_with('\n')) {
    text += '\n';
  }
  const std::string_view plain = of.rule.streams ? "application/x-ndjson" : "application/json";
  return {200, std::string{of.rule.type.empty() ? plain : of.rule.type}, std::move(text)};
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
  const auto code = error_named(name);
  return code ? error{*code, member("detail")}
              : error{errc::internal, name + ": " + member("detail")};
}

} // namespace caucus
