#include "apps/caucus/network_files.hpp"

#include "apps/caucus/genesis_text.hpp"
#include "apps/caucus/own.hpp"
#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/config_value.hpp"
#include "runtime/file.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/identity.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace caucus::cli {

namespace {

namespace fs = std::filesystem;

result<peer_id> make_identity_in(const fs::path& folder) {
  CAUCUS_TRY(auto key, make_identity());
  CAUCUS_TRY_VOID(save_identity(key, folder / "identity.key"));
  return key.id();
}

std::string where_keys_are() {
  return " All keys: " + typed("node --config THIS --print-config\n");
}

std::string node_text(const group_plan& plan, unsigned index) {
  return "# One node of a caucus network." + where_keys_are()
         + "[node]\ngenesis = \"../genesis.toml\"\n\n[net]\nhostname = " + toml_text(plan.hostname)
         + "\nport = " + std::to_string(plan.base_port + index) + "\n" + plan.extra;
}

/// What another owner is to get, and who owns a key.
struct network_of_others {
  committee voters;
  std::string text;
};

result<network_of_others> read_network(const fs::path& file) {
  auto from = load_genesis(file);
  auto text = read_file(file, {.name = "the genesis", .size_max = genesis_size_max});
  if (!from || !text) {
    return tl::make_unexpected(!from ? from.error() : text.error());
  }
  return network_of_others{committee_of(*from), std::move(*text)};
}

/// A node's three files, of which those that `kept` names may be there, being what they are made from.
struct node_files {
  fs::path directory;
  fs::path genesis_from;
  std::string genesis_text;
  fs::path identity_from;        ///< empty: a new one
  std::optional<secret_key> key; ///< that of identity_from
  std::string config_text;
};

/// The peer id, as text.
result<std::string> write_node(const node_files& what) {
  const std::pair<const char*, fs::path> all[] = {
    {"node.toml", {}}, {"identity.key", what.identity_from}, {"genesis.toml", what.genesis_from}};
  for (const auto& [name, kept] : all) {
    CAUCUS_TRY_VOID(must_be_free(what.directory / name, kept));
  }
  CAUCUS_TRY_VOID(make_folder(what.directory));
  std::error_code ignored;
  const auto key_file = what.directory / "identity.key";
  const auto id = what.key ? result<peer_id>{what.key->id()} : make_identity_in(what.directory);
  result<void> done = id ? result<void>{} : tl::make_unexpected(id.error());
  if (done && what.key && !fs::exists(key_file, ignored)) {
    done = save_identity(*what.key, key_file);
  }
  if (done && !fs::exists(what.directory / "genesis.toml", ignored)) {
    done = write_new_file(what.directory / "genesis.toml", what.genesis_text);
  }
  if (done) {
    done = write_new_file(what.directory / "node.toml", what.config_text);
  }
  if (!done) {
    return tl::make_unexpected(done.error());
  }
  return to_text(*id);
}

std::string names_of(const committee& voters) {
  std::string out;
  for (const auto& one : voters.members()) {
    out += "\n  " + one.name + " = " + to_text(one.peer);
  }
  return out;
}

/// Where a member with this address listens: on all addresses, but for one of this machine alone.
std::string listens_on(std::string_view address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
  }
  if (host.starts_with("127.") || host == "::1") {
    return std::string{host};
  }
  if (host == "localhost") {
    return "127.0.0.1";
  }
  return host.find(':') == std::string_view::npos ? "0.0.0.0" : "::";
}

} // namespace

result<void> make_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    return fail(errc::io_failed,
                "cannot make the folder " + path.string() + ": " + failed.message());
  }
  return {};
}

result<void> must_be_free(const fs::path& path, const fs::path& kept) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && (kept.empty() || !fs::equivalent(path, kept, ignored))) {
    return fail(errc::file_exists,
                path.string()
                  + " is there already and is not overwritten; choose another folder, "
                    "or remove it if nothing in it is needed");
  }
  return {};
}

