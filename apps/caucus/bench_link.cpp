#include "apps/caucus/bench.hpp"
#include "apps/caucus/bench_report.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/group/child_process.hpp"
#include "apps/group/interrupts.hpp"
#include "apps/group/work_folder.hpp"
#include "messages/try.hpp"
#include "runtime/commands/strict_json.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// `caucus bench link`: two processes a measurement, each an end of one link; see bench_link_end.cpp.

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;
using json = nlohmann::ordered_json;

struct link_options {
  double seconds = 1;
  double warm_up = 0.3;
  unsigned runs = 5;
  bool as_json = false;
};

struct measurement {
  const char* what; ///< as bench-link-end names it
  std::size_t size; ///< bytes of a frame's body, or of a stream's write
  bool pinned;      ///< both processes to one core
  const char* text; ///< for the progress line
};
constexpr std::size_t bulk_size = 64 * 1024;
constexpr measurement frames_64{"frames", 64, false, "frames of 64 bytes"};
constexpr measurement frames_4096{"frames", 4'096, false, "frames of 4096 bytes"};
constexpr measurement frames_bulk{"frames", bulk_size, false, "frames of 64 KiB"};
constexpr measurement bare_stream{"stream", bulk_size, false, "a bare TLS stream"};
constexpr measurement handler_echo{"handler-echo", 64, true, "round trips of handlers, one core"};
constexpr measurement actor_echo{"actor-echo", 64, true, "round trips of actors, one core"};
constexpr measurement free_handler_echo{"handler-echo", 64, false, "round trips of handlers"};
constexpr measurement free_actor_echo{"actor-echo", 64, false, "round trips of actors"};

/// What one end said of its measurement.
struct told_numbers {
  double per_s = 0;
  double p50_us = 0;
  std::uint64_t lost = 0;
};

std::vector<std::string> words_of(const link_options& given, const measurement& of) {
  std::vector<std::string> out{own_program().string(),
                               "bench-link-end",
                               "--what",
                               of.what,
                               "--size",
                               std::to_string(of.size),
                               "--seconds",
                               std::to_string(given.seconds),
                               "--warm-up",
                               std::to_string(given.warm_up)};
  if (of.pinned) {
    out.insert(out.end(), {"--core", "0"});
  }
  return out;
}

result<told_numbers> understand(const std::string& line) {
  const auto said = parse_json(line).value_or(json{});
  if (!said.is_object() || !said.contains("per_s")) {
    return fail(errc::internal, "an end of the link said: " + line);
  }
  return told_numbers{said.at("per_s").get<double>(), said.at("p50_us").get<double>(),
                      said.at("lost").get<std::uint64_t>()};
}

/// Starts both ends, waits for the numbers, and ends them. Errors: those of child_process.
result<told_numbers> measure(const link_options& given, const measurement& of,
                             const work_folder& folder) {
  const auto at_most =
    std::chrono::milliseconds{static_cast<std::int64_t>((given.seconds + given.warm_up) * 1'000)}
    + 30s;
  auto words = words_of(given, of);
  CAUCUS_TRY(auto listening, child_process::start_to_read(words, folder.path() / "listening.log"));
  CAUCUS_TRY(const auto port, listening.line(at_most));
  words.insert(words.end(), {"--to", "127.0.0.1:" + port});
  CAUCUS_TRY(auto dialling, child_process::start_to_read(words, folder.path() / "dialling.log"));
  // Whoever hears frames counts them; whoever asks has the clock.
  const bool asks = std::string{of.what}.ends_with("echo");
  const auto said = (asks ? dialling : listening).line(at_most);
  return said ? understand(*said) : tl::make_unexpected(said.error());
}

struct one_run {
  told_numbers small, middle, bulk, stream, handlers, actors, free_handlers, free_actors;
};

result<one_run> run_once(const link_options& given, const work_folder& folder,
                         const progress_line& progress, const std::string& which) {
  one_run out;
  const std::pair<const measurement*, told_numbers*> all[] = {
    {&frames_64, &out.small},
    {&frames_4096, &out.middle},
    {&frames_bulk, &out.bulk},
    {&bare_stream, &out.stream},
    {&handler_echo, &out.handlers},
    {&actor_echo, &out.actors},
    {&free_handler_echo, &out.free_handlers},
    {&free_actor_echo, &out.free_actors},
  };
  for (const auto& [what, to] : all) {
    progress.say("link, " + which + ": " + what->text);
    CAUCUS_TRY(auto got, measure(given, *what, folder));
    *to = got;
  }
  return out;
}

void add_up(bench_report& to, const one_run& one) {
  const auto bulk_bytes = one.bulk.per_s * static_cast<double>(bulk_size);
  to.add("frames_64_per_s", one.small.per_s);
  to.add("frames_4096_per_s", one.middle.per_s);
  to.add("bulk_over_stream", bulk_bytes / one.stream.per_s);
  to.add("round_trip_p50_us", one.handlers.p50_us);
  to.add("actor_round_trip_p50_us", one.actors.p50_us);
  to.add("scheduler_share", (one.actors.p50_us - one.handlers.p50_us) / one.actors.p50_us);
  to.add("free_round_trip_p50_us", one.free_handlers.p50_us);
  to.add("free_actor_round_trip_p50_us", one.free_actors.p50_us);
  to.add("bulk_mb_per_s", bulk_bytes / 1e6);
  to.add("stream_mb_per_s", one.stream.per_s / 1e6);
  to.count("lost", one.small.lost + one.middle.lost + one.bulk.lost);
}

result<bench_report> run_all(const link_options& given, const work_folder& folder) {
  bench_report out;
  const progress_line progress;
  for (unsigned i = 0; i < given.runs; ++i) {
    CAUCUS_TRY(const auto ran, run_once(given, folder, progress, run_of(i, given.runs)));
    add_up(out, ran);
  }
  return out;
}

int bench_link(const link_options& given) {
  catch_interrupts();
  const auto folder = work_folder::make({});
  if (!folder) {
    return report(folder.error());
  }
  auto out = run_all(given, *folder);
  if (!out) {
    return report(out.error());
  }
  out->set("seconds", given.seconds);
  out->set("runs", std::uint64_t{given.runs});
  print(given.as_json ? out->json() : out->text());
  return number(exit_code::ok);
}

} // namespace

void add_bench_link(CLI::App& to, CLI::App& top, action& run) {
  const auto given = std::make_shared<link_options>();
  auto* const link = to.add_subcommand("link", "frames between two processes, over TLS");
  link->add_option("--seconds", given->seconds, "measured, of each of eight measurements")
    ->check(in_range(0.01, 600.0))
    ->capture_default_str();
  link->add_option("--warm-up", given->warm_up, "seconds before")
    ->check(in_range(0.0, 600.0))
    ->capture_default_str();
  add_runs_option(*link, given->runs);
  link->add_flag("--json", given->as_json, "print JSON");
  link->footer(
    "From an actor's outbox to an actor's inbox, with the transport of a node. bulk_over_stream: "
    "frames of 64 KiB against one bare TLS stream. round_trip: between handlers of the I/O "
    "threads; actor_round_trip: between actors; both processes pinned to one core. "
    "scheduler_share: what actors add to that, of actor_round_trip. free_: the same two, but the "
    "system places the threads, and what wakes a sleeping core is paid for. Example:\n"
    "  caucus bench link --runs 3 --json");
  link->callback([given, &run] { run = [given] { return bench_link(*given); }; });
  add_bench_link_end(top, run);
}

} // namespace caucus::cli
