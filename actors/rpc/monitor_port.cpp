#include "actors/rpc/monitor_port.hpp"

#include "runtime/base/text.hpp"
#include "runtime/sockets.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace caucus {

namespace net = boost::asio;
using boost::system::error_code;

result<void> listen_for_monitors(net::ip::tcp::acceptor& with, const std::string& address,
                                 int waiting_max) {
  const auto problem = [&address](const error_code& why) {
    return fail(why == net::error::address_in_use ? errc::in_use : errc::io_failed,
                "cannot listen on " + address + " for monitors: " + why.message()
                  + "; choose another metrics.listen, or leave it out");
  };
  const auto colon = address.rfind(':');
  auto host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') {
    host = host.substr(1, host.size() - 2);
  }
  error_code failed;
  const auto ip = net::ip::make_address(host, failed);
  std::uint16_t port = 0;
  const auto digits = std::string_view{address}.substr(colon + 1);
  static_cast<void>(std::from_chars(digits.data(), digits.data() + digits.size(), port));
  if (failed || !is_address(address)) {
    return fail(errc::bad_request, "metrics.listen: given '" + address
                                     + "'; allowed: an address of this machine and a port, as "
                                       "127.0.0.1:9464, 0.0.0.0:9464 or [::1]:9464");
  }
  const net::ip::tcp::endpoint at{ip, port};
  if (failed = open_socket(with, at.protocol()); failed) {
    return problem(failed);
  }
  with.set_option(net::socket_base::reuse_address{true}, failed);
  if (with.bind(at, failed); failed) {
    return problem(failed);
  }
  if (with.listen(waiting_max, failed); failed) {
    return problem(failed);
  }
  return {};
}

} // namespace caucus
