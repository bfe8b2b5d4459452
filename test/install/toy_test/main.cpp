#include <caucus/test/harness/cluster.hpp>

#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// The README's program with an actor of its own, wherever one would look for that actor.
// toy_test CAUCUS, with the path to the README's program in CAUCUS of the environment: nodes and commands
// are all of that.

namespace {

using namespace caucus::harness;

void expect(bool holds, const std::string& claim, const std::string& told) {
  if (!holds) {
    throw std::runtime_error{"not so: " + claim + "\n" + told};
  }
  std::cout << "ok: " << claim << std::endl;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++out;
  }
  return out;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// What needs no node.
void look_at_the_line(const cluster& group, const std::string& plain) {
  const auto help = cluster::cli({"--help"});
  expect(has(help.out, "\n  cheer ") && has(help.out, "club init DIR"), "--help lists the command",
         help.out);
  const auto of = cluster::cli({"cheer", "--help"});
  expect(has(of.out, "PLAYER") && has(of.out, "who plays well; 1 to 32 bytes")
           && has(of.out, "\n  club cheer Ada --config net/node0"),
         "its own --help has arguments, limits and the example", of.out);
  const auto words = cluster::cli({"completion", "--words", "ch"});
  expect(has(words.out, "cheer\tcheer for a player"), "completion knows it", words.out);
  const auto options = cluster::cli({"completion", "--words", "node", "--cheers"});
  expect(has(options.out, "--cheers-loudness\t"), "and the key's flag", options.out);
  const auto without = cluster::cli({"cheer", "--config", group.directory(0).string()});
  expect(without.how.code == 2 && has(without.err, "club: PLAYER is required"),
         "without its argument it is refused", without.err);
  const auto slip = cluster::cli({"cher", "Ada"});
  expect(slip.how.code == 2
           && slip.err.starts_with("club: there is no command 'cher'; did you mean cheer?\n"),
         "what is wrong is said by the program's name", slip.err);
  const auto keys = group.cli(0, "node", {"--print-config"});
  expect(has(keys.out, "\n[cheers]\n") && has(keys.out, "\nloudness = 2\n"),
         "--print-config shows the table as the file has it", keys.out);
  const auto loud = group.cli(0, "node", {"--cheers-loudness", "11"});
  expect(loud.how.code == 2 && has(loud.err, "1 to 10"), "a value out of range is refused",
         loud.err);
  const auto foreign = run({plain, "status", "--config", group.directory(0).string()});
  expect(foreign.how.code == 2 && has(foreign.err, "cheers"),
         "a program without the actor refuses the file", foreign.err);
  const auto version = cluster::cli({"--version"});
  expect(has(version.out, "club 1.0 (caucus 0.1"), "the version is the program's", version.out);
}

void look_at_nodes(cluster& group) {
  const auto told = group.cli(0, "cheer", {"Ada", "--json"});
  expect(told.how.ok() && count_of(told.out, "\"heard\":") == 3 && count_of(told.out, "\n") == 3,
         "each peer's answer is a line", told.out + told.err);
  const auto shown = group.cli(0, "cheer", {"Ada"});
  expect(shown.how.ok() && count_of(shown.out, "heard 4") == 3 && !has(shown.out, "{"),
         "people are shown it in words", shown.out + shown.err);
  auto node = group.talk(0);
  const auto http = node.post("/v1/cheer", R"({"player": "Ada"})");
  expect(http.status == 200 && count_of(http.body, "\"heard\":6") == 3, "HTTP has it", http.body);
  const auto nobody = node.post("/v1/cheer", R"({"player": ""})");
  expect(nobody.status == 400, "and its limits", nobody.body);
  const auto status = group.view(1).json;
  expect(has(status, R"("cheers":{"heard":6})"), "status has the actor's part", status);
  const auto all = group.cli(1, "status", {"--group"});
  expect(count_of(all.out, " (club 1.0)\n") == 4, "the group's versions are whole", all.out);
  const auto seen = group.cli(1, "status", {});
  expect(has(seen.out, "cheers      heard 6\n"), "people too", seen.out);
  expect(has(status, "cheers.calls") && has(status, "cheers.net_in"), "and its edges", status);
  const auto metrics = group.cli(1, "metrics", {});
  expect(has(metrics.out, "caucus_cheers_heard_total 6"), "metrics have its number", metrics.out);

  const auto file = group.config(1);
  const auto louder = set_key(read_text(file), "cheers", "loudness", "10");
  std::ofstream{file} << louder;
  group.of(1).signal(SIGHUP);
  group.wait_until("the reload counts",
                   [&] { return has(group.log(1), "cheers.loudness is now 10"); });
  const auto after = group.cli(0, "cheer", {"Ada", "--json"});
  expect(count_of(after.out, "\"heard\":16") == 1 && count_of(after.out, "\"heard\":8") == 2,
         "a reload changes the key while the node runs", after.out);
}

void try_it(const std::string& plain) {
  cluster_options options;
  options.settings = {{"cheers.loudness", "2"}, {"log.levels", "\"warn,cheers=info\""}};
  cluster group{options};
  look_at_the_line(group, plain);
  group.start_all();
  look_at_nodes(group);
  for (std::size_t i = 0; i < group.size(); ++i) {
    expect(group.stop(i).ok(), "a node stops in good order", group.log(i));
  }
}

} // namespace

int main(int count, char** words) {
  try {
    if (count != 2) {
      throw std::runtime_error{"usage: toy_test CAUCUS"};
    }
    try_it(words[1]);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << std::endl;
    return 1;
  }
}
