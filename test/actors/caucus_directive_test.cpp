#include "actors/caucus_directive.hpp"

#include "actors/administration/administration_commands.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/variable_kinds.hpp"
#include "test/catch.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What a program asks its group for is what an operator could have typed, and nothing else.

namespace caucus {
namespace {

using namespace std::chrono_literals;

peer_id peer(std::uint8_t number) {
  peer_id out;
  out.raw.fill(std::byte{number});
  return out;
}

template <class Command>
Command asked(const group_directive& what) {
  const auto out = command_for(what, peer(1), 7s);
  REQUIRE(out.has_value());
  REQUIRE(out->facts == &facts_of<Command>());
  const auto* const command = out->as<Command>();
  REQUIRE(command != nullptr);
  CHECK(command->timeout == 7s);
  return *command;
}

TEST_CASE("each directive is the command that an operator types, with all that it says") {
  const member eva{peer(5), "eva", "192.0.2.7:7400"};
  const auto id = to_text(peer(5));
  for (const bool flag : {true, false}) {
    const auto in = asked<control_group_admit>(admit{eva, flag});
    CHECK((in.who == id && in.standby == flag));
    CHECK((in.name == "eva" && in.address == "192.0.2.7:7400"));
    const auto out = asked<control_group_kick>(kick{peer(2), flag});
    CHECK((out.who == to_text(peer(2)) && out.lower_f == flag));
    CHECK(asked<control_group_retire>(retire{peer(1), flag}).lower_f == flag);
  }
  const auto as_it_says = asked<control_group_admit>(admit{{peer(5), {}, {}}});
  CHECK((as_it_says.name.empty() && as_it_says.address.empty()));
  const auto place = asked<control_group_replace>(replace{peer(2), eva});
  CHECK((place.former == to_text(peer(2)) && place.by == id));
  CHECK((place.name == "eva" && place.address == "192.0.2.7:7400"));
  CHECK(asked<control_group_reinforce>(reinforce{3}).count == 3);
  CHECK(asked<control_group_unbar>(unbar{peer(5)}).who == id);
  CHECK(asked<control_group_announce>(announce{"season 2"}).text == "season 2");
}

TEST_CASE("a change of the rules is asked for as a file would say it, and means the same") {
  change_rules what;
  what.declared.resize(1);
  what.declared[0].name = "chat";
  what.declared[0].kind = kind_named("map");
  what.declared[0].key_size = 77;
  what.removed = {"old", "older"};
  const auto command = asked<control_group_rules>(what);
  const auto wanted = command.wanted(genesis{});
  REQUIRE(wanted);
  CHECK(wanted->variables == what.declared);
  CHECK(wanted->removed == what.removed);
  CHECK(wanted->keeps_rest);
  CHECK_FALSE(wanted->code);
  CHECK(asked<control_group_rules>(change_rules{{}, {"old"}}).file == std::nullopt);
  change_rules other;
  other.code = rules_id{"game", 2};
  other.without = {peer(5)};
  const auto by_other = asked<control_group_rules>(other).wanted(genesis{});
  REQUIRE(by_other);
  CHECK(by_other->code == other.code);
  CHECK(by_other->without == std::vector<std::string>{to_text(peer(5))});
  CHECK((by_other->keeps_rest && by_other->variables.empty()));
}

TEST_CASE("the time of a bar is in whole seconds, upwards; none is for good") {
  const auto time = [](std::uint64_t ms) {
    const auto command = asked<control_group_bar>(bar{peer(5), ms});
    CHECK(command.who == to_text(peer(5)));
    const auto out = bar_time_from_text(command.time);
    REQUIRE(out.has_value());
    return *out;
  };
  CHECK(time(0) == 0);
  CHECK(time(1) == 1'000);
  CHECK(time(1'000) == 1'000);
  CHECK(time(1'001) == 2'000);
  CHECK(time(bar_ms_max) == bar_ms_max);
  CHECK_FALSE(command_for(bar{peer(5), bar_ms_max + 1}, peer(1), 7s));
  CHECK_FALSE(command_for(bar{peer(5), ~std::uint64_t{0}}, peer(1), 7s));
}

TEST_CASE("what nobody could type is refused before anybody is asked") {
  const std::string long_name(name_size_max + 1, 'a');
  const group_directive wrong[] = {retire{peer(2)},
                                   reinforce{0},
                                   reinforce{members_max + 1},
                                   announce{},
                                   announce{std::string(announcement_size_max + 1, 'a')},
                                   announce{"\xff"},
                                   admit{{peer(5), long_name, {}}},
                                   admit{{peer(5), "a b", {}}},
                                   admit{{peer(5), {}, "nowhere"}},
                                   replace{peer(2), {peer(5), "a b", {}}},
                                   replace{peer(2), {peer(5), {}, "nowhere"}}};
  for (const auto& one : wrong) {
    INFO(one.index());
    const auto told = command_for(one, peer(1), 7s);
    REQUIRE_FALSE(told.has_value());
    CHECK(told.error().code == errc::bad_request);
    CHECK_FALSE(told.error().detail.empty());
  }
}

TEST_CASE("a command about the rules that would take away more than it says is refused") {
  const auto command = [](const std::string& text, bool add, std::vector<std::string> remove) {
    control_group_rules out;
    if (!text.empty()) {
      const auto raw = as_bytes(text);
      out.file.emplace(raw.begin(), raw.end());
    }
    out.add = add;
    out.remove = std::move(remove);
    return out;
  };
  const std::string chat = "[[variables]]\nname = \"chat\"\nkind = \"map\"\n";
  CHECK(command(chat, false, {}).check());
  CHECK(command(chat, true, {"old"}).check());
  CHECK_FALSE(command(chat, false, {"old"}).check()); // which the file leaves out as well
  auto bare = command("", false, {});
  CHECK(bare.check());
  bare.attempt = true;
  CHECK_FALSE(bare.check());
  const auto refused = [](const control_group_rules& what) {
    const auto told = what.wanted(genesis{});
    return told ? std::string{} : told.error().detail;
  };
  CHECK(refused(command(chat, true, {"old"})).empty());
  CHECK(refused(command("# nothing yet\n", false, {})).find("no [[variables]]")
        != std::string::npos);
  CHECK(refused(command(chat, true, {"chat"})).find("chat is to be removed") != std::string::npos);
  change_rules twice{{{}}, {}};
  twice.declared[0].name = "Chat";
  const auto told = command_for(twice, peer(1), 7s);
  REQUIRE_FALSE(told.has_value());
  CHECK(told.error().code == errc::bad_request);
}

} // namespace
} // namespace caucus
