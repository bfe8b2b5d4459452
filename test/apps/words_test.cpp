#include "apps/caucus/output.hpp"
#include "apps/caucus/words.hpp"

#include "test/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>

namespace caucus::cli {
namespace {

using json = nlohmann::ordered_json;

TEST_CASE("every byte string can be said on the command line") {
  struct row {
    std::string word;
    std::string meant;
  };
  const std::vector<row> table{
    {"blue", "blue"},
    {"", ""},
    {"hex:", ""},
    {"hex:00ff", std::string{"\0\xff", 2}},
    {"text:", ""},
    {"text:hex:00ff", "hex:00ff"},
    {"text:text:a", "text:a"},
    {"text:@file", "@file"},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
  };
  for (const auto& row : table) {
    INFO(row.word);
    CHECK(bytes_of_word(row.word, "argument 1") == row.meant);
  }
}

TEST_CASE("a file gives its bytes, whatever they are, and none more than an argument has") {
  const auto file =
    std::filesystem::temp_directory_path() / ("caucus_words_" + std::to_string(::getpid()));
  const std::string all{"\xed\xa0\x80\0\n", 5};
  std::ofstream{file, std::ios::binary} << all;
  CHECK(bytes_of_word("@" + file.string(), "argument 1") == all);
  std::ofstream{file, std::ios::binary} << std::string(64 * 1024 + 1, 'x');
  CHECK(bytes_of_word("@" + file.string(), "argument 1").error().code == errc::bad_request);
  std::filesystem::remove(file);
  CHECK(bytes_of_word("@" + file.string(), "argument 1").error().code == errc::bad_request);
}

TEST_CASE("text that is none, and hex that is none, is refused with what to write") {
  for (const auto* const bad : {"\xff", "a\xed\xa0\x80", "\xc0\xaf", "text:\xff"}) {
    const auto said = bytes_of_word(bad, "argument 2");
    REQUIRE_FALSE(said);
    CHECK(said.error().detail == "argument 2 is no UTF-8: give bytes as hex:00ff or @FILE");
  }
  for (const auto* const bad : {"hex:0", "hex:FF", "hex:0x", "hex: 00"}) {
    CHECK(bytes_of_word(bad, "argument 1").error().code == errc::bad_request);
  }
}

TEST_CASE("no two values look alike, and none looks like nothing") {
  const std::vector<json> values{json("(absent)"),
                                 json("absent"),
                                 json{{"hex", "ff"}},
                                 json("hex:ff"),
                                 json(R"({"hex":"ff"})"),
                                 json(""),
                                 json(R"("")"),
                                 json("a"),
                                 json(R"("a")"),
                                 json(" a"),
                                 json("a "),
                                 json("a\nb"),
                                 json(R"(a\nb)"),
                                 json("(no entries)"),
                                 json("[]")};
  std::set<std::string> lines;
  std::set<std::string> all_words;
  for (const auto& value : values) {
    lines.insert(shown_line(value));
    all_words.insert(shown_word(value));
  }
  CHECK(lines.size() == values.size());
  CHECK(all_words.size() == values.size());
  CHECK(shown_line(json{{"hex", "ff"}}) == "hex:ff");
  CHECK(shown_line("(absent)") == "\"(absent)\"");
  CHECK(shown_line("hex:ff") == "\"hex:ff\"");
  CHECK(shown_line("one for all") == "one for all");
  CHECK(shown_word("one for all") == R"("one for all")");
}

} // namespace
} // namespace caucus::cli
