#include "runtime/log.hpp"

#include "runtime/base/nearest_name.hpp"
#include "runtime/file.hpp"
#include "runtime/log_causes.hpp"
#include "runtime/process_guard.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace caucus {

namespace {

using names = std::map<std::string, log_level, std::less<>>;

/// Replaced as a whole and never changed, so that readers need no lock beyond the pointer's.
struct levels {
  log_level unnamed = log_level::warn;
  names named;

  [[nodiscard]] log_level of(std::string_view subsystem) const {
    const auto found = named.find(subsystem);
    return found == named.end() ? unnamed : found->second;
  }
  /// The loudest of all: below it nobody has to look further.
  [[nodiscard]] log_level lowest() const {
    auto out = unnamed;
    for (const auto& [name, level] : named) {
      out = std::min(out, level);
    }
    return out;
  }
};

constexpr const char* line_pattern = "%Y-%m-%dT%H:%M:%S.%e%z %^%-5l%$ %v";

std::shared_ptr<spdlog::logger> logger_over(spdlog::sink_ptr sink) {
  auto made = std::make_shared<spdlog::logger>("caucus", std::move(sink));
  made->set_level(spdlog::level::debug); // we have asked our own levels before
  made->set_pattern(line_pattern);
  made->flush_on(spdlog::level::debug); // a log is read after a crash
  return made;
}

/// spdlog's own opens its files so that programs which the host starts inherit them.
class file_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
  /// Throws std::system_error.
  explicit file_sink(const std::string& path)
      : file_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)} {
    if (!file_) {
      throw std::system_error{errno, std::generic_category()};
    }
  }

private:
  void sink_it_(const spdlog::details::log_msg& what) override {
    spdlog::memory_buf_t line;
    formatter_->format(what, line);
    const char* at = line.data();
    for (auto left = line.size(); left > 0;) {
      const auto wrote = ::write(file_.get(), at, left);
      if (wrote < 0 && errno == EINTR) {
        continue;
      }
      if (wrote <= 0) {
        return; // a full disk: nobody can be told
      }
      at += wrote;
      left -= static_cast<std::size_t>(wrote);
    }
  }
  void flush_() override {}

  unique_fd file_;
};

struct state {
  std::mutex guard;
  levels which;
  log_causes causes;
  std::string path;
  std::shared_ptr<spdlog::logger> sink =
    logger_over(std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
};

state& shared() {
  static state one;
  return one;
}

std::atomic<log_level> lowest_level{log_level::warn};

spdlog::level::level_enum theirs(log_level level) {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warn: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    case log_level::off: break;
  }
  return spdlog::level::off;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> code{};
      static_cast<void>(std::snprintf(code.data(), code.size(), "\\x%02x",
                                      static_cast<unsigned>(static_cast<unsigned char>(c))));
      out += code.data();
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<log_level> level_named(std::string_view name) {
  for (const auto level :
       {log_level::debug, log_level::info, log_level::warn, log_level::error, log_level::off}) {
    if (to_string(level) == name) {
      return level;
    }
  }
  return std::nullopt;
}

/// "foo" is none of them: what may have been meant, else all.
std::string subsystems_beside(std::string_view name, std::span<const std::string> subsystems) {
  const std::vector<std::string_view> views{subsystems.begin(), subsystems.end()};
  if (const auto near = nearest_name(name, views); !near.empty()) {
    return "did you mean " + std::string{near} + "?";
  }
  std::string all;
  for (const auto view : views) {
    all.append(all.empty() ? "allowed: " : ", ").append(view);
  }
  return all;
}

/// Of a part that is wrong. A wrong one may be as long as a file.
tl::unexpected<error> wrong_part(std::string_view part, const std::string& why) {
  constexpr std::size_t shown_max = 60;
  return fail(errc::value_out_of_range, "given \"" + std::string{part.substr(0, shown_max)}
                                          + (part.size() > shown_max ? "...\"; " : "\"; ") + why);
}

} // namespace

std::string_view to_string(log_level level) {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warn: return "warn";
    case log_level::error: return "error";
    case log_level::off: break;
  }
  return "off";
}

bool log_enabled(std::string_view subsystem, log_level level) noexcept {
  if (level == log_level::off || level < lowest_level.load(std::memory_order_relaxed)) {
    return false;
  }
  try {
    const std::lock_guard lock{shared().guard};
    return level >= shared().which.of(subsystem);
  } catch (const std::exception&) {
    return false;
  }
}

void log(std::string_view subsystem, log_level level, std::string_view text) noexcept {
  if (!log_enabled(subsystem, level)) {
    return;
  }
  try {
    const auto line = on_one_line(text);
    std::shared_ptr<spdlog::logger> sink;
    {
      const std::lock_guard lock{shared().guard};
      sink = shared().sink;
    }
    const sigpipe_guard quiet; // stderr may be a pipe that nobody reads any more
    sink->log(theirs(level), "{}: {}", subsystem, line);
  } catch (const std::exception&) {
    return; // no memory for a line: nobody can be told
  }
}

void log_once_per(std::string_view key, std::chrono::seconds interval, std::string_view subsystem,
                  log_level level, std::string_view text) noexcept {
  if (!log_enabled(subsystem, level)) {
    return;
  }
  try {
    std::optional<std::uint64_t> held_back;
    {
      const std::lock_guard lock{shared().guard};
      held_back = shared().causes.may_say(key, interval, std::chrono::steady_clock::now());
    }
    if (held_back && *held_back > 0) {
      log(subsystem, level,
          std::string{text} + " (" + std::to_string(*held_back) + " more like it were not said)");
    } else if (held_back) {
      log(subsystem, level, text);
    }
  } catch (const std::exception&) {
    return;
  }
}

result<void> set_log_levels(std::string_view text, std::span<const std::string> subsystems) {
  levels wanted;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = part.find('=');
    const auto level = level_named(equals == part.npos ? part : part.substr(equals + 1));
    if (!level || equals == 0) {
      return wrong_part(
        part, "allowed: LEVEL or SUBSYSTEM=LEVEL, LEVEL one of debug, info, warn, error, off");
    }
    const auto name = part.substr(0, equals);
    if (equals == part.npos) {
      wanted.unnamed = *level;
    } else if (!subsystems.empty()
               && std::find(subsystems.begin(), subsystems.end(), name) == subsystems.end()) {
      return wrong_part(part, "there is no such subsystem; " + subsystems_beside(name, subsystems));
    } else {
      wanted.named.insert_or_assign(std::string{name}, *level);
    }
  }
  const std::lock_guard lock{shared().guard};
  shared().which = std::move(wanted);
  lowest_level = shared().which.lowest();
  return {};
}

result<void> set_log_file(const std::string& path) {
  // It would be made: a name mistyped is no place for a log.
  const auto folder = std::filesystem::path{path}.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    return fail(errc::file_unreadable, path + ": cannot be opened for the log: there is no folder "
                                         + folder.string() + "; make it, or name another file");
  }
  try {
    auto sink = path.empty() ? logger_over(std::make_shared<spdlog::sinks::stderr_color_sink_mt>())
                             : logger_over(std::make_shared<file_sink>(path));
    const std::lock_guard lock{shared().guard};
    shared().path = path;
    shared().sink = std::move(sink);
    return {};
  } catch (const std::exception& problem) {
    return fail(errc::file_unreadable, path + ": cannot be opened for the log: " + problem.what());
  }
}

result<void> reopen_log_file() {
  std::string path;
  {
    const std::lock_guard lock{shared().guard};
    path = shared().path;
  }
  return path.empty() ? result<void>{} : set_log_file(path);
}

} // namespace caucus
