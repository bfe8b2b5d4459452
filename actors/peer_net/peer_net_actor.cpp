#include "actors/peer_net/peer_net_actor.hpp"

#include "runtime/base/overloaded.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

namespace caucus {

namespace {

constexpr std::size_t items_per_turn = 64;
constexpr std::chrono::seconds log_interval{60};
constexpr duration activity_interval{250'000};

std::optional<peer_store> open_book(const std::filesystem::path& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  auto opened = peer_store::open(path);
  if (!opened) {
    throw_error("peer book ", opened.error());
  }
  return std::move(*opened);
}

peer_book read_book(std::optional<peer_store>& from) {
  if (!from) {
    return peer_book{};
  }
  auto known = from->load();
  if (!known) {
    throw_error("peer book ", known.error());
  }
  return peer_book{std::move(*known)};
}

manager_config completed(manager_config config, std::size_t inspectors, std::uint64_t dice) {
  config.inspectors = inspectors;
  config.seed ^= dice;
  return config;
}

} // namespace

peer_net_actor::peer_net_actor(ports its_ports, context& around, const peer_net_settings& settings)
    : ports_{std::move(its_ports)}, around_{around}, store_{open_book(settings.book_path)},
      core_{completed(settings.manager, ports_.verdicts.size(), around_.random()),
            read_book(store_), around.now()},
      commands_{std::move(ports_.commands)}, shell_{around, core_,
                                                    [this](auto& action) { perform(action); }} {
  if (ports_.questions.size() != ports_.verdicts.size()) {
    throw std::runtime_error{"peer_net.questions and peer_net.verdicts must be connected in pairs"};
  }
  declare_turns();
  around_.wake_at(around_.now());
}

// While some commands wait, nothing is done that may bring more.
void peer_net_actor::declare_turns() {
  const auto all_sent = [this] { return commands_.empty(); };
  calls_.serve(shell_, ports_.calls, ports_.replies,
               [this](const caller&, const control_status&) { return status(); });
  shell_.delivers(commands_);
  shell_.ticks(all_sent);
  shell_.takes(ports_.events,
               [this](link_event&& one) {
                 if (std::holds_alternative<hello_heard>(one)) {
                   tell_activity();
                 }
                 follow(one);
                 shell_.apply(std::move(one));
               },
               {items_per_turn, all_sent});
  shell_.takes(ports_.verdicts,
               [this](std::size_t who, connection_verdict one) {
                 shell_.apply(inspector_said{who, one});
               },
               {items_per_turn, all_sent});
  shell_.takes(ports_.directives,
               [this](std::size_t, directive&& one) {
                 tell(one);
                 shell_.apply(std::move(one));
               },
               {items_per_turn, all_sent});
  shell_.ends([this] { write_book(); });
}

void peer_net_actor::write_book() {
  if (changed_.empty() && gone_.empty()) {
    return;
  }
  commands_.ring(); // they need not wait for the book
  if (store_) {
    if (const auto written = store_->write(changed_, gone_); !written) {
      log_once_per("peer_net/book", log_interval, name, log_level::error,
                   "the peer book was not written: " + to_string(written.error()));
    }
  }
  changed_.clear();
  gone_.clear();
}

void peer_net_actor::perform(const note& what) {
  if (what.is_trouble) {
    log_once_per("peer_net/" + what.cause, log_interval, name, log_level::warn, what.text);
  } else {
    log(name, log_level::info, what.text);
  }
}

void peer_net_actor::perform(const connection_withdrawn& question) {
  for (auto& to : ports_.questions) {
    to.push_or_drop(connection_question{question}); // else it is judged in vain
  }
}

void peer_net_actor::follow(const link_event& event) {
  std::visit(overloaded{[this](const listening& open) {
                          port_ = open.port;
                          turned_away_ = open.turned_away;
                        },
                        [this](const link_ready& ready) {
                          links_.insert_or_assign(
                            ready.info.id,
                            known_link{{ready.info, ready.hello.agent}, ready.meter});
                        },
                        [this](const link_closed& closed) { forget(closed); },
                        ignored<hello_heard, dial_failed, dial_answered, told_all>{}},
             event);
}

void peer_net_actor::forget(const link_closed& closed) {
  const auto found = links_.find(closed.id);
  if (found != links_.end()) {
    tell(link_ended{found->second.status.info, closed.code, closed.detail, closed.by_peer,
                    closed.misbehaved});
    links_.erase(found);
  }
}

// A crowd of hellos must not make us look at all links for each.
void peer_net_actor::tell_activity() {
  const auto now = around_.now();
  if (now < activity_told_ + activity_interval) {
    return;
  }
  activity_told_ = now;
  links_active told;
  for (const auto& [id, one] : links_) {
    told.links.emplace_back(
      id, time_point{duration{one.meter->active_at.load(std::memory_order_relaxed)}});
  }
  shell_.apply(std::move(told));
}

// Who is not asked cannot allow it.
void peer_net_actor::perform(const connection_asked& about) {
  for (std::size_t i = 0; i < ports_.questions.size(); ++i) {
    if (!ports_.questions[i].push_or_drop(connection_question{about})) {
      shell_.apply(inspector_said{i, {about.info.id, false}});
    }
  }
}

void peer_net_actor::tell(const peer_news& what) {
  for (auto& to : ports_.news) {
    to.push_or_drop(what);
  }
}

peer_net_status peer_net_actor::status() const {
  peer_net_status out;
  out.port = port_;
  out.refused = core_.refused() + (turned_away_ ? turned_away_->load() : 0);
  out.missing = core_.missing();
  for (const auto& [id, one] : links_) {
    auto& link = out.links.emplace_back(one.status);
    link.frames_in = one.meter->frames_in.load(std::memory_order_relaxed);
    link.frames_out = one.meter->frames_out.load(std::memory_order_relaxed);
    link.bytes_in = one.meter->bytes_in.load(std::memory_order_relaxed);
    link.bytes_out = one.meter->bytes_out.load(std::memory_order_relaxed);
    link.dropped = one.meter->dropped.load(std::memory_order_relaxed);
    link.round_trip = duration{one.meter->round_trip.load(std::memory_order_relaxed)};
  }
  return out;
}

} // namespace caucus
