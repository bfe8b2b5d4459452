#include "runtime/append_log.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/crc32c.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <random>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace caucus {

namespace {

constexpr std::size_t magic_size = 8;
constexpr std::size_t header_size = 32;
constexpr std::size_t record_header_size = 20;
constexpr std::uint32_t file_format = 1;
/// With the salt it makes a file's own mark: what a peer had us write cannot hold it on purpose.
constexpr std::uint32_t mark_base = 0x6C6F6721;
/// 1 MiB: sequential reads as fast as the disk, and not more memory than that for small records.
constexpr std::size_t window_size = 1024 * 1024;
/// 256 KiB: what is kept of the buffer between two appends.
constexpr std::size_t buffer_kept_max = 256 * 1024;

template <class Number>
void put(std::byte* at, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    at[i] = static_cast<std::byte>(value >> (8 * i));
  }
}
template <class Number>
Number get(const std::byte* at) {
  Number out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) {
    out = static_cast<Number>(out | (std::to_integer<Number>(at[i]) << (8 * i)));
  }
  return out;
}

std::uint32_t mark_of(std::uint64_t salt) {
  return mark_base ^ static_cast<std::uint32_t>(salt);
}

std::uint32_t checksum(std::uint64_t salt, std::uint64_t offset, std::uint64_t durable,
                       bytes_view body) {
  std::array<std::byte, 28> known{};
  put(known.data(), salt);
  put(known.data() + 8, offset);
  put(known.data() + 16, static_cast<std::uint32_t>(body.size()));
  put(known.data() + 20, durable);
  return crc32c(body, crc32c(known));
}

std::array<std::byte, header_size> make_header(std::string_view magic, std::uint32_t schema,
                                               std::uint64_t salt) {
  std::array<std::byte, header_size> out{};
  std::memcpy(out.data(), magic.data(), magic_size);
  put(out.data() + 8, file_format);
  put(out.data() + 12, schema);
  put(out.data() + 16, salt);
  put(out.data() + 28, crc32c(bytes_view{out}.first(28)));
  return out;
}

std::uint64_t make_salt() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32) | random();
}

std::string at_offset(const std::filesystem::path& path, std::uint64_t offset) {
  return path.string() + " at byte " + std::to_string(offset);
}

/// A moving view of a file, so that small records cost no system call each.
class window {
public:
  window(int fd, const std::filesystem::path& path) : fd_{fd}, path_{path} {}

