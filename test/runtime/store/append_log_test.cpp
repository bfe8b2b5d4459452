#include "runtime/append_log.hpp"

#include "runtime/crc32c.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/failing_files.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <vector>

namespace caucus {
namespace {

using texts = std::vector<std::string>;

log_options options_with(durability sync = durability::disk, file_operations* files = nullptr) {
  return {.magic = "testlog\n", .schema = 2, .sync = sync, .files = files};
}

std::string text_of(bytes_view what) {
  return {reinterpret_cast<const char*>(what.data()), what.size()};
}

/// Opens and gives all records; the report through `about`.
result<texts> read_all(const std::filesystem::path& path, log_report* about = nullptr,
                       durability sync = durability::disk) {
  texts out;
  auto log = append_log::open(path, options_with(sync), [&out](log_position, bytes_view record) {
    out.push_back(text_of(record));
    return result<void>{};
  });
  if (!log) {
    return tl::unexpected<error>{log.error()};
  }
  if (about != nullptr) {
    *about = log->report();
  }
  return out;
}

texts contents(const append_log& log) {
  texts out;
  REQUIRE(log.each(append_log::begin(), [&out](log_position, bytes_view record) {
    out.push_back(text_of(record));
    return result<void>{};
  }));
  return out;
}

/// A log of these records, each synced on its own.
append_log make_log(const std::filesystem::path& path, const texts& records,
                    durability sync = durability::disk, file_operations* files = nullptr) {
  auto log = append_log::open(path, options_with(sync, files));
  REQUIRE(log);
  for (const std::string& each : records) {
    REQUIRE(log->append(as_bytes(each)));
    REQUIRE(log->sync());
  }
  return std::move(*log);
}

TEST_CASE("crc32c gives what RFC 3720 says, with and without the processor's help") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283);
  CHECK(crc32c(bytes(32, std::byte{0})) == 0x8A9136AA);
  CHECK(crc32c(bytes(32, std::byte{0xFF})) == 0x62A8AB43);
  rc::check([](const std::string& text, const std::string& more) {
    RC_ASSERT(crc32c(as_bytes(text)) == crc32c_portable(as_bytes(text)));
    RC_ASSERT(crc32c(as_bytes(more), crc32c(as_bytes(text))) == crc32c(as_bytes(text + more)));
  });
}

TEST_CASE("a log gives back what was appended, in order, at once and after a new start") {
  const test::temporary_folder folder;
  const texts records{"one", "", std::string(3'000'000, 'x'), "four"};
  {
    const append_log log = make_log(folder / "log", records);
    CHECK(log.report().created);
    CHECK(contents(log) == records);
    log_position at = append_log::begin();
    for (const std::string& each : records) {
      const auto record = log.read(at);
      REQUIRE(record);
      CHECK(text_of(record->body) == each);
      at = record->next;
    }
    CHECK(at == log.end());
    CHECK(log.durable_end() == log.end());
  }
  log_report about;
  CHECK(read_all(folder / "log", &about) == records);
  CHECK(about.records == records.size());
  CHECK(about.cut_bytes == 0);
  CHECK_FALSE(about.created);
}

TEST_CASE("a log opened from a position reads only what follows") {
  const test::temporary_folder folder;
  log_position from;
  {
    append_log log = make_log(folder / "log", {"one", "two"});
    from = log.end();
    REQUIRE(log.append(as_bytes("three")));
  }
  texts seen;
  const auto log = append_log::open(
    folder / "log", options_with(),
    [&seen](log_position, bytes_view record) {
      seen.push_back(text_of(record));
      return result<void>{};
    },
    from);
  REQUIRE(log);
  CHECK(seen == texts{"three"});
  CHECK(contents(*log) == texts{"one", "two", "three"});
}

TEST_CASE("a file cut at any byte keeps the whole records before it, and can be written on") {
  const test::temporary_folder folder;
  const texts records{"first", "second record", "third"};
  std::vector<std::uint64_t> ends{append_log::begin().value()};
  {
    auto log = append_log::open(folder / "log", options_with());
    REQUIRE(log);
    for (const std::string& each : records) {
      REQUIRE(log->append(as_bytes(each)));
      REQUIRE(log->sync());
      ends.push_back(log->end().value());
    }
  }
  const std::string whole = folder.read("log");
  REQUIRE(whole.size() == ends.back());
  for (std::uint64_t size = ends.front(); size < whole.size(); ++size) {
    INFO(size);
    folder.write("torn", std::string_view{whole}.substr(0, size));
    std::size_t kept = 0;
    while (ends[kept + 1] <= size) {
      ++kept;
    }
    texts wanted{records.begin(), records.begin() + static_cast<std::ptrdiff_t>(kept)};
    log_report about;
    REQUIRE(read_all(folder / "torn", &about) == wanted);
    CHECK(about.cut_bytes == size - ends[kept]);
    { make_log(folder / "torn", {"new"}); }
    wanted.emplace_back("new");
    CHECK(read_all(folder / "torn", &about) == wanted);
    CHECK(about.cut_bytes == 0);
  }
  for (std::uint64_t size = 0; size < ends.front(); ++size) {
    folder.write("torn", std::string_view{whole}.substr(0, size));
    const auto log = read_all(folder / "torn");
    REQUIRE_FALSE(log);
    CHECK(log.error().code == errc::file_malformed);
  }
}

