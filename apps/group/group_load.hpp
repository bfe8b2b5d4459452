#pragma once

#include "apps/group/node_talk.hpp"
#include "messages/result.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// Users who propose without pause while nodes are hurt, and never give a mutation up: one whose
/// fate they did not hear, because the node was busy, killed or cut off, they propose again with
/// the same request id. So each is committed once, or exactly-once is broken.

namespace caucus {

/// A mutation whose receipt came.
struct acknowledged {
  std::size_t node = 0; ///< that it was proposed to
  caucus::wanted wanted;
  std::string outcome; ///< "applied" or "refused"
  std::uint64_t height = 0;
  std::uint64_t index = 0;
  std::string reason{};                 ///< of a refusal
  std::chrono::microseconds latency{0}; ///< from the first try
};

struct load_options {
  std::vector<std::size_t> nodes{}; ///< that are asked
  std::size_t clients = 2;          ///< of each node; a thread and a connection each
  std::uint64_t count = 0;          ///< mutations in all, then it ends by itself; 0: until stopped
  /// What a client proposes as its number-th; called on its thread. Empty: each sets `motto` to a
  /// text that no other uses.
  std::function<caucus::wanted(std::size_t client, std::uint64_t number)> wanted{};
};

class group_load {
public:
  using milliseconds = std::chrono::milliseconds;

  /// Starts at once. `directory_of` a node is asked here alone. Ctrl-C ends it too (see
  /// interrupts.hpp).
  group_load(const std::function<std::filesystem::path(std::size_t node)>& directory_of,
             load_options options);
  group_load(const group_load&) = delete;
  group_load& operator=(const group_load&) = delete;
  ~group_load(); ///< gives up what is in hand

  /// Receipts so far. Any thread.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Every client has ended: all of `count` is done, or they failed.
  [[nodiscard]] bool done() const { return active_ == 0; }
  /// Lets each client hear the fate of what it has in hand. All that was acknowledged, in no order.
  /// Errors: timed_out: that takes longer; internal: an answer came that no retry can help. Once.
  [[nodiscard]] result<std::vector<acknowledged>> finish(milliseconds at_most);
  /// Proposals that had to be made again.
  [[nodiscard]] std::uint64_t retries() const { return retries_; }

private:
  void run(control_socket to, std::size_t node, std::size_t client);
  /// False: its fate will not be known.
  bool propose_one(control_socket& to, std::size_t node, wanted mutation, const std::string& id);
  void join();

  load_options options_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<std::size_t> active_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> giving_up_{false};
  std::mutex guard_;
  std::vector<acknowledged> all_; ///< guarded
  std::string failure_;           ///< guarded; empty: none
  std::vector<std::thread> threads_;
};

} // namespace caucus
