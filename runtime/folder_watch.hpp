#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

/// Whether the folder of a running node is still there with all files that it needs. The node would
/// not notice otherwise that its folder was deleted or moved: open files can still be written to.
/// One thread at a time.

namespace caucus {

class folder_watch {
public:
  /// The folder as it is now.
  explicit folder_watch(std::filesystem::path folder);

  /// What is wrong and what to do; "" while nothing is. A file counts as deleted once it was seen.
  [[nodiscard]] std::string trouble();

private:
  struct file {
    std::string_view name;
    bool seen = false;
  };
  std::filesystem::path folder_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0; ///< 0: it was not there
  std::array<file, 4> files_{{{"lock"}, {"ledger.log"}, {"notary.journal"}, {"consensus.journal"}}};
};

} // namespace caucus
