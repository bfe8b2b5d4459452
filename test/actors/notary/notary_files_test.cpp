#include "actors/notary/notary_files.hpp"

#include "actors/notary/record_codec.hpp"
#include "runtime/archive/signing.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/failing_files.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace caucus;

// The ledger is found again by marks, one in 64 blocks; the stored state keeps them for the next life.

namespace {

shared_final numbered(std::uint64_t number) {
  auto what = std::make_shared<block>();
  what->header.group = group_id{1};
  what->header.height = height{number};
  auto out = std::make_shared<final_block>();
  out->id = digest_of(what->header);
  out->refused.resize(number % 7); // so that no two records that touch are of one size
  out->block = std::move(what);
  return out;
}

std::vector<std::uint64_t> heights_of(const std::vector<shared_final>& blocks) {
  std::vector<std::uint64_t> out;
  out.reserve(blocks.size());
  for (const auto& one : blocks) {
    out.push_back(one->block->header.height.value());
  }
  return out;
}

struct ledger {
  test::temporary_folder folder{};
  durability keeps;
  std::optional<notary_files> files{};
  std::optional<std::uint64_t> state_at{};
  std::vector<std::uint64_t> replayed{};
  notary_storage on{};

  explicit ledger(durability its_keeps = durability::memory) : keeps{its_keeps} { begin(); }
  void begin() {
    files.reset();
    state_at.reset();
    replayed.clear();
    auto opened = open();
    if (!opened) {
      INFO(to_string(opened.error()));
      REQUIRE(opened);
    }
    files.emplace(std::move(*opened));
  }
  result<notary_files> open() {
    notary_files::visitor visit;
    visit.state = [this](const shared_final& at, const std::vector<state_entry>&) {
      state_at = at->block->header.height.value();
      return result<void>{};
    };
    visit.block = [this](const shared_final& one) {
      replayed.push_back(one->block->header.height.value());
      return result<void>{};
    };
    visit.record = [](const notary_record&) {};
    return notary_files::open(folder.path(), keeps, visit, on);
  }
  void grow_to(std::uint64_t last) {
    for (auto next = files->newest().value() + 1; next <= last; ++next) {
      files->add(numbered(next));
      if (on.blocks_per_file > 0) { // a file ends with a flush
        REQUIRE(files->flush());
      }
    }
    REQUIRE(files->flush());
  }
  void store(std::uint64_t at) {
    auto what = std::make_shared<notary_out::store_state>();
    what->height = height{at};
    const auto done = files->store_job(std::move(what))();
    REQUIRE(done);
    files->stored(*done);
  }
  std::vector<std::uint64_t> load(std::uint64_t from, std::uint32_t count_max) {
    notary_out::load what;
    what.first = height{from};
    what.count_max = count_max;
    what.size_max = 1'000'000;
    return heights_of(files->load(what));
  }
  void check_each(std::uint64_t last, std::uint64_t first = 1) {
    REQUIRE(files->newest() == height{last});
    REQUIRE(files->oldest() == height{first});
    CHECK(load(first - 1, 3).empty());
    for (std::uint64_t from = first; from <= last; ++from) {
      const auto got = load(from, 3);
      REQUIRE(got.size() == std::min<std::uint64_t>(3, last - from + 1));
      for (std::size_t i = 0; i < got.size(); ++i) {
        REQUIRE(got[i] == from + i);
      }
    }
    CHECK(load(0, 3).empty());
    CHECK(load(last + 1, 3).empty());
  }
};

} // namespace

TEST_CASE("every final block is found, in the life that wrote it and in later ones") {
  ledger one;
  one.grow_to(200);
  one.check_each(200);
  one.begin();
  CHECK(one.replayed.size() == 200);
  one.check_each(200);
}

TEST_CASE("a life that starts from the stored state finds every block, those before it too") {
  for (const std::uint64_t at : {1U, 2U, 63U, 64U, 65U, 66U, 128U, 129U, 190U}) {
    INFO(at);
    ledger one;
    one.grow_to(at + 7);
    one.store(at);
    one.begin();
    CHECK(one.state_at == at);
    CHECK(one.replayed.size() == 7);
    one.check_each(at + 7);
    one.grow_to(at + 100);
    one.store(at + 80); // over what a former life has stored
    one.begin();
    CHECK(one.state_at == at + 80);
    one.check_each(at + 100);
  }
}

