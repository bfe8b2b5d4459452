#include "actors/rpc/control_server.hpp"

#include "actors/rpc/control_path.hpp"
#include "actors/rpc/control_session.hpp"
#include "actors/rpc/monitor_port.hpp"
#include "runtime/asio.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/log.hpp"
#include "runtime/sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace caucus {

namespace net = boost::asio;
using local = net::local::stream_protocol;
using boost::system::error_code;

namespace {

/// Replies handled before the I/O thread looks at its links again.
constexpr std::size_t replies_per_turn = 64;
/// Of HTTP: service unavailable.
constexpr std::uint16_t busy_status = 503;

} // namespace

class control_server::state final : public session_keeper,
                                    public std::enable_shared_from_this<state> {
public:
  state(net::io_context& io, const session_times& times)
      : io_{io}, times_{times}, acceptor_{io}, monitors_{io} {}

  result<void> open(const std::filesystem::path& directory, outbox<from_control> calls,
                    inbox<to_control> replies);
  [[nodiscard]] result<void> open_metrics(const std::string& address);
  void close();
  void give_up(to_control why);
  [[nodiscard]] net::io_context& context() { return io_; }
  bool step();
  [[nodiscard]] bool idle();

  // -- session_keeper ------------------------------------------------------------------------------
  call_id opened(control_session& by, control_opened what) override;
  void gone(call_id id) override;
  void taken(call_id id, std::size_t size) override;
  void ended(const control_session& which) override { sessions_.erase(&which); }

private:
  /// What a connection may ask.
  enum class rights : std::uint8_t { all, metrics, nothing };
  struct place {
    std::shared_ptr<control_session> session;
    rights may = rights::all;
    std::uint64_t since = 0; ///< by the order in which they came
  };

  void accept();
  void accept_monitor();
  template <class Socket>
  void add(Socket made, rights may);
  [[nodiscard]] std::size_t count(rights may) const;
  void make_room_for_a_monitor();
  void accept_later(const error_code& why, const char* where, void (state::*again)());
  [[nodiscard]] std::optional<to_control> refusal(rights may, const control_opened& what) const;
  void tell(from_control what);
  [[nodiscard]] bool tell_waiting();
  void deliver(to_control what);
  void look_for_new_life();
  void hang_up_all();

  net::io_context& io_;
  session_times times_;
  local::acceptor acceptor_;
  net::ip::tcp::acceptor monitors_; ///< closed: none are wanted
  std::string path_;
  outbox<from_control> calls_;
  inbox<to_control> replies_;
  std::deque<from_control> waiting_; ///< ring full; a call in flight has a window, so it is bounded
  std::map<call_id, std::weak_ptr<control_session>> in_flight_;
  std::map<const control_session*, place> sessions_;
  std::uint64_t last_place_ = 0;
  call_id last_call_ = 0;
  std::optional<to_control> gave_up_; ///< what everyone is told
  bool closed_ = false;
};

// -- opening and closing ---------------------------------------------------------------------------

result<void> control_server::state::open(const std::filesystem::path& directory,
                                         outbox<from_control> calls, inbox<to_control> replies) {
  const auto shown = (directory / control_socket_name).string();
  const auto problem = [&shown](const char* doing) {
    return fail(errc::io_failed, "cannot " + std::string{doing} + " the control socket " + shown
                                   + ": " + std::generic_category().message(errno));
  };
  const auto path = socket_path::in(directory, control_socket_name);
  if (!path) {
    return tl::make_unexpected(path.error());
  }
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) {
    return problem("make");
  }
  // The socket's own mode is the file's, less the umask: so it is never open to others, not even
  // between bind and chmod.
  static_cast<void>(::fchmod(made, S_IRUSR | S_IWUSR));
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path->path().c_str(), path->path().size() + 1);
  ::unlink(path->path().c_str());
  if (::bind(made, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0
      || ::listen(made, static_cast<int>(control_connections_max)) != 0) {
    auto why = problem("bind");
    ::close(made);
    return why;
  }
  acceptor_.assign(local{}, made);
  path_ = shown;
  calls_ = std::move(calls);
  replies_ = std::move(replies);
  accept();
  return {};
}

void control_server::state::close() {
  if (std::exchange(closed_, true)) {
    return;
  }
  error_code ignored;
  acceptor_.close(ignored);
  monitors_.close(ignored);
  const auto all = std::move(sessions_);
  sessions_.clear();
  for (const auto& [key, one] : all) {
    one.session->close();
  }
  in_flight_.clear();
  calls_ = {};
  replies_ = {};
  if (!path_.empty()) {
    std::error_code also_ignored;
    std::filesystem::remove(path_, also_ignored);
  }
}

