#include "apps/caucus/commands.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/program.hpp"

/// The program `caucus`: a node without actors of an application, and what shows and measures itself.

int main(int count, char** words) {
  return caucus::cli::run(count, words, caucus::cli::own(), [](CLI::App& app, auto& chosen) {
    caucus::cli::add_demo(app, chosen);
    caucus::cli::add_bench(app, chosen);
  });
}
