#include "test/harness/control.hpp"

#include "test/harness/must.hpp"

namespace caucus::harness {

control::control(const std::filesystem::path& directory, std::chrono::milliseconds at_most)
    : directory_{directory.string()}, at_most_{at_most}, socket_{directory} {}

control_answer control::get(const std::string& target) {
  return must(socket_.ask("GET", target, {}, at_most_), target + " of " + directory_ + ": ");
}

control_answer control::post(const std::string& target, const std::string& body) {
  return must(socket_.ask("POST", target, body, at_most_), target + " of " + directory_ + ": ");
}

} // namespace caucus::harness
