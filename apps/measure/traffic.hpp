#pragma once

#include "actors/peer_net/body_pool.hpp"
#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "messages/time.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

/// Who speaks over the link that is measured: a source and a sink of frames, and one who asks and
/// one who answers. As actors of a topology, or given their turns by an I/O thread.
///
/// Accept:   from_net (`heard`)
/// Emit:     to_net (`said`)
/// Lifetime: until the process ends. source and asker begin when a link is up and go on for ever;
///           sink and asker tell once what they measured.
/// None is meant to be restarted.

namespace caucus::measure {

/// As an application's: notices in the lane that is an application's by default.
inline constexpr auto forth_code = static_cast<packet_code>(first_application_code);
inline constexpr auto back_code = static_cast<packet_code>(first_application_code + 1);

struct link_measured {
  double per_s = 0;       ///< frames; bytes, of a stream
  double p50_us = 0;      ///< of round trips
  double p99_us = 0;      ///< likewise
  std::uint64_t lost = 0; ///< frames that did not come, or not in their order, or not whole
};

struct traffic_setup {
  std::size_t frame_size = 64;                           ///< bytes of a body; >= 8
  duration warm_up{0};                                   ///< from the first frame on
  duration time{0};                                      ///< measured
  std::function<void(const link_measured&)> on_measured; ///< on the thread that gives the turns
};

/// Frames on their way that the sink has not confirmed: the transport drops what finds no room, so
/// whoever sends much keeps count. 2 MiB is half of the lane; 8,192 is the capacity of a node's
/// edges.
inline constexpr std::size_t window_size_max = 2 * 1024 * 1024;
inline constexpr std::size_t window_count_max = 8'192;
[[nodiscard]] std::size_t window_of(std::size_t frame_size);

struct traffic_ports {
  inbox<from_net> heard;
  outbox<to_net> said;
  void each(auto&& visit) {
    visit("heard", heard);
    visit("said", said);
  }
};

class frame_source {
public:
  static constexpr const char* name = "frame_source";
  using ports = traffic_ports;
  frame_source(ports its_ports, context& around, traffic_setup setup);
  bool step();
  [[nodiscard]] bool idle();

private:
  [[nodiscard]] bool may_send() const { return to_ && sent_ - confirmed_ < window_; }

  ports ports_;
  traffic_setup setup_;
  std::size_t window_;
  std::optional<link_id> to_;
  body_pool bodies_;
  std::uint64_t sent_ = 0;
  std::uint64_t confirmed_ = 0;
};

class frame_sink {
public:
  static constexpr const char* name = "frame_sink";
  using ports = traffic_ports;
  frame_sink(ports its_ports, context& around, traffic_setup setup);
  bool step();
  [[nodiscard]] bool idle() const;

private:
  void hear(const frame_in& what);
  void follow_time();
  void confirm();

  ports ports_;
  context& around_;
  traffic_setup setup_;
  body_pool bodies_;
  std::uint64_t share_; ///< frames between two confirmations
  link_id from_;
  std::uint64_t next_ = 0; ///< sequence number
  std::uint64_t heard_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t confirmed_ = 0;
  std::optional<time_point> first_;
  std::optional<time_point> began_;
  std::uint64_t heard_before_ = 0; ///< began_
  bool done_ = false;
};

class echo_asker {
public:
  static constexpr const char* name = "echo_asker";
  using ports = traffic_ports;
  echo_asker(ports its_ports, context& around, traffic_setup setup);
  bool step();
  [[nodiscard]] bool idle() { return ports_.heard.empty(); }

private:
  using clock = std::chrono::steady_clock; ///< finer than a context's
  void ask();
  void follow(clock::time_point now);

  ports ports_;
  traffic_setup setup_;
  body_pool bodies_;
  std::optional<link_id> to_;
  clock::time_point asked_;
  std::optional<clock::time_point> first_;
  std::vector<float> trips_; ///< microseconds
  bool done_ = false;
};

class echo_answerer {
public:
  static constexpr const char* name = "echo_answerer";
  using ports = traffic_ports;
  echo_answerer(ports its_ports, context& around, const traffic_setup& setup);
  bool step();
  [[nodiscard]] bool idle() { return ports_.heard.empty(); }

private:
  ports ports_;
};

} // namespace caucus::measure
