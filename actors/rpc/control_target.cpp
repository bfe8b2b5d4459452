#include "actors/rpc/control_json.hpp"
#include "actors/rpc/strict_json.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

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

} // namespace

std::string control_target(const control_request& what) {
  if (const auto* const getting = std::get_if<control_get>(&what)) {
    std::string out = "/v1/get?variable=" + escape(getting->what.variable);
    if (!getting->what.whole) {
      const auto& key = getting->what.key;
      out += "&key=" + escape({reinterpret_cast<const char*>(key.data()), key.size()});
    }
    out += "&at_least=" + std::to_string(getting->what.at_least.value());
    out += getting->fresh ? "&fresh=1" : "";
    out += getting->nonce.is_zero() ? "" : "&nonce=" + to_hex(getting->nonce.view());
    return out + "&timeout_ms=" + milliseconds(getting->timeout);
  }
  if (const auto* const proving = std::get_if<control_receipt>(&what)) {
    return "/v1/receipt?height=" + std::to_string(proving->at.value()) + "&index="
           + std::to_string(proving->index) + "&timeout_ms=" + milliseconds(proving->timeout);
  }
  if (const auto* const logging = std::get_if<control_log>(&what)) {
    return "/v1/log?from=" + std::to_string(logging->from.value())
           + (logging->follow ? "&follow=1" : "");
  }
  if (std::holds_alternative<control_propose>(what)) {
    return "/v1/propose";
  }
  if (std::holds_alternative<control_metrics>(what)) {
    return "/metrics";
  }
  if (const auto* const lies = std::get_if<control_evidence>(&what)) {
    return "/v1/evidence?from=" + std::to_string(lies->from);
  }
  if (const auto* const status = std::get_if<control_status>(&what)) {
    return status->group ? "/v1/status?group=1" : "/v1/status";
  }
  return "/v1/version";
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