/// What the folder has of the ledger.
std::set<std::string> ledger_files(const ledger& of) {
  std::set<std::string> out;
  for (const auto& one : std::filesystem::directory_iterator{of.folder.path()}) {
    if (auto name = one.path().filename().string(); name.starts_with("ledger.")) {
      out.insert(std::move(name));
    }
  }
  return out;
}

struct in_files : ledger {
  in_files(std::uint64_t blocks_per_file, std::uint64_t grown_to) {
    on.blocks_per_file = blocks_per_file;
    begin();
    grow_to(grown_to);
  }
};

TEST_CASE("a ledger in several files is one: every block is found, and goes with its file") {
  in_files one{40, 150};
  CHECK(ledger_files(one)
        == std::set<std::string>{"ledger.log", "ledger.1.log", "ledger.41.log", "ledger.81.log"});
  one.check_each(150);
  one.begin();
  CHECK(one.replayed.size() == 150);
  one.check_each(150);
  for (const std::uint64_t at : {1U, 40U, 41U, 100U, 121U, 150U}) {
    INFO(at);
    one.store(at);
    one.begin();
    CHECK(one.state_at == at);
    CHECK(one.replayed.size() == 150 - at);
    one.check_each(150);
  }
  one.files->prune(height{40}); // its file has younger ones too
  one.check_each(150);
  one.files->prune(height{80});
  one.check_each(150, 41);
  one.files->prune(height{81});
  one.check_each(150, 81);
  CHECK(ledger_files(one) == std::set<std::string>{"ledger.log", "ledger.81.log"});
  one.grow_to(170);
  one.store(165); // the marks of what is gone go too
  one.begin();
  CHECK(one.state_at == 165);
  one.check_each(170, 81);
  one.files->prune(height{1'000});
  one.check_each(170, 161);
}

TEST_CASE("a ledger that grew in one file goes on in several, and back") {
  ledger one;
  one.grow_to(70);
  one.on.blocks_per_file = 30;
  one.begin();
  one.grow_to(120);
  CHECK(ledger_files(one) == std::set<std::string>{"ledger.log", "ledger.1.log", "ledger.72.log"});
  one.on.blocks_per_file = 0;
  one.begin();
  CHECK(one.replayed.size() == 120);
  one.grow_to(200);
  one.check_each(200);
  CHECK(ledger_files(one).size() == 3);
}

TEST_CASE("where a crash leaves a file with two names it is one file") {
  in_files one{40, 75};
  one.files.reset();
  const auto folder = one.folder.path();
  std::filesystem::create_hard_link(folder / "ledger.log", folder / "ledger.41.log");
  one.begin();
  CHECK(one.replayed.size() == 75);
  one.check_each(75);
  one.grow_to(100);
  one.check_each(100);
  one.begin();
  one.check_each(100);
  SECTION("and where it leaves an empty one behind full ones it goes on there") {
    in_files full{40, 80};
    full.begin();
    CHECK(full.replayed.size() == 80);
    full.check_each(80);
    full.grow_to(81);
    full.begin();
    full.check_each(81);
    full.files.reset();
    std::filesystem::remove(full.folder / "ledger.log");
    full.begin();
    full.check_each(80);
  }
}

TEST_CASE("a ledger whose files do not follow one another is refused, and nothing is changed") {
  in_files one{40, 150};
  one.files.reset();
  std::filesystem::remove(one.folder / "ledger.41.log");
  const auto gap = one.open();
  REQUIRE_FALSE(gap);
  CHECK(gap.error().code == errc::bad_checksum);
  CHECK(gap.error().detail.find("ledger.1.log ends with the block of height 40")
        != std::string::npos);
  CHECK(gap.error().detail.find("begins with that of height 81") != std::string::npos);
  CHECK(ledger_files(one) == std::set<std::string>{"ledger.log", "ledger.1.log", "ledger.81.log"});
  notary_storage on;
  CHECK(notary_files::oldest(one.folder.path(), on) == height{1});
}

TEST_CASE("a torn first record behind full files is cut off, and nothing else is lost") {
  in_files one{40, 80};
  one.store(60);
  one.files->add(numbered(81));
  REQUIRE(one.files->flush());
  one.files.reset();
  const auto path = one.folder / "ledger.log";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
  one.begin();
  CHECK(one.state_at == 60);
  CHECK(one.replayed.size() == 20);
  one.grow_to(85);
  one.check_each(85);
}

TEST_CASE("an older ledger.log beside full files is refused, and nothing goes") {
  in_files one{40, 60};
  one.files.reset();
  const auto older = one.folder / "older";
  std::filesystem::copy_file(one.folder / "ledger.log", older);
  one.begin();
  one.grow_to(100);
  one.store(90);
  one.files.reset();
  const bool shorter = GENERATE(true, false);
  std::filesystem::copy_file(shorter ? older : one.folder / "ledger.1.log",
                             one.folder / "ledger.log",
                             std::filesystem::copy_options::overwrite_existing);
  const auto refused = one.open();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::folder_contradicts);
  CHECK(refused.error().detail.find("one of them is an older copy") != std::string::npos);
  CHECK(ledger_files(one) == std::set<std::string>{"ledger.log", "ledger.1.log", "ledger.41.log"});
}

TEST_CASE("a ledger that lost the file that grows is told as one that ends too early") {
  in_files one{40, 100};
  one.store(90);
  one.files.reset();
  std::filesystem::remove(one.folder / "ledger.log");
  const auto lost = one.open();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == errc::out_of_range);
}

