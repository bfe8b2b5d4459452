#include "test/harness/freeze.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <sys/ptrace.h>
#include <sys/wait.h>

namespace caucus::harness {

namespace {

std::string name_of(const std::filesystem::path& task) {
  std::ifstream file{task / "comm"};
  std::string out;
  std::getline(file, out);
  return out;
}

} // namespace

std::unique_ptr<frozen_threads> frozen_threads::of(pid_t process,
                                                   const std::set<std::string>& but) {
  std::unique_ptr<frozen_threads> out{new frozen_threads};
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator{tasks}) {
    const auto id = static_cast<pid_t>(std::stol(task.path().filename().string()));
    if (id == process || but.contains(name_of(task.path()))) {
      continue;
    }
    if (::ptrace(PTRACE_SEIZE, id, nullptr, nullptr) != 0) {
      if (errno == EPERM) {
        return nullptr;
      }
      throw std::runtime_error{"cannot trace a thread of process " + std::to_string(process)};
    }
    out->threads_.push_back(id);
    int how = 0;
    if (::ptrace(PTRACE_INTERRUPT, id, nullptr, nullptr) != 0
        || ::waitpid(id, &how, __WALL) != id) {
      throw std::runtime_error{"cannot stop a thread of process " + std::to_string(process)};
    }
  }
  return out;
}

frozen_threads::~frozen_threads() {
  for (const auto id : threads_) {
    if (::ptrace(PTRACE_DETACH, id, nullptr, nullptr) != 0) {
      ::waitpid(id, nullptr, __WALL); // it has ended, and its process waits for this
    }
  }
}

} // namespace caucus::harness
