#pragma once

#include "apps/group/node_talk.hpp"
#include "test/harness/control.hpp"
#include "test/harness/ports.hpp"
#include "test/harness/process.hpp"
#include "test/harness/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A group of real nodes on free localhost ports, to be hurt by a test: killed, stopped, cut off.
/// One thread uses an object. Throws std::runtime_error, as test code may; every wait has a
/// deadline, and one that passes says what was awaited and how each node's log ends.

namespace caucus::harness {

struct cluster_options {
  std::size_t nodes = 4;
  std::size_t newcomers = 0;       ///< clients that may be added with a port of their own
  std::string durability = "disk"; ///< or "memory"
  /// Every link goes through a proxy that the test can cut, delay or slow: see `between`.
  bool proxied = false;
  /// Set in every node.toml: {"table.key", TOML value}.
  std::vector<std::pair<std::string, std::string>> settings{};
  /// "NAME=VALUE" each, for a node's process; `node` is its number.
  std::function<std::vector<std::string>(std::size_t node)> environment{};
  /// What a node's process is of, at its next start; empty: cluster::program().
  std::function<std::filesystem::path(std::size_t node)> program_of{};
  /// Changes genesis.toml before the first start.
  std::function<std::string(std::string)> genesis{};
};

using caucus::node_view;
using caucus::proposed;

class cluster {
public:
  using milliseconds = std::chrono::milliseconds;

  /// Writes keys and configs with `caucus init`; starts nothing.
  explicit cluster(cluster_options options = {});
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;
  /// Kills what runs. If the test failed by an exception, prints how each node's log ends.
  ~cluster();

  /// CAUCUS in the environment; else bin/caucus in the next folder above the test's own program
  /// that has one, as a build has; else what PATH has.
  [[nodiscard]] static std::filesystem::path program();
  [[nodiscard]] std::size_t size() const { return options_.nodes; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path genesis() const { return folder() / "net" / "genesis.toml"; }
  /// Of a member, or of a client that was added.
  [[nodiscard]] std::filesystem::path directory(std::size_t node) const;
  [[nodiscard]] std::filesystem::path config(std::size_t node) const;
  [[nodiscard]] std::uint16_t port(std::size_t node) const;

  // -- lives -------------------------------------------------------------------------------------
  void start(std::size_t node, const std::vector<std::string>& flags = {});
  void start_all(); ///< every member, and waits until all are linked
  /// Writes the files of a node in client mode that joins by `by`; returns its number, the first
  /// being size(). It is started, asked and killed as members are.
  std::size_t add_client(std::size_t by = 0);
  /// The same of one that listens, and is to become a member.
  std::size_t add_newcomer(std::size_t by = 0);
  void kill(std::size_t node); ///< kill -9, and waits for its end
  exit_status stop(std::size_t node, milliseconds at_most = milliseconds{20'000}); ///< SIGTERM
  void pause(std::size_t node);                                                    ///< SIGSTOP
  void resume(std::size_t node);                                                   ///< SIGCONT
  [[nodiscard]] bool running(std::size_t node);
  [[nodiscard]] process& of(std::size_t node) { return *nodes_.at(node); }
  [[nodiscard]] std::string log(std::size_t node) const;

  // -- the wire between two nodes; needs `proxied` ------------------------------------------------
  /// How bytes travel from one node to another, over whichever of them dialled.
  void between(std::size_t from, std::size_t to, wire how);
  /// Both directions between `node` and everybody else.
  void isolate(std::size_t node, wire how);
  /// Closes the connections between the two, as a pulled plug would once both ends noticed.
  void sever(std::size_t one, std::size_t other);

  // -- talking -----------------------------------------------------------------------------------
  /// `caucus ARGUMENTS`, to its end.
  [[nodiscard]] static run_result cli(std::vector<std::string> arguments,
                                      milliseconds at_most = milliseconds{60'000});
  /// `caucus COMMAND --config NODE ARGUMENTS`.
  [[nodiscard]] run_result cli(std::size_t node, std::string command,
                               std::vector<std::string> arguments,
                               milliseconds at_most = milliseconds{60'000}) const;
  [[nodiscard]] control talk(std::size_t node, milliseconds at_most = milliseconds{60'000}) const;
  [[nodiscard]] node_view view(std::size_t node, milliseconds at_most = milliseconds{10'000}) const;
  [[nodiscard]] static proposed propose(control& to, std::string_view variable,
                                        std::string_view mutation,
                                        const std::vector<std::string>& arguments,
                                        std::string_view request_id = {},
                                        milliseconds timeout = milliseconds{30'000});

  // -- waiting -----------------------------------------------------------------------------------
  /// Asks again until it holds. An exception of a node that does not answer counts as no.
  void wait_until(std::string_view what, const std::function<bool()>& condition,
                  milliseconds at_most = milliseconds{60'000});
  /// Every node answers and has at least this many links.
  void wait_ready(milliseconds at_most = milliseconds{60'000});
  /// All of these nodes are at one height with one state root, at least that height; returns it.
  node_view wait_equal(const std::vector<std::size_t>& nodes,
                       milliseconds at_most = milliseconds{60'000}, std::uint64_t at_least = 0);
  [[nodiscard]] std::vector<std::size_t> all() const; ///< members
  [[nodiscard]] std::string logs(std::size_t lines = 25) const;

private:
  void set_up_proxies();
  std::size_t add(std::size_t by, const std::vector<std::string>& more);

  cluster_options options_;
  temporary_folder folder_;
  port_lease ports_;
  std::map<std::pair<std::size_t, std::size_t>, std::unique_ptr<proxy>>
    proxies_;                                   ///< dialler, dialled
  std::vector<std::unique_ptr<process>> nodes_; ///< members, then clients; null: never started
  int exceptions_;                              ///< in flight when it was made
};

/// Sets `key` of `[table]` in a TOML text, one key a line. Adds what is not there.
[[nodiscard]] std::string set_key(std::string text, std::string_view table, std::string_view key,
                                  std::string_view value);

} // namespace caucus::harness
