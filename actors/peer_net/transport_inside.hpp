#pragma once

#include "actors/peer_net/connections.hpp"
#include "actors/peer_net/link.hpp"
#include "actors/peer_net/name_lookups.hpp"
#include "actors/peer_net/transport.hpp"
#include "runtime/base/delivery.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

/// What a transport is made of. For transport*.cpp alone.
/// The I/O thread's, but for what is said to be anybody's.

namespace caucus {

class transport::inside final : public link_host, public std::enable_shared_from_this<inside> {
public:
  inside(io_thread& io, transport_settings settings, transport_ports ports);

  result<void> route(const std::vector<packet_rule>& codes, net_ends ends, code_range whose);
  void register_turns();
  result<void> open();
  void close();
  [[nodiscard]] std::uint16_t port() const { return port_; } ///< anybody's
  [[nodiscard]] io_thread& io() { return io_; }

  // -- what links say ----------------------------------------------------------------------------
  [[nodiscard]] hello our_hello() const override;
  [[nodiscard]] std::shared_ptr<peer_rates> rates_of(const peer_id& who) override;
  void on_secured(link& which) override;
  void on_hello(link& which) override;
  void on_ready(link& which) override;
  [[nodiscard]] bool deliver(heard_frame frame) override;
  void on_gone(link& which, link_closed how) override;
  void on_dead(link& which) override;
  void on_turn_end() override;
  void on_starved(link& which) override;
  void recycle(std::unique_ptr<link_machine> machine) override;
  [[nodiscard]] std::span<std::byte> read_scratch() override { return read_scratch_; }
  [[nodiscard]] std::span<std::byte> write_scratch() override { return write_scratch_; }

private:
  /// An actor's two edges, and the links that wait for its room.
  struct consumer {
    delivery<from_net> net_in;
    inbox<to_net> net_out;
    std::vector<std::weak_ptr<link>> waiting;
  };
  using links = std::map<link_id, std::shared_ptr<link>>;

  // -- turns of the doorbell ---------------------------------------------------------------------
  [[nodiscard]] bool step();
  [[nodiscard]] bool idle();
  void look_for_new_lives();
  void look_for_new_life(sink of);
  bool flush_deliveries();
  bool drain_said();
  bool resume_starved();
  void perform(link_command command);
  void send(to_net what, sink by, time_point now);
  void tick();

  void take(tcp::socket came, const tcp::endpoint& from);
  void start_dial(const dial_link& what);
  void connect(const dial_link& what, const std::vector<tcp::endpoint>& where);
  void give_up_lookups(time_point now);
  [[nodiscard]] std::shared_ptr<link> make_link(tls_socket socket, link::origin from, bool dialled);
  [[nodiscard]] link* find(link_id id);
  [[nodiscard]] consumer* consumer_of(sink which);
  void tell(sink which, from_net item);
  void tell_all(const from_net& item);
  void tell_actor(link_event event);
  void tell_actor_everything();
  void end_requests(link& which);
  void count_turned_away(const char* cause, const std::string& address);

  io_thread& io_;
  transport_settings settings_;
  tag_table codes_;
  delivery<link_event> events_;
  inbox<link_command> commands_;
  std::vector<consumer> consumers_; ///< by sink
  handshake_gate gate_;
  rate_table rates_;
  listener listener_;
  boost::asio::steady_timer timer_;
  name_lookups names_;
  struct lookup {
    std::string host;
    name_lookups::ticket ticket;
    time_point until;
  };
  std::map<dial_number, lookup> looking_up_; ///< dials that have no link yet
  links links_;
  std::vector<std::unique_ptr<link_machine>> spare_; ///< size <= spare_max
  std::vector<to_net> said_;                         ///< by one consumer, within a turn
  std::vector<link_id> to_flush_;                    ///< links that were sent something this turn
  std::vector<std::weak_ptr<link>> starved_;         ///< that wait for their bodies
  std::array<std::byte, write_size_max> read_scratch_{};
  std::array<std::byte, write_size_max> write_scratch_{};
  link_id last_id_;
  bool open_ = false;
  bool closed_ = false;
  std::atomic<std::uint16_t> port_{0};
  std::shared_ptr<std::atomic<std::uint64_t>> turned_away_ =
    std::make_shared<std::atomic<std::uint64_t>>(0);
};

} // namespace caucus
