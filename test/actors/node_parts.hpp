#pragma once

#include "actors/consensus/consensus_status.hpp"
#include "actors/notary/notary_commands.hpp"
#include "actors/peer_net/peer_net_status.hpp"

#include <optional>
#include <string>

/// What a node's own actors told of themselves, as rpc has it.

namespace caucus {

template <class Status>
void add_part(status_parts& to, const std::string& actor, const std::optional<Status>& of) {
  to.parts.push_back(
    {actor, status_printer_of<Status>(), of ? any_value{Status{*of}} : any_value{}});
}
inline status_parts parts_of(const node_status& of) {
  status_parts out;
  out.group = of.group;
  add_part(out, "notary", of.notary);
  add_part(out, "consensus", of.consensus);
  add_part(out, "peer_net", of.peer_net);
  return out;
}

} // namespace caucus
