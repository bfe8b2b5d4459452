#include "test/harness/control.hpp"

#include "runtime/asio.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace caucus::harness {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = asio::local::stream_protocol;

using boost::system::error_code;

} // namespace

// A blocking socket would wait for a stopped node for ever: Asio goes on after SO_RCVTIMEO.
struct control::connection {
  asio::io_context io{1};
  beast::basic_stream<local> stream{io};
  beast::flat_buffer buffer;

  /// A socket's path may have 107 bytes, a test's folder more: so by way of the folder's descriptor.
  error_code connect(const std::filesystem::path& directory) {
    const int folder = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    error_code failed;
    stream.socket().connect(
      local::endpoint{"/proc/self/fd/" + std::to_string(folder) + "/control.sock"}, failed);
    ::close(folder);
    return failed;
  }

  /// Runs one operation to its end, which the stream's time limit brings about if nothing else does.
  template <class Begin>
  error_code run(Begin begin) {
    error_code out = asio::error::operation_aborted;
    begin([&out](const error_code& how, std::size_t) { out = how; });
    io.restart();
    io.run();
    return out;
  }
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
  const auto check = [&](const error_code& failed) {
    if (failed) {
      throw std::runtime_error{"harness: " + target + " of " + directory_.string() + ": "
                               + failed.message()};
    }
  };
  if (!open) {
    open = std::make_unique<connection>();
    check(open->connect(directory_));
  }
  http::request<http::string_body> request{is_post ? http::verb::post : http::verb::get, target,
                                           11};
  request.set(http::field::host, "localhost");
  if (is_post) {
    request.set(http::field::content_type, "application/json");
    request.body() = body;
  }
  request.prepare_payload();
  http::response_parser<http::string_body> response;
  response.body_limit(boost::none); // a whole log, from a node of our own
  open->stream.expires_after(at_most_);
  check(open->run([&](auto then) { http::async_write(open->stream, request, then); }));
  check(
    open->run([&](auto then) { http::async_read(open->stream, open->buffer, response, then); }));
  auto answer = response.release();
  if (answer.keep_alive()) {
    open_ = std::move(open);
  }
  return {answer.result_int(), std::move(answer.body())};
}

} // namespace caucus::harness
