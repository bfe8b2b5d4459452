#include "actors/logged_rules.hpp"

#include "runtime/log.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <stdexcept>
#include <string>

namespace caucus {
namespace {

struct nothing final : state_edit {
  [[nodiscard]] std::optional<std::string_view> get(std::string_view /*key*/) const override {
    return std::nullopt;
  }
  void put(std::string_view /*key*/, std::string_view /*value*/) override {}
  void erase(std::string_view /*key*/) override {}
};

struct no_state final : state_view {
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view /*variable*/) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> text(std::string_view /*variable*/) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> text(std::string_view /*variable*/,
                                                     std::string_view /*key*/) const override {
    return std::nullopt;
  }
};

TEST_CASE("what a rule throws is in the log once, with its variable and operation") {
  const test::temporary_folder folder;
  REQUIRE(set_log_levels("warn"));
  REQUIRE(set_log_file((folder / "log").string()));
  rules mine{"test", 3};
  mine.on("board", "mark", [](state_edit&, const call&) -> result<void> {
    throw std::runtime_error{"no such cell"};
  });
  mine.on("board", "clear", [](state_edit&, const call&) -> result<void> { throw 5; });
  mine.on("board", "ask", [](state_edit&, const call&) { return refuse("no"); });
  const auto with = logged(mine);
  CHECK(with.name() == "test");
  CHECK(with.version() == 3);
  REQUIRE(with.entries().size() == 3);
  nothing on;
  const peer_id who{};
  const no_state around;
  const call by{who, {}, height{1}, wall_ms{0}, around, 4};
  for (int i = 0; i < 3; ++i) {
    CHECK_THROWS_AS(with.entries()[0].rule(on, by), std::runtime_error);
    CHECK_THROWS_AS(with.entries()[1].rule(on, by), int);
    CHECK(with.entries()[2].rule(on, by).error().detail == "no");
  }
  REQUIRE(set_log_file({}));
  const auto text = folder.read("log");
  const auto first = text.find("the rule of board mark threw: no such cell");
  CHECK(first != std::string::npos);
  CHECK(text.find("no such cell", first + 40) == std::string::npos);
  CHECK(text.find("board clear threw") != std::string::npos);
  CHECK(text.find("board ask") == std::string::npos);
}

} // namespace
} // namespace caucus
