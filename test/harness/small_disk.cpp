#include "test/harness/small_disk.hpp"

#include "test/harness/process.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace caucus::harness {

namespace {

[[noreturn]] void failed(const std::string& what) {
  throw std::runtime_error{"harness: " + what + ": " + std::strerror(errno)};
}

std::filesystem::path filler_in(const std::filesystem::path& folder) {
  return folder / "filler";
}

} // namespace

std::unique_ptr<small_disk> small_disk::over(const std::filesystem::path& folder,
                                             std::size_t size) {
  const temporary_folder kept;
  const auto everything = std::filesystem::copy_options::recursive;
  std::filesystem::copy(folder, kept.path(), everything);
  const auto options = "mode=0700,size=" + std::to_string(size);
  if (::mount("small_disk", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    if (errno == EPERM || errno == EACCES) {
      return nullptr;
    }
    failed("cannot mount a tmpfs over " + folder.string());
  }
  std::unique_ptr<small_disk> out{new small_disk{folder}};
  std::filesystem::copy(kept.path(), folder, everything);
  return out;
}

small_disk::~small_disk() {
  ::umount2(folder_.c_str(), MNT_DETACH);
}

void small_disk::fill() {
  const auto file = filler_in(folder_);
  const int opened = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (opened < 0) {
    failed("cannot make " + file.string());
  }
  const std::array<char, 4096> page{};
  while (::write(opened, page.data(), page.size()) > 0) {
  }
  const int why = errno;
  ::close(opened);
  if (why != ENOSPC) {
    failed("cannot fill " + file.string());
  }
}

void small_disk::make_room() {
  std::filesystem::remove(filler_in(folder_));
}

} // namespace caucus::harness
