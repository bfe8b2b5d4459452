#include <caucus/test/harness/cluster.hpp>
#include <caucus/test/harness/ledger.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// Two referees, two score boards that fall three times each while goals come in: every goal is counted
// once, in the counters and in each board's file. score_board_test PROGRAM GENESIS

namespace {

using namespace caucus::harness;
using namespace std::chrono_literals;

constexpr int goal_count = 60;

void check(bool holds, const std::string& claim) {
  if (!holds) {
    throw std::runtime_error{"not so: " + claim};
  }
  std::cout << "ok: " << claim << std::endl;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The file without its first line, the height.
std::string scorers_of(const cluster& group, std::size_t node) {
  const auto text = read_text(group.directory(node) / "score_board.txt");
  return text.substr(std::min(text.size(), text.find('\n') + 1));
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++out;
  }
  return out;
}

/// Points in the ledger, one committed `add 1` each: what a doubled proposal would show.
std::size_t points_in(const ledger& what) {
  return static_cast<std::size_t>(
    std::count_if(what.entries.begin(), what.entries.end(), [](const ledger_entry& one) {
      return one.what.mutation == "add" && one.status == "applied";
    }));
}

using processes = std::vector<std::unique_ptr<process>>;

processes start(const cluster& group, const std::string& program, const std::string& stumbles) {
  processes out;
  for (std::size_t i = 0; i < group.size(); ++i) {
    out.push_back(std::make_unique<process>(
      std::vector<std::string>{program, "node", "--config", group.config(i).string(), "--stumble",
                               stumbles},
      group.folder() / ("board" + std::to_string(i) + ".log")));
  }
  return out;
}

void stop(processes& all) {
  for (auto& one : all) {
    one->signal(SIGTERM);
  }
  for (auto& one : all) {
    const auto how = one->wait(30s);
    check(how && how->ok(), "a node with a score board stops in good order");
  }
}

/// Both boards have done all, and agree.
void wait_for(cluster& group, int goals, const std::string& scorers) {
  group.wait_until("all goals are points", [&] {
    return points_in(read_ledger(group, 0)) >= static_cast<std::size_t>(goals);
  });
  for (std::size_t i = 0; i < group.size(); ++i) {
    group.wait_until("the board's file is complete",
                     [&] { return scorers_of(group, i) == scorers; });
  }
}

/// A board whose file has a line more, that it has not written, neither starts nor forgets a scorer.
void refuse_damaged(const cluster& group, const std::string& program, const std::string& damage) {
  const auto file = group.directory(0) / "score_board.txt";
  const auto whole = read_text(file);
  const auto damaged = whole + damage;
  std::ofstream{file} << damaged;
  process board{{program, "node", "--config", group.config(0).string()},
                group.folder() / "damaged.log"};
  const auto how = board.wait(60s);
  check(how && how->code == 1
          && board.output().find("score_board.txt is damaged, line 5") != std::string::npos,
        "a damaged file ends the node and says where");
  check(read_text(file) == damaged, "and is left as it was");
  std::ofstream{file} << whole;
}

void run(const std::string& program, const std::string& genesis) {
  cluster_options options;
  options.nodes = 2;
  options.genesis = [&](const std::string& made) { // ours, with the members that were made
    return read_text(genesis) + made.substr(made.find("[[members]]"));
  };
  cluster group{options};
  auto boards = start(group, program, "3");
  group.wait_ready();

  std::vector<control> referees;
  referees.push_back(group.talk(0));
  referees.push_back(group.talk(1));
  for (int i = 0; i < goal_count; ++i) {
    const std::string goal = i % 3 == 0 ? "guests Grace" : "home Ada";
    const auto told = cluster::propose(referees[static_cast<std::size_t>(i % 2)], "goals", "post",
                                       {goal}, "goal " + std::to_string(i));
    if (told.outcome != "applied") {
      throw std::runtime_error{"a goal was not posted: " + told.outcome + " " + told.detail};
    }
  }
  // Ordered like any other, and no goal: as a line of the file it would be two.
  for (const std::string forged :
       {"guests Eve\n900 guests Mallory", "home \nx", "home\r", "home\x7f"}) {
    if (cluster::propose(referees[0], "goals", "post", {forged}).outcome != "applied") {
      throw std::runtime_error{"what is no goal was not ordered"};
    }
  }
  wait_for(group, goal_count, "20 guests Grace\n40 home Ada\n");
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto status = group.view(i).json;
    check(count_of(status, "stumbled") == 1 && count_of(status, "\"restarts\":3") == 1,
          "the board of node " + std::to_string(i)
            + " fell three times, the node's own actors never");
    check(count_of(status, "score_board.heard") == 1, "its edges are listed");
  }
  // A certified state is that before its block: the one after the last point has them all.
  const auto all = std::to_string(read_ledger(group, 0).entries.back().height + 1);
  const auto home = group.cli(0, "get", {"home", "--at-least", all});
  const auto guests = group.cli(1, "get", {"guests", "--at-least", all});
  check(home.out.find("40") != std::string::npos && guests.out.find("20") != std::string::npos,
        "the counters, verified, say 40 : 20; " + home.out + guests.out);
  check(points_in(read_ledger(group, 1)) == goal_count, "no point was committed twice");

  stop(boards);
  boards = start(group, program, "0");
  group.wait_ready();
  auto referee = group.talk(0);
  check(cluster::propose(referee, "goals", "post", {"home Alan"}).outcome == "applied",
        "after a new start a goal is posted");
  wait_for(group, goal_count + 1, "20 guests Grace\n40 home Ada\n1 home Alan\n");
  check(points_in(read_ledger(group, 0)) == goal_count + 1, "and only that one is a new point");
  stop(boards);
  for (const std::string damage :
       {"900\n", "x home Ada\n", "-1 home Bob\n", "5 guests Grace\n", "\n"}) {
    refuse_damaged(group, program, damage);
  }
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) {
      throw std::runtime_error{"usage: score_board_test PROGRAM GENESIS"};
    }
    run(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
