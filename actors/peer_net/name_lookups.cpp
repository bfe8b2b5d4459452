#include "actors/peer_net/name_lookups.hpp"

#include "runtime/clock.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

namespace caucus {

namespace {

/// Of all nodes of the process, those of stopped ones too: each ends by itself, but none sooner.
constexpr std::size_t threads_max = 2 * name_lookups::lookups_max;
std::atomic<std::size_t> threads_alive{0};

/// Signals are for the program's own threads.
bool start_thread(std::function<void()> what) {
  if (threads_alive.fetch_add(1) >= threads_max) {
    threads_alive.fetch_sub(1);
    return false;
  }
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  bool started = true;
  try {
    std::thread{[what = std::move(what)]() mutable {
      what();
      what = nullptr; // its data goes before it counts as gone
      threads_alive.fetch_sub(1);
    }}.detach();
  } catch (const std::system_error&) {
    threads_alive.fetch_sub(1);
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

} // namespace

result<host_addresses> system_addresses(const std::string& host) {
  ::addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ::addrinfo* found = nullptr;
  if (const int why = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); why != 0) {
    return fail(errc::connect_failed,
                "the name \"" + host + "\" was not found: " + ::gai_strerror(why));
  }
  host_addresses out;
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    boost::asio::ip::tcp::endpoint at;
    if (one->ai_addrlen <= at.capacity()) {
      std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen,
                  reinterpret_cast<char*>(at.data()));
      at.resize(one->ai_addrlen);
      out.push_back(at.address());
    }
  }
  ::freeaddrinfo(found);
  if (out.empty()) {
    return fail(errc::connect_failed, "the name \"" + host + "\" has no address");
  }
  return out;
}

result<host_addresses> addresses_within(const std::string& host, std::chrono::seconds at_most) {
  const auto told = std::make_shared<std::promise<result<host_addresses>>>();
  auto found = told->get_future();
  if (!start_thread([told, host] { told->set_value(system_addresses(host)); })) {
    return fail(errc::busy, "too many look-ups of names hang: do the name servers answer?");
  }
  if (found.wait_for(at_most) != std::future_status::ready) {
    return fail(errc::timed_out, "the name \"" + host + "\" was not found in "
                                   + std::to_string(at_most.count())
                                   + " s: its name servers do not answer");
  }
  return found.get();
}

/// What a thread of a look-up shares with the loop. Closed by stop(): then there may be no loop.
struct name_lookups::mailbox {
  std::mutex guard;
  boost::asio::io_context* loop = nullptr; ///< null: closed
  std::weak_ptr<state> to;
};

struct name_lookups::state : std::enable_shared_from_this<state> {
  struct waiter {
    ticket which;
    answer then;
    std::optional<result<host_addresses>> what{}; ///< none: the look-up runs
  };
  struct entry {
    host_addresses known{}; ///< empty: nothing
    time_point known_at{};
    std::optional<error> failed{}; ///< the last look-up did
    time_point failed_at{};
    time_point asked_at{};
    bool running = false;
    bool queued = false;
    std::vector<waiter> waiting{};
  };

  boost::asio::io_context& io;
  const finder look;
  const std::shared_ptr<mailbox> box = std::make_shared<mailbox>();
  std::unordered_map<std::string, entry> names{}; ///< size <= names_max
  std::deque<std::string> queue{};                ///< that wait for one of lookups_max to end
  std::size_t running = 0;
  ticket last = 0;

  state(boost::asio::io_context& its_io, finder find) : io{its_io}, look{std::move(find)} {}

  /// Null: all are in use.
  entry* place_for(const std::string& host) {
    if (const auto found = names.find(host); found != names.end()) {
      return &found->second;
    }
    if (names.size() >= names_max) {
      auto oldest = names.end();
      for (auto at = names.begin(); at != names.end(); ++at) {
        const auto& one = at->second;
        if (!one.running && !one.queued && one.waiting.empty()
            && (oldest == names.end() || one.asked_at < oldest->second.asked_at)) {
          oldest = at;
        }
      }
      if (oldest == names.end()) {
        return nullptr;
      }
      names.erase(oldest);
    }
    return &names[host];
  }

