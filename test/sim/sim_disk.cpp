#include "test/sim/sim_disk.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/sqlite_store.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include <fcntl.h>

namespace caucus::sim {

namespace {

/// Above all that the system gives out, so that one is never taken for the other.
constexpr int first_fd = 1 << 24;

std::string name_of(const std::filesystem::path& path) {
  return path.string();
}

} // namespace

/// SQLite's own tables and statements, in memory. Transactions are whole or not, and durable when they
/// are done: what a power cut makes of a half-written one is SQLite's affair.
class sim_disk::state_on_disk final : public state_store {
public:
  explicit state_on_disk(const sim_disk& on) : disk_{on} {}

  result<std::optional<stored_state>> load() override {
    if (!store_) {
      return std::optional<stored_state>{};
    }
    return store_->load();
  }
  result<void> store(const notary_out::store_state& what, const std::vector<block_mark>& blocks,
                     height oldest) override {
    if (disk_.is_without_power_) {
      return fail(errc::io_failed, "the simulated disk has no power");
    }
    if (disk_.full_) {
      return fail(errc::disk_full, "the simulated disk is full");
    }
    if (!store_) { // only then: a thousand nodes that store nothing take no memory for it
      auto made = state_store::open(in_memory, durability::disk);
      if (!made) {
        return tl::make_unexpected(made.error());
      }
      store_ = std::move(*made);
    }
    return store_->store(what, blocks, oldest);
  }
  result<void> forget() override {
    store_.reset();
    return {};
  }

private:
  const sim_disk& disk_;
  std::shared_ptr<state_store> store_; ///< null: empty
};

sim_disk::sim_disk(agenda& time) : time_{time}, last_fd_{first_fd} {}

sim_disk::~sim_disk() = default;

// -- what befalls it -------------------------------------------------------------------------------

void sim_disk::crash() {
  CAUCUS_ASSERT(open_.empty());
  power_left_ = 0;
  is_without_power_ = false;
  busy_ = duration{0};
  if (time_.below(2) == 0) {
    names_ = synced_names_;
  }
  const auto all = names_;
  std::erase_if(names_, [&](const auto& one) { // of a folder that is gone
    const auto folder = std::filesystem::path{one.first}.parent_path();
    return !folder.parent_path().empty() && !all.contains(folder.string());
  });
  synced_names_ = names_;
  for (auto& [name, one] : names_) {
    auto& it = *one;
    if (it.kept && time_.below(2) == 0) {
      it.content = std::move(*it.kept);
    } else if (it.content.size() > it.synced) {
      it.content.resize(end_left(it, whole_.contains(name)));
    }
    it.kept.reset();
    it.ends.clear();
    it.synced = it.content.size();
    it.locked = false;
  }
}

std::shared_ptr<sim_disk::file> sim_disk::make(bytes content) {
  auto out = std::make_shared<file>();
  out->synced = content.size();
  out->content = std::move(content);
  out->number = ++last_number_;
  return out;
}

std::size_t sim_disk::end_left(const file& of, bool whole) {
  if (!whole) {
    return of.synced + time_.below(of.content.size() - of.synced + 1);
  }
  const auto kept = time_.below(of.ends.size() + 1);
  return kept == 0 ? of.synced : of.ends[kept - 1];
}

void sim_disk::set_whole(const std::string& name, bool whole) {
  if (whole) {
    whole_.insert(name);
  } else {
    whole_.erase(name);
  }
}

void sim_disk::lose_end(const std::string& name, std::size_t size) {
  const auto found = names_.find(name);
  CAUCUS_ASSERT(open_.empty() && found != names_.end());
  auto& content = found->second->content;
  content.resize(content.size() - std::min(size, content.size()));
  found->second->synced = content.size();
}

sim_disk::image sim_disk::copy() const {
  image out;
  for (const auto& [name, one] : names_) {
    if (one->is_folder) {
      out.folders.insert(name);
    } else if (one->state == nullptr) {
      out.files.emplace(name, one->content);
    } else if (auto had = one->state->load().value()) {
      out.states.emplace(name, std::move(*had));
    }
  }
  return out;
}

void sim_disk::put(const image& all) {
  CAUCUS_ASSERT(open_.empty());
  names_.clear();
  for (const auto& [name, content] : all.files) {
    names_.emplace(name, make(content));
  }
  for (const auto& name : all.folders) {
    names_.emplace(name, make({})).first->second->is_folder = true;
  }
  for (const auto& [name, had] : all.states) {
    const auto stored = open_state(name)->store({had.height, had.entries}, had.blocks);
    CAUCUS_ASSERT(stored.has_value());
  }
  synced_names_ = names_;
}

std::size_t sim_disk::size_of(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? 0 : found->second->content.size();
}

std::uint64_t sim_disk::number_of(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? 0 : found->second->number;
}

duration sim_disk::take_busy_time() {
  return std::exchange(busy_, duration{0});
}

void sim_disk::operate() {
  if (!is_without_power_ && power_left_ > 0 && --power_left_ == 0) {
    is_without_power_ = true;
    if (on_power_cut_) {
      time_.in(duration{0}, on_power_cut_);
    }
  }
  if (is_without_power_) {
    throw power_cut{};
  }
}

void sim_disk::need_power() const {
  if (is_without_power_) {
    throw power_cut{};
  }
}

bool sim_disk::has_place_for(const std::string& name) const {
  const auto folder = std::filesystem::path{name}.parent_path();
  const auto found = names_.find(folder.string());
  const bool is_there = folder.parent_path().empty() // the node's own
                        || (found != names_.end() && found->second->is_folder);
  if (!is_there) {
    errno = ENOENT;
  }
  return is_there;
}

bool sim_disk::has_room() const {
  if (full_) {
    errno = ENOSPC;
  }
  return !full_;
}

/// Before something that was synced is changed.
void sim_disk::keep(file& of) {
  if (!of.kept) {
    of.kept.emplace(of.content.begin(),
                    of.content.begin() + static_cast<std::ptrdiff_t>(of.synced));
  }
}

// -- file_operations -------------------------------------------------------------------------------

int sim_disk::open(const std::filesystem::path& path, int flags, ::mode_t /*mode*/) {
  need_power();
  auto found = names_.find(name_of(path));
  if (found == names_.end()) {
    if ((flags & O_CREAT) == 0) {
      errno = ENOENT;
      return -1;
    }
    if (!has_place_for(name_of(path)) || !has_room()) {
      return -1;
    }
    found = names_.emplace(name_of(path), make({})).first;
  } else if ((flags & O_TRUNC) != 0) {
    keep(*found->second);
    found->second->content.clear();
    found->second->synced = 0;
    found->second->ends.clear();
  }
  open_.emplace(++last_fd_, opened{found->second});
  return last_fd_;
}

void sim_disk::close(int fd) {
  const auto found = open_.find(fd);
  CAUCUS_ASSERT(found != open_.end());
  if (found->second.locked) {
    found->second.of->locked = false;
  }
  open_.erase(found);
}

int sim_disk::status(int fd, struct ::stat& about) {
  about = {};
  about.st_mode = S_IFREG | S_IRUSR | S_IWUSR;
  about.st_size = static_cast<::off_t>(open_.at(fd).of->content.size());
  return 0;
}

int sim_disk::lock(int fd) {
  auto& mine = open_.at(fd);
  if (mine.of->locked && !mine.locked) {
    errno = EWOULDBLOCK;
    return -1;
  }
  mine.locked = true;
  mine.of->locked = true;
  return 0;
}

::ssize_t sim_disk::read_at(int fd, std::span<std::byte> into, ::off_t offset) {
  const bytes_view content{open_.at(fd).of->content};
  const auto at = std::min(static_cast<std::size_t>(offset), content.size());
  const auto count = std::min(into.size(), content.size() - at);
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
  return static_cast<::ssize_t>(count);
}

::ssize_t sim_disk::write_at(int fd, bytes_view what, ::off_t offset) {
  need_power();
  auto& it = *open_.at(fd).of;
  if (!has_room()) {
    return -1;
  }
  const auto at = static_cast<std::size_t>(offset);
  if (at < it.synced) {
    keep(it);
    it.synced = at;
  }
  if (it.content.size() < at + what.size()) {
    it.content.resize(at + what.size());
  }
  std::copy(what.begin(), what.end(), it.content.begin() + offset);
  std::erase_if(it.ends, [at](std::size_t end) { return end > at; });
  it.ends.push_back(at + what.size());
  operate();
  return static_cast<::ssize_t>(what.size());
}

int sim_disk::sync(int fd) {
  auto& it = *open_.at(fd).of;
  operate(); // before it is done
  busy_ += time_.at_random(sync_max_);
  it.synced = it.content.size();
  it.kept.reset();
  it.ends.clear();
  return 0;
}

int sim_disk::truncate(int fd, ::off_t size) {
  need_power();
  auto& it = *open_.at(fd).of;
  const auto to = static_cast<std::size_t>(size);
  if (to < it.synced) {
    keep(it);
    it.synced = to;
  }
  it.content.resize(to);
  std::erase_if(it.ends, [to](std::size_t end) { return end > to; });
  operate();
  return 0;
}

int sim_disk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  need_power();
  const auto found = names_.find(name_of(from));
  const auto there = names_.find(name_of(to));
  if (found == names_.end()) {
    errno = ENOENT;
    return -1;
  }
  if (there != names_.end() && (there->second->is_folder || found->second->is_folder)) {
    errno = EEXIST; // an empty folder would do; nobody needs it
    return -1;
  }
  if (!has_place_for(name_of(to))) {
    return -1;
  }
  auto moved = std::move(found->second);
  names_.erase(found);
  if (moved->is_folder) {
    const auto inside = name_of(from) + '/';
    for (auto at = names_.lower_bound(inside);
         at != names_.end() && at->first.starts_with(inside);) {
      names_.insert_or_assign(name_of(to) + '/' + at->first.substr(inside.size()),
                              std::move(at->second));
      at = names_.erase(at);
    }
  }
  names_.insert_or_assign(name_of(to), std::move(moved));
  operate();
  return 0;
}

