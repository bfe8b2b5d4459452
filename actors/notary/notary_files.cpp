#include "actors/notary/notary_files.hpp"

#include "actors/notary/closing_check.hpp"
#include "actors/notary/record_codec.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/log.hpp"
#include "runtime/membership/membership_rules.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

constexpr std::string_view ledger_magic = "caucusL\n";
constexpr std::string_view epochs_magic = "caucusE\n";
constexpr std::uint32_t epochs_schema = 1;
/// The journal is written anew when it is four times what it was, and not small: so each byte is
/// written a bounded number of times.
constexpr std::uint64_t journal_growth = 4;

/// A ledger can be had again, unlike a journal; one without its first blocks from a snapshot alone,
/// of which the caller tells.
error with_the_way_out(error why, const std::filesystem::path& folder, const log_options& options) {
  const auto oldest = ledger_log::oldest(folder, options);
  if ((why.code == errc::bad_checksum || why.code == errc::file_malformed)
      && (!oldest || *oldest <= height{1})) {
    why.detail += ". What works: move ledger.log away, keep both journals, and start: the node "
                  "fetches its blocks from the other members. (A ledger.HEIGHT.log beside it goes "
                  "with it. A group of one has none: put back the newest copy of ledger.log)";
  }
  return why;
}

void warn_of_cut(const retry_log& of) {
  if (of.cut_bytes() > 0) {
    log("store", log_level::warn,
        of.path().string() + ": cut off a damaged end of " + std::to_string(of.cut_bytes())
          + " bytes: what a power cut left of a write, or records that were whole once. What "
            "the other files know of them is looked up there");
  }
}

/// The block of this record, which must be of that height; none: of any.
result<shared_final> next_final(bytes_view record, std::optional<height> expected) {
  auto block = decode_final(record);
  if (block && expected && (*block)->block->header.height != *expected) {
    return fail(errc::bad_checksum, "the ledger has another block in the place of "
                                      + std::to_string(expected->value()));
  }
  return block;
}

} // namespace

log_options ledger_options(durability keeps) {
  log_options out;
  out.magic = ledger_magic;
  out.schema = ledger_schema;
  out.sync = keeps;
  out.record_size_max = final_record_size_max;
  return out;
}

log_options epochs_options(durability keeps) {
  log_options out;
  out.magic = epochs_magic;
  out.schema = epochs_schema;
  out.sync = keeps;
  out.record_size_max = 1024 * 1024; // 2,048 headers are 450 KiB
  return out;
}

log_options notary_journal_options() {
  log_options out;
  out.magic = notary_journal_magic;
  out.schema = notary_journal_schema;
  out.sync = durability::disk; // in memory mode it holds little more than the ceiling
  return out;
}

namespace {

result<retry_log> open_epochs(const std::filesystem::path& folder, durability keeps,
                              const notary_files::visitor& visit, const notary_storage& on) {
  auto options = epochs_options(keeps);
  options.files = on.files;
  CAUCUS_TRY(auto out, retry_log::open(folder / "epochs.log", options,
                                       [&](log_position, bytes_view record) -> result<void> {
                                         CAUCUS_TRY(const auto one, decode<closing>(record));
                                         return visit.closing(one);
                                       }));
  warn_of_cut(out);
  return out;
}

result<retry_log> open_journal(const std::filesystem::path& folder,
                               const notary_files::visitor& visit, const notary_storage& on) {
  auto options = notary_journal_options();
  options.files = on.files;
  CAUCUS_TRY(auto out, retry_log::open(folder / "notary.journal", options,
                                       [&](log_position, bytes_view record) -> result<void> {
                                         CAUCUS_TRY(auto one, decode_notary_record(record));
                                         visit.record(one);
                                         return {};
                                       }));
  warn_of_cut(out);
  return out;
}

} // namespace

