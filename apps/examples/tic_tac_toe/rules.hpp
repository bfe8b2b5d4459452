#pragma once

#include <caucus/caucus.hpp>

#include <string>

/// The game as the group judges it. Every node runs this on every move, and all must come to the
/// same result: nothing here knows a clock, a random number or a file.
///
/// Entries of `board`: "1" to "9" hold X or O; "turn" whose move it is; "X" and "O" the players'
/// keys; "winner" X, O or nobody.

inline std::string entry(const caucus::state_edit& of, const std::string& key) {
  return std::string{of.get(key).value_or("")};
}

inline bool wins(const caucus::state_edit& board, const std::string& who) {
  for (const std::string line : {"123", "456", "789", "147", "258", "369", "159", "357"}) {
    int marked = 0;
    for (const char cell : line) {
      marked += entry(board, {cell}) == who ? 1 : 0;
    }
    if (marked == 3) {
      return true;
    }
  }
  return false;
}

inline bool full(const caucus::state_edit& board) {
  for (char cell = '1'; cell <= '9'; ++cell) {
    if (!board.get({&cell, 1})) {
      return false;
    }
  }
  return true;
}

inline caucus::result<void> mark(caucus::state_edit& board, const caucus::call& by) {
  const std::string turn = entry(board, "turn") == "O" ? "O" : "X";
  const std::string other = turn == "X" ? "O" : "X";
  const std::string author = to_text(by.author);
  const auto player = entry(board, turn);
  const auto cell = std::to_string(by.arguments[0].integer);
  if (!entry(board, "winner").empty()) {
    return caucus::refuse("the game is over");
  }
  // Who moves first is X; who moves second, and is another, is O.
  if ((!player.empty() && player != author) || entry(board, other) == author) {
    return caucus::refuse("it is the turn of " + turn);
  }
  if (cell.size() != 1 || cell == "0") {
    return caucus::refuse("there is no cell " + cell);
  }
  if (board.get(cell)) {
    return caucus::refuse("cell " + cell + " is taken");
  }
  board.put(cell, turn);
  board.put(turn, author);
  board.put("turn", other);
  if (wins(board, turn) || full(board)) {
    board.put("winner", wins(board, turn) ? turn : "nobody");
  }
  return caucus::permit();
}

/// Name and version are part of the network's id: nodes with other rules cannot join.
inline caucus::rules game() {
  caucus::rules out{"tic_tac_toe", 1};
  out.on("board", "mark", mark);
  return out;
}
