#include "test/harness/cluster.hpp"
#include "test/harness/ledger.hpp"
#include "test/harness/load.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// caucus_upgrade: a rolling upgrade of real nodes, under load. See usage.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using words = std::vector<std::string>;

constexpr std::string_view usage =
  "usage: caucus_upgrade OLD_PROGRAM\n"
  "\n"
  "Four members run another version of caucus; one after the other is stopped and started again\n"
  "with this build's, while users write through all of them. With half of them upgraded a change\n"
  "of the group is asked for, and again when all are. Then the ledgers of all are compared, and\n"
  "every receipt with them. `./dev upgrade COMMIT` builds the other version first.\n"
  "\n"
  "Exit code: 0 nothing was lost, 1 something was, 2 for a wrong command line. CAUCUS_KEEP=1\n"
  "leaves folders and logs.\n";

constexpr std::size_t members = 4;
constexpr std::uint64_t receipts_a_step = 200;

void say(const std::string& what) {
  std::cout << what << std::endl;
}
void demand(bool holds, const std::string& what) {
  if (!holds) {
    throw std::runtime_error{what};
  }
}

/// Texts that no other mutation has.
wanted note(std::size_t client, std::uint64_t number) {
  return {"tags", "insert", {std::to_string(client) + '-' + std::to_string(number)}};
}

class upgrade {
public:
  explicit upgrade(std::filesystem::path old)
      : old_{std::move(old)}, group_{{.nodes = members, .program_of = [this](std::size_t node) {
                                        return node < upgraded_ ? cluster::program() : old_;
                                      }}} {}

  void run() {
    say("before  " + version_of(old_));
    say("after   " + version_of(cluster::program()));
    group_.start_all();
    load users{group_, {.clients = 1, .wanted = note}};
    more(users);
    for (std::size_t node = 0; node < members; ++node) {
      const auto ended = group_.stop(node);
      demand(ended.ok(), "node" + std::to_string(node) + " did not end in order");
      upgraded_ = node + 1;
      group_.start(node);
      group_.wait_until("it is linked with all others again",
                        [&] { return links_of(node) >= members - 1; });
      more(users);
      say("node" + std::to_string(node) + " is upgraded; " + std::to_string(users.count())
          + " receipts so far");
      if (upgraded_ == members / 2) {
        try_directive();
      }
    }
    change_group();
    more(users);
    const auto told = users.finish();
    const auto what = same_ledger(group_, group_.all());
    const auto wrong = compare(what, told);
    demand(wrong.empty(), wrong);
    say(std::to_string(told.size()) + " receipts, " + std::to_string(users.retries())
        + " proposals made again; " + std::to_string(what.entries.size())
        + " mutations in each ledger: nothing is lost, nothing is there twice");
  }

private:
  static std::string version_of(const std::filesystem::path& program) {
    const auto told = harness::run({program.string(), "version"});
    demand(told.how.ok(), program.string() + " version: " + told.err);
    return told.out.substr(0, told.out.find('\n'));
  }
  std::size_t links_of(std::size_t node) {
    return json::parse(group_.view(node).json).at("peers").get<std::size_t>();
  }
  void more(const load& users) {
    const auto target = users.count() + receipts_a_step;
    group_.wait_until("users have receipts", [&] { return users.count() >= target; });
  }
  run_result announce(std::size_t node) {
    return cluster::cli(
      {"group", "announce", "--config", group_.config(node).string(), "upgraded"});
  }
  /// While a member runs a program from before, nothing is asked for.
  void try_directive() {
    const auto told = announce(0);
    if (told.how.ok()) {
      say("a change of the group is asked for already: the other version knows of them");
    } else {
      demand(told.err.find("runs a program from before") != std::string::npos
               || told.err.find("protocol") != std::string::npos,
             "a change of the group midway said: " + told.err);
      say("a change of the group is refused meanwhile: " + told.err.substr(0, told.err.find('\n')));
    }
  }
  void change_group() {
    for (const std::size_t node : {1U, 2U}) {
      const auto told = announce(node);
      demand(told.how.ok(), "a change of the group behind it said: " + told.err);
    }
    group_.wait_until("the group agrees", [&] {
      return group_.cli(3, "log", {"--json"}).out.find("\"announced\"") != std::string::npos;
    });
    say("a change of the group passes, now that all are upgraded");
  }

  std::filesystem::path old_;
  std::size_t upgraded_ = 0; ///< the first ones
  cluster group_;
};

} // namespace
} // namespace caucus::harness

int main(int argc, char** argv) {
  const std::vector<std::string> given{argv + 1, argv + argc};
  if (given.size() != 1 || given.front() == "--help" || given.front() == "-h") {
    const bool asked = given.size() == 1;
    (asked ? std::cout : std::cerr) << caucus::harness::usage;
    return asked ? 0 : 2;
  }
  try {
    caucus::harness::upgrade{given.front()}.run();
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
