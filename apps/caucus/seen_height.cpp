#include "apps/caucus/seen_height.hpp"

#include "runtime/base/text.hpp"
#include "runtime/file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace caucus::cli {

namespace {

/// The line is always this long, so that one write replaces it.
constexpr std::size_t line_size = 64 + 1 + 20 + 1;

/// Zero: the file is empty, or another network's.
result<height> read_line(int fd, const std::string& network, const std::filesystem::path& path) {
  std::array<char, line_size> raw{};
  const auto size = ::pread(fd, raw.data(), raw.size(), 0);
  if (size < 0) {
    return tl::unexpected<error>{file_error(errno, path, "read")};
  }
  if (size == 0) {
    return height{};
  }
  const std::string_view line{raw.data(), raw.size()};
  std::uint64_t number = 0;
  const auto* const last = line.data() + line.size() - 1;
  const auto [end, failed] = std::from_chars(line.data() + network.size() + 1, last, number);
  const bool good = static_cast<std::size_t>(size) == raw.size() && failed == std::errc{}
                    && end == last && *last == '\n' && line[network.size()] == ' '
                    && from_hex(line.substr(0, network.size()));
  if (!good) {
    return fail(errc::file_malformed, path.string() + " is damaged");
  }
  return line.starts_with(network) ? height{number} : height{};
}

} // namespace

std::filesystem::path seen_height_file(const std::filesystem::path& folder) {
  return folder / "seen_height";
}

result<height> seen_height(const std::filesystem::path& folder, const network_id& network) {
  const auto path = seen_height_file(folder);
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file && errno == ENOENT) {
    return height{};
  }
  return file ? read_line(file.get(), to_hex(network.view()), path)
              : tl::unexpected<error>{file_error(errno, path, "read")};
}

result<void> raise_seen_height(const std::filesystem::path& folder, const network_id& network,
                               height to) {
  const auto path = seen_height_file(folder);
  const auto id = to_hex(network.view());
  const unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644)};
  const auto problem = [&path] { return tl::unexpected<error>{file_error(errno, path, "write")}; };
  if (!file || ::flock(file.get(), LOCK_EX) != 0) {
    return problem();
  }
  if (const auto seen = read_line(file.get(), id, path); seen && *seen >= to) {
    return {};
  }
  std::array<char, line_size + 1> line{};
  static_cast<void>(std::snprintf(line.data(), line.size(), "%s %020llu\n", id.c_str(),
                                  static_cast<unsigned long long>(to.value())));
  if (::pwrite(file.get(), line.data(), line_size, 0) != static_cast<::ssize_t>(line_size)) {
    return problem();
  }
  return {};
}

} // namespace caucus::cli
