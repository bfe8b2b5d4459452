#include "actors/notary/ledger_log.hpp"

#include "actors/notary/record_codec.hpp"
#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>

namespace caucus {

namespace {

constexpr std::string_view growing_name = "ledger.log";

std::string name_of(height first) {
  return "ledger." + std::to_string(first.value()) + ".log";
}

/// None: it is no full file's name.
std::optional<height> first_of(std::string_view name) {
  constexpr std::string_view before = "ledger.";
  constexpr std::string_view behind = ".log";
  if (name.size() <= before.size() + behind.size() || !name.starts_with(before)
      || !name.ends_with(behind)) {
    return std::nullopt;
  }
  name = name.substr(before.size(), name.size() - before.size() - behind.size());
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), out);
  // "01" is nobody's: two names of one height would be two files.
  const bool good =
    failed == std::errc{} && end == name.data() + name.size() && out > 0 && name.front() != '0';
  return good ? std::optional{height{out}} : std::nullopt;
}

file_operations& files_of(const log_options& options) {
  return options.files != nullptr ? *options.files : real_files();
}

log_options unchecked(log_options options) {
  options.look_only = true;
  options.unchecked = true;
  options.from_a_record = false;
  return options;
}

/// Of its first block; 0: it has none. Errors: as append_log::read().
result<height> first_in(const std::filesystem::path& path, const log_options& options) {
  CAUCUS_TRY(const auto log, append_log::open(path, unchecked(options)));
  if (log.end() <= append_log::begin()) {
    return height{};
  }
  CAUCUS_TRY(const auto record, log.read(append_log::begin()));
  CAUCUS_TRY(const auto block, decode_final(record.body));
  return block->block->header.height;
}

error misfit(const std::filesystem::path& before, height end, const std::filesystem::path& next,
             height first) {
  return {errc::bad_checksum,
          before.string() + " ends with the block of height " + std::to_string(end.value())
            + ", and " + next.string() + " begins with that of height "
            + std::to_string(first.value())
            + ": a file between them is missing, or one of them is an older copy"};
}

} // namespace

/// The files of a folder, before they are opened.
struct ledger_log::found {
  std::vector<std::pair<height, std::filesystem::path>> full; ///< oldest first
  std::filesystem::path growing;
  bool is_there = false; ///< the one that grows
  height first;          ///< its first block; 0: it has none, or none that can be read

  /// The newest full file and the growing one are one file with two names: a crash came between
  /// giving the second, and taking the first.
  static result<bool> is_twin(const found& of, const log_options& options) {
    const auto& [first, path] = of.full.back();
    if (first != of.first) {
      return false;
    }
    CAUCUS_TRY(const auto full, append_log::open(path, unchecked(options)));
    CAUCUS_TRY(const auto growing, append_log::open(of.growing, unchecked(options)));
    return full.salt() == growing.salt() && growing.end() >= full.end();
  }

  static result<found> in(const std::filesystem::path& folder, const log_options& options) {
    found out;
    out.growing = folder / growing_name;
    auto& files = files_of(options);
    CAUCUS_TRY(const auto names, files.names_in(folder));
    for (const auto& one : names) {
      out.is_there = out.is_there || one == growing_name;
      if (const auto first = first_of(one)) {
        out.full.emplace_back(*first, folder / one);
      }
    }
    std::sort(out.full.begin(), out.full.end());
    if (out.full.empty()) {
      return out; // as it is for whoever keeps all: nothing is looked at twice
    }
    if (out.is_there) {
      if (auto first = first_in(out.growing, options)) {
        out.first = *first;
      } else if (first.error().code != errc::bad_checksum
                 && first.error().code != errc::file_malformed) {
        return tl::make_unexpected(std::move(first.error()));
      } // else it is torn, and cut off, or damaged, and the scan says so
    }
    if (out.first != height{} && out.first <= out.full.back().first) {
      CAUCUS_TRY(const bool twin, is_twin(out, options));
      if (!twin) {
        return fail(errc::folder_contradicts,
                    out.growing.string() + " begins with the block of height "
                      + std::to_string(out.first.value()) + ", though there is "
                      + out.full.back().second.string()
                      + ": one of them is an older copy. Put the newest copies of both back");
      }
      if (!options.look_only) {
        files.remove(out.full.back().second);
      }
      out.full.pop_back();
    }
    return out;
  }