void control_server::state::give_up(to_control why) {
  if (closed_) {
    return;
  }
  why.last = true;
  gave_up_ = std::move(why);
  waiting_.clear();
  hang_up_all();
}

/// A new rpc actor knows nothing of the calls in flight. The edge of the calls tells of it at once, that
/// of the replies only after the former's, when the new one may have calls already: so not asked there.
void control_server::state::look_for_new_life() {
  if (calls_.connected() && calls_.restarted()) {
    hang_up_all();
  }
}

/// On those who wait for a reply.
void control_server::state::hang_up_all() {
  const auto orphans = std::exchange(in_flight_, {});
  for (const auto& [id, session] : orphans) {
    if (const auto live = session.lock()) {
      live->close();
    }
  }
}

result<void> control_server::state::open_metrics(const std::string& address) {
  auto open = listen_for_monitors(monitors_, address, static_cast<int>(monitor_connections_max));
  if (open) {
    accept_monitor();
  }
  return open;
}

template <class Socket>
void control_server::state::add(Socket made, rights may) {
  auto times = times_;
  times.reply = may == rights::metrics ? times.monitor_reply : times.reply;
  auto session = make_control_session(std::move(made), weak_from_this(), times);
  sessions_.emplace(session.get(), place{session, may, ++last_place_});
  session->start();
}

std::size_t control_server::state::count(rights may) const {
  return static_cast<std::size_t>(std::count_if(
    sessions_.begin(), sessions_.end(), [may](const auto& one) { return one.second.may == may; }));
}

void control_server::state::accept() {
  accept_socket(acceptor_, [self = shared_from_this()](const boost::system::error_code& failed,
                                                       local::socket made) {
    if (self->closed_ || failed == net::error::operation_aborted) {
      return;
    }
    if (failed) {
      self->accept_later(failed, "the control socket", &state::accept);
      return;
    }
    if (self->count(rights::all) < control_connections_max) {
      self->add(std::move(made), rights::all);
    } else if (self->count(rights::nothing) < control_refusals_max) {
      self->add(std::move(made), rights::nothing);
    } // else: closed at once
    self->accept();
  });
}

void control_server::state::accept_monitor() {
  accept_socket(monitors_,
                [self = shared_from_this()](const error_code& failed, net::ip::tcp::socket made) {
                  if (self->closed_ || failed == net::error::operation_aborted) {
                    return;
                  }
                  if (failed) {
                    self->accept_later(failed, "the monitors' port", &state::accept_monitor);
                    return;
                  }
                  self->make_room_for_a_monitor();
                  if (self->count(rights::metrics) < monitor_connections_max) {
                    self->add(std::move(made), rights::metrics);
                  } // else: the rpc actor has yet to answer all of them
                  self->accept_monitor();
                });
}

/// Of those who wait for a request the oldest goes; else whoever has left its reply unread for longest.
void control_server::state::make_room_for_a_monitor() {
  if (count(rights::metrics) < monitor_connections_max) {
    return;
  }
  std::shared_ptr<control_session> oldest;
  std::shared_ptr<control_session> slowest;
  std::uint64_t since = 0;
  for (const auto& [key, one] : sessions_) {
    if (one.may != rights::metrics) {
      continue;
    }
    if (one.session->waits() && (!oldest || one.since < since)) {
      oldest = one.session;
      since = one.since;
    }
    const auto writes = one.session->writes_since();
    if (writes && (!slowest || *writes < *slowest->writes_since())) {
      slowest = one.session;
    }
  }
  if (const auto goes = oldest ? oldest : slowest) {
    goes->close();
  }
}

/// Out of descriptors, say: accept() would fail again at once.
void control_server::state::accept_later(const error_code& why, const char* where,
                                         void (state::*again)()) {
  log_once_per(std::string{"rpc/accept/"} + where, std::chrono::seconds{60}, "rpc", log_level::warn,
               std::string{"cannot accept on "} + where + ": " + why.message());
  auto timer = std::make_shared<net::steady_timer>(io_, std::chrono::milliseconds{100});
  timer->async_wait([self = shared_from_this(), timer, again](const error_code&) {
    if (!self->closed_) {
      (self.get()->*again)();
    }
  });
}

// -- between sessions and the rpc actor ------------------------------------------------------------

