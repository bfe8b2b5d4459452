#include "actors/consensus/consensus_journal.hpp"

#include "actors/consensus/journal_codec.hpp"
#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace caucus {

namespace {

/// Records that bind nobody wait for one that does, and its sync; of a member that casts no vote for long, so many.
constexpr std::size_t unsynced_max = 256;

log_options options_for(file_operations* files) {
  log_options out;
  out.magic = votes_journal_magic;
  out.schema = voting::journal_schema;
  out.sync = durability::disk; // in memory mode it holds ceilings alone, and those bind
  out.files = files;
  return out;
}

/// Reads one record of the file at `path`.
result<voting::consensus_record> record_of(const std::filesystem::path& path, bytes_view body) {
  auto one = voting::decode_consensus_record(body);
  if (!one) {
    return fail(errc::file_malformed, path.string() + ": " + to_string(one.error()));
  }
  return one;
}

} // namespace

result<log_position> consensus_journal::read(const std::filesystem::path& path,
                                             file_operations* files, const visitor& then,
                                             log_position from) {
  auto options = options_for(files);
  options.look_only = true;
  const auto log = append_log::open(
    path, options,
    [&](log_position, bytes_view body) -> result<void> {
      const auto one = record_of(path, body);
      if (one) {
        then(*one);
      }
      return one ? result<void>{} : tl::make_unexpected(one.error());
    },
    from);
  return log ? result<log_position>{log->end()} : tl::make_unexpected(log.error());
}

result<consensus_journal> consensus_journal::open(const std::filesystem::path& path,
                                                  file_operations* files,
                                                  std::shared_ptr<histogram> syncs,
                                                  std::uint64_t size_max) {
  std::vector<voting::consensus_record> records;
  auto made =
    retry_log::open(path, options_for(files), [&](log_position, bytes_view body) -> result<void> {
      CAUCUS_TRY(auto one, record_of(path, body));
      records.push_back(std::move(one));
      return {};
    });
  if (!made) {
    return tl::make_unexpected(made.error());
  }
  if (const auto cut = made->cut_bytes(); cut > 0) {
    log("store", log_level::warn,
        path.string() + ": cut off a damaged end of " + std::to_string(cut)
          + " bytes: what a power cut left of a write, or a vote that was signed");
  }
  return consensus_journal{std::move(*made), std::move(records), std::move(syncs), size_max};
}

consensus_journal::consensus_journal(retry_log log, std::vector<voting::consensus_record> records,
                                     std::shared_ptr<histogram> syncs, std::uint64_t size_max)
    : log_{std::move(log)}, syncs_{std::move(syncs)}, records_{std::move(records)}, size_max_{
                                                                                      size_max} {}

result<void> consensus_journal::write(const std::vector<voting::consensus_record>& what) {
  CAUCUS_ASSERT(!broken_);
  for (const auto& one : what) {
    log_.add(voting::encode_consensus_record(one));
  }
  auto done = log_.write();
  const bool binds = std::any_of(what.begin(), what.end(), voting::binds);
  if (done && (binds || log_.waiting() >= unsynced_max)) {
    const auto began = std::chrono::steady_clock::now();
    done = log_.flush();
    if (syncs_) {
      syncs_->observe(
        std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - began));
    }
  }
  broken_ = !done;
  return done;
}

result<void> consensus_journal::repair(const std::vector<voting::consensus_record>& live) {
  std::vector<bytes> bodies;
  bodies.reserve(live.size());
  for (const auto& one : live) {
    bodies.push_back(voting::encode_consensus_record(one));
  }
  log_.give_up(); // it is among the live ones, or is not needed any more
  auto done = log_.replace_all(bodies);
  broken_ = !done;
  if (done) {
    size_after_repair_ = log_.end().value();
  }
  return done;
}

bool consensus_journal::overgrown() const {
  const auto size = log_.end().value();
  return !broken_ && size > size_max_ && size > 2 * size_after_repair_;
}

} // namespace caucus
