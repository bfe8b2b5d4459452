#include "actors/peer_net/connections.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/doctor.hpp"
#include "apps/caucus/own.hpp"
#include "runtime/asio.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/directory_lock.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

/// The node itself, if it runs, and the port that it wants.

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// Above the 2 s after which a status comes without those who do not answer.
constexpr std::chrono::seconds answer_time_max{5};

void read_status(const json& from, running_node& into) {
  into.answers = true;
  into.version = from.value("version", "");
  into.port = from.value("port", std::uint16_t{0});
  into.block_time_ms = from.value("time_ms", std::int64_t{0});
  into.clock_problem = from.value("clock_problem", "");
  into.standstill = from.value("standstill", false);
  into.members_linked = from.value("peers", std::size_t{0});
  into.members = from.value("members", std::size_t{0});
  into.quorum = from.value("quorum", std::size_t{0});
  into.votes = from.value("votes", false);
  into.is_member = !from.value("member", json{}).is_null();
  into.height = from.value("height", std::uint64_t{0});
  for (const auto& one : from.value("problems", json::array())) {
    into.problems.push_back(one.get<std::string>());
  }
  for (const auto& one : from.value("missing", json::array())) {
    const bool is_barred =
      one.value("reason", "").find("the group has barred it") != std::string::npos;
    into.barred_by += is_barred ? 1 : 0;
  }
  for (const auto& one : from.value("liars", json::array())) {
    const auto name = one.value("member", json{});
    const auto peer = one.value("peer", "").substr(0, short_name_size);
    into.liars.push_back((one.value("self", false) ? std::string{"this node's own key"}
                          : name.is_string()       ? name.get<std::string>() + " (" + peer + ")"
                                                   : peer + ", no member,")
                         + " " + one.value("newest", ""));
  }
}

} // namespace

std::optional<running_node> find_running(const node_access& node) {
  running_node out;
  auto holder = directory_lock::holder(node.config.directory);
  // whoever has the folder may have been started this moment, or be about to end
  auto client = holder && *holder ? control_client::reach(node.config.directory)
                                  : control_client::connect(node.config.directory);
  if (!client) {
    holder = directory_lock::holder(node.config.directory);
  }
  out.pid = holder.value_or(std::nullopt);
  if (!client) {
    out.hidden = !holder || client.error().code == errc::file_unreadable;
    out.trouble = !holder                                         ? holder.error().detail
                  : client.error().code == errc::node_unreachable ? "it takes no commands"
                                                                  : client.error().detail;
    return out.pid || out.hidden ? std::optional{std::move(out)} : std::nullopt;
  }
  const auto told = client->ask(control_status{}, answer_time_max);
  if (!told) {
    out.trouble = told.error().detail;
    return out;
  }
  const auto status = parse_json(*told).value_or(json{});
  if (!status.is_object()) {
    out.trouble = "it answers what is no status";
    return out;
  }
  read_status(status, out);
  return out;
}

namespace {

/// Who is here or linked, and whether those decide anything.
void examine_group(const node_access& node, const running_node& running, findings& out) {
  const auto config = (node.config.directory / "node.toml").string();
  const auto voters = running.members;
  const auto heard = running.members_linked + (running.is_member ? 1 : 0);
  if (heard < running.quorum && running.barred_by > 0) {
    out.push_back(
      {"group", verdict::failure,
       "of " + std::to_string(voters) + " members " + std::to_string(running.barred_by)
         + " refuse this node: the group has barred it",
       "it hears nothing any more, and what it signs is skipped; members' operators let "
       "it in again by `group unbar`, and who took its place goes on in its stead"});
    return;
  }
  if (heard < running.quorum) {
    out.push_back({"group", verdict::failure,
                   "of " + std::to_string(voters) + " members " + std::to_string(heard)
                     + " are here or linked, " + std::to_string(running.quorum)
                     + " are needed to decide",
                   "start the others; if they run, see why there is no link to them (another "
                   "genesis, or another version of the rules, say): "
                     + typed("status --config ") + config});
    return;
  }
  const auto here = std::to_string(heard) + " of " + std::to_string(voters)
                    + (voters == 1 ? " member is" : " members are") + " here or linked";
  if (running.standstill) {
    out.push_back({"group", verdict::failure, "the group stands still, and " + here,
                   !running.problems.empty() ? "see what is said of the node"
                   : voters == 1
                     ? std::string{"its log says why"}
                     : "see who does not vote: " + typed("status --group --config ") + config});
    return;
  }
  out.push_back(
    {"group", heard < voters ? verdict::warning : verdict::fine, here,
     heard < voters ? "see which are not up: " + typed("status --config ") + config : ""});
}

} // namespace

