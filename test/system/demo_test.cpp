#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

// The demo, as a newcomer runs it.

namespace caucus::harness {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Command lines of all processes that mention this.
std::vector<std::string> processes_with(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& one : fs::directory_iterator{"/proc"}) {
    std::ifstream from{one.path() / "cmdline", std::ios::binary};
    const std::string line{std::istreambuf_iterator<char>{from}, {}};
    if (line.find(text) != std::string::npos) {
      out.push_back(line);
    }
  }
  return out;
}

run_result demo(const fs::path& temporary, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"env", "TMPDIR=" + temporary.string(), cluster::program().string(), "demo"});
  return run(arguments, 100s);
}

TEST_CASE("the demo holds what it says, and leaves neither process nor file") {
  const temporary_folder folder;
  const auto told = demo(folder.path(), {});
  INFO(told.out << told.err);
  CHECK(told.how.code == 0);
  CHECK(told.err.empty());
  CHECK(told.out.find("\x1b") == std::string::npos); // nobody here is a terminal
  for (const auto* const part : {"refused", "kill -9", "state root", "everything held"}) {
    INFO(part);
    CHECK(told.out.find(part) != std::string::npos);
  }
  CHECK(told.out.find("caucus init net\n") != std::string::npos); // what to do next
  std::istringstream lines{told.out};
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(std::count_if(line.begin(), line.end(),
                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; })
          <= 80);
  }
  CHECK(fs::is_empty(folder.path()));
  CHECK(processes_with(folder.path().string()).empty());
}

TEST_CASE("the demo keeps its files where it is told to, and only in a new folder") {
  const temporary_folder folder;
  const auto kept = folder.path() / "kept";
  fs::create_directory(kept);
  std::ofstream{kept / "mine"} << "x";
  const auto refused = demo(folder.path(), {"--keep", kept.string()});
  CHECK(refused.how.code == 1);
  CHECK(refused.err.find(kept.string() + " is not empty") != std::string::npos);
  fs::remove(kept / "mine");
  const auto told = demo(folder.path(), {"--keep", kept.string()});
  INFO(told.out << told.err);
  CHECK(told.how.code == 0);
  for (const auto* const name : {"genesis.toml", "node0/node.toml", "node3/node.log"}) {
    INFO(name);
    CHECK(fs::exists(kept / name));
  }
  CHECK(processes_with(kept.string()).empty());
}

TEST_CASE("Ctrl-C in the middle of the demo leaves neither process nor file") {
  const temporary_folder folder;
  const auto output = folder.path() / "output";
  const auto inside = folder.path() / "inside";
  fs::create_directory(inside);
  for (const auto* const until : {"node1", "kill -9", "no quorum"}) {
    INFO(until);
    fs::remove(output);
    process shown{{"env", "TMPDIR=" + inside.string(), cluster::program().string(), "demo"},
                  output};
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (shown.running() && shown.output().find(until) == std::string::npos) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::sleep_for(10ms); // between looks at another process
    }
    shown.signal(SIGINT);
    shown.signal(SIGINT); // as timeout(1) does it
    const auto how = shown.wait(20s);
    INFO(shown.output());
    REQUIRE(how.has_value());
    CHECK(how->code == 130);
    CHECK(shown.output().find("interrupted") != std::string::npos);
    CHECK(fs::is_empty(inside));
    CHECK(processes_with(inside.string()).empty());
  }
}

} // namespace
} // namespace caucus::harness
