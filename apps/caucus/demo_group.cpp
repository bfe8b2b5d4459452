#include "apps/caucus/demo_group.hpp"

#include "actors/notary/answer_check.hpp"
#include "actors/notary/proof_json.hpp"
#include "apps/caucus/control_client.hpp"
#include "messages/try.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/commands/strict_json.hpp"

#include <csignal>
#include <utility>

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto start_time_max = 10s;
constexpr auto stop_time_max = 10s;
constexpr auto status_time_max = 5s;
/// Beyond the time that the node has for an answer.
constexpr auto answer_time_max = 5s;

} // namespace

demo_group::demo_group(std::filesystem::path folder, std::size_t count)
    : folder_{std::move(folder)}, nodes_(count) {}

std::filesystem::path demo_group::directory(std::size_t index) const {
  return folder_ / ("node" + std::to_string(index));
}

result<void> demo_group::start(std::size_t index) {
  auto& node = nodes_[index];
  node.reset();
  CAUCUS_TRY(auto made,
             child_process::start_to_read({own_program().string(), "node", "--config",
                                           (directory(index) / "node.toml").string(), "--json"},
                                          directory(index) / "node.log"));
  node = std::move(made);
  CAUCUS_TRY(const auto said, node->line(start_time_max));
  if (said.find("\"ready\":true") == std::string::npos) {
    return fail(errc::internal, "node" + std::to_string(index) + " said: " + said);
  }
  return {};
}

void demo_group::kill(std::size_t index) {
  nodes_[index].reset();
}

result<void> demo_group::stop(std::size_t index) {
  auto& node = nodes_[index];
  node->signal(SIGTERM);
  const auto how = node->wait(stop_time_max);
  node.reset();
  if (how && how->ok()) {
    return {};
  }
  return fail(
    errc::internal,
    "node" + std::to_string(index) + " did not stop in order ("
      + (!how ? "not in time"
              : "exit code " + std::to_string(how->signal != 0 ? 128 + how->signal : how->code))
      + ")");
}

result<node_view> demo_group::view(std::size_t index) const {
  control_socket node{directory(index)};
  return view_of(node, status_time_max);
}

result<proposed> demo_group::propose(std::size_t by, const wanted& mutation,
                                     std::string_view request_id,
                                     std::chrono::milliseconds timeout) const {
  control_socket node{directory(by)};
  auto told = caucus::propose(node, mutation, request_id, timeout, timeout + answer_time_max);
  if (told && told->failed) {
    return fail(*told->failed, told->detail);
  }
  return told;
}

result<std::string> demo_group::verified_get(std::size_t from, const known_network& network,
                                             const control_get& what) const {
  CAUCUS_TRY(auto client, control_client::connect(directory(from)));
  CAUCUS_TRY(
    const auto told,
    client.ask(what, std::chrono::ceil<std::chrono::milliseconds>(what.timeout) + answer_time_max));
  CAUCUS_TRY(const auto got, answer_from_json(told));
  CAUCUS_TRY(const auto proven, verify_answer(network.genesis, network.epochs.voters,
                                              network.network, got, caucus::verify));
  CAUCUS_TRY_VOID(judge_answer(what.request(), proven));
  return answer_json(network.genesis, got);
}

} // namespace caucus::cli
