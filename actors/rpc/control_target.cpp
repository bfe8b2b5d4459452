#include "actors/rpc/control_json.hpp"
#include "actors/rpc/request_paths.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// A request's target and body, which control_parse.cpp reads.

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

std::string escape(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                       || c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

std::string milliseconds(duration time) {
  return std::to_string(
    std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count(), 1));
}

// -- what follows the path, for each request -------------------------------------------------------

std::string parameters(const control_get& what) {
  std::string out = "?variable=" + escape(what.what.variable);
  if (!what.what.whole) {
    const auto& key = what.what.key;
    out += "&key=" + escape({reinterpret_cast<const char*>(key.data()), key.size()});
  }
  out += "&at_least=" + std::to_string(what.what.at_least.value());
  out += what.fresh ? "&fresh=1" : "";
  out += what.nonce.is_zero() ? "" : "&nonce=" + to_hex(what.nonce.view());
  return out + "&timeout_ms=" + milliseconds(what.timeout);
}
std::string parameters(const control_receipt& what) {
  return "?height=" + std::to_string(what.at.value()) + "&index=" + std::to_string(what.index)
         + "&timeout_ms=" + milliseconds(what.timeout);
}
std::string parameters(const control_log& what) {
  return "?from=" + std::to_string(what.from.value()) + (what.follow ? "&follow=1" : "");
}
std::string parameters(const control_evidence& what) {
  return "?from=" + std::to_string(what.from);
}
std::string parameters(const control_status& what) {
  return what.group ? "?group=1" : "";
}
std::string parameters(const control_propose& /*what*/) {
  return {}; // all of it is the body's
}
std::string parameters(const control_version& /*what*/) {
  return {};
}
std::string parameters(const control_metrics& /*what*/) {
  return {};
}

template <class Request>
constexpr const request_path& path_for(const Request& /*what*/) {
  static_assert(!path_of<Request>.path.empty(), "each request has its path");
  return path_of<Request>;
}

} // namespace

std::string_view control_method(const control_request& what) {
  return std::visit([](const auto& one) { return path_for(one).method; }, what);
}

std::string control_target(const control_request& what) {
  return std::visit(
    [](const auto& one) { return std::string{path_for(one).path} + parameters(one); }, what);
}

std::string control_body(const control_request& what) {
  const auto* const proposing = std::get_if<control_propose>(&what);
  if (proposing == nullptr) {
    return {};
  }
  json body{{"variable", proposing->variable},
            {"mutation", proposing->operation},
            {"arguments", json::array()},
            {"timeout_ms", std::stoll(milliseconds(proposing->timeout))}};
  for (const auto& one : proposing->arguments) {
    body["arguments"].push_back(is_utf8(one) ? json(one) : json{{"hex", to_hex(as_bytes(one))}});
  }
  if (!proposing->request_id.empty()) {
    body["request_id"] = proposing->request_id;
  }
  return print_json(std::move(body)); // names with U+FFFD are unknown, as they were before
}

} // namespace caucus
