#include "actors/rpc/control_session.hpp"

#include "actors/rpc/control_server.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace caucus {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = net::local::stream_protocol;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

/// A local program sends its request at once, or it hangs.
constexpr auto request_time_max = 10s;
/// Between two requests on one connection.
constexpr auto idle_time_max = 60s;
/// For a reply in one piece. A log's reader may stop as long as it likes: it holds a window at most.
constexpr auto reply_time_max = 30s;

class http_session final : public control_session,
                           public std::enable_shared_from_this<http_session> {
public:
  http_session(local::socket socket, std::weak_ptr<session_keeper> keeper)
      : stream_{std::move(socket)}, keeper_{std::move(keeper)} {}

  void start() override { read(); }
  void reply(to_control what) override;
  void close() override;
  [[nodiscard]] std::weak_ptr<control_session> handle() override { return weak_from_this(); }

private:
  void read();
  void header_read(const error_code& failed);
  void read_body();
  void request_read(const error_code& failed);
  void watch_for_hang_up();
  void write_next();
  void written(const error_code& failed, std::size_t size, bool last);
  void refuse(http::status why, const std::string& text);
  void end();

  beast::basic_stream<local> stream_;
  std::weak_ptr<session_keeper> keeper_;
  beast::flat_buffer buffer_{control_header_size_max + control_body_size_max};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> whole_;
  std::optional<http::response<http::empty_body>> head_;
  std::optional<http::response_serializer<http::empty_body>> head_serializer_;
  std::deque<to_control> parts_; ///< not written yet; a window at most
  call_id call_ = 0;             ///< in hand; 0: none
  unsigned version_ = 11; ///< of the request in hand; 10: knows no chunks, and reads until the end
  bool keep_alive_ = true;
  bool in_parts_ = false; ///< the reply's head is out
  bool writing_ = false;
  bool watched_ = false; ///< for a hang-up
  bool ended_ = false;
};

// -- reading ---------------------------------------------------------------------------------------

void http_session::read() {
  parser_.emplace();
  parser_->header_limit(control_header_size_max);
  parser_->body_limit(control_body_size_max);
  in_parts_ = false;
  version_ = 11;
  stream_.expires_after(buffer_.size() > 0 ? request_time_max : idle_time_max);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](const error_code& failed, std::size_t) {
                            self->header_read(failed);
                          });
}

/// Who expects to be told to go on sends its body only then, or after a second, as curl does.
void http_session::header_read(const error_code& failed) {
  if (failed || ended_) {
    request_read(failed);
    return;
  }
  const auto& head = parser_->get();
  if (head.version() < 11 || parser_->is_done()
      || !beast::iequals(head[http::field::expect], "100-continue")) {
    read_body();
    return;
  }
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(stream_, net::buffer(go_on.data(), go_on.size()),
                   [self = shared_from_this()](const error_code& broken, std::size_t) {
                     if (broken || self->ended_) {
                       self->end();
                     } else {
                       self->read_body();
                     }
                   });
}

void http_session::read_body() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const error_code& failed, std::size_t) {
                     self->request_read(failed);
                   });
}

void http_session::request_read(const error_code& failed) {
  if (failed == http::error::body_limit || failed == http::error::header_limit) {
    refuse(http::status::payload_too_large,
           "the request is too large; allowed are " + std::to_string(control_header_size_max)
             + " bytes of head, which names the variable and the key, and "
             + std::to_string(control_body_size_max) + " of body");
    return;
  }
  const bool broken = failed.category() == boost::system::system_category(); // also: no error
  if (failed == http::error::end_of_stream || failed == beast::error::timeout
      || (failed && broken)) {
    end();
    return;
  }
  if (failed) {
    refuse(http::status::bad_request, "not HTTP: " + failed.message());
    return;
  }
  auto request = parser_->release();
  keep_alive_ = request.keep_alive();
  version_ = request.version();
  stream_.expires_never();
  const auto keeper = keeper_.lock();
  if (!keeper || ended_) {
    end();
    return;
  }
  call_ =
    keeper->opened(*this, control_opened{0, std::string{request.method_string()},
                                         std::string{request.target()}, std::move(request.body())});
  if (call_ == 0) {
    end();
    return;
  }
  watch_for_hang_up();
}

