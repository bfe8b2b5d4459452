#include "apps/caucus/bench.hpp"
#include "apps/caucus/output.hpp"
#include "apps/measure/link_end.hpp"
#include "apps/measure/stream_end.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include <sched.h>
#include <unistd.h>

/// One end of `caucus bench link`. The listening one says its port; the one that measures says one line
/// of JSON. Both go on until they are killed.

namespace caucus::cli {

namespace {

struct end_options {
  std::string what = "frames";
  std::string to;
  std::size_t size = 64;
  double seconds = 1;
  double warm_up = 0;
  int core = -1; ///< to pin the process to; -1: none
};

duration microseconds(double seconds) {
  return duration{static_cast<duration::rep>(seconds * 1e6)};
}

measure::link_work work_of(const std::string& name) {
  if (name == "frames") {
    return measure::link_work::frames;
  }
  return name == "actor-echo" ? measure::link_work::actor_echo : measure::link_work::handler_echo;
}

result<void> pin_to(int core) {
  ::cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(core), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) { // of this thread, and of all that it starts
    return fail(errc::internal,
                std::string{"not pinned to a core: "} + std::generic_category().message(errno));
  }
  return {};
}

void tell(const measure::link_measured& what) {
  print(nlohmann::json{{"per_s", what.per_s}, {"p50_us", what.p50_us}, {"lost", what.lost}}.dump()
        + "\n");
}

/// Says where it listens, and keeps the end until a signal ends the process.
template <class End>
int keep(const result<End>& end, bool listens) {
  if (!end) {
    return report(end.error());
  }
  if (listens) {
    print(std::to_string(end->port()) + "\n");
  }
  for (;;) {
    ::pause();
  }
}

int run_end(const end_options& given) {
  if (given.core >= 0) {
    if (const auto pinned = pin_to(given.core); !pinned) {
      return report(pinned.error());
    }
  }
  measure::traffic_setup traffic;
  traffic.frame_size = given.size;
  traffic.warm_up = microseconds(given.warm_up);
  traffic.time = microseconds(given.seconds);
  traffic.on_measured = tell;
  const bool listens = given.to.empty();
  if (given.what == "stream") {
    return keep(measure::stream_end::start({given.to, given.size, traffic}), listens);
  }
  return keep(measure::link_end::start({work_of(given.what), given.to, traffic}), listens);
}

} // namespace

void add_bench_link_end(CLI::App& to, action& run) {
  const auto given = std::make_shared<end_options>();
  auto* const command = to.add_subcommand("bench-link-end", "one end of `bench link`");
  command->group(""); // hidden
  command->add_option("--what", given->what)
    ->check(CLI::IsMember({"frames", "actor-echo", "handler-echo", "stream"}));
  command->add_option("--to", given->to); // "host:port" to dial; else it listens
  command->add_option("--size", given->size)->check(CLI::Range(8, 65'536));
  command->add_option("--seconds", given->seconds);
  command->add_option("--warm-up", given->warm_up);
  command->add_option("--core", given->core);
  command->callback([given, &run] { run = [given] { return run_end(*given); }; });
}

} // namespace caucus::cli