int sim_disk::link(const std::filesystem::path& from, const std::filesystem::path& to) {
  need_power();
  const auto found = names_.find(name_of(from));
  if (found == names_.end() || names_.contains(name_of(to))) {
    errno = found == names_.end() ? ENOENT : EEXIST;
    return -1;
  }
  auto same = found->second;
  names_.emplace(name_of(to), std::move(same));
  operate();
  return 0;
}

int sim_disk::remove(const std::filesystem::path& path) {
  need_power();
  const auto found = names_.find(name_of(path));
  if (found == names_.end()) {
    return 0;
  }
  if (found->second->is_folder) {
    errno = EISDIR;
    return -1;
  }
  names_.erase(found);
  operate();
  return 0;
}

bool sim_disk::exists(const std::filesystem::path& path) {
  return names_.contains(name_of(path));
}

int sim_disk::make_folder(const std::filesystem::path& path) {
  if (exists(path)) {
    errno = EEXIST;
    return -1;
  }
  need_power();
  if (!has_place_for(name_of(path)) || !has_room()) {
    return -1;
  }
  auto made = make({});
  made->is_folder = true;
  names_.emplace(name_of(path), std::move(made));
  operate();
  return 0;
}

int sim_disk::remove_folder(const std::filesystem::path& path) {
  need_power();
  const auto found = names_.find(name_of(path));
  if (found == names_.end()) {
    return 0;
  }
  if (!found->second->is_folder || !names_in(path).value().empty()) {
    errno = found->second->is_folder ? ENOTEMPTY : ENOTDIR;
    return -1;
  }
  names_.erase(found);
  operate();
  return 0;
}

