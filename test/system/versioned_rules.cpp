#include "actors/caucus.hpp"
#include "apps/caucus/program.hpp"

#include <cstdlib>
#include <string>

// A program whose rules have two versions, for rules_code_test: RULES names the newest that it
// brings, 1 or 2.

namespace {

/// What it writes says which version did.
caucus::rules version(std::uint32_t number) {
  return caucus::rules{"noting", number}.on(
    "notes", "note", [number](caucus::state_edit& notes, const caucus::call& by) {
      notes.put(by.arguments[0].text(), "version " + std::to_string(number));
      return caucus::permit();
    });
}

caucus::rules newest() {
  const auto* const named = std::getenv("RULES"); // NOLINT(concurrency-mt-unsafe): at the start
  if (named == nullptr || std::string{named} != "2") {
    return version(1);
  }
  return version(2)
    .on_change([](caucus::state_migration& state) -> caucus::result<void> {
      if (state.text("motto") == "stay as we are") {
        return caucus::refuse("the motto says to stay");
      }
      state.each("notes", [&](std::string_view key, std::string_view value) {
        state.put("notes", key, std::string{value} + ", moved");
        return true;
      });
      return caucus::permit();
    })
    .after(version(1));
}

} // namespace

int main(int count, char** words) {
  caucus::composition with{"noting", "1.0"};
  with.add_rules(newest());
  return caucus::run(count, words, with);
}
