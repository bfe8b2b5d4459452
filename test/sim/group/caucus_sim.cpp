#include "messages/genesis.hpp"
#include "test/sim/group/scenario.hpp"
#include "test/sim/hashing.hpp"
#include "test/sim/world.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

/// caucus-sim: replays seeds of the simulation, and measures a world.

namespace caucus::sim {
namespace {

using nlohmann::ordered_json;

struct command {
  bool changes = false; ///< epochs
  std::uint64_t seconds = 10;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> seeds;
  std::uint64_t first = 0;
  std::optional<std::uint64_t> nodes;
  faults with = faults::mixed;
  bool json = false;
};

void declare_consensus(CLI::App& to, command& asked) {
  static const std::map<std::string, faults> kinds{
    {"mixed", faults::mixed},   {"former", faults::former}, {"leads", faults::leads},
    {"serves", faults::serves}, {"slow", faults::slow},     {"copies", faults::copies}};
  auto* const which = to.add_option_group("seeds", "which are run");
  which->add_option("--seed", asked.seed, "replay one seed and print its trace");
  auto* const many = which->add_option("--seeds", asked.seeds, "run so many seeds");
  which->require_option(1);
  to.add_option("--first", asked.first, "the first of them (default 0)")->needs(many);
  to.add_option("--nodes", asked.nodes,
                "size of the group (default 4 with --seed, else the seed chooses)")
    ->check(CLI::Range(std::size_t{1}, std::size_t{members_max}));
  to.add_option_function<std::string>(
      "--faults", [&asked](const std::string& kind) { asked.with = kinds.at(kind); },
      "default mixed; former: without bad leaders, bad servers and slow replies, as seeds were "
      "before there were any")
    ->check(CLI::IsMember(kinds));
}

void declare_epochs(CLI::App& to, command& asked) {
  auto* const which = to.add_option_group("seeds", "which are run");
  which->add_option("--seed", asked.seed, "replay one seed and print its trace");
  auto* const many = which->add_option("--seeds", asked.seeds, "run so many seeds");
  which->require_option(1);
  to.add_option("--first", asked.first, "the first of them (default 0)")->needs(many);
}

outcome run_seed(const command& asked, std::uint64_t seed, std::uint64_t nodes) {
  return asked.changes ? run_epochs(seed) : run_consensus(seed, nodes, asked.with);
}

void declare_world(CLI::App& to, command& asked) {
  to.add_option("--nodes", asked.nodes, "all nodes, four members among them")
    ->required()
    ->check(CLI::Range(4, 100'000));
  to.add_option("--seconds", asked.seconds, "how long it lives, in virtual time (default 10)")
    ->check(CLI::Range(1, 86'400));
  to.add_option("--seed", asked.seed, "default 0");
}

std::string hex(std::uint64_t what) {
  std::string out(16, '0');
  for (auto at = out.rbegin(); at != out.rend(); ++at, what >>= 4U) {
    *at = "0123456789abcdef"[what & 15U];
  }
  return out;
}

double in_seconds(duration of) {
  return static_cast<double>(of.count()) / 1e6;
}

int run_one(const command& asked) {
  const auto got = run_seed(asked, *asked.seed, asked.nodes.value_or(4));
  if (asked.json) {
    std::cout << ordered_json{{"seed", *asked.seed},
                              {"passed", got.passed},
                              {"why", got.why},
                              {"trace", hex(got.trace)},
                              {"virtual_s", in_seconds(got.virtual_time)},
                              {"final_height", got.final_height},
                              {"views", got.views},
                              {"events", got.events},
                              {"crashes", got.crashes},
                              {"epochs", got.epochs},
                              {"states", got.states}}
              << '\n';
  } else {
    std::cout << "seed " << *asked.seed << (got.passed ? ": passed" : ": FAILED: ") << got.why
              << "\ntrace " << hex(got.trace) << "\nheight " << got.final_height << ", view "
              << got.views << ", epoch " << got.epochs << ", " << got.crashes << " crashes, "
              << got.events << " events in " << in_seconds(got.virtual_time)
              << " virtual seconds\n";
  }
  return got.passed ? 0 : 1;
}

int run_many(const command& asked) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto start = std::chrono::steady_clock::now();
  duration simulated{0};
  std::uint64_t heights = 0;
  std::uint64_t epochs = 0;
  std::uint64_t states = 0;
  std::uint64_t traces = 0; ///< of all, in order
  std::vector<std::pair<std::uint64_t, std::string>> failed;
  for (std::uint64_t i = 0; i < *asked.seeds; ++i) {
    const auto seed = asked.first + i;
    const auto got = run_seed(asked, seed, asked.nodes.value_or(0));
    simulated += got.virtual_time;
    heights += got.final_height;
    epochs += got.epochs;
    states += got.states;
    traces = mix(traces ^ got.trace);
    if (!got.passed) {
      failed.emplace_back(seed, got.why);
    }
    if (terminal && i % 16 == 15) {
      std::cerr << '\r' << i + 1 << " of " << *asked.seeds << ", " << failed.size() << " failed "
                << std::flush;
    }
  }
  if (terminal) {
    std::cerr << "\r\033[K";
  }
  const auto real = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto ratio = in_seconds(simulated) / std::max(real, 1e-9);
  if (asked.json) {
    auto numbers = ordered_json::array();
    for (const auto& [seed, why] : failed) {
      numbers.push_back(seed);
    }
    std::cout << ordered_json{{"first", asked.first},      {"seeds", *asked.seeds},
                              {"failed", numbers},         {"final_heights", heights},
                              {"epochs", epochs},          {"states", states},
                              {"traces", hex(traces)},     {"real_s", real},
                              {"virtual_over_real", ratio}}
              << '\n';
  } else {
    for (const auto& [seed, why] : failed) {
      std::cout << "seed " << seed << " FAILED: " << why << '\n';
    }
    std::cout << *asked.seeds - failed.size() << " of " << *asked.seeds << " seeds passed, "
              << heights << " final blocks, " << epochs << " changes of the members, " << states
              << " states taken from others, " << real << " s\nvirtual_over_real " << ratio << '\n';
  }
  return failed.empty() ? 0 : 1;
}

/// Of this process.
double resident_bytes() {
  std::ifstream from{"/proc/self/statm"};
  double all = 0;
  double resident = 0;
  from >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

int run_world(const command& asked) {
  const auto empty = resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  world_options with;
  with.seed = asked.seed.value_or(0);
  with.from.name = "world";
  with.from.time = wall_ms{1'700'000'000'000};
  with.followers = *asked.nodes - with.members;
  world all{std::move(with)};
  all.run_for(std::chrono::seconds{asked.seconds});
  const auto real = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto count = static_cast<double>(all.size());
  const auto each = (resident_bytes() - empty) / count / 1024;
  std::size_t links = 0;
  for (node_index i = 0; i < all.size(); ++i) {
    links += all.link_count(i);
  }
  if (asked.json) {
    std::cout << ordered_json{{"nodes", all.size()},
                              {"links", links / 2},
                              {"events", all.event_count()},
                              {"virtual_s", asked.seconds},
                              {"real_s", real},
                              {"kib_a_node", each},
                              {"trace", hex(all.trace())},
                              {"trouble", all.trouble()}}
              << '\n';
  } else {
    std::cout << all.size() << " nodes, " << links / 2 << " links, " << all.event_count()
              << " events in " << asked.seconds << " virtual and " << real << " real seconds, "
              << each << " KiB a node\ntrace " << hex(all.trace()) << '\n'
              << all.trouble();
  }
  return all.trouble().empty() ? 0 : 1;
}

int main_of(int count, char** words) {
  CLI::App app{"Runs whole nodes in virtual time. The same seed gives the same trace.",
               "caucus-sim"};
  app.footer("Exit code: 0 if all passed, 1 if a seed failed, 2 for a wrong command line.\n\n"
             "examples:\n"
             "  caucus-sim consensus --seed 7\n"
             "  caucus-sim consensus --seeds 1000 --first 0 --json\n"
             "  caucus-sim epochs --seeds 1000\n"
             "  caucus-sim world --nodes 1000");
  app.require_subcommand(1);
  command asked;
  auto* const consensus = app.add_subcommand("consensus", "groups through faults, then calm");
  auto* const epochs =
    app.add_subcommand("epochs", "groups that change their members, through faults, then calm");
  auto* const fair = app.add_subcommand("world", "fair weather: what a node costs");
  declare_consensus(*consensus, asked);
  declare_epochs(*epochs, asked);
  declare_world(*fair, asked);
  for (auto* const one : {consensus, epochs, fair}) {
    one->add_flag("--json", asked.json, "print JSON");
  }
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  if (fair->parsed()) {
    return run_world(asked);
  }
  asked.changes = epochs->parsed();
  return asked.seed ? run_one(asked) : run_many(asked);
}

} // namespace
} // namespace caucus::sim

int main(int argc, char** argv) {
  try {
    return caucus::sim::main_of(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "caucus-sim: " << problem.what() << '\n';
    return 1;
  }
}
