#include "test/sim/world.hpp"

#include "actors/preset_parts.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"

#include <algorithm>
#include <utility>

namespace caucus::sim {

namespace {

std::shared_ptr<const genesis> with_members(genesis from, std::size_t count) {
  for (node_index i = 0; i < count; ++i) {
    from.members.push_back({peer_of(i), "m" + std::to_string(i), sim_network::address_of(i)});
  }
  return std::make_shared<const genesis>(std::move(from));
}

std::shared_ptr<sim_pool> make_pool(agenda& time, duration most, bool in_turn) {
  return std::make_shared<sim_pool>(
    time, [&time, most] { return time.at_random(most); }, in_turn);
}

/// Written once, in the state of the node's life that it rings.
struct bell_target {
  sim_transport* to = nullptr;
};

} // namespace

world::node::node(agenda& time, const world_options& with)
    : disk{time}, checkers{make_pool(time, with.check_max, with.one_checker)},
      storer{make_pool(time, with.store_max, true)}, jobs{make_pool(time, with.job_max, false)} {
  disk.set_sync_time(with.sync_max);
}

world::world(world_options with)
    : with_{std::move(with)}, from_{with_members(with_.from, with_.members)},
      network_id_{network_id_of(*from_, own_rules())},
      rules_{compile_rules(*from_, own_rules()).value()}, time_{with_.seed}, network_{
                                                                               time_,
                                                                               with_.network} {
  if (with_.application) {
    application_.emplace(*with_.application);
  }
  if (with_.quiet) {
    CAUCUS_ASSERT(set_log_levels("off").has_value());
  }
  for (node_index i = 0; i < with_.members + with_.followers; ++i) {
    auto& one = *nodes_.emplace_back(std::make_unique<node>(time_, with_));
    one.ahead = i < with_.clocks_ahead.size() ? with_.clocks_ahead[i] : wall_ms{0};
  }
  for (node_index i = 0; i < nodes_.size(); ++i) {
    restart(i);
  }
}

world::~world() {
  for (auto& one : nodes_) {
    one->host.reset();
    one->transport.reset();
  }
}

// -- time ------------------------------------------------------------------------------------------

void world::run_for(duration span) {
  static_cast<void>(run_until(span, [] { return false; }));
}

bool world::run_until(duration at_most, const std::function<bool()>& then) {
  const auto end = time_.now() + at_most;
  while (trouble_.empty() && time_.step(end)) {
    if (then()) {
      return true;
    }
  }
  return false;
}

wall_ms world::right_time() const {
  return from_->time + std::chrono::floor<wall_ms>(time_.passed());
}

// -- lives -----------------------------------------------------------------------------------------

std::filesystem::path world::folder_of(node_index who) {
  return "node" + std::to_string(who);
}

std::unique_ptr<preset_parts> world::parts_of(node_index who, std::shared_ptr<doorbell> bell) {
  auto& it = *nodes_[who];
  auto out = std::make_unique<preset_parts>();
  const auto self = identity_of(who);
  const bool is_member = self < with_.members;
  auto& config = out->config;
  config.directory = folder_of(who);
  config.keeps = with_.keeps;
  config.keep_blocks = with_.notary.keep_blocks;
  config.fetch_snapshot = with_.notary.fetch_snapshot;
  config.mode = is_member ? node_mode::server : node_mode::client;
  config.net.listen = is_member || with_.followers_listen;
  config.net.max_connections = 65'536;
  out->room = with_.room;
  out->facts = {peer_of(self), network_id_, from_->name,
                config.mode,   0,           is_member ? from_->members[self].name : std::string{}};
  out->network = {"network", std::move(bell)};
  out->checkers = it.checkers;
  out->storer = it.storer;
  out->jobs = it.jobs;
  return out;
}

node_materials world::materials_of(node_index who) {
  auto& it = *nodes_[who];
  node_materials out;
  out.genesis = from_;
  out.network = network_id_;
  out.compiled = with_.brings ? compile_rules(*from_, with_.brings(who)).value() : rules_;
  out.key = key_of(identity_of(who));
  out.version = "simulated";
  out.scheme = with_.signatures;
  out.storage = {&it.disk,
                 [&it](const std::filesystem::path& path, durability) {
                   return result<std::shared_ptr<state_store>>{it.disk.open_state(path)};
                 },
                 with_.journal_size_max, with_.blocks_per_file};
  out.notary = with_.notary;
  out.votes_journal_size_max = with_.journal_size_max;
  return out;
}

void world::restart(node_index who) {
  auto& it = *nodes_[who];
  if (alive(who)) {
    return;
  }
  time_.trace(0xa11e + who);
  const auto target = std::make_shared<bell_target>();
  auto bell = std::make_shared<doorbell>([target] {
    if (target->to != nullptr) {
      target->to->ring();
    }
  });
  it.app = std::make_unique<node_topology>(
    compose_node(parts_of(who, std::move(bell)), materials_of(who)));
  if (application_) {
    application_->add_to(*it.app, folder_of(who));
  }
  if (with_.compose) {
    with_.compose(who, *it.app);
  }
  auto& parts = node_parts_access::of(*it.app);
  if (const auto good = judge_routes(parts.routes); !good) {
    throw_error("", good.error());
  }
  sim_host::settings hosting;
  hosting.wall = [this, &it] { return right_time() + it.ahead; };
  hosting.on_end = [this, who](const std::string& actor, const std::string& why) {
    if (trouble_.empty()) {
      trouble_ = "node " + std::to_string(who) + ": " + actor + " ended: " + why;
    }
  };
  it.disk.on_power_cut([this, who] { crash(who); });
  if (with_.on_another_life) {
    hosting.on_another_life = [this, who](const std::string& actor) {
      with_.on_another_life(who, actor);
    };
  }
  if (with_.after_turn) {
    hosting.after_turn = [this, who](const std::string& actor) { with_.after_turn(who, actor); };
  }
  it.host = std::make_unique<sim_host>(time_, it.disk, std::move(hosting));
  sim_transport::settings linking{who,
                                  peer_of(identity_of(who)),
                                  network_id_,
                                  parts.config.mode,
                                  parts.config.net,
                                  [&it](const std::string& actor) {
                                    return it.host->lives() ? it.host->busy_until(actor)
                                                            : time_point::max();
                                  }};
  it.transport = std::make_unique<sim_transport>(time_, network_, std::move(linking), parts);
  target->to = it.transport.get();
  if (const auto started = it.host->start(it.app->graph); !started) {
    throw_error("", started.error());
  }
}

void world::crash(node_index who) {
  auto& it = *nodes_[who];
  if (!alive(who)) {
    return;
  }
  time_.trace(0xdead + who);
  it.storer->crash();
  it.host.reset();
  it.transport.reset();
  it.app.reset();
  it.checkers->crash();
  it.jobs->crash();
  it.disk.crash();
  if (with_.after_crash) {
    with_.after_crash(who);
  }
}

void world::crash_at_disk(node_index who, std::size_t operations) {
  if (alive(who)) {
    disk(who).cut_power_after(operations);
  }
}

void world::restart_actor(node_index who, std::string_view actor) {
  CAUCUS_ASSERT(alive(who));
  nodes_[who]->host->restart(actor);
}

std::shared_ptr<const sim_reply> world::call(node_index who, std::string method, std::string target,
                                             std::string body) {
  CAUCUS_ASSERT(alive(who));
  return nodes_[who]->transport->call(std::move(method), std::move(target), std::move(body));
}

rules world::own_rules() const {
  if (with_.brings) {
    return with_.brings(0);
  }
  return with_.application ? with_.application->own_rules() : rules{};
}

void world::inject(node_index from, node_index to, const marshalled_frame& what) {
  if (alive(from)) {
    nodes_[from]->transport->inject(to, what);
  }
}

std::size_t world::link_count(node_index who) const {
  return alive(who) ? nodes_[who]->transport->link_count() : 0;
}

} // namespace caucus::sim
