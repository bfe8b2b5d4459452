#include "actors/notary/snapshot_file.hpp"

#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/merkle.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/record_codec.hpp"
#include "actors/notary/state_tree.hpp"
#include "runtime/append_log.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/membership/group_mutations.hpp"
#include "test/actors/notary/saved_group.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// A state in a file: what is saved loads, and nothing else does.

namespace caucus::testing {
namespace {

namespace fs = std::filesystem;

log_options options() {
  log_options out;
  out.magic = "caucusS\n";
  out.record_size_max = final_record_size_max + 1;
  return out;
}

std::vector<bytes> records_of(const fs::path& file) {
  std::vector<bytes> out;
  auto how = options();
  how.look_only = true;
  REQUIRE(append_log::open(file, how, [&](log_position, bytes_view one) {
    out.emplace_back(one.begin(), one.end());
    return result<void>{};
  }));
  return out;
}

void write_records(const fs::path& file, const std::vector<bytes>& records) {
  fs::remove(file);
  auto log = append_log::open(file, options());
  REQUIRE(log);
  for (const auto& one : records) {
    REQUIRE(log->append(one));
  }
}

/// What a start would take from the folder.
struct taken {
  std::vector<closing> closings;
  shared_final block;
  std::vector<state_entry> entries;
  std::size_t replayed = 0;
  std::size_t records = 0;

