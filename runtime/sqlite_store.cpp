#include "runtime/sqlite_store.hpp"
#include "messages/try.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace caucus {

namespace {

error sqlite_error(const SQLite::Exception& wrong, const std::filesystem::path& path) {
  const std::string name = path.string();
  switch (wrong.getErrorCode() & 0xFF) { // the low byte of an extended code is the plain one
    case SQLITE_FULL: return file_error(ENOSPC, path, "write");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {errc::in_use, name + " is kept busy by another process; close what has it open"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {errc::file_malformed, name
                                      + " is no database or is damaged; restore it from a copy, or "
                                        "move it away to start without it"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return file_error(EACCES, path, "write");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return {errc::io_failed, name + ": " + wrong.what()};
    case SQLITE_ERROR: // a statement of ours fits no table: somebody else changed them
      return {errc::file_malformed, name + " has not the tables that a node makes (" + wrong.what()
                                      + "); restore it from a copy, or move it away to start "
                                        "without it"};
    default: return {errc::internal, name + ": " + wrong.what()};
  }
}

/// SQLite says "unable to open" whatever the cause, and gives a new file the umask's mode. A file that
/// is there is not opened: closing it would take away the locks that SQLite holds on it.
result<void> make_or_probe(const std::filesystem::path& path) {
  const unique_fd fresh{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (fresh) {
    return {};
  }
  if (errno != EEXIST) {
    return tl::unexpected<error>{file_error(errno, path, "make")};
  }
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    return tl::unexpected<error>{file_error(EISDIR, path, "open")};
  }
  if (::access(path.c_str(), R_OK | W_OK) != 0) {
    return tl::unexpected<error>{file_error(errno, path, "open")};
  }
  return {};
}

template <class Work>
result<void> guarded(const std::filesystem::path& path, const Work& work) {
  try {
    work();
    return {};
  } catch (const SQLite::Exception& wrong) {
    return tl::unexpected<error>{sqlite_error(wrong, path)};
  }
}

} // namespace

sqlite_store::sqlite_store(sqlite_store&&) noexcept = default;
sqlite_store& sqlite_store::operator=(sqlite_store&&) noexcept = default;
sqlite_store::~sqlite_store() = default;

result<sqlite_store> sqlite_store::open(const std::filesystem::path& path,
                                        const sqlite_options& options) {
  CAUCUS_TRY_VOID(path == in_memory ? result<void>{} : make_or_probe(path));
  sqlite_store store;
  store.path_ = path;
  auto opened = guarded(path, [&] {
    store.database_ = std::make_unique<SQLite::Database>(
      path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
      static_cast<int>(options.busy_timeout.count()));
    store.database_->exec("PRAGMA journal_mode = WAL");
    store.database_->exec(options.sync == durability::disk ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = OFF");
    store.database_->exec("PRAGMA foreign_keys = ON");
    store.database_->exec("PRAGMA trusted_schema = OFF");
  });
  if (opened) {
    opened = store.prepare(options);
  }
  if (!opened) {
    return tl::unexpected<error>{std::move(opened.error())};
  }
  return store;
}

result<void> sqlite_store::look(const std::filesystem::path& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    return tl::unexpected<error>{file_error(errno, path, "open")};
  }
  std::error_code none;
  if (const auto waiting = std::filesystem::file_size(path.string() + "-wal", none);
      !none && waiting > 0) {
    return {}; // the file alone is not the database: it is whole once its log is read
  }
  std::string name = "file:";
  for (const char one : path.string()) {
    name += one == '%' ? "%25" : (one == '?' ? "%3f" : (one == '#' ? "%23" : std::string{one}));
  }
  std::string said = "ok";
  auto read = guarded(path, [&] {
    SQLite::Database file{name + "?immutable=1", SQLite::OPEN_READONLY | SQLite::OPEN_URI};
    SQLite::Statement check{file, "PRAGMA quick_check(1)"};
    said = check.executeStep() ? check.getColumn(0).getString() : "nothing";
  });
  if (read && said != "ok") {
    return fail(errc::file_malformed, path.string() + " is damaged (" + said
                                        + "); restore it from a copy, or move it away to start "
                                          "without it");
  }
  return read;
}

result<void> sqlite_store::prepare(const sqlite_options& options) {
  std::string owner;
  int version = 0;
  auto read = transact([&](SQLite::Database& database) {
    database.exec("CREATE TABLE IF NOT EXISTS caucus_schema"
                  " (owner TEXT NOT NULL, version INTEGER NOT NULL)");
    SQLite::Statement now{database, "SELECT owner, version FROM caucus_schema"};
    if (now.executeStep()) {
      owner = now.getColumn(0).getString();
      version = now.getColumn(1).getInt();
      return;
    }
    owner = options.owner;
    SQLite::Statement first{database, "INSERT INTO caucus_schema VALUES (?, 0)"};
    first.bind(1, owner);
    first.exec();
  });
  if (!read) {
    return read;
  }
  if (owner != options.owner) {
    return fail(errc::file_malformed, path_.string() + " holds the tables of " + owner + ", not of "
                                        + std::string{options.owner} + "; name the right file");
  }
  const int newest = static_cast<int>(options.migrations.size());
  if (version < 0) {
    return fail(errc::file_malformed,
                path_.string() + " says schema " + std::to_string(version)
                  + "; it is damaged: put back a copy, or move it away to begin anew");
  }
  if (version > newest) {
    return fail(errc::schema_too_new, path_.string()
                                        + " was written by a later version of caucus (schema "
                                        + std::to_string(version) + "; this one reads up to "
                                        + std::to_string(newest) + "); run that version");
  }
  for (; version < newest; ++version) {
    auto done = transact([&](SQLite::Database& database) {
      database.exec(std::string{options.migrations[static_cast<std::size_t>(version)]});
      SQLite::Statement next{database, "UPDATE caucus_schema SET version = ?"};
      next.bind(1, version + 1);
      next.exec();
    });
    if (!done) {
      return done;
    }
  }
  return {};
}

result<void> sqlite_store::transact(const work& what) {
  return guarded(path_, [&] {
    // Immediate: waiting for the lock happens here, not in the middle, where it could not be retried.
    SQLite::Transaction whole{*database_, SQLite::TransactionBehavior::IMMEDIATE};
    what(*database_);
    whole.commit();
  });
}

result<void> sqlite_store::run(const work& what) {
  return guarded(path_, [&] { what(*database_); });
}

} // namespace caucus
