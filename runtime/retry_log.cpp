#include "runtime/retry_log.hpp"
#include "messages/try.hpp"

#include <string>
#include <utility>

namespace caucus {

result<retry_log> retry_log::open(std::filesystem::path path, log_options options,
                                  const append_log::visitor& each, log_position from) {
  CAUCUS_TRY(auto log, append_log::open(path, options, each, from));
  options.from_a_record = false; // opened anew, it is from its end
  return retry_log{std::move(log), std::move(path), options};
}

void retry_log::add(bytes record, written then) {
  waiting_.push_back({std::move(record), std::move(then), {}});
}

result<void> retry_log::reopen() {
  log_.reset(); // its lock would keep us out
  CAUCUS_TRY(auto again, append_log::open(path_, options_, {}, kept_));
  if (kept_ == log_position{}) { // all of it is to be replaced
    kept_ = again.end();
  } else if (auto cut = again.cut(kept_); !cut) {
    return cut; // what was written and not synced may be there or not: cut off, and written again
  }
  log_ = std::move(again);
  for (auto& one : waiting_) {
    one.position = {};
  }
  broken_ = false;
  return {};
}

result<void> retry_log::write() {
  if (broken_) {
    if (auto again = reopen(); !again) {
      return again;
    }
  }
  for (auto& one : waiting_) {
    if (one.position != log_position{}) {
      continue;
    }
    const auto at = log_->append(one.record);
    if (!at) {
      broken_ = true; // also on a full disk: the log may not have been able to cut off the torn end
      return tl::make_unexpected(at.error());
    }
    one.position = *at;
  }
  return {};
}

result<void> retry_log::flush() {
  if (waiting_.empty()) {
    return {};
  }
  if (auto all = write(); !all) {
    return all;
  }
  if (auto synced = log_->sync(); !synced) {
    broken_ = true;
    return synced;
  }
  kept_ = log_->end();
  for (const auto& one : std::exchange(waiting_, {})) {
    if (one.then) {
      one.then(one.position);
    }
  }
  return {};
}

result<log_record> retry_log::read(log_position at) const {
  return log_ ? log_->read(at) : fail(errc::io_failed, path_.string() + " is not open");
}

result<log_position> retry_log::after(log_position at) const {
  return log_ ? log_->after(at) : fail(errc::io_failed, path_.string() + " is not open");
}

result<void> retry_log::replace_all(const std::vector<bytes>& records) {
  if (broken_) {
    if (auto again = reopen(); !again) {
      return again;
    }
  }
  const std::vector<bytes_view> views{records.begin(), records.end()};
  const auto before = log_->end();
  auto done = log_->replace_all(views);
  broken_ = !done && log_->end() != before; // then it is opened anew, whichever records are there
  if (done || log_->end() != before) {
    kept_ = log_->end();
    for (auto& one : waiting_) {
      one.position = {};
    }
  }
  return done;
}

} // namespace caucus