TEST_CASE("many full files take one descriptor") {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {});
  };
  in_files one{16, 100};
  const auto few = descriptors();
  one.grow_to(1'000);
  one.check_each(1'000);
  CHECK(descriptors() <= few + 1);
  one.begin();
  one.check_each(1'000);
  CHECK(descriptors() <= few + 1);
}

TEST_CASE("a ledger without its first blocks starts from a stored state alone") {
  in_files one{40, 150};
  one.store(130);
  one.files->prune(height{100});
  one.files.reset();
  REQUIRE(notary_files::forget_state(one.folder.path(), one.keeps));
  const auto without = one.open();
  REQUIRE_FALSE(without);
  CHECK(without.error().code == errc::folder_contradicts);
  CHECK(without.error().detail.find("begins with the block of height 81") != std::string::npos);
  CHECK(notary_files::oldest(one.folder.path()) == height{81});
  CHECK(ledger_files(one).size() == 2);
}

TEST_CASE("a stored state below all that the ledger has is refused") {
  in_files one{40, 150};
  one.store(50);
  one.files->prune(height{100});
  one.files.reset();
  const auto lost = one.open();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == errc::folder_contradicts);
}

TEST_CASE("a file that cannot be begun keeps nobody from writing") {
  test::failing_files disk;
  ledger one;
  one.on.files = &disk;
  one.on.blocks_per_file = 10;
  one.begin();
  one.grow_to(9);
  const auto nth = GENERATE(range(1, 12));
  disk.fail_call(nth, ENOSPC);
  one.files->add(numbered(10));
  static_cast<void>(one.files->flush());
  disk.work();
  REQUIRE(one.files->flush());
  one.grow_to(30);
  one.check_each(30);
  one.begin();
  CHECK(one.replayed.size() == 30);
  one.check_each(30);
}

TEST_CASE("a stored state of before the marks is taken, and one that lacks some is not") {
  ledger one;
  one.grow_to(150);
  one.store(140);
  const auto path = one.folder / "state.sqlite";
  const auto alter = [&](const std::string& how) {
    one.files.reset();
    SQLite::Database{path.string(), SQLite::OPEN_READWRITE}.exec(how);
  };
  // As schema 1 had it: every block up to the one stored.
  notary_out::load all;
  all.first = height{1};
  all.count_max = 140;
  all.size_max = 1'000'000;
  std::string rows;
  std::uint64_t position = append_log::begin().value();
  for (const auto& block : one.files->load(all)) {
    rows += "INSERT OR REPLACE INTO block VALUES ("
            + std::to_string(block->block->header.height.value()) + ", " + std::to_string(position)
            + ");";
    position += 20 + encode_final(*block).size();
  }
  alter(rows + "UPDATE caucus_schema SET version = 1");
  one.begin();
  CHECK(one.state_at == 140);
  one.check_each(150);
  {
    SQLite::Database in{path.string()};
    SQLite::Statement count{in, "SELECT count(*) FROM block"};
    REQUIRE(count.executeStep());
    CHECK(count.getColumn(0).getInt() == 4); // 1, 65, 129, 140
  }
  alter("DELETE FROM block WHERE height = 65");
  const auto refused = one.open();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::bad_checksum);
  REQUIRE(notary_files::forget_state(one.folder.path(), durability::memory));
  one.begin();
  CHECK_FALSE(one.state_at);
  one.check_each(150);
}

