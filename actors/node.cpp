#include "actors/node_topology.hpp"
#include "actors/preset_parts.hpp"
#include "actors/presets.hpp"
#include "actors/rpc/control_server.hpp"
#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/caf_types.hpp"
#include "runtime/commands/reply_text.hpp"
#include "runtime/log.hpp"
#include "runtime/process_guard.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

/// A running node: what starts, and in which order it ends.

namespace caucus {

struct node::inside {
  node_facts facts;
  std::shared_ptr<failure_bell> failed;
  // Destroyed from below upwards: actors before the threads that ring for them.
  std::optional<directory_lock> lock;
  std::shared_ptr<worker_pool> checkers;
  std::shared_ptr<worker_pool> jobs;
  std::unique_ptr<io_thread> io;
  std::unique_ptr<control_server> control;
  std::unique_ptr<transport> net;
  caf_config<> caf_settings;
  caf_system system{caf_settings};
  std::optional<running> actors;
  bool stopped = false;
  bool in_order = false; ///< stopped so
  process_mark process;

  explicit inside(preset_parts& from)
      : facts{std::move(from.facts)}, failed{std::move(from.failed)}, lock{std::move(from.lock)},
        checkers{std::move(from.checkers)}, jobs{std::move(from.jobs)}, io{std::move(from.io)},
        caf_settings{from.config.worker_threads} {}
};

namespace {

/// What can be added to any clock.
constexpr std::chrono::milliseconds wait_max = std::chrono::hours{24};

/// What a caller of the control socket hears when nobody is left to answer.
to_control gave_up_reply(const std::string& why) {
  auto told = print_error({errc::stopping, "the node gave up: " + why + "; its log says more"});
  return {0, told.status, std::move(told.type), std::move(told.text), true};
}

/// Another port helps a member little, as long as the others dial the one in the genesis.
error with_member(error why, const genesis& from, const node_facts& facts) {
  const auto voters = committee_of(from);
  const auto* const at = voters.find(facts.self);
  if (why.code == errc::in_use && at != nullptr && !at->address.empty()) {
    why.detail += "; this is the member " + at->name + ", which the others dial at " + at->address
                  + ", as the genesis says: on another port they do not find it, unless that is "
                    "forwarded";
  }
  return why;
}

} // namespace

result<void> apply_live(const node_config& config, std::span<const std::string> subsystems) {
  if (auto file = set_log_file(config.log_file.string()); !file) {
    return file;
  }
  auto levels = set_log_levels(config.log_levels, subsystems);
  return levels ? levels : fail(levels.error().code, "log.levels: " + levels.error().detail);
}

result<node> node::start(node_topology app) {
  return or_error([&app] { return start_parts(app); });
}

result<node> node::start_parts(node_topology& app) {
  auto& from = *app.parts_;
  CAUCUS_TRY_VOID(judge_routes(from.routes));
  CAUCUS_TRY_VOID(app.commands->judge());
  auto made = std::make_unique<inside>(from);
  auto& here = *made;
  here.control = std::make_unique<control_server>(*here.io);
  here.net = std::make_unique<transport>(*here.io, std::move(from.net), std::move(from.links));
  for (auto& one : from.routes) {
    CAUCUS_TRY_VOID(here.net->route(one.codes, std::move(one.ends), one.range));
  }
  if (auto bound = here.net->start(); !bound) {
    return tl::make_unexpected(with_member(std::move(bound.error()), *app.genesis, here.facts));
  }
  CAUCUS_TRY_VOID(
    here.control->open(from.config.directory, std::move(from.calls), std::move(from.replies)));
  if (const auto& at = from.config.metrics_listen; !at.empty()) {
    CAUCUS_TRY_VOID(here.control->open_metrics(at));
  }
  supervisor_options options;
  options.on_end = [failed = here.failed, control = here.control.get()](const ending& how) {
    if (how.gave_up) { // the actors go before the control server
      const auto why = how.no_use ? how.last_error : "restarted too often: " + how.last_error;
      control->give_up(gave_up_reply(why));
      failed->ring({why, how.no_use.value_or(errc::internal)});
    }
  };
  CAUCUS_TRY(auto actors, app.graph.start(here.system, options));
  here.actors.emplace(std::move(actors));
  here.io->start();
  here.facts.port = here.net->port();
  return node{std::move(made)};
}

bool node::stop(std::chrono::milliseconds deadline) {
  auto& here = *inside_;
  if (here.process.is_forked()) {
    return false; // its threads live in the other process, if anywhere
  }
  if (here.in_order) {
    return true;
  }
  deadline = std::clamp(deadline, std::chrono::milliseconds{0}, wait_max);
  if (!std::exchange(here.stopped, true)) {
    here.io->call([&here] { here.control->close(); });
    here.actors->begin_stop();
  }
  const auto ended = here.actors->wait_for(deadline);
  here.in_order = ended && ended->stuck.empty();
  if (here.in_order) {
    here.net->stop();
    here.io->stop();
    here.io->join();
  }
  return here.in_order;
}

node::node(std::unique_ptr<inside> made) : inside_{std::move(made)} {}
node::node(node&&) noexcept = default;
node& node::operator=(node&& other) noexcept {
  auto given = std::move(other.inside_); // first: it may be our own
  const auto old = node{std::exchange(inside_, std::move(given))};
  return *this;
}
node::~node() {
  if (!inside_ || stop(std::chrono::seconds{10})) {
    return;
  }
  // What does not end cannot be waited for, and what it uses cannot be taken from it: that stays.
  if (!inside_->process.is_forked()) {
    log("node", log_level::error,
        std::string{"the node did not end in time"}
          + ": its threads, its folder and its port stay in use until the program ends");
  }
  static_cast<void>(inside_.release());
}

const node_facts& node::facts() const {
  return inside_->facts;
}

result<void> node::wait_until_up(std::chrono::milliseconds at_most) {
  if (inside_->actors->wait_until_up(std::clamp(at_most, std::chrono::milliseconds{0}, wait_max))) {
    return {};
  }
  if (const auto why = inside_->failed->rung()) {
    return fail(why->code, why->what);
  }
  return fail(errc::timed_out, "not all of the node's actors have come up within "
                                 + std::to_string(at_most.count()) + " ms (node.start_deadline)");
}

void node::on_failure(std::function<void(const node_failure&)> then) {
  inside_->failed->listen(std::move(then));
}

} // namespace caucus
