#include "test/harness/control.hpp"

#include "runtime/asio.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace caucus::harness {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = asio::local::stream_protocol;

/// A socket's path may have 107 bytes, a test's folder more: so by way of the folder's descriptor.
void connect(local::socket& socket, const std::filesystem::path& directory) {
  const int folder = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  boost::system::error_code error;
  socket.connect(local::endpoint{"/proc/self/fd/" + std::to_string(folder) + "/control.sock"},
                 error);
  ::close(folder);
  if (error) {
    throw std::runtime_error{"harness: " + (directory / "control.sock").string() + ": "
                             + error.message()};
  }
}

} // namespace

struct control::connection {
  asio::io_context io;
  local::socket socket{io};
  beast::flat_buffer buffer;
};

control::control(std::filesystem::path directory, std::chrono::milliseconds at_most)
    : directory_{std::move(directory)}, at_most_{at_most} {}
control::control(control&&) noexcept = default;
control::~control() = default;

control_answer control::get(const std::string& target) {
  return ask(false, target, {});
}

control_answer control::post(const std::string& target, const std::string& body) {
  return ask(true, target, body);
}

control_answer control::ask(bool is_post, const std::string& target, const std::string& body) {
  auto open = std::move(open_); // put back only if all goes well
  if (!open) {
    open = std::make_unique<connection>();
    connect(open->socket, directory_);
    const timeval limit{at_most_.count() / 1000, (at_most_.count() % 1000) * 1000};
    ::setsockopt(open->socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  http::request<http::string_body> request{is_post ? http::verb::post : http::verb::get, target,
                                           11};
  request.set(http::field::host, "localhost");
  if (is_post) {
    request.set(http::field::content_type, "application/json");
    request.body() = body;
  }
  request.prepare_payload();
  http::response<http::string_body> response;
  boost::system::error_code error;
  http::write(open->socket, request, error);
  if (!error) {
    http::read(open->socket, open->buffer, response, error);
  }
  if (error) {
    throw std::runtime_error{"harness: " + target + " of " + directory_.string() + ": "
                             + error.message()};
  }
  if (response.keep_alive()) {
    open_ = std::move(open);
  }
  return {response.result_int(), std::move(response.body())};
}

} // namespace caucus::harness
