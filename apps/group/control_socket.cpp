#include "apps/group/control_socket.hpp"

#include "actors/rpc/control_path.hpp"
#include "actors/rpc/control_server.hpp"
#include "messages/try.hpp"
#include "runtime/asio.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace caucus {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = net::local::stream_protocol;
using boost::system::error_code;

// A blocking socket would wait for a stopped node for ever, as Asio goes on after SO_RCVTIMEO; a stream has a
// limit of time.
struct control_socket::connection {
  net::io_context io{1};
  beast::basic_stream<local> stream{io};
  beast::flat_buffer buffer;
  bool is_open = false;
  std::optional<net::signal_set> interrupts; ///< held as long as the connection: none is missed
  bool interrupted = false;

  void close() {
    stream.close();
    buffer.clear();
    is_open = false;
  }

  [[nodiscard]] tl::unexpected<error> gone(const error_code& why) {
    close();
    if (interrupted) {
      return fail(errc::cancelled, "interrupted");
    }
    return fail(why == beast::error::timeout ? errc::timed_out : errc::node_unreachable,
                why.message());
  }

  /// Runs one operation to its end.
  template <class Begin>
  error_code run(Begin&& begin) {
    std::optional<error_code> out;
    if (interrupted) {
      return net::error::operation_aborted;
    }
    if (interrupts) {
      interrupts->async_wait([this](const error_code& failed, int) {
        if (!failed) {
          interrupted = true;
          stream.cancel();
        }
      });
    }
    std::forward<Begin>(begin)([this, &out](const error_code& how, auto&&...) {
      out = how;
      if (interrupts) {
        interrupts->cancel();
      }
    });
    io.restart();
    io.run();
    return out.value_or(error_code{net::error::operation_aborted});
  }

  [[nodiscard]] error_code send(std::string_view method, const std::string& target,
                                const std::string& body) {
    http::request<http::string_body> request{http::string_to_verb({method.data(), method.size()}),
                                             target, 11};
    request.set(http::field::host, "caucus");
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    return run([&](auto then) { http::async_write(stream, request, then); });
  }
};

control_socket::control_socket(std::filesystem::path directory)
    : directory_{std::move(directory)}, connection_{std::make_unique<connection>()} {}
control_socket::control_socket(control_socket&&) noexcept = default;
control_socket& control_socket::operator=(control_socket&&) noexcept = default;
control_socket::~control_socket() = default;

result<void> control_socket::open() {
  if (connection_->is_open) {
    return {};
  }
  const auto path = socket_path::in(directory_, control_socket_name);
  if (!path) {
    return fail(errc::node_unreachable, path.error().detail);
  }
  error_code failed;
  connection_->stream.socket().connect(local::endpoint{path->path()}, failed);
  if (failed) {
    connection_->close();
    return fail(failed == net::error::access_denied ? errc::file_unreadable
                                                    : errc::node_unreachable,
                failed.message());
  }
  connection_->is_open = true;
  return {};
}

void control_socket::heed_interrupts() {
  connection_->interrupts.emplace(connection_->io, SIGINT);
}

result<http_answer> control_socket::ask(std::string_view method, const std::string& target,
                                        const std::string& body,
                                        std::chrono::milliseconds at_most) {
  CAUCUS_TRY_VOID(open());
  auto& c = *connection_;
  c.stream.expires_after(at_most);
  if (const auto failed = c.send(method, target, body)) {
    return c.gone(failed);
  }
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none); // the node is our own
  if (const auto failed =
        c.run([&](auto then) { http::async_read(c.stream, c.buffer, parser, then); })) {
    return c.gone(failed);
  }
  auto got = parser.release();
  if (!got.keep_alive()) {
    c.close();
  }
  return http_answer{got.result_int(), std::move(got.body())};
}

result<http_answer> control_socket::lines(std::string_view method, const std::string& target,
                                          const std::string& body,
                                          const std::function<bool(std::string_view)>& each) {
  CAUCUS_TRY_VOID(open());
  auto& c = *connection_;
  c.stream.expires_never();
  if (const auto failed = c.send(method, target, body)) {
    return c.gone(failed);
  }
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(
    std::numeric_limits<std::uint64_t>::max()); // Beast 1.74 takes none for zero here
  if (const auto failed =
        c.run([&](auto then) { http::async_read_header(c.stream, c.buffer, parser, then); })) {
    return c.gone(failed);
  }
  const auto status = parser.get().result_int();
  const bool good = parser.get().result() == http::status::ok;
  std::string text;
  std::array<char, 64 * 1024> piece{};
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    parser.get().body().more = true;
    const auto failed =
      c.run([&](auto then) { http::async_read_some(c.stream, c.buffer, parser, then); });
    if (failed && failed != http::error::need_buffer) {
      return c.gone(failed);
    }
    text.append(piece.data(), piece.size() - parser.get().body().size);
    std::size_t from = 0;
    for (auto end = text.find('\n'); good && end != std::string::npos;
         end = text.find('\n', from)) {
      if (!each(std::string_view{text}.substr(from, end - from))) {
        c.close();
        return http_answer{status, {}};
      }
      from = end + 1;
    }
    text.erase(0, from);
  }
  if (good && !text.empty()) { // a last line without an end
    static_cast<void>(each(text));
  }
  return http_answer{status, good ? std::string{} : std::move(text)};
}

} // namespace caucus
