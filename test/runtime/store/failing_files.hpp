#pragma once

#include "runtime/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>

/// A disk that fails when it is told to.

namespace caucus::test {

class failing_files : public file_operations {
public:
  /// The `nth` call from now on, from 1, fails with `number`, and all behind it.
  void fail_call(int nth, int number) {
    left_ = nth;
    number_ = number;
  }
  /// Writes take `size` bytes in all from now on; then the disk is full.
  void short_write(std::size_t size) { room_ = size; }
  void work() {
    left_.reset();
    room_.reset();
  }
  [[nodiscard]] int syncs() const { return syncs_; }

  ::ssize_t write_at(int fd, bytes_view what, ::off_t offset) override {
    if (fails()) {
      return -1;
    }
    if (room_) {
      what = what.first(std::min(*room_, what.size()));
      *room_ -= what.size();
      if (what.empty()) {
        errno = ENOSPC;
        return -1;
      }
    }
    return file_operations::write_at(fd, what, offset);
  }
  int sync(int fd) override {
    ++syncs_;
    return fails() ? -1 : file_operations::sync(fd);
  }
  int truncate(int fd, ::off_t size) override {
    return fails() ? -1 : file_operations::truncate(fd, size);
  }
  int rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return fails() ? -1 : file_operations::rename(from, to);
  }
  int link(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return fails() ? -1 : file_operations::link(from, to);
  }
  int sync_folder(const std::filesystem::path& folder) override {
    return fails() ? -1 : file_operations::sync_folder(folder);
  }
  int make_folder(const std::filesystem::path& path) override {
    return fails() ? -1 : file_operations::make_folder(path);
  }

protected:
  bool fails() {
    if (!left_ || --*left_ > 0) {
      return false;
    }
    errno = number_;
    return true;
  }

private:
  std::optional<int> left_;
  std::optional<std::size_t> room_;
  int number_ = 0;
  int syncs_ = 0;
};

} // namespace caucus::test
