#pragma once

#include "actors/notary/rules.hpp"
#include "messages/genesis.hpp"
#include "messages/result.hpp"

#include <filesystem>

/// Which C++ rules a network began with, where its genesis does not say: a file of before there was
/// the key.
/// Any thread; reads the disk.

namespace caucus {

/// Those of `with` whose network the node's folder is of. The genesis stays as it is if it says, or
/// one version alone fits it, or the folder is of none of these. Error: wrong_network: several fit,
/// and the folder does not say which.
[[nodiscard]] result<void> settle_first_rules(genesis& from, const rules& with,
                                              const std::filesystem::path& folder);

} // namespace caucus
