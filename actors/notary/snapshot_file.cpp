#include "actors/notary/snapshot_file.hpp"

#include "actors/notary/ledger_log.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/record_codec.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "actors/notary/state_tree.hpp"
#include "actors/notary/tip_state.hpp"
#include "messages/closing.hpp"
#include "messages/try.hpp"
#include "runtime/append_log.hpp"
#include "runtime/archive/archive.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace caucus {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view snapshot_magic = "caucusS\n";
constexpr std::uint32_t snapshot_schema = 1;
constexpr std::size_t portion_size = 1024 * 1024;
/// Blocks looked at for one that certifies: so many finalize without a certificate of their own
/// only if the group is in great trouble, and a page holds them.
constexpr std::size_t headers_max = blocks_per_page_max;

enum class kind : std::uint8_t { head = 1, closing, block, above, entries, end };

struct head {
  network_id network;
  caucus::height height;
  std::uint64_t entries = 0;
};

log_options options_of_file(const notary_storage& on = {}) {
  log_options out;
  out.files = on.files;
  out.magic = snapshot_magic;
  out.schema = snapshot_schema;
  out.record_size_max = final_record_size_max + 1;
  return out;
}

tl::unexpected<error> save_cancelled(const fs::path& file) {
  return fail(errc::cancelled, "ended: " + file.string() + " was not made");
}
tl::unexpected<error> load_cancelled(const fs::path& file) {
  return fail(errc::cancelled, "ended: nothing was loaded, and " + file.string() + " is as it was");
}

snapshot_facts facts_of(const snapshot_contents& all, std::uint64_t size) {
  const auto& header = all.block->block->header;
  const auto& by = all.above.blocks;
  return {all.height,         by.empty() ? header.epoch : by.back().header.epoch,
          header.time,        all.block->state_root,
          all.entries.size(), size};
}

// -- a node's folder -----------------------------------------------------------------------------

/// The block of the stored state, and the headers above it.
result<void> read_blocks(const fs::path& folder, const block_mark& from, const genesis& start,
                         snapshot_contents& into) {
  // Not an error: enough was read.
  bool enough = false;
  auto options = ledger_options(durability::memory);
  options.look_only = true;
  options.from_a_record = true;
  auto read = ledger_log::look(
    folder, options,
    [&](log_position, bytes_view record) -> result<void> {
      CAUCUS_TRY(auto block, decode_final(record));
      if (into.block == nullptr) {
        into.block = std::move(block);
        return {};
      }
      into.above.blocks.push_back({block->block->header, {}});
      into.above.finalization = block->finalization;
      enough = block->finalization.has_value() || into.above.blocks.size() >= headers_max;
      return enough ? fail(errc::cancelled) : result<void>{};
    },
    from);
  if (!read && !enough) {
    return read;
  }
  if (into.block != nullptr && is_first_state(*into.block, start)) {
    into.above = {};
    return {};
  }
  if (into.block == nullptr || !into.above.finalization) {
    return fail(errc::not_yet, "no block above height " + std::to_string(into.height.value())
                                 + ", of which the state is stored, certifies it yet: try again "
                                   "when the group has made one more");
  }
  return {};
}

result<snapshot_contents> read_folder(const fs::path& folder, const genesis& start) {
  snapshot_contents out;
  std::error_code none;
  if (!fs::exists(folder / "state.sqlite", none)) {
    return fail(errc::not_yet, folder.string() + " has no state.sqlite: nothing is stored yet");
  }
  CAUCUS_TRY(const auto store, state_store::open(folder / "state.sqlite", durability::disk));
  CAUCUS_TRY(auto had, store->load());
  if (!had || had->blocks.empty()) {
    return fail(errc::not_yet,
                (folder / "state.sqlite").string()
                  + " holds nothing: its node has stored no state yet (it does so some "
                    "10 s after a change), or could not use the one it had");
  }
  out.height = had->height;
  out.entries = std::move(had->entries);
  CAUCUS_TRY_VOID(read_blocks(folder, had->blocks.back(), start, out));
  CAUCUS_TRY(out.closings, notary_files::look_closings(folder)); // last: none is missing then
  return out;
}

