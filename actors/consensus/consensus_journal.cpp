#include "actors/consensus/consensus_journal.hpp"

#include "actors/consensus/journal_codec.hpp"
#include "runtime/log.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace caucus {

namespace {

log_options options_for(file_operations* files) {
  log_options out;
  out.magic = "caucusJ\n";
  out.schema = voting::journal_schema;
  out.sync = durability::disk; // in memory mode it holds ceilings alone, and those bind
  out.files = files;
  return out;
}

std::vector<bytes> encoded(const std::vector<voting::journal_record>& what) {
  std::vector<bytes> out;
  out.reserve(what.size());
  for (const auto& one : what) {
    out.push_back(voting::encode_record(one));
  }
  return out;
}

} // namespace

result<void> consensus_journal::look(const std::filesystem::path& path) {
  auto options = options_for(nullptr);
  options.look_only = true;
  const auto log =
    append_log::open(path, options, [&path](log_position, bytes_view body) -> result<void> {
      const auto one = voting::decode_record(body);
      return one ? result<void>{}
                 : fail(errc::file_malformed, path.string() + ": " + to_string(one.error()));
    });
  return log ? result<void>{} : tl::make_unexpected(log.error());
}

result<consensus_journal> consensus_journal::open(const std::filesystem::path& path,
                                                  file_operations* files,
                                                  std::shared_ptr<histogram> syncs,
                                                  std::uint64_t size_max) {
  consensus_journal out;
  out.size_max_ = size_max;
  out.syncs_ = std::move(syncs);
  out.path_ = path;
  out.files_ = files;
  auto log =
    append_log::open(path, options_for(files), [&](log_position, bytes_view body) -> result<void> {
      auto one = voting::decode_record(body);
      if (!one) {
        return fail(errc::file_malformed, path.string() + ": " + to_string(one.error()));
      }
      out.records_.push_back(std::move(*one));
      return {};
    });
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  if (const auto cut = log->report().cut_bytes; cut > 0) {
    out.cut_ = true;
    caucus::log(
      "store", log_level::warn,
      path.string() + ": cut off a damaged end of " + std::to_string(cut)
        + " bytes: what a power cut left of a write, or a vote that was signed. The other "
          "members are asked before this one votes");
  }
  out.log_ = std::move(*log);
  return out;
}

result<void> consensus_journal::write(const std::vector<voting::journal_record>& what) {
  const auto bodies = encoded(what);
  const std::vector<bytes_view> views(bodies.begin(), bodies.end());
  broken_ = true;
  if (!log_) {
    return fail(errc::io_failed, path_.string() + ": not open");
  }
  if (const auto written = log_->append_many(views); !written) {
    return tl::make_unexpected(written.error());
  }
  if (std::any_of(what.begin(), what.end(), voting::binds)) {
    const auto began = std::chrono::steady_clock::now();
    auto synced = log_->sync();
    if (syncs_) {
      syncs_->observe(
        std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - began));
    }
    if (!synced) {
      return synced;
    }
  }
  broken_ = false;
  return {};
}

result<void> consensus_journal::repair(const std::vector<voting::journal_record>& live) {
  if (broken_) {
    log_.reset(); // it refuses all further work
    auto log = append_log::open(path_, options_for(files_));
    if (!log) {
      return tl::make_unexpected(log.error());
    }
    log_ = std::move(*log);
  }
  const auto bodies = encoded(live);
  const std::vector<bytes_view> views(bodies.begin(), bodies.end());
  broken_ = true;
  if (auto replaced = log_->replace_all(views); !replaced) {
    return replaced;
  }
  broken_ = false;
  size_after_repair_ = log_->end().value();
  return {};
}

bool consensus_journal::overgrown() const {
  return log_ && !broken_ && log_->end().value() > size_max_
         && log_->end().value() > 2 * size_after_repair_;
}

} // namespace caucus
