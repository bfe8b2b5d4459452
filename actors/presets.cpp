#include "actors/presets.hpp"

#include "actors/administration/administration_actor.hpp"
#include "actors/consensus/consensus_actor.hpp"
#include "actors/first_rules.hpp"
#include "actors/logged_rules.hpp"
#include "actors/node_topology.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/rules.hpp"
#include "actors/notary/snapshot_install.hpp"
#include "actors/peer_net/peer_net_actor.hpp"
#include "actors/preset_parts.hpp"
#include "actors/rpc/rpc_actor.hpp"
#include "actors/start_checks.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/directory_lock.hpp"
#include "runtime/folder_network.hpp"
#include "runtime/folder_watch.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/identity.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/log.hpp"
#include "runtime/log_format.hpp"
#include "runtime/process_guard.hpp"
#include "runtime/tls.hpp"
#include "runtime/variables/rules_text.hpp"
#include "runtime/worker_pool.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace caucus {

namespace {

/// All that is read before anything starts.
struct node_files {
  directory_lock lock;
  std::shared_ptr<const genesis> from;
  network_id network;
  std::shared_ptr<const compiled_rules> compiled;
  std::shared_ptr<const secret_key> key;
  tls_context server;
  tls_context client;
  std::string rules; ///< "name:version" that it began with; empty: none of its own
};

result<node_files> read_files(const node_config& config, const rules& with) {
  CAUCUS_TRY(auto from, load_genesis(config.genesis));
  CAUCUS_TRY_VOID(settle_first_rules(from, with, config.directory));
  auto compiled = compile_rules(from, logged(with));
  if (!compiled) {
    return fail(compiled.error().code, config.genesis.string() + ": " + compiled.error().detail);
  }
  CAUCUS_TRY(auto key, load_identity(config.identity));
  std::error_code failed;
  std::filesystem::create_directories(config.directory, failed);
  if (failed) {
    return fail(errc::io_failed, "cannot make the node's folder " + config.directory.string() + ": "
                                   + failed.message());
  }
  CAUCUS_TRY(auto lock, directory_lock::take(config.directory));
  CAUCUS_TRY(auto x509, make_x509(key));
  auto server = make_tls_context(key, x509, tls_side::server);
  auto client = make_tls_context(key, x509, tls_side::client);
  if (!server || !client) {
    return tl::make_unexpected(!server ? server.error() : client.error());
  }
  const auto known =
    notary_files::look_epochs(config.directory, from); // its faults the notary tells
  CAUCUS_TRY_VOID(judge_journals(config.directory,
                                 known ? known->voters.newest() : committee_of(from), key.id()));
  if (from.continues && !is_ready(config.directory)
      && notary_files::oldest(config.directory).value_or(height{1})
           == height{}) { // else it says why
    return tl::make_unexpected(notary_files::lacks_first_state(*from.continues));
  }
  from.rules = (*compiled)->declared()->code;
  const auto network = network_id_of(from, with);
  CAUCUS_TRY_VOID(claim_folder(config.directory, network));
  auto rules = from.rules ? to_text(*from.rules) : std::string{};
  return node_files{std::move(lock),
                    std::make_shared<const genesis>(std::move(from)),
                    network,
                    std::move(*compiled),
                    std::make_shared<const secret_key>(std::move(key)),
                    std::move(*server),
                    std::move(*client),
                    std::move(rules)};
}

peer_net_settings peer_net_settings_of(const node_config& config, const node_materials& of) {
  peer_net_settings out;
  out.manager.self = of.key->id();
  out.manager.network = of.network;
  out.manager.net = config.net;
  const auto voters = committee_of(*of.genesis);
  for (const auto& one : voters.members()) {
    out.manager.members.push_back({one.peer, one.address});
  }
  out.book_path = of.peer_book;
  return out;
}

/// Actors of one group share a session: what one has told the other is lost with either. Each restart
/// counts at once as one of the node's, whose limit would else be multiplied by the group's.
supervisor_options together() {
  supervisor_options out;
  out.how = strategy::one_for_all;
  out.restarts_max = 0;
  return out;
}

notary_actor_setup notary_setup_of(const node_topology& app, const preset_parts& parts,
                                   const node_materials& of) {
  notary_actor_setup out;
  out.genesis = of.genesis;
  out.network = of.network;
  out.rules = of.compiled;
  out.key = of.key;
  out.folder = parts.config.directory;
  out.keeps = parts.config.keeps;
  out.pool = parts.checkers;
  out.storer = parts.storer;
  out.config = of.notary;
  out.config.keep_blocks = parts.config.keep_blocks;
  out.config.fetch_snapshot = parts.config.fetch_snapshot;
  out.storage = of.storage;
  out.scheme = of.scheme;
  out.names = app.names;
  out.numbers = app.numbers;
  return out;
}

consensus_setup consensus_setup_of(const node_topology& app, const preset_parts& parts,
                                   const node_materials& of) {
  const auto& config = parts.config;
  consensus_setup out;
  out.genesis = of.genesis;
  out.network = of.network;
  out.key = of.key;
  out.journal = config.directory / "consensus.journal";
  out.keeps = config.keeps;
  if (config.vote_above > 0) {
    out.vote_above = view{config.vote_above};
  }
  out.pool = parts.checkers;
  out.files = of.storage.files;
  out.syncs = app.numbers->make_histogram(
    "caucus_sync_seconds", "A write and sync to the disk, by file.", {{"file", "votes"}});
  out.scheme = of.scheme;
  out.journal_size_max = of.votes_journal_size_max;
  return out;
}

administration_actor_setup administration_setup_of(const node_materials& of) {
  administration_actor_setup out;
  out.genesis = of.genesis;
  out.network = of.network;
  out.self = of.key->id();
  out.scheme = of.scheme;
  out.can_judge = [brought = of.compiled->brought()](const declarations& what) {
    return can_judge(*brought, what);
  };
  return out;
}

rpc_setup rpc_setup_of(const node_topology& app, const preset_parts& parts,
                       const node_materials& of) {
  rpc_setup out{app.commands, command_context{of.genesis}};
  auto& node = out.node;
  node.names = app.names;
  node.self = of.key->id();
  node.network = of.network;
  node.mode = parts.config.mode;
  node.version = of.version;
  node.rules = of.rules;
  node.table = app.graph.table();
  node.numbers = app.numbers;
  out.trouble = of.trouble;
  return out;
}

/// What no other actor has.
void connect_to_io(node_topology& app, preset_parts& parts, const ref<rpc_actor>& rpc) {
  auto& graph = app.graph;
  const auto& io = parts.network;
  const auto& room = app.room();
  parts.links.events =
    graph.feed_from(io, topology::port(app.peer_net, &peer_net_actor::ports::events), room.events);
  parts.links.commands =
    graph.sink_to(topology::port(app.peer_net, &peer_net_actor::ports::commands), io, room.events);
  parts.calls = graph.feed_from(io, topology::port(rpc, &rpc_actor::ports::calls), room.control);
  parts.replies = graph.sink_to(topology::port(rpc, &rpc_actor::ports::replies), io, room.control);
}

void connect_ordering(node_topology& app) {
  using voting_ports = consensus_actor::ports;
  using notary_ports = notary_actor::ports;
  app.graph.connect(topology::port(app.notary, &notary_ports::consensus_out),
                    topology::port(app.consensus, &voting_ports::notary_in), app.room().ordering);
  app.graph.connect(topology::port(app.consensus, &voting_ports::notary_out),
                    topology::port(app.notary, &notary_ports::consensus_in), app.room().ordering);
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

// Actors start in the order in which they are added, and stop in the other. Commands and status have the
// order in which they are connected. One more of ours is one line more, before rpc:
// node_parts_access::connect(app, graph.add<x_actor>(...)).
node_topology compose_node(std::unique_ptr<preset_parts> made, const node_materials& from) {
  auto& here = *made;
  node_topology app{std::move(made)};
  app.genesis = from.genesis;
  app.names = std::make_shared<live_names>(std::make_shared<const catalog>(*from.genesis));
  auto& graph = app.graph;
  app.peer_net = graph.add<peer_net_actor>(peer_net_settings_of(here.config, from));
  const auto ordering = graph.add_group("ordering", together());
  app.notary = graph.add_to<notary_actor>(ordering, notary_setup_of(app, here, from));
  app.consensus = graph.add_to<consensus_actor>(ordering, consensus_setup_of(app, here, from));
  connect_ordering(app);
  node_parts_access::connect(app, app.notary);
  node_parts_access::connect(app, app.consensus);
  node_parts_access::connect(app, app.peer_net);
  node_parts_access::connect(app, graph.add<administration_actor>(administration_setup_of(from)));
  const auto rpc = graph.add<rpc_actor>(rpc_setup_of(app, here, from));
  node_parts_access::connect(app, rpc);
  connect_to_io(app, here, rpc);
  return app;
}

command_table preset_commands() {
  command_table out;
  out.add(notary_actor::commands::of("notary"));
  out.add(consensus_actor::commands::of("consensus"));
  out.add(peer_net_actor::commands::of("peer_net"));
  out.add(administration_actor::commands::of("administration"));
  return out;
}

// -- the presets -----------------------------------------------------------------------------------

namespace {

result<node_topology> topology_of_valid(node_config config, const rules& with,
                                        const std::string& version) {
  CAUCUS_TRY(auto files, read_files(config, with));
  auto made = std::make_unique<preset_parts>();
  auto& here = *made;
  here.facts = {files.key->id(),
                files.network,
                files.from->name,
                config.mode,
                0,
                committee_of(*files.from).name_of(files.key->id())};
  here.lock = std::move(files.lock);
  here.checkers = std::make_shared<thread_pool>(config.checker_threads);
  here.storer = std::make_shared<thread_pool>(1, thread_rank::background);
  here.io = std::make_unique<io_thread>("caucus-io", [failed = here.failed](const auto& why) {
    failed->ring({"the I/O thread failed: " + why});
  });
  here.net = transport_settings_of(config, files, version);
  here.network = {"io", here.io->bell()};
  node_materials from;
  from.genesis = files.from;
  from.network = files.network;
  from.compiled = files.compiled;
  from.key = files.key;
  from.rules = files.rules;
  from.version = version;
  from.peer_book = config.directory / "peers.sqlite";
  from.trouble = [watch = std::make_shared<folder_watch>(config.directory)] {
    return watch->trouble();
  };
  here.config = std::move(config);
  return compose_node(std::move(made), from);
}

} // namespace

result<node_topology> topology_of(node_config config, const rules& with,
                                  const std::string& version) {
  auto good = validate(config);
  if (good) {
    good = pin_paths(config);
  }
  if (!good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  fill_standard_descriptors();
  ignore_file_size_signal();
  return or_error([&] { return topology_of_valid(std::move(config), with, version); });
}

result<node_topology> server_topology(node_config config, const rules& with,
                                      const std::string& version) {
  config.mode = node_mode::server;
  return topology_of(std::move(config), with, version);
}

result<node_topology> client_topology(node_config config, const rules& with,
                                      const std::string& version) {
  config.mode = node_mode::client;
  return topology_of(std::move(config), with, version);
}

} // namespace caucus