/// Of both directions: who has closed its writing side alone still reads. Whatever came early, a next
/// request say, stays where it is. One watch for all of a connection's requests: it ends with that.
void http_session::watch_for_hang_up() {
  if (std::exchange(watched_, true)) {
    return;
  }
  stream_.socket().async_wait(local::socket::wait_error,
                              [self = shared_from_this()](const error_code& failed) {
                                if (!failed) {
                                  self->end();
                                }
                              });
}

// -- writing ---------------------------------------------------------------------------------------

void http_session::refuse(http::status why, const std::string& text) {
  keep_alive_ = false;
  to_control what;
  what.status = static_cast<std::uint16_t>(why);
  what.type = "application/json";
  what.text = R"({"error":{"code":"bad_request","detail":")" + text + "\"}}\n";
  reply(std::move(what));
}

void http_session::reply(to_control what) {
  if (ended_) {
    return;
  }
  parts_.push_back(std::move(what));
  if (!writing_) {
    write_next();
  }
}

void http_session::write_next() {
  auto& part = parts_.front();
  writing_ = true;
  if (!in_parts_ && part.last) {
    whole_.emplace(http::status{part.status}, version_);
    whole_->set(http::field::content_type, part.type);
    whole_->keep_alive(keep_alive_);
    whole_->body() = std::move(part.text);
    whole_->prepare_payload();
    stream_.expires_after(reply_time_max);
    http::async_write(stream_, *whole_,
                      [self = shared_from_this()](const error_code& failed, std::size_t) {
                        self->written(failed, 0, true);
                      });
    return;
  }
  if (!in_parts_) {
    in_parts_ = true;
    keep_alive_ = keep_alive_ && version_ >= 11;
    head_.emplace(http::status{part.status}, version_);
    head_->set(http::field::content_type, part.type);
    head_->keep_alive(keep_alive_);
    head_->chunked(version_ >= 11);
    head_serializer_.emplace(*head_);
    http::async_write_header(stream_, *head_serializer_,
                             [self = shared_from_this()](const error_code& failed, std::size_t) {
                               if (failed || self->ended_) {
                                 self->end();
                               } else {
                                 self->write_next();
                               }
                             });
    return;
  }
  const auto done = [self = shared_from_this(), size = part.text.size(), last = part.last](
                      const error_code& failed, std::size_t) { self->written(failed, size, last); };
  if (version_ < 11) {
    net::async_write(stream_, net::buffer(part.text), done);
  } else if (part.text.empty() && part.last) {
    net::async_write(stream_, http::make_chunk_last(), done);
  } else if (part.text.empty()) { // an empty chunk would end the reply
    net::post(stream_.get_executor(), [done] { done({}, 0); });
  } else if (part.last) { // its text first, then the end
    net::async_write(stream_, http::make_chunk(net::buffer(part.text)),
                     [self = shared_from_this()](const error_code& failed, std::size_t) {
                       if (failed || self->ended_) {
                         self->end();
                       } else {
                         self->parts_.front().text.clear();
                         self->write_next();
                       }
                     });
  } else {
    net::async_write(stream_, http::make_chunk(net::buffer(part.text)), done);
  }
}

void http_session::written(const error_code& failed, std::size_t size, bool last) {
  writing_ = false;
  if (failed || ended_) {
    end();
    return;
  }
  parts_.pop_front();
  if (!last) {
    if (const auto keeper = keeper_.lock()) {
      keeper->taken(call_, size);
    }
    if (!parts_.empty() && !writing_) {
      write_next();
    }
    return;
  }
  call_ = 0;
  if (!keep_alive_) {
    end();
    return;
  }
  read();
}

// -- the end ---------------------------------------------------------------------------------------

void http_session::close() {
  end();
}

void http_session::end() {
  if (std::exchange(ended_, true)) {
    return;
  }
  error_code ignored;
  stream_.socket().shutdown(local::socket::shutdown_both, ignored);
  stream_.close();
  if (const auto keeper = keeper_.lock()) {
    if (call_ != 0) {
      keeper->gone(call_);
    }
    keeper->ended(*this);
  }
}

} // namespace

std::shared_ptr<control_session> make_control_session(local::socket socket,
                                                      std::weak_ptr<session_keeper> keeper) {
  return std::make_shared<http_session>(std::move(socket), std::move(keeper));
}

} // namespace caucus
