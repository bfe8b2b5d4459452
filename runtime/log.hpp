#pragma once

#include "messages/result.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The node's log: one line an entry, with time, level and subsystem. A level per subsystem. Free
/// of spdlog, which does the work behind. Any thread. Nothing here throws: a log that cannot be
/// written must not end an actor.

namespace caucus {

enum class log_level : std::uint8_t { debug, info, warn, error, off };

/// Says it if the subsystem's level allows. `subsystem`: the actor's or folder's name. Line breaks
/// and control characters, which a peer may have sent, come out escaped.
void log(std::string_view subsystem, log_level level, std::string_view text) noexcept;

/// Cheap. Ask before building a long text that may not be logged.
[[nodiscard]] bool log_enabled(std::string_view subsystem, log_level level) noexcept;

/// Says it at most once per `interval` for each `key` (a cause: "peer_net/bad_x509/10.0.0.7"), then
/// with the number of times it was held back. For causes that others can bring about at will.
/// Keys beyond a bounded table share one entry, "others".
void log_once_per(std::string_view key, std::chrono::seconds interval, std::string_view subsystem,
                  log_level level, std::string_view text) noexcept;

/// Sets the levels, `text`: "info,peer_net=debug,rpc=off". What is not named has the first, unnamed
/// level; without one, `warn`. At any time. `subsystems`: those that there are; empty: any. Error:
/// `value_out_of_range`, "given ...; allowed: ..." of the part that is wrong, the levels unchanged.
[[nodiscard]] result<void> set_log_levels(std::string_view text,
                                          std::span<const std::string> subsystems = {});

/// From now on into this file, appended; empty: to stderr, in colours on a terminal only.
/// Errors: `file_unreadable`, the log as before.
[[nodiscard]] result<void> set_log_file(const std::string& path);

/// Opens the file anew, after a rotation of logs, which sends SIGHUP. On stderr: does nothing.
[[nodiscard]] result<void> reopen_log_file();

[[nodiscard]] std::string_view to_string(log_level level);

} // namespace caucus
