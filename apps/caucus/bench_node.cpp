#include "actors/composition.hpp"
#include "apps/caucus/bench.hpp"
#include "apps/caucus/load_actor.hpp"
#include "apps/caucus/node_runner.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>

/// One node of `caucus bench commit`: a node as any other, with a load among its actors. Says
/// "measuring" when it runs, and one line of JSON when it has measured.

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

duration seconds(double count) {
  return duration{static_cast<duration::rep>(count * 1e6)};
}

void tell(const load_result& what) {
  json buckets = json::array();
  for (std::size_t i = 0; i < latency_histogram::bucket_count; ++i) {
    if (what.latencies.counts()[i] > 0) {
      buckets.push_back(json::array({i, what.latencies.counts()[i]}));
    }
  }
  print(json{{"seconds", std::chrono::duration<double>(what.time).count()},
             {"applied", what.applied},
             {"refused", what.refused},
             {"failed", what.failed},
             {"longest_pause_s", std::chrono::duration<double>(what.longest_pause).count()},
             {"buckets", buckets}}
          .dump()
        + "\n");
}

int run_bench_node(const bench_options& given) {
  load_setup load;
  load.kind = given.workload == "map" ? workload::map : workload::opaque;
  load.variable = variable_id{static_cast<variable_id::number>(load.kind == workload::map ? 2 : 1)};
  load.payload = given.payload;
  load.keys = given.keys;
  load.outstanding = given.outstanding;
  load.warm_up = seconds(given.warm_up);
  load.time = seconds(given.seconds);
  load.began = [] { print("measuring\n"); };
  load.done = tell;
  composition with{own().name(), own().version()};
  if (load.outstanding > 0) { // else: fewer proposals than nodes
    with.add<load_actor>(load);
  }
  composed node{with};
  if (const auto read = node.settings().load(given.config, {{"durability", given.durability}});
      !read) {
    return report(read.error());
  }
  return run_node(node, [](const node_facts&) {});
}

} // namespace

std::vector<variable_declaration> bench_variables(std::size_t payload) {
  variable_declaration payloads;
  payloads.name = "payloads";
  payloads.kind = kind_named("opaque");
  payloads.value_size = static_cast<std::uint32_t>(std::max<std::size_t>(payload, 1));
  variable_declaration table;
  table.name = "table";
  table.kind = kind_named("map");
  table.value_size = payloads.value_size;
  return {payloads, table};
}

void add_load_options(CLI::App& to, bench_options& given) {
  to.add_option("--payload", given.payload, "bytes of each mutation")
    ->check(in_range(1, 65'536))
    ->capture_default_str();
  to.add_option("--durability", given.durability, "disk or memory")
    ->check(one_of({"disk", "memory"}))
    ->capture_default_str();
  to.add_option("--workload", given.workload, "opaque payloads, or random keys of a map")
    ->check(one_of({"opaque", "map"}))
    ->capture_default_str();
  to.add_option("--keys", given.keys, "of the map, of which each proposal takes one")
    ->check(in_range(1, 100'000'000))
    ->capture_default_str();
  to.add_option("--seconds", given.seconds, "measured")
    ->check(in_range(0.1, 3'600.0))
    ->capture_default_str();
  to.add_option("--warm-up", given.warm_up, "seconds before")
    ->check(in_range(0.0, 600.0))
    ->capture_default_str();
}

void add_bench_node(CLI::App& to, action& run) {
  const auto given = std::make_shared<bench_options>();
  auto* const command = to.add_subcommand("bench-node", "one node of `bench commit`");
  command->group(""); // hidden
  command->add_option("--config", given->config)->required();
  command->add_option("--outstanding", given->outstanding); // of this node; 0: none
  add_load_options(*command, *given);
  command->callback([given, &run] { run = [given] { return run_bench_node(*given); }; });
}

} // namespace caucus::cli
