#include "runtime/sqlite_store.hpp"

#include "runtime/directory_lock.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace caucus {
namespace {

using namespace std::chrono_literals;

sqlite_options options_of(std::vector<std::string_view> migrations) {
  return {.owner = "peer_book", .migrations = std::move(migrations), .busy_timeout = 10ms};
}

constexpr std::string_view first = "CREATE TABLE peers (id TEXT PRIMARY KEY)";
constexpr std::string_view second = "ALTER TABLE peers ADD COLUMN score INTEGER NOT NULL DEFAULT 7";

int count(sqlite_store& store, const std::string& query) {
  int out = -1;
  REQUIRE(
    store.run([&](SQLite::Database& database) { out = database.execAndGet(query).getInt(); }));
  return out;
}

std::string open_error(const test::temporary_folder& folder, const std::filesystem::path& path,
                       const sqlite_options& options = options_of({first})) {
  const auto store = sqlite_store::open(path, options);
  REQUIRE_FALSE(store);
  return folder.without(to_string(store.error()));
}

TEST_CASE("a store is made with its schema, and later brought to a newer one with its rows") {
  const test::temporary_folder folder;
  {
    auto store = sqlite_store::open(folder / "peers.db", options_of({first}));
    REQUIRE(store);
    REQUIRE(store->transact(
      [](SQLite::Database& database) { database.exec("INSERT INTO peers VALUES ('alice')"); }));
    bool wal = false;
    REQUIRE(store->run([&wal](SQLite::Database& database) {
      wal = database.execAndGet("PRAGMA journal_mode").getString() == "wal";
    }));
    CHECK(wal);
    struct ::stat about {};
    REQUIRE(::stat((folder / "peers.db").c_str(), &about) == 0);
    CHECK((about.st_mode & 0077) == 0);
  }
  auto store = sqlite_store::open(folder / "peers.db", options_of({first, second}));
  REQUIRE(store);
  CHECK(count(*store, "SELECT score FROM peers WHERE id = 'alice'") == 7);
  CHECK(count(*store, "SELECT version FROM caucus_schema") == 2);
}

TEST_CASE("a migration that fails changes nothing") {
  const test::temporary_folder folder;
  { REQUIRE(sqlite_store::open(folder / "peers.db", options_of({first}))); }
  const auto broken = sqlite_store::open(
    folder / "peers.db", options_of({first, "CREATE TABLE half (x); CREATE TABLE peers (y)"}));
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == errc::file_malformed);
  auto store = sqlite_store::open(folder / "peers.db", options_of({first, second}));
  REQUIRE(store);
  CHECK(count(*store, "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0);
}

TEST_CASE("files that are no such store are refused, each with what to do") {
  const test::temporary_folder folder;
  { REQUIRE(sqlite_store::open(folder / "peers.db", options_of({first, second}))); }
  CHECK(open_error(folder, folder / "peers.db")
        == "schema_too_new: peers.db was written by a later version of caucus (schema 2; this one "
           "reads up to 1); run that version");
  sqlite_options other = options_of({first, second});
  other.owner = "chat";
  CHECK(open_error(folder, folder / "peers.db", other)
        == "file_malformed: peers.db holds the tables of peer_book, not of chat; name the right "
           "file");
  CHECK(open_error(folder, folder.write("text.db", std::string(5'000, 'x')))
        == "file_malformed: text.db is no database or is damaged; restore it from a copy, or move "
           "it away to start without it");
  CHECK(open_error(folder, folder / "none" / "peers.db")
        == "file_missing: none/peers.db: no such file or folder");
  std::filesystem::create_directory(folder / "folder");
  CHECK(open_error(folder, folder / "folder") == "file_unreadable: folder is a directory");
}

TEST_CASE("a store whose tables somebody changed is refused with what to do") {
  const test::temporary_folder folder;
  { REQUIRE(sqlite_store::open(folder / "peers.db", options_of({first}))); }
  {
    SQLite::Database other{(folder / "peers.db").string(), SQLite::OPEN_READWRITE};
    other.exec("DELETE FROM caucus_schema");
  }
  CHECK(open_error(folder, folder / "peers.db")
        == "file_malformed: peers.db has not the tables that a node makes (table peers already "
           "exists); restore it from a copy, or move it away to start without it");
  {
    SQLite::Database other{(folder / "peers.db").string(), SQLite::OPEN_READWRITE};
    other.exec("UPDATE caucus_schema SET version = 1");
    other.exec("DROP TABLE peers");
  }
  auto store = sqlite_store::open(folder / "peers.db", options_of({first}));
  REQUIRE(store);
  const auto read = store->run([](SQLite::Database& in) {
    SQLite::Statement{in, "SELECT * FROM peers"};
  });
  REQUIRE_FALSE(read);
  CHECK(read.error().code == errc::file_malformed);
}

TEST_CASE("work happens whole or not at all") {
  const test::temporary_folder folder;
  auto store = sqlite_store::open(folder / "peers.db", options_of({first}));
  REQUIRE(store);
  const auto failed = store->transact([](SQLite::Database& database) {
    database.exec("INSERT INTO peers VALUES ('alice')");
    database.exec("INSERT INTO peers VALUES ('alice')");
  });
  REQUIRE_FALSE(failed);
  CHECK(count(*store, "SELECT count(*) FROM peers") == 0);
  CHECK_THROWS_AS(store->transact([](SQLite::Database& database) {
    database.exec("INSERT INTO peers VALUES ('bob')");
    throw std::runtime_error{"not SQLite's"};
  }),
                  std::runtime_error);
  CHECK(count(*store, "SELECT count(*) FROM peers") == 0);
}

TEST_CASE("a store that another keeps busy says so after the timeout") {
  const test::temporary_folder folder;
  auto store = sqlite_store::open(folder / "peers.db", options_of({first}));
  REQUIRE(store);
  SQLite::Database other{(folder / "peers.db").string(), SQLite::OPEN_READWRITE};
  other.exec("BEGIN IMMEDIATE");
  const auto refused = store->transact([](SQLite::Database&) {});
  REQUIRE_FALSE(refused);
  CHECK(folder.without(to_string(refused.error()))
        == "in_use: peers.db is kept busy by another process; close what has it open");
  other.exec("ROLLBACK");
  CHECK(store->transact([](SQLite::Database&) {}));
}

TEST_CASE("a full database is disk_full, and works again once there is room") {
  const test::temporary_folder folder;
  auto store = sqlite_store::open(folder / "peers.db", options_of({first}));
  REQUIRE(store);
  const auto fill = [](SQLite::Database& database) {
    database.exec("INSERT INTO peers VALUES (hex(randomblob(100000)))");
  };
  REQUIRE(
    store->run([](SQLite::Database& database) { database.exec("PRAGMA max_page_count = 6"); }));
  const auto refused = store->transact(fill);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::disk_full);
  REQUIRE(
    store->run([](SQLite::Database& database) { database.exec("PRAGMA max_page_count = 600"); }));
  CHECK(store->transact(fill));
}

/// Who holds it; nullopt: nobody.
std::optional<::pid_t> holder_of(const test::temporary_folder& folder) {
  const auto told = directory_lock::holder(folder.path());
  REQUIRE(told);
  return *told;
}

TEST_CASE("a folder has one holder at a time, and says who it is") {
  const test::temporary_folder folder;
  CHECK_FALSE(holder_of(folder));
  {
    const auto held = directory_lock::take(folder.path());
    REQUIRE(held);
    const auto second_try = directory_lock::take(folder.path());
    REQUIRE_FALSE(second_try);
    CHECK(to_string(second_try.error())
          == "in_use: " + folder.path().string() + " is in use by process "
               + std::to_string(::getpid()) + "; stop it first, or use another folder");
    CHECK(holder_of(folder) == ::getpid());
  }
  CHECK_FALSE(holder_of(folder)); // though the file says a pid, and that process runs
  CHECK(directory_lock::take(folder.path()));
  const auto nowhere = directory_lock::take(folder / "none");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == errc::file_missing);
}

} // namespace
} // namespace caucus
