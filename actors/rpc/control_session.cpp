#include "actors/rpc/control_session.hpp"

#include "actors/rpc/control_server.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace caucus {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = net::local::stream_protocol;
using boost::system::error_code;

namespace {

/// Most requests whole.
constexpr std::size_t first_bytes_max = 4 * 1024;

template <class Protocol>
class http_session final : public control_session,
                           public std::enable_shared_from_this<http_session<Protocol>> {
public:
  http_session(typename Protocol::socket socket, std::weak_ptr<session_keeper> keeper,
               const session_times& times)
      : stream_{std::move(socket)}, keeper_{std::move(keeper)}, times_{times} {}

  void start() override { read(); }
  void reply(to_control what) override;
  void end_after_reply() override { keep_alive_ = false; }
  [[nodiscard]] bool waits() const override { return call_ == 0; }
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> writes_since() const override {
    return writing_ ? std::optional{writing_since_} : std::nullopt;
  }
  void close() override;
  [[nodiscard]] std::weak_ptr<control_session> handle() override { return this->weak_from_this(); }

private:
  /// A monitor asks for what there is.
  static constexpr std::size_t body_size_allowed =
    std::is_same_v<Protocol, local> ? control_body_size_max : 0;

  void read();
  void read_header();
  void header_read(const error_code& failed);
  void read_body();
  void request_read(const error_code& failed);
  void watch_for_hang_up();
  void write_whole(to_control& what);
  void write_head(const to_control& what);
  void write_next();
  void written(const error_code& failed, std::size_t size, bool last);
  void refuse(http::status why, const std::string& text);
  void end();

  beast::basic_stream<Protocol> stream_;
  std::weak_ptr<session_keeper> keeper_;
  session_times times_;
  beast::flat_buffer buffer_{control_header_size_max + body_size_allowed};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> whole_;
  std::optional<http::response<http::empty_body>> head_;
  std::optional<http::response_serializer<http::empty_body>> head_serializer_;
  std::deque<to_control> parts_; ///< not written yet; a window at most
  call_id call_ = 0;             ///< in hand; 0: none
  unsigned version_ = 11;  ///< of the request in hand; 10: knows no chunks, and reads until the end
  bool head_only_ = false; ///< a body would be taken for the next reply
  bool keep_alive_ = true;
  bool in_parts_ = false; ///< the reply's head is out
  bool writing_ = false;
  std::chrono::steady_clock::time_point writing_since_; ///< the last part
  bool watched_ = false;                                ///< for a hang-up
  bool ended_ = false;
};

// -- reading ---------------------------------------------------------------------------------------

template <class Protocol>
void http_session<Protocol>::read() {
  parser_.emplace();
  parser_->header_limit(control_header_size_max);
  parser_->body_limit(body_size_allowed);
  in_parts_ = false;
  version_ = 11;
  head_only_ = false;
  if (buffer_.size() > 0) {
    read_header();
    return;
  }
  stream_.expires_after(times_.idle);
  stream_.async_read_some(
    buffer_.prepare(first_bytes_max),
    [self = this->shared_from_this()](const error_code& failed, std::size_t size) {
      self->buffer_.commit(size);
      if (failed || self->ended_) {
        self->end(); // also who leaves between two requests
      } else {
        self->read_header();
      }
    });
}

/// All of a request, from its first byte on, is there in time.
template <class Protocol>
void http_session<Protocol>::read_header() {
  stream_.expires_after(times_.request);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = this->shared_from_this()](const error_code& failed, std::size_t) {
                            self->header_read(failed);
                          });
}

/// Who expects to be told to go on sends its body only then, or after a second, as curl does.
template <class Protocol>
void http_session<Protocol>::header_read(const error_code& failed) {
  if (failed || ended_) {
    request_read(failed);
    return;
  }
  const auto& head = parser_->get();
  head_only_ = head.method() == http::verb::head;
  if (head.version() < 11 || parser_->is_done()
      || !beast::iequals(head[http::field::expect], "100-continue")) {
    read_body();
    return;
  }
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(stream_, net::buffer(go_on.data(), go_on.size()),
                   [self = this->shared_from_this()](const error_code& broken, std::size_t) {
                     if (broken || self->ended_) {
                       self->end();
                     } else {
                       self->read_body();
                     }
                   });
}

template <class Protocol>
void http_session<Protocol>::read_body() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = this->shared_from_this()](const error_code& failed, std::size_t) {
                     self->request_read(failed);
                   });
}