result<notary_files> notary_files::open(const std::filesystem::path& folder, durability keeps,
                                        const visitor& visit, const notary_storage& on) {
  CAUCUS_TRY(auto state, on.open_state(folder / "state.sqlite", keeps));
  CAUCUS_TRY(auto had, state->load());
  auto blocks = std::make_shared<block_index>();
  std::optional<block_mark> from;
  if (had) {
    auto known = block_index::restore(had->blocks);
    if (!known || had->blocks.back().height != had->height) {
      return fail(errc::bad_checksum, "the stored state lacks positions");
    }
    *blocks = std::move(*known);
    from = had->blocks.back(); // that block is read again
  }
  CAUCUS_TRY(auto epochs, open_epochs(folder, keeps, visit, on));
  auto options = ledger_options(keeps);
  options.files = on.files;
  options.from_a_record = had.has_value();
  bool state_fits = true;
  auto ledger = ledger_log::open(
    folder, options, from, [&](log_position at, bytes_view record) -> result<void> {
      const bool is_first = !had && blocks->newest() == height{};
      CAUCUS_TRY(auto block, next_final(record, is_first ? std::nullopt
                                                         : std::optional{blocks->newest().next()}));
      if (is_first && block->block->header.height != height{1}) {
        return tl::make_unexpected(notary_files::begins_above(block->block->header.height));
      }
      blocks->push(at);
      if (!had || block->block->header.height != had->height) {
        return visit.block(block);
      }
      auto fits = visit.state(block, std::exchange(had->entries, {}));
      state_fits = fits.has_value();
      return fits;
    });
  if (!ledger) {
    return tl::make_unexpected(state_fits ? with_the_way_out(ledger.error(), folder, options)
                                          : ledger.error());
  }
  blocks->forget_below(ledger->oldest());
  warn_of_cut(ledger->growing());
  if (had && blocks->newest() < had->height) {
    return fail(errc::out_of_range,
                "state.sqlite is of height " + std::to_string(had->height.value())
                  + ", and ledger.log ends at height " + std::to_string(blocks->newest().value()));
  }
  CAUCUS_TRY(auto journal, open_journal(folder, visit, on));
  notary_files out{std::move(epochs), std::move(*ledger), std::move(journal), std::move(state)};
  out.blocks_ = std::move(blocks);
  out.journal_size_min_ = on.journal_size_min;
  out.blocks_per_file_ = on.blocks_per_file;
  out.stored_ = had ? had->height : height{};
  return out;
}

result<epoch_history> notary_files::look_epochs(const std::filesystem::path& folder,
                                                const genesis& from, const notary_storage& on) {
  epoch_history out{committees{from}, {}};
  CAUCUS_TRY(auto ends, look_closings(folder, on));
  for (auto& end : ends) {
    const auto next = read_closing(end, out.voters.newest());
    if (!next) {
      return fail(errc::bad_checksum, to_string(next.error()));
    }
    out.voters.add(std::make_shared<const committee>(committee_of(*next)));
    out.ends.push_back(std::make_shared<const closing>(std::move(end)));
  }
  return out;
}

result<std::vector<closing>> notary_files::look_closings(const std::filesystem::path& folder,
                                                         const notary_storage& on) {
  std::vector<closing> out;
  auto options = epochs_options(durability::memory);
  options.look_only = true;
  options.files = on.files;
  const auto epochs = append_log::open(folder / "epochs.log", options,
                                       [&](log_position, bytes_view record) -> result<void> {
                                         CAUCUS_TRY(out.emplace_back(), decode<closing>(record));
                                         return {};
                                       });
  if (!epochs && epochs.error().code != errc::file_missing) {
    return tl::make_unexpected(epochs.error());
  }
  return out;
}

result<folder_facts> notary_files::look(const std::filesystem::path& folder,
                                        const epoch_history& known, const peer_id& self,
                                        const notary_storage& on) {
  auto options = ledger_options(durability::memory);
  options.look_only = true;
  options.files = on.files;
  constexpr int tries = 5;
  for (int i = 1;; ++i) { // a node that runs may begin a file meanwhile, or let one go
    const auto before = ledger_log::names_in(folder, options);
    auto out = look_once(folder, known, self, on);
    if (out || i == tries || ledger_log::names_in(folder, options) == before) {
      return out;
    }
  }
}

