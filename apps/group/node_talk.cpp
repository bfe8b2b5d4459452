#include "apps/group/node_talk.hpp"

#include "apps/group/interrupts.hpp"
#include "messages/try.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <thread>
#include <utility>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

/// Between two looks at a condition. Short beside what is waited for, long beside what a look costs.
constexpr std::chrono::milliseconds look_again{20};

tl::unexpected<error> puzzling(const char* expected, const std::string& body) {
  return fail(errc::internal,
              std::string{"a node's answer is no "} + expected + ": " + body.substr(0, 200));
}

} // namespace

result<node_view> view_of(control_socket& node, std::chrono::milliseconds at_most) {
  CAUCUS_TRY(auto answer, node.ask("GET", "/v1/status", {}, at_most));
  const auto told = parse_json_object(answer.body);
  if (answer.status != 200 || !told) {
    return puzzling("status", answer.body);
  }
  try {
    node_view out;
    out.height = told->at("height").get<std::uint64_t>();
    out.view = told->at("view").get<std::uint64_t>();
    out.root_height = told->at("root_height").get<std::uint64_t>();
    out.state_root = told->at("state_root").get<std::string>();
    out.peers = told->at("peers").get<std::size_t>();
    out.votes = told->at("votes").get<bool>();
    for (const auto& problem : told->at("problems")) {
      out.problems += problem.get<std::string>() + '\n';
    }
    out.json = std::move(answer.body);
    return out;
  } catch (const json::exception&) {
    return puzzling("status", answer.body);
  }
}

result<proposed> propose(control_socket& to, const wanted& mutation, std::string_view request_id,
                         std::chrono::milliseconds timeout, std::chrono::milliseconds at_most) {
  json body{{"variable", mutation.variable},
            {"mutation", mutation.mutation},
            {"arguments", mutation.arguments},
            {"timeout_ms", timeout.count()}};
  if (!request_id.empty()) {
    body["request_id"] = request_id;
  }
  CAUCUS_TRY(const auto answer,
             to.ask("POST", "/v1/propose", print_json(std::move(body)), at_most));
  if (const auto failed = error_from_json(answer.body)) {
    return proposed{answer.status, std::string{to_string(failed->code)}, 0, 0, failed->detail,
                    failed->code};
  }
  const auto told = parse_json_object(answer.body);
  if (!told) {
    return puzzling("receipt", answer.body);
  }
  try {
    return proposed{answer.status, told->at("status").get<std::string>(),
                    told->at("height").get<std::uint64_t>(), told->at("index").get<std::uint64_t>(),
                    told->at("reason").get<std::string>()};
  } catch (const json::exception&) {
    return puzzling("receipt", answer.body);
  }
}

result<void> wait_until(const std::string& condition, std::chrono::milliseconds at_most,
                        const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
    if (std::chrono::steady_clock::now() >= until) {
      return fail(errc::timed_out, "did not come true in time: " + condition);
    }
    std::this_thread::sleep_for(look_again);
  }
  return {};
}

} // namespace caucus
