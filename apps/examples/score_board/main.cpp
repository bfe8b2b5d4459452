#include "score_board.hpp"

#include <caucus/program.hpp>

// The program `caucus` with one more actor in its nodes.

int main(int count, char** words) {
  caucus::composition with{"score_board", "1.0"};
  with.add<score_board>();
  return caucus::run(count, words, with);
}
