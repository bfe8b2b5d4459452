#pragma once

#include "messages/genesis.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// `caucus init NEW --from DIR... --member ...`: the genesis of a network that goes on from what is
/// left of another. Main thread.

namespace caucus::cli {

struct continuation_plan {
  std::filesystem::path directory;
  std::vector<std::string> survivors; ///< folders of nodes, or their node.toml
  std::vector<member> members;        ///< [1, members_max], as parse_members() gives them
  bool as_json = false;
};

/// Makes genesis.toml and state.snapshot, and tells of it. The exit code.
[[nodiscard]] int init_from(const continuation_plan& plan);

} // namespace caucus::cli
