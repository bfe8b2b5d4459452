#include "apps/caucus/demo_group.hpp"

#include "actors/notary/answer_check.hpp"
#include "actors/notary/proof_json.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <thread>
#include <utility>

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;
using json = nlohmann::ordered_json;

constexpr auto start_time_max = 10s;
constexpr auto stop_time_max = 10s;
constexpr auto status_time_max = 5s;

} // namespace

demo_group::demo_group(std::filesystem::path folder, std::size_t count)
    : folder_{std::move(folder)}, nodes_(count) {}

std::filesystem::path demo_group::directory(std::size_t index) const {
  return folder_ / ("node" + std::to_string(index));
}

std::filesystem::path demo_group::config(std::size_t index) const {
  return directory(index) / "node.toml";
}

result<void> demo_group::start(std::size_t index) {
  auto made = node_process::start(
    {own_program().string(), "node", "--config", config(index).string(), "--json"},
    directory(index) / "node.log");
  if (!made) {
    return tl::make_unexpected(made.error());
  }
  nodes_[index].clear();
  nodes_[index].push_back(std::move(*made));
  const auto said = nodes_[index].front().line(start_time_max);
  if (!said) {
    return tl::make_unexpected(said.error());
  }
  if (said->find("\"ready\":true") == std::string::npos) {
    return fail(errc::internal, "node" + std::to_string(index) + " said: " + *said);
  }
  return {};
}

result<void> demo_group::kill(std::size_t index) {
  process(index).signal(SIGKILL);
  static_cast<void>(process(index).wait(stop_time_max));
  nodes_[index].clear();
  return {};
}

result<void> demo_group::stop(std::size_t index) {
  process(index).signal(SIGTERM);
  const auto how = process(index).wait(stop_time_max);
  nodes_[index].clear();
  if (how != 0) {
    return fail(errc::internal, "node" + std::to_string(index) + " did not stop in order ("
                                  + (how ? "exit code " + std::to_string(*how) : "not in time")
                                  + ")");
  }
  return {};
}

result<node_view> demo_group::view(std::size_t index) const {
  auto client = control_client::connect(directory(index));
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  auto told = client->ask(control_status{}, status_time_max);
  if (!told) {
    return tl::make_unexpected(told.error());
  }
  const auto status = parse_json(*told).value_or(json{});
  if (!status.is_object()) {
    return fail(errc::internal, "a node's status is no JSON");
  }
  return node_view{status.value("height", std::uint64_t{0}),
                   status.value("root_height", std::uint64_t{0}), status.value("state_root", ""),
                   status.value("peers", std::size_t{0}), std::move(*told)};
}

result<told_receipt> demo_group::propose(std::size_t by, const control_propose& what) const {
  auto client = control_client::connect(directory(by));
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  const auto told =
    client->ask(what, std::chrono::ceil<std::chrono::milliseconds>(what.timeout) + 5s);
  if (!told) {
    return tl::make_unexpected(told.error());
  }
  const auto receipt = parse_json(*told).value_or(json{});
  if (!receipt.is_object()) {
    return fail(errc::internal, "a node's receipt is no JSON");
  }
  return told_receipt{receipt.value("status", "") == "applied",
                      receipt.value("height", std::uint64_t{0}), receipt.value("reason", "")};
}

result<std::string> demo_group::verified_get(std::size_t from, const known_network& network,
                                             const control_get& what) const {
  auto client = control_client::connect(directory(from));
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  const auto told =
    client->ask(what, std::chrono::ceil<std::chrono::milliseconds>(what.timeout) + 5s);
  if (!told) {
    return tl::make_unexpected(told.error());
  }
  const auto got = answer_from_json(*told);
  if (!got) {
    return tl::make_unexpected(got.error());
  }
  const auto proven = verify_answer(network.from, network.network, *got, caucus::verify);
  if (!proven) {
    return tl::make_unexpected(proven.error());
  }
  if (const auto same = judge_answer(what.request(), *proven); !same) {
    return tl::make_unexpected(same.error());
  }
  return answer_json(network.from, *got);
}

result<void> demo_group::until(const std::string& what, std::chrono::milliseconds at_most,
                               const std::function<bool()>& holds) const {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (interrupted()) {
      return fail(errc::cancelled, "interrupted");
    }
    if (std::chrono::steady_clock::now() >= end) {
      return fail(errc::timed_out, "did not come true in time: " + what);
    }
    std::this_thread::sleep_for(20ms); // between looks at other processes
  }
  return {};
}

} // namespace caucus::cli
