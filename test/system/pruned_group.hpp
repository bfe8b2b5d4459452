#pragma once

#include "test/harness/cluster.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// Real nodes that keep few blocks.

namespace caucus::harness {

inline nlohmann::json status_of(cluster& group, std::size_t node) {
  const auto told = group.cli(node, "status", {"--json"});
  return told.how.ok() ? nlohmann::json::parse(told.out) : nlohmann::json::object();
}
inline std::uint64_t oldest_of(cluster& group, std::size_t node) {
  const auto status = status_of(group, node);
  return status.contains("notary") ? status.at("notary").value("oldest_height", std::uint64_t{0})
                                   : std::uint64_t{0};
}

inline wanted note(std::size_t client, std::uint64_t number) {
  return {"tags", "insert", {std::to_string(client) + '-' + std::to_string(number)}};
}

/// Four members that keep 64 blocks each, and have let older ones go.
struct pruned_group : cluster {
  std::uint64_t last = 0; ///< the newest receipt's height

  explicit pruned_group(std::vector<std::pair<std::string, std::string>> more = {})
      : cluster{{.newcomers = 1, .settings = with_few_blocks(std::move(more))}} {
    start_all();
    load users{*this, {.clients = 4, .wanted = note}};
    wait_until("old blocks went everywhere", [&] {
      for (const auto node : all()) {
        if (oldest_of(*this, node) < 100) {
          return false;
        }
      }
      return true;
    });
    for (const auto& one : users.finish()) {
      last = std::max(last, one.height);
    }
  }

  [[nodiscard]] static std::vector<std::pair<std::string, std::string>>
  with_few_blocks(std::vector<std::pair<std::string, std::string>> more) {
    more.emplace_back("node.keep_blocks", "64");
    return more;
  }
  /// Of the newest state, now that users are done.
  std::filesystem::path save(std::size_t node) {
    const auto file = folder() / "one.snapshot";
    wait_until("the state is stored", [&] {
      std::filesystem::remove(file);
      const auto saved =
        cli({"snapshot", "save", "--config", config(node).string(), file.string(), "--json"});
      return saved.how.ok() && nlohmann::json::parse(saved.out).at("height") >= last;
    });
    return file;
  }
  run_result load_into(std::size_t node, const std::filesystem::path& file) {
    return cli({"snapshot", "load", file.string(), directory(node).string(), "--json"});
  }
};

/// All but the configuration and the key.
inline void lose_disk(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> gone;
  for (const auto& one : std::filesystem::directory_iterator{folder}) {
    const auto name = one.path().filename().string();
    if (name != "node.toml" && name != "identity.key") {
      gone.push_back(one.path());
    }
  }
  for (const auto& one : gone) {
    std::filesystem::remove_all(one);
  }
}

} // namespace caucus::harness
