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

std::filesystem::path file_in(const std::filesystem::path& folder) {
  return folder / "seen_height";
}

/// Zero: not that network's, or no such line.
height read_line(int fd, const std::string& network) {
  std::array<char, line_size> raw{};
  if (::pread(fd, raw.data(), raw.size(), 0) != static_cast<::ssize_t>(raw.size())) {
    return {};
  }
  const std::string_view line{raw.data(), raw.size()};
  std::uint64_t number = 0;
  const auto* const last = line.data() + line.size() - 1;
  const auto [end, failed] = std::from_chars(line.data() + network.size() + 1, last, number);
  const bool good = line.starts_with(network) && failed == std::errc{} && end == last;
  return good ? height{number} : height{};
}

} // namespace

height seen_height(const std::filesystem::path& folder, const network_id& network) {
  const unique_fd file{::open(file_in(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  return file ? read_line(file.get(), to_hex(network.view())) : height{};
}

result<void> raise_seen_height(const std::filesystem::path& folder, const network_id& network,
                               height to) {
  const auto path = file_in(folder);
  const auto id = to_hex(network.view());
  const unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644)};
  const auto problem = [&path] { return tl::unexpected<error>{file_error(errno, path, "write")}; };
  if (!file || ::flock(file.get(), LOCK_EX) != 0) {
    return problem();
  }
  if (read_line(file.get(), id) >= to) {
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