result<folder_facts> notary_files::look_once(const std::filesystem::path& folder,
                                             const epoch_history& known, const peer_id& self,
                                             const notary_storage& on) {
  folder_facts out;
  const auto add = [&](const final_block& block) -> result<void> {
    const auto in = block.block->header.epoch;
    const auto* const voters = known.voters.of(in);
    if (voters == nullptr) {
      return fail(errc::bad_checksum, "block " + std::to_string(block.block->header.height.value())
                                        + " is of epoch " + std::to_string(in.value())
                                        + ", whose members epochs.log does not show");
    }
    if (out.newest.header.epoch != in) {
      out.newest.own_signed = view{}; // views are an epoch's own
    }
    out.add(block, *voters, self);
    const bool is_last =
      in.value() < known.ends.size() && known.ends[in.value()]->last == block.block->header;
    out.newest.voters = known.voters.share(is_last ? in.next() : in);
    return {};
  };
  auto options = ledger_options(durability::memory);
  options.look_only = true;
  options.files = on.files;
  const auto ledger =
    ledger_log::look(folder, options, [&](log_position, bytes_view record) -> result<void> {
      CAUCUS_TRY(
        const auto block,
        next_final(record, out.tip == height{} ? std::nullopt : std::optional{out.tip.next()}));
      return add(*block);
    });
  if (!ledger) {
    return tl::make_unexpected(with_the_way_out(ledger.error(), folder, options));
  }
  options = notary_journal_options();
  options.look_only = true;
  options.files = on.files;
  const auto journal = append_log::open(folder / "notary.journal", options,
                                        [&](log_position, bytes_view record) -> result<void> {
                                          CAUCUS_TRY(const auto one, decode_notary_record(record));
                                          out.add(one, self);
                                          return {};
                                        });
  if (!journal && journal.error().code != errc::file_missing) {
    return tl::make_unexpected(journal.error());
  }
  return out;
}

result<void> notary_files::forget_state(const std::filesystem::path& folder, durability keeps,
                                        const notary_storage& on) {
  CAUCUS_TRY(auto state, on.open_state(folder / "state.sqlite", keeps));
  return state->forget();
}

error notary_files::lacks_first_state(const continuation& of) {
  return {
    errc::folder_contradicts,
    "this network goes on from another one's state of height " + std::to_string(of.height.value())
      + ", which this node does not have and no peer gives: load it with `caucus snapshot load "
        "FILE DIR`. FILE is the state.snapshot that was made with the genesis, or a newer one "
        "that another node saved; DIR is this node's folder"};
}

error notary_files::begins_above(height oldest) {
  return {errc::folder_contradicts,
          "the ledger begins with the block of height " + std::to_string(oldest.value())
            + ", as older ones are not kept, and state.sqlite has no state from which it goes on. "
              "Put the newest state.sqlite back; without one, move ledger*.log, epochs.log and "
              "state.sqlite* away, keep both journals, and take the state of another node: "
              "`caucus snapshot save` there, `caucus snapshot load` here"};
}

result<height> notary_files::oldest(const std::filesystem::path& folder, const notary_storage& on) {
  auto options = ledger_options(durability::memory);
  options.files = on.files;
  return ledger_log::oldest(folder, options);
}

void notary_files::add(const notary_record& record, std::uint64_t token) {
  journal_.add(encode_notary_record(record),
               [kept = token_, token](log_position) { *kept = token; });
}

void notary_files::add(const shared_final& block) {
  ledger_.add(encode_final(*block), [kept = blocks_](log_position at) { kept->push(at); });
}

void notary_files::add(const closing& what) {
  epochs_.add(encode(what));
}

result<void> notary_files::flush() {
  if (auto before = epochs_.flush(); !before) {
    return before; // no block may be durable that ends an epoch, and what shows that is not
  }
  auto first = journal_.flush();
  auto second = ledger_.flush();
  if (second && blocks_per_file_ > 0
      && newest().value() >= ledger_.newest_file().value() + blocks_per_file_ - 1
      && newest() >= begin_after_) {
    begin_file();
  }
  return first ? second : first;
}