  explicit taken(const fs::path& folder) {
    notary_files::visitor visit;
    visit.closing = [this](const closing& one) {
      closings.push_back(one);
      return result<void>{};
    };
    visit.state = [this](const shared_final& at, const std::vector<state_entry>& all) {
      block = at;
      entries = all;
      return result<void>{};
    };
    visit.block = [this](const shared_final&) {
      ++replayed;
      return result<void>{};
    };
    visit.record = [this](const notary_record&) { ++records; };
    const auto files = notary_files::open(folder, durability::memory, visit);
    if (!files) {
      FAIL(to_string(files.error()));
    }
    CHECK(files->oldest() == block->block->header.height);
    CHECK(files->newest() == files->oldest());
  }
};

} // namespace

TEST_CASE("a state that is saved loads into an empty folder, and a node starts from it") {
  const bool changed = GENERATE(false, true);
  saved_group at{changed ? saved_group::of::second_epoch : saved_group::of::one_epoch};
  const auto saved = at.save();
  if (!saved) {
    FAIL(to_string(saved.error()));
  }
  const auto& kept = at.g.at(0).kept;
  CHECK(saved->height == kept.state_at);
  CHECK(saved->entries == kept.state.size());
  CHECK(saved->size == fs::file_size(at.file));
  CHECK(saved->epoch == epoch{changed ? 1U : 0U});
  CHECK(names_in(at.other.path()) == std::set<std::string>{"one.snapshot"});

  test::temporary_folder fresh;
  const auto loaded = load_snapshot(at.file, at.network(), fresh.path());
  if (!loaded) {
    FAIL(to_string(loaded.error()));
  }
  CHECK(loaded->state_root == saved->state_root);
  CHECK(names_in(fresh.path())
        == std::set<std::string>{"epochs.log", "ledger.log", "notary.journal", "state.sqlite"});
  const taken there{fresh.path()};
  CHECK(there.closings == kept.closings);
  CHECK(there.entries.size() == kept.state.size());
  CHECK(there.records == 0);
  REQUIRE(there.block);
  CHECK(there.block->state_root == saved->state_root);
  CHECK_FALSE(there.block->finalization); // nobody showed that one is

  // A member that lost all goes on from there.
  auto& core = at.g.at(1);
  core.kept = {};
  core.kept.closings = there.closings;
  core.core = std::make_unique<notary>(notary_setup{
    at.g.from(), at.g.network(), compile_rules(at.g.from(), {}).value(), core.key->id(),
    [key = core.key](bytes_view what) { return sign(*key, what); }, core.config});
  for (const auto& one : there.closings) {
    REQUIRE(core.core->restore_closing(one));
  }
  REQUIRE(core.core->restore_state(there.block, there.entries));
  core.core->restore_oldest(there.block->block->header.height);
  REQUIRE(core.core->judge());
  CHECK(core.core->state_root() == saved->state_root);
}

TEST_CASE("whatever is altered in the file, nothing loads that the group did not certify") {
  const saved_group at{saved_group::of::second_epoch};
  const auto saved = at.save();
  REQUIRE(saved);
  auto all = records_of(at.file);
  const auto altered = at.other / "altered.snapshot";
  const auto load = [&](const std::vector<bytes>& records) {
    write_records(altered, records);
    test::temporary_folder fresh;
    auto out = load_snapshot(altered, at.network(), fresh.path());
    CHECK(names_in(fresh.path()).empty() != out.has_value());
    return out;
  };
  SECTION("a bit") {
    std::size_t taken_as_good = 0;
    for (std::size_t which = 0; which < all.size(); ++which) {
      const auto step = std::max<std::size_t>(all[which].size() / 200, 1);
      for (std::size_t byte = 0; byte < all[which].size(); byte += step) {
        auto records = all;
        records[which][byte] ^= std::byte{4};
        const auto got = load(records);
        taken_as_good += got ? 1 : 0;
        if (got) {
          INFO(which << " " << byte);
          CHECK(got->state_root == saved->state_root);
          CHECK(got->height == saved->height);
          CHECK(std::to_integer<int>(all[which].front()) == 3); // in the block's record ...
        }
      }
    }
    // ... its own certificate, which is left out, or how many mutations there were so far.
    CHECK(taken_as_good < 200);
  }
  SECTION("cut") {
    for (std::size_t size = 0; size < all.size(); ++size) {
      const auto cut = load({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)});
      REQUIRE_FALSE(cut);
      CHECK(cut.error().code == errc::file_malformed);
    }
    CHECK(load(all));
  }
  SECTION("a record twice, or in another's place") {
    for (std::size_t which = 0; which < all.size(); ++which) {
      auto twice = all;
      twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(which), all[which]);
      CHECK_FALSE(load(twice));
      auto swapped = all;
      std::swap(swapped[which], swapped[(which + 1) % all.size()]);
      CHECK_FALSE(load(swapped));
      auto without = all;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(which));
      CHECK_FALSE(load(without));
    }
  }
  SECTION("what became of the block's mutations") {
    for (auto& one : all) {
      if (std::to_integer<int>(one.front()) != 3) {
        continue;
      }
      const auto true_block = *decode_final(bytes_view{one}.subspan(1)).value();
      const auto with = [&](const std::function<void(final_block&)>& change) {
        auto block = true_block;
        change(block);
        auto records = all;
        auto& record = records[static_cast<std::size_t>(&one - all.data())];
        record = encode_final(block);
        record.insert(record.begin(), std::byte{3});
        return load(records);
      };
      REQUIRE(true_block.mutation_count > 0);
      REQUIRE(with([](final_block&) {}));
      const auto last = true_block.mutation_count - 1;
      CHECK_FALSE(with([](final_block& of) { of.refused = {{0, errc{}, {}}}; }));
      CHECK_FALSE(with([](final_block& of) { of.refused = {{0, errc::out_of_bounds, "no"}}; }));
      CHECK_FALSE(with([last](final_block& of) {
        of.refused = {{last + 100, errc::out_of_bounds, "no"}, {0, errc::out_of_bounds, "no"}};
      }));
      CHECK_FALSE(with([](final_block& of) { of.skipped.front() = 1; }));
      CHECK_FALSE(with([](final_block& of) { of.mutation_count += 1; }));
    }
  }
  SECTION("certified by too few") {
    auto records = all;
    for (auto& one : records) {
      if (std::to_integer<int>(one.front()) == 4) {
        auto page = decode<chain_page>(bytes_view{one}.subspan(1)).value();
        page.finalization->signers = 0b0011;
        page.finalization->signatures.resize(2);
        one = encode(page);
        one.insert(one.begin(), std::byte{4});
      }
    }
    const auto few = load(records);
    REQUIRE_FALSE(few);
    CHECK(few.error().code == errc::bad_certificate);
  }
}