TEST_CASE("a wrong position in the stored state costs nothing of the ledger") {
  const auto keeps = GENERATE(durability::memory, durability::disk);
  const std::uint64_t at = GENERATE(100U, 150U);
  const auto* const how = GENERATE("position + 1", "position + 25", "position + 100000000", "-1");
  CAPTURE(at, how);
  ledger one{keeps};
  one.grow_to(150);
  one.store(at);
  one.files.reset();
  const auto size = std::filesystem::file_size(one.folder / "ledger.log");
  SQLite::Database{(one.folder / "state.sqlite").string(), SQLite::OPEN_READWRITE}.exec(
    std::string{"UPDATE block SET position = "} + how + " WHERE height = " + std::to_string(at));
  CHECK_FALSE(one.open());
  CHECK(std::filesystem::file_size(one.folder / "ledger.log") == size);
  REQUIRE(notary_files::forget_state(one.folder.path(), keeps));
  one.begin();
  CHECK(one.replayed.size() == 150);
}

TEST_CASE("a stored state that is not the ledger's is no reason to move the ledger away") {
  ledger one;
  one.grow_to(10);
  one.store(5);
  one.files.reset();
  notary_files::visitor visit;
  const result<void> bad = fail(errc::bad_checksum, "the stored state is not the ledger's");
  visit.state = [&](const shared_final&, const std::vector<state_entry>&) { return bad; };
  visit.block = [](const shared_final&) { return result<void>{}; };
  visit.record = [](const notary_record&) {};
  const auto opened = notary_files::open(one.folder.path(), one.keeps, visit);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::bad_checksum);
  CHECK(opened.error().detail.find("away") == std::string::npos);
  visit.state = [](const shared_final&, const std::vector<state_entry>&) { return result<void>{}; };
  visit.block = [&](const shared_final&) { return bad; };
  const auto wrong = notary_files::open(one.folder.path(), one.keeps, visit);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().detail.find("move ledger.log away") != std::string::npos);
}

TEST_CASE("a stored state of a schema below zero is refused") {
  ledger one;
  one.grow_to(3);
  one.files.reset();
  SQLite::Database{(one.folder / "state.sqlite").string(), SQLite::OPEN_READWRITE}.exec(
    "UPDATE caucus_schema SET version = -1");
  const auto opened = one.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::file_malformed);
}

TEST_CASE("a block of nothing but refusals, which strangers can bring about, is kept") {
  ledger one;
  auto block = std::make_shared<final_block>(*numbered(1));
  block->refused.resize(262'144); // 4 MiB of 16-byte mutations, as an honest leader lists them
  for (std::uint32_t i = 0; i < block->refused.size(); ++i) {
    block->refused[i] = {i, errc::refused_by_rule, std::string(60, 'r')};
  }
  REQUIRE(encode_final(*block).size() > log_record_size_max);
  one.files->add(block);
  REQUIRE(one.files->flush());
  one.grow_to(3);
  one.begin();
  CHECK(one.replayed.size() == 3);
  CHECK(one.load(2, 2).size() == 2);
}

TEST_CASE("damage in the ledger ends a page, and never gives a block for another") {
  ledger one;
  one.grow_to(130);
  // The size in the header of the record of height 70: a reader that trusts it lands amid a record.
  std::uint64_t position = append_log::begin().value();
  for (std::uint64_t at = 1; at < 70; ++at) {
    position += 20 + encode_final(*numbered(at)).size();
  }
  {
    std::fstream file{one.folder / "ledger.log", std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(position + 4));
    const auto size = encode_final(*numbered(70)).size() + 20 + encode_final(*numbered(71)).size();
    const auto low = static_cast<char>(size & 0xFFU);
    const auto high = static_cast<char>(size >> 8U);
    file.put(low);
    file.put(high);
  }
  CHECK(one.load(1, 100).size() == 69);
  CHECK(one.load(70, 3).empty());
  CHECK(one.load(71, 3).empty());                                  // 72 lies where 71 is looked for
  CHECK(one.load(129, 2) == std::vector<std::uint64_t>{129, 130}); // behind the next mark
}
