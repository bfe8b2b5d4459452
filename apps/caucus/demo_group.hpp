#pragma once

#include "actors/notary/notary_commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/node_process.hpp"
#include "messages/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// A group of real nodes on this machine, asked over their control sockets. Main thread, but for
/// propose(), which any thread may call.

namespace caucus::cli {

struct node_view {
  std::uint64_t height = 0;
  std::uint64_t root_height = 0;
  std::string root; ///< hex
  std::size_t peers = 0;
  std::string text; ///< all of it, JSON
};

struct told_receipt {
  bool applied = false;
  std::uint64_t height = 0;
  std::string reason;
};

class demo_group {
public:
  /// The files are there: `folder`/genesis.toml, `folder`/node<i>/node.toml.
  demo_group(std::filesystem::path folder, std::size_t count);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::filesystem::path config(std::size_t index) const;
  [[nodiscard]] std::filesystem::path directory(std::size_t index) const;
  [[nodiscard]] node_process& process(std::size_t index) { return nodes_[index].front(); }

  /// Starts one and waits until it says that it is ready.
  [[nodiscard]] result<void> start(std::size_t index);
  [[nodiscard]] result<void> kill(std::size_t index);
  /// In order. Error: internal: it did not end well.
  [[nodiscard]] result<void> stop(std::size_t index);

  [[nodiscard]] result<node_view> view(std::size_t index) const;
  [[nodiscard]] result<told_receipt> propose(std::size_t by, const control_propose& what) const;
  /// Proof and certificate are checked here.
  [[nodiscard]] result<std::string> verified_get(std::size_t from, const known_network& network,
                                                 const control_get& what) const;
  /// Looks again until it holds. Errors: timed_out, naming `what`; cancelled.
  [[nodiscard]] result<void> until(const std::string& what, std::chrono::milliseconds at_most,
                                   const std::function<bool()>& holds) const;

private:
  std::filesystem::path folder_;
  std::vector<std::vector<node_process>> nodes_; ///< none or one each
};

} // namespace caucus::cli
