#include "messages/genesis.hpp"
#include "test/sim/group/scenario.hpp"
#include "test/sim/hashing.hpp"
#include "test/sim/world.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

/// caucus-sim: replays seeds of the simulation. See usage().

namespace caucus::sim {
namespace {

constexpr std::string_view usage =
  "usage: caucus-sim consensus --seed N [--nodes MEMBERS] [--faults KIND] [--json]\n"
  "       caucus-sim consensus --seeds COUNT [--first N] [--nodes MEMBERS] [--faults KIND] "
  "[--json]\n"
  "       caucus-sim world --nodes NODES [--seconds S] [--seed N] [--json]\n"
  "\n"
  "consensus: runs groups of whole nodes in virtual time: faults, then calm. The same seed gives "
  "the\n"
  "same trace. world: four members and so many followers in fair weather; tells what a node "
  "costs.\n"
  "\n"
  "  --seed N        replay one seed and print its trace\n"
  "  --seeds COUNT   run so many seeds\n"
  "  --first N       the first of them (default 0)\n"
  "  --nodes MEMBERS size of the group, 1 to 64 (default 4 with --seed, else the seed chooses);\n"
  "                  of a world: all nodes, 4 to 100000\n"
  "  --seconds S     how long a world lives, in virtual time (default 10)\n"
  "  --faults KIND   mixed, former, leads, serves or slow (default mixed); former: without bad\n"
  "                  leaders, bad servers and slow replies, as seeds were before there were any\n"
  "  --json          print JSON\n"
  "\n"
  "Exit code: 0 if all passed, 1 if a seed failed, 2 for a wrong command line.\n"
  "\n"
  "examples:\n"
  "  caucus-sim consensus --seed 7\n"
  "  caucus-sim consensus --seeds 1000 --first 0 --json\n"
  "  caucus-sim world --nodes 1000\n";

struct command {
  bool world = false;
  std::uint64_t seconds = 10;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> seeds;
  std::uint64_t first = 0;
  std::optional<std::uint64_t> nodes;
  faults with = faults::mixed;
  bool json = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return out;
}

std::optional<faults> faults_of(std::string_view word) {
  constexpr std::pair<std::string_view, faults> known[] = {{"mixed", faults::mixed},
                                                           {"former", faults::former},
                                                           {"leads", faults::leads},
                                                           {"serves", faults::serves},
                                                           {"slow", faults::slow}};
  for (const auto& [name, kind] : known) {
    if (name == word) {
      return kind;
    }
  }
  return std::nullopt;
}

std::optional<command> parse(const std::vector<std::string_view>& words) {
  command out;
  if (words.empty() || (words.front() != "consensus" && words.front() != "world")) {
    return std::nullopt;
  }
  out.world = words.front() == "world";
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--json") {
      out.json = true;
      continue;
    }
    if (words[i] == "--faults") {
      const auto kind = i + 1 < words.size() ? faults_of(words[i + 1]) : std::nullopt;
      if (!kind) {
        return std::nullopt;
      }
      out.with = *kind;
      ++i;
      continue;
    }
    const auto value = i + 1 < words.size() ? number(words[i + 1]) : std::nullopt;
    if (!value) {
      return std::nullopt;
    }
    if (words[i] == "--seed") {
      out.seed = value;
    } else if (words[i] == "--seeds") {
      out.seeds = value;
    } else if (words[i] == "--first") {
      out.first = *value;
    } else if (words[i] == "--nodes" && *value >= (out.world ? 4 : 1)
               && *value <= (out.world ? 100'000 : members_max)) {
      out.nodes = value;
    } else if (words[i] == "--seconds" && out.world && *value >= 1 && *value <= 86'400) {
      out.seconds = *value;
    } else {
      return std::nullopt;
    }
    ++i;
  }
  const bool whole =
    out.world ? out.nodes && !out.seeds : out.seed.has_value() != out.seeds.has_value();
  if (!whole) {
    return std::nullopt;
  }
  return out;
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
  const auto got = run_consensus(*asked.seed, asked.nodes.value_or(4), asked.with);
  if (asked.json) {
    std::cout << "{\"seed\":" << *asked.seed << ",\"passed\":" << (got.passed ? "true" : "false")
              << ",\"why\":\"" << got.why << "\",\"trace\":\"" << hex(got.trace)
              << "\",\"virtual_s\":" << in_seconds(got.virtual_time)
              << ",\"final_height\":" << got.final_height << ",\"views\":" << got.views
              << ",\"events\":" << got.events << ",\"crashes\":" << got.crashes << "}\n";
  } else {
    std::cout << "seed " << *asked.seed << (got.passed ? ": passed" : ": FAILED: ") << got.why
              << "\ntrace " << hex(got.trace) << "\nheight " << got.final_height << ", view "
              << got.views << ", " << got.crashes << " crashes, " << got.events << " events in "
              << in_seconds(got.virtual_time) << " virtual seconds\n";
  }
  return got.passed ? 0 : 1;
}

int run_many(const command& asked) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto start = std::chrono::steady_clock::now();
  duration simulated{0};
  std::uint64_t heights = 0;
  std::uint64_t traces = 0; ///< of all, in order
  std::vector<std::pair<std::uint64_t, std::string>> failed;
  for (std::uint64_t i = 0; i < *asked.seeds; ++i) {
    const auto seed = asked.first + i;
    const auto got = run_consensus(seed, asked.nodes.value_or(0), asked.with);
    simulated += got.virtual_time;
    heights += got.final_height;
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
    std::cout << "{\"first\":" << asked.first << ",\"seeds\":" << *asked.seeds << ",\"failed\":[";
    for (std::size_t i = 0; i < failed.size(); ++i) {
      std::cout << (i == 0 ? "" : ",") << failed[i].first;
    }
    std::cout << "],\"final_heights\":" << heights << ",\"traces\":\"" << hex(traces)
              << "\",\"real_s\":" << real << ",\"virtual_over_real\":" << ratio << "}\n";
  } else {
    for (const auto& [seed, why] : failed) {
      std::cout << "seed " << seed << " FAILED: " << why << '\n';
    }
    std::cout << *asked.seeds - failed.size() << " of " << *asked.seeds << " seeds passed, "
              << heights << " final blocks, " << real << " s\nvirtual_over_real " << ratio << '\n';
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
    std::cout << "{\"nodes\":" << all.size() << ",\"links\":" << links / 2
              << ",\"events\":" << all.event_count() << ",\"virtual_s\":" << asked.seconds
              << ",\"real_s\":" << real << ",\"kib_a_node\":" << each << ",\"trace\":\""
              << hex(all.trace()) << "\",\"trouble\":\"" << all.trouble() << "\"}\n";
  } else {
    std::cout << all.size() << " nodes, " << links / 2 << " links, " << all.event_count()
              << " events in " << asked.seconds << " virtual and " << real << " real seconds, "
              << each << " KiB a node\ntrace " << hex(all.trace()) << '\n'
              << all.trouble();
  }
  return all.trouble().empty() ? 0 : 1;
}

int main_of(const std::vector<std::string_view>& words) {
  for (const auto word : words) {
    if (word == "--help" || word == "-h") {
      std::cout << usage;
      return 0;
    }
  }
  const auto asked = parse(words);
  if (!asked) {
    std::cerr << usage;
    return 2;
  }
  if (asked->world) {
    return run_world(*asked);
  }
  return asked->seed ? run_one(*asked) : run_many(*asked);
}

} // namespace
} // namespace caucus::sim

int main(int argc, char** argv) {
  return caucus::sim::main_of({argv + 1, argv + argc});
}
