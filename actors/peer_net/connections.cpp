#include "actors/peer_net/connections.hpp"

#include "actors/peer_net/name_lookups.hpp"
#include "runtime/sockets.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

namespace caucus {

namespace {

constexpr std::uint16_t dynamic_port_min = 49'152; ///< RFC 6335's range for ports of no name
constexpr std::uint16_t dynamic_port_max = 65'535;
/// Of net.hostname, at the start.
constexpr std::chrono::seconds own_name_timeout{10};
/// Draws of a free port before the kernel is asked, which takes from a range of its own.
constexpr int draws_max = 64;

boost::asio::ip::address plain(const boost::asio::ip::address& of) {
  if (of.is_v6() && of.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, of.to_v6());
  }
  return of;
}

} // namespace

address_key key_of(const tcp::endpoint& of) {
  const auto address = plain(of.address());
  if (address.is_v4()) {
    return {address.to_v4().to_uint(), false};
  }
  address_key out{0, true};
  for (const auto one : [&] {
         std::array<unsigned char, 8> prefix{};
         std::memcpy(prefix.data(), address.to_v6().to_bytes().data(), prefix.size());
         return prefix;
       }()) {
    out.prefix = out.prefix << 8U | one;
  }
  return out;
}

std::string to_text(const tcp::endpoint& of) {
  const auto address = plain(of.address());
  const auto host = address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  return host + ":" + std::to_string(of.port());
}

result<host_and_port> split_address(std::string_view address) {
  const auto colon = address.rfind(':');
  const bool has_both = colon != std::string_view::npos && colon > 0 && colon + 1 < address.size();
  auto host = has_both ? address.substr(0, colon) : std::string_view{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    host = {};
  }
  const auto port = has_both ? address.substr(colon + 1) : std::string_view{};
  std::uint16_t number = 0;
  const auto [end, why] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (host.empty() || port.empty() || why != std::errc{} || end != port.data() + port.size()) {
    return fail(errc::bad_text, "\"" + std::string{address} + "\" is not host:port");
  }
  return host_and_port{std::string{host}, number};
}

// -- listening -------------------------------------------------------------------------------------

result<void> listener::open(const std::string& hostname, std::uint16_t port) {
  boost::system::error_code why;
  tcp::endpoint where{tcp::v4(), port};
  if (!hostname.empty()) {
    host_addresses found{boost::asio::ip::make_address(hostname, why)};
    if (why) {
      const auto named = addresses_within(hostname, own_name_timeout);
      if (!named) {
        return fail(errc::value_out_of_range, "cannot listen on \"" + hostname
                                                + "\": " + named.error().detail
                                                + "; give net.hostname an address of this machine");
      }
      found = *named;
    }
    where = {found.front(), port};
    passed_over_.clear();
    for (const auto& one : found) {
      const auto other = one.to_string();
      if (one != found.front()
          && std::find(passed_over_.begin(), passed_over_.end(), other) == passed_over_.end()) {
        passed_over_.push_back(other);
      }
    }
  }
  address_ = where.address().to_string();
  if (port != 0) {
    return bind(where);
  }
  std::random_device seed;
  std::uniform_int_distribution<std::uint16_t> draw{dynamic_port_min, dynamic_port_max};
  for (int i = 0; i < draws_max; ++i) {
    where.port(draw(seed));
    if (auto bound = bind(where); bound || bound.error().code != errc::in_use) {
      return bound;
    }
  }
  where.port(0);
  return bind(where);
}

result<void> listener::bind(const tcp::endpoint& to) {
  boost::system::error_code why;
  why = open_socket(acceptor_, to.protocol());
  if (!why) {
    // A node that is restarted takes its port back; a port in use stays refused.
    acceptor_.set_option(tcp::acceptor::reuse_address{true}, why);
    acceptor_.bind(to, why);
  }
  if (!why) {
    acceptor_.listen(boost::asio::socket_base::max_listen_connections, why);
  }
  if (!why) {
    port_ = acceptor_.local_endpoint(why).port();
    return {};
  }
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  const auto what = "cannot listen on " + to_text(to) + ": " + why.message();
  if (why == boost::asio::error::address_in_use) {
    return fail(errc::in_use, what + "; end whoever has it, or choose another net.port (--port)");
  }
  if (why == boost::asio::error::access_denied) {
    return fail(errc::value_out_of_range, what + "; choose a net.port (--port) of 1024 or more");
  }
  return fail(errc::io_failed, what + "; look at net.hostname and net.port");
}

void listener::accept(std::shared_ptr<void> keep) {
  if (accepting_ || !acceptor_.is_open()) {
    return;
  }
  accepting_ = true;
  accept_socket(acceptor_,
                [this, keep = std::move(keep)](boost::system::error_code why, tcp::socket came) {
                  accepting_ = false;
                  if (why == boost::asio::error::operation_aborted) {
                    return;
                  }
                  if (!why) {
                    boost::system::error_code gone;
                    const auto from = came.remote_endpoint(gone);
                    if (!gone) {
                      take_(std::move(came), from);
                    }
                    accept(keep);
                  } // else at the next tick
                });
}

void listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

// -- dialling --------------------------------------------------------------------------------------

namespace {

/// One address after the other.
struct attempt : std::enable_shared_from_this<attempt> {
  tcp::socket& socket;
  const std::vector<tcp::endpoint> where;
  const std::shared_ptr<void> keep; ///< the socket's owner
  const std::function<void(const result<tcp::endpoint>&)> then;
  std::size_t next = 0;

  attempt(tcp::socket& of, std::vector<tcp::endpoint> all, std::shared_ptr<void> its_keep,
          std::function<void(const result<tcp::endpoint>&)> its_then)
      : socket{of}, where{std::move(all)}, keep{std::move(its_keep)}, then{std::move(its_then)} {}

  void go() {
    const auto& to = where[next];
    boost::system::error_code ignored;
    socket.close(ignored);
    if (const auto why = open_socket(socket, to.protocol())) {
      boost::asio::post(socket.get_executor(),
                        [self = shared_from_this(), why] { self->over(why); });
      return;
    }
    socket.async_connect(
      to, [self = shared_from_this()](boost::system::error_code why) { self->over(why); });
  }
  void over(boost::system::error_code why) {
    if (!why) {
      then(where[next]);
    } else if (why == boost::asio::error::operation_aborted || ++next == where.size()) {
      then(fail(errc::connect_failed, why.message()));
    } else {
      go();
    }
  }
};

} // namespace

void connect_to(tcp::socket& socket, const std::vector<tcp::endpoint>& where,
                std::shared_ptr<void> keep,
                std::function<void(const result<tcp::endpoint>&)> then) {
  std::make_shared<attempt>(socket, where, std::move(keep), std::move(then))->go();
}

} // namespace caucus
