#include "actors/presets.hpp"

#include "actors/consensus/consensus_actor.hpp"
#include "actors/node_topology.hpp"
#include "actors/notary/rules.hpp"
#include "actors/peer_net/peer_net_actor.hpp"
#include "actors/peer_net/transport.hpp"
#include "actors/rpc/control_server.hpp"
#include "actors/rpc/rpc_actor.hpp"
#include "runtime/base/text.hpp"
#include "runtime/caf_types.hpp"
#include "runtime/directory_lock.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/identity.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/log.hpp"
#include "runtime/tls.hpp"
#include "runtime/worker_pool.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace caucus {

namespace {

// Items between the I/O thread and one actor. A link pauses when its ring is full, so these bound
// only how far the I/O thread may run ahead: a turn of each side and some.
constexpr std::size_t net_edge_capacity = 8'192;
constexpr std::size_t event_edge_capacity = 4'096;
/// consensus and notary wait for one another at most a few blocks.
constexpr std::size_t ordering_edge_capacity = 8'192;
constexpr std::size_t directive_edge_capacity = 1'024;
constexpr std::size_t control_edge_capacity = 1'024;
constexpr std::size_t status_edge_capacity = 64;

/// Tells a failure once, to whoever asked to hear it, also if he asked late.
class failure_bell {
public:
  void ring(node_failure what) {
    std::function<void(const node_failure&)> then;
    {
      const std::lock_guard lock{guard_};
      if (what_) {
        return;
      }
      what_ = std::move(what);
      then = then_;
    }
    if (then) {
      then(*what_);
    }
  }
  void listen(std::function<void(const node_failure&)> then) {
    bool now = false;
    {
      const std::lock_guard lock{guard_};
      then_ = std::move(then);
      now = what_.has_value();
    }
    if (now) {
      then_(*what_);
    }
  }

private:
  std::mutex guard_;
  std::optional<node_failure> what_;
  std::function<void(const node_failure&)> then_;
};

/// All that is read before anything starts.
struct node_files {
  directory_lock lock;
  std::shared_ptr<const genesis> from;
  network_id network;
  std::shared_ptr<const compiled_rules> compiled;
  std::shared_ptr<const secret_key> key;
  tls_context server;
  tls_context client;
};

result<node_files> read_files(const node_config& config, const rules& with) {
  auto from = load_genesis(config.genesis);
  if (!from) {
    return tl::make_unexpected(from.error());
  }
  auto compiled = compile_rules(*from, with);
  if (!compiled) {
    return fail(compiled.error().code, config.genesis.string() + ": " + compiled.error().detail);
  }
  auto key = load_identity(config.identity);
  if (!key) {
    return tl::make_unexpected(key.error());
  }
  std::error_code failed;
  std::filesystem::create_directories(config.directory, failed);
  if (failed) {
    return fail(errc::io_failed, "cannot make the node's folder " + config.directory.string() + ": "
                                   + failed.message());
  }
  auto lock = directory_lock::take(config.directory);
  if (!lock) {
    return tl::make_unexpected(lock.error());
  }
  auto x509 = make_x509(*key);
  if (!x509) {
    return tl::make_unexpected(x509.error());
  }
  auto server = make_tls_context(*key, *x509, tls_side::server);
  auto client = make_tls_context(*key, *x509, tls_side::client);
  if (!server || !client) {
    return tl::make_unexpected(!server ? server.error() : client.error());
  }
  const auto network = network_id_of(*from, with);
  return node_files{
    std::move(*lock),     std::make_shared<const genesis>(std::move(*from)),   network,
    std::move(*compiled), std::make_shared<const secret_key>(std::move(*key)), std::move(*server),
    std::move(*client)};
}

peer_net_settings peer_net_settings_of(const node_config& config, const node_files& files) {
  peer_net_settings out;
  out.manager.self = files.key->id();
  out.manager.network = files.network;
  out.manager.net = config.net;
  for (const auto& one : files.from->members) {
    out.manager.members.push_back({one.peer, one.address});
  }
  out.book_path = config.directory / "peers.sqlite";
  return out;
}

} // namespace

// -- a running node --------------------------------------------------------------------------------

