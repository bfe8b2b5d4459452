#pragma once

#include "actors/notary/notary_actor.hpp"
#include "messages/control.hpp"
#include "runtime/topology.hpp"

#include <cstddef>
#include <memory>
#include <utility>

/// A preset's topology, with the ends that an application connects to. Made by server_topology() and
/// client_topology() of presets.hpp; used by one thread, before the start.

namespace caucus {

/// Room for 4,096 proposals between the notary and one of those who ask it.
inline constexpr std::size_t notary_edge_capacity = 4'096;

/// What a preset holds beside its actors: files, threads, the ends of the I/O thread.
struct preset_parts;

class node_topology {
public:
  topology graph;
  ref<notary_actor> notary;

  explicit node_topology(std::unique_ptr<preset_parts> made);
  node_topology(node_topology&&) noexcept;
  node_topology& operator=(node_topology&&) noexcept;
  ~node_topology(); ///< not started: gives back the node's folder

  /// Connects an actor's two ports to the notary: what it asks, and what it hears. Together, as the
  /// notary knows who asked by the place of the edge, which is the same for both.
  template <class Actor, class Asks, class Heard>
  void connect_to_notary(const ref<Actor>& who, Asks Actor::ports::*asks,
                         Heard Actor::ports::*heard) {
    graph.connect(topology::port(who, asks), topology::port(notary, &notary_actor::ports::requests),
                  notary_edge_capacity);
    graph.connect(topology::port(notary, &notary_actor::ports::answers), topology::port(who, heard),
                  notary_edge_capacity);
  }

private:
  friend class node;
  std::unique_ptr<preset_parts> parts_;
};

} // namespace caucus
