#pragma once

#include "actors/peer_net/handshake_gate.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/asio.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// How connections come to be: listening on the node's one port, and dialling.
/// The I/O thread's.

namespace caucus {

using boost::asio::ip::tcp;

[[nodiscard]] address_key key_of(const tcp::endpoint& of);
/// "host:port", "[v6]:port".
[[nodiscard]] std::string to_text(const tcp::endpoint& of);

struct host_and_port {
  std::string host; ///< a name, or a number without its brackets
  std::uint16_t port = 0;
};
/// Error: `bad_text`: not "host:port" or "[v6]:port".
[[nodiscard]] result<host_and_port> split_address(std::string_view address);

class listener {
public:
  using taker = std::function<void(tcp::socket, const tcp::endpoint&)>;

  listener(boost::asio::io_context& io, taker take) : acceptor_{io}, take_{std::move(take)} {}

  /// Port 0: a free one in 49152-65535. Errors: see transport::start().
  result<void> open(const std::string& hostname, std::uint16_t port);
  /// Takes connections from now on; `keep` is kept while it waits for one. Called at each tick too:
  /// where accepting failed, for want of file descriptors say, it goes on then.
  void accept(std::shared_ptr<void> keep);
  void close();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The address that it listens on, and those that its name has as well: nobody hears there.
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] const std::vector<std::string>& passed_over() const { return passed_over_; }

private:
  result<void> bind(const tcp::endpoint& to);

  tcp::acceptor acceptor_;
  taker take_;
  bool accepting_ = false;
  std::uint16_t port_ = 0;
  std::string address_;
  std::vector<std::string> passed_over_;
};

/// Connects `socket` to the first of `where` (not empty) that answers. `then` is called once, from
/// the loop, unless the socket is closed meanwhile: then maybe never. `keep` is kept until then.
void connect_to(tcp::socket& socket, const std::vector<tcp::endpoint>& where,
                std::shared_ptr<void> keep, std::function<void(const result<tcp::endpoint>&)> then);

} // namespace caucus