struct node::inside {
  node_facts facts;
  std::shared_ptr<failure_bell> failed = std::make_shared<failure_bell>();
  // Destroyed from below upwards: actors before the threads that ring for them.
  std::optional<directory_lock> lock;
  std::shared_ptr<worker_pool> pool;
  std::unique_ptr<io_thread> io;
  std::unique_ptr<control_server> control;
  std::unique_ptr<transport> net;
  caf_config<> caf_settings;
  caf::actor_system system{caf_settings};
  std::optional<running> actors;
  bool stopped = false;
  bool in_order = true;

  explicit inside(std::size_t workers) : caf_settings{workers} {}
};

namespace {

struct parts {
  ref<peer_net_actor> peer_net;
  ref<consensus_actor> consensus;
  ref<rpc_actor> rpc;
};

void connect_ordering(node_topology& app, const parts& all) {
  auto& graph = app.graph;
  using voting_ports = consensus_actor::ports;
  using notary_ports = notary_actor::ports;
  graph.connect(topology::port(app.notary, &notary_ports::consensus_out),
                topology::port(all.consensus, &voting_ports::notary_in), ordering_edge_capacity);
  graph.connect(topology::port(all.consensus, &voting_ports::notary_out),
                topology::port(app.notary, &notary_ports::consensus_in), ordering_edge_capacity);
}

void connect_peer_net(node_topology& app, const parts& all) {
  auto& graph = app.graph;
  graph.connect(topology::port(all.consensus, &consensus_actor::ports::directives),
                topology::port(all.peer_net, &peer_net_actor::ports::directives),
                directive_edge_capacity);
  graph.connect(topology::port(app.notary, &notary_actor::ports::directives),
                topology::port(all.peer_net, &peer_net_actor::ports::directives),
                directive_edge_capacity);
}

void connect_rpc(node_topology& app, const parts& all) {
  auto& graph = app.graph;
  using rpc_ports = rpc_actor::ports;
  app.connect_to_notary(all.rpc, &rpc_ports::asks, &rpc_ports::heard);
  graph.connect(topology::port(all.rpc, &rpc_ports::consensus_asked),
                topology::port(all.consensus, &consensus_actor::ports::asked),
                status_edge_capacity);
  graph.connect(topology::port(all.consensus, &consensus_actor::ports::told),
                topology::port(all.rpc, &rpc_ports::consensus_told), status_edge_capacity);
  graph.connect(topology::port(all.rpc, &rpc_ports::peer_net_asked),
                topology::port(all.peer_net, &peer_net_actor::ports::asked), status_edge_capacity);
  graph.connect(topology::port(all.peer_net, &peer_net_actor::ports::told),
                topology::port(all.rpc, &rpc_ports::peer_net_told), status_edge_capacity);
}

template <class Actor>
subsystem_ends connect_net(topology& graph, const ref<Actor>& who, const foreign_place& io) {
  auto heard = graph.feed_from(io, topology::port(who, &Actor::ports::net_in), net_edge_capacity);
  auto said = graph.sink_to(topology::port(who, &Actor::ports::net_out), io, net_edge_capacity);
  return {std::move(heard), std::move(said)};
}

/// Actors of one group share a session: what one has told the other is lost with either.
supervisor_options together() {
  supervisor_options out;
  out.how = strategy::one_for_all;
  return out;
}

parts compose(node_topology& app, const node_config& config, const node_files& files,
              const std::shared_ptr<worker_pool>& pool, const std::string& version) {
  parts all;
  auto& graph = app.graph;
  all.peer_net = graph.add<peer_net_actor>(peer_net_settings_of(config, files));
  const auto ordering = graph.add_group("ordering", together());
  notary_actor_setup keeping;
  keeping.from = files.from;
  keeping.network = files.network;
  keeping.rules = files.compiled;
  keeping.key = files.key;
  keeping.folder = config.directory;
  keeping.keeps = config.keeps;
  keeping.pool = pool;
  app.notary = graph.add_to<notary_actor>(ordering, keeping);
  consensus_setup voting;
  voting.from = files.from;
  voting.network = files.network;
  voting.key = files.key;
  voting.journal = config.directory / "consensus.journal";
  voting.keeps = config.keeps;
  voting.pool = pool;
  all.consensus = graph.add_to<consensus_actor>(ordering, voting);
  rpc_setup asking;
  asking.from = files.from;
  asking.facts.self = files.key->id();
  asking.facts.network = files.network;
  asking.facts.mode = config.mode;
  asking.facts.version = version;
  asking.table = graph.table();
  all.rpc = graph.add<rpc_actor>(asking);
  connect_ordering(app, all);
  connect_peer_net(app, all);
  connect_rpc(app, all);
  return all;
}

transport_settings transport_settings_of(const node_config& config, node_files& files,
                                         const std::string& version) {
  transport_settings out;
  out.net = config.net;
  out.network = files.network;
  out.mode = config.mode;
  out.agent = "caucus/" + version;
  out.server = std::move(files.server);
  out.client = std::move(files.client);
  return out;
}

} // namespace

