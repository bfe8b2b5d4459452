#include "actors/notary/snapshot_install.hpp"

#include "actors/notary/notary_files.hpp"
#include "actors/notary/snapshot_file.hpp"
#include "messages/try.hpp"
#include "runtime/archive/bounded.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/file.hpp"
#include "runtime/log.hpp"
#include "runtime/no_restart.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace caucus {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view part_magic = "caucusP\n";

fs::path ready_in(const fs::path& folder) {
  return folder / "snapshot.ready";
}
fs::path taking_in(const fs::path& folder) {
  return folder / "snapshot.taking";
}
fs::path part_in(const fs::path& folder) {
  return folder / "snapshot.part";
}

/// What a snapshot takes the place of.
bool is_replaced(const std::string& name) {
  return (name.starts_with("ledger.") && name.ends_with(".log")) || name.starts_with("state.sqlite")
         || name == "epochs.log";
}

result<std::vector<fs::path>> files_to_replace(const fs::path& folder, file_operations& files) {
  CAUCUS_TRY(const auto names, files.names_in(folder));
  std::vector<fs::path> out;
  for (const auto& one : names) {
    if (is_replaced(one)) {
      out.push_back(folder / one);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// What the folder has now.
struct present {
  height newest;           ///< of the ledger
  epoch in{};              ///< the newest that it knows of
  bool is_readable = true; ///< false: nobody could start from it
};
result<present> look_at(const fs::path& folder, const snapshot_network& of, const peer_id& self,
                        const notary_storage& on) {
  present out;
  const auto known = notary_files::look_epochs(folder, *of.genesis, on);
  const auto facts = known ? notary_files::look(folder, *known, self, on)
                           : result<folder_facts>{tl::make_unexpected(known.error())};
  if (facts) {
    out.newest = facts->newest.header.height;
    out.in = known->voters.newest().in_epoch();
  } else if (may_pass(facts.error().code)) {
    return tl::make_unexpected(facts.error());
  }
  out.is_readable = facts.has_value();
  return out;
}

result<void> remove_file(const fs::path& which, file_operations& files) {
  return files.remove(which) == 0 ? result<void>{}
                                  : tl::unexpected<error>{file_error(errno, which, "remove")};
}

/// A ledger that has lost its first blocks already, by policy or as it is of a snapshot, is what
/// others give again; so a node that never catches up does not fill its disk.
bool is_to_be_kept(const fs::path& folder, const present& now, const notary_storage& on) {
  return !now.is_readable
         || (now.newest > height{}
             && notary_files::oldest(folder, on).value_or(height{1}) <= height{1});
}

result<void> have_folder(const fs::path& which, file_operations& files) {
  return files.exists(which) || files.make_folder(which) == 0
           ? result<void>{}
           : tl::unexpected<error>{file_error(errno, which, "make")};
}

/// A crash on the way leaves some there and some here: what is there already was moved first, and
/// what stands here in its place is of the snapshot.
result<void> put_aside(const fs::path& folder, const fs::path& to, file_operations& files) {
  CAUCUS_TRY(const auto all, files_to_replace(folder, files));
  CAUCUS_TRY_VOID(have_folder(to, files));
  for (const auto& one : all) {
    const auto there = to / one.filename();
    if (files.exists(there)) {
      CAUCUS_TRY_VOID(remove_file(one, files));
    } else if (files.rename(one, there) != 0) {
      return tl::unexpected<error>{file_error(errno, one, "move away")};
    }
  }
  if (files.sync_folder(to) != 0 || files.sync_folder(folder) != 0) {
    return tl::unexpected<error>{file_error(errno, folder, "sync")};
  }
  return {};
}

result<void> remove_replaced(const fs::path& folder, file_operations& files) {
  CAUCUS_TRY(const auto all, files_to_replace(folder, files));
  for (const auto& one : all) {
    CAUCUS_TRY_VOID(remove_file(one, files));
  }
  return {};
}

void leave_out(const fs::path& ready, const std::string& why, file_operations& files) {
  log("notary", log_level::warn, ready.string() + " is not taken: " + why);
  files.remove(ready);
}

log_options options_of_part(file_operations& files) {
  log_options out;
  out.files = &files;
  out.magic = part_magic;
  out.sync = durability::memory;
  return out;
}

bytes record_of(const std::vector<snapshot_entry>& entries) {
  bytes out;
  const auto put = [&out](bytes_view what) {
    append_little_endian(out, static_cast<std::uint32_t>(what.size()));
    out.insert(out.end(), what.begin(), what.end());
  };
  for (const auto& one : entries) {
    append_little_endian(out, one.variable.value());
    put(one.key);
    put(one.value);
  }
  return out;
}

bool read_record(bytes_view record, std::vector<snapshot_entry>& into) {
  reader in{record};
  const auto text = [&in] {
    std::uint32_t size = 0;
    in(size);
    const auto raw = in.take(size);
    return bytes{raw.begin(), raw.end()};
  };
  while (!in.left().empty()) {
    snapshot_entry one;
    in(one.variable);
    one.key = text();
    one.value = text();
    if (in.failure()) {
      return false;
    }
    into.push_back(std::move(one));
  }
  return true;
}

} // namespace

result<void> make_ready(const snapshot_contents& all, const snapshot_network& of,
                        const fs::path& folder, const notary_storage& on) {
  CAUCUS_TRY_VOID(check_certified_state(all, of, {}));
  return write_snapshot(all, of.network, ready_in(folder), on);
}

namespace {

bool is_there(const fs::path& folder, file_operations& files) {
  return files.exists(ready_in(folder)) || files.exists(taking_in(folder));
}

} // namespace

bool is_ready(const fs::path& folder) {
  return is_there(folder, real_files());
}

namespace {

/// Puts its files into the folder. `aside` empty: those of before go.
result<void> put_in_place(snapshot_contents all, const fs::path& folder, const fs::path& aside,
                          bool& has_begun, const notary_storage& on) {
  auto& files = on.disk();
  const auto make_room = [&]() -> result<void> {
    if (!has_begun && files.rename(ready_in(folder), taking_in(folder)) != 0) {
      return tl::unexpected<error>{file_error(errno, ready_in(folder), "rename")};
    }
    has_begun = true;
    return aside.empty() ? remove_replaced(folder, files) : put_aside(folder, aside, files);
  };
  CAUCUS_TRY_VOID(unpack_snapshot(std::move(all), folder, make_room, on));
  snapshot_part{folder, &files}.remove();
  CAUCUS_TRY_VOID(remove_file(taking_in(folder), files));
  return files.sync_folder(folder) == 0 ? result<void>{}
                                        : tl::unexpected<error>{file_error(errno, folder, "sync")};
}

/// Of an earlier taking, which is over.
fs::path free_name(const fs::path& aside, file_operations& files) {
  for (int i = 2;; ++i) {
    auto out = aside;
    out += "-" + std::to_string(i);
    if (!files.exists(out)) {
      return out;
    }
  }
}

/// Of a file that cannot be read, or is not what the group certified.
result<taken_snapshot> not_taken(const fs::path& from, bool has_begun, const error& why,
                                 file_operations& files) {
  if (may_pass(why.code)) {
    return tl::make_unexpected(why);
  }
  if (has_begun) {
    return fail(why.code, to_string(why)
                            + ". The files of before are in the newest replaced-HEIGHT of the "
                              "folder, if there is one: move them back, and this file away");
  }
  leave_out(from, to_string(why), files);
  return taken_snapshot{};
}

/// Before the first file is moved.
struct beginning {
  bool is_of_use = true;          ///< false: the ledger is no older
  std::optional<error> delayed{}; ///< by the disk
  fs::path aside{};               ///< for the files of before; empty: they go
};
result<beginning> begin(const fs::path& folder, const snapshot_network& of, const peer_id& self,
                        const snapshot_contents& all, const fs::path& aside,
                        const notary_storage& on) {
  beginning out;
  auto& files = on.disk();
  CAUCUS_TRY(const auto now, look_at(folder, of, self, on));
  const auto in = all.block->block->header.epoch;
  if (now.newest >= all.height || now.in > in.next()) {
    leave_out(ready_in(folder),
              "it is of height " + std::to_string(all.height.value()) + " and epoch "
                + std::to_string(in.value()) + ", and the ledger has blocks up to "
                + std::to_string(now.newest.value()) + " and is in epoch "
                + std::to_string(now.in.value()),
              files);
    out.is_of_use = false;
    return out;
  }
  files.remove_folder(aside); // an empty one, of a try that did not begin
  if (files.exists(aside) && files.rename(aside, free_name(aside, files)) != 0) {
    out.delayed = file_error(errno, aside, "rename");
  } else if (is_to_be_kept(folder, now, on)) {
    out.aside = aside; // made already, so that who goes on after a crash knows
    if (const auto made = have_folder(aside, files); !made) {
      out.delayed = made.error();
    }
  }
  return out;
}

} // namespace

result<taken_snapshot> take_ready(const fs::path& folder, const snapshot_network& of,
                                  const peer_id& self, const notary_storage& on) {
  auto& files = on.disk();
  if (!is_there(folder, files)) {
    return taken_snapshot{};
  }
  // From there on the files of before are no whole folder any more.
  bool has_begun = files.exists(taking_in(folder));
  const auto from = has_begun ? taking_in(folder) : ready_in(folder);
  auto all = read_snapshot(from, of, {}, loadable::any, on);
  if (!all) {
    return not_taken(from, has_begun, all.error(), files);
  }
  taken_snapshot out{all->height};
  auto aside = folder / ("replaced-" + std::to_string(all->height.value()));
  if (!has_begun) {
    CAUCUS_TRY(const auto now, begin(folder, of, self, *all, aside, on));
    if (!now.is_of_use || now.delayed) {
      return taken_snapshot{{}, now.delayed, {}};
    }
    aside = now.aside;
  } else if (!files.exists(aside)) {
    aside.clear();
  }
  if (auto done = put_in_place(std::move(*all), folder, aside, has_begun, on); !done) {
    return has_begun || !may_pass(done.error().code)
             ? result<taken_snapshot>{tl::make_unexpected(done.error())}
             : taken_snapshot{{}, done.error(), {}};
  }
  out.replaced = aside;
  return out;
}

// -- what came so far ------------------------------------------------------------------------------

std::vector<snapshot_entry> snapshot_part::read() const {
  std::vector<snapshot_entry> out;
  if (!files_.exists(part_in(folder_))) {
    return out;
  }
  auto options = options_of_part(files_);
  options.look_only = true;
  const auto read =
    append_log::open(part_in(folder_), options, [&](log_position, bytes_view record) {
      return read_record(record, out) ? result<void>{} : fail(errc::file_malformed);
    });
  if (!read) {
    log("notary", log_level::warn,
        part_in(folder_).string()
          + ": what was fetched of a state is fetched again: " + to_string(read.error()));
    files_.remove(part_in(folder_));
  }
  return out;
}

void snapshot_part::add(const std::vector<snapshot_entry>& entries) {
  if (!works_) {
    return;
  }
  result<void> done;
  if (!log_) {
    auto made = append_log::open(part_in(folder_), options_of_part(files_));
    if (made) {
      log_.emplace(std::move(*made));
    } else {
      done = tl::make_unexpected(made.error());
    }
  }
  if (log_) {
    if (const auto added = log_->append(record_of(entries)); !added) {
      done = tl::make_unexpected(added.error());
    }
  }
  if (!done) {
    works_ = false;
    log("notary", log_level::warn,
        "what is fetched of a state is not kept for another start: " + to_string(done.error()));
  }
}

void snapshot_part::remove() {
  log_.reset();
  files_.remove(part_in(folder_));
}

} // namespace caucus
