#pragma once

#include "messages/result.hpp"
#include "runtime/append_log.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A SQLite file of one owner, in WAL mode, with a schema version of its own.
/// One thread at a time; blocks on the disk, and on others that have the file open (people looking
/// into it) for the busy timeout at most.

namespace SQLite { // NOLINT(readability-identifier-naming): theirs
class Database;
}

namespace caucus {

struct sqlite_options {
  std::string_view owner{}; ///< of the tables: "peer_book"; a file of another owner is refused
  /// The nth takes the schema from version n to n + 1: SQL, run whole in one transaction. Only ever
  /// appended to: what was released once has run on someone's data.
  std::vector<std::string_view> migrations{};
  std::chrono::milliseconds busy_timeout{2'000};
  durability sync = durability::disk; ///< memory: no sync; a power cut may lose or break the file
};

/// The path of a database that lies in no file and goes with its sqlite_store.
inline constexpr std::string_view in_memory = ":memory:";

class sqlite_store {
public:
  using work = std::function<void(SQLite::Database&)>;

  /// Opens or makes the file and brings it to the newest schema.
  /// Errors: file_missing (no folder), file_unreadable, file_malformed (no database, damaged, or
  /// another owner's), schema_too_new, in_use (busy for too long), disk_full, io_failed, internal
  /// (a migration is wrong). A migration happens whole or not at all.
  [[nodiscard]] static result<sqlite_store> open(const std::filesystem::path& path,
                                                 const sqlite_options& options);

  /// Whether the file is a whole database. Changes nothing, also while a node has it open. A file
  /// with a write-ahead log is not checked. Errors: file_missing, file_unreadable,
  /// file_malformed, io_failed.
  [[nodiscard]] static result<void> look(const std::filesystem::path& path);

  sqlite_store(sqlite_store&&) noexcept;
  sqlite_store& operator=(sqlite_store&&) noexcept;
  ~sqlite_store();

  /// Does the work in one transaction: all of it or nothing. Statements made of database() before
  /// may be used in it. Errors: as open(), the work undone; what `what` throws that is not SQLite's
  /// goes through, the work undone.
  [[nodiscard]] result<void> transact(const work& what);
  /// Without a transaction: for reading. Errors: as open().
  [[nodiscard]] result<void> run(const work& what);

  /// For prepared statements that live as long as this. Its exceptions belong in transact() or
  /// run().
  [[nodiscard]] SQLite::Database& database() { return *database_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  sqlite_store() = default;
  [[nodiscard]] result<void> prepare(const sqlite_options& options);

  std::filesystem::path path_;
  std::unique_ptr<SQLite::Database> database_;
};

} // namespace caucus
