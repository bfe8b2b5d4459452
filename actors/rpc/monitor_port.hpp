#pragma once

#include "messages/result.hpp"
#include "runtime/asio.hpp"

#include <string>

/// The TCP port on which monitors read the metrics. Before the I/O thread's start.

namespace caucus {

/// Opens, binds and listens. `address`: "127.0.0.1:9464", "[::1]:9464"; no name.
/// Errors: bad_request (another form), in_use, io_failed; all name it and the key.
[[nodiscard]] result<void> listen_for_monitors(boost::asio::ip::tcp::acceptor& with,
                                               const std::string& address, int waiting_max);

} // namespace caucus
