#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <filesystem>

/// The highest height at which a read was verified here: an older answer, however true it was, is
/// stale. Kept in `folder`/seen_height, one line: the network's id and the height. Main thread;
/// several processes may do this at once.

namespace caucus::cli {

/// Zero: none was seen of this network, as there is no file, or one that somebody is just making
/// (empty).
/// Errors: file_unreadable, io_failed, file_malformed: an older answer than what was seen is not
/// noticed.
[[nodiscard]] result<height> seen_height(const std::filesystem::path& folder,
                                         const network_id& network);

/// Where it is kept.
[[nodiscard]] std::filesystem::path seen_height_file(const std::filesystem::path& folder);

/// Raises it; a lower one, and one of the same height, change nothing. A damaged file is written
/// anew.
/// Errors: file_missing (no folder), file_unreadable, disk_full, io_failed; the file is as before.
[[nodiscard]] result<void> raise_seen_height(const std::filesystem::path& folder,
                                             const network_id& network, height to);

} // namespace caucus::cli