/// Its node may run: then a file of the ledger was begun or dropped between two looks, say, and it is
/// looked at once more.
result<snapshot_contents> certified_contents(const fs::path& folder, const snapshot_network& of,
                                             const snapshot_progress& tell) {
  constexpr int tries = 3;
  for (int i = 1;; ++i) {
    auto all = read_folder(folder, *of.genesis);
    auto good = all ? check_certified_block(*all, of) : tl::make_unexpected(all.error());
    if (good) {
      good = check_certified_state(*all, of, tell);
    }
    if (good) {
      return all;
    }
    auto why = good.error();
    if (why.code == errc::cancelled || i == tries) {
      if (all && why.code != errc::cancelled && why.code != errc::not_yet) {
        why.detail = folder.string() + ": what is stored is not what the group certified: "
                     + to_string(why) + ". `caucus doctor` looks at the folder";
      }
      return tl::make_unexpected(std::move(why));
    }
  }
}

/// Of a file that its frame shows to be none: the words of a log that grows would mislead.
error damaged(const fs::path& file, const error& why) {
  return {errc::file_malformed, file.string()
                                  + " is no whole snapshot: it is damaged, was cut, or "
                                    "is another file ("
                                  + to_string(why) + "). Take another copy, or save it again"};
}

// -- its file ------------------------------------------------------------------------------------

