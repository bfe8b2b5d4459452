#include "apps/caucus/node_access.hpp"

#include "actors/notary/rules.hpp"
#include "messages/hello.hpp"
#include "runtime/genesis_file.hpp"

#include <utility>

namespace caucus::cli {

result<known_network> open_genesis(const std::filesystem::path& file) {
  auto from = load_genesis(file);
  if (!from) {
    return tl::make_unexpected(from.error());
  }
  const auto network = network_id_of(*from, rules{});
  return known_network{std::move(*from), network};
}

result<node_access> open_node(std::filesystem::path config_file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(config_file, ignored)) {
    config_file /= "node.toml";
  }
  node_access out;
  node_settings settings;
  if (const auto read = settings.load(config_file, {}); !read) {
    return tl::make_unexpected(read.error());
  }
  out.config = settings.config();
  auto network = open_genesis(out.config.genesis);
  if (!network) {
    return tl::make_unexpected(network.error());
  }
  out.from = std::move(network->from);
  out.network = network->network;
  return out;
}

std::string version() {
  return CAUCUS_VERSION;
}

std::string protocol_versions() {
  return std::to_string(protocol_version_min)
         + (protocol_version_min == protocol_version_max
              ? ""
              : "-" + std::to_string(protocol_version_max));
}

std::string version_line() {
  return "caucus " + version() + " (protocol " + protocol_versions() + ")";
}

std::filesystem::path own_program() {
  std::error_code failed;
  auto out = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::filesystem::path{"caucus"} : out;
}

} // namespace caucus::cli
