#include "runtime/log_format.hpp"

#include "messages/try.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/crc32c.hpp"
#include "runtime/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

namespace caucus::log_format {

namespace {

/// With the salt it makes a file's own mark: what a peer had us write cannot hold it on purpose.
constexpr std::uint32_t mark_base = 0x6C6F6721;
/// 1 MiB: sequential reads as fast as the disk, and not more memory than that for small records.
constexpr std::size_t window_size = 1024 * 1024;

std::uint32_t mark_of(std::uint64_t salt) {
  return mark_base ^ static_cast<std::uint32_t>(salt);
}

std::uint32_t checksum(std::uint64_t salt, std::uint64_t offset, std::uint64_t durable,
                       bytes_view body) {
  std::array<std::byte, 28> known{};
  put_little_endian(known, salt);
  put_little_endian(std::span{known}.subspan(8), offset);
  put_little_endian(std::span{known}.subspan(16), static_cast<std::uint32_t>(body.size()));
  put_little_endian(std::span{known}.subspan(20), durable);
  return crc32c(body, crc32c(known));
}

} // namespace

// -- headers and records --------------------------------------------------------------------------

std::array<std::byte, header_size> make_header(std::string_view magic, const file_header& header) {
  std::array<std::byte, header_size> out{};
  std::memcpy(out.data(), magic.data(), magic_size);
  put_little_endian(std::span{out}.subspan(8), header.format);
  put_little_endian(std::span{out}.subspan(12), header.schema);
  put_little_endian(std::span{out}.subspan(16), header.salt);
  put_little_endian(std::span{out}.subspan(28), crc32c(bytes_view{out}.first(28)));
  return out;
}

result<file_header> read_header(const std::filesystem::path& path, std::string_view magic,
                                bytes_view head) {
  if (head.size() < header_size || std::memcmp(head.data(), magic.data(), magic_size) != 0) {
    return fail(errc::file_malformed, path.string()
                                        + " is not a log of the expected kind; move it away, or "
                                          "name the right folder");
  }
  if (from_little_endian<std::uint32_t>(head.subspan(28)) != crc32c(head.first(28))) {
    return fail(errc::bad_checksum,
                at_offset(path, 0)
                  + ": the header is damaged; only the newest copy of the file may take its place");
  }
  return file_header{from_little_endian<std::uint32_t>(head.subspan(8)),
                     from_little_endian<std::uint32_t>(head.subspan(12)),
                     from_little_endian<std::uint64_t>(head.subspan(16))};
}

std::array<std::byte, record_header_size> make_record_header(std::uint64_t salt,
                                                             std::uint64_t offset,
                                                             std::uint64_t durable,
                                                             bytes_view body) {
  std::array<std::byte, record_header_size> out{};
  put_little_endian(out, mark_of(salt));
  put_little_endian(std::span{out}.subspan(4), static_cast<std::uint32_t>(body.size()));
  put_little_endian(std::span{out}.subspan(8), durable);
  put_little_endian(std::span{out}.subspan(16), checksum(salt, offset, durable, body));
  return out;
}

std::optional<record_header> read_record_header(std::uint64_t salt, bytes_view head) {
  if (head.size() < record_header_size
      || from_little_endian<std::uint32_t>(head) != mark_of(salt)) {
    return std::nullopt;
  }
  return record_header{from_little_endian<std::uint32_t>(head.subspan(4)),
                       from_little_endian<std::uint64_t>(head.subspan(8)),
                       from_little_endian<std::uint32_t>(head.subspan(16))};
}

bool fits(std::uint64_t salt, std::uint64_t offset, const record_header& head, bytes_view body) {
  return body.size() == head.body_size && checksum(salt, offset, head.durable, body) == head.crc;
}

std::string at_offset(const std::filesystem::path& path, std::uint64_t offset) {
  return path.string() + " at byte " + std::to_string(offset);
}

// -- reading a file -------------------------------------------------------------------------------

result<bytes_view> window::view(std::uint64_t offset, std::size_t size) {
  if (offset < start_ || offset + size > start_ + buffer_.size()) {
    CAUCUS_TRY_VOID(fill(offset, std::max(size, window_size)));
  }
  const std::size_t skip = offset - start_;
  return bytes_view{buffer_}.subspan(skip, std::min(size, buffer_.size() - skip));
}

result<void> window::fill(std::uint64_t offset, std::size_t size) {
  buffer_.resize(size);
  std::size_t got = 0;
  while (got < size) {
    const ::ssize_t count =
      files_.read_at(fd_, std::span{buffer_}.subspan(got), static_cast<::off_t>(offset + got));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      buffer_.clear();
      return tl::unexpected<error>{file_error(errno, path_, "read")};
    }
    if (count == 0) {
      break;
    }
    got += static_cast<std::size_t>(count);
  }
  buffer_.resize(got);
  start_ = offset;
  return {};
}

result<std::optional<seen_record>> look(window& in, const extent& file, std::uint64_t offset) {
  using nothing = std::optional<seen_record>;
  CAUCUS_TRY(const auto start, in.view(offset, record_header_size));
  const auto head = read_record_header(file.salt, start);
  if (!head || head->body_size > file.record_size_max
      || head->body_size > file.size - offset - record_header_size || head->durable > offset) {
    return nothing{};
  }
  CAUCUS_TRY(const auto whole, in.view(offset, record_header_size + head->body_size));
  if (whole.size() < record_header_size + head->body_size) {
    return nothing{}; // the file became shorter
  }
  const bytes_view body = whole.subspan(record_header_size);
  if (!fits(file.salt, offset, *head, body)) {
    return nothing{};
  }
  return nothing{seen_record{body, head->durable}};
}

result<bool> promised(window& in, const extent& file, std::uint64_t bad) {
  std::array<std::byte, 4> mark{};
  put_little_endian(mark, mark_of(file.salt));
  std::uint64_t at = bad + 1;
  while (at + record_header_size <= file.size) {
    CAUCUS_TRY(const auto part, in.view(at, window_size));
    const auto found = std::search(part.begin(), part.end(), mark.begin(), mark.end());
    if (found == part.end()) {
      if (part.size() < mark.size() || at + part.size() >= file.size) {
        return false;
      }
      at += part.size() - (mark.size() - 1); // a mark may lie across two windows
      continue;
    }
    at += static_cast<std::uint64_t>(found - part.begin());
    if (at + record_header_size > file.size) {
      return false;
    }
    CAUCUS_TRY(const auto record, look(in, file, at));
    if (record && (record)->durable > bad) {
      return true;
    }
    ++at;
  }
  return false;
}

} // namespace caucus::log_format
