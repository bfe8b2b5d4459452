#include "apps/caucus/node_runner.hpp"

#include "actors/node_topology.hpp"
#include "apps/caucus/attention.hpp"
#include "apps/caucus/node_probe.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/service_manager.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace caucus::cli {

namespace {

/// Signals to end that come within this time of the first are one with it: `timeout` sends its own to
/// the process group and to the process, a shell and its terminal may do likewise.
constexpr std::chrono::seconds one_wish{1};
/// Between two looks at how the node is, for the service manager to show.
constexpr std::chrono::milliseconds status_interval{10'000};

/// What other threads have to tell the main one.
class news {
public:
  explicit news(std::function<void()> bell) : bell_{std::move(bell)} {}

  struct state {
    bool started = false; ///< or failed to
    bool answers = false; ///< has answered once
    std::string line;     ///< what it said then of itself
    bool stopping = false;
    bool stopped = false;
    std::optional<node_failure> failure; ///< the node gave up
  };
  void tell(const std::function<void(state&)>& change) {
    {
      const std::lock_guard lock{guard_};
      change(state_);
    }
    bell_();
  }
  [[nodiscard]] state now() const {
    const std::lock_guard lock{guard_};
    return state_;
  }

private:
  mutable std::mutex guard_;
  state state_;
  std::function<void()> bell_;
};

/// Live keys, with the place of a value that does not do.
result<void> apply(const node_config& config, const config_schema& keys) {
  auto subsystems = log_subsystems();
  const auto& own_ones = own().actor_names();
  subsystems.insert(subsystems.end(), own_ones.begin(), own_ones.end());
  auto done = apply_live(config, subsystems);
  if (!done && done.error().code == errc::value_out_of_range) {
    return fail(errc::value_out_of_range, keys.where("log.levels") + ": " + done.error().detail);
  }
  return done;
}

result<node> start(const composed& what) {
  const auto& settings = what.settings();
  CAUCUS_TRY_VOID(apply(settings.config(), settings.schema()));
  if (const auto from = load_genesis(settings.config().genesis); !from) {
    return tl::make_unexpected(as_wrong_use(from.error())); // part of the configuration, too
  }
  auto app = what.topology(version_of_node());
  return app ? node::start(std::move(*app)) : tl::make_unexpected(app.error());
}

/// Said at `warn`, which is the default, because somebody asked for it.
void reload(node_settings& settings) {
  if (const auto again = reopen_log_file(); !again) {
    log("node", log_level::error,
        "the log's file cannot be opened anew: " + to_string(again.error()));
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

/// A node and those who look after it, in one life of the process.
class node_life {
public:
  node_life(composed& what, const std::function<void(const node_facts&)>& ready)
      : what_{what}, settings_{what.settings()}, ready_{ready} {}

  int whole() {
    auto made = start_beside();
    if (!made) {
      return report_end_of_node(made.error());
    }
    node_.emplace(std::move(*made));
    node_->on_failure([to = told_](const node_failure& what) {
      to->tell([&what](news::state& of) { of.failure = what; });
    });
    warn_of_a_stranger();
    const node_probe probe{settings_.config().directory, interval(),
                           [this](const node_health& how) { look(how); }};
    const int signal = serve();
    const auto failure = told_->now().failure;
    told_->tell([](news::state& of) { of.stopping = true; });
    manager_.tell("STOPPING=1\nSTATUS=ends");
    stop_beside();
    if (signal == 0) {
      const auto why = failure.value_or(node_failure{});
      return report_end_of_node({why.code, "the node gave up: " + why.what},
                                "the log says more; what was acknowledged is on disk");
    }
    return number(exit_code::ok);
  }

private:
  /// Beside this thread, which hears signals meanwhile: a node with a long ledger reads for long, and
  /// nothing is lost if it ends there.
  result<node> start_beside() {
    manager_.tell("STATUS=starts: reads what it has");
    auto starting = std::async(std::launch::async, [this] {
      const std::shared_ptr<void> at_the_end{
        nullptr, [to = told_](void*) { to->tell([](news::state& of) { of.started = true; }); }};
      return start(what_);
    });
    bool reload_wanted = false;
    while (!told_->now().started) {
      const int signal = heard_.next();
      reload_wanted |= signal == SIGHUP;
      if (signal != 0 && signal != SIGHUP) {
        std::_Exit(number(exit_code::ok));
      }
    }
    auto out = starting.get();
    if (out && reload_wanted) {
      reload_and_tell();
    }
    return out;
  }

  /// Until a signal to end, which it gives, or a failure: 0.
  int serve() {
    for (;;) {
      const auto now = told_->now();
      if (now.failure) {
        return 0;
      }
      if (now.answers && !std::exchange(ready_told_, true)) {
        manager_.tell("READY=1\nSTATUS=" + now.line);
        ready_(node_->facts());
      }
      const int signal = heard_.next();
      if (signal == SIGHUP) {
        reload_and_tell();
      } else if (signal != 0) {
        return signal;
      }
    }
  }

  void reload_and_tell() {
    if (ready_told_) {
      manager_.tell_reloading();
    }
    reload(settings_);
    if (ready_told_) {
      manager_.tell("READY=1");
    }
  }

  /// Beside this thread, which hears whether somebody loses patience. Ends the process if that is so,
  /// or if the node does not stop in time.
  void stop_beside() {
    const auto patience_ends = std::chrono::steady_clock::now() + one_wish;
    std::thread stopping{[this] {
      if (!node_->stop(settings_.config().stop_deadline)) {
        static_cast<void>(
          report({errc::timed_out, "the node did not stop in order in time; ending it "
                                   "anyway (what it acknowledged is on disk)"}));
        std::_Exit(number(exit_code::failed));
      }
      told_->tell([](news::state& of) { of.stopped = true; });
    }};
    while (!told_->now().stopped) {
      const int signal = heard_.next();
      if (signal != 0 && signal != SIGHUP && std::chrono::steady_clock::now() >= patience_ends) {
        attention::end_by(signal);
      }
    }
    stopping.join();
  }

  /// On the probe's thread.
  void look(const node_health& how) {
    const auto known = told_->now();
    if (known.stopping) {
      return;
    }
    auto line = harmless(how.line);
    if (!known.answers) {
      if (how.answers) { // else it starts
        told_->tell([&line](news::state& of) {
          of.answers = true;
          of.line = std::move(line);
        });
      }
      return;
    }
    const bool ping = how.answers && manager_.watchdog().count() > 0;
    manager_.tell((ping ? "WATCHDOG=1\nSTATUS=" : "STATUS=") + line);
  }

  /// A third of what the watchdog asks for: one question that takes long is not the end.
  [[nodiscard]] std::chrono::milliseconds interval() const {
    if (!manager_.listens()) {
      return std::chrono::milliseconds{0};
    }
    const auto third =
      std::chrono::duration_cast<std::chrono::milliseconds>(manager_.watchdog() / 3);
    return manager_.watchdog().count() == 0
             ? status_interval
             : std::clamp(third, std::chrono::milliseconds{1}, status_interval);
  }

  void warn_of_a_stranger() const {
    const auto& facts = node_->facts();
    if (facts.mode == node_mode::server && facts.member.empty()) {
      log("node", log_level::warn,
          to_text(facts.self) + " (" + settings_.config().identity.string() + ") is no member of "
            + facts.network_name
            + ": it follows without a vote. If it should vote, give it the identity that the "
              "genesis names; if not, node.mode = \"client\" says so");
    }
  }

  const composed& what_;
  node_settings& settings_; ///< its
  const std::function<void(const node_facts&)>& ready_;
  attention heard_; // before any thread starts, so that all inherit what it blocks
  service_manager manager_;
  std::shared_ptr<news> told_ = std::make_shared<news>(heard_.bell());
  bool ready_told_ = false;
  std::optional<node> node_;
};

} // namespace

int run_node(composed& node, const std::function<void(const node_facts&)>& ready) {
  return node_life{node, ready}.whole();
}

} // namespace caucus::cli
