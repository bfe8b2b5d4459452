#include "apps/measure/link_end.hpp"

#include "actors/peer_net/peer_net_actor.hpp"
#include "actors/peer_net/transport.hpp"
#include "messages/try.hpp"
#include "runtime/caf_types.hpp"
#include "runtime/clock.hpp"
#include "runtime/identity.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/tls.hpp"
#include "runtime/topology.hpp"

#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace caucus::measure {

namespace {

// As a node's, see presets.cpp and node_config.
constexpr std::size_t net_edge_capacity = 8'192;
constexpr std::size_t event_edge_capacity = 4'096;
constexpr std::size_t workers = 2;

network_id network_of_bench() {
  network_id out;
  out.raw.front() = std::byte{0xbe};
  return out;
}

/// As a node's, but that a peer may send as much as it can.
peer_net_config config_of(const link_setup& setup) {
  peer_net_config out;
  out.hostname = "127.0.0.1";
  out.port = 0;
  out.listen = setup.address.empty();
  out.frames_per_second = 100'000'000;
  out.bytes_per_second = std::uint64_t{1} << 32U;
  if (!out.listen) {
    out.join = {setup.address};
  }
  return out;
}

} // namespace

struct link_end::inside {
  explicit inside(secret_key made_key) : key{std::move(made_key)} {}

  secret_key key;
  io_thread io{"bench-io"};
  context around{steady_now, system_now, io.bell()}; ///< of a handler
  std::unique_ptr<transport> net;
  caf_config<> caf_settings{workers};
  caf_system system{caf_settings};
  topology app;
  std::optional<running> actors;

  [[nodiscard]] result<transport_settings> settings_of(const peer_net_config& config) const;
  [[nodiscard]] transport_ports add_peer_net(const peer_net_config& config);
  [[nodiscard]] net_ends add_traffic(const link_setup& setup);
  template <class Actor>
  [[nodiscard]] net_ends add_actor(const traffic_setup& setup);
  template <class Actor>
  [[nodiscard]] net_ends add_handler(const traffic_setup& setup);
};

result<transport_settings> link_end::inside::settings_of(const peer_net_config& config) const {
  transport_settings out;
  out.net = config;
  out.network = network_of_bench();
  CAUCUS_TRY(const auto x509, make_x509(key));
  auto server = make_tls_context(key, x509, tls_side::server);
  auto client = make_tls_context(key, x509, tls_side::client);
  if (!server || !client) {
    return tl::make_unexpected(!server ? server.error() : client.error());
  }
  out.server = std::move(*server);
  out.client = std::move(*client);
  return out;
}

transport_ports link_end::inside::add_peer_net(const peer_net_config& config) {
  peer_net_settings settings;
  settings.manager.self = key.id();
  settings.manager.network = network_of_bench();
  settings.manager.net = config;
  const auto actor = app.add<peer_net_actor>(settings);
  const foreign_place here{"io", io.bell()};
  using its = peer_net_actor::ports;
  transport_ports out;
  out.events = app.feed_from(here, topology::port(actor, &its::events), event_edge_capacity);
  out.commands = app.sink_to(topology::port(actor, &its::commands), here, event_edge_capacity);
  return out;
}

template <class Actor>
net_ends link_end::inside::add_actor(const traffic_setup& setup) {
  const auto who = app.add<Actor>(setup);
  const foreign_place here{"io", io.bell()};
  auto heard = app.feed_from(here, topology::port(who, &traffic_ports::heard), net_edge_capacity);
  auto said = app.sink_to(topology::port(who, &traffic_ports::said), here, net_edge_capacity);
  return {std::move(heard), std::move(said)};
}

// Both ends of both edges are the I/O thread's.
template <class Actor>
net_ends link_end::inside::add_handler(const traffic_setup& setup) {
  const auto heard = std::make_shared<ring<from_net>>(net_edge_capacity, io.bell(), io.bell());
  const auto said = std::make_shared<ring<to_net>>(net_edge_capacity, io.bell(), io.bell());
  traffic_ports its{inbox<from_net>{heard}, outbox<to_net>{said}};
  const auto who = std::make_shared<Actor>(std::move(its), around, setup);
  io.on_rung([who] { return who->step(); }, [who] { return who->idle(); });
  return {outbox<from_net>{heard}, inbox<to_net>{said}};
}

net_ends link_end::inside::add_traffic(const link_setup& setup) {
  const bool dials = !setup.address.empty();
  switch (setup.work) {
    case link_work::frames:
      return dials ? add_actor<frame_source>(setup.traffic) : add_actor<frame_sink>(setup.traffic);
    case link_work::actor_echo:
      return dials ? add_actor<echo_asker>(setup.traffic) : add_actor<echo_answerer>(setup.traffic);
    case link_work::handler_echo: break;
  }
  return dials ? add_handler<echo_asker>(setup.traffic) : add_handler<echo_answerer>(setup.traffic);
}

result<link_end> link_end::start(const link_setup& setup) {
  CAUCUS_TRY(auto key, make_identity());
  auto made = std::make_unique<inside>(std::move(key));
  auto& here = *made;
  const auto config = config_of(setup);
  CAUCUS_TRY(auto settings, here.settings_of(config));
  auto ports = here.add_peer_net(config);
  // A handler before the transport's own: what it says goes out in the same turn.
  auto ends = here.add_traffic(setup);
  here.net = std::make_unique<transport>(here.io, std::move(settings), std::move(ports));
  const packet_rule forth{forth_code, "bench forth"};
  const packet_rule back{back_code, "bench back"};
  CAUCUS_TRY_VOID(here.net->route({forth, back}, std::move(ends)));
  CAUCUS_TRY_VOID(here.net->start());
  CAUCUS_TRY(auto actors, here.app.start(here.system));
  here.actors.emplace(std::move(actors));
  here.io.start();
  return link_end{std::move(made)};
}

std::uint16_t link_end::port() const {
  return inside_->net->port();
}

link_end::link_end(std::unique_ptr<inside> made) : inside_{std::move(made)} {}
link_end::link_end(link_end&&) noexcept = default;
link_end& link_end::operator=(link_end&&) noexcept = default;

link_end::~link_end() {
  if (!inside_) {
    return;
  }
  try {
    static_cast<void>(inside_->actors->stop());
    inside_->net->stop();
    inside_->io.stop();
    inside_->io.join();
  } catch (...) {
    std::terminate(); // its threads must not outlive it
  }
}

} // namespace caucus::measure
