#include "runtime/append_log.hpp"

#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/log_format.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace caucus {

using log_format::at_offset;
using log_format::header_size;
using log_format::look;
using log_format::record_header_size;
using log_format::window;

namespace {

/// 256 KiB: what is kept of the buffer between two appends.
constexpr std::size_t buffer_kept_max = 256 * 1024;

tl::unexpected<error> no_good_record(const std::filesystem::path& path, std::uint64_t offset) {
  return fail(errc::bad_checksum, at_offset(path, offset) + ": no good record there");
}

} // namespace

// -- opening ------------------------------------------------------------------------------------

log_position append_log::begin() {
  return log_position{header_size};
}

result<append_log> append_log::open(const std::filesystem::path& path, const log_options& options,
                                    const visitor& each, log_position from) {
  CAUCUS_ASSERT(options.magic.size() == log_format::magic_size);
  append_log log;
  log.path_ = path;
  log.magic_ = options.magic;
  log.options_ = options;
  log.options_.magic = {}; // a view into the caller's; ours is magic_
  log.files_ = options.files != nullptr ? options.files : &real_files();
  const bool looks = options.look_only;
  log.file_ =
    unique_fd{log.files_->open(path, (looks ? O_RDONLY : O_RDWR) | O_CLOEXEC), log.files_};
  if (!log.file_ && errno == ENOENT && !looks) {
    CAUCUS_TRY_VOID(log.make_file(path, {}));
    log.report_.created = true;
  } else if (!log.file_) {
    return tl::unexpected<error>{file_error(errno, path, "open")};
  } else if (!looks && log.files_->lock(log.file_.get()) != 0) {
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
  if (files_->status(file_.get(), about) != 0) {
    return tl::unexpected<error>{file_error(errno, path_, "read")};
  }
  if (!S_ISREG(about.st_mode)) {
    return fail(errc::file_unreadable, path_.string() + " is not a regular file");
  }
  return static_cast<std::uint64_t>(about.st_size);
}

result<void> append_log::read_header() {
  CAUCUS_TRY_VOID(size_of_file());
  window in{*files_, file_.get(), path_};
  CAUCUS_TRY(const auto head, in.view(0, header_size));
  CAUCUS_TRY(const auto header, log_format::read_header(path_, magic_, head));
  report_.schema = header.schema;
  if (header.format > log_format::format_version || header.schema > options_.schema) {
    return fail(errc::schema_too_new,
                path_.string() + " was written by a later version of caucus (format "
                  + std::to_string(header.format) + ", schema " + std::to_string(header.schema)
                  + "; this one reads up to " + std::to_string(log_format::format_version) + " and "
                  + std::to_string(options_.schema) + "); run that version");
  }
  salt_ = header.salt;
  return {};
}

result<void> append_log::scan(log_position from, const visitor& each) {
  CAUCUS_TRY(const auto size, size_of_file());
  if (from.value() > size) {
    return fail(errc::out_of_range, at_offset(path_, from.value()) + ": the file ends at "
                                      + std::to_string(size)
                                      + "; it is not the one that was "
                                        "written last");
  }
  if (options_.from_a_record && from.value() == size) {
    return no_good_record(path_, size);
  }
  if (options_.unchecked) {
    end_ = size;
    return {};
  }
  window in{*files_, file_.get(), path_};
  std::uint64_t at = from.value();
  while (at < size) {
    CAUCUS_TRY(const auto record, look(in, extent_of(size), at));
    if (!record) {
      if (options_.from_a_record && at == from.value()) {
        return no_good_record(path_, at);
      }
      break;
    }
    const std::uint64_t next = at + record_header_size + record->body.size();
    if (each) {
      if (auto taken = each(log_position{at}, record->body); !taken) {
        return taken;
      }
    }
    ++report_.records;
    at = next;
  }
  return cut_tail(at, size);
}

/// Makes `at` the end of a file of `size` bytes, unless that would lose what was promised.
result<void> append_log::cut_tail(std::uint64_t at, std::uint64_t size) {
  if (at < size) {
    window in{*files_, file_.get(), path_};
    CAUCUS_TRY(const auto lost, log_format::promised(in, extent_of(size), at));
    if (lost) {
      return fail(errc::bad_checksum,
                  at_offset(path_, at)
                    + ": a record that was safely on disk is damaged, and good ones follow; "
                      "check the disk; only the newest copy of the file may take its place");
    }
    if (!options_.look_only && files_->truncate(file_.get(), static_cast<::off_t>(at)) != 0) {
      return tl::unexpected<error>{file_error(errno, path_, "cut")};
    }
    report_.cut_bytes = size - at;
  }
  end_ = at;
  if (options_.sync == durability::disk && !report_.created && !options_.look_only) {
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
    const auto head = log_format::make_record_header(salt_, at, std::min(durable_, at), each);
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
  CAUCUS_TRY_VOID(compose(records, end_, buffer_));
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
  made.salt_ = files_->salt();
  // Left over from a crash between making and renaming, it holds nothing that anyone needs.
  made.file_ = unique_fd{files_->open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), files_};
  if (!made.file_) {
    return tl::unexpected<error>{file_error(errno, fresh, "make")};
  }
  const auto head =
    log_format::make_header(magic_, {.schema = options_.schema, .salt = made.salt_});
  bytes whole{head.begin(), head.end()};
  // All of it is on disk before anybody sees the file: no record of it is a torn tail.
  made.durable_ = std::numeric_limits<std::uint64_t>::max();
  auto done = made.compose(records, header_size, whole);
  if (done) {
    done = write_all_at(*files_, made.file_.get(), whole, 0, path);
  }
  if (done
      && (files_->lock(made.file_.get()) != 0 || files_->sync(made.file_.get()) != 0
          || files_->rename(fresh, path) != 0)) {
    done = tl::unexpected<error>{file_error(errno, path, "replace")};
  }
  if (!done) {
    files_->remove(fresh);
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

result<log_format::record_header> append_log::read_start(log_position at) const {
  const std::uint64_t offset = at.value();
  if (offset < header_size || offset >= end_) {
    return fail(errc::out_of_range, at_offset(path_, offset) + ": records lie from "
                                      + std::to_string(header_size) + " to "
                                      + std::to_string(end_));
  }
  std::array<std::byte, record_header_size> start{};
  const ::ssize_t got = files_->read_at(file_.get(), start, static_cast<::off_t>(offset));
  if (got < 0) {
    return tl::unexpected<error>{file_error(errno, path_, "read")};
  }
  const auto head =
    log_format::read_record_header(salt_, bytes_view{start}.first(static_cast<std::size_t>(got)));
  const auto left = end_ - offset;
  if (!head || left < record_header_size || head->body_size > options_.record_size_max
      || head->body_size > left - record_header_size) {
    return no_good_record(path_, offset);
  }
  return *head;
}

result<log_record> append_log::read(log_position at) const {
  CAUCUS_TRY(const auto head, read_start(at));
  const auto body_at = at.value() + record_header_size;
  log_record out;
  out.body.resize(head.body_size);
  const ::ssize_t got = files_->read_at(file_.get(), out.body, static_cast<::off_t>(body_at));
  if (got != static_cast<::ssize_t>(out.body.size())
      || !log_format::fits(salt_, at.value(), head, out.body)) {
    return no_good_record(path_, at.value());
  }
  out.next = log_position{body_at + out.body.size()};
  return out;
}

result<log_position> append_log::after(log_position at) const {
  CAUCUS_TRY(const auto head, read_start(at));
  return log_position{at.value() + record_header_size + head.body_size};
}

result<void> append_log::each(log_position from, const visitor& visit) const {
  window in{*files_, file_.get(), path_};
  std::uint64_t at = std::max(from, begin()).value();
  while (at < end_) {
    CAUCUS_TRY(const auto record, look(in, extent_of(end_), at));
    if (!record) {
      return fail(errc::bad_checksum, at_offset(path_, at) + ": no good record there");
    }
    const std::uint64_t next = at + record_header_size + record->body.size();
    if (auto taken = visit(log_position{at}, record->body); !taken) {
      return taken;
    }
    at = next;
  }
  return {};
}

} // namespace caucus
