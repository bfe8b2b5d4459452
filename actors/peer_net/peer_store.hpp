#pragma once

#include "actors/peer_net/peer_book.hpp"
#include "messages/result.hpp"
#include "runtime/sqlite_store.hpp"

#include <filesystem>
#include <vector>

/// The peer book on disk: one SQLite file, which people may look into.
/// peer_net's actor's; blocks on the disk.

namespace caucus {

class peer_store {
public:
  /// Errors: those of sqlite_store::open.
  [[nodiscard]] static result<peer_store> open(const std::filesystem::path& path);

  /// Whether open() would take it; changes nothing. Errors: as open()'s.
  [[nodiscard]] static result<void> look(const std::filesystem::path& path);

  /// All that is kept, at most peers_known_max; rows that mean nothing are left out.
  [[nodiscard]] result<std::vector<peer_record>> load();
  /// In one transaction. Errors: those of sqlite_store::transact; then nothing is changed.
  [[nodiscard]] result<void> write(const std::vector<peer_record>& changed,
                                   const std::vector<peer_id>& gone);

private:
  explicit peer_store(sqlite_store file) : file_{std::move(file)} {}

  sqlite_store file_;
};

} // namespace caucus
