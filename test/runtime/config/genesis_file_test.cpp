#include "runtime/genesis_file.hpp"

#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace caucus {
namespace {

peer_id peer(unsigned char number) {
  peer_id out;
  out.raw.fill(std::byte{number});
  return out;
}
std::string id(unsigned char number) {
  return "\"" + to_text(peer(number)) + "\"";
}

const std::string time_example =
  "; for example time_ms = 1735689600000 (milliseconds since 1970; `date +%s000` prints now's)";
const std::string head = "name = \"demo\"\ntime_ms = 1\n";
const std::string one_member = "[[members]]\nname = \"node0\"\nid = " + id(1) + "\n";

variable_declaration variable(std::string name, variable_kind kind,
                              writers who = writers::members) {
  variable_declaration out;
  out.name = std::move(name);
  out.kind = kind;
  out.writers = who;
  return out;
}

/// Every kind and every field once.
genesis whole() {
  genesis out;
  out.name = "demo";
  out.time = wall_ms{1'735'689'600'000};
  out.group = group_id{7};
  out.members = {
    {peer(1), "node0", "127.0.0.1:7400"}, {peer(2), "node1", "[::1]:7401"}, {peer(3), "node2", ""}};
  out.consensus = {std::chrono::milliseconds{250}, std::chrono::milliseconds{90'500}};
  variable_declaration score = variable("score", variable_kind::counter);
  score.min = -5;
  score.max = 1'000;
  score.step_max = 10;
  score.initial = 3;
  variable_declaration motto = variable("motto", variable_kind::reg, writers::listed);
  motto.value_size = 100;
  motto.listed = {peer(4), peer(5)};
  variable_declaration tags = variable("tags", variable_kind::set, writers::anyone);
  tags.key_size = 16;
  tags.entries = 50;
  const auto profile = variable("profile", variable_kind::map, writers::own_entries);
  const auto load = variable("load", variable_kind::opaque);
  variable_declaration board = variable("board", variable_kind::custom);
  board.operations = {{"move", {argument_kind::integer, argument_kind::byte_string}},
                      {"resign", {}}};
  out.variables = {score, motto, tags, profile, load, board};
  out.rules = rules_id{"chess", 2};
  return out;
}

std::string error_of(const std::string& text) {
  const auto read = parse_genesis(text, "genesis.toml");
  REQUIRE_FALSE(read);
  return to_string(read.error());
}

TEST_CASE("a genesis is read back as it was written, with the same network id") {
  const test::temporary_folder folder;
  const auto read = load_genesis(folder.write("genesis.toml", print_genesis(whole())));
  REQUIRE(read);
  CHECK(*read == whole());
  CHECK(network_of(*read) == network_of(whole()));
}

TEST_CASE("the smallest genesis is a name, a time and a member, and the rest has defaults") {
  const auto read = parse_genesis(head + one_member, "genesis.toml");
  REQUIRE(read);
  genesis wanted;
  wanted.name = "demo";
  wanted.time = wall_ms{1};
  wanted.members = {{peer(1), "node0", ""}};
  CHECK(*read == wanted);
}

TEST_CASE("a genesis has quotas if it says so, and they are part of the network id") {
  const auto none = parse_genesis(head + one_member, "none");
  const auto usual = parse_genesis(head + "[quota]\n" + one_member, "usual");
  const auto own = parse_genesis(head
                                   + "[quota]\nauthor_burst = 5000000\nauthor_per_second = 7\n"
                                     "strangers_burst = 4194304\nstrangers_per_second = 1\n"
                                   + one_member,
                                 "own");
  REQUIRE(none);
  REQUIRE(usual);
  REQUIRE(own);
  CHECK_FALSE(none->limits);
  CHECK(usual->limits == quotas_default);
  CHECK(own->limits == quotas{{5'000'000, 7}, {4'194'304, 1}});
  CHECK(network_of(*none) != network_of(*usual));
  CHECK(network_of(*usual) != network_of(*own));
  for (const auto* const one : {&*usual, &*own}) {
    const auto again = parse_genesis(print_genesis(*one), "again");
    REQUIRE(again);
    CHECK(*again == *one);
  }
  CHECK(error_of(head + "[quota]\nstrangers_burst = 4194303\n" + one_member).find("4194304")
        != std::string::npos);
  CHECK(error_of(head + "[quota]\nauthor = 1\n" + one_member).find("author") != std::string::npos);
}

TEST_CASE("a genesis says what it goes on from, with quotas and without, in its network id") {
  const std::string hex(64, 'a');
  const auto table = [&](const std::string& height) {
    return "[continues]\nnetwork = \"" + hex + "\"\nheight = " + height + "\nlast = \""
           + std::string(64, '1') + "\"\nstate_root = \"" + std::string(64, '2') + "\"\n";
  };
  const auto none = parse_genesis(head + one_member, "none");
  const auto one = parse_genesis(head + table("7") + one_member, "one");
  const auto limited = parse_genesis(head + "[quota]\n" + table("7") + one_member, "limited");
  const auto later = parse_genesis(head + table("8") + one_member, "later");
  REQUIRE(none);
  REQUIRE(one);
  REQUIRE(limited);
  REQUIRE(later);
  CHECK_FALSE(none->continues);
  REQUIRE(one->continues);
  CHECK(to_hex(one->continues->network.view()) == hex);
  CHECK(one->continues->height == height{7});
  CHECK(to_hex(one->continues->last.view()) == std::string(64, '1'));
  CHECK(to_hex(one->continues->state_root.view()) == std::string(64, '2'));
  CHECK_FALSE(one->limits);
  CHECK(limited->limits == quotas_default);
  for (const auto* const each : {&*none, &*one, &*limited, &*later}) {
    const auto again = parse_genesis(print_genesis(*each), "again");
    REQUIRE(again);
    CHECK(*again == *each);
    const auto back = decode<genesis>(encode(*each));
    REQUIRE(back);
    CHECK(*back == *each);
  }
  CHECK(network_of(*one) != network_of(*none));
  CHECK(network_of(*one) != network_of(*limited));
  CHECK(network_of(*one) != network_of(*later));
  CHECK(error_of(head + table("0") + one_member).find("continues.height") != std::string::npos);
  CHECK(error_of(head + "[continues]\nheight = 1\n" + one_member)
          .find("needs the keys continues.network, continues.last, continues.state_root")
        != std::string::npos);
  CHECK(error_of(head + "[continues]\nnetwork = \"AA\"\n" + one_member)
          .find("given \"AA\"; allowed: 64 hexadecimal digits")
        != std::string::npos);
}

TEST_CASE("comments, spaces and the order of keys and of writers leave the network id as it is") {
  const auto one =
    parse_genesis(head + one_member + "[[variables]]\nname = \"a\"\nkind = \"set\"\nwriters = ["
                    + id(1) + ", " + id(2) + "]\n",
                  "one");
  const auto two =
    parse_genesis("# a comment\n time_ms=1\nname = 'demo'\n[[variables]]\nwriters = [" + id(2) + ","
                    + id(1) + "]\nkind = \"set\"\nname = \"a\"\n" + one_member,
                  "two");
  REQUIRE(one);
  REQUIRE(two);
  CHECK(network_of(*one) == network_of(*two));
}

TEST_CASE("whoever makes a genesis dates it no more than a day ahead") {
  const std::string text = "name = \"a\"\ntime_ms = 90000000\n" + one_member;
  CHECK(parse_genesis(text, "genesis.toml", wall_ms{3'600'000}));
  const auto early = parse_genesis(text, "genesis.toml", wall_ms{3'599'999});
  REQUIRE_FALSE(early);
  CHECK(
    to_string(early.error())
    == "value_out_of_range: genesis.toml:2:11: time_ms: given 90000000; allowed: an integer, 0 to "
       "89999999");
}

TEST_CASE("a bad genesis is refused with place, key, what was given and what is allowed") {
  const std::string declared = head + one_member + "[[variables]]\n"; // ends in line 6
  const std::string name_allowed =
    "; allowed: a lower-case letter, then at most 31 of a-z, 0-9 and _";
  struct row {
    std::string name, text, error;
  };
  const std::vector<row> rows{
    {"empty", "",
     "file_malformed: genesis.toml:1:1: needs the keys name, time_ms, members" + time_example},
    {"no time", "name = \"a\"",
     "file_malformed: genesis.toml:1:1: needs the keys time_ms, members" + time_example},
    {"a time in microseconds", "time_ms = 1735689600000000\nname = \"a\"\n" + one_member,
     "value_out_of_range: genesis.toml:1:11: time_ms: given 1735689600000000; allowed: an integer, "
     "0 to "
     "253402300799999"},
    {"no members", head, "file_malformed: genesis.toml:1:1: needs the key members"},
    {"empty members", head + "members = []",
     "value_out_of_range: genesis.toml:3:11: members: given []; allowed: 1 to 64 members"},
    {"slip", "nam = \"a\"", "unknown_key: genesis.toml:1:1: unknown key nam; did you mean name?"},
    {"another word", "colour = 1",
     "unknown_key: genesis.toml:1:1: unknown key colour; allowed here: name, time_ms, group, "
     "rules, consensus, quota, continues, members, variables"},
    {"capital name", "name = \"Demo\"",
     "value_out_of_range: genesis.toml:1:8: name: given \"Demo\"" + name_allowed},
    {"long name", "name = \"" + std::string(33, 'a') + "\"",
     "value_out_of_range: genesis.toml:1:8: name: given \"" + std::string(33, 'a') + "\""
       + name_allowed},
    {"negative time", "name = \"a\"\ntime_ms = -1",
     "value_out_of_range: genesis.toml:2:11: time_ms: given -1; allowed: an integer, 0 to "
     "253402300799999"},
    {"group 0", head + "group = 0\n" + one_member,
     "value_out_of_range: genesis.toml:3:9: group: given 0; allowed: an integer, 1 to 4294967295"},
    {"delta", head + "[consensus]\ndelta = \"5ms\"\n" + one_member,
     "value_out_of_range: genesis.toml:4:9: consensus.delta: given \"5ms\"; allowed: a duration, "
     "\"10ms\" to \"1m\", in whole milliseconds"},
    {"heartbeat", head + "[consensus]\nheartbeat = 10\n" + one_member,
     "wrong_type: genesis.toml:4:13: consensus.heartbeat: given 10; allowed: a duration, \"1s\" to "
     "\"1h\", in whole milliseconds"},
    {"short id", head + "[[members]]\nname = \"a\"\nid = \"abc\"",
     "value_out_of_range: genesis.toml:5:6: members.id: given \"abc\"; allowed: a peer id: 52 "
     "characters, as `caucus keygen` prints it"},
    {"same id", head + one_member + "[[members]]\nname = \"b\"\nid = " + id(1),
     "value_out_of_range: genesis.toml:8:6: members.id: given " + id(1)
       + "; allowed: an id that is not taken above"},
    {"same name", head + one_member + one_member,
     "value_out_of_range: genesis.toml:7:8: members.name: given \"node0\"; allowed: a name that is "
     "not taken above"},
    {"no port", head + one_member + "address = \"localhost\"",
     "value_out_of_range: genesis.toml:6:11: members.address: given \"localhost\"; allowed: "
     "\"host:port\" of at most 255 characters, the port from 1 to 65535"},
    {"no kind", declared + "name = \"a\"",
     "file_malformed: genesis.toml:6:1: needs the key variables.kind"},
    {"unknown kind", declared + "name = \"a\"\nkind = \"list\"",
     "value_out_of_range: genesis.toml:8:8: variables.kind: given \"list\"; allowed: \"register\", "
     "\"counter\", \"set\", \"map\", \"opaque\", \"custom\""},
    {"another kind's key", declared + "name = \"a\"\nkind = \"map\"\nstep_max = 3",
     "unknown_key: genesis.toml:9:12: variables.step_max: given 3; allowed: no such key for kind "
     "\"map\""},
    {"min above max", declared + "name = \"a\"\nkind = \"counter\"\nmin = 3\nmax = 2",
     "value_out_of_range: genesis.toml:9:7: variables.min: given 3; allowed: at most max, 2"},
    {"initial below min", declared + "name = \"a\"\nkind = \"counter\"\nmin = 3",
     "value_out_of_range: genesis.toml:9:7: variables.min: given 3; allowed: an initial value from "
     "min to max (0 if not given)"},
    {"no step", declared + "name = \"a\"\nkind = \"counter\"\nstep_max = 0",
     "value_out_of_range: genesis.toml:9:12: variables.step_max: given 0; allowed: an integer, 1 "
     "to "
     "9223372036854775807"},
    {"own entries", declared + "name = \"a\"\nkind = \"counter\"\nwriters = \"own_entries\"",
     "value_out_of_range: genesis.toml:9:11: variables.writers: given \"own_entries\"; allowed: "
     "own_entries for a set or a map only"},
    {"keys too short for ids",
     declared + "name = \"a\"\nkind = \"map\"\nwriters = \"own_entries\"\nkey_size = 53",
     "value_out_of_range: genesis.toml:10:12: variables.key_size: given 53; allowed: an integer, "
     "54 "
     "to 256"},
    {"no writers", declared + "name = \"a\"\nkind = \"map\"\nwriters = []",
     "value_out_of_range: genesis.toml:9:11: variables.writers: given []; allowed: 1 or more ids, "
     "each once; or, without brackets, \"members\", \"anyone\", \"own_entries\""},
    {"a word in brackets", declared + "name = \"a\"\nkind = \"map\"\nwriters = [\"own_entries\"]",
     "value_out_of_range: genesis.toml:9:12: variables.writers: given \"own_entries\"; allowed: "
     "peer "
     "ids: 52 characters each, as `caucus keygen` prints them; or, without brackets, \"members\", "
     "\"anyone\", \"own_entries\""},
    {"writer's type", declared + "name = \"a\"\nkind = \"map\"\nwriters = [1]",
     "wrong_type: genesis.toml:9:12: variables.writers: given 1; allowed: a list of at most 4096 "
     "texts"},
    {"value size", declared + "name = \"a\"\nkind = \"map\"\nvalue_size = 65537",
     "value_out_of_range: genesis.toml:9:14: variables.value_size: given 65537; allowed: an "
     "integer, 1 to 65536"},
    {"argument",
     declared
       + "name = \"a\"\nkind = \"custom\"\noperations = [{name = \"x\", arguments = "
         "[\"real\"]}]",
     "value_out_of_range: genesis.toml:9:41: variables.operations.arguments: given \"real\"; "
     "allowed: \"integer\", \"bytes\""},
    {"not a table", head + one_member + "variables = 3",
     "unknown_key: genesis.toml:6:1: unknown key members.variables; allowed here: name, id, "
     "address"},
    {"rules without a version", head + "rules = \"chess\"\n" + one_member,
     "value_out_of_range: genesis.toml:3:9: rules: given \"chess\"; allowed: NAME:VERSION, as the "
     "program with the C++ rules has them, \"tic_tac_toe:1\" say; the name of at most 64 printable "
     "characters without a space"},
    {"a list of numbers", head + "variables = [3]\n" + one_member,
     "wrong_type: genesis.toml:3:14: variables: given 3; allowed: a list of at most 1024 tables"},
  };
  for (const row& each : rows) {
    INFO(each.name);
    CHECK(error_of(each.text) == each.error);
  }
}

TEST_CASE("limits hold: 64 members and 1,024 variables are taken, one more is not") {
  const auto members = [](unsigned count) {
    std::string out = head;
    for (unsigned i = 0; i < count; ++i) {
      out += "[[members]]\nname = \"m" + std::to_string(i)
             + "\"\nid = " + id(static_cast<unsigned char>(i + 1)) + "\n";
    }
    return out;
  };
  CHECK(parse_genesis(members(64), "genesis.toml"));
  CHECK_THAT(error_of(members(65)),
             Catch::Matchers::EndsWith("allowed: a list of at most 64 tables"));
  const auto variables = [](unsigned count) {
    std::string out = head + one_member;
    for (unsigned i = 0; i < count; ++i) {
      out += "[[variables]]\nname = \"v" + std::to_string(i) + "\"\nkind = \"set\"\n";
    }
    return out;
  };
  const auto most = parse_genesis(variables(1'024), "genesis.toml");
  REQUIRE(most);
  CHECK(try_encode(*most));
  CHECK_THAT(error_of(variables(1'025)),
             Catch::Matchers::EndsWith("allowed: a list of at most 1024 tables"));
}

TEST_CASE("rules are the variables of such a file, and what else it says is the network's") {
  auto known = whole();
  known.limits = quotas_default;
  const auto read = [&known](const std::string& text) {
    return parse_rules(text, "rules.toml", known);
  };
  const auto refused = [&read](const std::string& text) {
    const auto told = read(text);
    REQUIRE_FALSE(told);
    return to_string(told.error());
  };
  CHECK(read(print_genesis(known))->variables == known.variables);
  CHECK(read(print_variables(known.variables))->variables == known.variables);
  CHECK(read("")->variables.empty());
  CHECK_FALSE(read("")->code);
  CHECK(read(print_rules_id(rules_id{"game", 2}))->code == rules_id{"game", 2});
  CHECK_THAT(refused("rules = \"game\"\n"),
             Catch::Contains("rules.toml:1") && Catch::Contains("NAME:VERSION"));
  CHECK_THAT(refused("[consensus]\ndelta = \"251ms\"\nheartbeat = \"90500ms\"\n"),
             Catch::Contains("rules.toml:1") && Catch::Contains("delta 250ms"));
  CHECK_THAT(refused("[quota]\nauthor_per_second = 7\n"),
             Catch::Contains("as the network's genesis has it"));
  known.limits.reset();
  CHECK_THAT(refused("[quota]\n"), Catch::Contains("as the network's genesis has it"));
  CHECK_THAT(refused("[[variable]]\n"), Catch::Contains("unknown_key"));
  CHECK_THAT(refused("[[variables]]\nname = \"x\"\nkind = \"hat\"\n"), Catch::Contains(":3:"));
}

TEST_CASE("a genesis that cannot be read says which file and what to do") {
  const test::temporary_folder folder;
  const auto missing = load_genesis(folder / "genesis.toml");
  REQUIRE_FALSE(missing);
  CHECK(
    folder.without(to_string(missing.error()))
    == "file_missing: genesis.toml: no such file or folder, where the genesis should be; copy the "
       "network's genesis.toml there, or start a network of your own with `caucus init DIR`");
  const auto big = load_genesis(folder.write("big.toml", std::string(genesis_size_max + 1, '#')));
  REQUIRE_FALSE(big);
  CHECK(big.error().code == errc::too_long);
  std::string deep = "a";
  for (int i = 0; i < 50'000; ++i) {
    deep += ".a";
  }
  CHECK_THAT(error_of(deep + " = 1"),
             Catch::Matchers::StartsWith("file_malformed: genesis.toml:1:64: too deep: "));
}

} // namespace
} // namespace caucus
