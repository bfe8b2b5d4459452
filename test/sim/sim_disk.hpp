#pragma once

#include "actors/notary/notary_files.hpp"
#include "messages/bytes.hpp"
#include "messages/time.hpp"
#include "runtime/file.hpp"
#include "test/sim/agenda.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// A node's disk in memory, under the real file code: files that append_log writes, whose unsynced
/// end a crash may lose or cut anywhere, whose names may be the old ones if the folder was not
/// synced; folders; and stored states, each a file that is a SQLite database in memory. It may be
/// full, take its time, and lose power in the middle of an operation. Outlives its node's crashes.
/// One thread.

namespace caucus::sim {

/// Thrown by an operation at which the power fails: the host of the node lets it crash.
struct power_cut {};

class sim_disk final : public file_operations {
public:
  explicit sim_disk(agenda& time);
  ~sim_disk() override;

  // -- what befalls it ----------------------------------------------------------------------------

  /// A sync takes up to so long.
  void set_sync_time(duration most) { sync_max_ = most; }
  /// Nothing can be written any more, or again.
  void set_full(bool full) { full_ = full; }
  [[nodiscard]] bool full() const { return full_; }
  /// The power fails at the nth operation from now that changes the disk; 1 is the next. 0: it does
  /// not.
  void cut_power_after(std::size_t operations) { power_left_ = operations; }
  /// Called soon after the power has failed, once: whoever has files open is to be taken away, and
  /// crash() called. Until then no operation is done.
  void on_power_cut(std::function<void()> then) { on_power_cut_ = std::move(then); }
  /// Of what was not synced a beginning may be there, of each file for itself, and end in the
  /// middle of a write; what was renamed may not be. Whoever had files open must have let go of
  /// them.
  void crash();
  /// At a crash the file of this name keeps each write wholly or not at all; or it may be torn, as
  /// all others.
  void set_whole(const std::string& name, bool whole);
  /// The newest `size` bytes of the file are gone, though they were synced.
  void lose_end(const std::string& name, std::size_t size);

  /// All that is on it, as a folder is copied.
  struct image {
    std::map<std::string, bytes> files; ///< without folders
    std::set<std::string> folders;
    std::map<std::string, stored_state> states;
  };
  [[nodiscard]] image copy() const;
  /// Takes its place; nothing else is there then. As crash(): nobody has a file open.
  void put(const image& all);
  [[nodiscard]] bool empty() const { return names_.empty(); }
  /// Of the file of this name; 0: there is none.
  [[nodiscard]] std::size_t size_of(const std::string& name) const;
  /// Each file that is made has another; 0: there is none of this name.
  [[nodiscard]] std::uint64_t number_of(const std::string& name) const;

  // -- for the host of its node -------------------------------------------------------------------

  /// What operations took since this was asked last: the actor whose turn it was is busy for so
  /// long.
  [[nodiscard]] duration take_busy_time();
  /// The same, which goes on counting.
  [[nodiscard]] duration busy_time() const { return busy_; }
  /// As state_store::open(). Never null.
  [[nodiscard]] std::shared_ptr<state_store> open_state(const std::filesystem::path& path);

  // -- file_operations ----------------------------------------------------------------------------

  [[nodiscard]] int open(const std::filesystem::path& path, int flags, ::mode_t mode) override;
  void close(int fd) override;
  [[nodiscard]] int status(int fd, struct ::stat& about) override;
  [[nodiscard]] int lock(int fd) override;
  [[nodiscard]] ::ssize_t read_at(int fd, std::span<std::byte> into, ::off_t offset) override;
  [[nodiscard]] ::ssize_t write_at(int fd, bytes_view what, ::off_t offset) override;
  [[nodiscard]] int sync(int fd) override;
  [[nodiscard]] int truncate(int fd, ::off_t size) override;
  [[nodiscard]] int rename(const std::filesystem::path& from,
                           const std::filesystem::path& to) override;
  [[nodiscard]] int link(const std::filesystem::path& from,
                         const std::filesystem::path& to) override;
  int remove(const std::filesystem::path& path) override;
  [[nodiscard]] bool exists(const std::filesystem::path& path) override;
  [[nodiscard]] int make_folder(const std::filesystem::path& path) override;
  int remove_folder(const std::filesystem::path& path) override;
  [[nodiscard]] int sync_folder(const std::filesystem::path& folder) override;
  [[nodiscard]] result<std::vector<std::string>>
  names_in(const std::filesystem::path& folder) override;
  [[nodiscard]] std::uint64_t salt() override { return time_.random(); }

private:
  class state_on_disk;
  struct file {
    bytes content;                 ///< as whoever reads it sees it
    std::size_t synced = 0;        ///< so much of it is on the disk
    std::optional<bytes> kept;     ///< on the disk, where what was synced has been changed since
    std::vector<std::size_t> ends; ///< of the writes since it was synced, ascending
    bool locked = false;
    std::uint64_t number = 0;
    std::shared_ptr<state_on_disk> state{}; ///< null: it is none
    bool is_folder = false;
  };
  struct opened {
    std::shared_ptr<file> of; ///< never null
    bool locked = false;
  };
  using names = std::map<std::string, std::shared_ptr<file>>; ///< by the path's text

  /// Throws power_cut, if it is time. What was done before is there, but not synced.
  void operate();
  /// Throws power_cut, if it has failed already.
  void need_power() const;
  /// It may be made there; else errno says why.
  [[nodiscard]] bool has_place_for(const std::string& name) const;
  /// False: errno says why.
  [[nodiscard]] bool has_room() const;
  static void keep(file& of);
  [[nodiscard]] std::shared_ptr<file> make(bytes content);
  /// How much of a file a crash leaves.
  [[nodiscard]] std::size_t end_left(const file& of, bool whole);

  agenda& time_;
  names names_;
  names synced_names_;
  std::set<std::string> whole_;
  std::map<int, opened> open_;
  int last_fd_ = 0;
  std::uint64_t last_number_ = 0;
  bool full_ = false;
  duration sync_max_{0};
  duration busy_{0};
  std::size_t power_left_ = 0;
  bool is_without_power_ = false;
  std::function<void()> on_power_cut_;
};

} // namespace caucus::sim
