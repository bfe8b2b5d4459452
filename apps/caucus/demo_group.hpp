#pragma once

#include "actors/notary/notary_commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/group/child_process.hpp"
#include "apps/group/node_talk.hpp"
#include "messages/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The demo's nodes on this machine, asked over their control sockets. Main thread.

namespace caucus::cli {

class demo_group {
public:
  /// The files are there: `folder`/genesis.toml, `folder`/node<i>/node.toml.
  demo_group(std::filesystem::path folder, std::size_t count);

  [[nodiscard]] std::filesystem::path directory(std::size_t index) const;

  /// Starts one and waits until it says that it is ready.
  [[nodiscard]] result<void> start(std::size_t index);
  void kill(std::size_t index);
  /// In order. Error: internal: it did not end well.
  [[nodiscard]] result<void> stop(std::size_t index);

  [[nodiscard]] result<node_view> view(std::size_t index) const;
  /// Errors: those of the node too, so a value is a receipt.
  [[nodiscard]] result<proposed> propose(std::size_t by, const wanted& mutation,
                                         std::string_view request_id,
                                         std::chrono::milliseconds timeout) const;
  /// Proof and certificate are checked here.
  [[nodiscard]] result<std::string> verified_get(std::size_t from, const known_network& network,
                                                 const control_get& what) const;

private:
  std::filesystem::path folder_;
  std::vector<std::optional<child_process>> nodes_;
};

} // namespace caucus::cli
