#include "runtime/retry_log.hpp"

#include "test/catch.hpp"
#include "test/runtime/store/failing_files.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <cerrno>
#include <string>
#include <vector>

using namespace caucus;

// What a disk may do to a log that must lose nothing and write nothing twice.

namespace {

using texts = std::vector<std::string>;

bytes raw(const std::string& text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

struct place {
  test::temporary_folder folder{};
  test::failing_files files{};
  texts told{}; ///< records whose writing was told, in order

  [[nodiscard]] log_options options(bool failing = true) {
    log_options out;
    out.magic = "testlog\n";
    out.files = failing ? &files : nullptr;
    return out;
  }
  [[nodiscard]] retry_log open() {
    auto log = retry_log::open(folder / "log", options(), {});
    REQUIRE(log);
    return std::move(*log);
  }
  void add(retry_log& log, const std::string& what) {
    log.add(raw(what), [this, what](log_position) { told.push_back(what); });
  }
  /// What a new life finds.
  [[nodiscard]] texts on_disk() {
    texts out;
    const auto log =
      retry_log::open(folder / "log", options(false), [&out](log_position, bytes_view body) {
        out.emplace_back(reinterpret_cast<const char*>(body.data()), body.size());
        return result<void>{};
      });
    REQUIRE(log);
    return out;
  }
};

const texts all{"one", std::string(500, '2'), "three", std::string(70, '4'), "five"};

} // namespace

TEST_CASE("whichever call fails, and how, later flushes write each record once and in order") {
  for (const int number : {ENOSPC, EIO}) {
    for (int nth = 1; nth <= 12; ++nth) {
      INFO("call " << nth << ", errno " << number);
      place at;
      {
        auto log = at.open();
        at.add(log, all[0]);
        REQUIRE(log.flush());
        at.files.fail_call(nth, number);
        for (std::size_t i = 1; i < all.size(); ++i) {
          at.add(log, all[i]);
          static_cast<void>(log.flush());
          CHECK(at.told == texts(all.begin(), all.begin() + static_cast<long>(at.told.size())));
        }
        at.files.work();
        REQUIRE(log.flush());
        CHECK(log.clean());
        CHECK(at.told == all);
      }
      CHECK(at.on_disk() == all);
    }
  }
}

TEST_CASE("wherever a short write ends, nothing is lost or doubled, and what was told is there") {
  for (std::size_t room = 0; room < 682; room += 13) {
    INFO("room " << room);
    place at;
    texts promised;
    {
      auto log = at.open();
      at.files.short_write(room);
      for (const auto& one : all) {
        at.add(log, one);
      }
      CHECK_FALSE(log.flush());
      CHECK_FALSE(log.flush()); // still full
      promised = at.told;
      CHECK(promised.empty()); // one sync for all
      at.files.work();
      REQUIRE(log.flush());
      CHECK(at.told == all);
    }
    CHECK(at.on_disk() == all);
  }
}

TEST_CASE(
  "a process that dies on a full disk leaves a beginning of what it added, and all it told") {
  for (std::size_t room = 0; room < 700; room += 13) {
    INFO("room " << room);
    place at;
    {
      auto log = at.open();
      at.add(log, "told");
      REQUIRE(log.flush());
      at.files.short_write(room);
      for (const auto& one : all) {
        at.add(log, one);
      }
      static_cast<void>(log.flush());
    }
    auto left = at.on_disk();
    REQUIRE(!left.empty());
    CHECK(left.front() == "told");
    left.erase(left.begin());
    REQUIRE(left.size() <= all.size());
    CHECK(left == texts(all.begin(), all.begin() + static_cast<long>(left.size())));
  }
}

TEST_CASE(
  "a compaction that stops at any step leaves the old records or the new, and work goes on") {
  const texts fresh{"a", "b"};
  std::vector<bytes> encoded;
  for (const auto& one : fresh) {
    encoded.push_back(raw(one));
  }
  for (const int number : {ENOSPC, EIO}) {
    for (const bool dies : {true, false}) {
      for (int nth = 1; nth <= 6; ++nth) {
        INFO("call " << nth << ", errno " << number << ", dies " << dies);
        place at;
        bool done = false;
        {
          auto log = at.open();
          for (const auto& one : all) {
            at.add(log, one);
          }
          REQUIRE(log.flush());
          at.files.fail_call(nth, number);
          done = log.replace_all(encoded).has_value();
          at.files.work();
          if (!dies) {
            at.add(log, "behind");
            REQUIRE(log.flush());
          }
        }
        auto left = at.on_disk();
        if (!dies) {
          REQUIRE(!left.empty());
          CHECK(left.back() == "behind");
          left.pop_back();
        }
        CHECK((left == fresh || (!done && left == all)));
      }
    }
  }
}

TEST_CASE("what waits for room when the log is written anew is written behind the new records") {
  place at;
  {
    auto log = at.open();
    at.add(log, "old");
    REQUIRE(log.flush());
    at.files.short_write(40);
    at.add(log, "first");
    at.add(log, "second");
    CHECK_FALSE(log.flush());
    at.files.work();
    REQUIRE(log.replace_all({raw("new")}));
    REQUIRE(log.flush());
  }
  CHECK(at.on_disk() == texts{"new", "first", "second"});
}
