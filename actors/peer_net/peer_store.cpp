#include "actors/peer_net/peer_store.hpp"

#include "actors/peer_net/limits.hpp"
#include "runtime/base/text.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <utility>

namespace caucus {

namespace {

// Times in ms since 1970. Addresses one a line, newest first.
constexpr const char* schema = R"sql(
  CREATE TABLE peers (
    peer TEXT PRIMARY KEY,
    addresses TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    strikes INTEGER NOT NULL,
    last_strike INTEGER NOT NULL,
    bans INTEGER NOT NULL,
    banned_until INTEGER NOT NULL,
    ban_reason TEXT NOT NULL,
    links_taken INTEGER NOT NULL,
    dial_backs_failed INTEGER NOT NULL,
    reached INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql";

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& one : lines) {
    out += one + '\n';
  }
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size() && out.size() < addresses_per_peer_max;) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::uint32_t count_of(const SQLite::Column& from) {
  return static_cast<std::uint32_t>(from.getInt64());
}

std::optional<peer_record> record_of(SQLite::Statement& row) {
  const auto who = peer_id_from_text(row.getColumn(0).getString());
  if (!who) {
    return std::nullopt;
  }
  peer_record out;
  out.peer = *who;
  out.addresses = split(row.getColumn(1).getString());
  out.first_seen = wall_ms{row.getColumn(2).getInt64()};
  out.last_seen = wall_ms{row.getColumn(3).getInt64()};
  out.strikes = count_of(row.getColumn(4));
  out.last_strike = wall_ms{row.getColumn(5).getInt64()};
  out.bans = count_of(row.getColumn(6));
  out.banned_until = wall_ms{row.getColumn(7).getInt64()};
  out.ban_reason = row.getColumn(8).getString();
  out.links_taken = count_of(row.getColumn(9));
  out.dial_backs_failed = count_of(row.getColumn(10));
  out.reached = row.getColumn(11).getInt() != 0;
  return out;
}

void put(SQLite::Statement& into, const peer_record& what) {
  into.reset();
  into.bind(1, to_text(what.peer));
  into.bind(2, joined(what.addresses));
  into.bind(3, what.first_seen.count());
  into.bind(4, what.last_seen.count());
  into.bind(5, what.strikes);
  into.bind(6, what.last_strike.count());
  into.bind(7, what.bans);
  into.bind(8, what.banned_until.count());
  into.bind(9, what.ban_reason);
  into.bind(10, what.links_taken);
  into.bind(11, what.dial_backs_failed);
  into.bind(12, what.reached ? 1 : 0);
  into.exec();
}

} // namespace

result<void> peer_store::look(const std::filesystem::path& path) {
  return sqlite_store::look(path);
}

result<peer_store> peer_store::open(const std::filesystem::path& path) {
  auto file =
    sqlite_store::open(path, {.owner = "peer_book",
                              .migrations = {schema},
                              .sync = durability::memory}); // hints, and bans to be redone
  if (!file) {
    return tl::make_unexpected(std::move(file.error()));
  }
  return peer_store{std::move(*file)};
}

result<std::vector<peer_record>> peer_store::load() {
  std::vector<peer_record> out;
  const auto read = file_.run([&out](SQLite::Database& from) {
    SQLite::Statement rows{from, "SELECT * FROM peers ORDER BY last_seen DESC LIMIT ?"};
    rows.bind(1, static_cast<std::int64_t>(peers_known_max));
    while (rows.executeStep()) {
      if (auto one = record_of(rows)) {
        out.push_back(std::move(*one));
      }
    }
  });
  if (!read) {
    return tl::make_unexpected(read.error());
  }
  return out;
}

result<void> peer_store::write(const std::vector<peer_record>& changed,
                               const std::vector<peer_id>& gone) {
  return file_.transact([&](SQLite::Database& to) {
    SQLite::Statement upsert{
      to, "INSERT OR REPLACE INTO peers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
    for (const auto& one : changed) {
      put(upsert, one);
    }
    SQLite::Statement erase{to, "DELETE FROM peers WHERE peer = ?"};
    for (const auto& one : gone) {
      erase.reset();
      erase.bind(1, to_text(one));
      erase.exec();
    }
  });
}

} // namespace caucus
