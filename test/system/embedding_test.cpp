#include "actors/caucus.hpp"

#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// A node in somebody else's process: what it does to it, and what may be done to it.

namespace caucus {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

std::vector<int> open_descriptors() {
  std::vector<int> out;
  for (const auto& one : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    out.push_back(std::stoi(one.path().filename().string()));
  }
  std::erase_if(out, [](int fd) { return ::fcntl(fd, F_GETFD) < 0; }); // the listing's own
  return out;
}

server start(const harness::cluster& of, std::size_t index) {
  auto made = server::start(of.directory(index));
  if (!made) {
    FAIL(to_string(made.error()));
  }
  return std::move(*made);
}

/// In a child, whose exit code this is; -1: it was ended by a signal, by the clock's after two minutes.
int in_child(const std::function<int()>& what) {
  const ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(120);
    ::_exit(what());
  }
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

TEST_CASE("a program that the host starts inherits no descriptor of a node") {
  const auto before = open_descriptors();
  const auto log = std::filesystem::temp_directory_path()
                   / ("caucus-embedding-" + std::to_string(::getpid()) + ".log");
  const harness::cluster files{
    {.nodes = 4, .settings = {{"log.file", "\"" + log.string() + "\""}}}};
  std::vector<server> nodes;
  for (std::size_t i = 0; i < 4; ++i) {
    nodes.push_back(start(files, i));
  }
  const auto linked = [&] {
    for (auto& one : nodes) {
      const auto told = one.status().get();
      if (!told || !told->peer_net || told->peer_net->links.size() < 3) {
        return false;
      }
    }
    return true;
  };
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!linked()) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    std::this_thread::sleep_for(5ms); // asks again
  }
  std::size_t ours = 0;
  for (const int fd : open_descriptors()) {
    if (std::find(before.begin(), before.end(), fd) == before.end()) {
      const auto name = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd));
      INFO("descriptor " << fd << " is " << name);
      CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
      ++ours;
    }
  }
  CHECK(ours > 4 * (3 + 3)); // links, ports, files
  std::filesystem::remove(log);
}

TEST_CASE("a forked child can use the node for nothing, hangs in nothing, and the node goes on") {
  const harness::cluster files{{.nodes = 1}};
  std::optional<server> node{start(files, 0)};
  const change step{.variable = "score", .operation = "add", .arguments = {std::int64_t{1}}};
  CHECK(in_child([&] {
          const auto told = node->propose(step).get();
          if (told || told.error().code != errc::stopping) {
            return 1;
          }
          const auto read = node->status().get();
          if (read || node->stop(1s)) {
            return 2;
          }
          node.reset();
          return 0;
        })
        == 0);
  const auto told = node->propose(step).get();
  REQUIRE(told);
  CHECK(node->stop(10s));
}

TEST_CASE(
  "near the limit of open files the start of a node is an error, and never the end of its host") {
  const harness::cluster files{{.nodes = 1}};
  CHECK(in_child([&] {
          const auto open_now = open_descriptors();
          ::rlimit limit{};
          ::getrlimit(RLIMIT_NOFILE, &limit);
          int failures = 0;
          limit.rlim_cur = 0;
          for (int free = 1; free <= 40; ++free) { // numbers below the limit that are not in use
            while (std::count(open_now.begin(), open_now.end(), static_cast<int>(limit.rlim_cur))
                   > 0) {
              ++limit.rlim_cur;
            }
            ++limit.rlim_cur;
            ::setrlimit(RLIMIT_NOFILE, &limit);
            if (auto made = server::start(files.directory(0)); made) {
              return failures > 3 ? 0 : 3; // it was enough
            }
            ++failures;
          }
          return 4;
        })
        == 0);
}

TEST_CASE("a node keeps its folder where it was when the host changes its own") {
  const harness::cluster files{{.nodes = 1}};
  const auto here = std::filesystem::current_path();
  node_config config;
  config.directory = files.directory(0).filename();
  config.genesis = std::filesystem::relative(files.directory(0).parent_path() / "genesis.toml",
                                             files.directory(0).parent_path());
  config.net.hostname = "127.0.0.1";
  config.net.port = 0;
  std::filesystem::current_path(files.directory(0).parent_path());
  auto made = server::start(config);
  std::filesystem::current_path(here);
  if (!made) {
    FAIL(to_string(made.error()));
  }
  const auto told =
    made->propose({.variable = "score", .operation = "add", .arguments = {std::int64_t{1}}}).get();
  CHECK(told);
  CHECK(made->stop(std::chrono::milliseconds::max())); // for ever is not over at once
  CHECK(std::filesystem::exists(files.directory(0) / "state.sqlite"));
}

TEST_CASE("a folder whose path is too long is refused by its length, and what is allowed is said") {
  const harness::cluster files{{.nodes = 1}};
  node_config config;
  config.genesis = files.directory(0).parent_path() / "genesis.toml";
  config.directory = files.directory(0);
  while (config.directory.string().size() <= directory_size_max) {
    config.directory /= std::string(40, 'd');
  }
  std::filesystem::create_directories(config.directory);
  const auto made = server::start(config);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == errc::value_out_of_range);
  CHECK_THAT(made.error().detail, Catch::Contains("allowed 480"));
}

TEST_CASE("a number has one sign") {
  const harness::cluster files{{.nodes = 1}};
  auto node = start(files, 0);
  for (const auto& [text, good] : std::vector<std::pair<std::string, bool>>{
         {"+-5", false}, {"-+5", false}, {"+", false}, {"++5", false}, {"+5", true}}) {
    INFO(text);
    const auto told =
      node.propose({.variable = "score", .operation = "add", .arguments = {text}}).get();
    CHECK(told.has_value() == good);
    CHECK((told || told.error().code == errc::wrong_arguments));
  }
}

} // namespace
} // namespace caucus