result<made_group> make_group(const group_plan& plan) {
  if (plan.base_port + plan.nodes - 1 > 65'535) {
    return fail(errc::value_out_of_range, "ports " + std::to_string(plan.base_port) + " to "
                                            + std::to_string(plan.base_port + plan.nodes - 1)
                                            + " do not exist; choose a --base-port of at most "
                                            + std::to_string(65'536 - plan.nodes));
  }
  auto free = must_be_free(plan.directory / "genesis.toml");
  for (unsigned i = 0; i < plan.nodes && free; ++i) {
    free = must_be_free(plan.directory / ("node" + std::to_string(i)));
  }
  if (!free) {
    return tl::make_unexpected(free.error());
  }
  CAUCUS_TRY(auto start, begin_genesis(plan.genesis, plan.variables));
  made_group out{{}, start.time};
  for (unsigned i = 0; i < plan.nodes; ++i) {
    const auto name = "node" + std::to_string(i);
    const auto folder = plan.directory / name;
    result<void> done = make_folder(folder);
    CAUCUS_TRY(auto id, done ? make_identity_in(folder) : tl::make_unexpected(done.error()));
    start.text += member_text({id, name, plan.hostname + ":" + std::to_string(plan.base_port + i)});
    done = write_new_file(folder / "node.toml", node_text(plan, i));
    if (!done) {
      return tl::make_unexpected(done.error());
    }
    out.ids.push_back(to_text(id));
  }
  CAUCUS_TRY_VOID(write_new_file(plan.directory / "genesis.toml", start.text));
  return out;
}

result<std::optional<wall_ms>> make_genesis(const genesis_plan& plan) {
  const auto file = plan.directory / "genesis.toml";
  CAUCUS_TRY_VOID(must_be_free(file));
  CAUCUS_TRY(auto start, begin_genesis(plan.genesis, {}));
  for (const auto& one : plan.members) {
    start.text += member_text(one);
  }
  CAUCUS_TRY_VOID(parse_genesis(start.text, file.string()));
  result<void> done = make_folder(plan.directory);
  if (done) {
    done = write_new_file(file, start.text);
  }
  if (!done) {
    return tl::make_unexpected(done.error());
  }
  return start.time;
}

result<made_member> make_member(const member_plan& plan) {
  if (plan.genesis.empty()) {
    return fail(errc::bad_request, "--identity needs --genesis FILE, the genesis.toml that the "
                                   "group's owners agreed on");
  }
  CAUCUS_TRY(auto network, read_network(plan.genesis));
  CAUCUS_TRY(auto key, load_identity(plan.identity));
  const auto* const who = network.voters.find(key.id());
  if (who == nullptr) {
    return fail(errc::bad_request,
                plan.identity.string() + " is the key of " + to_text(key.id())
                  + ", no member of the network in " + plan.genesis.string()
                  + ". Give the key of a member, or --join HOST:PORT for a client. The members:"
                  + names_of(network.voters));
  }
  made_member out{who->name, {}, who->address, listens_on(who->address), 0};
  const auto digits = std::string_view{who->address}.substr(who->address.rfind(':') + 1);
  static_cast<void>(std::from_chars(digits.data(), digits.data() + digits.size(), out.port));
  out.port = plan.port.value_or(out.port);
  if (who->address.empty() && !plan.port) {
    return fail(errc::bad_request, "the genesis gives no address of " + who->name
                                     + ": give the port to listen on with --base-port");
  }
  CAUCUS_TRY(
    auto id,
    write_node(
      {plan.directory, plan.genesis, std::move(network.text), plan.identity, std::move(key),
       "# The node of " + who->name + " in a caucus network." + where_keys_are()
         + "[node]\ngenesis = \"genesis.toml\"\n\n[net]\n"
         + (who->address.empty() ? "" : "# the others dial " + who->address + "\n") + "hostname = "
         + toml_text(out.hostname) + "\nport = " + std::to_string(out.port) + "\n"}));
  out.id = std::move(id);
  return out;
}

result<std::string> make_client(const client_plan& plan) {
  if (plan.join.empty()) {
    return fail(errc::bad_request,
                "--join is missing: give --join HOST:PORT of a node, 127.0.0.1:7400 say");
  }
  if (!is_address(plan.join)) {
    return fail(errc::bad_request,
                "--join is '" + plan.join + "'; give HOST:PORT of a node, 127.0.0.1:7400 say");
  }
  if (plan.genesis.empty()) {
    return fail(errc::bad_request,
                "--join needs --genesis FILE, the network's genesis.toml: ask its operator for it");
  }
  CAUCUS_TRY(auto network, read_network(plan.genesis));
  std::optional<secret_key> key;
  if (!plan.identity.empty()) {
    CAUCUS_TRY(auto loaded, load_identity(plan.identity));
    if (const auto* const who = network.voters.find(loaded.id())) {
      return fail(errc::bad_request, plan.identity.string() + " is the key of the member "
                                       + who->name
                                       + ": leave out --join, or make a client its own");
    }
    key = std::move(loaded);
  }
  const std::string listening =
    plan.port ? "hostname = \"127.0.0.1\"\nport = " + std::to_string(*plan.port) + "\n"
              : "# without a port it listens nowhere\n";
  return write_node({plan.directory, plan.genesis, std::move(network.text), plan.identity,
                     std::move(key),
                     "# A client of a caucus network." + where_keys_are()
                       + "[node]\nmode = \"client\"\ngenesis = \"genesis.toml\"\n\n[net]\n"
                       + listening + "join = [" + toml_text(plan.join) + "]\n"});
}

} // namespace caucus::cli
