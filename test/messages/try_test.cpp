#include "messages/try.hpp"

#include "test/catch.hpp"

#include <map>
#include <memory>
#include <string>

namespace caucus {
namespace {

using owned = std::unique_ptr<int>;

result<owned> made(int number) {
  if (number < 0) {
    return fail(errc::out_of_range, std::to_string(number));
  }
  return std::make_unique<int>(number);
}
result<void> judged(int number) {
  return number == 13 ? fail(errc::bad_text, "no luck") : result<void>{};
}

/// The sum, where all is well; `went` counts how far it came.
result<int> sum(int first, int second, int& went) {
  CAUCUS_TRY(const auto one, made(first));
  ++went;
  CAUCUS_TRY_VOID(judged(second));
  ++went;
  CAUCUS_TRY(auto other, made(second));
  ++went;
  return *one + *other;
}

TEST_CASE("the first error is handed on as it is, and nothing behind it is done") {
  struct row {
    int first;
    int second;
    int went;
    result<int> told;
  };
  const row rows[] = {{1, 2, 3, 3},
                      {-1, 13, 0, fail(errc::out_of_range, "-1")},
                      {1, 13, 1, fail(errc::bad_text, "no luck")},
                      {1, -2, 2, fail(errc::out_of_range, "-2")}};
  for (const auto& one : rows) {
    INFO(one.first << " and " << one.second);
    int went = 0;
    CHECK(sum(one.first, one.second, went) == one.told);
    CHECK(went == one.went);
  }
}

result<std::string> kept_name(const result<std::string>& known) {
  CAUCUS_TRY(auto name, known);
  return name + "!";
}

TEST_CASE("what is no temporary keeps its value and its error") {
  const result<std::string> known{std::string(100, 'a')};
  CHECK(kept_name(known) == std::string(100, 'a') + "!");
  CHECK(known == std::string(100, 'a'));
  const result<std::string> wrong = fail(errc::busy, std::string(100, 'b'));
  CHECK_FALSE(kept_name(wrong));
  CHECK(wrong.error().detail == std::string(100, 'b'));
}

result<std::size_t> counted() {
  CAUCUS_TRY(const auto all, result<std::map<int, int>>{std::map<int, int>{{1, 2}, {3, 4}}});
  return all.size();
}

TEST_CASE("an expression may have commas of its own") {
  CHECK(counted() == 2U);
}

} // namespace
} // namespace caucus
