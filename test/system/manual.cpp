#include "test/system/manual.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>

namespace caucus::harness {

namespace {

/// 0: no heading.
std::size_t rank_of(const std::string& line) {
  const auto rank = line.find_first_not_of('#');
  return rank != std::string::npos && rank > 0 && line[rank] == ' ' ? rank : 0;
}

} // namespace

std::vector<std::string> blocks_of(const std::string& file, const std::string& heading) {
  std::ifstream in{std::string{CAUCUS_TREE} + "/" + file};
  std::vector<std::string> out;
  std::size_t rank = 0; // of the heading; 0: not met yet
  bool in_block = false;
  std::size_t indentation = 0; // of the block: more than four in a list
  for (std::string line; std::getline(in, line);) {
    const auto here = rank_of(line);
    if (here != 0) {
      if (rank != 0 && here <= rank) {
        break;
      }
      if (line.substr(here + 1) == heading) {
        rank = here;
      }
      in_block = false;
      continue;
    }
    const bool indented = line.starts_with("    ");
    if (rank != 0 && indented) {
      if (!in_block) {
        out.emplace_back();
        indentation = line.find_first_not_of(' ');
      }
      out.back() += line.substr(std::min(indentation, line.find_first_not_of(' '))) + '\n';
    } else if (rank != 0 && in_block && line.empty()) {
      out.back() += '\n'; // part of it, if more follows
      continue;
    }
    in_block = indented;
  }
  if (rank == 0) {
    throw std::runtime_error{file + " has no heading '" + heading + "'"};
  }
  return out;
}

std::string with(std::string text,
                 const std::vector<std::pair<std::string, std::string>>& replacements) {
  for (const auto& [word, by] : replacements) {
    auto at = text.find(word);
    if (at == std::string::npos) {
      throw std::runtime_error{"'" + word + "' is not in: " + text};
    }
    for (; at != std::string::npos; at = text.find(word, at + by.size())) {
      text.replace(at, word.size(), by);
    }
  }
  return text;
}

} // namespace caucus::harness