TEST_CASE(
  "any flipped bit before the last sync is an error with file and offset, after it, a torn tail") {
  const test::temporary_folder folder;
  const texts records{"first", "second record", "third"};
  std::vector<std::uint64_t> starts;
  {
    append_log log = make_log(folder / "log", {});
    for (const std::string& each : records) {
      const auto at = log.append(as_bytes(each));
      REQUIRE(at);
      REQUIRE(log.sync());
      starts.push_back(at->value());
    }
  }
  const std::string whole = folder.read("log");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      INFO(at << "." << bit);
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      folder.write("bad", damaged);
      const auto read = read_all(folder / "bad");
      if (at < append_log::begin().value()) {
        REQUIRE_FALSE(read);
      } else if (at < starts.back()) {
        REQUIRE_FALSE(read);
        const std::uint64_t hit = at < starts[1] ? starts[0] : starts[1];
        CHECK(folder.without(to_string(read.error()))
              == "bad_checksum: bad at byte " + std::to_string(hit)
                   + ": a record that was safely on disk is damaged, and good ones follow; check "
                     "the disk; only the newest copy of the file may take its place");
        CHECK(folder.read("bad") == damaged); // nothing was changed
      } else {
        CHECK(read == texts{"first", "second record"});
      }
    }
  }
}

TEST_CASE("records of one sync may be lost in any order by a crash: no corruption, a torn tail") {
  const test::temporary_folder folder;
  std::uint64_t second = 0;
  {
    append_log log = make_log(folder / "log", {"synced"});
    const auto batch = texts{"a", "b", "c"};
    const std::vector<bytes_view> views{as_bytes(batch[0]), as_bytes(batch[1]), as_bytes(batch[2])};
    const auto at = log.append_many(views);
    REQUIRE(at);
    second = log.read(*at)->next.value();
  }
  std::string torn = folder.read("log");
  torn[second + 20] = 'X'; // "b" never reached the disk, "c" did
  folder.write("log", torn);
  log_report about;
  CHECK(read_all(folder / "log", &about) == texts{"synced", "a"});
  CHECK(about.cut_bytes == 2 * 21);
}

TEST_CASE("a record's body that looks like a record is not taken for one") {
  const test::temporary_folder folder;
  { make_log(folder / "inner", {"inner", "more"}); }
  const std::string inner = folder.read("inner");
  { make_log(folder / "log", {"one", inner}); }
  std::string torn = folder.read("log");
  torn[append_log::begin().value() + 23 + 4] ^= 1; // the outer record's size
  folder.write("log", torn);
  CHECK(read_all(folder / "log") == texts{"one"});
}

TEST_CASE("files that are no such log are refused, each with what to do") {
  const test::temporary_folder folder;
  const auto error_of = [&folder](const std::filesystem::path& path, log_options options) {
    const auto log = append_log::open(path, options);
    REQUIRE_FALSE(log);
    return folder.without(to_string(log.error()));
  };
  { make_log(folder / "log", {"one"}); }
  log_options other = options_with();
  other.magic = "another\n";
  CHECK(error_of(folder / "log", other)
        == "file_malformed: log is not a log of the expected kind; move it away, or name the right "
           "folder");
  log_options older = options_with();
  older.schema = 1;
  CHECK(error_of(folder / "log", older)
        == "schema_too_new: log was written by a later version of caucus (format 1, schema 2; this "
           "one reads up to 1 and 1); run that version");
  CHECK(error_of(folder / "none" / "log", options_with()).starts_with("file_missing: none/log"));
  std::filesystem::create_directory(folder / "folder");
  CHECK(error_of(folder / "folder", options_with()) == "file_unreadable: folder is a directory");
  const append_log held = make_log(folder / "held", {});
  CHECK(error_of(folder / "held", options_with())
        == "in_use: held is open in another process; stop that first");
}

