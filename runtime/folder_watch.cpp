#include "runtime/folder_watch.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace caucus {

folder_watch::folder_watch(std::filesystem::path folder) : folder_{std::move(folder)} {
  std::error_code none; // a host program may go to another folder later
  if (auto whole = std::filesystem::absolute(folder_, none); !none) {
    folder_ = std::move(whole);
  }
  struct ::stat about {};
  if (::stat(folder_.c_str(), &about) == 0) {
    device_ = about.st_dev;
    inode_ = about.st_ino;
  }
}

std::string folder_watch::trouble() {
  constexpr std::string_view what_to_do =
    " while the node runs: what it signs and commits now is kept in no file that a later start "
    "finds. Stop it: kill ";
  constexpr std::string_view then =
    ". If it was moved, move it back, then start; if it is lost, it is as a lost disk: see "
    "operating.md, \"Keeping a node's files\"";
  const auto told = [&](const std::string& what) {
    return what + std::string{what_to_do} + std::to_string(::getpid()) + std::string{then};
  };
  struct ::stat about {};
  if (::stat(folder_.c_str(), &about) != 0) {
    return errno == ENOENT ? told("the folder " + folder_.string() + " was deleted or moved")
                           : std::string{};
  }
  if (inode_ != 0 && (about.st_dev != device_ || about.st_ino != inode_)) {
    return told("the folder " + folder_.string() + " was replaced by another");
  }
  for (auto& one : files_) {
    if (::stat((folder_ / one.name).c_str(), &about) == 0) {
      one.seen = true;
    } else if (one.seen && errno == ENOENT) {
      return told((folder_ / one.name).string() + " was deleted or moved");
    }
  }
  return {};
}

} // namespace caucus
