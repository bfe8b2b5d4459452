#include "apps/caucus/seen_height.hpp"
#include "test/catch.hpp"
#include "test/harness/process.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace caucus::cli {
namespace {

namespace fs = std::filesystem;

network_id network(unsigned char first) {
  network_id out{};
  out.raw[0] = std::byte{first};
  return out;
}

TEST_CASE("the height seen only rises, and is a network's own") {
  const harness::temporary_folder folder;
  CHECK(seen_height(folder.path(), network(1)) == height{});
  REQUIRE(raise_seen_height(folder.path(), network(1), height{7}));
  CHECK(seen_height(folder.path(), network(1)) == height{7});
  REQUIRE(raise_seen_height(folder.path(), network(1), height{6}));
  CHECK(seen_height(folder.path(), network(1)) == height{7});
  REQUIRE(raise_seen_height(folder.path(), network(1), height{1'000'000}));
  CHECK(seen_height(folder.path(), network(1)) == height{1'000'000});
  CHECK(seen_height(folder.path(), network(2)) == height{});
}

TEST_CASE("what is no height in the file is said, and is replaced") {
  const harness::temporary_folder folder;
  const auto file = folder.path() / "seen_height";
  for (const auto& text : {std::string{"7\n"}, std::string(86, 'x'), std::string(85, '0'),
                           std::string(64, '0') + " 99999999999999999999\n",
                           std::string(64, '0') + "x00000000000000000007\n"}) {
    std::ofstream{file, std::ios::trunc} << text;
    INFO(text);
    const auto seen = seen_height(folder.path(), network(0));
    REQUIRE_FALSE(seen);
    CHECK(seen.error().code == errc::file_malformed);
    CHECK(seen.error().detail.find(file.string()) != std::string::npos);
    REQUIRE(raise_seen_height(folder.path(), network(1), height{3}));
    CHECK(seen_height(folder.path(), network(1)) == height{3});
  }
}

TEST_CASE("a file of heights that is no file is said, and one that is just made is none yet") {
  const harness::temporary_folder folder;
  const auto file = folder.path() / "seen_height";
  std::ofstream{file}.flush();
  CHECK(seen_height(folder.path(), network(1)) == height{});
  fs::remove(file);
  fs::create_directory(file);
  CHECK_FALSE(seen_height(folder.path(), network(1)));
  CHECK_FALSE(raise_seen_height(folder.path(), network(1), height{3}));
  CHECK_FALSE(raise_seen_height(folder.path() / "none", network(1), height{3}));
}

TEST_CASE("of many that raise it at once the highest wins") {
  const harness::temporary_folder folder;
  std::vector<std::jthread> all;
  for (std::uint64_t i = 0; i < 4; ++i) {
    all.emplace_back([&folder, i] {
      for (std::uint64_t k = 0; k < 100; ++k) {
        static_cast<void>(raise_seen_height(folder.path(), network(1), height{1 + k * 4 + i}));
      }
    });
  }
  all.clear();
  CHECK(seen_height(folder.path(), network(1)) == height{400});
}

} // namespace
} // namespace caucus::cli
