#include "runtime/folder_network.hpp"

#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <optional>
#include <string>

namespace caucus {
namespace {

const network_id one{{std::byte{1}}};
const network_id other{{std::byte{2}}};

std::optional<network_id> kept_in(const test::temporary_folder& folder) {
  const auto kept = folder_network(folder.path());
  REQUIRE(kept);
  return *kept;
}

TEST_CASE("a folder is the network's that it was begun with, and no other's") {
  const test::temporary_folder folder;
  CHECK_FALSE(kept_in(folder));
  REQUIRE(claim_folder(folder.path(), one));
  CHECK(kept_in(folder) == one);
  for (const auto* const store :
       {"consensus.journal", "notary.journal", "ledger.log", "state.sqlite"}) {
    CAPTURE(store);
    const test::temporary_folder begun;
    REQUIRE(claim_folder(begun.path(), one));
    begun.write(store, "");
    CHECK(claim_folder(begun.path(), one));
    const auto refused = claim_folder(begun.path(), other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::wrong_network);
    for (const auto& said : {to_hex(one.view()).substr(0, 16), to_hex(other.view()).substr(0, 16),
                             begun.path().string(), std::string{store}}) {
      CHECK(refused.error().detail.find(said) != std::string::npos);
    }
    CHECK(kept_in(begun) == one);
  }
}

TEST_CASE("a folder in which nothing was begun is nobody's") {
  const test::temporary_folder folder;
  REQUIRE(claim_folder(folder.path(), one)); // and then the port was taken, say
  REQUIRE(claim_folder(folder.path(), other));
  CHECK(kept_in(folder) == other);
}

TEST_CASE("a folder of a version that recorded no network takes the first it is opened with") {
  const test::temporary_folder folder;
  folder.write("notary.journal", "");
  REQUIRE(claim_folder(folder.path(), one));
  CHECK_FALSE(claim_folder(folder.path(), other));
}

TEST_CASE("a network's record that is none is no reason to forget what was signed") {
  const test::temporary_folder folder;
  for (const auto* const text : {"", "\n", "00ff\n", "no hex", "0000000000000000"}) {
    CAPTURE(text);
    folder.write("network", text);
    CHECK(claim_folder(folder.path(), one)); // nothing was begun
    folder.write("notary.journal", "");
    folder.write("network", text);
    const auto refused = claim_folder(folder.path(), one);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::file_malformed);
    std::filesystem::remove(folder / "notary.journal");
  }
}

} // namespace
} // namespace caucus
