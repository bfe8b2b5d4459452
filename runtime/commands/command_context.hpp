#pragma once

#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "runtime/commands/live_names.hpp"
#include "runtime/metrics.hpp"
#include "runtime/topology_table.hpp"
#include "runtime/variables/catalog.hpp"

#include <memory>
#include <string>
#include <utility>

/// What a command is prepared and its reply printed with: the node that it is asked of.
/// Values, and what others own; used by one thread at a time.

namespace caucus {

struct command_context {
  std::shared_ptr<const caucus::genesis> genesis; ///< never null
  committee voters;                               ///< the genesis'; see status_parts::voters()
  std::shared_ptr<live_names> names;              ///< never null; a node's parts share them
  peer_id self{};
  network_id network{};
  node_mode mode = node_mode::server;
  std::string version{};
  std::string rules{};                           ///< "name:version" of those in C++; empty: none
  std::string trouble{};                         ///< of the node's folder; empty: none
  std::shared_ptr<const topology_table> table{}; ///< null: no actors and edges are shown
  std::shared_ptr<const metrics> numbers{}; ///< told beside the actors' own; null: there are none

  explicit command_context(std::shared_ptr<const caucus::genesis> genesis_of)
      : genesis{std::move(genesis_of)}, voters{committee_of(*genesis)},
        names{std::make_shared<live_names>(std::make_shared<const catalog>(*genesis))} {}
};

} // namespace caucus