  /// Which full file has that block; as many as there are: the growing one. None: the oldest.
  [[nodiscard]] result<std::size_t> index_of(const std::optional<block_mark>& from) const {
    if (!from || full.empty()) {
      return std::size_t{0};
    }
    if (first != height{} && first <= from->height) {
      return full.size();
    }
    const auto above = static_cast<std::size_t>(std::count_if(
      full.begin(), full.end(), [&](const auto& one) { return one.first > from->height; }));
    if (above == full.size()) {
      return fail(errc::folder_contradicts,
                  "the ledger begins with " + full.front().second.string()
                    + ", and state.sqlite is of height " + std::to_string(from->height.value())
                    + ", which is below: a file of the ledger is missing, or state.sqlite is an "
                      "older copy. Put the newest copies back");
    }
    return full.size() - 1 - above;
  }

  /// `is_sought`: something of it was said to be at `where`.
  [[nodiscard]] result<void> scan(const std::filesystem::path& path, log_options how,
                                  const visitor& visit, log_position where, bool is_sought) const {
    how.look_only = true;
    if (const auto log = append_log::open(path, how, visit, where); !log) {
      auto why = log.error();
      if (is_sought && first == height{} && why.code == errc::bad_checksum) {
        why.code = errc::out_of_range; // it is of the growing file, which has lost all
      }
      return tl::make_unexpected(std::move(why));
    }
    return {};
  }

  /// Visits all from `from` on. `last`: opens the file that grows, from a position.
  template <class Last>
  result<void> each(const log_options& options, std::optional<block_mark> from,
                    const visitor& visit, const Last& last, height& next) const {
    CAUCUS_TRY(auto at, index_of(from));
    next = from ? from->height : at < full.size() ? full[at].first : std::max(first, height{1});
    const auto counted = [&](log_position where, bytes_view record) -> result<void> {
      next = next.next();
      return visit ? visit(where, record) : result<void>{};
    };
    auto how = options;
    auto where = from ? from->where : log_position{};
    bool is_first = true;
    for (; at < full.size(); ++at) {
      const auto& [begins, path] = full[at];
      if (!is_first && begins != next) {
        return tl::make_unexpected(
          misfit(full[at - 1].second, height{next.value() - 1}, path, begins));
      }
      CAUCUS_TRY_VOID(scan(path, how, counted, where, from && is_first));
      how.from_a_record = false;
      where = {};
      is_first = false;
    }
    if (!is_first && first != height{} && first != next) {
      return tl::make_unexpected(
        misfit(full.back().second, height{next.value() - 1}, growing, first));
    }
    return last(how, counted, where);
  }
};

result<ledger_log> ledger_log::open(const std::filesystem::path& folder, const log_options& options,
                                    std::optional<block_mark> from, const visitor& each) {
  CAUCUS_TRY(const auto files, found::in(folder, options));
  std::optional<retry_log> newest;
  height next;
  height first = files.first;
  CAUCUS_TRY_VOID(files.each(
    options, from, each,
    [&](const log_options& how, const visitor& visit, log_position where) -> result<void> {
      first = first == height{} ? next : first;
      CAUCUS_TRY(auto log, retry_log::open(files.growing, how, visit, where));
      newest.emplace(std::move(log));
      return {};
    },
    next));
  ledger_log out{folder, options, std::move(*newest)};
  out.first_ = first;
  if (files.full.empty()) { // not looked at yet; damage there is told when it is read
    out.first_ = std::max(first_in(files.growing, options).value_or(height{}), height{1});
  }
  for (const auto& [begins, path] : files.full) {
    CAUCUS_TRY(const auto log, append_log::open(path, unchecked(options)));
    out.full_.push_back({begins, path, log.end().value()});
  }
  return out;
}

result<void> ledger_log::look(const std::filesystem::path& folder, const log_options& options,
                              const visitor& each, std::optional<block_mark> from) {
  CAUCUS_ASSERT(options.look_only);
  CAUCUS_TRY(const auto files, found::in(folder, options));
  height next;
  return files.each(
    options, from, each,
    [&](const log_options& how, const visitor& visit, log_position where) -> result<void> {
      if (files.is_there) {
        CAUCUS_TRY_VOID(append_log::open(files.growing, how, visit, where));
      }
      return {};
    },
    next);
}

