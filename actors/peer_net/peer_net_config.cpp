#include "actors/peer_net/peer_net_config.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace caucus {

namespace {

template <class Number>
result<void> within(std::string_view key, Number given, Number low, Number high) {
  if (given >= low && given <= high) {
    return {};
  }
  return fail(errc::value_out_of_range, "net." + std::string{key} + " = " + std::to_string(given)
                                          + ", allowed " + std::to_string(low) + " to "
                                          + std::to_string(high));
}

} // namespace

result<void> validate(const peer_net_config& config) {
  using u64 = std::uint64_t;
  const auto ms = [](std::chrono::milliseconds time) { return static_cast<u64>(time.count()); };
  for (const auto& checked : {
         within<u64>("max_connections", config.max_connections, 4, 65'536),
         within<u64>("connections_per_address", config.connections_per_address, 1,
                     config.max_connections),
         within<u64>("handshakes", config.handshakes, 4, 4'096),
         within<u64>("handshakes_per_address", config.handshakes_per_address, 1, config.handshakes),
         within<u64>("max_message_size", config.max_message_size, 64 * 1024, body_size_max),
         within<u64>("handshake_timeout", ms(config.handshake_timeout), 100, 60'000),
         within<u64>("keepalive", ms(config.keepalive), 10, 60'000),
         within<u64>("dead_after", ms(config.dead_after), ms(config.keepalive) + 1, 600'000),
         within<u64>("stalled_after", ms(config.stalled_after), 100, 600'000),
         within<u64>("redial_min", ms(config.redial_min), 10, 60'000),
         within<u64>("redial_max", ms(config.redial_max), ms(config.redial_min), 3'600'000),
         within<u64>("frames_per_second", config.frames_per_second, 100, 100'000'000),
         within<u64>("bytes_per_second", config.bytes_per_second, 64 * 1024, u64{1} << 32U),
       }) {
    if (!checked) {
      return checked;
    }
  }
  return {};
}

} // namespace caucus
