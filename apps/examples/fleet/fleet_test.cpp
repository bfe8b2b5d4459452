#include <caucus/test/harness/ports.hpp>
#include <caucus/test/harness/process.hpp>

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

// Runs fleet.sh over free ports, and reads what it shows. fleet_test SCRIPT

namespace {

using namespace caucus::harness;

void run_script(const std::string& script) {
  const temporary_folder folder;
  const port_lease ports{4};
  const auto net = (folder.path() / "fleet").string();
  const auto told =
    run({"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1", script, net, std::to_string(ports.first())},
        std::chrono::seconds{200});
  std::cout << told.out;
  if (!told.how.ok()) {
    throw std::runtime_error{"fleet.sh ended with " + std::to_string(told.how.code)};
  }
  // The script itself checks exit codes; here is what people see, in order.
  const std::vector<std::string> steps{"attic runs",
                                       "== each device reports",
                                       "applied at height",
                                       "== what is not theirs",
                                       "the key must begin with one's own",
                                       "only members write it",
                                       "only members write it",
                                       "== a hub heats",
                                       "applied at height",
                                       "a step of 10, allowed are 2 either way",
                                       "== the boiler reads",
                                       "21\nproven",
                                       "== all readings",
                                       "verified readings",
                                       "== one of four hubs is gone",
                                       "applied at height",
                                       "== what happened",
                                       "window opened",
                                       "17.5"};
  std::size_t at = 0;
  for (const auto& step : steps) {
    at = told.out.find(step, at);
    if (at == std::string::npos) {
      throw std::runtime_error{"not shown, or not in its place: " + step};
    }
    at += step.size();
  }
  for (const std::string reading :
       {"/temperature = 61.5", "/temperature = 17.0", "/humidity = 48"}) {
    if (told.out.find(reading) == std::string::npos) {
      throw std::runtime_error{"not among the readings: " + reading};
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) {
      throw std::runtime_error{"usage: fleet_test SCRIPT"};
    }
    run_script(argv[1]);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