  /// `size` bytes at `offset`, fewer at the file's end; good until the next call.
  result<bytes_view> view(std::uint64_t offset, std::size_t size) {
    if (offset < start_ || offset + size > start_ + buffer_.size()) {
      if (auto filled = fill(offset, std::max(size, window_size)); !filled) {
        return tl::unexpected<error>{std::move(filled.error())};
      }
    }
    const std::size_t skip = offset - start_;
    return bytes_view{buffer_}.subspan(skip, std::min(size, buffer_.size() - skip));
  }

private:
  result<void> fill(std::uint64_t offset, std::size_t size) {
    buffer_.resize(size);
    std::size_t got = 0;
    while (got < size) {
      const ::ssize_t count =
        ::pread(fd_, buffer_.data() + got, size - got, static_cast<::off_t>(offset + got));
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

  int fd_;
  const std::filesystem::path& path_;
  bytes buffer_;
  std::uint64_t start_ = 0;
};

struct seen_record {
  bytes_view body;
  std::uint64_t durable = 0;
};

/// The record at `offset` of a file of `size` bytes; nullopt: there is no good one.
result<std::optional<seen_record>> look(window& in, std::uint64_t salt, std::uint64_t offset,
                                        std::uint64_t size, std::size_t record_size_max) {
  using nothing = std::optional<seen_record>;
  const auto head = in.view(offset, record_header_size);
  if (!head) {
    return tl::unexpected<error>{head.error()};
  }
  if (head->size() < record_header_size || get<std::uint32_t>(head->data()) != mark_of(salt)) {
    return nothing{};
  }
  const auto body_size = get<std::uint32_t>(head->data() + 4);
  const auto durable = get<std::uint64_t>(head->data() + 8);
  const auto crc = get<std::uint32_t>(head->data() + 16);
  if (body_size > record_size_max || body_size > size - offset - record_header_size
      || durable > offset) {
    return nothing{};
  }
  const auto whole = in.view(offset, record_header_size + body_size);
  if (!whole) {
    return tl::unexpected<error>{whole.error()};
  }
  if (whole->size() < record_header_size + body_size) {
    return nothing{}; // the file became shorter
  }
  const bytes_view body = whole->subspan(record_header_size);
  if (checksum(salt, offset, durable, body) != crc) {
    return nothing{};
  }
  return nothing{seen_record{body, durable}};
}

/// Whether a good record behind `bad` was written when `bad` was on disk already. O(file's rest).
result<bool> promised(window& in, std::uint64_t salt, std::uint64_t bad, std::uint64_t size,
                      std::size_t record_size_max) {
  std::array<std::byte, 4> mark{};
  put(mark.data(), mark_of(salt));
  std::uint64_t at = bad + 1;
  while (at + record_header_size <= size) {
    const auto part = in.view(at, window_size);
    if (!part) {
      return tl::unexpected<error>{part.error()};
    }
    const auto found = std::search(part->begin(), part->end(), mark.begin(), mark.end());
    if (found == part->end()) {
      if (part->size() < mark.size() || at + part->size() >= size) {
        return false;
      }
      at += part->size() - (mark.size() - 1); // a mark may lie across two windows
      continue;
    }
    at += static_cast<std::uint64_t>(found - part->begin());
    if (at + record_header_size > size) {
      return false;
    }
    const auto record = look(in, salt, at, size, record_size_max);
    if (!record) {
      return tl::unexpected<error>{record.error()};
    }
    if (*record && (*record)->durable > bad) {
      return true;
    }
    ++at;
  }
  return false;
}

} // namespace

// -- opening ------------------------------------------------------------------------------------

log_position append_log::begin() {
  return log_position{header_size};
}

result<append_log> append_log::open(const std::filesystem::path& path, const log_options& options,
                                    const visitor& each, log_position from) {
  CAUCUS_ASSERT(options.magic.size() == magic_size);
  append_log log;
  log.path_ = path;
  log.magic_ = options.magic;
  log.options_ = options;
  log.options_.magic = {}; // a view into the caller's; ours is magic_
  log.files_ = options.files != nullptr ? options.files : &real_files();
  log.file_ = unique_fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (!log.file_ && errno == ENOENT) {
    if (auto made = log.make_file(path, {}); !made) {
      return tl::unexpected<error>{std::move(made.error())};
    }
    log.report_.created = true;
  } else if (!log.file_) {
    return tl::unexpected<error>{file_error(errno, path, "open")};
  } else if (::flock(log.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(errc::in_use, path.string() + " is open in another process; stop that first");
  }
  auto ready = log.read_header();
  if (ready) {
    ready = log.scan(std::max(from, begin()), each);
  }
  if (!ready) {
    return tl::unexpected<error>{std::move(ready.error())};
  }
  return log;
}

result<std::uint64_t> append_log::size_of_file() const {
  struct ::stat about {};
  if (::fstat(file_.get(), &about) != 0) {
    return tl::unexpected<error>{file_error(errno, path_, "read")};
  }
  if (!S_ISREG(about.st_mode)) {
    return fail(errc::file_unreadable, path_.string() + " is not a regular file");
  }
  return static_cast<std::uint64_t>(about.st_size);
}

result<void> append_log::read_header() {
  if (auto size = size_of_file(); !size) {
    return tl::unexpected<error>{std::move(size.error())};
  }
  window in{file_.get(), path_};
  const auto head = in.view(0, header_size);
  if (!head) {
    return tl::unexpected<error>{head.error()};
  }
  if (head->size() < header_size || std::memcmp(head->data(), magic_.data(), magic_size) != 0) {
    return fail(errc::file_malformed, path_.string()
                                        + " is not a log of the expected kind; move it away, or "
                                          "name the right folder");
  }
  if (get<std::uint32_t>(head->data() + 28) != crc32c(head->first(28))) {
    return fail(errc::bad_checksum,
                at_offset(path_, 0) + ": the header is damaged; restore the file from a copy");
  }
  const auto format = get<std::uint32_t>(head->data() + 8);
  report_.schema = get<std::uint32_t>(head->data() + 12);
  if (format > file_format || report_.schema > options_.schema) {
    return fail(errc::schema_too_new,
                path_.string() + " was written by a later version of caucus (format "
                  + std::to_string(format) + ", schema " + std::to_string(report_.schema)
                  + "; this one reads up to " + std::to_string(file_format) + " and "
                  + std::to_string(options_.schema) + "); run that version");
  }
  salt_ = get<std::uint64_t>(head->data() + 16);
  return {};
}

result<void> append_log::scan(log_position from, const visitor& each) {
  const auto size = size_of_file();
  if (!size) {
    return tl::unexpected<error>{size.error()};
  }
  if (from.value() > *size) {
    return fail(errc::out_of_range, at_offset(path_, from.value()) + ": the file ends at "
                                      + std::to_string(*size)
                                      + "; it is not the one that was "
                                        "written last");
  }
  window in{file_.get(), path_};
  std::uint64_t at = from.value();
  while (at < *size) {
    const auto record = look(in, salt_, at, *size, options_.record_size_max);
    if (!record) {
      return tl::unexpected<error>{record.error()};
    }
    if (!*record) {
      break;
    }
    const std::uint64_t next = at + record_header_size + (*record)->body.size();
    if (each) {
      if (auto taken = each(log_position{at}, (*record)->body); !taken) {
        return taken;
      }
    }
    ++report_.records;
    at = next;
  }
  return cut_tail(at, *size);
}

/// Makes `at` the end of a file of `size` bytes, unless that would lose what was promised.
result<void> append_log::cut_tail(std::uint64_t at, std::uint64_t size) {
  if (at < size) {
    window in{file_.get(), path_};
    const auto lost = promised(in, salt_, at, size, options_.record_size_max);
    if (!lost) {
      return tl::unexpected<error>{lost.error()};
    }
    if (*lost) {
      return fail(errc::bad_checksum,
                  at_offset(path_, at)
                    + ": a record that was safely on disk is damaged, and good ones follow; "
                      "check the disk and restore the file from a copy");
    }
    if (files_->truncate(file_.get(), static_cast<::off_t>(at)) != 0) {
      return tl::unexpected<error>{file_error(errno, path_, "cut")};
    }
    report_.cut_bytes = size - at;
  }
  end_ = at;
  if (options_.sync == durability::disk && !report_.created) {
    // A process that was killed may have left records that only memory has.
    if (files_->sync(file_.get()) != 0) {
      return tl::unexpected<error>{file_error(errno, path_, "sync")};
    }
    durable_ = end_;
  }
  return {};
}

// -- writing ------------------------------------------------------------------------------------

tl::unexpected<error> append_log::broken(error why) {
  broken_ = why;
  return tl::unexpected<error>{std::move(why)};
}

/// Encodes `records` as they stand from `at` on, behind what `out` holds.
result<void> append_log::compose(std::span<const bytes_view> records, std::uint64_t at,
                                 bytes& out) const {
  std::size_t total = 0;
  for (const bytes_view each : records) {
    if (each.size() > options_.record_size_max) {
      return fail(errc::too_long, path_.string() + ": a record of " + std::to_string(each.size())
                                    + " bytes; at most "
                                    + std::to_string(options_.record_size_max));
    }
    total += record_header_size + each.size();
  }
  out.reserve(out.size() + total);
  for (const bytes_view each : records) {
    std::array<std::byte, record_header_size> head{};
    put(head.data(), mark_of(salt_));
    put(head.data() + 4, static_cast<std::uint32_t>(each.size()));
    put(head.data() + 8, durable_);
    put(head.data() + 16, checksum(salt_, at, durable_, each));
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), each.begin(), each.end());
    at += record_header_size + each.size();
  }
  return {};
}

