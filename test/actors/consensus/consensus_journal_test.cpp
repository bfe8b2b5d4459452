#include "actors/consensus/consensus_journal.hpp"

#include "actors/consensus/journal_codec.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/failing_files.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

// The journal's file: what a replica signed is never lost by writing it anew.

namespace caucus {
namespace {

using records = std::vector<voting::consensus_record>;

voting::consensus_record nullified(std::uint64_t in) {
  return voting::voted{{{vote_kind::nullify, epoch{}, view{in}, {}}, member_index{1}, {}}};
}

records votes(std::uint64_t first, std::uint64_t last) {
  records out;
  for (auto in = first; in <= last; ++in) {
    out.push_back(nullified(in));
  }
  return out;
}

std::vector<bytes> encoded(const records& what) {
  std::vector<bytes> out;
  for (const auto& one : what) {
    out.push_back(voting::encode_consensus_record(one));
  }
  return out;
}

struct place {
  test::temporary_folder folder{};
  test::failing_files files{};

  [[nodiscard]] consensus_journal open(bool failing = true) {
    auto out = consensus_journal::open(folder / "journal", failing ? &files : nullptr);
    REQUIRE(out);
    return std::move(*out);
  }
  [[nodiscard]] std::vector<bytes> on_disk() { return encoded(open(false).take_records()); }
};

const records live{voting::ceiling{view{7}}, nullified(8), nullified(9)};

TEST_CASE(
  "a compaction of the journal that stops at any step leaves the old records or the live ones") {
  for (const int number : {ENOSPC, EIO}) {
    for (int nth = 1; nth <= 6; ++nth) {
      INFO("call " << nth << ", errno " << number);
      place at;
      bool done = false;
      {
        auto journal = at.open();
        REQUIRE(journal.write(votes(1, 9)));
        at.files.fail_call(nth, number);
        done = journal.repair(live).has_value();
        CHECK(journal.broken() != done);
      }
      const auto left = at.on_disk();
      CHECK((left == encoded(live) || (!done && left == encoded(votes(1, 9)))));
    }
  }
}

TEST_CASE(
  "after a compaction that failed, the next one that succeeds makes the journal work again") {
  for (int nth = 1; nth <= 6; ++nth) {
    INFO("call " << nth);
    place at;
    {
      auto journal = at.open();
      REQUIRE(journal.write(votes(1, 9)));
      at.files.fail_call(nth, EIO);
      static_cast<void>(journal.repair(live));
      at.files.work();
      REQUIRE(journal.repair(live));
      REQUIRE(journal.write({nullified(10)}));
    }
    auto wanted = live;
    wanted.push_back(nullified(10));
    CHECK(at.on_disk() == encoded(wanted));
  }
}

TEST_CASE("a write that failed at any call, or went short, is made good by a repair") {
  for (int nth = 1; nth <= 4; ++nth) {
    for (const bool is_short : {false, true}) {
      INFO("call " << nth << ", short " << is_short);
      place at;
      {
        auto journal = at.open();
        REQUIRE(journal.write(votes(1, 7)));
        if (is_short) {
          at.files.short_write(static_cast<std::size_t>(nth) * 17);
        } else {
          at.files.fail_call(nth, ENOSPC);
        }
        const bool written = journal.write(votes(8, 9)).has_value();
        CHECK(journal.broken() != written);
        at.files.work();
        REQUIRE(journal.repair(live));
        CHECK_FALSE(journal.broken());
      }
      CHECK(at.on_disk() == encoded(live));
    }
  }
}

TEST_CASE("records that bind nobody are on disk before long, so that the journal is compacted for "
          "them too") {
  place at;
  auto journal = at.open(false);
  certificate seen{{vote_kind::finalize, epoch{}, view{1}, {}}, ~std::uint64_t{0}, {}};
  seen.signatures.resize(64); // of the largest group
  std::size_t written = 0;
  while (!journal.overgrown() && written < 4'000) {
    REQUIRE(journal.write({voting::seen_certificate{seen}}));
    ++written;
  }
  CHECK(written < 4'000); // of 4 KiB each: above 8 MiB
  REQUIRE(journal.repair(live));
  CHECK_FALSE(journal.overgrown());
}

TEST_CASE("a journal that was taken away while the disk was full is written anew") {
  place at;
  auto journal = at.open();
  REQUIRE(journal.write(votes(1, 3)));
  at.files.fail_call(1, ENOSPC);
  REQUIRE_FALSE(journal.write(votes(4, 4)));
  at.files.work();
  std::filesystem::remove(at.folder / "journal");
  REQUIRE(journal.repair(live));
  REQUIRE(journal.write(votes(10, 10)));
  auto wanted = encoded(live);
  wanted.push_back(voting::encode_consensus_record(nullified(10)));
  {
    const auto moved = std::move(journal); // its lock goes
  }
  CHECK(at.on_disk() == wanted);
}

} // namespace
} // namespace caucus