template <class Protocol>
void http_session<Protocol>::request_read(const error_code& failed) {
  if (failed == http::error::body_limit || failed == http::error::header_limit) {
    refuse(http::status::payload_too_large,
           "the request is too large; allowed are " + std::to_string(control_header_size_max)
             + " bytes of head, which names the variable and the key, and "
             + std::to_string(body_size_allowed) + " of body");
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
template <class Protocol>
void http_session<Protocol>::watch_for_hang_up() {
  if (std::exchange(watched_, true)) {
    return;
  }
  stream_.socket().async_wait(Protocol::socket::wait_error,
                              [self = this->shared_from_this()](const error_code& failed) {
                                if (!failed) {
                                  self->end();
                                }
                              });
}

// -- writing ---------------------------------------------------------------------------------------

template <class Protocol>
void http_session<Protocol>::refuse(http::status why, const std::string& text) {
  keep_alive_ = false;
  to_control what;
  what.status = static_cast<std::uint16_t>(why);
  what.type = "application/json";
  what.text = R"({"error":{"code":"bad_request","detail":")" + text + "\"}}\n";
  reply(std::move(what));
}

template <class Protocol>
void http_session<Protocol>::reply(to_control what) {
  if (ended_) {
    return;
  }
  parts_.push_back(std::move(what));
  if (!writing_) {
    write_next();
  }
}

template <class Protocol>
void http_session<Protocol>::write_whole(to_control& what) {
  whole_.emplace(http::status{what.status}, version_);
  whole_->set(http::field::content_type, what.type);
  whole_->keep_alive(keep_alive_);
  whole_->body() = std::move(what.text);
  whole_->prepare_payload(); // the size that the body has, also where it is not sent
  if (head_only_) {
    whole_->body().clear();
  }
  stream_.expires_after(times_.reply);
  http::async_write(stream_, *whole_,
                    [self = this->shared_from_this()](const error_code& failed, std::size_t) {
                      self->written(failed, 0, true);
                    });
}

template <class Protocol>
void http_session<Protocol>::write_head(const to_control& what) {
  in_parts_ = true;
  keep_alive_ = keep_alive_ && version_ >= 11;
  head_.emplace(http::status{what.status}, version_);
  head_->set(http::field::content_type, what.type);
  head_->keep_alive(keep_alive_);
  head_->chunked(version_ >= 11);
  head_serializer_.emplace(*head_);
  http::async_write_header(
    stream_, *head_serializer_,
    [self = this->shared_from_this()](const error_code& failed, std::size_t) {
      if (failed || self->ended_) {
        self->end();
      } else {
        self->write_next();
      }
    });
}

template <class Protocol>
void http_session<Protocol>::write_next() {
  auto& part = parts_.front();
  writing_ = true;
  writing_since_ = std::chrono::steady_clock::now();
  if (!in_parts_) {
    if (part.last) {
      write_whole(part);
    } else {
      write_head(part);
    }
    return;
  }
  const auto done = [self = this->shared_from_this(), size = part.text.size(), last = part.last](
                      const error_code& failed, std::size_t) { self->written(failed, size, last); };
  if (version_ < 11) {
    net::async_write(stream_, net::buffer(part.text), done);
  } else if (part.text.empty() && part.last) {
    net::async_write(stream_, http::make_chunk_last(), done);
  } else if (part.text.empty()) { // an empty chunk would end the reply
    net::post(stream_.get_executor(), [done] { done({}, 0); });
  } else if (part.last) { // its text first, then the end
    net::async_write(stream_, http::make_chunk(net::buffer(part.text)),
                     [self = this->shared_from_this()](const error_code& failed, std::size_t) {
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

template <class Protocol>
void http_session<Protocol>::written(const error_code& failed, std::size_t size, bool last) {
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

template <class Protocol>
void http_session<Protocol>::close() {
  end();
}

template <class Protocol>
void http_session<Protocol>::end() {
  if (std::exchange(ended_, true)) {
    return;
  }
  error_code ignored;
  stream_.socket().shutdown(Protocol::socket::shutdown_both, ignored);
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
                                                      std::weak_ptr<session_keeper> keeper,
                                                      const session_times& times) {
  return std::make_shared<http_session<local>>(std::move(socket), std::move(keeper), times);
}

std::shared_ptr<control_session> make_control_session(net::ip::tcp::socket socket,
                                                      std::weak_ptr<session_keeper> keeper,
                                                      const session_times& times) {
  return std::make_shared<http_session<net::ip::tcp>>(std::move(socket), std::move(keeper), times);
}

} // namespace caucus