/// Else the file grows on, and it is tried again some blocks later.
void notary_files::begin_file() {
  if (const auto done = ledger_.begin_file(newest().next()); !done) {
    begin_after_ = height{newest().value() + 16};
    log_once_per("notary/begin file", std::chrono::seconds{60}, "notary", log_level::error,
                 "the ledger goes on in the same file, so older blocks stay: "
                   + to_string(done.error()));
  }
}

void notary_files::prune(height below) {
  ledger_.drop_below(below);
  blocks_->forget_below(ledger_.oldest());
}

result<block_mark> notary_files::place_of(height wanted) const {
  auto at = ledger_.start_for(wanted, blocks_->before(wanted));
  for (; at.height < wanted; at.height = at.height.next()) {
    CAUCUS_TRY(at.where, ledger_.after(at));
  }
  return at;
}

result<shared_final> notary_files::read_on(block_mark& at, std::size_t& size) const {
  CAUCUS_TRY(auto record, ledger_.read(at));
  auto block = decode_final(record.body);
  if (block && (*block)->block->header.height != at.height) {
    return fail(errc::bad_checksum, "another block lies in its place");
  }
  at.height = at.height.next();
  at.where = ledger_.begins_with(at.height) ? append_log::begin() : record.next;
  size += record.body.size();
  return block;
}

std::vector<shared_final> notary_files::load(const notary_out::load& what) const {
  std::vector<shared_final> out;
  if (what.first < oldest() || what.first > newest()) {
    return out;
  }
  auto at = place_of(what.first);
  std::size_t size = 0;
  for (auto next = what.first;
       next <= newest() && out.size() < what.count_max && size < what.size_max;
       next = next.next()) {
    auto block = at ? read_on(*at, size) : result<shared_final>{tl::make_unexpected(at.error())};
    if (!block) {
      log_once_per("notary/load", std::chrono::seconds{10}, "notary", log_level::error,
                   "block " + std::to_string(next.value())
                     + " of the ledger: " + to_string(block.error()));
      break;
    }
    if (what.bodies) {
      out.push_back(std::move(*block));
    } else {
      auto bare = std::make_shared<final_block>();
      bare->id = (*block)->id;
      bare->block = (*block)->block;
      bare->finalization = (*block)->finalization;
      out.push_back(std::move(bare));
    }
  }
  return out;
}

std::uint64_t notary_files::disk_free() const {
  std::error_code unknown;
  const auto space = std::filesystem::space(ledger_.path(), unknown);
  return unknown ? 0 : space.available;
}

bool notary_files::journal_is_long() const {
  return journal_.end().value() > std::max(journal_size_min_, journal_growth * compact_size_);
}

result<void> notary_files::compact(const std::vector<notary_record>& all) {
  std::vector<bytes> records;
  records.reserve(all.size());
  for (const auto& one : all) {
    records.push_back(encode_notary_record(one));
  }
  if (auto done = journal_.replace_all(records); !done) {
    return done;
  }
  compact_size_ = journal_.end().value();
  return {};
}

std::function<result<height>()>
notary_files::store_job(std::shared_ptr<notary_out::store_state> what) const {
  std::vector<block_mark> blocks;
  for (auto at = stored_.next(); at < what->height; at = at.next()) {
    if (const auto mark = blocks_->before(at); mark && mark->height == at) {
      blocks.push_back(*mark);
    }
  }
  const auto newest = place_of(what->height);
  auto behind = newest;
  std::size_t size = 0;
  const auto block =
    newest ? read_on(*behind, size) : result<shared_final>{tl::make_unexpected(newest.error())};
  if (!block) { // a later life would start there
    return [why = block.error()]() -> result<height> { return tl::make_unexpected(why); };
  }
  blocks.push_back(*newest);
  return [state = state_, what = std::move(what), blocks = std::move(blocks),
          oldest = oldest()]() -> result<height> {
    CAUCUS_TRY_VOID(state->store(*what, blocks, oldest));
    what->changed = {};
    return what->height;
  };
}

} // namespace caucus
