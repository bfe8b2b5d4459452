#include "runtime/folder_watch.hpp"

#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <filesystem>
#include <string>

#include <unistd.h>

namespace caucus {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a folder that was deleted, moved or replaced under its node is said, and what to do") {
  const test::temporary_folder around;
  const auto folder = around.path() / "node0";
  fs::create_directory(folder);
  folder_watch watch{folder};
  CHECK(watch.trouble().empty());
  around.write("node0/ledger.log", "");
  CHECK(watch.trouble().empty()); // made since
  const auto check = [&](const std::string& what) {
    const auto told = watch.trouble();
    INFO(told);
    CHECK(told.find(what) != std::string::npos);
    CHECK(told.find("kill " + std::to_string(::getpid())) != std::string::npos);
    CHECK(told.find("operating.md") != std::string::npos);
  };
  SECTION("deleted") {
    fs::remove_all(folder);
    check(folder.string() + " was deleted or moved");
  }
  SECTION("moved, and back") {
    fs::rename(folder, around.path() / "old");
    check(folder.string() + " was deleted or moved");
    fs::rename(around.path() / "old", folder);
    CHECK(watch.trouble().empty());
  }
  SECTION("another in its place") {
    fs::rename(folder, around.path() / "old");
    fs::create_directory(folder);
    check("was replaced by another");
  }
  SECTION("one file of it") {
    fs::remove(folder / "ledger.log");
    check((folder / "ledger.log").string() + " was deleted or moved");
  }
}

TEST_CASE("a folder that was given by a relative path is watched where it was") {
  const test::temporary_folder around;
  const auto before = fs::current_path();
  fs::create_directory(around.path() / "node0");
  fs::current_path(around.path());
  folder_watch watch{"node0"};
  fs::current_path(before);
  CHECK(watch.trouble().empty());
  fs::remove(around.path() / "node0");
  CHECK(watch.trouble().find("was deleted or moved") != std::string::npos);
}

} // namespace
} // namespace caucus
