#include "runtime/base/nearest_name.hpp"
#include "test/catch.hpp"

#include <array>
#include <string>
#include <string_view>

namespace caucus::test {

TEST_CASE("a slip is near, another word is not") {
  const std::array<std::string_view, 3> names{"score", "profile", "tags"};
  CHECK(nearest_name("scroe", names) == "score");
  CHECK(nearest_name("profiles", names) == "profile");
  CHECK(nearest_name("tag", names) == "tags");
  CHECK(nearest_name("foo", names).empty());
  CHECK(nearest_name(std::string(near_name_size_max + 1, 's'), names).empty());
  CHECK(nearest_name("score", {}).empty());
}

TEST_CASE("a distance counts letters to change, add and leave out") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("scroe", "score") == 2);
}

} // namespace caucus::test