TEST_CASE("a snapshot of another network is refused, and what is no snapshot") {
  const saved_group at;
  REQUIRE(at.save());
  test::temporary_folder fresh;
  auto network = at.network();
  network.network.raw[0] ^= std::byte{1};
  const auto other = load_snapshot(at.file, network, fresh.path());
  REQUIRE_FALSE(other);
  CHECK(other.error().code == errc::wrong_network);
  const auto text =
    load_snapshot(at.other.write("text", std::string(100, 'x')), at.network(), fresh.path());
  REQUIRE_FALSE(text);
  CHECK(text.error().code == errc::file_malformed);
  CHECK_FALSE(load_snapshot(at.other / "none", at.network(), fresh.path()));
  CHECK(names_in(fresh.path()).empty());
}

TEST_CASE("a folder with a ledger or a state is not loaded into, and journals stay as they are") {
  const saved_group at;
  REQUIRE(at.save());
  for (const char* const name :
       {"ledger.log", "ledger.65.log", "state.sqlite", "state.sqlite-wal", "epochs.log"}) {
    INFO(name);
    test::temporary_folder fresh;
    fresh.write(name, "x");
    const auto loaded = load_snapshot(at.file, at.network(), fresh.path());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == errc::file_exists);
    CHECK(names_in(fresh.path()) == std::set<std::string>{name});
  }
  test::temporary_folder fresh;
  {
    auto journal = append_log::open(fresh / "notary.journal", notary_journal_options());
    REQUIRE(journal);
    REQUIRE(journal->append(encode_notary_record(ceiling_record{batch_number{77}})));
  }
  fs::create_directory(fresh / "snapshot.loading"); // of a try that was killed
  fresh.write("snapshot.loading/ledger.log", "half");
  REQUIRE(load_snapshot(at.file, at.network(), fresh.path()));
  CHECK(taken{fresh.path()}.records == 1);
  CHECK_FALSE(fs::exists(fresh / "snapshot.loading"));
}

TEST_CASE("whoever has enough leaves nothing behind") {
  const saved_group at;
  const auto enough = [](std::uint64_t, std::uint64_t) { return false; };
  const auto unsaved = save_snapshot(at.folder.path(), at.network(), at.file, enough);
  REQUIRE_FALSE(unsaved);
  CHECK(unsaved.error().code == errc::cancelled);
  CHECK(names_in(at.other.path()).empty());
  REQUIRE(at.save());
  test::temporary_folder fresh;
  const auto unloaded = load_snapshot(at.file, at.network(), fresh.path(), enough);
  REQUIRE_FALSE(unloaded);
  CHECK(unloaded.error().code == errc::cancelled);
  CHECK(names_in(fresh.path()).empty());
}

TEST_CASE("what is not certified is not saved, nor what is not there, nor over another file") {
  saved_group at;
  at.other.write("one.snapshot", "mine");
  const auto over = at.save();
  REQUIRE_FALSE(over);
  CHECK(over.error().code == errc::file_exists);
  fs::remove(at.file);
  test::temporary_folder empty;
  const auto nothing = save_snapshot(empty.path(), at.network(), at.file);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code == errc::not_yet);
  SQLite::Database{(at.folder / "state.sqlite").string(), SQLite::OPEN_READWRITE}.exec(
    "UPDATE entry SET value = x'00' WHERE path IN (SELECT path FROM entry LIMIT 1)");
  const auto forged = at.save();
  REQUIRE_FALSE(forged);
  CHECK(forged.error().code == errc::bad_proof);
  CHECK(names_in(at.other.path()).empty());
}

TEST_CASE("a state that no block above certifies yet is not saved") {
  saved_group at;
  const auto state_at = at.g.at(0).kept.state_at.value();
  at.g.at(0).kept.ledger.resize(state_at);
  test::temporary_folder short_one;
  for (const auto& one : names_in(at.folder.path())) {
    fs::remove(at.folder / one);
  }
  at.write();
  const auto early = at.save();
  REQUIRE_FALSE(early);
  CHECK(early.error().code == errc::not_yet);
  CHECK(early.error().detail.find("certifies it yet") != std::string::npos);
}

