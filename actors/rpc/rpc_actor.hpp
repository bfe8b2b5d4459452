#pragma once

#include "actors/rpc/control_call.hpp"
#include "actors/rpc/control_json.hpp"
#include "actors/rpc/rpc.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"
#include "runtime/metrics.hpp"
#include "runtime/topology_table.hpp"
#include "runtime/variables/catalog.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Control requests from outside as an actor: reads them, asks the actors that know, prints what they
/// answer. Holds the calls in flight and nothing else.
///
/// Accepts:  from_control (port `calls`); notary_answer (`heard`), consensus_status (`consensus_told`),
///           peer_net_status (`peer_net_told`)
/// Emits:    to_control (`replies`), notary_request (`asks`), status_request (`consensus_asked`,
///           `peer_net_asked`)
/// Lifetime: the topology's. While `replies` is full it takes no answers of the notary.
/// A restart loses the calls in flight: the control server hangs up on their callers.

namespace caucus {

struct rpc_setup {
  std::shared_ptr<const genesis> from; ///< never null
  control_facts facts;
  std::shared_ptr<const topology_table> table{}; ///< null: status shows no actors and edges
  std::shared_ptr<const metrics> numbers{}; ///< told beside the node's own; null: there are none
  /// What is wrong with the node's folder; "" while nothing is. Looked at every few seconds, and logged.
  std::function<std::string()> trouble{};
  rpc_limits limits{};
};

class rpc_actor {
public:
  static constexpr const char* name = "rpc";

  struct ports {
    inbox<from_control> calls;
    outbox<to_control> replies;
    outbox<notary_request> asks;
    inbox<notary_answer> heard;
    outbox<status_request> consensus_asked;
    inbox<consensus_status> consensus_told;
    outbox<status_request> peer_net_asked;
    inbox<peer_net_status> peer_net_told;
    void each(auto&& visit) {
      visit("calls", calls);
      visit("replies", replies);
      visit("asks", asks);
      visit("heard", heard);
      visit("consensus_asked", consensus_asked);
      visit("consensus_told", consensus_told);
      visit("peer_net_asked", peer_net_asked);
      visit("peer_net_told", peer_net_told);
    }
  };

  rpc_actor(ports its_ports, context& around, rpc_setup setup);

  bool step();
  [[nodiscard]] bool idle();

private:
  void open(const control_opened& what);
  [[nodiscard]] result<bytes> encoded_of(const control_propose& what) const;
  void give_owner(read_request& what) const;
  void perform();
  void perform(rpc_action what);
  void reply(const rpc_reply& what);
  void look_at_table();
  void look_at_folder();

  ports ports_;
  context& around_;
  rpc_setup setup_;
  catalog names_;
  rpc core_;
  std::vector<rpc_action> actions_;
  time_point folder_due_{};
  // Bounded by the calls in flight and their windows.
  delivery<to_control> replies_;
  delivery<notary_request> asks_;
  delivery<status_request>
    consensus_; ///< a question that finds no room is not asked: a status may lack a part
  delivery<status_request> peer_net_;
};

} // namespace caucus
