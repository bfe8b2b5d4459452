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

constexpr std::size_t events_per_turn = 64;
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
      commands_{std::move(ports_.commands)} {
  if (ports_.questions.size() != ports_.verdicts.size()) {
    throw std::runtime_error{"peer_net.questions and peer_net.verdicts must be connected in pairs"};
  }
  around_.wake_at(around_.now());
}

bool peer_net_actor::step() {
  ports_.asked.drain(events_per_turn,
                     [this](std::size_t asker, const status_request& one) { answer(asker, one); });
  bool worked = commands_.flush();
  if (!commands_.empty()) {
    return worked;
  }
  if (const auto due = core_.next_due(); due && *due <= around_.now()) {
    apply(time_passed{});
    worked = true;
  }
  worked |= ports_.events.drain(events_per_turn, [this](link_event one) {
    if (std::holds_alternative<hello_heard>(one)) {
      tell_activity();
    }
    follow(one);
    apply(std::move(one));
  }) > 0;
  worked |= ports_.verdicts.drain(events_per_turn, [this](std::size_t who, connection_verdict one) {
    apply(inspector_said{who, one});
  }) > 0;
  worked |= ports_.directives.drain(events_per_turn, [this](std::size_t, directive one) {
    tell(one);
    apply(std::move(one));
  }) > 0;
  if (const auto due = core_.next_due()) {
    around_.wake_at(*due);
  }
  commands_.flush();
  return worked;
}

bool peer_net_actor::idle() {
  if (!ports_.asked.empty()) {
    return false;
  }
  if (!commands_.empty()) {
    return commands_.idle();
  }
  return ports_.events.empty() && ports_.directives.empty() && ports_.verdicts.empty();
}

void peer_net_actor::apply(const manager_event& event) {
  std::vector<peer_record> changed;
  std::vector<peer_id> gone;
  for (auto& what : core_.step(event, at())) {
    std::visit(overloaded{[&](save_peer& saved) { changed.push_back(std::move(saved.what)); },
                          [&](const forget_peer& forgotten) { gone.push_back(forgotten.who); },
                          [this](const note& told) { write_down(told); },
                          [this](const connection_asked& asked) { ask(asked); },
                          [this](const connection_withdrawn& withdrawn) { withdraw(withdrawn); },
                          [this](link_command& command) { send(std::move(command)); }},
               what);
  }
  if (!store_ || (changed.empty() && gone.empty())) {
    return;
  }
  commands_.ring(); // they need not wait for the book
  if (const auto written = store_->write(changed, gone); !written) {
    log_once_per("peer_net/book", log_interval, name, log_level::error,
                 "the peer book was not written: " + to_string(written.error()));
  }
}

void peer_net_actor::write_down(const note& what) {
  if (what.is_trouble) {
    log_once_per("peer_net/" + what.cause, log_interval, name, log_level::warn, what.text);
  } else {
    log(name, log_level::info, what.text);
  }
}

void peer_net_actor::withdraw(const connection_withdrawn& question) {
  for (auto& to : ports_.questions) {
    to.push_or_drop(connection_question{question}); // else it is judged in vain
  }
}

void peer_net_actor::send(link_command what) {
  commands_.push(std::move(what));
}

void peer_net_actor::follow(const link_event& event) {
  std::visit(overloaded{[this](const listening& open) {
                          port_ = open.port;
                          turned_away_ = open.turned_away;
                        },
                        [this](const link_ready& ready) {
                          links_.insert_or_assign(
                            ready.who.id, known_link{{ready.who, ready.what.agent}, ready.meter});
                        },
                        [this](const link_closed& closed) { forget(closed); },
                        ignored<hello_heard, dial_failed, dial_answered, told_all>{}},
             event);
}

void peer_net_actor::forget(const link_closed& closed) {
  const auto found = links_.find(closed.id);
  if (found != links_.end()) {
    tell(link_ended{found->second.status.who, closed.why, closed.detail, closed.by_peer,
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
    told.at.emplace_back(
      id, time_point{duration{one.meter->active_at.load(std::memory_order_relaxed)}});
  }
  apply(told);
}

// Who is not asked cannot allow it.
void peer_net_actor::ask(const connection_asked& about) {
  for (std::size_t i = 0; i < ports_.questions.size(); ++i) {
    if (!ports_.questions[i].push_or_drop(connection_question{about})) {
      apply(inspector_said{i, {about.who.id, false}});
    }
  }
}

void peer_net_actor::tell(const peer_news& what) {
  for (auto& to : ports_.news) {
    to.push_or_drop(what);
  }
}

void peer_net_actor::answer(std::size_t asker, const status_request& question) {
  peer_net_status out;
  out.tag = question.tag;
  out.port = port_;
  out.refused = core_.refused() + (turned_away_ ? turned_away_->load() : 0);
  out.missing = core_.missing();
  for (const auto& [id, one] : links_) {
    auto& status = out.links.emplace_back(one.status);
    status.frames_in = one.meter->frames_in.load(std::memory_order_relaxed);
    status.frames_out = one.meter->frames_out.load(std::memory_order_relaxed);
    status.bytes_in = one.meter->bytes_in.load(std::memory_order_relaxed);
    status.bytes_out = one.meter->bytes_out.load(std::memory_order_relaxed);
    status.dropped = one.meter->dropped.load(std::memory_order_relaxed);
    status.round_trip = duration{one.meter->round_trip.load(std::memory_order_relaxed)};
  }
  ports_.told[asker].push_or_drop(std::move(out));
}

} // namespace caucus
