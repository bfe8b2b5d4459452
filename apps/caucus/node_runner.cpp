#include "apps/caucus/node_runner.hpp"

#include "actors/notary/rules.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "runtime/file.hpp"
#include "runtime/log.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace caucus::cli {

namespace {

::sigset_t our_signals() {
  ::sigset_t out;
  ::sigemptyset(&out);
  ::sigaddset(&out, SIGTERM);
  ::sigaddset(&out, SIGINT);
  ::sigaddset(&out, SIGHUP);
  return out;
}

/// Waits for a signal, or for a failure told by any thread.
class watch {
public:
  watch() : failed_{std::make_shared<state>()} {
    const auto wanted = our_signals();
    signals_ = unique_fd{::signalfd(-1, &wanted, SFD_CLOEXEC)};
  }

  [[nodiscard]] std::function<void(const node_failure&)> listener() const {
    return [to = failed_](const node_failure& what) {
      const std::lock_guard lock{to->guard};
      to->what = what;
      const std::uint64_t one = 1;
      static_cast<void>(::write(to->bell.get(), &one, sizeof one));
    };
  }

  /// 0: the node failed, see failure().
  [[nodiscard]] int next() const {
    std::array<::pollfd, 2> both{{{signals_.get(), POLLIN, 0}, {failed_->bell.get(), POLLIN, 0}}};
    while (::poll(both.data(), both.size(), -1) < 0) {
    }
    if (both[1].revents != 0) {
      return 0;
    }
    ::signalfd_siginfo heard{};
    if (::read(signals_.get(), &heard, sizeof heard) != sizeof heard) {
      return SIGTERM;
    }
    return static_cast<int>(heard.ssi_signo);
  }
  [[nodiscard]] std::string failure() const {
    const std::lock_guard lock{failed_->guard};
    return failed_->what.what;
  }

private:
  struct state {
    std::mutex guard;
    node_failure what;
    unique_fd bell{::eventfd(0, EFD_CLOEXEC)};
  };
  std::shared_ptr<state> failed_;
  unique_fd signals_;
};

} // namespace

int run_node(const node_config& config, const config_schema& keys, const extension& more,
             const std::function<void(const node_facts&)>& ready) {
  // Before any thread starts, so that all inherit it: signals come to the watch alone.
  const auto wanted = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  const watch heard;
  auto running = node::start(config, keys, rules{}, version(), more);
  if (!running) {
    return report(running.error());
  }
  running->on_failure(heard.listener());
  ready(running->facts());
  int signal = heard.next();
  while (signal == SIGHUP) {
    if (const auto again = reopen_log_file(); !again) {
      log("node", log_level::error, to_string(again.error()));
    }
    signal = heard.next();
  }
  const auto failure = heard.failure();
  ::pthread_sigmask(SIG_UNBLOCK, &wanted, nullptr); // a second signal ends the process
  if (!running->stop(config.stop_deadline)) {
    static_cast<void>(report({errc::timed_out, "the node did not stop in order in time; ending it "
                                               "anyway (what it acknowledged is on disk)"}));
    std::_Exit(number(exit_code::failed));
  }
  if (signal == 0) {
    return report({errc::internal, "the node gave up: " + failure},
                  "the log says more; what was acknowledged is on disk");
  }
  return number(exit_code::ok);
}

} // namespace caucus::cli
