#pragma once

#include "apps/caucus/commands.hpp"
#include "messages/genesis.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

/// `caucus bench`: one file a subcommand, and what `commit` and the nodes that it starts share.

namespace caucus::cli {

struct bench_options {
  std::string config; ///< of a node; not of the whole
  unsigned nodes = 4;
  std::size_t payload = 64; ///< bytes
  std::size_t outstanding = 2'800;
  std::string durability = "memory";
  std::string workload = "opaque";
  std::size_t keys = 100'000;     ///< of the map
  std::string epoch_end = "none"; ///< "none", "before" or "within" what is measured
  double seconds = 10;
  double warm_up = 2;
  unsigned runs = 1;
  std::string keep;
  bool as_json = false;
};

void add_bench_mailbox(CLI::App& to, action& run);
/// `top`: for the hidden command that each of its processes runs.
void add_bench_link(CLI::App& to, CLI::App& top, action& run);
void add_bench_link_end(CLI::App& to, action& run);
void add_runs_option(CLI::App& to, unsigned& runs);
void add_load_options(CLI::App& to, bench_options& given);
/// The hidden command that each process runs.
void add_bench_node(CLI::App& to, action& run);
/// Asks as many of them as it takes that the group changes, and waits until it has, everywhere.
/// `nodes`: folders of all members, in the first epoch. Errors: as control_client's; timed_out,
/// cancelled.
[[nodiscard]] result<void> end_epoch(const std::vector<std::filesystem::path>& nodes);
/// `payloads`, opaque, and `table`, a map; sized for the payload.
[[nodiscard]] std::vector<variable_declaration> bench_variables(std::size_t payload);

} // namespace caucus::cli