namespace {

/// A snapshot in its parts, signed anew by the group's own keys: what is wrong with it then is one
/// thing, and no signature.
struct forgery {
  saved_group& of;
  std::uint64_t height = 0;
  std::vector<closing> closings{};
  final_block block{};
  chain_page above{};
  std::vector<state_entry> entries{};

  explicit forgery(saved_group& from) : of{from} {
    fs::remove(of.file);
    const auto saved = of.save();
    REQUIRE(saved);
    height = saved->height.value();
    for (const auto& one : records_of(of.file)) {
      const auto body = bytes_view{one}.subspan(1);
      switch (std::to_integer<int>(one.front())) {
        case 2: closings.push_back(decode<closing>(body).value()); break;
        case 3: block = *decode_final(body).value(); break;
        case 4: above = decode<chain_page>(body).value(); break;
        default: break;
      }
    }
    for (const auto& [path, entry] : of.g.at(0).kept.state) {
      entries.push_back(entry);
    }
  }
  forgery(const forgery&) = default;

  [[nodiscard]] block_header& child() { return above.blocks.front().header; }
  /// The certified roots are what the parts lead to.
  void fit_roots(std::size_t more_variables = 0) {
    state_tree tree{of.g.from().variables.size() + 1 + more_variables};
    for (const auto& one : entries) {
      tree.put(one.path, one.key, *one.value);
    }
    auto leaves = receipt_digests(block, 0, block.mutation_count);
    block.state_root = child().state_root = tree.root();
    block.receipts_root = child().receipts_root = merkle_root(leaves);
  }
  void fit_parent() {
    auto changed = *block.block;
    block.block = std::make_shared<const caucus::block>(changed);
    block.id = digest_of(changed.header);
    child().parent = block.id;
  }
  void sign() { above.finalization = of.g.finalization_of(above.blocks.back().header); }

  [[nodiscard]] std::vector<bytes> records() const {
    std::vector<bytes> out;
    const auto add = [&out](int kind, bytes body) {
      body.insert(body.begin(), static_cast<std::byte>(kind));
      out.push_back(std::move(body));
    };
    bytes head{of.g.network().raw.begin(), of.g.network().raw.end()};
    append_little_endian(head, height);
    append_little_endian(head, std::uint64_t{entries.size()});
    add(1, head);
    for (const auto& one : closings) {
      add(2, encode(one));
    }
    add(3, encode_final(block));
    add(4, encode(above));
    bytes all;
    for (const auto& one : entries) {
      append_little_endian(
        all, static_cast<std::uint16_t>(std::to_integer<unsigned>(one.path.raw[0]) << 8U
                                        | std::to_integer<unsigned>(one.path.raw[1])));
      for (const auto& text : {one.key, *one.value}) {
        append_little_endian(all, static_cast<std::uint32_t>(text.size()));
        all.insert(all.end(), text.begin(), text.end());
      }
    }
    add(5, all);
    add(6, {});
    return out;
  }
  [[nodiscard]] result<snapshot_facts> load(std::size_t closings_there = ~std::size_t{0}) const {
    const auto file = of.other / "forged.snapshot";
    write_records(file, records());
    test::temporary_folder fresh;
    auto out = load_snapshot(file, of.network(), fresh.path());
    if (out && closings_there != ~std::size_t{0}) {
      CHECK(taken{fresh.path()}.closings.size() == closings_there);
    }
    return out;
  }
  /// With this changed, and signed.
  [[nodiscard]] bool loads_with(const std::function<void(forgery&)>& change) const {
    auto changed = *this;
    change(changed);
    changed.sign();
    return changed.load().has_value();
  }
};

} // namespace