bytes record_of(kind what, bytes_view body) {
  bytes out{static_cast<std::byte>(what)};
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

bytes head_record(const head& of) {
  bytes body{of.network.raw.begin(), of.network.raw.end()};
  append_little_endian(body, of.height.value());
  append_little_endian(body, of.entries);
  return record_of(kind::head, body);
}

void put_text(bytes& to, bytes_view what) {
  append_little_endian(to, static_cast<std::uint32_t>(what.size()));
  to.insert(to.end(), what.begin(), what.end());
}

result<void> write_entries(append_log& to, const snapshot_contents& all,
                           const snapshot_progress& tell, const fs::path& name) {
  bytes portion;
  std::uint64_t done = 0;
  for (const auto& one : all.entries) {
    append_little_endian(portion, variable_of(one.path).value());
    put_text(portion, one.key);
    put_text(portion, *one.value);
    if (++done == all.entries.size() || portion.size() >= portion_size) {
      CAUCUS_TRY_VOID(to.append(record_of(kind::entries, std::exchange(portion, {}))));
      if (tell && !tell(done, all.entries.size())) {
        return save_cancelled(name);
      }
    }
  }
  return {};
}

/// `file`: what it will be called.
result<std::uint64_t> write_all(const fs::path& made, const snapshot_contents& all,
                                const network_id& network, const snapshot_progress& tell,
                                const fs::path& file, const notary_storage& on = {}) {
  CAUCUS_TRY(auto log, append_log::open(made, options_of_file(on)));
  CAUCUS_TRY_VOID(log.append(head_record({network, all.height, all.entries.size()})));
  for (const auto& one : all.closings) {
    CAUCUS_TRY_VOID(log.append(record_of(kind::closing, encode(one))));
  }
  CAUCUS_TRY_VOID(log.append(record_of(kind::block, encode_final(*all.block))));
  CAUCUS_TRY_VOID(log.append(record_of(kind::above, encode(all.above))));
  CAUCUS_TRY_VOID(write_entries(log, all, tell, file));
  CAUCUS_TRY_VOID(log.append(record_of(kind::end, {})));
  CAUCUS_TRY_VOID(log.sync());
  return log.end().value();
}

/// Reads records in the one order that they have.
class file_reader {
public:
  file_reader(const snapshot_network& of, const snapshot_progress& tell, const fs::path& file,
              loadable which)
      : of_{of}, tell_{tell}, file_{file}, which_{which} {}

  result<void> take(bytes_view record) {
    if (record.empty()) {
      return wrong("an empty record");
    }
    const auto what = static_cast<kind>(record.front());
    const auto body = record.subspan(1);
    const bool in_order = what == expected_ || (what == kind::closing && expected_ == kind::block)
                          || (what == kind::end && expected_ == kind::entries);
    if (!in_order) {
      return wrong("records that do not follow one another");
    }
    switch (what) {
      case kind::head: return take_head(body);
      case kind::closing: return take_closing(body);
      case kind::block: return take_block(body);
      case kind::above: return take_above(body);
      case kind::entries: return take_entries(body);
      case kind::end: return take_end(body);
    }
    return wrong("a record of no kind");
  }
  result<snapshot_contents> finish() {
    if (expected_ != done) {
      return tl::make_unexpected(wrong("the end is missing: it was not written whole").error());
    }
    if (auto good = certified(check_certified_state(all_, of_, tell_)); !good) {
      return tl::make_unexpected(std::move(good.error()));
    }
    return std::move(all_);
  }

private:
  static constexpr auto done = static_cast<kind>(0);

  [[nodiscard]] result<void> wrong(const std::string& why) const {
    return fail(errc::file_malformed, file_.string() + ": " + why);
  }

  /// One code for all that the group did not certify, whatever is wrong with it.
  [[nodiscard]] result<void> certified(result<void> how) const {
    if (how) {
      return how;
    }
    const auto code = how.error().code;
    if (code == errc::cancelled) {
      return load_cancelled(file_);
    }
    return fail(kind_of(code) == error_kind::unverified ? code : errc::bad_proof,
                file_.string() + " is not what the group certified: " + to_string(how.error()));
  }

  result<void> take_head(bytes_view body) {
    reader in{body};
    head one;
    const auto raw = in.take(one.network.raw.size());
    std::copy(raw.begin(), raw.end(), one.network.raw.begin());
    std::uint64_t at = 0;
    in(at, one.entries);
    if (in.finish() || at == 0) {
      return wrong("a head that is none");
    }
    if (one.network != of_.network) {
      return fail(errc::wrong_network, file_.string()
                                         + " is of another network than the genesis and the rules "
                                           "that are given");
    }
    const auto& first = of_.genesis->continues;
    if (which_ == loadable::first_alone && !(first && first->height == height{at})) {
      return fail(errc::folder_contradicts,
                  file_.string() + " is not the state with which the network begins");
    }
    all_.height = height{at};
    count_ = one.entries;
    expected_ = kind::block;
    return {};
  }
  result<void> take_closing(bytes_view body) {
    CAUCUS_TRY(all_.closings.emplace_back(), decode<closing>(body));
    return {};
  }
  result<void> take_block(bytes_view body) {
    CAUCUS_TRY(all_.block, decode_final(body));
    expected_ = kind::above;
    return {};
  }
  result<void> take_above(bytes_view body) {
    CAUCUS_TRY(all_.above, decode<chain_page>(body));
    expected_ = kind::entries;
    return certified(
      check_certified_block(all_, of_)); // before the state is read, which may be long
  }
  result<void> take_entries(bytes_view body) {
    reader in{body};
    while (!in.left().empty()) {
      std::uint16_t variable = 0;
      in(variable);
      state_entry one;
      one.key = text(in);
      one.value = text(in);
      if (in.failure() || all_.entries.size() >= count_) {
        return wrong("entries that are none, or more than it says");
      }
      one.path = path_of(variable_id{variable}, one.key);
      all_.entries.push_back(std::move(one));
    }
    return !tell_ || tell_(all_.entries.size(), count_) ? result<void>{} : load_cancelled(file_);
  }
  result<void> take_end(bytes_view body) {
    if (!body.empty() || all_.entries.size() != count_) {
      return wrong("fewer entries than it says");
    }
    expected_ = done;
    return {};
  }
  static bytes text(reader& in) {
    std::uint32_t size = 0;
    in(size);
    const auto raw = in.take(size);
    return {raw.begin(), raw.end()};
  }

  const snapshot_network& of_;
  const snapshot_progress& tell_;
  const fs::path& file_;
  loadable which_;
  snapshot_contents all_;
  std::uint64_t count_ = 0;
  kind expected_ = kind::head;
};

// -- a new folder --------------------------------------------------------------------------------

result<void> judge_empty(const fs::path& folder) {
  std::error_code failed;
  for (fs::directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().filename().string();
    if ((name.starts_with("ledger.") && name.ends_with(".log")) || name.starts_with("state.sqlite")
        || name == "epochs.log") {
      return fail(errc::file_exists,
                  at->path().string()
                    + " is there: a snapshot is loaded where there is no ledger. If this one is "
                      "lost, move ledger*.log, epochs.log and state.sqlite* away, and keep both "
                      "journals: they have what this node has signed");
    }
  }
  return failed ? tl::unexpected<error>{file_error(failed.value(), folder, "list")}
                : result<void>{};
}

result<void> write_log(const fs::path& path, log_options options, const std::vector<bytes>& records,
                       const notary_storage& on) {
  options.files = on.files;
  CAUCUS_TRY(auto log, append_log::open(path, options));
  for (const auto& one : records) {
    CAUCUS_TRY_VOID(log.append(one));
  }
  return log.sync();
}

result<void> write_folder(const fs::path& into, snapshot_contents all, const notary_storage& on) {
  std::vector<bytes> closings;
  for (const auto& one : all.closings) {
    closings.push_back(encode(one));
  }
  CAUCUS_TRY_VOID(write_log(into / "epochs.log", epochs_options(durability::disk), closings, on));
  auto block = *all.block;
  block.finalization.reset(); // it was not looked at, and the one above finalizes this one too
  block.announced.clear();    // nobody certifies these
  CAUCUS_TRY_VOID(
    write_log(into / "ledger.log", ledger_options(durability::disk), {encode_final(block)}, on));
  {
    CAUCUS_TRY(const auto store, on.open_state(into / "state.sqlite", durability::disk));
    CAUCUS_TRY_VOID(store->store({all.height, std::move(all.entries)},
                                 {{all.height, append_log::begin()}}, all.height));
  }
  if (on.disk().exists(into / "state.sqlite-wal")) { // closing it says nothing of a full disk
    return fail(errc::disk_full,
                (into / "state.sqlite").string()
                  + " could not be finished: there must be room for the state twice");
  }
  return {};
}

/// Not over another file.
result<void> move_new(const fs::path& from, const fs::path& to) {
  auto& files = real_files();
  if (files.link(from, to) == 0) {
    files.remove(from);
  } else if (errno == EEXIST) {
    return fail(errc::file_exists, to.string() + " is there; give another name");
  } else if (files.rename(from, to) != 0) { // a file system without hard links
    return tl::unexpected<error>{file_error(errno, to, "make")};
  }
  if (files.sync_folder(folder_of(to)) != 0) {
    return tl::unexpected<error>{file_error(errno, to, "sync the folder of")};
  }
  return {};
}

constexpr std::array moved_files{"epochs.log", "ledger.log", "state.sqlite"};

/// One after the other, the state last: without it a ledger that begins above height 1 does not
/// start.
result<void> move_all(const fs::path& from, const fs::path& to, file_operations& files) {
  for (std::size_t i = 0; i < moved_files.size(); ++i) {
    const auto path = to / moved_files[i];
    if (files.rename(from / moved_files[i], path) != 0) {
      auto why = file_error(errno, path, "make");
      std::for_each(moved_files.begin(), moved_files.begin() + i,
                    [&to, &files](const char* name) { files.remove(to / name); });
      return tl::unexpected<error>{std::move(why)};
    }
  }
  if (files.sync_folder(to) != 0) {
    return tl::unexpected<error>{file_error(errno, to, "sync")};
  }
  return {};
}

/// With the files in it, which has no folders. A link, or a file, of that name goes alone.
result<void> remove_with_files(const fs::path& folder, file_operations& files) {
  if (files.remove(folder) == 0) {
    return {};
  }
  if (errno != EISDIR && errno != EPERM) { // as it is a folder: EPERM is POSIX's word for it
    return tl::unexpected<error>{file_error(errno, folder, "remove")};
  }
  CAUCUS_TRY(const auto names, files.names_in(folder));
  for (const auto& one : names) {
    if (files.remove(folder / one) != 0) {
      return tl::unexpected<error>{file_error(errno, folder / one, "remove")};
    }
  }
  return files.remove_folder(folder) == 0
           ? result<void>{}
           : tl::unexpected<error>{file_error(errno, folder, "remove")};
}

} // namespace

