#include "actors/caucus.hpp"

#include "actors/caucus_directive.hpp"
#include "actors/caucus_inside.hpp"
#include "actors/caucus_reading.hpp"
#include "actors/node_topology.hpp"
#include "actors/notary/notary_commands.hpp"
#include "actors/peer_net/peer_net_actor.hpp"
#include "actors/preset_parts.hpp"
#include "actors/rpc/library_actor.hpp"
#include "actors/signal_wait.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/fresh_nonce.hpp"
#include "runtime/topology.hpp"
#include "runtime/variables/catalog.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <type_traits>

#include <poll.h>

/// The face of the library: a preset's topology with one actor more, library_actor.

namespace caucus {

using namespace std::chrono_literals;

namespace {

/// Calls of a burst; a caller beyond hears busy.
constexpr std::size_t calls_capacity = 4'096;
constexpr std::size_t news_capacity = 1'024;
constexpr std::chrono::milliseconds end_deadline = 10s;
/// For ever, to a program; the clock can still count it.
constexpr std::chrono::milliseconds stop_time_max = 24h;

library_hooks hooks_of(callbacks on, const node_topology& app) {
  library_hooks out;
  out.allow = std::move(on.allow_connection);
  if (on.handle_errored) {
    out.errored = [then = std::move(on.handle_errored)](const link_ended& what) {
      if (what.code != errc::duplicate_link) { // there is another
        then(what);
      }
    };
  }
  out.internal = std::move(on.handle_internal);
  out.committed = with_names(std::move(on.on_committed), app.names);
  out.first = std::max(height{on.resume_from}, height{1});
  out.genesis = app.genesis->continues ? app.genesis->continues->height : height{};
  out.log_from = [](height first) { return command_of(control_log{first, true}); };
  out.log = out.log_from(out.first);
  out.gap = std::move(on.on_gap);
  out.epoch_begins = std::move(on.on_epoch);
  return out;
}

/// Adds the actor that a program talks to.
void add_library(node_topology& app, const std::shared_ptr<library_desk>& desk) {
  using ports = library_actor::ports;
  auto& graph = app.graph;
  library_setup setup;
  setup.desk = desk;
  setup.commands = app.commands;
  const auto who = graph.add<library_actor>(setup);
  app.connect_caller(who);
  const auto& hooks = desk->hooks();
  if (hooks.errored || hooks.internal) {
    graph.connect(topology::port(app.peer_net, &peer_net_actor::ports::news),
                  topology::port(who, &ports::news), news_capacity);
  }
  if (hooks.epoch_begins) {
    app.connect_to_notary(who, &ports::group_asks, &ports::group_heard);
  }
  if (hooks.allow) {
    app.connect_inspector(who, &ports::questions, &ports::verdicts);
  }
  desk->connect(graph.feed_from<when_full::refuse>(
    foreign_place{"program", nullptr}, topology::port(who, &ports::calls), calls_capacity));
}

/// From values: what the file's reader fills in.
result<node_config> completed(node_config given) {
  if (given.directory.empty() || given.genesis.empty()) {
    return fail(errc::value_out_of_range, "a node_config needs its directory and its genesis");
  }
  if (given.identity.empty()) {
    given.identity = given.directory / "identity.key";
  }
  CAUCUS_TRY_VOID(validate(given));
  return given;
}

result<node_config> read_config(std::filesystem::path file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    file /= "node.toml";
  }
  node_settings settings;
  CAUCUS_TRY_VOID(settings.load(file, {}));
  return settings.config();
}

result<void> judge_timeout(std::chrono::milliseconds given) {
  if (given > 0ms && given <= control_timeout_max) {
    return {};
  }
  return fail(errc::value_out_of_range,
              "a timeout of " + std::to_string(given.count()) + " ms, allowed are 1 ms to 1 h");
}

/// A reply as the result that its caller wants.
template <class T>
result<T> as_result(result<any_value> what) {
  if (!what) {
    return tl::make_unexpected(std::move(what.error()));
  }
  const auto* const good = what->as<T>();
  return good == nullptr ? fail(errc::internal, "an answer to another question") : result<T>{*good};
}

template <class Status>
std::optional<Status> part_of(const status_parts& all) {
  const auto* const found = all.find<Status>();
  return found == nullptr ? std::nullopt : std::optional{*found};
}

result<node_status> status_of(const result<status_parts>& told) {
  if (!told) {
    return tl::make_unexpected(told.error());
  }
  return node_status{part_of<notary_status>(*told), part_of<consensus_status>(*told),
                     part_of<peer_net_status>(*told), told->group};
}

/// One function for callbacks and futures.
template <class T>
std::pair<std::function<void(result<T>)>, std::future<result<T>>> promised() {
  auto promise = std::make_shared<std::promise<result<T>>>();
  auto future = promise->get_future();
  return {[promise](result<T> what) { promise->set_value(std::move(what)); }, std::move(future)};
}

} // namespace

// -- start and end ---------------------------------------------------------------------------------

