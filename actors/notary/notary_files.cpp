#include "actors/notary/notary_files.hpp"

#include "actors/notary/record_codec.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

namespace {

constexpr std::string_view ledger_magic = "caucusL\n";
constexpr std::string_view journal_magic = "caucusN\n";
/// The journal is written anew when it is four times what it was, and at least this: so each byte is
/// written a bounded number of times.
constexpr std::uint64_t journal_size_min = 32 * 1024 * 1024;
constexpr std::uint64_t journal_growth = 4;

std::filesystem::path state_path(const std::filesystem::path& folder) {
  return folder / "state.sqlite";
}

} // namespace

result<notary_files> notary_files::open(const std::filesystem::path& folder, durability keeps,
                                        const visitor& visit) {
  auto state = state_store::open(state_path(folder), keeps);
  if (!state) {
    return tl::make_unexpected(state.error());
  }
  auto had = (*state)->load();
  if (!had) {
    return tl::make_unexpected(had.error());
  }
  auto positions = std::make_shared<std::vector<std::uint64_t>>();
  log_position from{};
  height next{1};
  if (*had) {
    *positions = (*had)->positions;
    next = (*had)->at;
    if (next == height{} || positions->size() != next.value()) {
      return fail(errc::bad_checksum, "the state behind lacks positions");
    }
    from = log_position{positions->back()};
    positions->pop_back(); // read again
  }
  log_options options;
  options.magic = ledger_magic;
  options.schema = ledger_schema;
  options.sync = keeps;
  auto ledger = retry_log::open(
    folder / "ledger.log", options,
    [&](log_position at, bytes_view record) -> result<void> {
      auto block = decode_final(record);
      if (!block) {
        return tl::make_unexpected(block.error());
      }
      if ((*block)->what->header.at != next) {
        return fail(errc::bad_checksum,
                    "ledger.log has another block in the place of " + std::to_string(next.value()));
      }
      positions->push_back(at.value());
      next = next.next();
      return *had && (*block)->what->header.at == (*had)->at
               ? visit.state(*block, std::exchange((*had)->entries, {}))
               : visit.block(*block);
    },
    from);
  if (!ledger) {
    return tl::make_unexpected(ledger.error());
  }
  if (*had && positions->size() < (*had)->at.value()) {
    return fail(errc::bad_checksum, "the state behind is ahead of the ledger");
  }
  options.magic = journal_magic;
  options.schema = notary_journal_schema;
  options.sync = durability::disk; // in memory mode it holds little more than the ceiling
  auto journal = retry_log::open(folder / "notary.journal", options,
                                 [&](log_position, bytes_view record) -> result<void> {
                                   auto one = decode_record(record);
                                   if (!one) {
                                     return tl::make_unexpected(one.error());
                                   }
                                   visit.record(*one);
                                   return {};
                                 });
  if (!journal) {
    return tl::make_unexpected(journal.error());
  }
  notary_files out{std::move(*ledger), std::move(*journal), std::move(*state)};
  out.positions_ = std::move(positions);
  out.stored_ = *had ? (*had)->at : height{};
  return out;
}

result<void> notary_files::forget_state(const std::filesystem::path& folder, durability keeps) {
  auto state = state_store::open(state_path(folder), keeps);
  if (!state) {
    return tl::make_unexpected(state.error());
  }
  return (*state)->forget();
}

void notary_files::add(const journal_record& record, std::uint64_t token) {
  journal_.add(encode_record(record), [kept = token_, token](log_position) { *kept = token; });
}

void notary_files::add(const shared_final& block) {
  ledger_.add(encode_final(*block),
              [kept = positions_](log_position at) { kept->push_back(at.value()); });
}

result<void> notary_files::flush() {
  auto first = journal_.flush();
  auto second = ledger_.flush();
  return first ? second : first;
}

std::vector<shared_final> notary_files::load(const notary_out::load& what) const {
  std::vector<shared_final> out;
  std::size_t size = 0;
  auto at = what.from.value();
  for (; at > 0 && at <= positions_->size() && out.size() < what.count_max; ++at) {
    const auto record = ledger_.read(log_position{(*positions_)[at - 1]});
    auto block = record ? decode_final(record->body)
                        : result<shared_final>{tl::make_unexpected(record.error())};
    if (!block) {
      log_once_per("notary/load", std::chrono::seconds{10}, "notary", log_level::error,
                   "block " + std::to_string(at) + " of the ledger: " + to_string(block.error()));
      break;
    }
    if (what.bodies) {
      out.push_back(std::move(*block));
    } else {
      auto bare = std::make_shared<final_block>();
      bare->id = (*block)->id;
      bare->what = (*block)->what;
      bare->finalization = (*block)->finalization;
      out.push_back(std::move(bare));
    }
    size += record->body.size();
    if (size >= what.size_max) {
      break;
    }
  }
  return out;
}

bool notary_files::journal_is_long() const {
  return journal_.end().value() > std::max(journal_size_min, journal_growth * compact_size_);
}

result<void> notary_files::compact(const std::vector<journal_record>& all) {
  std::vector<bytes> records;
  records.reserve(all.size());
  for (const auto& one : all) {
    records.push_back(encode_record(one));
  }
  if (auto done = journal_.replace_all(records); !done) {
    return done;
  }
  compact_size_ = journal_.end().value();
  return {};
}

std::function<result<height>()>
notary_files::store_job(std::shared_ptr<const notary_out::store_state> what) const {
  const auto first = stored_.next();
  std::vector<std::uint64_t> positions;
  for (auto at = first; at <= what->at; at = at.next()) {
    positions.push_back((*positions_)[at.value() - 1]);
  }
  return [state = state_, what = std::move(what), first,
          positions = std::move(positions)]() -> result<height> {
    if (auto done = state->store(*what, first, positions); !done) {
      return tl::make_unexpected(done.error());
    }
    return what->at;
  };
}

} // namespace caucus