// -- start and stop --------------------------------------------------------------------------------

result<node> node::start(const node_config& config, const config_schema& keys, const rules& with,
                         const std::string& version, const extension& more) {
  if (const auto levels = set_log_levels(config.log_levels); !levels) {
    return keys.refuse("log.levels", levels.error().detail);
  }
  if (const auto file = set_log_file(config.log_file.string()); !file) {
    return tl::make_unexpected(file.error());
  }
  auto files = read_files(config, with);
  if (!files) {
    return tl::make_unexpected(files.error());
  }
  auto made = std::make_unique<inside>(config.worker_threads);
  auto& here = *made;
  here.lock = std::move(files->lock);
  here.pool = std::make_shared<thread_pool>(config.checker_threads);
  here.io = std::make_unique<io_thread>("caucus-io", [failed = here.failed](const auto& why) {
    failed->ring({"the I/O thread failed: " + why});
  });
  const foreign_place io{"io", here.io->bell()};
  node_topology app;
  auto all = compose(app, config, *files, here.pool, version);
  auto consensus_ends = connect_net(app.graph, all.consensus, io);
  auto notary_ends = connect_net(app.graph, app.notary, io);
  auto events = app.graph.feed_from(
    io, topology::port(all.peer_net, &peer_net_actor::ports::events), event_edge_capacity);
  auto commands = app.graph.sink_to(topology::port(all.peer_net, &peer_net_actor::ports::commands),
                                    io, event_edge_capacity);
  auto calls = app.graph.feed_from(io, topology::port(all.rpc, &rpc_actor::ports::calls),
                                   control_edge_capacity);
  auto replies = app.graph.sink_to(topology::port(all.rpc, &rpc_actor::ports::replies), io,
                                   control_edge_capacity);
  if (more) {
    more(app);
  }
  here.control = std::make_unique<control_server>(*here.io);
  here.net =
    std::make_unique<transport>(*here.io, transport_settings_of(config, *files, version),
                                transport_ports{std::move(events), std::move(commands),
                                                std::move(consensus_ends), std::move(notary_ends)});
  if (const auto bound = here.net->start(); !bound) {
    return tl::make_unexpected(bound.error());
  }
  if (const auto open = here.control->open(config.directory, std::move(calls), std::move(replies));
      !open) {
    return tl::make_unexpected(open.error());
  }
  supervisor_options options;
  options.on_end = [failed = here.failed](const ending& how) {
    if (how.gave_up) {
      failed->ring({"restarted too often: " + how.last_error});
    }
  };
  auto actors = app.graph.start(here.system, options);
  if (!actors) {
    return tl::make_unexpected(actors.error());
  }
  here.actors.emplace(std::move(*actors));
  here.io->start();
  here.facts = {files->key->id(), files->network,   files->from->name,
                config.mode,      here.net->port(), {}};
  for (const auto& one : files->from->members) {
    if (one.peer == here.facts.self) {
      here.facts.member = one.name;
    }
  }
  return node{std::move(made)};
}

bool node::stop(std::chrono::milliseconds deadline) {
  auto& here = *inside_;
  if (std::exchange(here.stopped, true)) {
    return here.in_order;
  }
  here.io->call([&here] { here.control->close(); });
  here.actors->begin_stop();
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
node& node::operator=(node&&) noexcept = default;
node::~node() {
  if (inside_) {
    static_cast<void>(stop(std::chrono::seconds{10}));
  }
}

const node_facts& node::facts() const {
  return inside_->facts;
}

void node::on_failure(std::function<void(const node_failure&)> then) {
  inside_->failed->listen(std::move(then));
}

} // namespace caucus