result<log_position> append_log::append(bytes_view record) {
  return append_many(std::span{&record, 1});
}

result<log_position> append_log::append_many(std::span<const bytes_view> records) {
  if (broken_) {
    return tl::unexpected<error>{*broken_};
  }
  buffer_.clear();
  if (auto composed = compose(records, end_, buffer_); !composed) {
    return tl::unexpected<error>{std::move(composed.error())};
  }
  auto wrote = write_all_at(*files_, file_.get(), buffer_, static_cast<::off_t>(end_), path_);
  const std::size_t size = buffer_.size();
  if (buffer_.capacity() > buffer_kept_max) {
    bytes{}.swap(buffer_);
  }
  if (!wrote) {
    if (files_->truncate(file_.get(), static_cast<::off_t>(end_)) != 0) {
      return broken(std::move(wrote.error()));
    }
    return tl::unexpected<error>{std::move(wrote.error())};
  }
  return log_position{std::exchange(end_, end_ + size)};
}

result<void> append_log::sync() {
  if (broken_) {
    return tl::unexpected<error>{*broken_};
  }
  if (options_.sync == durability::memory || durable_ == end_) {
    return {};
  }
  if (files_->sync(file_.get()) != 0) {
    return broken(file_error(errno, path_, "sync"));
  }
  durable_ = end_;
  return {};
}