result<height> ledger_log::oldest(const std::filesystem::path& folder, const log_options& options) {
  auto how = options;
  how.look_only = true;
  CAUCUS_TRY(const auto files, found::in(folder, how));
  if (!files.full.empty()) {
    return files.full.front().first;
  }
  return files.is_there ? first_in(files.growing, how) : height{};
}

const ledger_log::full_file* ledger_log::file_of(height which) const {
  if (which >= first_) {
    return nullptr;
  }
  const auto in = std::find_if(full_.rbegin(), full_.rend(),
                               [which](const auto& one) { return one.first <= which; });
  CAUCUS_ASSERT(in != full_.rend());
  return &*in;
}

result<const append_log*> ledger_log::log_of(const full_file& which) const {
  if (!read_ || read_->first != which.first) {
    CAUCUS_TRY(auto log, append_log::open(which.path, unchecked(options_)));
    read_.emplace(which.first, std::move(log));
  }
  return &read_->second;
}

result<log_record> ledger_log::read(const block_mark& at) const {
  const auto* const in = file_of(at.height);
  if (in == nullptr) {
    return newest_.read(at.where);
  }
  CAUCUS_TRY(const auto* const log, log_of(*in));
  return log->read(at.where);
}

result<log_position> ledger_log::after(const block_mark& at) const {
  const auto* const in = file_of(at.height);
  if (in == nullptr) {
    return newest_.after(at.where);
  }
  CAUCUS_TRY(const auto* const log, log_of(*in));
  return log->after(at.where);
}

std::vector<height> ledger_log::names_in(const std::filesystem::path& folder,
                                         const log_options& options) {
  std::vector<height> out;
  if (const auto names = files_of(options).names_in(folder)) {
    for (const auto& one : *names) {
      if (const auto first = first_of(one)) {
        out.push_back(*first);
      }
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

result<void> ledger_log::flush() {
  if (unsynced_) { // else what is written now could be lost with the file's name
    if (files_of(options_).sync_folder(folder_) != 0) {
      return tl::unexpected<error>{file_error(errno, folder_, "sync")};
    }
    unsynced_ = false;
  }
  return newest_.flush();
}

block_mark ledger_log::start_for(height wanted, std::optional<block_mark> known) const {
  const auto* const in = file_of(wanted);
  const auto begins = in != nullptr ? in->first : first_;
  return known && known->height >= begins ? *known : block_mark{begins, append_log::begin()};
}

bool ledger_log::begins_with(height which) const {
  return which == first_ || std::any_of(full_.begin(), full_.end(), [which](const auto& one) {
           return one.first == which;
         });
}

result<void> ledger_log::begin_file(height next) {
  CAUCUS_ASSERT(clean() && next > first_);
  auto& files = files_of(options_);
  const auto path = folder_ / name_of(first_);
  {
    // In memory mode too: a file that lost its end would leave a gap before the next one.
    const unique_fd file{files.open(newest_.path(), O_RDWR | O_CLOEXEC), &files};
    if (!file || files.sync(file.get()) != 0) {
      return tl::unexpected<error>{file_error(errno, newest_.path(), "sync")};
    }
  }
  files.remove(path); // of a try that went no further
  if (files.link(newest_.path(), path) != 0 || files.sync_folder(folder_) != 0) {
    auto why = file_error(errno, path, "make");
    files.remove(path);
    return tl::unexpected<error>{std::move(why)};
  }
  const auto size = newest_.end().value();
  auto done = newest_.replace_all({});
  if (!done && newest_.end() != append_log::begin()) {
    files.remove(path);
    return done;
  }
  unsynced_ = !done;
  full_.push_back({first_, path, size});
  first_ = next;
  return done;
}

void ledger_log::drop_below(height keep) {
  while (!full_.empty() && (full_.size() > 1 ? full_[1].first : first_) <= keep) {
    if (read_ && read_->first == full_.front().first) {
      read_.reset();
    }
    files_of(options_).remove(full_.front().path);
    full_.pop_front();
  }
}

std::uint64_t ledger_log::size() const {
  auto out = newest_.end().value();
  for (const auto& one : full_) {
    out += one.size;
  }
  return out;
}

} // namespace caucus
