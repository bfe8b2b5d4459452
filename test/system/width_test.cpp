#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// What the program prints fits 80 columns, in words for people.

namespace caucus::harness {
namespace {

using words = std::vector<std::string>;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Of UTF-8 without wide characters.
std::size_t columns(const std::string& line) {
  std::size_t out = 0;
  for (const char one : line) {
    out += (static_cast<unsigned char>(one) & 0xC0U) != 0x80 ? 1 : 0;
  }
  return out;
}

void check_width(const std::string& text) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    INFO(line);
    // A command to be copied stays on one line, however long the folder's name is.
    CHECK((columns(line) <= 80 || line.starts_with("read it: ")));
    CHECK_FALSE(line.ends_with(' '));
  }
}

/// The words that begin the lines behind this heading.
words listed_behind(const std::string& text, std::string_view heading) {
  words out;
  std::istringstream in{text.substr(std::min(text.find(heading), text.size()))};
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line) && line.starts_with("  ")) {
    if (line[2] != ' ') {
      out.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
  }
  return out;
}

TEST_CASE("every command's help fits 80 columns, and has no word of the parser's") {
  std::vector<words> commands{{}};
  std::size_t seen = 0;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto with = commands[i];
    with.emplace_back("--help");
    const auto told = cluster::cli(with);
    INFO(told.out << told.err);
    REQUIRE(told.how.ok());
    check_width(told.out);
    for (const auto* const noise :
         {"UINT", "FLOAT", "INT in", "REQUIRED", "Excludes", "SUBCOMMAND"}) {
      INFO(noise);
      CHECK_FALSE(has(told.out, noise));
    }
    for (const auto& inner : listed_behind(told.out, "ommands:")) {
      auto next = commands[i];
      next.push_back(inner);
      commands.push_back(std::move(next));
    }
    ++seen;
  }
  CHECK(seen >= 19); // with those of bench
}

TEST_CASE("help says what an option takes, what is allowed and what is there without it") {
  const auto init = cluster::cli({"init", "--help"}).out;
  INFO(init);
  CHECK(has(init, "--nodes N"));
  CHECK(has(init, "(1 to 64, default 4)"));
  CHECK(has(init, "  DIR "));
  const auto bench = cluster::cli({"bench", "commit", "--help"}).out;
  INFO(bench);
  CHECK(has(bench, "--durability {disk,memory}"));
}

TEST_CASE("what a group's commands show fits 80 columns") {
  cluster group;
  group.start_all();
  for (const auto& ask : std::vector<words>{{"propose", "score", "add", "5"},
                                            {"propose", "motto", "set", "in no hurry"},
                                            {"get", "score"},
                                            {"log"},
                                            {"status"},
                                            {"status", "--all"},
                                            {"status", "--group"},
                                            {"evidence"},
                                            {"doctor"}}) {
    const auto told = group.cli(0, ask.front(), {ask.begin() + 1, ask.end()});
    INFO(ask.front() << "\n" << told.out << told.err);
    CHECK(told.err.empty());
    check_width(told.out);
  }
  group.kill(2);
  group.kill(3);
  group.wait_until("two are gone", [&] { return group.view(0).peers == 1; });
  for (const auto& ask : std::vector<words>{{"status"}, {"status", "--group"}, {"doctor"}}) {
    const auto told = group.cli(0, ask.front(), {ask.begin() + 1, ask.end()});
    INFO(told.out << told.err);
    check_width(told.out);
  }
}

} // namespace
} // namespace caucus::harness
