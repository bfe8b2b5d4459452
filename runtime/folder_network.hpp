#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <filesystem>
#include <optional>

/// Which network a node's folder belongs to. Its journals, ledger and state hold what was signed in
/// one network. In another network the same bytes are forgeries, and a node that sends them is
/// blamed. So the folder as a whole has one network, in its file `network`.
/// Any thread; blocks on the disk.

namespace caucus {

/// What the folder says. nullopt: nothing yet, it is new or of a version that did not say. Errors:
/// those of read_file(), file_malformed.
[[nodiscard]] result<std::optional<network_id>> folder_network(const std::filesystem::path& folder);

/// Whether the folder may be opened in `network`: it belongs to that network, or to none; a folder
/// without stores belongs to none. Changes nothing. Errors: wrong_network, which says what to do;
/// those of folder_network() if there is a store.
[[nodiscard]] result<void> judge_folder(const std::filesystem::path& folder,
                                        const network_id& network);

/// Makes the folder `network`'s, durable when this returns, if judge_folder() allows it.
/// Precondition: this process holds the folder's lock, and opens no store before. Errors: those of
/// judge_folder() and write_new_file().
[[nodiscard]] result<void> claim_folder(const std::filesystem::path& folder,
                                        const network_id& network);

} // namespace caucus
