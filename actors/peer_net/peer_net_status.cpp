#include "actors/peer_net/peer_net_status.hpp"

#include "messages/genesis.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/status_sheet.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

json link_json(const link_status& of) {
  return {{"peer", to_text(of.info.peer)},
          {"mode", of.info.mode == node_mode::server ? "server" : "client"},
          {"address", of.info.address},
          {"dialled", of.info.dialled},
          {"agent", of.agent},
          {"round_trip_ms", std::chrono::duration<double, std::milli>(of.round_trip).count()},
          {"frames_in", of.frames_in},
          {"frames_out", of.frames_out},
          {"bytes_in", of.bytes_in},
          {"bytes_out", of.bytes_out},
          {"dropped", of.dropped}};
}

/// The other members without a link, and addresses that were configured and lead to nobody.
json missing_json(const peer_net_status& net, const status_parts& all) {
  auto out = json::array();
  for (const auto& one : all.voters().members()) {
    if (one.peer == all.context->self || net.link_to(one.peer) != nullptr) {
      continue;
    }
    const auto* const known = net.missing_one(one.peer);
    out.push_back({{"member", one.name},
                   {"peer", to_text(one.peer)},
                   {"address", known != nullptr ? known->address : one.address},
                   {"dials", known != nullptr ? known->dials : 0},
                   {"reason", known != nullptr ? known->reason : ""}});
  }
  for (const auto& one : net.missing) {
    if (one.peer.is_zero()) {
      out.push_back({{"member", nullptr},
                     {"peer", nullptr},
                     {"address", one.address},
                     {"dials", one.dials},
                     {"reason", one.reason}});
    }
  }
  return out;
}

void tell_link(metric_sheet& to, const member& of, const link_status* link) {
  const metric_labels labels{{"member", of.name}};
  to.gauge("caucus_link_up", "1: there is a link to this member.", link != nullptr, labels);
  if (link == nullptr) {
    return;
  }
  to.counter("caucus_link_frames_in_total", "Frames heard over the link of now.", link->frames_in,
             labels);
  to.counter("caucus_link_frames_out_total", "Frames sent over it.", link->frames_out, labels);
  to.counter("caucus_link_bytes_in_total", "Bytes heard over it.", link->bytes_in, labels);
  to.counter("caucus_link_bytes_out_total", "Bytes sent over it.", link->bytes_out, labels);
  to.counter("caucus_link_dropped_total", "Frames that found no room in their lane.", link->dropped,
             labels);
  to.gauge("caucus_link_round_trip_seconds", "Of the latest ping.",
           std::chrono::duration<double>(link->round_trip).count(), labels);
}

} // namespace

void put_status(status_sheet& to, const peer_net_status& of, const status_parts& all) {
  const auto linked = of.linked(all.voters().members());
  to.put("peers", linked);
  to.put("others", of.links.size() - linked);
  to.put("port", of.port);
  to.put("connections_refused", of.refused);
  auto links = json::array();
  for (const auto& link : of.links) {
    links.push_back(link_json(link));
  }
  to.put("links", links);
  to.put("missing", missing_json(of, all));
}

void put_metrics(metric_sheet& to, const peer_net_status& of, const status_parts& all) {
  std::size_t members = 0;
  for (const auto& one : all.voters().members()) {
    if (one.peer == all.context->self) {
      continue;
    }
    const auto* const link = of.link_to(one.peer);
    members += link == nullptr ? 0 : 1;
    tell_link(to, one, link);
  }
  to.gauge("caucus_links", "Links that are up.", members, {{"to", "members"}});
  to.gauge("caucus_links", "Links that are up.", of.links.size() - members, {{"to", "others"}});
  to.counter("caucus_connections_refused_total", "Connections turned away.", of.refused);
}

} // namespace caucus
