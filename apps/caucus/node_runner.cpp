#include "apps/caucus/node_runner.hpp"

#include "actors/node_topology.hpp"
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
#include <utility>

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

/// Live keys, with the place of a value that does not do.
result<void> apply(const node_config& config, const config_schema& keys) {
  auto done = apply_live(config);
  if (!done && done.error().code == errc::value_out_of_range) {
    return keys.refuse("log.levels", done.error().detail);
  }
  return done;
}

result<node> start(const node_settings& settings, const extension& more) {
  if (auto live = apply(settings.config(), settings.schema()); !live) {
    return tl::make_unexpected(live.error());
  }
  auto app = topology_of(settings.config(), rules{}, version());
  if (!app) {
    return tl::make_unexpected(app.error());
  }
  if (more) {
    more(*app);
  }
  return node::start(std::move(*app));
}

/// Said at `warn`, which is the default, because somebody asked for it.
void reload(node_settings& settings) {
  if (const auto again = reopen_log_file(); !again) {
    log("node", log_level::error, to_string(again.error()));
  }
  const auto report =
    settings.reload([&](const node_config& next) { return apply(next, settings.schema()); });
  if (!report) {
    log("node", log_level::error,
        "the configuration stays as it was: " + to_string(report.error()));
    return;
  }
  for (const auto& name : report->changed) {
    log("node", log_level::warn, name + " is now " + settings.schema().value(name));
  }
  for (const auto& name : report->need_restart) {
    log("node", log_level::warn, name + " differs in the configuration: it takes a restart");
  }
  if (report->changed.empty() && report->need_restart.empty()) {
    log("node", log_level::info, "the configuration is as it was");
  }
}

} // namespace

int run_node(node_settings& settings, const extension& more,
             const std::function<void(const node_facts&)>& ready) {
  // Before any thread starts, so that all inherit it: signals come to the watch alone.
  const auto wanted = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  const watch heard;
  auto running = start(settings, more);
  if (!running) {
    return report(running.error());
  }
  running->on_failure(heard.listener());
  ready(running->facts());
  int signal = heard.next();
  while (signal == SIGHUP) {
    reload(settings);
    signal = heard.next();
  }
  const auto failure = heard.failure();
  // A second one ends the process; SIGHUP, which a log's rotation sends at any time, still does not.
  auto ending = wanted;
  ::sigdelset(&ending, SIGHUP);
  ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  if (!running->stop(settings.config().stop_deadline)) {
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