void examine_node(const node_access& node, const std::optional<running_node>& running,
                  findings& out) {
  const auto config = (node.config.directory / "node.toml").string();
  if (!running) {
    out.push_back({"node", verdict::fine,
                   "none runs on this folder; to start it: " + how_to_run(node.genesis, config)});
    return;
  }
  if (running->hidden) {
    out.push_back({"node", verdict::warning, "cannot tell whether one runs: " + running->trouble,
                   "run this as the node's user"});
    return;
  }
  const auto who = running->pid.value_or(0) != 0 ? "process " + std::to_string(*running->pid)
                                                 : std::string{"another process"};
  if (!running->answers) {
    out.push_back({"node", verdict::failure,
                   who + " has the folder and does not answer: " + running->trouble,
                   "if it has not just been started, look at its log, and end it"});
    return;
  }
  for (const auto& problem : running->problems) {
    out.push_back({"node", verdict::failure, problem, "its log says more"});
  }
  for (const auto& liar : running->liars) {
    out.push_back({"evidence", verdict::warning, liar,
                   typed("evidence --config ") + config
                     + " shows the proof; what to do is in "
                       "operating.md"});
  }
  if (running->version != version_of_node()) {
    out.push_back({"node", verdict::warning,
                   who + " is caucus " + running->version + ", this is " + version_of_node(),
                   "restart the node to run the version that is installed"});
  }
  examine_group(node, *running, out);
  if (running->problems.empty()) {
    out.push_back(
      {"node", verdict::fine,
       who + " runs caucus " + running->version + ", height " + std::to_string(running->height)});
  }
}

namespace {

/// A name may have several addresses, "localhost" 127.0.0.1 and ::1: the first one is taken, and whoever
/// dials another hears that nobody is there.
bool examine_name(const std::string& hostname, const listener& door, findings& out) {
  if (door.passed_over().empty()) {
    return true;
  }
  std::string others;
  for (const auto& one : door.passed_over()) {
    others += (others.empty() ? "" : ", ") + one;
  }
  out.push_back(
    {"port", verdict::warning,
     "net.hostname = \"" + hostname + "\" is " + door.address() + " and " + others
       + "; the node listens on the first alone",
     "give net.hostname the address that the others dial, or 0.0.0.0 (all of IPv4) or :: "
     "(all)"});
  return false;
}

} // namespace

void examine_port(const node_access& node, const std::optional<running_node>& running,
                  findings& out) {
  const auto& net = node.config.net;
  const auto name = net.hostname + ":" + std::to_string(net.port);
  if (!net.listen) {
    out.push_back({"port", verdict::fine, "the node listens nowhere, it dials only"});
    return;
  }
  boost::asio::io_context io{1};
  if (running && running->answers && (net.port == 0 || running->port == net.port)) {
    listener beside{io, {}};
    const bool clear = !beside.open(net.hostname, 0) || examine_name(net.hostname, beside, out);
    if (clear) {
      out.push_back(
        {"port", verdict::fine, "this node listens on port " + std::to_string(running->port)});
    }
    return;
  }
  if (running && running->answers) {
    out.push_back({"port", verdict::warning,
                   "the node listens on port " + std::to_string(running->port)
                     + ", the configuration says " + std::to_string(net.port),
                   "restart it, if the configuration is right"});
    return;
  }
  listener door{io, {}};
  if (const auto opened = door.open(net.hostname, net.port); !opened) {
    const bool by_itself = running.has_value(); // which holds the folder, and does not answer
    out.push_back(
      {"port", by_itself ? verdict::warning : verdict::failure,
       by_itself ? name + " is taken, by this node itself, it seems" : opened.error().detail, ""});
    return;
  }
  door.close();
  if (examine_name(net.hostname, door, out)) {
    out.push_back({"port", verdict::fine, name + " is free"});
  }
}

} // namespace caucus::cli
