#include "apps/caucus/control_client.hpp"

#include "actors/rpc/control_path.hpp"
#include "actors/rpc/control_server.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "runtime/asio.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/commands/status.hpp"
#include "runtime/directory_lock.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

namespace caucus::cli {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = net::local::stream_protocol;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

/// A node that holds its folder listens soon; one that was started a moment ago, as by `caucus node &`
/// on the line before, may not hold it yet.
constexpr std::chrono::milliseconds wait_of_held{3'000};
constexpr std::chrono::milliseconds wait_of_free{300};

/// The reasons may hold what others wrote.
tl::unexpected<error> told_by_node(const std::string& body) {
  auto out = error_from_json(body).value_or(
    error{errc::internal, "the node answered " + body.substr(0, 200)});
  out.detail = harmless(out.detail);
  return tl::unexpected<error>{std::move(out)};
}

} // namespace

struct control_client::connection {
  net::io_context io{1};
  beast::basic_stream<local> stream{io};
  beast::flat_buffer buffer;
  std::filesystem::path directory;
  std::optional<net::signal_set> interrupts; ///< held as long as the connection: none is missed
  bool interrupted = false;

  [[nodiscard]] tl::unexpected<error> gone(const error_code& why) const {
    if (interrupted) {
      return fail(errc::cancelled, "interrupted");
    }
    if (why == beast::error::timeout) {
      return fail(errc::node_unreachable, "the node in " + directory.string()
                                            + " does not answer; it may be stopped or overloaded");
    }
    return fail(errc::node_unreachable, "the node in " + directory.string()
                                          + " ended while it was asked, or closed the "
                                            "connection ("
                                          + why.message() + "); its log says why");
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

  [[nodiscard]] error_code send(const any_command& what) {
    const auto method = what.facts->method;
    http::request<http::string_body> request{http::string_to_verb({method.data(), method.size()}),
                                             command_target(what), 11};
    request.set(http::field::host, "caucus");
    request.set(http::field::content_type, "application/json");
    request.body() = command_body(what);
    request.prepare_payload();
    return run([&](auto then) { http::async_write(stream, request, then); });
  }
};

result<control_client> control_client::connect(const std::filesystem::path& directory) {
  const auto unreachable = [&directory](const std::string& why) {
    const auto config = (directory / "node.toml").string();
    const auto node = open_node(config);
    return fail(
      errc::node_unreachable,
      "no node runs in " + directory.string() + " (" + why + "); start it with: "
        + (node ? how_to_run(node->from, config) : "caucus node --config " + shell_word(config)));
  };
  const auto path = socket_path::in(directory, control_socket_name);
  if (!path) {
    return unreachable(path.error().detail);
  }
  auto made = std::make_unique<connection>();
  made->directory = directory;
  error_code failed;
  made->stream.socket().connect(local::endpoint{path->path()}, failed);
  if (failed == net::error::access_denied) {
    return fail(errc::file_unreadable, "the node's socket "
                                         + (directory / control_socket_name).string()
                                         + " is not yours to use; run this as the node's user");
  }
  if (failed) {
    return unreachable(failed.message());
  }
  return control_client{std::move(made)};
}

result<control_client> control_client::reach(const std::filesystem::path& directory) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    auto made = connect(directory);
    if (made || made.error().code != errc::node_unreachable) {
      return made;
    }
    const auto holder = directory_lock::holder(directory);
    const auto at_most = holder && *holder ? wait_of_held : wait_of_free;
    if (std::chrono::steady_clock::now() - began > at_most) {
      return made;
    }
    std::this_thread::sleep_for(20ms);
  }
}

void control_client::heed_interrupts() {
  connection_->interrupts.emplace(connection_->io, SIGINT);
}

control_client::control_client(std::unique_ptr<connection> made) : connection_{std::move(made)} {}
control_client::control_client(control_client&&) noexcept = default;
control_client& control_client::operator=(control_client&&) noexcept = default;
control_client::~control_client() = default;

result<std::string> control_client::ask(const any_command& what,
                                        std::chrono::milliseconds at_most) {
  auto& c = *connection_;
  c.stream.expires_after(at_most);
  if (const auto failed = c.send(what)) {
    return c.gone(failed);
  }
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none); // the node is our own
  if (const auto failed =
        c.run([&](auto then) { http::async_read(c.stream, c.buffer, parser, then); })) {
    return c.gone(failed);
  }
  auto body = std::move(parser.get().body());
  if (parser.get().result() != http::status::ok) {
    return told_by_node(body);
  }
  return body;
}

result<void> control_client::answers(std::chrono::milliseconds at_most) {
  const auto told = ask(control_version{}, at_most);
  return told ? result<void>{} : tl::make_unexpected(told.error());
}

result<void> control_client::lines(const any_command& what,
                                   const std::function<bool(std::string_view)>& each) {
  auto& c = *connection_;
  c.stream.expires_never();
  if (const auto failed = c.send(what)) {
    return c.gone(failed);
  }
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(
    std::numeric_limits<std::uint64_t>::max()); // Beast 1.74 takes none for zero here
  if (const auto failed =
        c.run([&](auto then) { http::async_read_header(c.stream, c.buffer, parser, then); })) {
    return c.gone(failed);
  }
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
    if (parser.get().result() != http::status::ok) {
      continue;
    }
    std::size_t from = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
      const auto line = std::string_view{text}.substr(from, end - from);
      if (line.starts_with("{\"error\"")) { // in the middle: the head said 200 long ago
        return told_by_node(std::string{line});
      }
      if (!each(line)) {
        return {};
      }
      from = end + 1;
    }
    text.erase(0, from);
  }
  if (parser.get().result() != http::status::ok) {
    return told_by_node(text);
  }
  return {};
}

} // namespace caucus::cli