TEST_CASE("a record above the limit is refused and nothing is written") {
  const test::temporary_folder folder;
  log_options small = options_with();
  small.record_size_max = 4;
  auto log = append_log::open(folder / "log", small);
  REQUIRE(log);
  REQUIRE(log->append(as_bytes("four")));
  const auto refused = log->append(as_bytes("fiver"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::too_long);
  CHECK(contents(*log) == texts{"four"});
}

TEST_CASE("replacing all records is whole: the file has the old ones or the new ones") {
  const test::temporary_folder folder;
  const std::vector<bytes_view> fresh{as_bytes("new")};
  for (int failing = 1;; ++failing) {
    INFO(failing);
    test::failing_files files;
    append_log log = make_log(folder / ("log" + std::to_string(failing)), {"old", "older"},
                              durability::disk, &files);
    files.fail_call(failing, ENOSPC);
    const auto done = log.replace_all(fresh);
    files.work();
    if (done) {
      CHECK(contents(log) == texts{"new"});
      REQUIRE(log.append(as_bytes("and on")));
      REQUIRE(log.sync());
      CHECK(failing > 3);
      break;
    }
    CHECK(done.error().code == errc::disk_full);
    const texts now = contents(log);
    CHECK((now == texts{"old", "older"} || now == texts{"new"}));
    CHECK_FALSE(std::filesystem::exists(folder / ("log" + std::to_string(failing) + ".new")));
  }
}

TEST_CASE("damage in a file whose records were replaced is an error and no torn tail") {
  const durability sync = GENERATE(durability::disk, durability::memory);
  const test::temporary_folder folder;
  const std::string body(20, 'x');
  const std::uint64_t each = 20 + body.size();
  {
    append_log log = make_log(folder / "log", {"old"}, sync);
    REQUIRE(log.replace_all(std::vector<bytes_view>(10, as_bytes(body))));
  }
  const std::string whole = folder.read("log");
  REQUIRE(whole.size() == append_log::begin().value() + 10 * each);
  for (std::uint64_t hit = 0; hit < 9; ++hit) { // behind the last one nothing tells
    INFO(hit);
    const std::uint64_t at = append_log::begin().value() + hit * each;
    std::string damaged = whole;
    damaged[at + 25] ^= 1;
    folder.write("bad", damaged);
    const auto read = read_all(folder / "bad", nullptr, sync);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::bad_checksum);
    CHECK(folder.without(to_string(read.error())).find("bad at byte " + std::to_string(at))
          != std::string::npos);
    CHECK(folder.read("bad") == damaged);
  }
  INFO("and what is appended behind them shields the last one");
  { append_log log = make_log(folder / "log", {"more"}, durability::disk); }
  std::string damaged = folder.read("log");
  damaged[append_log::begin().value() + 9 * each + 25] ^= 1;
  folder.write("log", damaged);
  CHECK_FALSE(read_all(folder / "log"));
}

TEST_CASE("cutting takes away all from a record on, and never a part of one") {
  const test::temporary_folder folder;
  append_log log = make_log(folder / "log", {"one", "two", "three"});
  const log_position second = log.read(append_log::begin())->next;
  CHECK_FALSE(log.cut(log_position{second.value() + 1}));
  REQUIRE(log.cut(second));
  CHECK(contents(log) == texts{"one"});
  REQUIRE(log.append(as_bytes("2")));
  CHECK(contents(log) == texts{"one", "2"});
}

TEST_CASE("a full disk refuses the append, keeps what was there, and goes on once there is room") {
  const test::temporary_folder folder;
  for (const bool half_written : {false, true}) {
    test::failing_files files;
    const std::string name = half_written ? "half" : "none";
    append_log log = make_log(folder / name, {"one"}, durability::disk, &files);
    files.short_write(half_written ? 7 : 0);
    const auto refused = log.append(as_bytes("a record that does not fit"));
    REQUIRE_FALSE(refused);
    CHECK(folder.without(to_string(refused.error()))
          == "disk_full: " + name
               + ": no space left to write it; make room on the disk, then try "
                 "again");
    CHECK(contents(log) == texts{"one"});
    CHECK(std::filesystem::file_size(folder / name) == log.end().value());
    files.work();
    REQUIRE(log.append(as_bytes("two")));
    REQUIRE(log.sync());
    CHECK(contents(log) == texts{"one", "two"});
  }
}

TEST_CASE("after a failed sync nothing is acknowledged any more until the log is opened anew") {
  const test::temporary_folder folder;
  {
    test::failing_files files;
    append_log log = make_log(folder / "log", {"one"}, durability::disk, &files);
    REQUIRE(log.append(as_bytes("two")));
    files.fail_call(1, EIO);
    const auto refused = log.sync();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::io_failed);
    files.work();
    const auto again = log.sync();
    REQUIRE_FALSE(again);
    CHECK(again.error() == refused.error());
    CHECK_FALSE(log.append(as_bytes("three")));
  }
  const auto read = read_all(folder / "log");
  REQUIRE(read);
  CHECK(read->front() == "one");
}

TEST_CASE(
  "one sync covers many appends, none follows without an append, and memory mode has none") {
  const test::temporary_folder folder;
  test::failing_files files;
  append_log log = make_log(folder / "disk", {}, durability::disk, &files);
  const int before = files.syncs();
  REQUIRE(log.append(as_bytes("one")));
  REQUIRE(log.append(as_bytes("two")));
  REQUIRE(log.sync());
  REQUIRE(log.sync());
  CHECK(files.syncs() == before + 1);

  test::failing_files others;
  append_log light = make_log(folder / "memory", {}, durability::memory, &others);
  const int made = others.syncs();
  REQUIRE(light.append(as_bytes("one")));
  REQUIRE(light.sync());
  CHECK(others.syncs() == made);
}

} // namespace
} // namespace caucus