TEST_CASE("whoever signs it, a snapshot's block says what became of its mutations and no more") {
  saved_group at;
  const forgery good{at};
  REQUIRE(good.block.batches.size() == 2);
  REQUIRE(good.block.refused.size() == 2);
  const auto count = good.block.mutation_count;
  CHECK(good.loads_with([](forgery&) {}));
  CHECK_FALSE(good.loads_with([&](forgery& f) {
    f.block.refused.push_back({count, errc::out_of_bounds, "no"}); // of no mutation
  }));
  CHECK_FALSE(good.loads_with([](forgery& f) {
    f.block.refused.insert(f.block.refused.begin(),
                           refusal{0, errc{}, {}}); // as if it were applied
  }));
  CHECK_FALSE(good.loads_with([](forgery& f) {
    std::swap(f.block.refused.front(), f.block.refused.back());
    f.fit_roots();
  }));
  CHECK_FALSE(good.loads_with([](forgery& f) {
    f.block.refused.push_back(f.block.refused.back());
    f.fit_roots();
  }));
  const auto skip = [](std::uint8_t first, std::uint8_t second) {
    return [first, second](forgery& f) {
      f.block.skipped = {first, second};
      f.block.refused.clear();
      f.block.mutation_count = 0;
      for (std::size_t i = 0; i < 2; ++i) {
        f.block.mutation_count +=
          f.block.skipped[i] == 0 ? f.block.batches[i]->header.mutation_count : 0;
      }
      f.fit_roots();
    };
  };
  CHECK_FALSE(good.loads_with(skip(1, 0)));
  CHECK_FALSE(good.loads_with(skip(0, 1)));
  CHECK(good.loads_with(skip(0, 0)));
  CHECK(good.loads_with(skip(1, 1)));
  CHECK_FALSE(good.loads_with([](forgery& f) {
    ++f.block.mutation_count;
    f.fit_roots();
  }));
}

TEST_CASE("whoever signs it, a snapshot's block and the headers above follow one another") {
  saved_group at;
  const forgery good{at};
  const auto with_block = [](const std::function<void(block&)>& change) {
    return [change](forgery& f) {
      auto changed = *f.block.block;
      change(changed);
      f.block.block = std::make_shared<const block>(changed);
      f.fit_parent();
    };
  };
  CHECK(good.loads_with(with_block([](block& b) { b.header.time += wall_ms{1}; })));
  CHECK_FALSE(good.loads_with(with_block([](block& b) { b.header.group = group_id{99}; })));
  CHECK_FALSE(good.loads_with(with_block([](block& b) { b.header.payload = {}; })));
  CHECK_FALSE(good.loads_with([](forgery& f) {
    ++f.height;
    f.child().height = f.child().height.next();
  }));
  CHECK_FALSE(good.loads_with([](forgery& f) { f.child().parent = {}; }));
  CHECK_FALSE(good.loads_with([](forgery& f) { f.child().height = f.child().height.next(); }));
  CHECK_FALSE(good.loads_with([](forgery& f) { f.child().group = group_id{99}; }));
  CHECK_FALSE(good.loads_with([](forgery& f) { f.child().state_root = {}; }));
  CHECK_FALSE(good.loads_with([](forgery& f) { f.child().receipts_root = {}; }));
  auto none = good;
  none.above.finalization.reset();
  CHECK_FALSE(none.load());
  auto empty = good;
  empty.above.blocks.clear();
  CHECK_FALSE(empty.load());
}

