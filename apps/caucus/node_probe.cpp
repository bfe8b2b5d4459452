#include "apps/caucus/node_probe.hpp"

#include "apps/caucus/control_client.hpp"
#include "apps/caucus/status_view.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// Above the 2 s after which a status comes without those who do not answer.
constexpr std::chrono::seconds answer_time_max{5};
/// Between two questions before the first answer: an actor that failed is being restarted.
constexpr std::chrono::milliseconds pause_before_ready{20};

std::string text_of(const json& one) {
  return one.is_string() ? one.get<std::string>() : one.dump();
}

node_health health_in(const std::string& text) {
  const auto read = read_status(text);
  if (!read) {
    return {false, "answers what is no status"};
  }
  const auto& status = *read;
  std::string silent;
  for (const auto& one : status.at("silent")) {
    silent += (silent.empty() ? "" : ", ") + text_of(one);
  }
  if (!silent.empty()) {
    return {false, "no answer from: " + silent};
  }
  const auto member = status.value("member", json{});
  std::string line = member.is_string() ? member.get<std::string>() + " " : "";
  line +=
    status.value("votes", false) ? "votes" : (member.is_string() ? "does not vote" : "follows");
  line += ", height " + std::to_string(status.value("height", std::uint64_t{0})) + ", "
          + std::to_string(status.value("peers", std::uint64_t{0})) + " peers";
  if (const auto liars = status.value("liars", json::array()); !liars.empty()) {
    line += "; " + std::to_string(liars.size()) + " known to have lied";
  }
  if (const auto problems = status.value("problems", json::array()); !problems.empty()) {
    line += "; " + text_of(problems.front());
  }
  return {true, std::move(line)};
}

node_health ask(std::optional<control_client>& node, const std::filesystem::path& directory) {
  if (!node) {
    auto made = control_client::connect(directory);
    if (!made) {
      return {false, made.error().detail};
    }
    node.emplace(std::move(*made));
  }
  const auto told = node->ask(control_status{}, answer_time_max);
  if (!told) {
    node.reset();
    return {false, told.error().detail};
  }
  return health_in(*told);
}

} // namespace

node_probe::node_probe(std::filesystem::path directory, std::chrono::milliseconds interval,
                       std::function<void(const node_health&)> then)
    : thread_{[this, directory = std::move(directory), interval, then = std::move(then)] {
        run(directory, interval, then);
      }} {}

node_probe::~node_probe() {
  {
    const std::lock_guard lock{guard_};
    ended_ = true;
  }
  ends_.notify_all();
  thread_.join();
}

void node_probe::run(const std::filesystem::path& directory, std::chrono::milliseconds interval,
                     const std::function<void(const node_health&)>& then) {
  std::optional<control_client> node;
  bool ready = false;
  do {
    const auto health = ask(node, directory);
    ready |= health.answers;
    then(health);
  } while ((!ready || interval.count() > 0) && pause(ready ? interval : pause_before_ready));
}

bool node_probe::pause(std::chrono::milliseconds time) {
  std::unique_lock lock{guard_};
  return !ends_.wait_for(lock, time, [this] { return ended_; });
}

} // namespace caucus::cli
