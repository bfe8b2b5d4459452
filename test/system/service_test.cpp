#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/freeze.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// A node under a service manager: what it tells over the socket, and when.

namespace caucus::harness {
namespace {

using words = std::vector<std::string>;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

using notice = std::map<std::string, std::string>; ///< KEY=VALUE, one a line

/// Where a service manager listens, as systemd does.
class manager {
public:
  /// "@name" of the abstract kind, or a path.
  explicit manager(std::string name) : name_{std::move(name)} {
    ::sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(static_cast<char*>(at.sun_path), name_.data(), name_.size());
    if (name_.front() == '@') {
      at.sun_path[0] = '\0';
    }
    const auto size = offsetof(::sockaddr_un, sun_path) + name_.size();
    const ::timeval at_most{20, 0};
    if (::bind(socket_, reinterpret_cast<const ::sockaddr*>(&at), static_cast<::socklen_t>(size))
          != 0
        || ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof at_most) != 0) {
      throw std::runtime_error{"cannot listen on " + name_};
    }
  }
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;
  ~manager() { ::close(socket_); }

  [[nodiscard]] const std::string& name() const { return name_; }

  notice next() {
    char text[4'096];
    const auto size = ::recv(socket_, text, sizeof text, 0);
    if (size < 0) {
      throw std::runtime_error{"nothing was told any more"};
    }
    notice out;
    std::istringstream lines{std::string{text, static_cast<std::size_t>(size)}};
    for (std::string line; std::getline(lines, line);) {
      const auto equals = line.find('=');
      REQUIRE(equals != std::string::npos);
      out[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return out;
  }
  /// All until one that it is true for, which is the last.
  std::vector<notice> until(const std::function<bool(const notice&)>& wanted) {
    std::vector<notice> out;
    const auto by = std::chrono::steady_clock::now() + 30s;
    do {
      if (std::chrono::steady_clock::now() > by) {
        throw std::runtime_error{"much was told, but not what was awaited"};
      }
      out.push_back(next());
    } while (!wanted(out.back()));
    return out;
  }
  std::vector<notice> until(const std::string& key) {
    return until([&key](const notice& one) { return one.contains(key); });
  }

private:
  std::string name_;
  int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

std::size_t count(const std::vector<notice>& all, const std::string& key) {
  std::size_t out = 0;
  for (const auto& one : all) {
    out += one.contains(key) ? 1 : 0;
  }
  return out;
}

/// A group of one, its node started by this test with an environment.
struct served_node {
  cluster group{{.nodes = 1, .settings = {}, .genesis = {}}};
  fs::path output = group.folder() / "output";

  [[nodiscard]] std::unique_ptr<process> start(const std::string& environment,
                                               const std::string& flags = "") const {
    return std::make_unique<process>(words{"sh", "-c",
                                           environment + " exec " + cluster::program().string()
                                             + " node --config " + group.config(0).string() + " "
                                             + flags},
                                     output);
  }
  [[nodiscard]] std::string abstract_name() const {
    return "@caucus-test-" + std::to_string(::getpid()) + group.folder().filename().string();
  }
};

TEST_CASE(
  "a service manager hears that a node is ready when it is, and of each reload and its end") {
  const served_node of;
  manager hears{(of.group.folder() / "notify").string()};
  const auto node = of.start("NOTIFY_SOCKET=" + hears.name());
  const auto before = hears.until("READY");
  CHECK(before.back().at("READY") == "1");
  CHECK(before.back().at("STATUS").starts_with("node0 votes, height "));
  CHECK(before.front().contains("STATUS"));
  // At this moment, not soon after.
  CHECK(fs::exists(of.group.directory(0) / "ledger.log"));
  auto to = of.group.talk(0);
  const auto status = to.get("/v1/status");
  CHECK(status.status == 200);
  CHECK(status.body.find("\"silent\":[]") != std::string::npos);

  node->signal(SIGHUP);
  const auto reloading = hears.until("RELOADING").back();
  CHECK(reloading.at("RELOADING") == "1");
  ::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto told = std::stoll(reloading.at("MONOTONIC_USEC")) / 1'000'000;
  CHECK(told <= now.tv_sec);
  CHECK(told > now.tv_sec - 60);
  CHECK(hears.until("READY").back().at("READY") == "1");

  node->signal(SIGTERM);
  CHECK(hears.until("STOPPING").back().at("STOPPING") == "1");
  const auto how = node->wait(20s);
  REQUIRE(how.has_value());
  CHECK(how->code == 0);
}

TEST_CASE("a node whose actors stand still pets no watchdog, until they go on") {
  const served_node of;
  manager hears{of.abstract_name()};
  const auto node = of.start("WATCHDOG_PID=$$ WATCHDOG_USEC=300000 NOTIFY_SOCKET=" + hears.name());
  hears.until("READY");
  hears.until("WATCHDOG");
  CHECK(hears.until("WATCHDOG").back().at("WATCHDOG") == "1"); // again and again
  auto frozen = frozen_threads::of(node->pid(), {"caucus", "caucus-io"});
  if (!frozen) {
    WARN("this process may not trace another: nothing can be made to stand still");
    return;
  }
  REQUIRE(frozen->count() > 1);
  const auto silent = [](const notice& one) {
    return one.contains("STATUS") && !one.contains("WATCHDOG");
  };
  const auto missed = hears.until(silent).back();
  INFO(missed.at("STATUS"));
  CHECK(missed.at("STATUS").find("answer") != std::string::npos);
  CHECK_FALSE(hears.until("STATUS").back().contains("WATCHDOG"));
  frozen.reset();
  hears.until("WATCHDOG");
  node->signal(SIGTERM);
  const auto how = node->wait(20s);
  REQUIRE(how.has_value());
  CHECK(how->code == 0);
}

TEST_CASE("a watchdog that waits for another process hears nothing of this one") {
  const served_node of;
  manager hears{of.abstract_name()};
  const auto node = of.start("WATCHDOG_PID=1 WATCHDOG_USEC=30000 NOTIFY_SOCKET=" + hears.name());
  hears.until("READY");
  node->signal(SIGHUP);
  auto told = hears.until("READY");
  node->signal(SIGTERM);
  const auto last = hears.until("STOPPING");
  CHECK(count(told, "WATCHDOG") + count(last, "WATCHDOG") == 0);
  REQUIRE(node->wait(20s).has_value());
}

TEST_CASE("a node whose service manager is gone, or is none, runs all the same") {
  for (const auto* const name : {"/nowhere/notify", "not-a-path", ""}) {
    INFO(name);
    served_node of;
    const auto node = of.start("WATCHDOG_USEC=x NOTIFY_SOCKET=" + std::string{name});
    of.group.wait_until("it is ready",
                        [&] { return node->output().find("ready") != std::string::npos; });
    node->signal(SIGTERM);
    const auto how = node->wait(20s);
    REQUIRE(how.has_value());
    CHECK(how->code == 0);
  }
}

TEST_CASE("a node that cannot open its store never says that it is ready") {
  const served_node of;
  manager hears{of.abstract_name()};
  std::ofstream{of.group.directory(0) / "ledger.log"} << std::string(32, 'x');
  const auto node = of.start("NOTIFY_SOCKET=" + hears.name());
  CHECK(count(hears.until("STOPPING"), "READY") == 0);
  const auto how = node->wait(20s);
  REQUIRE(how.has_value());
  CHECK(how->code == 8);
  const auto text = node->output();
  INFO(text);
  CHECK(text.find("ready") == std::string::npos);
  CHECK(text.find("the node gave up") != std::string::npos);
}

TEST_CASE("what no restart mends ends with a code that the unit does not restart on") {
  const auto ended = [](const std::function<void(const served_node&)>& spoil) {
    const served_node of;
    spoil(of);
    const auto node = of.start("");
    const auto how = node->wait(20s);
    INFO(node->output());
    REQUIRE(how.has_value());
    return how->code;
  };
  const auto written = [](const fs::path& file, const std::string& text) {
    std::ofstream{file, std::ios::trunc} << text;
  };
  CHECK(ended([](const auto& of) { fs::remove(of.group.config(0)); }) == 2);
  CHECK(ended([&](const auto& of) { written(of.group.config(0), "[node"); }) == 2);
  CHECK(ended([](const auto& of) { fs::remove(of.group.genesis()); }) == 2);
  CHECK(ended([](const auto& of) { fs::remove(of.group.directory(0) / "identity.key"); }) == 8);
  for (const auto* const name : {"ledger.log", "notary.journal", "consensus.journal"}) {
    INFO(name);
    const std::string text(32, 'x');
    CHECK(ended([&](const auto& of) { written(of.group.directory(0) / name, text); }) == 8);
  }
  // Somebody else may let go of it.
  const served_node of;
  manager hears{of.abstract_name()};
  const auto first = of.start("NOTIFY_SOCKET=" + hears.name());
  hears.until("READY");
  const auto second = of.start("");
  const auto how = second->wait(20s);
  REQUIRE(how.has_value());
  CHECK(how->code == 1);

  std::ifstream unit{std::string{CAUCUS_TREE} + "/apps/caucus/caucus@.service"};
  std::map<std::string, std::string> says;
  for (std::string line; std::getline(unit, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && !line.starts_with('#')) {
      says[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  CHECK(says.at("Restart") == "on-failure");
  CHECK(says.at("RestartPreventExitStatus") == "2 8");
  // It gives up: as many starts fit into the time that is looked at.
  CHECK(std::stoi(says.at("RestartSec")) * std::stoi(says.at("StartLimitBurst")) < 10 * 60);
  CHECK(says.at("StartLimitIntervalSec") == "10min");
}

TEST_CASE("signals to end that come together are one") {
  served_node of;
  const auto node = of.start("");
  of.group.wait_until("it is ready",
                      [&] { return node->output().find("ready") != std::string::npos; });
  node->signal(SIGSTOP); // both wait for it
  node->signal(SIGTERM);
  node->signal(SIGINT);
  node->signal(SIGCONT);
  const auto how = node->wait(20s);
  REQUIRE(how.has_value());
  CHECK(how->code == 0);
}

TEST_CASE("a later signal ends a node that hangs in its stop") {
  const served_node of;
  manager hears{of.abstract_name()};
  const auto node = of.start("NOTIFY_SOCKET=" + hears.name(), "--node-stop-deadline 10m");
  hears.until("READY");
  auto frozen = frozen_threads::of(node->pid(), {"caucus", "caucus-io"});
  if (!frozen) {
    WARN("this process may not trace another: nothing can be made to hang");
    return;
  }
  node->signal(SIGTERM);
  hears.until("STOPPING");
  // At once they are one wish; some time later it is another. How late is the program's affair.
  int asked = 0;
  const auto by = std::chrono::steady_clock::now() + 20s;
  const auto ended = [&node] {
    std::ifstream file{"/proc/" + std::to_string(node->pid()) + "/stat"};
    std::string text;
    std::getline(file, text);
    return text.find(") Z ") != std::string::npos || text.empty();
  };
  while (!ended() && std::chrono::steady_clock::now() < by) {
    node->signal(SIGINT);
    ++asked;
    std::this_thread::sleep_for(50ms);
  }
  CHECK(asked > 2);
  frozen.reset();
  const auto how = node->wait(20s);
  REQUIRE(how.has_value());
  CHECK(how->signal == SIGINT);
}

} // namespace
} // namespace caucus::harness
