#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <filesystem>

/// The highest height at which a read was verified here: an older answer, however true it was, is
/// stale. Kept in `folder`/seen_height, one line: the network's id and the height. Main thread;
/// several processes may do this at once.

namespace caucus::cli {

/// Zero: none was seen of this network, or the file cannot be read.
[[nodiscard]] height seen_height(const std::filesystem::path& folder, const network_id& network);

/// Raises it; a lower one, and one of the same height, change nothing.
/// Errors: file_missing (no folder), file_unreadable, disk_full, io_failed; the file is as before.
[[nodiscard]] result<void> raise_seen_height(const std::filesystem::path& folder,
                                             const network_id& network, height to);

} // namespace caucus::cli
