#include "actors/notary/notary_files.hpp"
#include "messages/try.hpp"
#include "runtime/sqlite_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace caucus {

namespace {

/// `path` is the state tree's; key and value as the rules have them. `block`: where final blocks lie in
/// ledger.log. `stored` has one row.
constexpr std::string_view schema_1 = R"(
  CREATE TABLE entry (path BLOB PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE block (height INTEGER PRIMARY KEY, position INTEGER NOT NULL);
  CREATE TABLE stored (one INTEGER PRIMARY KEY CHECK (one = 1), height INTEGER NOT NULL);
)";

/// Of the blocks no more than what block_index marks, and the one stored: it had all of them before.
constexpr std::string_view schema_2 = R"(
  DELETE FROM block WHERE height % 64 <> 1 AND height NOT IN (SELECT height FROM stored);
)";
static_assert(block_index::stride == 64); // else a third schema is due

void bind_blob(SQLite::Statement& to, int place, bytes_view what) {
  // A null pointer would be NULL and not an empty blob.
  static constexpr std::byte nothing{};
  to.bind(place, what.empty() ? &nothing : what.data(), static_cast<int>(what.size()));
}

bytes blob_of(const SQLite::Column& from) {
  const auto* const first = static_cast<const std::byte*>(from.getBlob());
  return first == nullptr ? bytes{}
                          : bytes{first, first + static_cast<std::size_t>(from.getBytes())};
}

class sqlite_state : public state_store {
public:
  explicit sqlite_state(sqlite_store store) : store_{std::move(store)} {}

  result<std::optional<stored_state>> load() override {
    const std::lock_guard one_at_a_time{guard_};
    std::optional<stored_state> out;
    bool damaged = false;
    auto done = store_.run([&](SQLite::Database& in) {
      const SQLite::Transaction all_of_one_time{in}; // a node that runs may be writing it
      SQLite::Statement at{in, "SELECT height FROM stored"};
      if (!at.executeStep()) {
        return;
      }
      out.emplace();
      out->height = height{static_cast<std::uint64_t>(at.getColumn(0).getInt64())};
      SQLite::Statement entries{in, "SELECT path, key, value FROM entry"};
      while (entries.executeStep()) {
        const auto path = blob_of(entries.getColumn(0));
        state_entry one;
        damaged = damaged || path.size() != digest::size;
        std::copy_n(path.begin(), std::min(path.size(), digest::size), one.path.raw.begin());
        one.key = blob_of(entries.getColumn(1));
        one.value = blob_of(entries.getColumn(2));
        out->entries.push_back(std::move(one));
      }
      SQLite::Statement blocks{in, "SELECT height, position FROM block ORDER BY height"};
      while (blocks.executeStep()) {
        out->blocks.push_back(
          {height{static_cast<std::uint64_t>(blocks.getColumn(0).getInt64())},
           log_position{static_cast<std::uint64_t>(blocks.getColumn(1).getInt64())}});
      }
    });
    if (!done) {
      return tl::make_unexpected(done.error());
    }
    return damaged ? fail(errc::bad_checksum, "state.sqlite has an entry of no path")
                   : result<std::optional<stored_state>>{std::move(out)};
  }

  result<void> store(const notary_out::store_state& what, const std::vector<block_mark>& blocks,
                     height oldest) override {
    const std::lock_guard one_at_a_time{guard_};
    return store_.transact([&](SQLite::Database& in) {
      SQLite::Statement put{in, "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)"};
      SQLite::Statement erase{in, "DELETE FROM entry WHERE path = ?"};
      // In the table's order, so that neighbours find their page where it was left.
      std::vector<const state_entry*> sorted;
      sorted.reserve(what.changed.size());
      for (const auto& one : what.changed) {
        sorted.push_back(&one);
      }
      std::sort(sorted.begin(), sorted.end(),
                [](const auto* a, const auto* b) { return a->path < b->path; });
      for (const auto* const next : sorted) {
        const auto& one = *next;
        auto& statement = one.value ? put : erase;
        bind_blob(statement, 1, one.path.view());
        if (one.value) {
          bind_blob(statement, 2, one.key);
          bind_blob(statement, 3, *one.value);
        }
        statement.exec();
        statement.reset();
      }
      in.exec("DELETE FROM block WHERE height IN (SELECT height FROM stored) AND height % 64 <> 1");
      SQLite::Statement old{in, "DELETE FROM block WHERE height < ?"};
      old.bind(1, static_cast<std::int64_t>(oldest.value()));
      old.exec();
      SQLite::Statement block{in, "INSERT OR REPLACE INTO block VALUES (?, ?)"};
      for (const auto& one : blocks) {
        block.bind(1, static_cast<std::int64_t>(one.height.value()));
        block.bind(2, static_cast<std::int64_t>(one.where.value()));
        block.exec();
        block.reset();
      }
      SQLite::Statement at{in, "INSERT OR REPLACE INTO stored VALUES (1, ?)"};
      at.bind(1, static_cast<std::int64_t>(what.height.value()));
      at.exec();
    });
  }

  result<void> forget() override {
    const std::lock_guard one_at_a_time{guard_};
    return store_.transact([](SQLite::Database& in) {
      in.exec("DELETE FROM entry; DELETE FROM block; DELETE FROM stored");
    });
  }

private:
  std::mutex guard_; ///< a job that outlived its time may still be at it when the next one comes
  sqlite_store store_;
};

} // namespace

result<void> state_store::look(const std::filesystem::path& path) {
  return sqlite_store::look(path);
}

result<std::shared_ptr<state_store>> state_store::open(const std::filesystem::path& path,
                                                       durability keeps) {
  sqlite_options options;
  options.owner = "notary";
  options.migrations = {schema_1, schema_2};
  options.sync = keeps;
  CAUCUS_TRY(auto store, sqlite_store::open(path, options));
  return std::make_shared<sqlite_state>(std::move(store));
}

} // namespace caucus
