#include "apps/caucus/bench.hpp"
#include "messages/try.hpp"
#include "runtime/commands/strict_json.hpp"

#include "apps/caucus/bench_report.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/latency_histogram.hpp"
#include "apps/caucus/network_files.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/group/child_process.hpp"
#include "apps/group/interrupts.hpp"
#include "apps/group/local_ports.hpp"
#include "apps/group/work_folder.hpp"
#include "runtime/file.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

/// `caucus bench`, and its `commit`: starts the nodes, each with a load inside, and adds up what they measured.

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;
using json = nlohmann::ordered_json;

struct totals {
  latency_histogram latencies;
  double rate = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  double longest_pause_ms = 0; ///< of any node, without a receipt
  double cpu_us = 0;           ///< of all processes, a mutation
};

result<void> add_up(totals& to, const std::string& line) {
  const auto one = parse_json(line).value_or(json{});
  if (!one.is_object() || !one.contains("buckets")) {
    return fail(errc::internal, "a node said: " + line);
  }
  to.rate += one.at("applied").get<double>() / one.at("seconds").get<double>();
  to.refused += one.at("refused").get<std::uint64_t>();
  to.failed += one.at("failed").get<std::uint64_t>();
  to.longest_pause_ms =
    std::max(to.longest_pause_ms, one.at("longest_pause_s").get<double>() * 1'000);
  for (const auto& pair : one.at("buckets")) {
    to.latencies.add_bucket(pair[0].get<std::size_t>(), pair[1].get<std::uint64_t>());
  }
  return {};
}

std::vector<std::string> node_words(const bench_options& given, const std::filesystem::path& config,
                                    std::size_t index) {
  const auto share =
    given.outstanding / given.nodes + (index < given.outstanding % given.nodes ? 1 : 0);
  std::vector<std::string> words{own_program().string(),
                                 "bench-node",
                                 "--config",
                                 config.string(),
                                 "--durability",
                                 given.durability,
                                 "--payload",
                                 std::to_string(given.payload),
                                 "--outstanding",
                                 std::to_string(share),
                                 "--workload",
                                 given.workload,
                                 "--keys",
                                 std::to_string(given.keys),
                                 "--seconds",
                                 std::to_string(given.seconds),
                                 "--warm-up",
                                 std::to_string(given.warm_up)};
  return words;
}

/// Half of what is measured passes. Errors: cancelled, and a node that ended.
result<void> wait_for_the_middle(const bench_options& given, child_process& one) {
  const auto middle =
    std::chrono::steady_clock::now() + std::chrono::duration<double>{given.seconds / 2};
  while (std::chrono::steady_clock::now() < middle) {
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
    if (one.wait(50ms)) {
      return fail(errc::internal, "a node ended");
    }
  }
  return {};
}

/// It ended while it should. Errors: bad_request: one of the first `loaded` was a step further.
result<void> judge_end(std::vector<child_process>& nodes, std::size_t loaded, const char* longer) {
  for (std::size_t i = 0; i < loaded; ++i) {
    if (nodes[i].line(1ms)) {
      return fail(errc::bad_request,
                  std::string{"the epoch ended too late to be measured so: give "} + longer
                    + " more seconds");
    }
  }
  return {};
}

std::chrono::milliseconds cpu_of(const std::vector<child_process>& nodes) {
  auto out = 0ms;
  for (const auto& node : nodes) {
    out += node.usage().value_or(process_usage{}).cpu;
  }
  return out;
}

result<totals> measure(const bench_options& given, const std::filesystem::path& folder) {
  CAUCUS_TRY(const auto ports, local_ports::take(given.nodes));
  group_plan plan;
  plan.directory = folder;
  plan.nodes = given.nodes;
  plan.base_port = ports.first();
  plan.variables = bench_variables(given.payload);
  CAUCUS_TRY_VOID(make_group(plan));
  std::vector<child_process> nodes;
  std::vector<std::filesystem::path> folders;
  for (unsigned i = 0; i < given.nodes; ++i) {
    const auto directory = folder / ("node" + std::to_string(i));
    CAUCUS_TRY(auto one, child_process::start_to_read(node_words(given, directory / "node.toml", i),
                                                      directory / "node.log"));
    nodes.push_back(std::move(one));
    folders.push_back(directory);
  }
  const auto loaded = std::min<std::size_t>(nodes.size(), given.outstanding);
  if (given.epoch_end == "before") {
    CAUCUS_TRY_VOID(end_epoch(folders));
    CAUCUS_TRY_VOID(judge_end(nodes, loaded, "--warm-up"));
  }
  totals out;
  const auto at_most =
    std::chrono::milliseconds{static_cast<std::int64_t>((given.seconds + given.warm_up) * 1'000)}
    + 60s;
  for (std::size_t i = 0; i < loaded; ++i) {
    auto& one = nodes[i];
    if (const auto began = one.line(at_most); !began) { // "measuring"
      return tl::make_unexpected(began.error());
    }
  }
  const auto cpu_before = cpu_of(nodes);
  const auto began = std::chrono::steady_clock::now();
  if (given.epoch_end == "within") {
    CAUCUS_TRY_VOID(wait_for_the_middle(given, nodes[0]));
    CAUCUS_TRY_VOID(end_epoch(folders));
    CAUCUS_TRY_VOID(judge_end(nodes, loaded, "--seconds"));
  }
  for (std::size_t i = 0; i < loaded; ++i) {
    CAUCUS_TRY(const auto said, nodes[i].line(at_most));
    CAUCUS_TRY_VOID(add_up(out, said));
  }
  const auto cpu_after = cpu_of(nodes);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  out.cpu_us = std::chrono::duration<double, std::micro>(cpu_after - cpu_before).count()
               / std::max(out.rate * took.count(), 1.0);
  for (auto& one : nodes) {
    one.signal(SIGTERM);
  }
  for (auto& one : nodes) {
    static_cast<void>(one.wait(15s));
  }
  return out;
}

/// The folder of one run, of several.
result<totals> measure_in(const bench_options& given, const work_folder& folder, unsigned index) {
  if (given.runs == 1) {
    return measure(given, folder.path());
  }
  const auto path = folder.path() / ("run" + std::to_string(index));
  std::error_code failed;
  std::filesystem::create_directory(path, failed);
  if (failed) {
    return fail(errc::io_failed, path.string() + ": " + failed.message());
  }
  return measure(given, path);
}

result<bench_report> measure_all(const bench_options& given, const work_folder& folder) {
  bench_report out;
  const progress_line progress;
  for (unsigned i = 0; i < given.runs; ++i) {
    progress.say("commit, " + run_of(i, given.runs));
    CAUCUS_TRY(const auto got, measure_in(given, folder, i));
    out.add("mutations_per_s", got.rate);
    out.add("p50_ms", got.latencies.milliseconds_at(0.50));
    out.add("p99_ms", got.latencies.milliseconds_at(0.99));
    out.add("longest_pause_ms", got.longest_pause_ms);
    out.add("cpu_us_per_mutation", got.cpu_us);
    out.count("refused", got.refused);
    out.count("failed", got.failed);
  }
  return out;
}

int bench_commit(const bench_options& given) {
  catch_interrupts();
  auto folder = work_folder::make(given.keep);
  if (!folder) {
    return report(folder.error());
  }
  auto got = measure_all(given, *folder);
  if (!got) {
    return report(got.error());
  }
  got->set("nodes", std::uint64_t{given.nodes});
  got->set("payload", std::uint64_t{given.payload});
  got->set("outstanding", std::uint64_t{given.outstanding});
  got->set("durability", given.durability);
  got->set("workload", given.workload);
  got->set("epoch_end", given.epoch_end);
  got->set("seconds", given.seconds);
  got->set("runs", std::uint64_t{given.runs});
  print(given.as_json ? got->json() : got->text());
  return number(exit_code::ok);
}

} // namespace

void add_runs_option(CLI::App& to, unsigned& runs) {
  to.add_option("--runs", runs,
                "how often; medians are shown, with the least and the greatest; of losses the sum")
    ->check(in_range(1, 1'000))
    ->capture_default_str();
}

void add_bench(CLI::App& to, action& run) {
  const auto given = std::make_shared<bench_options>();
  auto* const bench = to.add_subcommand("bench", "measure this program on this machine");
  bench->require_subcommand(1);
  add_bench_mailbox(*bench, run);
  add_bench_link(*bench, to, run);
  auto* const commit = bench->add_subcommand("commit", "how many mutations a group commits");
  commit->add_option("--nodes", given->nodes, "how many")
    ->check(in_range(1, 64))
    ->capture_default_str();
  commit->add_option("--outstanding", given->outstanding, "proposals in flight, of all nodes")
    ->check(in_range(1, 1'000'000))
    ->capture_default_str();
  commit
    ->add_option("--epoch-end", given->epoch_end,
                 "none, before (in the warm-up), or within what is measured: the group changes "
                 "itself then, by its vote")
    ->check(one_of({"none", "before", "within"}))
    ->capture_default_str();
  add_load_options(*commit, *given);
  add_runs_option(*commit, given->runs);
  commit->add_option("--keep", given->keep, "keep the files in this new folder")->type_name("DIR");
  commit->add_flag("--json", given->as_json, "print JSON");
  commit->footer("Receipts are awaited; the load runs inside each node. Example:\n"
                 "  caucus bench commit --nodes 4 --payload 64 --outstanding 2800 --durability "
                 "memory --json\n"
                 "  caucus bench commit --epoch-end within --runs 5    how long no receipts come");
  commit->callback([given, &run] { run = [given] { return bench_commit(*given); }; });
  add_bench_node(to, run);
}

} // namespace caucus::cli
