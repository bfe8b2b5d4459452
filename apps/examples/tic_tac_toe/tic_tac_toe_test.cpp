#include <caucus/test/harness/cluster.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// A game from the first move to a board that is verified offline. tic_tac_toe_test PROGRAM GENESIS

namespace {

using namespace caucus::harness;
using namespace std::chrono_literals;

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

/// One who plays: a node whose stdin is ours.
class player {
public:
  player(cluster& group, const std::string& program, std::size_t node)
      : group_{group}, lines_{group.folder() / ("moves" + std::to_string(node))} {
    if (::mkfifo(lines_.c_str(), 0600) != 0) {
      throw std::runtime_error{"no fifo at " + lines_.string()};
    }
    says_ = ::open(lines_.c_str(), O_RDWR | O_CLOEXEC); // never waits for the reader
    node_.emplace(std::vector<std::string>{"/bin/sh", "-c", "exec \"$0\" play \"$1\" < \"$2\"",
                                           program, group.directory(node).string(),
                                           lines_.string()},
                  group.folder() / ("player" + std::to_string(node) + ".log"));
  }
  player(const player&) = delete;
  player& operator=(const player&) = delete;
  ~player() { leave(); }

  void await(const std::string& text) {
    group_.wait_until("a player's node says '" + text + "'",
                      [&] { return node_->output().find(text, heard_) != std::string::npos; });
    heard_ = node_->output().find(text, heard_) + text.size();
  }
  /// Says a line, and waits for the group's word on it and for the board.
  void move(const std::string& cell, const std::string& word, const std::string& board) {
    const auto line = cell + "\n";
    if (::write(says_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      throw std::runtime_error{"the player's fifo takes nothing"};
    }
    await(word);
    await(board);
    std::cout << "ok: '" << cell << "' " << word << ", " << board << std::endl;
  }
  [[nodiscard]] bool end() {
    leave();
    const auto how = node_->wait(30s);
    return how && how->ok();
  }

private:
  void leave() {
    if (says_ >= 0) {
      ::close(says_);
      says_ = -1;
    }
  }
  cluster& group_;
  std::filesystem::path lines_;
  int says_ = -1;
  std::size_t heard_ = 0;
  std::optional<process> node_;
};

void play(const std::string& program, const std::string& genesis) {
  cluster_options options;
  options.genesis = [&](const std::string& made) { // ours, with the members that were made
    return read_text(genesis) + made.substr(made.find("[[members]]"));
  };
  cluster group{options};
  std::vector<std::unique_ptr<process>> watchers;
  for (std::size_t i = 2; i < 4; ++i) {
    watchers.push_back(std::make_unique<process>(
      std::vector<std::string>{program, "node", "--config", group.directory(i).string()},
      group.folder() / ("watcher" + std::to_string(i) + ".log")));
  }
  player first{group, program, 0};
  player second{group, program, 1};
  first.await("ready");
  second.await("ready");

  first.move("x", "'x' is no cell", "1 to 9"); // told here: the group hears nothing of it
  first.move("5 6", "'5 6' is no cell", "1 to 9");
  first.move("5", "marked", "O to move");
  first.move("1", "refused: it is the turn of O", "O to move"); // two moves in a row
  second.move("5", "refused: cell 5 is taken", "O to move");
  second.move("10", "refused: there is no cell 10", "O to move");
  second.move("1", "marked", "X to move");
  first.move("4", "marked", "O to move");
  second.move("2", "marked", "X to move");
  first.move("6", "marked", "X has won");
  second.move("3", "refused: the game is over", "X has won");
  second.move("", "", "O O .\nX X X\n. . .\nX has won");
  // A program without the rules needs but their name and version to check what they made.
  const auto proven = group.cli(1, "get", {"--rules", "tic_tac_toe:1", "board", "--json"});
  const auto all = group.cli(1, "log", {});
  check(all.how.ok() && all.out.find("refused: there is no cell 10") != std::string::npos
          && all.out.find("cell 0") == std::string::npos,
        "a cheat is in the log, and what was no move is not; " + all.out);
  check(proven.how.ok(), "the board is verified by name and version of its rules; " + proven.err);
  const auto saved = group.folder() / "answer.json";
  std::ofstream{saved} << proven.out;
  const auto offline = [&](const std::string& rules) {
    return cluster::cli(
      {"verify", "--genesis", group.genesis().string(), "--rules", rules, saved.string()});
  };
  check(offline("tic_tac_toe:1").how.ok(), "and offline; " + offline("tic_tac_toe:1").err);
  check(offline("tic_tac_toe:2").how.code == 6, "in another version's network it is not");
  const auto mistyped = group.cli(1, "get", {"--rules", "tic_tac_toe:2", "board"});
  check(mistyped.how.code == 2 && mistyped.err.find("not those that the node") != std::string::npos,
        "nobody is called a liar for a version mistyped; " + mistyped.err);
  const auto unsaid = group.cli(1, "get", {"board"});
  check(unsaid.how.code == 2 && unsaid.err.find("--rules NAME:VERSION") != std::string::npos,
        "nor for one left out; " + unsaid.err);
  const auto known = run({program, "get", "--config", group.directory(1).string(), "board"});
  check(known.how.ok() && known.out.find("winner = X") != std::string::npos,
        "the program that has the rules is asked without naming them; " + known.out + known.err);
  check(first.end() && second.end(), "players leave in good order");
  for (auto& one : watchers) {
    one->signal(SIGTERM);
    const auto how = one->wait(30s);
    check(how && how->ok(), "a watcher stops in good order");
  }

  // Nobody runs any more: what is left is the genesis and a file.
  const auto board = group.directory(0) / "board.json";
  const auto good = run({program, "board", group.genesis().string(), board.string()});
  check(good.how.ok() && good.out.find("verified at height") == 0
          && good.out.find("X X X") != std::string::npos,
        "the final board is verified offline; " + good.out + good.err);
  auto text = read_text(board);
  text.replace(text.find("board"), 5, "beard");
  std::ofstream{board} << text;
  const auto bad = run({program, "board", group.genesis().string(), board.string()});
  check(!bad.how.ok() && bad.err.find("bad_proof") != std::string::npos,
        "an altered one is not; " + bad.err);
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) {
      throw std::runtime_error{"usage: tic_tac_toe_test PROGRAM GENESIS"};
    }
    play(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
