#include "runtime/log.hpp"

#include "runtime/log_causes.hpp"
#include "test/catch.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// The log in a file of its own; as at the start afterwards.
class logged {
public:
  explicit logged(std::string_view levels) {
    REQUIRE(set_log_levels(levels));
    REQUIRE(set_log_file(path().string()));
  }
  logged(const logged&) = delete;
  logged& operator=(const logged&) = delete;
  ~logged() {
    static_cast<void>(set_log_file(""));
    static_cast<void>(set_log_levels(""));
    std::filesystem::remove(path());
    std::filesystem::remove(path().string() + ".1");
  }
  static std::filesystem::path path() {
    return std::filesystem::temp_directory_path()
           / ("caucus-log-test." + std::to_string(::getpid()));
  }
  static std::string text(const std::filesystem::path& of = path()) {
    std::ifstream in{of};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST_CASE("a subsystem's own level counts, and the unnamed one for all others") {
  const logged file{"info,peer_net=debug,rpc=off"};
  log("peer_net", log_level::debug, "one");
  log("notary", log_level::debug, "two");
  log("notary", log_level::info, "three");
  log("rpc", log_level::error, "four");
  const auto text = logged::text();
  CHECK(has(text, "peer_net: one"));
  CHECK_FALSE(has(text, "two"));
  CHECK(has(text, "notary: three"));
  CHECK_FALSE(has(text, "four"));
  CHECK(log_enabled("peer_net", log_level::debug));
  CHECK_FALSE(log_enabled("notary", log_level::debug));
}

TEST_CASE("levels change while the log is in use, and without a word it is warn") {
  const logged file{""};
  CHECK_FALSE(log_enabled("notary", log_level::info));
  CHECK(log_enabled("notary", log_level::warn));
  REQUIRE(set_log_levels("debug"));
  CHECK(log_enabled("notary", log_level::debug));
}

TEST_CASE(
  "a level that does not exist is an error that says which there are, and changes nothing") {
  const logged file{"info"};
  for (const auto* const wrong :
       {"loud", "info,peer_net=loud", "=info", "peer_net=", "info,,warn"}) {
    const auto set = set_log_levels(wrong);
    REQUIRE_FALSE(set);
    CHECK(set.error().code == errc::value_out_of_range);
    CHECK(has(set.error().detail, "debug, info, warn, error, off"));
  }
  CHECK(log_enabled("notary", log_level::info));
}

TEST_CASE("a subsystem that there is not is an error that names the near one, or all") {
  const logged file{"info"};
  const std::vector<std::string> there{"notary", "peer_net"};
  const auto told = [&there](std::string_view text) {
    const auto set = set_log_levels(text, there);
    return set ? std::string{} : set.error().detail;
  };
  CHECK(told("info,notry=debug")
        == "given \"notry=debug\"; there is no such subsystem; did you mean notary?");
  CHECK(told("foo=debug")
        == "given \"foo=debug\"; there is no such subsystem; allowed: notary, peer_net");
  CHECK(told("=debug").starts_with("given \"=debug\"; allowed: LEVEL or"));
  CHECK(told(std::string(100, 'x')).starts_with("given \"" + std::string(60, 'x') + "...\"; "));
  CHECK_FALSE(log_enabled("notary", log_level::debug));
  CHECK(told("info,notary=debug").empty());
  CHECK(log_enabled("notary", log_level::debug));
}

TEST_CASE("what a peer sent cannot begin a line of its own") {
  const logged file{"info"};
  log("peer_net", log_level::info, "agent \"a\nfake: line\x1b[2J\"");
  const auto text = logged::text();
  CHECK(has(text, "a\\x0afake: line\\x1b[2J"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("one cause is said once in its interval, others at once") {
  const logged file{"info"};
  for (int i = 0; i < 5; ++i) {
    log_once_per("test/one cause", 1h, "peer_net", log_level::info, "refused one");
    log_once_per("test/another", 1h, "peer_net", log_level::info, "refused another");
  }
  const auto text = logged::text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("a cause that comes back after its interval says how much was held back") {
  log_causes causes;
  const log_causes::time start{};
  CHECK(causes.may_say("a", 10s, start + 1s) == 0U);
  CHECK_FALSE(causes.may_say("a", 10s, start + 2s));
  CHECK_FALSE(causes.may_say("a", 10s, start + 10s));
  CHECK(causes.may_say("b", 10s, start + 10s) == 0U);
  CHECK(causes.may_say("a", 10s, start + 11s) == 2U);
  CHECK_FALSE(causes.may_say("a", 10s, start + 12s));
}

TEST_CASE("made-up causes fill the table and no more: those beyond it are said together") {
  log_causes causes;
  const log_causes::time now{1s};
  std::size_t said = 0;
  for (int i = 0; i < 5'000; ++i) {
    said += causes.may_say("made up " + std::to_string(i), 10s, now) ? 1 : 0;
  }
  CHECK(said == log_causes_max); // the last of them as "others"
  CHECK(causes.size() == log_causes_max);
  CHECK(causes.may_say("later", 10s, now + 20s)); // those now quiet made room
  CHECK(causes.size() < log_causes_max);
}

TEST_CASE("a log that was rotated goes on in a new file of the old name") {
  const logged file{"info"};
  log("rpc", log_level::info, "before");
  const auto aside = logged::path().string() + ".1";
  std::filesystem::rename(logged::path(), aside);
  REQUIRE(reopen_log_file());
  log("rpc", log_level::info, "after");
  CHECK(has(logged::text(aside), "before"));
  CHECK_FALSE(has(logged::text(aside), "after"));
  CHECK(has(logged::text(), "after"));
}

TEST_CASE("a log file that cannot be opened is an error, and the log stays where it was") {
  const logged file{"info"};
  const auto set = set_log_file("/dev/null/no such folder/log");
  REQUIRE_FALSE(set);
  CHECK(set.error().code == errc::file_unreadable);
  log("rpc", log_level::info, "still here");
  CHECK(has(logged::text(), "still here"));
}

} // namespace
} // namespace caucus
