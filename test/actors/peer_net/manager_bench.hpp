#pragma once

#include "actors/peer_net/peer_manager.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A manager of peers driven by hand: the test is its transport, its application and its clock.

namespace caucus::peer_net_testing {

using namespace std::chrono_literals;

inline peer_id peer(unsigned number) {
  peer_id out;
  out.raw.front() = static_cast<std::byte>(number);
  return out;
}

/// A manager under a hand-moved clock, as peer 50.
struct bench {
  manager_config config{.self = peer(50), .network = {}, .net = {}, .members = {}, .seed = 1};
  time_point now{1s};
  bool informed = false; ///< of the links there are
  std::optional<peer_manager> made;
  std::vector<manager_action> last;

  peer_manager& core() {
    if (!made) {
      made.emplace(config, peer_book{}, now);
    }
    return *made;
  }
  std::vector<manager_action>& step(const manager_event& event) {
    last.clear();
    const manager_turn at{now, std::chrono::duration_cast<wall_ms>(now.time_since_epoch()), last};
    if (!std::exchange(informed, true)) {
      core().step(link_event{told_all{}}, at);
    }
    core().step(event, at);
    core().finish_turn(at);
    return last;
  }
  void says(std::size_t inspector, std::uint64_t id, bool allowed) {
    step(inspector_said{inspector, {link_id{id}, allowed}});
  }
  template <class T>
  [[nodiscard]] std::vector<T> commands() const {
    std::vector<T> out;
    for (const auto& one : last) {
      if (const auto* const command = std::get_if<link_command>(&one)) {
        if (const auto* const it = std::get_if<T>(command)) {
          out.push_back(*it);
        }
      }
    }
    return out;
  }

  hello_heard heard(std::uint64_t id, const peer_id& who, bool dialled, std::uint16_t port = 0) {
    hello_heard out;
    out.info = {link_id{id}, who, node_mode::server, dialled,
                "10.0.0." + std::to_string(id) + ":999"};
    out.hello.listen_port = port;
    out.origin = {id, false};
    return out;
  }
  /// True: let in.
  bool greet(const hello_heard& what) {
    step(link_event{what});
    const auto accepted = commands<accept_link>();
    return std::any_of(accepted.begin(), accepted.end(),
                       [&](const auto& one) { return one.id == what.info.id; });
  }
  void ready(const hello_heard& what) {
    step(link_event{link_ready{what.info, what.hello, what.origin, what.dial, nullptr}});
  }
  void closed(std::uint64_t id, const peer_id& who, errc why, bool misbehaved = false) {
    step(link_event{link_closed{link_id{id}, who, 0, why, {}, false, misbehaved, {}}});
  }
  [[nodiscard]] errc refusal() const {
    const auto ended = commands<end_link>();
    return ended.empty() ? errc{} : ended.front().goodbye.reason;
  }
  /// The last step has a line for the log with this part.
  [[nodiscard]] bool noted(std::string_view part) const {
    return std::any_of(last.begin(), last.end(), [part](const auto& one) {
      const auto* const line = std::get_if<note>(&one);
      return line != nullptr && line->text.find(part) != std::string::npos;
    });
  }
};

/// Of one kind, in order.
template <class T>
std::vector<T> actions_in(const std::vector<manager_action>& all) {
  std::vector<T> out;
  for (const auto& one : all) {
    if (const auto* const it = std::get_if<T>(&one)) {
      out.push_back(*it);
    }
  }
  return out;
}

} // namespace caucus::peer_net_testing
