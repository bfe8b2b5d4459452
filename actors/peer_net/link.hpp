#pragma once

#include "actors/peer_net/link_event.hpp"
#include "actors/peer_net/link_machine.hpp"
#include "actors/peer_net/tls_socket.hpp"
#include "messages/hello.hpp"
#include "messages/net.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// One link as the I/O thread has it: a socket under TLS moving bytes for a link_machine.
/// The I/O thread's. Handle: kept by its transport until on_dead, and by its own waits on the
/// socket.

namespace caucus {

class link;

/// What a link asks of its transport. Called from the link's own turns.
class link_host {
public:
  virtual ~link_host() = default;

  [[nodiscard]] virtual hello our_hello() const = 0;
  /// TLS is up; the peer is known. It is no stranger's handshake any more.
  [[nodiscard]] virtual std::shared_ptr<peer_rates> rates_of(const peer_id& who) = 0;
  virtual void on_secured(link& which) = 0;
  virtual void on_hello(link& which) = 0;
  virtual void on_ready(link& which) = 0;
  /// False: taken, but nothing more for now; resume() follows.
  [[nodiscard]] virtual bool deliver(heard_frame frame) = 0;
  /// Once: nothing more is delivered.
  virtual void on_gone(link& which, link_closed how) = 0;
  /// The socket is closed: let go of it. Comes after on_gone.
  virtual void on_dead(link& which) = 0;
  /// The link's turn is over: what it delivered may be told.
  virtual void on_turn_end() = 0;
  /// Wants resume() when bodies are given back.
  virtual void on_starved(link& which) = 0;
  /// The link is no more; its machine, reset, may serve another.
  virtual void recycle(std::unique_ptr<link_machine> machine) = 0;
  /// For what is read, until the link's turn is over.
  [[nodiscard]] virtual std::span<std::byte> read_scratch() = 0;
  /// For what is written, within one call.
  [[nodiscard]] virtual std::span<std::byte> write_scratch() = 0;
};

class link : public std::enable_shared_from_this<link> {
public:
  struct origin {
    std::string address; ///< "host:port" of the other end
    address_key key;
    dial_number dial = 0;          ///< 0: accepted
    std::optional<peer_id> wanted; ///< whom we dialled
    bool probe = false;
  };

  link(std::shared_ptr<link_host> host, std::unique_ptr<link_machine> machine, tls_socket socket,
       origin from);

  link(const link&) = delete;
  link& operator=(const link&) = delete;
  ~link();

  /// Connected: TLS begins.
  void begin(ssl_ctx_st* context, tls_side side);
  /// Before TLS: the dial led nowhere.
  void fail_to_connect(errc why, std::string detail);

  void accept();
  /// Says why, and ends the link: at once for its consumers, or with `duplicate_link` when what the
  /// peer had sent is read.
  void end(const goodbye& what);
  /// Something for it was pushed into the machine.
  void flush();
  /// Reads on, if it may.
  void resume();
  void on_tick(time_point now);
  /// Closes without waiting for anything.
  void cut(errc why);

  [[nodiscard]] link_machine& machine() { return *machine_; }
  [[nodiscard]] const link_machine& machine() const { return *machine_; }
  [[nodiscard]] tls_socket& socket() { return socket_; }
  [[nodiscard]] const origin& from() const { return from_; }
  [[nodiscard]] link_info info() const;
  [[nodiscard]] bool is_ready() const { return machine_->was_ready() && !gone_; }
  [[nodiscard]] bool gone() const { return gone_; }
  [[nodiscard]] const std::shared_ptr<link_meter>& meter() const { return meter_; }

private:
  enum class turn_end : std::uint8_t { waiting, paused, spent, over };

  void turn();
  void shake_hands();
  [[nodiscard]] bool secure();
  [[nodiscard]] turn_end read_some();
  [[nodiscard]] turn_end consume_kept(std::size_t& frames);
  [[nodiscard]] turn_end consume(bytes_view& from, std::size_t& frames);
  [[nodiscard]] bool is_starved(time_point now);
  [[nodiscard]] turn_end end_reading(tls_wait why);
  [[nodiscard]] bool handle(link_news news, time_point now);
  void end_by(goodbye peers);
  [[nodiscard]] std::optional<tls_progress> write_some();
  void discard();
  void misbehaved(const error& how);
  void finish(errc why, std::string detail, bool by_peer, bool misbehaved,
              std::vector<peer_hint> hints = {});
  void die();
  void wait_for(tls_wait what);
  void post_turn();
  void follow_load();
  void update_meter();

  std::shared_ptr<link_host> keep_host_; ///< it keeps us too, until on_dead
  link_host& host_;
  std::unique_ptr<link_machine> machine_;
  tls_socket socket_;
  origin from_;
  std::shared_ptr<link_meter> meter_ = std::make_shared<link_meter>();
  bool secured_ = false;
  bool gone_ = false; ///< told
  bool dead_ = false; ///< closed
  bool waits_readable_ = false;
  bool waits_writable_ = false;
  bool turn_posted_ = false;
  bool write_failed_ = false;
  bool room_wanted_ = false; ///< its consumer has no room; resume() clears it
  std::optional<time_point> paused_until_;
  std::uint32_t ticks_ = 0;
  std::uint64_t size_at_tick_ = 0; ///< bytes both ways, at the last tick
  std::uint64_t taken_at_tick_ = 0;
  bytes in_; ///< what a turn has read and not taken, from in_at_ on
  std::size_t in_at_ = 0;
  bytes out_; ///< that the socket has not taken, from out_at_ on
  std::size_t out_at_ = 0;
  errc ended_why_ = errc::link_lost;
};

} // namespace caucus
