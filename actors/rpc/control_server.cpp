#include "actors/rpc/control_server.hpp"

#include "actors/rpc/control_path.hpp"
#include "actors/rpc/control_session.hpp"
#include "runtime/asio.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/log.hpp"
#include "runtime/sockets.hpp"

#include <cerrno>
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

namespace {

/// Replies handled before the I/O thread looks at its links again.
constexpr std::size_t replies_per_turn = 64;

} // namespace

class control_server::state final : public session_keeper,
                                    public std::enable_shared_from_this<state> {
public:
  explicit state(net::io_context& io) : io_{io}, acceptor_{io} {}

  result<void> open(const std::filesystem::path& directory, outbox<from_control> calls,
                    inbox<to_control> replies);
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
  void accept();
  void tell(from_control what);
  [[nodiscard]] bool tell_waiting();
  void deliver(to_control what);
  void look_for_new_life();
  void hang_up_all();

  net::io_context& io_;
  local::acceptor acceptor_;
  std::string path_;
  outbox<from_control> calls_;
  inbox<to_control> replies_;
  std::deque<from_control> waiting_; ///< ring full; a call in flight has a window, so it is bounded
  std::map<call_id, std::weak_ptr<control_session>> in_flight_;
  std::map<const control_session*, std::shared_ptr<control_session>> sessions_;
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
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  const auto all = std::move(sessions_);
  sessions_.clear();
  for (const auto& [key, one] : all) {
    one->close();
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

void control_server::state::accept() {
  accept_socket(acceptor_, [self = shared_from_this()](const boost::system::error_code& failed,
                                                       local::socket made) {
    if (self->closed_ || failed == net::error::operation_aborted) {
      return;
    }
    if (failed) {
      // Out of descriptors, say: accept() would fail again at once.
      log_once_per("rpc/accept", std::chrono::seconds{60}, "rpc", log_level::warn,
                   "cannot accept on the control socket: " + failed.message());
      auto timer = std::make_shared<net::steady_timer>(self->io_, std::chrono::milliseconds{100});
      timer->async_wait([self, timer](const boost::system::error_code&) {
        if (!self->closed_) {
          self->accept();
        }
      });
      return;
    }
    if (self->sessions_.size() < control_connections_max) {
      auto session = make_control_session(std::move(made), self);
      self->sessions_.emplace(session.get(), session);
      session->start();
    } // else: closed at once
    self->accept();
  });
}

// -- between sessions and the rpc actor ------------------------------------------------------------

call_id control_server::state::opened(control_session& by, control_opened what) {
  if (closed_) {
    return 0;
  }
  look_for_new_life(); // this call is the new one's
  const call_id id = ++last_call_;
  if (gave_up_) {
    net::post(io_, [to = by.handle(), told = *gave_up_] { // once it knows its call's id
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
  const auto at = in_flight_.find(what.to);
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

control_server::control_server(io_thread& io) : state_{std::make_shared<state>(io.context())} {
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