/// SQLite sees to it that the name of its file survives, and so does its folder's.
std::shared_ptr<state_store> sim_disk::open_state(const std::filesystem::path& path) {
  auto& one = names_[name_of(path)];
  if (one == nullptr) {
    one = make({});
    one->state = std::make_shared<state_on_disk>(*this);
    synced_names_[name_of(path)] = one;
    const auto folder = names_.find(path.parent_path().string());
    if (folder != names_.end()) {
      synced_names_.insert(*folder);
    }
  }
  CAUCUS_ASSERT(one->state != nullptr);
  return one->state;
}

int sim_disk::sync_folder(const std::filesystem::path& folder) {
  operate();
  const auto is_in = [&folder](const auto& one) {
    return std::filesystem::path{one.first}.parent_path() == folder;
  };
  std::erase_if(synced_names_, is_in);
  std::copy_if(names_.begin(), names_.end(), std::inserter(synced_names_, synced_names_.end()),
               is_in);
  return 0;
}

result<std::vector<std::string>> sim_disk::names_in(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  if (!folder.parent_path().empty() && !exists(folder)) {
    return tl::unexpected<error>{file_error(ENOENT, folder, "list")};
  }
  for (const auto& [name, one] : names_) {
    if (const std::filesystem::path path{name}; path.parent_path() == folder) {
      out.push_back(path.filename().string());
    }
  }
  return out;
}

} // namespace caucus::sim
