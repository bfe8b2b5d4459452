#include "runtime/config.hpp"

#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <chrono>
#include <cstdint>

#include <sys/stat.h>
#include <unistd.h>

namespace caucus {
namespace {

using namespace std::chrono_literals;

enum class mode { server, client };

struct node_config {
  std::string name = "node";
  mode role = mode::server;
  bool beacon = true;
  std::uint16_t port = 7400;
  std::uint64_t message_size = 65'536;
  double share = 0.25;
  std::chrono::milliseconds idle = 10s;
  std::filesystem::path key;
  std::vector<std::string> join;

  friend bool operator==(const node_config&, const node_config&) = default;

  static constexpr void keys(auto&& key) {
    key("name", &node_config::name,
        {.doc = "Shown to people",
         .check = [](std::string_view text) { return !text.empty(); },
         .allowed = "1 or more characters"});
    key("mode", &node_config::role,
        {.names = {{"server", mode::server}, {"client", mode::client}}});
    key("net.port", &node_config::port, {.range = {1, 65'535}, .doc = "TCP port", .flag = "port"});
    key("net.lan.beacon", &node_config::beacon);
    key("net.message_size", &node_config::message_size,
        {.range = {1'024, 1'048'576}, .flag = "messagelength", .bytes = true});
    key("net.share", &node_config::share, {.range = {0.0, 1.0}});
    key("net.idle", &node_config::idle, {.range = {1s, 60s}, .doc = "A|B", .live = true});
    key("identity", &node_config::key);
    key("net.join", &node_config::join, {.live = true});
  }
};

/// A schema over one struct.
struct fixture {
  node_config now;
  config_schema schema;
  test::temporary_folder folder;

  fixture() { schema.table({}, now); }
  std::string load_error(std::string_view text) {
    const node_config before = now;
    const auto read = schema.load(folder.write("node.toml", text));
    REQUIRE_FALSE(read);
    CHECK(now == before);
    return folder.without(to_string(read.error()));
  }
};

TEST_CASE("a file gives its keys their values, and all others their defaults") {
  fixture f;
  f.now.port = 1; // a load is whole: what an earlier one said does not linger
  REQUIRE(f.schema.load(f.folder.write("node.toml", R"(
    name = "alpha"
    mode = "client"
    identity = "keys/../identity.key"
    [net]
    message_size = "64KiB"
    share = 1
    idle = "1500ms"
    join = ["a:1", "b:2"]
    [net.lan]
    beacon = false
  )")));
  CHECK(f.now
        == node_config{.name = "alpha",
                       .role = mode::client,
                       .beacon = false,
                       .port = 7400,
                       .message_size = 65'536,
                       .share = 1.0,
                       .idle = 1500ms,
                       .key = f.folder / "identity.key",
                       .join = {"a:1", "b:2"}});
}

TEST_CASE("a bad configuration is refused with place, key, what was given and what is allowed") {
  struct row {
    std::string name, text, error;
  };
  const std::vector<row> rows{
    {"slip", "[net]\nprot = 1",
     "unknown_key: node.toml:2:1: unknown key net.prot; did you mean net.port?"},
    {"wrong table", "port = 1",
     "unknown_key: node.toml:1:1: unknown key port; did you mean net.port?"},
    {"slip in a table", "[nett]\nport = 1",
     "unknown_key: node.toml:2:1: unknown key nett.port; did you mean net.port?"},
    {"nothing like it", "[zzz]\n",
     "unknown_key: node.toml:1:2: unknown key zzz; `caucus node --print-config` shows every key"},
    {"a quoted dot", "\"net.port\" = 1",
     "unknown_key: node.toml:1:1: unknown key net.port; did you mean net.port?"},
    {"too large", "[net]\nport = 70000",
     "value_out_of_range: node.toml:2:8: net.port: given 70000; allowed: an integer, 1 to 65535"},
    {"too small", "[net]\nport = 0",
     "value_out_of_range: node.toml:2:8: net.port: given 0; allowed: an integer, 1 to 65535"},
    {"text for a number", "[net]\nport = \"7400\"",
     "wrong_type: node.toml:2:8: net.port: given \"7400\"; allowed: an integer, 1 to 65535"},
    {"number for a duration", "[net]\nidle = 5",
     "wrong_type: node.toml:2:8: net.idle: given 5; allowed: a duration, \"1s\" to \"1m\""},
    {"finer than the field", "[net]\nidle = \"1000001us\"",
     "value_out_of_range: node.toml:2:8: net.idle: given \"1000001us\"; allowed: a duration, "
     "\"1s\" to \"1m\""},
    {"decimal size", "[net]\nmessage_size = \"64kB\"",
     "wrong_type: node.toml:2:16: net.message_size: given \"64kB\"; allowed: a size, \"1KiB\" to "
     "\"1MiB\""},
    {"not a number", "[net]\nshare = nan",
     "value_out_of_range: node.toml:2:9: net.share: given nan; allowed: a number, 0.0 to 1.0"},
    {"no such choice", "mode = \"sever\"",
     "value_out_of_range: node.toml:1:8: mode: given \"sever\"; allowed: \"server\", \"client\""},
    {"check", "name = \"\"",
     "value_out_of_range: node.toml:1:8: name: given \"\"; allowed: 1 or more characters"},
    {"mixed list", "[net]\njoin = [\"a\", 1]",
     "wrong_type: node.toml:2:8: net.join: given a list; allowed: a list of text"},
    {"date", "identity = 2020-01-01",
     "wrong_type: node.toml:1:12: identity: given a date or time; allowed: a path"},
    {"table for a value", "[net.port]\nx = 1",
     "wrong_type: node.toml:1:1: net.port: given a table; allowed: an integer, 1 to 65535"},
    {"value for a table", "net = 3", "wrong_type: node.toml:1:7: net: given 3; allowed: a table"},
    {"the first in the file", "mode = 1\n[net]\nport = 0\n[aaa]\nx=1",
     "wrong_type: node.toml:1:8: mode: given 1; allowed: \"server\", \"client\""},
  };
  for (const row& each : rows) {
    fixture f;
    INFO(each.name);
    CHECK(f.load_error(each.text) == each.error);
  }
}

TEST_CASE("what is no TOML at all is refused with its place") {
  fixture f;
  CHECK_THAT(f.load_error("a = 1\n[net\n"), Catch::Matchers::Contains("node.toml:2:5: not TOML: "));
  CHECK_THAT(f.load_error("name = \"x\"\nname = \"y\"\n"),
             Catch::Matchers::Contains("node.toml:2:8: not TOML: "));
}

TEST_CASE("characters that TOML has no use for are refused before anything is parsed") {
  const std::string why = ": not TOML: a control character, or one beyond ASCII outside quotes";
  fixture f;
  CHECK(f.load_error("mode = \"client\" \xC3\xBC") == "file_malformed: node.toml:1:17" + why);
  CHECK(f.load_error("name = \"a\nb\" \n\x01") == "file_malformed: node.toml:3:1" + why);
  CHECK(f.load_error("# \x7F") == "file_malformed: node.toml:1:3" + why);
  CHECK(f.load_error("name = \"\x1F\"") == "file_malformed: node.toml:1:9" + why);
  CHECK_THAT(f.load_error("[[=]]"), Catch::Matchers::Contains("not TOML: "));
  REQUIRE(f.schema.load_text("\xEF\xBB\xBF# \xC3\xBC\nname = \"\\\"\xC3\xBC\"\nnet.join = "
                             "['\xC3\xBC', \"\"\"\\\"\xC3\xBC\n\"\"\"\"\"]",
                             "node.toml"));
  CHECK(f.now.name == "\"\xC3\xBC");
  CHECK(f.now.join == std::vector<std::string>{"\xC3\xBC", "\"\xC3\xBC\n\"\""});
}

TEST_CASE("a key, a table's header or a list that goes too deep is refused before it is parsed") {
  const std::string why =
    ": too deep: more than 32 parts in a key, or lists and tables within one another";
  const auto many = [](std::size_t count, const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      out += text;
    }
    return out;
  };
  fixture f;
  CHECK(f.load_error("\n" + many(500'000, "a.") + "a=1") == "file_malformed: node.toml:2:64" + why);
  CHECK(f.load_error("[" + many(32, "a.") + "a]") == "file_malformed: node.toml:1:65" + why);
  CHECK(f.load_error("x = 1.5\n'a\"'" + many(32, " .\t\"b'\"") + " = 1")
        == "file_malformed: node.toml:2:223" + why);
  CHECK(f.load_error("[a]\nx = " + many(33, "[") + many(33, "]"))
        == "file_malformed: node.toml:2:37" + why);
  CHECK_THAT(f.load_error("x = " + many(200'000, "{a=")), Catch::Matchers::EndsWith(why));
  CHECK_THAT(f.load_error(many(31, "a.") + "a = " + many(32, "[") + many(32, "]")),
             Catch::Matchers::Contains("unknown key a.a.a"));
  const auto dots = many(40, ".");
  REQUIRE(f.schema.load_text("# " + dots + "\nname = '" + dots + "'\nnet.join = [\"" + dots
                               + "\", '''" + dots + "\n" + dots + "''', \"[[[[\"] # " + dots,
                             "node.toml"));
  CHECK(f.now.name == dots);
  REQUIRE(
    f.schema.load_text("net.share = 0.5\n" + many(40, "# [\n") + "net.port = 80", "node.toml"));
  CHECK(f.now.port == 80);
}

TEST_CASE("a configuration that cannot be read says which file and what to do") {
  fixture f;
  const auto error_of = [&f](const std::filesystem::path& path) {
    const auto read = f.schema.load(path);
    REQUIRE_FALSE(read);
    return f.folder.without(to_string(read.error()));
  };
  CHECK(error_of(f.folder / "none.toml")
        == "file_missing: none.toml: no such file or folder, where the configuration should be; "
           "make one with "
           "`caucus init DIR`, or name another file (`caucus` takes it with --config)");
  CHECK_THAT(
    error_of(f.folder.path()),
    Catch::Matchers::EndsWith("is a directory; name the file with the configuration in it"));
  REQUIRE(::mkfifo((f.folder / "pipe").c_str(), 0600) == 0);
  CHECK(error_of(f.folder / "pipe")
        == "file_unreadable: pipe is not a regular file; name the file with the configuration");
  CHECK(error_of(f.folder.write("big.toml", std::string(config_size_max + 1, '#')))
        == "too_long: big.toml has 1048577 bytes; the configuration has at most 1048576");
  if (::geteuid() != 0) { // root reads everything
    const auto closed = f.folder.write("closed.toml", "");
    std::filesystem::permissions(closed, std::filesystem::perms::none);
    CHECK(error_of(closed)
          == "file_unreadable: closed.toml: no permission to read it; run as its owner or change "
             "its mode with chmod");
  }
}

TEST_CASE("a flag overrides the file, whichever comes first, by key, by flag and by alias") {
  fixture f;
  REQUIRE(f.schema.apply_override("port", "1000"));
  REQUIRE(f.schema.load(f.folder.write("node.toml", "[net]\nport = 2000\nidle = \"2s\"")));
  REQUIRE(f.schema.apply_override("net-idle", "3s"));
  REQUIRE(f.schema.apply_override("net.lan.beacon", "false"));
  REQUIRE(f.schema.apply_override("messagelength", "2048"));
  REQUIRE(f.schema.apply_override("net-join", "a:1,b:2"));
  CHECK(f.now.port == 1000);
  CHECK(f.now.idle == 3s);
  CHECK_FALSE(f.now.beacon);
  CHECK(f.now.message_size == 2048);
  CHECK(f.now.join == std::vector<std::string>{"a:1", "b:2"});
  CHECK(f.schema.where("net.port") == "--port");
  CHECK(f.schema.where("net.share") == "the default of net.share");
}

TEST_CASE("a bad flag is refused and changes nothing") {
  fixture f;
  const auto error_of = [&f](std::string_view flag, std::string_view text) {
    const auto done = f.schema.apply_override(flag, text);
    REQUIRE_FALSE(done);
    return to_string(done.error());
  };
  const node_config before = f.now;
  CHECK(error_of("port", "7400x")
        == "wrong_type: --port: given \"7400x\"; allowed: an integer, 1 to 65535");
  CHECK(error_of("port", "0")
        == "value_out_of_range: --port: given \"0\"; allowed: an integer, 1 to 65535");
  CHECK(error_of("net-lan-beacon", "yes")
        == "wrong_type: --net-lan-beacon: given \"yes\"; allowed: true or false");
  CHECK(error_of("net-port", "0").starts_with("value_out_of_range: --net-port: given"));
  CHECK(error_of("net.port", "0").starts_with("value_out_of_range: --port: given"));
  CHECK(error_of("name", "\xff")
        == "value_out_of_range: --name: given bytes that are no UTF-8; allowed: text");
  CHECK(error_of("net-join", "a:1,\xC3").starts_with("value_out_of_range: --net-join: "));
  CHECK(error_of("identity", "k\xff").starts_with("value_out_of_range: --identity: "));
  CHECK(error_of("prt", "1") == "unknown_key: --prt: unknown key prt; did you mean net.port?");
  CHECK(f.now == before);
}

TEST_CASE("the printed configuration loads back as the same values") {
  fixture f;
  REQUIRE(f.schema.load(f.folder.write("node.toml", R"(
    name = "q\"uo\\te\n\u0007ü"
    identity = "identity.key"
    [net]
    idle = "1500ms"
    share = 0.1
    join = ["a", "", "b\"c"]
    message_size = 1025
  )")));
  const node_config wanted = f.now;
  const std::string printed = f.schema.print();
  fixture g;
  INFO(printed);
  REQUIRE(g.schema.load(g.folder.write("printed.toml", printed)));
  CHECK(g.now == wanted);
  CHECK(g.schema.print() == printed);
}

TEST_CASE("a reload changes what is live, names what is not, and leaves flags alone") {
  fixture f;
  const auto file = f.folder.write("node.toml", "[net]\nport = 2000\nidle = \"2s\"");
  REQUIRE(f.schema.load(file));
  REQUIRE(f.schema.apply_override("net-join", "a:1"));
  f.folder.write("node.toml", "[net]\nport = 3000\nidle = \"5s\"\njoin = [\"b:2\"]");
  const auto report = f.schema.reload(file);
  REQUIRE(report);
  CHECK(report->changed == std::vector<std::string>{"net.idle"});
  CHECK(report->need_restart == std::vector<std::string>{"net.port"});
  CHECK(f.now.port == 2000);
  CHECK(f.now.idle == 5s);
  CHECK(f.now.join == std::vector<std::string>{"a:1"});

  f.folder.write("node.toml", "[net]\nidle = \"9s\"\nport = 0");
  CHECK_FALSE(f.schema.reload(file)); // one bad key: nothing changes
  CHECK(f.now.idle == 5s);
  f.folder.write("node.toml", ""); // a key taken out of the file goes back to its default
  REQUIRE(f.schema.reload(file));
  CHECK(f.now.idle == 10s);
}

TEST_CASE("what a module refuses is told with the place it came from") {
  fixture f;
  REQUIRE(f.schema.load(f.folder.write("node.toml", "[net]\nport = 2000")));
  CHECK(f.folder.without(to_string(f.schema.refuse("net.port", "taken by node1").value()))
        == "value_out_of_range: node.toml:2:8: net.port: given 2000; taken by node1");
}

TEST_CASE("the table for the documentation has a line a key") {
  const fixture f;
  const std::string table = f.schema.markdown_table();
  CHECK_THAT(table, Catch::Matchers::Contains("| `net.port` | integer | 1 to 65535 | `7400` | no | "
                                              "`--net-port`, `--port` | TCP port |\n"));
  CHECK_THAT(table, Catch::Matchers::Contains("| yes | `--net-idle` | A\\|B |\n"));
}

TEST_CASE("durations and sizes have one meaning, and print as they read") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("2h") == 2h);
  for (const auto* bad : {"", "5", "ms", "-1s", "1.5s", "1 s", "1S", "99999999999999h"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
  CHECK(parse_size("64KiB") == 65'536);
  CHECK(parse_size("512") == 512);
  for (const auto* bad : {"", "KiB", "1kB", "-1", "1.5MiB", "99999999999TiB"}) {
    INFO(bad);
    CHECK_FALSE(parse_size(bad));
  }
  CHECK(print_duration(90s) == "90s");
  CHECK(print_duration(0s) == "0s");
  CHECK(print_size(1'536) == "1536B");
  CHECK(print_size(0) == "0B");
}

} // namespace
} // namespace caucus
