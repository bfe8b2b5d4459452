#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

/// Asks a node of this process how it is, again and again, as anybody would: over its control
/// socket. So an answer shows that the I/O thread and each of the node's own actors take turns. An
/// actor of an application is asked if it has commands, of which status is one.

namespace caucus::cli {

struct node_health {
  bool answers = false; ///< all of its actors did, within some seconds
  std::string line;     ///< for people: "node0 votes, height 12, 3 peers", or who does not answer
};

/// Has a thread. Made and ended by one thread.
class node_probe {
public:
  /// Asks at once, without pause until it is answered, and from then on every `interval`; zero: no
  /// more. One connection, which it keeps: if users hold all others, it is still heard.
  /// `then` is called on the probe's thread.
  node_probe(std::filesystem::path directory, std::chrono::milliseconds interval,
             std::function<void(const node_health&)> then);
  node_probe(const node_probe&) = delete;
  node_probe& operator=(const node_probe&) = delete;
  /// Waits for a question that is out, 5 s at most.
  ~node_probe();

private:
  void run(const std::filesystem::path& directory, std::chrono::milliseconds interval,
           const std::function<void(const node_health&)>& then);
  /// False: it is to end.
  bool pause(std::chrono::milliseconds time);

  std::mutex guard_;
  std::condition_variable ends_;
  bool ended_ = false;
  std::thread thread_;
};

} // namespace caucus::cli
