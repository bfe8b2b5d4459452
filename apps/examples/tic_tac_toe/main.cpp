#include "rules.hpp"

#include <charconv>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

// Tic-tac-toe without a referee: each player runs a node, and the group judges every move.

namespace {

int report(const caucus::error& why) {
  std::cerr << why << std::endl;
  return 1;
}

void show(const caucus::reading& board) {
  for (char cell = '1'; cell <= '9'; ++cell) {
    std::cout << board.text({&cell, 1}).value_or(".") << (cell % 3 == 0 ? '\n' : ' '); // 3, 6, 9
  }
  const auto winner = board.text("winner");
  std::cout << (winner ? *winner + " has won" : board.text("turn").value_or("X") + " to move")
            << std::endl;
}

/// A whole number; which cells there are is the rules' to say, and the group's.
std::optional<std::int64_t> cell_of(const std::string& line) {
  std::int64_t out = 0;
  const auto* const last = line.data() + line.size();
  const auto [end, failed] = std::from_chars(line.data(), last, out);
  return failed == std::errc{} && end == last ? std::optional{out} : std::nullopt;
}

/// Runs a node of the game. Its player's lines: a cell to mark, 1 to 9, or nothing: show the board.
int run(const std::string& folder, bool plays) {
  auto node = caucus::server::start(folder, game());
  if (!node) {
    return report(node.error());
  }
  std::cout << "ready" << std::endl;
  for (std::string line; plays && std::getline(std::cin, line);) {
    caucus::question whole{.variable = "board", .fresh = true};
    if (!line.empty()) {
      const auto cell = cell_of(line);
      if (!cell) { // not worth a word to the group
        std::cout << "'" << line << "' is no cell: a number, 1 to 9; nothing: show the board"
                  << std::endl;
        continue;
      }
      const auto told = node->propose({"board", "mark", {*cell}}).get();
      if (!told) {
        report(told.error());
        continue;
      }
      std::cout << (told->applied() ? "marked" : "refused: " + told->reason) << std::endl;
      whole.at_least = told->at.value() + 1;
    }
    const auto board = node->get(whole).get();
    if (board) {
      show(*board);
      std::ofstream{folder + "/board.json"} << board->to_json();
    }
  }
  const auto ended = plays ? caucus::result<void>{} : node->run_until_signal();
  return ended ? 0 : report(ended.error());
}

/// Needs no node: what the group has certified anyone can check.
int verify(const std::string& genesis, const std::string& file) {
  std::ifstream in{file};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  // The whole board: a true answer about one cell would show the others empty.
  const auto board = caucus::verify_reading(genesis, game(), text, {.variable = "board"});
  if (!board) {
    return report(board.error());
  }
  std::cout << "verified at height " << board->proven().at << "\n";
  show(*board);
  return 0;
}

} // namespace

int main(int count, char** words) {
  const std::string command = count > 2 ? words[1] : "";
  if (command == "play" || command == "watch") {
    return run(words[2], command == "play");
  }
  if (command == "verify" && count > 3) {
    return verify(words[2], words[3]);
  }
  std::cerr << "tic_tac_toe play FOLDER | watch FOLDER | verify GENESIS BOARD.json\n";
  return 2;
}
