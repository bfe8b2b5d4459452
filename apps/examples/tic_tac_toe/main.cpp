#include "rules.hpp"

#include <caucus/program.hpp>

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
int play(const std::string& folder) {
  auto node = caucus::server::start(folder, game());
  if (!node) {
    return report(node.error());
  }
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
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
      whole.at_least = told->height.value() + 1;
    }
    const auto board = node->get(whole).get();
    if (board) {
      show(*board);
      std::ofstream{folder + "/board.json"} << board->to_json();
    }
  }
  return 0;
}

/// Needs no node: what the group has certified anyone can check.
int show_saved(const std::string& genesis, const std::string& file) {
  std::ifstream in{file};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  // The whole board: a true answer about one cell would show the others empty.
  const auto board = caucus::verify_reading(genesis, game(), text, {.variable = "board"});
  if (!board) {
    return report(board.error());
  }
  std::cout << "verified at height " << board->proven().height << "\n";
  show(*board);
  return 0;
}

} // namespace

int main(int count, char** words) {
  caucus::composition with{"tic_tac_toe", "1.0"};
  with.add_rules(game());
  with.add_command(
    {"play", {"FOLDER"}, "run a node and mark cells: 1 to 9, a line each", [](const auto& given) {
       return play(given[0]);
     }});
  with.add_command({"board",
                    {"GENESIS", "FILE"},
                    "check a saved board, offline, and show it",
                    [](const auto& given) { return show_saved(given[0], given[1]); }});
  return caucus::run(count, words, with);
}
