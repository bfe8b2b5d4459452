#include "actors/node_config.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <stdlib.h>

namespace caucus {
namespace {

namespace fs = std::filesystem;

class settings_file {
public:
  settings_file() {
    auto pattern = (fs::temp_directory_path() / "caucus-config-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  settings_file(const settings_file&) = delete;
  settings_file& operator=(const settings_file&) = delete;
  ~settings_file() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void write(const std::string& text) const { std::ofstream{path(), std::ios::trunc} << text; }
  [[nodiscard]] fs::path path() const { return folder_ / "node.toml"; }

private:
  fs::path folder_;
};

const std::string start = "[node]\ngenesis = \"g.toml\"\n";

TEST_CASE("what is left out is filled in, and stays so when the file is read again") {
  const settings_file file;
  file.write(start);
  node_settings settings;
  REQUIRE(settings.load(file.path(), {{"maxconns", "17"}}));
  CHECK(settings.config().directory == file.path().parent_path());
  CHECK(settings.config().identity == file.path().parent_path() / "identity.key");
  CHECK(settings.config().net.connections_per_address == 17);
  const auto shown = settings.print();
  CHECK(shown.find("connections_per_address = 17") != std::string::npos);
  const auto report = settings.reload([](const node_config&) -> result<void> {
    FAIL("nothing changed");
    return {};
  });
  REQUIRE(report);
  CHECK(report->changed.empty());
  CHECK(report->need_restart.empty());
  CHECK(settings.print() == shown);
}

TEST_CASE("a reload applies what is live, names what is not, and leaves flags alone") {
  const settings_file file;
  file.write(start);
  node_settings settings;
  REQUIRE(settings.load(file.path(), {{"port", "7500"}}));
  file.write(start + "[net]\nport = 7600\nmax_connections = 9\n[log]\nlevels = \"info\"\n");
  std::string applied;
  const auto report = settings.reload([&](const node_config& next) -> result<void> {
    applied = next.log_levels;
    return {};
  });
  REQUIRE(report);
  CHECK(applied == "info");
  CHECK(report->changed == std::vector<std::string>{"log.levels"});
  CHECK(report->need_restart == std::vector<std::string>{"net.max_connections"});
  CHECK(settings.config().log_levels == "info");
  CHECK(settings.config().net.port == 7500);
  CHECK(settings.config().net.max_connections == 256);
}

TEST_CASE("a configuration that no start would take changes nothing") {
  const settings_file file;
  file.write(start);
  node_settings settings;
  REQUIRE(settings.load(file.path(), {}));
  const auto never = [](const node_config&) -> result<void> {
    FAIL("a wrong configuration is not applied");
    return {};
  };
  for (const auto* const wrong :
       {"[log]\nlevels = \"info\"\nlevel = \"x\"\n", "[log]\nlevels = \"info\"\n[net]\nport = -1\n",
        "[log]\nlevels = \"info\"\n[net]\nkeepalive = \"20s\"\ndead_after = \"5s\"\n", "[log"}) {
    INFO(wrong);
    file.write(start + wrong);
    CHECK_FALSE(settings.reload(never));
    CHECK(settings.config().log_levels == "warn");
  }
  fs::remove(file.path());
  CHECK_FALSE(settings.reload(never));
  CHECK(settings.config().log_levels == "warn");
}

TEST_CASE("what could not be applied is taken back, and tried again with the next reload") {
  const settings_file file;
  file.write(start);
  node_settings settings;
  REQUIRE(settings.load(file.path(), {}));
  file.write(start + "[log]\nlevels = \"loud\"\n");
  std::vector<std::string> applied;
  const auto refuse_loud = [&](const node_config& next) -> result<void> {
    applied.push_back(next.log_levels);
    return next.log_levels == "loud" ? result<void>{fail(errc::value_out_of_range)}
                                     : result<void>{};
  };
  for (int again = 0; again < 2; ++again) {
    applied.clear();
    CHECK_FALSE(settings.reload(refuse_loud));
    CHECK(applied == std::vector<std::string>{"loud", "warn"});
    CHECK(settings.config().log_levels == "warn");
  }
}

TEST_CASE("what a program sets out of range is an error that names it") {
  struct row {
    std::string name;
    void (*spoil)(node_config&);
  };
  const auto given = GENERATE(values<row>({
    {"node.worker_threads = 0", [](auto& to) { to.worker_threads = 0; }},
    {"node.worker_threads = 65", [](auto& to) { to.worker_threads = 65; }},
    {"node.checker_threads = 0", [](auto& to) { to.checker_threads = 0; }},
    {"node.checker_threads = 65", [](auto& to) { to.checker_threads = 65; }},
    {"node.job_threads = 0", [](auto& to) { to.job_threads = 0; }},
    {"node.job_threads = 65", [](auto& to) { to.job_threads = 65; }},
    {"node.start_deadline, in ms = 0",
     [](auto& to) { to.start_deadline = std::chrono::milliseconds{0}; }},
    {"node.stop_deadline, in ms = -1",
     [](auto& to) { to.stop_deadline = std::chrono::milliseconds{-1}; }},
    {"node.mode", [](auto& to) { to.mode = static_cast<node_mode>(9); }},
    {"node.durability", [](auto& to) { to.keeps = static_cast<durability>(9); }},
    {"net.join = \"here\"",
     [](auto& to) {
       to.net.join = {"127.0.0.1:7400", "here"};
     }},
    {"net.max_connections = 0", [](auto& to) { to.net.max_connections = 0; }},
    {"net.keepalive", [](auto& to) { to.net.keepalive = std::chrono::milliseconds{-1}; }},
  }));
  INFO(given.name);
  node_config config;
  REQUIRE(validate(config).has_value());
  given.spoil(config);
  const auto judged = validate(config);
  REQUIRE_FALSE(judged.has_value());
  CHECK(judged.error().code == errc::value_out_of_range);
  CHECK(judged.error().detail.find(given.name) != std::string::npos);
}

TEST_CASE("each key's range binds a program, and the error names the key") {
  node_config config;
  std::size_t judged = 0;
  const auto beyond = [&]<class T, class Owner>(const std::string& table, std::string_view name,
                                                Owner& owner, T Owner::*member,
                                                const key_rules<T, Owner>& rules) {
    if constexpr (key_rules<T, Owner>::counted) {
      const auto good = owner.*member;
      for (const auto wrong :
           {config_detail::next_above(rules.range.max), static_cast<T>(rules.range.min - T{1})}) {
        if (wrong < rules.range.min || wrong > rules.range.max) { // the type has it
          owner.*member = wrong;
          const auto told = validate(config);
          REQUIRE_FALSE(told.has_value());
          CHECK(told.error().code == errc::value_out_of_range);
          CHECK_THAT(told.error().detail,
                     Catch::Matchers::StartsWith(config_detail::key_name(table, name)));
          ++judged;
        }
      }
      owner.*member = good;
    }
  };
  config_detail::walk_keys({}, config, beyond);
  CHECK(judged >= 35); // 2 a key; net.port has all of 16 bits, node.vote_above all that TOML has
  CHECK(validate(config));
}

// -- a table of one's own ------------------------------------------------------------------------

struct board_config {
  std::uint32_t rows = 8;
  std::uint32_t columns = 8;

  static constexpr void keys(auto&& key) {
    key("rows", &board_config::rows, {.range = {1, 64}, .doc = "of the board", .live = true});
    key("columns", &board_config::columns, {.range = {1, 64}, .at_most = &board_config::rows});
  }
};

TEST_CASE("what is said of log.levels names each subsystem that there is") {
  const node_settings settings;
  const auto keys = settings.schema().keys();
  const auto levels = std::find_if(keys.begin(), keys.end(),
                                   [](const auto& key) { return key.name == "log.levels"; });
  REQUIRE(levels != keys.end());
  std::string all;
  for (const auto& one : log_subsystems()) {
    all += one + ", ";
  }
  CHECK_THAT(levels->doc, Catch::Matchers::Contains("subsystems: " + all + "or an actor"));
}

TEST_CASE("a file that names no genesis is named") {
  const settings_file file;
  file.write("");
  node_settings settings;
  const auto read = settings.load(file.path(), {});
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error().detail,
             Catch::Matchers::StartsWith(file.path().string() + ": node.genesis is missing: name"));
  file.write("[node]\ngenesis = \"\"\n");
  node_settings empty;
  const auto again = empty.load(file.path(), {});
  REQUIRE_FALSE(again);
  CHECK_THAT(again.error().detail, Catch::Matchers::StartsWith(file.path().string() + ":2:"));
}

TEST_CASE("an application's table stands beside the node's, in file, flags and print") {
  const settings_file file;
  file.write(start + "[board]\nrows = 5\n");
  node_settings settings;
  const auto& board = settings.add<board_config>("board");
  CHECK(board.rows == 8);
  REQUIRE(settings.load(file.path(), {{"port", "7500"}}));
  CHECK(board.rows == 5);
  CHECK(board.columns == 5); // lowered to the rows
  CHECK(settings.config().net.port == 7500);
  CHECK_THAT(settings.print(), Catch::Matchers::Contains(
                                 "# of the board. integer: 1 to 64; default 8; live\nrows = 5\n")
                                 && Catch::Matchers::Contains("columns = 5\n"));
  CHECK(settings.print() == settings.print());
  CHECK_THAT(settings.schema().markdown_table(),
             Catch::Matchers::Contains("| `board.rows` | integer | 1 to 64 | `8` | yes | "
                                       "`--board-rows` | of the board |\n"));

  file.write(start + "[board]\nrows = 65\n");
  node_settings strict;
  const auto& untouched = strict.add<board_config>("board", {.rows = 9});
  const auto read = strict.load(file.path(), {});
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error().detail,
             Catch::Matchers::EndsWith("board.rows: given 65; allowed: an integer, 1 to 64"));
  CHECK(untouched.rows == 9);
}

TEST_CASE("an application's default out of its own range is refused by name") {
  const settings_file file;
  file.write(start);
  node_settings settings;
  settings.add<board_config>("board", {.rows = 999});
  const auto read = settings.load(file.path(), {});
  REQUIRE_FALSE(read);
  CHECK(read.error().code == errc::value_out_of_range);
  CHECK_THAT(read.error().detail, Catch::Matchers::Contains("board.rows"));
}

TEST_CASE("an actor's handle tells what is in effect, never what a reload refused") {
  const settings_file file;
  file.write(start + "[board]\nrows = 10\ncolumns = 9\n");
  node_settings settings;
  const auto board = settings.add_live<board_config>("board");
  CHECK(board.now().rows == 8);
  REQUIRE(settings.load(file.path(), {}));
  CHECK(board.now().rows == 10);

  file.write(start + "[board]\nrows = 6\ncolumns = 4\n");
  std::vector<std::uint32_t> rows; // as `apply` finds them
  const auto refuse = [&](const node_config&) -> result<void> {
    rows.push_back(board.now().rows);
    return fail(errc::value_out_of_range);
  };
  CHECK_FALSE(settings.reload(refuse));
  CHECK(rows == std::vector<std::uint32_t>{10, 10});
  CHECK(board.now().rows == 10);

  REQUIRE(settings.reload([](const node_config&) -> result<void> { return {}; }));
  CHECK(board.now().rows == 6);
  CHECK(board.now().columns == 6); // not live, but no more than the rows
}

TEST_CASE("a reload changes an application's live keys with the node's, all or none") {
  const settings_file file;
  file.write(start + "[board]\nrows = 10\ncolumns = 9\n");
  node_settings settings;
  const auto& board = settings.add<board_config>("board");
  REQUIRE(settings.load(file.path(), {}));

  file.write(start + "[board]\nrows = 6\ncolumns = 4\n");
  std::vector<std::uint32_t> rows; // as `apply` finds them
  const auto refuse = [&](const node_config&) -> result<void> {
    rows.push_back(board.rows);
    return fail(errc::value_out_of_range);
  };
  CHECK_FALSE(settings.reload(refuse));
  CHECK(rows == std::vector<std::uint32_t>{6, 10}); // with the former configuration its own tables
  CHECK(board.rows == 10);
  CHECK_THAT(settings.print(), Catch::Matchers::Contains("rows = 10\n"));

  const auto take = [](const node_config&) -> result<void> { return {}; };
  const auto report = settings.reload(take);
  REQUIRE(report);
  CHECK(report->changed == std::vector<std::string>{"board.rows"});
  CHECK(report->need_restart == std::vector<std::string>{"board.columns"});
  CHECK(board.rows == 6);
  CHECK(board.columns == 6); // 9, as it was at the start, and no more than the rows

  file.write(start + "[board]\nrows = 0\n");
  CHECK_FALSE(settings.reload(take));
  CHECK(board.rows == 6);
}

TEST_CASE("a client listens only where a port or net.listen says so") {
  const settings_file file;
  const auto listens = [&file](const std::string& text, const config_flags& flags) {
    file.write(start + text);
    node_settings settings;
    REQUIRE(settings.load(file.path(), flags));
    return settings.config().net.listen;
  };
  CHECK(listens("", {}));
  CHECK_FALSE(listens("mode = \"client\"\n", {}));
  CHECK_FALSE(listens("", {{"mode", "client"}}));
  CHECK(listens("mode = \"client\"\n[net]\nport = 7500\n", {}));
  CHECK(listens("mode = \"client\"\n", {{"port", "7500"}}));
  CHECK(listens("mode = \"client\"\n[net]\nlisten = true\n", {}));
  CHECK_FALSE(listens("mode = \"client\"\n[net]\nport = 7500\nlisten = false\n", {}));
}

} // namespace
} // namespace caucus