result<std::shared_ptr<node_handle::inside>> node_handle::make(node_config config,
                                                               const rules& with, callbacks on) {
  CAUCUS_TRY(auto whole, completed(std::move(config)));
  CAUCUS_TRY_VOID(pin_paths(whole));
  CAUCUS_TRY_VOID(apply_live(whole));
  const auto deadline = whole.start_deadline;
  CAUCUS_TRY(auto app, topology_of(std::move(whole), with, CAUCUS_VERSION));
  auto on_ended = std::move(on.on_ended);
  auto desk = std::make_shared<library_desk>(hooks_of(std::move(on), app));
  add_library(app, desk);
  auto made = std::make_shared<inside>(app, std::move(desk));
  made->on_ended = std::move(on_ended);
  if (made->ended.get() < 0) {
    return fail(errc::io_failed, "no eventfd: the program has too many files open");
  }
  CAUCUS_TRY(auto running, node::start(std::move(app)));
  made->facts = running.facts();
  made->running.emplace(std::move(running));
  made->running->on_failure([weak = std::weak_ptr<inside>{made}](const node_failure& why) {
    if (const auto here = weak.lock()) {
      here->fail_with(why);
    }
  });
  auto up = made->running->wait_until_up(deadline);
  if (up) {
    up = made->set_started();
  }
  if (!up) {
    static_cast<void>(node_handle{made}.stop(end_deadline));
    return tl::make_unexpected(up.error());
  }
  return made;
}

node_handle::node_handle(std::shared_ptr<inside> made) : inside_{std::move(made)} {}
node_handle::node_handle(node_handle&&) noexcept = default;

node_handle& node_handle::operator=(node_handle&& other) noexcept {
  auto given = std::move(other.inside_); // first: it may be our own
  const auto old = node_handle{std::exchange(inside_, std::move(given))};
  return *this;
}

node_handle::~node_handle() {
  if (!inside_ || stop(end_deadline)) {
    return;
  }
  if (inside_->process.is_forked() || !inside_->has_ended()) {
    // Its threads still use it, or live in another process: nobody can take it down, and nobody waits.
    if (auto* const kept = new (std::nothrow) std::shared_ptr<inside>{inside_}; kept == nullptr) {
      std::terminate(); // what they use would go
    }
  }
}

bool node_handle::stop(std::chrono::milliseconds deadline) {
  const auto keep = inside_; // the handle may end on another thread before we return
  auto& here = *keep;
  if (here.process.is_forked()) {
    return false;
  }
  const auto until = std::chrono::steady_clock::now() + std::clamp(deadline, 0ms, stop_time_max);
  const auto left = [until] {
    const auto now = std::chrono::steady_clock::now();
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(until - now), 0ms);
  };
  here.desk->close({errc::stopping, "the node stops"});
  if (here.stop_begun.exchange(true) && here.desk->is_callback_thread()) {
    return false; // who stops it waits for us
  }
  std::unique_lock lock{here.stop_guard};
  if (!here.stop_over.wait_until(lock, until, [&here] { return !here.stops; })) {
    return false;
  }
  if (!here.in_order) {
    here.stops = true;
    lock.unlock();
    const bool ended = here.running->stop(left());
    here.desk->end();
    lock.lock();
    here.stops = false;
    here.stopped = true;
    here.in_order = ended;
    here.stop_over.notify_all();
    here.ring();
  }
  const bool in_order = here.in_order;
  lock.unlock();
  return here.desk->finish(left()) && in_order;
}

result<void> node_handle::wait() {
  const auto keep = inside_;
  ::pollfd one{keep->ended.get(), POLLIN, 0};
  while (::poll(&one, 1, -1) < 0) {
  }
  return keep->outcome();
}

result<void> node_handle::run_until_signal(std::chrono::milliseconds deadline) {
  const auto keep = inside_;
  CAUCUS_TRY(const auto number, wait_for_signal(keep->ended.get()));
  if (number == 0) {
    return keep->outcome();
  }
  if (!stop(deadline)) {
    return fail(errc::timed_out, "the node did not stop in order in time (what it acknowledged is "
                                 "safe)");
  }
  return {};
}

// -- what is proposed and asked --------------------------------------------------------------------

void node_handle::propose(const change& what, std::function<void(result<receipt>)> then) {
  const auto keep = inside_; // the handle may end on another thread before we return
  auto& here = *keep;
  auto reply = [then = std::move(then)](result<any_value> told) {
    then(as_result<receipt>(std::move(told)));
  };
  if (auto why = here.no_use()) {
    reply(tl::make_unexpected(std::move(*why)));
    return;
  }
  control_propose asked;
  asked.variable = what.variable;
  asked.operation = what.operation;
  for (const auto& one : what.arguments) {
    asked.arguments.push_back(
      std::visit(overloaded{[](std::int64_t number) { return std::to_string(number); },
                            [](const std::string& text) { return text; }},
                 one));
  }
  asked.request_id = what.request_id;
  asked.timeout = what.timeout;
  auto good = judge_timeout(what.timeout);
  if (what.request_id.size() > request_id_size_max) {
    good = fail(errc::wrong_arguments,
                "a request id has at most " + std::to_string(request_id_size_max) + " bytes");
  }
  if (good) {
    good = asked.prepare(here.context);
  }
  if (!good) {
    here.desk->answer(std::move(reply), tl::make_unexpected(std::move(good.error())));
    return;
  }
  here.desk->open(command_of(std::move(asked)), std::move(reply));
}