/// None: the rpc actor answers.
std::optional<to_control> control_server::state::refusal(rights may,
                                                         const control_opened& what) const {
  const auto told = [](std::uint16_t status, const std::string& code, const std::string& detail) {
    return to_control{0, status, "application/json",
                      R"({"error":{"code":")" + code + R"(","detail":")" + detail + "\"}}\n", true};
  };
  if (may == rights::all
      || (what.method == "GET" && what.target == "/metrics" && may == rights::metrics)) {
    return std::nullopt;
  }
  if (may == rights::nothing) {
    return told(busy_status, "busy",
                "the control socket has " + std::to_string(control_connections_max)
                  + " connections already, which is all that it takes; close some, or try again");
  }
  return what.method == "GET" ? told(404, "no_such_path",
                                     "this port has GET /metrics alone; all else is asked over "
                                     "control.sock in the node's folder")
                              : told(405, "bad_request", "this port is read only: GET /metrics");
}

call_id control_server::state::opened(control_session& by, control_opened what) {
  if (closed_) {
    return 0;
  }
  look_for_new_life(); // this call is the new one's
  const call_id id = ++last_call_;
  auto at_once = refusal(sessions_.at(&by).may, what);
  if (at_once && at_once->status == busy_status) {
    by.end_after_reply();
  }
  if (!at_once) {
    at_once = gave_up_;
  }
  if (at_once) {
    net::post(io_, [to = by.handle(), told = *at_once] { // once it knows its call's id
      if (const auto live = to.lock()) {
        live->reply(told);
      }
    });
    return id;
  }
  what.id = id;
  in_flight_.emplace(id, by.handle());
  tell(std::move(what));
  return id;
}

void control_server::state::gone(call_id id) {
  if (in_flight_.erase(id) > 0 && !closed_) {
    tell(control_gone{id});
  }
}

void control_server::state::taken(call_id id, std::size_t size) {
  if (!closed_ && in_flight_.contains(id)) {
    tell(control_taken{id, size});
  }
}

void control_server::state::tell(from_control what) {
  if (gave_up_) {
    return;
  }
  if (!tell_waiting() || !calls_.try_push(std::move(what))) {
    // A push that failed has left it as it was. NOLINTNEXTLINE(bugprone-use-after-move)
    waiting_.push_back(std::move(what));
  }
}

bool control_server::state::tell_waiting() {
  while (!waiting_.empty()) {
    if (!calls_.try_push(std::move(waiting_.front()))) {
      return false;
    }
    waiting_.pop_front();
  }
  return true;
}

void control_server::state::deliver(to_control what) {
  const auto at = in_flight_.find(what.call);
  if (at == in_flight_.end()) {
    return;
  }
  const auto session = at->second.lock();
  if (what.last || !session) {
    in_flight_.erase(at);
  }
  if (session) {
    session->reply(std::move(what));
  }
}

bool control_server::state::step() {
  if (closed_ || !replies_.connected()) {
    return false;
  }
  look_for_new_life();
  // Asked for the drain, which else stops where a new life's replies begin.
  static_cast<void>(replies_.restarted());
  static_cast<void>(tell_waiting());
  return replies_.drain(replies_per_turn, [this](to_control what) { deliver(std::move(what)); })
         > 0;
}

bool control_server::state::idle() {
  return closed_ || !replies_.connected()
         || (replies_.empty() && (waiting_.empty() || calls_.full()));
}

// -- the handle ------------------------------------------------------------------------------------

control_server::control_server(io_thread& io, const session_times& times)
    : state_{std::make_shared<state>(io.context(), times)} {
  // Weak: the I/O thread keeps its handlers longer than the sockets' context.
  const auto weak = std::weak_ptr{state_};
  io.on_rung(
    [weak] {
      const auto self = weak.lock();
      return self && self->step();
    },
    [weak] {
      const auto self = weak.lock();
      return !self || self->idle();
    });
}

control_server::~control_server() {
  state_->close();
}

result<void> control_server::open(const std::filesystem::path& directory,
                                  outbox<from_control> calls, inbox<to_control> replies) {
  return state_->open(directory, std::move(calls), std::move(replies));
}

result<void> control_server::open_metrics(const std::string& address) {
  return state_->open_metrics(address);
}

void control_server::give_up(to_control why) {
  net::post(state_->context(), [weak = std::weak_ptr{state_}, told = std::move(why)]() mutable {
    if (const auto self = weak.lock()) {
      self->give_up(std::move(told));
    }
  });
}

void control_server::close() {
  state_->close();
}

} // namespace caucus
