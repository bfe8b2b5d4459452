#include "actors/peer_net/peer_net_schema.hpp"

#include "actors/peer_net/doors.hpp"
#include "messages/hello.hpp"

#include <algorithm>
#include <chrono>

namespace caucus {

namespace {

void bind_limits(config_schema& schema, peer_net_config& to) {
  schema.key("net.max_connections", to.max_connections,
             {.range = {4, 65'536},
              .doc = "links in all; a part is kept for members and own dials",
              .flag = "maxconns"});
  schema.key("net.connections_per_address", to.connections_per_address,
             {.range = {1, 65'536},
              .doc = "links that strangers of one address may have; at most max_connections"});
  schema.key(
    "net.handshakes", to.handshakes,
    {.range = {4, 4'096}, .doc = "connections of strangers that have not shown who they are"});
  schema.key("net.handshakes_per_address", to.handshakes_per_address,
             {.range = {1, 4'096}, .doc = "of these, from one address; at most handshakes"});
  schema.key("net.max_message_size", to.max_message_size,
             {.range = {64 * 1024, body_size_max},
              .doc = "largest body of a frame; all nodes of a network need the same",
              .flag = "messagelength",
              .bytes = true});
  schema.key("net.frames_per_second", to.frames_per_second,
             {.range = {100, 100'000'000}, .doc = "frames of one peer; what is above waits"});
  schema.key("net.bytes_per_second", to.bytes_per_second,
             {.range = {64 * 1024, std::uint64_t{1} << 32U},
              .doc = "bytes of one peer; what is above waits",
              .bytes = true});
}

void bind_times(config_schema& schema, peer_net_config& to) {
  using namespace std::chrono_literals;
  schema.key("net.handshake_timeout", to.handshake_timeout,
             {.range = {100ms, 60s}, .doc = "from a connection's start to a link that is ready"});
  schema.key("net.keepalive", to.keepalive, {.range = {10ms, 60s}, .doc = "between two pings"});
  schema.key(
    "net.dead_after", to.dead_after,
    {.range = {11ms, 600s}, .doc = "a peer not heard for so long is gone; above keepalive"});
  schema.key(
    "net.stalled_after", to.stalled_after,
    {.range = {100ms, 600s}, .doc = "a peer that takes nothing for so long is hung up on"});
  schema.key(
    "net.redial_min", to.redial_min,
    {.range = {10ms, 60s}, .doc = "pause after a first failed dial; doubles up to redial_max"});
  schema.key("net.redial_max", to.redial_max,
             {.range = {10ms, 3'600s}, .doc = "longest pause between dials; at least redial_min"});
}

} // namespace

void bind_keys(config_schema& schema, peer_net_config& to) {
  schema.key(
    "net.hostname", to.hostname,
    {.doc = "address to listen on; 0.0.0.0: all of IPv4, ::: IPv6 too", .flag = "hostname"});
  schema.key("net.port", to.port,
             {.doc = "the node's one TCP port; 0: a free one in 49152-65535", .flag = "port"});
  schema.key("net.listen", to.listen, {.doc = "false: accepts no links, only dials"});
  schema.key("net.join", to.join,
             {.doc = "nodes to keep a link to, whoever they are",
              .flag = "join",
              .check =
                [](const std::vector<std::string>& all) {
                  return std::all_of(all.begin(), all.end(), [](const std::string& one) {
                    return one.size() <= address_size_max && split_address(one).has_value();
                  });
                },
              .allowed = "host:port, [v6]:port"});
  bind_limits(schema, to);
  bind_times(schema, to);
}

} // namespace caucus
