#include "test/harness/process.hpp"

#include "test/harness/must.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace caucus::harness {

namespace {

std::string slurp(const std::filesystem::path& file) {
  const std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

} // namespace

process::process(const std::vector<std::string>& command, const std::filesystem::path& output)
    : child_process{must(start(command, output))} {}

process_usage process::usage() const {
  const auto used = child_process::usage();
  if (!used) {
    throw std::runtime_error{"harness: process " + std::to_string(pid()) + " has no usage"};
  }
  return *used;
}

run_result run(const std::vector<std::string>& command, std::chrono::milliseconds at_most) {
  const temporary_folder folder;
  const auto out = folder.path() / "out";
  const auto err = folder.path() / "err";
  auto with_err = command; // the shell separates the two streams, and execs: one process, one pid
  with_err.insert(with_err.begin(),
                  {"/bin/sh", "-c", R"(e="$1"; shift; exec "$@" 2>>"$e")", "sh", err.string()});
  process child{with_err, out};
  const auto how = child.wait(at_most);
  if (!how) {
    throw std::runtime_error{"harness: " + command.front() + " did not end in "
                             + std::to_string(at_most.count()) + " ms; it said: " + slurp(out)
                             + slurp(err)};
  }
  return {*how, slurp(out), slurp(err)};
}

temporary_folder::temporary_folder() : made_{must(work_folder::temporary("caucus-test-"))} {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here writes the environment
  if (std::getenv("CAUCUS_KEEP") != nullptr) {
    made_.keep();
  }
}

} // namespace caucus::harness
