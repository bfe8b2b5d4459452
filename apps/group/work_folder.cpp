#include "apps/group/work_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace caucus {

result<work_folder> work_folder::temporary(std::string_view name) {
  auto pattern = (std::filesystem::temp_directory_path() / (std::string{name} + "XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(errc::io_failed,
                "no temporary folder " + pattern + ": " + std::generic_category().message(errno));
  }
  return work_folder{pattern, false};
}

result<work_folder> work_folder::make(const std::filesystem::path& keep) {
  if (keep.empty()) {
    return temporary("caucus-");
  }
  std::error_code failed;
  std::filesystem::create_directories(keep, failed);
  if (!failed && !std::filesystem::is_empty(keep, failed)) {
    return fail(errc::file_exists, keep.string() + " is not empty; choose a new folder");
  }
  if (failed) {
    return fail(errc::io_failed, keep.string() + ": " + failed.message());
  }
  return work_folder{std::filesystem::absolute(keep), true};
}

work_folder::work_folder(std::filesystem::path path, bool keeps)
    : path_{std::move(path)}, keeps_{keeps} {}

work_folder::work_folder(work_folder&& other) noexcept
    : path_{std::exchange(other.path_, {})}, keeps_{other.keeps_} {}

work_folder::~work_folder() {
  if (!keeps_ && !path_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

} // namespace caucus
