#include "actors/node_config.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"
#include "runtime/config_value.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace caucus {

using namespace std::chrono_literals;

namespace {

constexpr const char* address_allowed = "host:port, the port from 1 to 65535";

constexpr const char* listen_allowed =
  R"(an address of this machine and a port, "127.0.0.1:9464" or "[::1]:9464"; "": none)";

bool is_listen_address(const std::string& text) {
  if (text.empty()) {
    return true;
  }
  auto host = text.substr(0, text.rfind(':'));
  const bool in_brackets = host.size() > 2 && host.front() == '[';
  if (in_brackets) {
    host = host.substr(1, host.size() - 2);
  }
  ::in6_addr ignored{};
  return is_address(text)
         && ::inet_pton(in_brackets ? AF_INET6 : AF_INET, host.c_str(), &ignored) == 1;
}

bool are_addresses(const std::vector<std::string>& all) {
  return std::all_of(all.begin(), all.end(), is_address);
}

void bind_node(config_schema& schema, node_config& to) {
  schema.key("node.mode", to.mode,
             {.doc = "server: accepts links; client: follows the group, dials only",
              .flag = "mode",
              .names = {{"server", node_mode::server}, {"client", node_mode::client}}});
  schema.key(
    "node.directory", to.directory,
    {.doc = "where the node keeps its files; empty: the folder of this file", .flag = "directory"});
  schema.key("node.genesis", to.genesis, {.doc = "the network's genesis file", .flag = "genesis"});
  schema.key(
    "node.identity", to.identity,
    {.doc = "the node's secret key; empty: identity.key in the directory", .flag = "identity"});
  schema.key("node.durability", to.keeps,
             {.doc = "disk: votes are synced before they leave; memory: for tests and benchmarks",
              .flag = "durability",
              .names = {{"disk", durability::disk}, {"memory", durability::memory}}});
  schema.key("node.vote_above", to.vote_above,
             {.doc = "a member that lost its journal asks the others how far they are before it "
                     "votes; if they never come back: a view that the group has surely not passed, "
                     "above which it votes. 0: it asks"});
  schema.key("node.worker_threads", to.worker_threads,
             {.range = {1, 64}, .doc = "threads that run the actors"});
  schema.key("node.checker_threads", to.checker_threads,
             {.range = {1, 64}, .doc = "threads that check signatures"});
  schema.key(
    "node.job_threads", to.job_threads,
    {.range = {1, 64},
     .doc = "threads for the jobs of an application's actors; none, where there are none"});
  schema.key("node.start_deadline", to.start_deadline,
             {.range = {100ms, 10min},
              .doc = "for a node in a program of one's own to come up, once its files are read; "
                     "`caucus node` is ready when it is"});
  schema.key("node.stop_deadline", to.stop_deadline,
             {.range = {100ms, 10min}, .doc = "for a stop in good order; then the node just ends"});
  schema.key(
    "log.levels", to.log_levels,
    {.doc = "\"warn,peer_net=debug\": a level for all, then for single subsystems: consensus, get, "
            "library, node, notary, peer_net, rpc, store, supervisor, or an actor of one's own",
     .flag = "log",
     .live = true});
  schema.key("log.file", to.log_file, {.doc = "where the log goes; empty: stderr", .live = true});
  schema.key("metrics.listen", to.metrics_listen,
             {.doc = "where anybody may read `GET /metrics`, for Prometheus; empty: nowhere but on "
                     "the control socket",
              .check = is_listen_address,
              .allowed = listen_allowed});
}

void bind_net(config_schema& schema, peer_net_config& to) {
  schema.key("net.hostname", to.hostname,
             {.doc = "address to listen on; 0.0.0.0: all of IPv4, ::: all", .flag = "hostname"});
  schema.key("net.port", to.port,
             {.doc = "TCP port; 0: a free one in 49152-65535", .flag = "port"});
  schema.key("net.listen", to.listen,
             {.doc = "false: dials only; a client listens only if this or a port is given"});
  schema.key("net.join", to.join,
             {.doc = "\"host:port\" of nodes to keep a link to, beside the members",
              .flag = "join",
              .check = are_addresses,
              .allowed = address_allowed});
  schema.key("net.max_connections", to.max_connections,
             {.range = {4, 65'536}, .doc = "links in all", .flag = "maxconns"});
  schema.key("net.connections_per_address", to.connections_per_address,
             {.range = {1, 65'536}, .doc = "links from one address"});
  schema.key("net.handshakes", to.handshakes,
             {.range = {4, 4'096}, .doc = "strangers' handshakes in flight"});
  schema.key("net.handshakes_per_address", to.handshakes_per_address,
             {.range = {1, 4'096}, .doc = "the same, from one address"});
  schema.key("net.max_message_size", to.max_message_size,
             {.range = {64 * 1024, body_size_max},
              .doc = "largest message that is taken",
              .flag = "messagelength",
              .bytes = true});
  schema.key("net.handshake_timeout", to.handshake_timeout,
             {.range = {100ms, 60s}, .doc = "from connection to accepted hello"});
  schema.key("net.keepalive", to.keepalive,
             {.range = {10ms, 60s}, .doc = "between pings on a quiet link"});
  schema.key("net.dead_after", to.dead_after,
             {.range = {20ms, 10min}, .doc = "a link from which nothing is heard is closed"});
  schema.key("net.stalled_after", to.stalled_after,
             {.range = {100ms, 10min}, .doc = "a link that takes nothing is closed"});
  schema.key("net.redial_min", to.redial_min,
             {.range = {10ms, 60s}, .doc = "pause after a failed dial; then it doubles"});
  schema.key("net.redial_max", to.redial_max, {.range = {10ms, 1h}, .doc = "up to this"});
  schema.key("net.frames_per_second", to.frames_per_second,
             {.range = {100, 100'000'000}, .doc = "taken from one peer"});
  schema.key(
    "net.bytes_per_second", to.bytes_per_second,
    {.range = {64 * 1024, std::uint64_t{1} << 32U}, .doc = "taken from one peer", .bytes = true});
}

/// What two keys say together: the schema has judged each alone.
result<void> judge_pairs(const config_schema& schema, const peer_net_config& net) {
  const auto must = [&schema](bool holds, const char* key, const std::string& rule) {
    return holds ? result<void>{} : result<void>{schema.refuse(key, "allowed: " + rule)};
  };
  const auto time = [](std::chrono::milliseconds of) { return toml_text(print_duration(of)); };
  for (const auto& judged : {must(net.dead_after > net.keepalive, "net.dead_after",
                                  "more than net.keepalive, " + time(net.keepalive)),
                             must(net.redial_max >= net.redial_min, "net.redial_max",
                                  "at least net.redial_min, " + time(net.redial_min))}) {
    if (!judged) {
      return judged;
    }
  }
  return {};
}

result<void> within(const std::string& key, std::int64_t given, std::int64_t low,
                    std::int64_t high) {
  if (given >= low && given <= high) {
    return {};
  }
  return fail(errc::value_out_of_range, key + " = " + std::to_string(given) + ", allowed "
                                          + std::to_string(low) + " to " + std::to_string(high));
}

} // namespace

result<void> validate(const node_config& config) {
  for (const auto& judged : {
         within("node.worker_threads", config.worker_threads, 1, 64),
         within("node.checker_threads", config.checker_threads, 1, 64),
         within("node.job_threads", config.job_threads, 1, 64),
         within("node.start_deadline, in ms", config.start_deadline.count(), 100, 600'000),
         within("node.stop_deadline, in ms", config.stop_deadline.count(), 100, 600'000),
       }) {
    if (!judged) {
      return judged;
    }
  }
  if (config.mode != node_mode::server && config.mode != node_mode::client) {
    return fail(errc::value_out_of_range, "node.mode: neither server nor client");
  }
  if (config.keeps != durability::disk && config.keeps != durability::memory) {
    return fail(errc::value_out_of_range, "node.durability: neither disk nor memory");
  }
  if (const auto bad = std::find_if_not(config.net.join.begin(), config.net.join.end(), is_address);
      bad != config.net.join.end()) {
    return fail(errc::value_out_of_range,
                "net.join = \"" + *bad + "\", allowed " + address_allowed);
  }
  if (!is_listen_address(config.metrics_listen)) {
    return fail(errc::value_out_of_range,
                "metrics.listen = \"" + config.metrics_listen + "\", allowed " + listen_allowed);
  }
  return validate(config.net);
}

result<void> pin_paths(node_config& config) {
  std::error_code none;
  for (auto* const path :
       {&config.directory, &config.genesis, &config.identity, &config.log_file}) {
    if (!path->empty()) {
      auto whole = std::filesystem::absolute(*path, none);
      if (none) {
        return fail(errc::file_unreadable,
                    path->string() + ": cannot be made absolute: " + none.message());
      }
      *path = std::move(whole);
    }
  }
  const auto real = std::filesystem::weakly_canonical(config.directory, none).string();
  const auto size = std::max(real.size(), config.directory.string().size());
  if (size > directory_size_max) {
    return fail(errc::value_out_of_range, "node.directory: the path " + config.directory.string()
                                            + " has " + std::to_string(size) + " bytes, allowed "
                                            + std::to_string(directory_size_max)
                                            + "; put the folder nearer to the root");
  }
  return {};
}

void bind(config_schema& schema, node_config& to) {
  bind_node(schema, to);
  bind_net(schema, to.net);
}

result<void> settle(node_config& config, const config_schema& schema,
                    const std::filesystem::path& file) {
  if (config.genesis.empty()) {
    return schema.refuse("node.genesis", "name the network's genesis file: a node belongs to one "
                                         "network; `caucus init DIR` makes a new one");
  }
  if (config.directory.empty()) {
    config.directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  }
  if (config.identity.empty()) {
    config.identity = config.directory / "identity.key";
  }
  // What one address may hold, all may not exceed: whoever lowers one key need not lower both.
  auto& net = config.net;
  net.connections_per_address = std::min(net.connections_per_address, net.max_connections);
  net.handshakes_per_address = std::min(net.handshakes_per_address, net.handshakes);
  // A client is asked by nobody: it listens only where a port or net.listen says so.
  if (config.mode == node_mode::client && !schema.given("net.listen")
      && !schema.given("net.port")) {
    net.listen = false;
  }
  if (auto judged = judge_pairs(schema, config.net); !judged) {
    return judged;
  }
  CAUCUS_ASSERT(validate(config));
  return {};
}

// -- read, and read again --------------------------------------------------------------------------

result<void> node_settings::load(const std::filesystem::path& file, config_flags flags) {
  file_ = file;
  flags_ = std::move(flags);
  if (auto read = schema_.load(file_); !read) {
    return read;
  }
  for (const auto& [name, text] : flags_) {
    if (auto applied = schema_.apply_override(name, text); !applied) {
      return applied;
    }
  }
  settled_ = read_;
  return settle(settled_, schema_, file_);
}

result<reload_report>
node_settings::reload(const std::function<result<void>(const node_config&)>& apply) {
  // First as at a start: what the next start would refuse is told now, and changes nothing.
  if (auto whole = node_settings{}.load(file_, flags_); !whole) {
    return tl::unexpected<error>{std::move(whole.error())};
  }
  const auto before = read_;
  auto report = schema_.reload(file_);
  if (!report) {
    return report;
  }
  auto now = read_;
  auto done = settle(now, schema_, file_);
  if (done && !report->changed.empty()) {
    done = apply(now);
    if (!done) {
      static_cast<void>(apply(settled_)); // it held before
    }
  }
  if (!done) {
    read_ = before;
    return tl::unexpected<error>{std::move(done.error())};
  }
  settled_ = std::move(now);
  return report;
}

std::string node_settings::print() {
  const auto read = std::exchange(read_, settled_);
  auto out = schema_.print();
  read_ = read;
  return out;
}

} // namespace caucus
