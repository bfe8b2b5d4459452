#include "actors/notary/snapshot_install.hpp"

#include "actors/notary/notary_files.hpp"
#include "actors/notary/snapshot_file.hpp"
#include "test/actors/notary/saved_group.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/failing_files.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <csignal>
#include <sys/resource.h>

// A state that was fetched takes the place of a node's ledger, at the next start, whatever happened
// in between.

namespace caucus::testing {
namespace {

namespace fs = std::filesystem;
using names = std::set<std::string>;

/// A group, and the folder of a node of it that is behind.
struct late_node {
  saved_group of{saved_group::of::second_epoch};
  test::temporary_folder folder{};
  snapshot_contents all;

  late_node() {
    REQUIRE(of.save());
    all = read_snapshot(of.file, of.network()).value();
  }
  [[nodiscard]] peer_id self() { return of.g.at(1).key->id(); }
  /// Its own ledger has so many of the first blocks.
  void has_blocks(std::size_t count) {
    visit([&](notary_files& files) {
      const auto& ledger = of.g.at(0).kept.ledger;
      for (std::size_t i = 0; i < count; ++i) {
        files.add(ledger[i]);
      }
      for (const auto& one : of.g.at(0).kept.closings) {
        if (one.last.height.value() <= count) {
          files.add(one);
        }
      }
      REQUIRE(files.flush());
    });
  }
  struct what_is_there {
    std::vector<closing> closings;
    shared_final first;
    std::size_t entries = 0;
    height newest;
  };
  what_is_there visit(const std::function<void(notary_files&)>& then = {}) {
    what_is_there out;
    notary_files::visitor visit;
    visit.closing = [&](const closing& one) {
      out.closings.push_back(one);
      return result<void>{};
    };
    visit.state = [&](const shared_final& at, const std::vector<state_entry>& entries) {
      out.first = at;
      out.entries = entries.size();
      return result<void>{};
    };
    visit.block = [&](const shared_final& one) {
      out.first = out.first == nullptr ? one : out.first;
      return result<void>{};
    };
    visit.record = [](const notary_record&) {};
    auto files = notary_files::open(folder.path(), durability::memory, visit);
    if (!files) {
      FAIL(to_string(files.error()));
    }
    out.newest = files->newest();
    if (then) {
      then(*files);
    }
    return out;
  }
  [[nodiscard]] std::optional<taken_snapshot> take() {
    auto out = take_ready(folder.path(), of.network(), self());
    if (!out) {
      FAIL(to_string(out.error()));
    }
    CHECK_FALSE(out->delayed);
    return out->height == height{} ? std::nullopt : std::optional{*out};
  }
  void is_there() {
    const auto there = visit();
    CHECK(there.newest == all.height);
    REQUIRE(there.first != nullptr);
    CHECK(there.first->id == all.block->id);
    CHECK_FALSE(there.first->finalization);
    CHECK(there.entries == all.entries.size());
    CHECK(there.closings == all.closings);
  }
};

TEST_CASE("a newcomer's next start has the state that came, and its journal") {
  late_node at;
  at.visit([](notary_files& files) {
    files.add(notary_record{ceiling_record{batch_number{7}}}, 1);
    REQUIRE(files.flush());
  });
  const auto journal = fs::file_size(at.folder / "notary.journal");
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  const auto taken = at.take();
  REQUIRE(taken);
  CHECK(taken->height == at.all.height);
  CHECK(taken->replaced.empty());
  CHECK(fs::file_size(at.folder / "notary.journal") == journal);
  CHECK(names_in(at.folder.path())
        == names{"epochs.log", "ledger.log", "notary.journal", "state.sqlite"});
  at.is_there();
  CHECK_FALSE(at.take()); // once
}

TEST_CASE("a ledger that is replaced lies aside, whole") {
  late_node at;
  at.has_blocks(2);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  const auto taken = at.take();
  REQUIRE(taken);
  const auto aside = at.folder / ("replaced-" + std::to_string(at.all.height.value()));
  CHECK(taken->replaced == aside);
  CHECK(names_in(aside) == names{"epochs.log", "ledger.log", "state.sqlite"});
  at.is_there();
}

TEST_CASE("a ledger that begins later, as others give it again, does not stay") {
  late_node at;
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  REQUIRE(at.take());
  // As one that goes on was interrupted at its very end.
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  fs::rename(at.folder / "snapshot.ready", at.folder / "snapshot.taking");
  const auto again = at.take();
  REQUIRE(again);
  CHECK(again->replaced.empty());
  CHECK(names_in(at.folder.path())
        == names{"epochs.log", "ledger.log", "notary.journal", "state.sqlite"});
  at.is_there();
}

TEST_CASE("a ledger that others let go of as this node did does not stay") {
  late_node at;
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  REQUIRE(at.take()); // it begins there
  // The group goes on, and this node is behind again.
  auto& g = at.of.g;
  g.propose(0, "score", "add", {"1"});
  g.order();
  g.tick(duration{20'000'000});
  g.make_final(g.make_block({}));
  for (const auto& name : names_in(at.of.folder.path())) {
    fs::remove(at.of.folder / name);
  }
  at.of.write();
  fs::remove(at.of.file);
  REQUIRE(at.of.save());
  at.all = read_snapshot(at.of.file, at.of.network()).value();
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  const auto taken = at.take();
  REQUIRE(taken);
  CHECK(taken->height == at.all.height);
  CHECK(taken->replaced.empty());
  CHECK(names_in(at.folder.path())
        == names{"epochs.log", "ledger.log", "notary.journal", "state.sqlite"});
  at.is_there();
}

TEST_CASE("a damaged ledger does not hold the state off") {
  late_node at;
  at.has_blocks(3);
  std::fstream{at.folder / "ledger.log", std::ios::in | std::ios::out | std::ios::binary}
    << "no ledger at all";
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  REQUIRE(at.take());
  CHECK(
    fs::exists(at.folder / ("replaced-" + std::to_string(at.all.height.value())) / "ledger.log"));
  at.is_there();
}

TEST_CASE("a file of a former time takes nobody back") {
  late_node at;
  at.has_blocks(at.all.height.value() + 1);
  const auto before = at.visit().newest;
  REQUIRE(before > at.all.height);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  CHECK_FALSE(at.take());
  CHECK_FALSE(fs::exists(at.folder / "snapshot.ready"));
  CHECK(at.visit().newest == before);
  CHECK(names_in(at.folder.path())
        == names{"epochs.log", "ledger.log", "notary.journal", "state.sqlite"});
}

TEST_CASE(
  "a file of a former time does not take a newer ledger away, though one was replaced before") {
  late_node at;
  at.has_blocks(2);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  const auto aside = at.folder / ("replaced-" + std::to_string(at.all.height.value()));
  test::temporary_folder before;
  fs::copy_file(at.folder / "snapshot.ready", before / "snapshot.ready");
  REQUIRE(at.take());
  std::ofstream{aside / "mark"} << "of the first";
  // A backup brings it back, and the ledger cannot be read.
  fs::copy_file(before / "snapshot.ready", at.folder / "snapshot.ready");
  std::fstream{at.folder / "ledger.log", std::ios::in | std::ios::out | std::ios::binary}
    << "no ledger at all";
  const auto taken = at.take();
  REQUIRE(taken);
  CHECK(taken->replaced == aside);
  CHECK(names_in(aside) == names{"epochs.log", "ledger.log", "state.sqlite"}); // the damaged one
  auto first = aside;
  first += "-2";
  CHECK(fs::exists(first / "mark"));
  CHECK(names_in(first) == names{"epochs.log", "ledger.log", "mark", "state.sqlite"});
}

TEST_CASE("a disk without room delays it, and the ledger of before stays") {
  late_node at;
  at.has_blocks(2);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  // No file may grow: the state cannot be unpacked.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  const rlimit small{64, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto out = take_ready(at.folder.path(), at.of.network(), at.self());
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE(out);
  CHECK(out->height == height{});
  REQUIRE(out->delayed);
  CHECK(is_ready(at.folder.path()));
  CHECK(at.visit().newest == height{2});
  REQUIRE(at.take());
  at.is_there();
}

TEST_CASE("what lies where the state is unpacked goes, or delays it, and nothing else is touched") {
  late_node at;
  at.has_blocks(2);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  const auto making = at.folder / "snapshot.loading";
  const test::temporary_folder elsewhere;
  std::ofstream{elsewhere / "dear"} << "to somebody";
  SECTION("a file") {
    std::ofstream{making} << "x";
  }
  SECTION("a link to a folder") {
    fs::create_directory_symlink(elsewhere.path(), making);
  }
  SECTION("a folder in it, which nobody made") {
    fs::create_directories(making / "inner");
    const auto out = take_ready(at.folder.path(), at.of.network(), at.self());
    REQUIRE(out);
    REQUIRE(out->delayed);
    CHECK(out->delayed->detail.find("snapshot.loading/inner") != std::string::npos);
    CHECK(at.visit().newest == height{2});
    fs::remove(making / "inner");
  }
  REQUIRE(at.take());
  at.is_there();
  CHECK(fs::exists(elsewhere / "dear"));
  CHECK_FALSE(fs::exists(fs::symlink_status(making)));
}

TEST_CASE("a crash at any moment of the taking is made good by the next start") {
  late_node at;
  at.has_blocks(2);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  const auto aside = at.folder / ("replaced-" + std::to_string(at.all.height.value()));
  // What it was, and what it becomes.
  test::temporary_folder before;
  fs::copy(at.folder.path(), before.path(), fs::copy_options::recursive);
  REQUIRE(at.take());
  test::temporary_folder after;
  fs::copy(at.folder.path(), after.path(), fs::copy_options::recursive);
  const std::vector<std::string> files{"epochs.log", "ledger.log", "state.sqlite"};
  const auto original = [&](const std::string& name) {
    std::ifstream one{before / name, std::ios::binary};
    std::ifstream other{aside / name, std::ios::binary};
    return std::equal(std::istreambuf_iterator<char>{one}, {},
                      std::istreambuf_iterator<char>{other}, {});
  };
  // `away` of the old files were moved, then `there` of the new ones.
  for (std::size_t away = 0; away <= files.size(); ++away) {
    for (std::size_t there = 0; there <= (away == files.size() ? files.size() : 0); ++there) {
      for (const auto& name : names_in(at.folder.path())) {
        fs::remove_all(at.folder / name);
      }
      fs::copy(before.path(), at.folder.path(), fs::copy_options::recursive);
      fs::create_directory(at.folder / "snapshot.loading");
      for (std::size_t i = 0; i < files.size(); ++i) {
        fs::copy_file(after / files[i], at.folder / "snapshot.loading" / files[i]);
      }
      fs::create_directory(aside);
      fs::rename(at.folder / "snapshot.ready", at.folder / "snapshot.taking");
      for (std::size_t i = 0; i < away; ++i) {
        fs::rename(at.folder / files[i], aside / files[i]);
      }
      for (std::size_t i = 0; i < there; ++i) {
        fs::rename(at.folder / "snapshot.loading" / files[i], at.folder / files[i]);
      }
      INFO(away << " away, " << there << " there");
      REQUIRE(at.take());
      at.is_there();
      for (const auto& name : files) {
        CHECK(original(name));
      }
      CHECK_FALSE(is_ready(at.folder.path()));
      CHECK_FALSE(fs::exists(at.folder / "snapshot.loading"));
    }
  }
}

/// Also what but reads, or makes room.
class wholly_failing final : public test::failing_files {
public:
  int open(const fs::path& path, int flags, ::mode_t mode) override {
    return fails() ? -1 : file_operations::open(path, flags, mode);
  }
  ::ssize_t read_at(int fd, std::span<std::byte> into, ::off_t offset) override {
    return fails() ? -1 : file_operations::read_at(fd, into, offset);
  }
  int remove(const fs::path& path) override { return fails() ? -1 : file_operations::remove(path); }
  int remove_folder(const fs::path& path) override {
    return fails() ? -1 : file_operations::remove_folder(path);
  }
};

TEST_CASE(
  "whichever call of the disk fails, the next start has the ledger of before or the state") {
  late_node at;
  at.has_blocks(2);
  REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
  test::temporary_folder before;
  fs::copy(at.folder.path(), before.path(), fs::copy_options::recursive);
  wholly_failing disk;
  notary_storage on;
  on.files = &disk;
  int delayed = 0;
  int ended = 0;
  bool taken = false;
  for (int call = 1; !taken; ++call) {
    for (const auto& name : names_in(at.folder.path())) {
      fs::remove_all(at.folder / name);
    }
    fs::copy(before.path(), at.folder.path(), fs::copy_options::recursive);
    disk.fail_call(call, EIO);
    const auto out = take_ready(at.folder.path(), at.of.network(), at.self(), on);
    disk.work();
    INFO("call " << call);
    if (!out) { // in the midst of it
      CHECK(out.error().code == errc::io_failed);
      ++ended;
    } else if (out->delayed) {
      CHECK(out->delayed->code == errc::io_failed);
      CHECK(is_ready(at.folder.path()));
      CHECK(at.visit().newest == height{2});
      ++delayed;
    }
    taken = out && out->height > height{};
    CHECK_FALSE((at.take() && taken)); // once
    at.is_there();
    CHECK_FALSE(is_ready(at.folder.path()));
    CHECK_FALSE(fs::exists(at.folder / "snapshot.loading"));
  }
  CHECK(delayed > 5);
  CHECK(ended > 5);
}

TEST_CASE("a file that is no certified state is left out, and the folder is as it was") {
  late_node at;
  at.has_blocks(2);
  SECTION("it is damaged") {
    REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
    const auto path = at.folder / "snapshot.ready";
    const auto size = fs::file_size(path);
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << "damage";
  }
  SECTION("it is cut") {
    REQUIRE(make_ready(at.all, at.of.network(), at.folder.path()));
    fs::resize_file(at.folder / "snapshot.ready", fs::file_size(at.folder / "snapshot.ready") - 3);
  }
  SECTION("it is empty") {
    std::ofstream{at.folder / "snapshot.ready"}.flush();
  }
  SECTION("it is of another group") {
    auto all = at.all;
    all.above.finalization->signatures.front().raw[0] ^= std::byte{1};
    REQUIRE(make_ready(all, at.of.network(), at.folder.path())); // looks at the entries alone
  }
  CHECK_FALSE(at.take());
  CHECK_FALSE(fs::exists(at.folder / "snapshot.ready"));
  CHECK(at.visit().newest == height{2});
}

TEST_CASE("entries that are not the certified state make no file") {
  late_node at;
  at.all.entries.pop_back();
  const auto made = make_ready(at.all, at.of.network(), at.folder.path());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == errc::bad_proof);
  CHECK(names_in(at.folder.path()).empty());
}

TEST_CASE("what came so far is there for the next life, as far as it is whole") {
  const test::temporary_folder folder;
  const std::vector<snapshot_entry> some{{variable_id{1}, bytes(3), bytes(70'000)},
                                         {variable_id{2}, {}, {}}};
  const std::vector<snapshot_entry> more{{variable_id{3}, bytes(1), bytes(1)}};
  CHECK(snapshot_part{folder.path()}.read().empty());
  {
    snapshot_part part{folder.path()};
    part.add(some);
    part.add(more);
  }
  auto both = some;
  both.insert(both.end(), more.begin(), more.end());
  CHECK(snapshot_part{folder.path()}.read() == both);
  SECTION("it is added to") {
    snapshot_part part{folder.path()};
    part.add(more);
    both.push_back(more.front());
    CHECK(snapshot_part{folder.path()}.read() == both);
    part.remove();
    CHECK(names_in(folder.path()).empty());
  }
  SECTION("a kill tore its end") {
    fs::resize_file(folder / "snapshot.part", fs::file_size(folder / "snapshot.part") - 1);
    CHECK(snapshot_part{folder.path()}.read() == some);
    snapshot_part part{folder.path()};
    part.add(more);
    CHECK(snapshot_part{folder.path()}.read() == both);
  }
  SECTION("it is another file") {
    folder.write("snapshot.part", std::string(100, 'x'));
    CHECK(snapshot_part{folder.path()}.read().empty());
    CHECK(names_in(folder.path()).empty());
  }
  SECTION("it cannot be written") {
    fs::remove(folder / "snapshot.part");
    fs::create_directory(folder / "snapshot.part");
    snapshot_part part{folder.path()};
    part.add(some);
    part.add(more);
    CHECK(part.read().empty());
  }
}

} // namespace
} // namespace caucus::testing