namespace {

result<void> judge_new(const fs::path& file) {
  std::error_code none;
  if (fs::exists(fs::symlink_status(file, none))) {
    return fail(errc::file_exists, file.string() + " is there; give another name");
  }
  return fs::is_directory(folder_of(file), none)
           ? result<void>{}
           : fail(errc::file_missing, folder_of(file).string() + " is no folder");
}

result<snapshot_facts> save(const snapshot_contents& all, const network_id& network,
                            const fs::path& file, const snapshot_progress& tell) {
  std::error_code none;
  auto made = file;
  made += "." + std::to_string(::getpid()) + ".new";
  fs::remove(made, none); // of a process of that number, which ended here
  auto size = write_all(made, all, network, tell, file);
  if (size) {
    const auto done = move_new(made, file);
    size = done ? size : tl::make_unexpected(done.error());
  }
  if (!size) {
    fs::remove(made, none);
    return tl::make_unexpected(size.error());
  }
  return facts_of(all, *size);
}

} // namespace

result<snapshot_facts> save_snapshot(const fs::path& folder, const snapshot_network& of,
                                     const fs::path& file, const snapshot_progress& tell) {
  CAUCUS_TRY_VOID(judge_new(file));
  CAUCUS_TRY(const auto all, certified_contents(folder, of, tell));
  return save(all, of.network, file, tell);
}

