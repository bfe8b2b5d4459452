#include "test/system/history_run.hpp"

#include <charconv>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// caucus_history: the history check of history_test.cpp, for as long as wished. See usage.

namespace caucus::harness {
namespace {

constexpr std::string_view usage =
  "usage: caucus_history [--minutes N] [--seed N] [--folders] [--clocks] [--quiet]\n"
  "\n"
  "Four members and a client, ten users who write and read single keys through all of them, while\n"
  "nodes are killed, paused and cut off; then their histories are checked: receipts, order, "
  "reads.\n"
  "\n"
  "  --minutes N  of faults (default 1)\n"
  "  --seed N     chooses the faults, not their timing (default: by chance; it is printed)\n"
  "  --folders    the client's folder, and one member's, are restored from an older copy, emptied "
  "but\n"
  "               for identity.key, or run twice at once\n"
  "  --clocks     wall clocks of one node, or of three, are wrong by up to an hour for some "
  "seconds\n"
  "  --quiet      says nothing of single faults\n"
  "\n"
  "Exit code: 0 clean, 1 not, 2 for a wrong command line. CAUCUS_KEEP=1 leaves folders and logs.\n";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && end == text.data() + text.size() ? std::optional{out}
                                                                   : std::nullopt;
}

int main_of(const std::vector<std::string_view>& words) {
  history_options options;
  options.length = std::chrono::minutes{1};
  options.seed = std::random_device{}();
  options.say = [](const std::string& what) { std::cout << what << std::endl; };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = i + 1 < words.size() ? number(words[i + 1]) : std::nullopt;
    if (words[i] == "--folders") {
      options.folders = true;
    } else if (words[i] == "--clocks") {
      options.clocks = true;
    } else if (words[i] == "--quiet") {
      options.say = nullptr;
    } else if (words[i] == "--minutes" && value) {
      options.length = std::chrono::minutes{*value};
      ++i;
    } else if (words[i] == "--seed" && value) {
      options.seed = *value;
      ++i;
    } else {
      const bool asked = words[i] == "--help" || words[i] == "-h";
      (asked ? std::cout : std::cerr) << usage;
      return asked ? 0 : 2;
    }
  }
  std::cout << "seed " << options.seed << std::endl;
  const auto got = run_history(options);
  const auto wrong = check_history(got);
  std::cout << summary(got) << '\n' << (wrong.empty() ? "clean" : wrong) << std::endl;
  return wrong.empty() ? 0 : 1;
}

} // namespace
} // namespace caucus::harness

int main(int argc, char** argv) {
  try {
    return caucus::harness::main_of({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
