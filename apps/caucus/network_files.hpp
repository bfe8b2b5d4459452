#pragma once

#include "messages/genesis.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Makes the files that nodes start from. Never overwrites. Main thread.

namespace caucus::cli {

/// Error: io_failed.
[[nodiscard]] result<void> make_folder(const std::filesystem::path& path);
/// `kept`: a file that may be there, as it is what would be put there. Error: file_exists.
[[nodiscard]] result<void> must_be_free(const std::filesystem::path& path,
                                        const std::filesystem::path& kept = {});

/// A time that a template leaves out is now. `default_variables()`: of genesis_text.hpp.
struct group_plan {
  std::filesystem::path directory;
  unsigned nodes = 4;                            ///< [1, members_max]
  std::uint16_t base_port = 7400;                ///< base_port + nodes - 1 <= 65535
  std::filesystem::path genesis{};               ///< of the variables; empty: default_variables()
  std::vector<variable_declaration> variables{}; ///< in place of both, if not empty
  std::string extra{};                           ///< TOML for every node.toml
  std::string hostname = "127.0.0.1";
};
struct made_group {
  std::vector<std::string> ids;  ///< as text, in the nodes' order
  std::optional<wall_ms> time{}; ///< the genesis's, where `genesis` left it out: now
};
/// genesis.toml, node<i>/node.toml, node<i>/identity.key.
/// Errors: value_out_of_range (ports), file_exists, those of the genesis and of files.
[[nodiscard]] result<made_group> make_group(const group_plan& plan);

/// For members whose keys are made elsewhere, each by its owner.
struct genesis_plan {
  std::filesystem::path directory;
  std::vector<member> members;     ///< [1, members_max], as parse_members() gives them
  std::filesystem::path genesis{}; ///< as above
};
/// genesis.toml alone: nothing secret. The time that was filled in. Errors: as above.
[[nodiscard]] result<std::optional<wall_ms>> make_genesis(const genesis_plan& plan);

struct member_plan {
  std::filesystem::path directory;
  std::filesystem::path genesis;       ///< copied, unless it is the folder's own
  std::filesystem::path identity;      ///< copied, unless it is the folder's own
  std::optional<std::uint16_t> port{}; ///< none: that of the member's address
};
struct made_member {
  std::string name;
  std::string id;
  std::string address; ///< where the others reach it, as the genesis says
  std::string hostname;
  std::uint16_t port = 0; ///< listens on these
};
/// node.toml of the member whose key `identity` is, with copies of key and genesis.
/// Errors: bad_request (the key of no member), file_exists, those of the genesis, keys and files.
[[nodiscard]] result<made_member> make_member(const member_plan& plan);

struct client_plan {
  std::filesystem::path directory;
  std::string join;                    ///< "host:port"
  std::filesystem::path genesis;       ///< copied
  std::optional<std::uint16_t> port{}; ///< none: does not listen
  std::filesystem::path identity{};    ///< copied; empty: a new one is made
};
/// node.toml, identity.key and a copy of genesis.toml. The peer id, as text.
/// Errors: bad_request (no address; a member's key), file_exists, those of the genesis, keys and
/// files.
[[nodiscard]] result<std::string> make_client(const client_plan& plan);

} // namespace caucus::cli