result<snapshot_facts> save_first_state(std::vector<state_entry> entries, std::uint64_t mutations,
                                        const snapshot_network& of, const fs::path& file,
                                        const snapshot_progress& tell) {
  CAUCUS_TRY_VOID(judge_new(file));
  auto made = std::make_shared<final_block>();
  auto first = std::make_shared<block>();
  first->header = genesis_header(*of.genesis);
  made->id = digest_of(first->header);
  made->state_root = first->header.state_root;
  made->mutations_so_far = mutations;
  made->block = std::move(first);
  return save({made->block->header.height, {}, made, {}, std::move(entries)}, of.network, file,
              tell);
}

result<snapshot_contents> read_snapshot(const fs::path& file, const snapshot_network& of,
                                        const snapshot_progress& tell, loadable which,
                                        const notary_storage& on) {
  file_reader reading{of, tell, file, which};
  auto options = options_of_file(on);
  options.look_only = true;
  bool is_ours = false; // an error of what the records say, not of the file around them
  const auto log = append_log::open(file, options, [&](log_position, bytes_view record) {
    auto taken = reading.take(record);
    is_ours = !taken;
    return taken;
  });
  if (!log) {
    const auto& why = log.error();
    const bool is_frame = why.code == errc::bad_checksum || why.code == errc::file_malformed;
    return tl::make_unexpected(is_frame && !is_ours ? damaged(file, why) : why);
  }
  if (log->report().cut_bytes > 0) {
    return tl::make_unexpected(damaged(
      file, {errc::bad_checksum, "no good record at byte " + std::to_string(log->end().value())}));
  }
  return reading.finish();
}

result<void> write_snapshot(const snapshot_contents& all, const network_id& network,
                            const fs::path& file, const notary_storage& on) {
  auto& files = on.disk();
  auto made = file;
  made += ".new";
  files.remove(made); // of a try that ended here
  auto size = write_all(made, all, network, {}, file, on);
  if (!size) {
    files.remove(made);
    return tl::make_unexpected(size.error());
  }
  if (files.rename(made, file) != 0) {
    return tl::unexpected<error>{file_error(errno, file, "make")};
  }
  if (files.sync_folder(folder_of(file)) != 0) {
    return tl::unexpected<error>{file_error(errno, file, "sync the folder of")};
  }
  return {};
}

result<void> unpack_snapshot(snapshot_contents all, const fs::path& folder,
                             const std::function<result<void>()>& make_room,
                             const notary_storage& on) {
  auto& files = on.disk();
  const auto making = folder / "snapshot.loading";
  CAUCUS_TRY_VOID(remove_with_files(making, files)); // of a try that ended here
  if (files.make_folder(making) != 0) {
    return tl::unexpected<error>{file_error(errno, making, "make")};
  }
  auto done = write_folder(making, std::move(all), on);
  if (const auto journal = folder / "notary.journal"; done && !files.exists(journal)) {
    done = write_log(journal, notary_journal_options(), {}, on);
  }
  if (done && make_room) {
    done = make_room();
  }
  if (done) {
    done = move_all(making, folder, files);
  }
  static_cast<void>(remove_with_files(making, files)); // else the next try tells
  return done;
}

result<snapshot_facts> load_snapshot(const fs::path& file, const snapshot_network& of,
                                     const fs::path& folder, const snapshot_progress& tell,
                                     loadable which) {
  CAUCUS_TRY_VOID(judge_empty(folder));
  CAUCUS_TRY(auto all, read_snapshot(file, of, tell, which));
  std::error_code none;
  const auto facts = facts_of(all, fs::file_size(file, none));
  CAUCUS_TRY_VOID(unpack_snapshot(std::move(all), folder, {}));
  return facts;
}

} // namespace caucus