TEST_CASE(
  "a quorum of an epoch that is over signs no block behind its end, nor one before its begin") {
  saved_group at{saved_group::of::second_epoch};
  const forgery good{at};
  REQUIRE(good.closings.size() == 1);
  const auto end = good.closings.front().last.height;
  REQUIRE(height{good.height} > end);
  CHECK(good.loads_with([](forgery&) {}));
  // Block and child are said to be of this epoch and height, by those who voted in it.
  const auto moved = [](epoch in, caucus::height to) {
    return [in, to](forgery& f) {
      auto changed = *f.block.block;
      changed.header.epoch = in;
      changed.header.height = to;
      f.block.block = std::make_shared<const block>(changed);
      f.height = to.value();
      f.above.blocks.resize(1);
      f.child().epoch = in;
      f.child().height = to.next();
      f.fit_parent();
      std::erase_if(f.entries, [](const state_entry& one) {
        return one.path == path_of_group(members_key); // as if the group had not changed
      });
      f.fit_roots();
    };
  };
  CHECK(good.loads_with(moved(first_epoch, height{end.value() - 1})));
  CHECK_FALSE(good.loads_with(moved(first_epoch, end)));
  CHECK_FALSE(good.loads_with(moved(first_epoch, height{1'000'000'000})));
  CHECK(good.loads_with(moved(epoch{1}, end.next())));
  CHECK_FALSE(good.loads_with(moved(epoch{1}, end)));
  CHECK_FALSE(good.loads_with(moved(epoch{1}, height{end.value() - 1})));
}

TEST_CASE(
  "whoever signs it, a snapshot's state has entries of its variables, each once, in order") {
  saved_group at;
  const forgery good{at};
  REQUIRE(good.entries.size() > 1);
  CHECK(good.loads_with([](forgery& f) { f.fit_roots(); }));
  CHECK_FALSE(good.loads_with([](forgery& f) { std::swap(f.entries.front(), f.entries.back()); }));
  CHECK_FALSE(good.loads_with([](forgery& f) { f.entries.push_back(f.entries.back()); }));
  CHECK_FALSE(good.loads_with([&at](forgery& f) {
    const variable_id none{static_cast<std::uint16_t>(at.g.from().variables.size() + 1)};
    f.entries.push_back({path_of(none, {}), {}, bytes{std::byte{1}}});
    f.fit_roots(1);
  }));
  // A key that is not its path's, in a folder: the root does not depend on it.
  SQLite::Database{(at.folder / "state.sqlite").string(), SQLite::OPEN_READWRITE}.exec(
    "UPDATE entry SET key = x'0102' WHERE path IN (SELECT path FROM entry LIMIT 1)");
  fs::remove(at.file);
  CHECK_FALSE(at.save());
}

TEST_CASE("a snapshot of a block that changes the members, and of the last one of its epoch") {
  saved_group at{saved_group::of::changing_block};
  const forgery changing{at};
  const auto& kept = at.g.at(0).kept;
  REQUIRE(kept.closings.size() == 1);
  CHECK(changing.closings.empty());
  CHECK(changing.load(0));
  auto extra = changing;
  extra.closings = kept.closings; // true, and of no use there
  CHECK(extra.load(0));

  // Of its child, which is the last one of the epoch: the state is the same.
  auto last = changing;
  ++last.height;
  last.block = *kept.ledger.at(last.height - 1);
  last.closings = kept.closings;
  last.above.blocks = {{kept.ledger.at(last.height)->block->header, {}}};
  REQUIRE(last.block.block->header.epoch != last.child().epoch);
  CHECK(last.loads_with([](forgery&) {}));
  last.sign();
  CHECK(last.load(1));
  CHECK_FALSE(last.loads_with([](forgery& f) { f.closings.clear(); }));
  CHECK_FALSE(last.loads_with([](forgery& f) { // another than the one that ended it
    auto other = *f.block.block;
    other.header.time += wall_ms{1};
    f.block.block = std::make_shared<const block>(other);
    f.fit_parent();
  }));
  CHECK_FALSE(last.loads_with([](forgery& f) { // whose epoch no one knows
    auto second = f.child();
    f.child().epoch = epoch{7};
    second.parent = digest_of(f.child());
    second.height = second.height.next();
    f.above.blocks.push_back({second, {}});
  }));
  CHECK_FALSE(
    last.loads_with([](forgery& f) { // a block behind it in its epoch, which ended nothing
      f.child().epoch = f.block.block->header.epoch;
    }));
  CHECK_FALSE(last.loads_with([](forgery& f) {
    f.child().epoch = f.block.block->header.epoch;
    f.closings.clear();
  }));
}

TEST_CASE("a snapshot of a block that changes nothing is one, in a later epoch too") {
  saved_group at{GENERATE(saved_group::of::one_epoch, saved_group::of::second_epoch)};
  const forgery good{at};
  CHECK(good.loads_with([](forgery& f) {
    f.block.batches.clear();
    f.block.skipped.clear();
    f.block.refused.clear();
    f.block.mutation_count = 0;
    f.fit_roots();
    auto bare = *f.block.block;
    bare.batches.clear();
    bare.header.payload = payload_digest({});
    bare.header.state_root = f.block.state_root;
    f.block.block = std::make_shared<const block>(bare);
    f.fit_parent();
  }));
}

} // namespace caucus::testing