std::future<result<receipt>> node_handle::propose(const change& what) {
  auto [then, future] = promised<receipt>();
  propose(what, std::move(then));
  return std::move(future);
}

void node_handle::get(const question& what, std::function<void(result<reading>)> then) {
  const auto keep = inside_; // the handle may end on another thread before we return
  auto& here = *keep;
  control_get asked;
  asked.variable = what.variable;
  if (!what.key.empty()) {
    const auto key = as_bytes(what.key);
    asked.key.emplace(key.begin(), key.end());
  }
  asked.height_min = height{what.at_least};
  asked.fresh = what.fresh;
  asked.nonce = what.fresh ? make_fresh_nonce() : fresh_nonce{};
  asked.timeout = what.timeout;
  auto good = judge_timeout(what.timeout);
  if (good) {
    good = asked.prepare(here.context);
  }
  auto reply = [from = here.genesis, network = here.facts.network, asked,
                then = std::move(then)](result<any_value> told) {
    then(read_answer(from, network, asked, std::move(told)));
  };
  if (auto why = here.no_use()) {
    reply(tl::make_unexpected(std::move(*why)));
    return;
  }
  if (!good) {
    here.desk->answer(std::move(reply), tl::make_unexpected(std::move(good.error())));
    return;
  }
  here.desk->open(command_of(std::move(asked)), std::move(reply));
}

std::future<result<reading>> node_handle::get(const question& what) {
  auto [then, future] = promised<reading>();
  get(what, std::move(then));
  return std::move(future);
}

void node_handle::change_group(const group_directive& what, std::chrono::milliseconds timeout,
                               std::function<void(result<directive_reply>)> then) {
  const auto keep = inside_; // the handle may end on another thread before we return
  auto& here = *keep;
  auto reply = [then = std::move(then)](result<any_value> told) {
    then(directive_reply_of(std::move(told)));
  };
  if (auto why = here.no_use()) {
    reply(tl::make_unexpected(std::move(*why)));
    return;
  }
  auto good = judge_timeout(timeout);
  auto asked = good ? command_for(what, here.facts.self, timeout)
                    : result<any_command>{tl::make_unexpected(std::move(good.error()))};
  if (!asked) {
    here.desk->answer(std::move(reply), tl::make_unexpected(std::move(asked.error())));
    return;
  }
  here.desk->open(std::move(*asked), std::move(reply));
}

std::future<result<directive_reply>> node_handle::change_group(const group_directive& what,
                                                               std::chrono::milliseconds timeout) {
  auto [then, future] = promised<directive_reply>();
  change_group(what, timeout, std::move(then));
  return std::move(future);
}

void node_handle::status(std::function<void(result<node_status>)> then) {
  const auto keep = inside_;
  if (auto why = keep->no_use()) {
    then(tl::make_unexpected(std::move(*why)));
    return;
  }
  keep->desk->open(command_of(control_status{}),
                   [then = std::move(then)](const result<any_value>& told) {
                     then(status_of(as_result<status_parts>(told)));
                   });
}

std::future<result<node_status>> node_handle::status() {
  auto [then, future] = promised<node_status>();
  status(std::move(then));
  return std::move(future);
}

const node_facts& node_handle::facts() const {
  return inside_->facts;
}

const genesis& node_handle::from() const {
  return *inside_->genesis;
}

// -- server and client -----------------------------------------------------------------------------

result<server> server::start(const std::filesystem::path& config, const rules& with, callbacks on) {
  CAUCUS_TRY(auto read, read_config(config));
  return start(std::move(read), with, std::move(on));
}

result<server> server::start(node_config config, const rules& with, callbacks on) {
  config.mode = node_mode::server;
  auto made = or_error([&] { return make(std::move(config), with, std::move(on)); });
  if (!made) {
    return tl::make_unexpected(made.error());
  }
  return server{std::move(*made)};
}

result<client> client::start(const std::filesystem::path& config, const rules& with, callbacks on) {
  CAUCUS_TRY(auto read, read_config(config));
  return start(std::move(read), with, std::move(on));
}

result<client> client::start(node_config config, const rules& with, callbacks on) {
  config.net.listen = config.net.listen && config.mode == node_mode::client;
  config.mode = node_mode::client;
  auto made = or_error([&] { return make(std::move(config), with, std::move(on)); });
  if (!made) {
    return tl::make_unexpected(made.error());
  }
  return client{std::move(*made)};
}

} // namespace caucus
