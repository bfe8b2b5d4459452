#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What one actor tells of itself for the status.
/// Pure; one thread.

namespace caucus {

class status_sheet {
public:
  explicit status_sheet(std::string actor) : actor_{std::move(actor)} {}

  /// A member of the object under the actor's name; one of the closed list is a member of the
  /// status itself.
  void put(std::string_view name, nlohmann::ordered_json value);
  /// What keeps the node from its work, for people; empty: nothing.
  void problem(const std::string& text) {
    if (!text.empty()) {
      counted_.push_back(text);
    }
    alarm(text);
  }
  /// As a problem, but not counted as one: the node works.
  void alarm(const std::string& text) {
    if (!text.empty()) {
      problems_.push_back(text);
    }
  }

private:
  friend struct status_merge;
  std::string actor_;
  nlohmann::ordered_json own_ = nlohmann::ordered_json::object();
  std::vector<std::pair<std::size_t, nlohmann::ordered_json>>
    node_;                            ///< by their place in the status
  std::vector<std::string> problems_; ///< alarms too, in the order told
  std::vector<std::string> counted_;  ///< of them without alarms
};

} // namespace caucus