  void start(const std::string& host, entry& of) {
    if (of.running || of.queued) {
      return;
    }
    if (running >= lookups_max) {
      of.queued = true;
      queue.push_back(host);
      return;
    }
    // All that the thread has is its own: a copy of the finder and the name, a share of the mailbox.
    const bool started = start_thread([look = look, host, box = box] {
      const auto found = look(host);
      const std::lock_guard keep{box->guard};
      if (box->loop != nullptr) {
        boost::asio::post(*box->loop, [to = box->to, host, found] {
          if (const auto self = to.lock()) {
            self->ended(host, found);
          }
        });
      }
    });
    if (started) {
      of.running = true;
      ++running;
      return;
    }
    settle(host, fail(errc::busy, "too many look-ups of names hang: do the name servers answer?"));
  }

  void ended(const std::string& host, const result<host_addresses>& found) {
    auto& of = names.at(host); // a running one's is kept
    of.running = false;
    --running;
    const auto now = steady_now();
    if (found) {
      of.known = *found;
      of.known_at = now;
      of.failed.reset();
    } else {
      of.failed = found.error();
      of.failed_at = now;
    }
    settle(host, found);
    while (running < lookups_max && !queue.empty()) {
      const auto next = std::move(queue.front());
      queue.pop_front();
      auto& it = names.at(next); // a queued one's is kept
      it.queued = false;
      start(next, it);
    }
  }

  /// Whoever waits for the look-up is told, soon.
  void settle(const std::string& host, const result<host_addresses>& with) {
    for (auto& one : names.at(host).waiting) {
      if (!one.what) {
        one.what = with;
      }
    }
    tell_soon(host);
  }

  void tell_soon(const std::string& host) {
    boost::asio::post(io, [weak = weak_from_this(), host] {
      if (const auto self = weak.lock()) {
        self->tell(host);
      }
    });
  }

  /// One by one: whoever is told may ask, forget or stop.
  void tell(const std::string& host) {
    for (;;) {
      const auto of = names.find(host);
      if (of == names.end()) {
        return;
      }
      auto& waiting = of->second.waiting;
      const auto next = std::find_if(waiting.begin(), waiting.end(),
                                     [](const auto& one) { return one.what.has_value(); });
      if (next == waiting.end()) {
        return;
      }
      const auto ready = std::move(*next);
      waiting.erase(next);
      ready.then(*ready.what);
    }
  }
};

name_lookups::name_lookups(boost::asio::io_context& io, finder find)
    : state_{std::make_shared<state>(io, std::move(find))} {
  state_->box->loop = &io;
  state_->box->to = state_;
}

name_lookups::~name_lookups() {
  stop();
}

name_lookups::ticket name_lookups::find(const std::string& host, time_point now, answer then) {
  auto& its = *state_;
  const auto which = ++its.last;
  auto* const of = its.place_for(host);
  if (of == nullptr) {
    boost::asio::post(its.io, [weak = its.weak_from_this(), then = std::move(then)] {
      if (const auto self = weak.lock(); self && self->box->loop != nullptr) {
        then(fail(errc::busy, "too many names are looked up"));
      }
    });
    return which;
  }
  of->asked_at = now;
  of->waiting.push_back({which, std::move(then)});
  const bool failed_now = of->failed && now - of->failed_at < failed_for;
  if (!of->known.empty() && now - of->known_at < stale_for) {
    of->waiting.back().what = of->known;
    its.tell_soon(host);
    if (now - of->known_at >= fresh_for && !failed_now) {
      its.start(host, *of);
    }
  } else if (failed_now) {
    of->waiting.back().what = tl::make_unexpected(*of->failed);
    its.tell_soon(host);
  } else {
    its.start(host, *of);
  }
  return which;
}

void name_lookups::forget(ticket which) {
  for (auto& [host, of] : state_->names) {
    std::erase_if(of.waiting, [which](const auto& one) { return one.which == which; });
  }
}

void name_lookups::stop() {
  const std::lock_guard keep{state_->box->guard};
  state_->box->loop = nullptr;
  state_->box->to.reset();
  for (auto& [host, of] : state_->names) {
    of.waiting.clear();
  }
  state_->queue.clear();
}

} // namespace caucus