result<void> append_log::cut(log_position at) {
  if (broken_) {
    return tl::unexpected<error>{*broken_};
  }
  if (at.value() == end_) {
    return {};
  }
  if (auto there = read(at); !there) { // no record starts there: cutting would tear one
    return tl::unexpected<error>{std::move(there.error())};
  }
  if (files_->truncate(file_.get(), static_cast<::off_t>(at.value())) != 0) {
    return tl::unexpected<error>{file_error(errno, path_, "cut")};
  }
  end_ = at.value();
  durable_ = std::min(durable_, end_);
  if (options_.sync == durability::disk && files_->sync(file_.get()) != 0) {
    return broken(file_error(errno, path_, "sync"));
  }
  return {};
}

result<void> append_log::replace_all(std::span<const bytes_view> records) {
  if (broken_) {
    return tl::unexpected<error>{*broken_};
  }
  return make_file(path_, records);
}

/// A whole file under another name, then renamed: nobody ever sees half of it. Takes it over if all
/// went well; synced in every mode, since it is rare and an empty file would be no log at all.
result<void> append_log::make_file(const std::filesystem::path& path,
                                   std::span<const bytes_view> records) {
  const std::filesystem::path fresh = path.string() + ".new";
  append_log made;
  made.path_ = path;
  made.options_ = options_;
  made.files_ = files_;
  made.salt_ = make_salt();
  // Left over from a crash between making and renaming, it holds nothing that anyone needs.
  made.file_ = unique_fd{::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (!made.file_) {
    return tl::unexpected<error>{file_error(errno, fresh, "make")};
  }
  const auto head = make_header(magic_, options_.schema, made.salt_);
  bytes whole{head.begin(), head.end()};
  auto done = made.compose(records, header_size, whole);
  if (done) {
    done = write_all_at(*files_, made.file_.get(), whole, 0, path);
  }
  if (done
      && (::flock(made.file_.get(), LOCK_EX | LOCK_NB) != 0 || files_->sync(made.file_.get()) != 0
          || files_->rename(fresh, path) != 0)) {
    done = tl::unexpected<error>{file_error(errno, path, "replace")};
  }
  if (!done) {
    ::unlink(fresh.c_str());
    return done;
  }
  file_ = std::move(made.file_);
  salt_ = made.salt_;
  end_ = whole.size();
  durable_ = options_.sync == durability::disk ? end_ : 0;
  report_.schema = options_.schema;
  if (files_->sync_folder(folder_of(path)) != 0) { // renamed, but a power cut could undo it
    return broken(file_error(errno, path, "sync the folder of"));
  }
  return {};
}

// -- reading ------------------------------------------------------------------------------------

result<log_record> append_log::read(log_position at) const {
  const std::uint64_t offset = at.value();
  if (offset < header_size || offset >= end_) {
    return fail(errc::out_of_range, at_offset(path_, offset) + ": records lie from "
                                      + std::to_string(header_size) + " to "
                                      + std::to_string(end_));
  }
  log_record out;
  std::array<std::byte, record_header_size> head{};
  const ::ssize_t got =
    ::pread(file_.get(), head.data(), head.size(), static_cast<::off_t>(offset));
  if (got < 0) {
    return tl::unexpected<error>{file_error(errno, path_, "read")};
  }
  const auto size = get<std::uint32_t>(head.data() + 4);
  bool fine = static_cast<std::size_t>(got) == head.size()
              && get<std::uint32_t>(head.data()) == mark_of(salt_)
              && size <= options_.record_size_max && size <= end_ - offset - record_header_size;
  if (fine) {
    out.body.resize(size);
    const ::ssize_t body = ::pread(file_.get(), out.body.data(), size,
                                   static_cast<::off_t>(offset + record_header_size));
    fine = body == static_cast<::ssize_t>(size)
           && checksum(salt_, offset, get<std::uint64_t>(head.data() + 8), out.body)
                == get<std::uint32_t>(head.data() + 16);
  }
  if (!fine) {
    return fail(errc::bad_checksum, at_offset(path_, offset) + ": no good record there");
  }
  out.next = log_position{offset + record_header_size + size};
  return out;
}

result<void> append_log::each(log_position from, const visitor& visit) const {
  window in{file_.get(), path_};
  std::uint64_t at = std::max(from, begin()).value();
  while (at < end_) {
    const auto record = look(in, salt_, at, end_, options_.record_size_max);
    if (!record) {
      return tl::unexpected<error>{record.error()};
    }
    if (!*record) {
      return fail(errc::bad_checksum, at_offset(path_, at) + ": no good record there");
    }
    const std::uint64_t next = at + record_header_size + (*record)->body.size();
    if (auto taken = visit(log_position{at}, (*record)->body); !taken) {
      return taken;
    }
    at = next;
  }
  return {};
}

} // namespace caucus
