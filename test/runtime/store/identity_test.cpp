#include "runtime/identity.hpp"

#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <array>
#include <cstdio>
#include <string>

#include <sys/stat.h>

namespace caucus {
namespace {

/// RFC 8032, section 7.1, test 1: its seed as PKCS#8.
constexpr const char* known_pem =
  "-----BEGIN PRIVATE KEY-----\n"
  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
  "-----END PRIVATE KEY-----\n";
constexpr const char* known_id = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// What a program says, both channels; its exit code behind.
std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) {
    out += part.data();
  }
  return out + "exit " + std::to_string(::pclose(pipe));
}

std::string load_error(const test::temporary_folder& folder, const std::filesystem::path& path) {
  const auto key = load_identity(path);
  REQUIRE_FALSE(key);
  return folder.without(to_string(key.error()));
}

std::filesystem::path private_file(const test::temporary_folder& folder, std::string_view name,
                                   std::string_view text) {
  auto path = folder.write(name, text);
  ::chmod(path.c_str(), 0600);
  return path;
}

TEST_CASE("a saved identity is read back as the same one, from a file of mode 0600") {
  const test::temporary_folder folder;
  const auto key = make_identity();
  REQUIRE(key);
  REQUIRE(save_identity(*key, folder / "identity.key"));
  struct ::stat about {};
  REQUIRE(::stat((folder / "identity.key").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto again = load_identity(folder / "identity.key");
  REQUIRE(again);
  CHECK(again->id() == key->id());
  CHECK(verify(key->id(), sign(*again, as_bytes("text")), as_bytes("text")));
  const auto other = make_identity();
  REQUIRE(other);
  CHECK(other->id() != key->id());
}

TEST_CASE("a key file is what RFC 8410 says, byte by byte") {
  const auto key = identity_from_pem(known_pem, "known");
  REQUIRE(key);
  CHECK(to_hex(key->id().view()) == known_id);
  CHECK(identity_to_pem(*key) == std::string{known_pem});
}

TEST_CASE("openssl reads our keys, and we read openssl's") {
  const test::temporary_folder folder;
  const auto key = make_identity();
  REQUIRE(key);
  REQUIRE(save_identity(*key, folder / "ours"));
  const std::string shown =
    output_of("openssl pkey -noout -text_pub -in " + (folder / "ours").string());
  std::string hex;
  for (const char each : shown.substr(shown.find("pub:") + 4)) {
    if ((each >= '0' && each <= '9') || (each >= 'a' && each <= 'f')) { // leaves out colons
      hex += each;
    }
  }
  CHECK(hex.substr(0, 64) == to_hex(key->id().view()));
  CHECK(shown.ends_with("exit 0"));

  CHECK(
    output_of("umask 077; openssl genpkey -algorithm ed25519 -out " + (folder / "theirs").string())
      .ends_with("exit 0"));
  CHECK(load_identity(folder / "theirs"));
}

TEST_CASE("an identity is never overwritten") {
  const test::temporary_folder folder;
  const auto key = make_identity();
  REQUIRE(key);
  folder.write("identity.key", "precious");
  const auto saved = save_identity(*key, folder / "identity.key");
  REQUIRE_FALSE(saved);
  CHECK(folder.without(to_string(saved.error()))
        == "file_exists: identity.key exists and is never overwritten");
  CHECK(folder.read("identity.key") == "precious");
  const auto nowhere = save_identity(*key, folder / "none" / "identity.key");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == errc::file_missing);
}

TEST_CASE("a key that others can use is refused, whatever they can do with it") {
  const test::temporary_folder folder;
  const auto path = folder.write("identity.key", known_pem);
  for (const ::mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U}) {
    INFO(mode);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(load_error(folder, path)
          == "file_permissions: identity.key: the identity key can be used by others than its "
             "owner; run `chmod 600` on it");
  }
  for (const ::mode_t mode : {0600U, 0400U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(load_identity(path));
  }
}

TEST_CASE("a file that holds no identity is refused with what to do") {
  const test::temporary_folder folder;
  CHECK(load_error(folder, folder / "identity.key")
        == "file_missing: identity.key: no such file or folder, where the identity key should be; "
           "make one "
           "with `caucus keygen`, or copy the node's own key there");
  const std::string no_pem =
    " holds no private key in PEM without a password; restore it from a copy, or make a new one "
    "with `caucus keygen` (a new identity)";
  const std::string whole = known_pem;
  CHECK(load_error(folder, private_file(folder, "empty", "")) == "file_malformed: empty" + no_pem);
  CHECK(load_error(folder, private_file(folder, "text", "hello"))
        == "file_malformed: text" + no_pem);
  CHECK(load_error(folder, private_file(folder, "half", whole.substr(0, 60)))
        == "file_malformed: half" + no_pem);
  CHECK(load_error(folder, private_file(folder, "big", std::string(20'000, 'x')))
        == "too_long: big has 20000 bytes; the identity key has at most 16384");
  const auto make = [&folder](const std::string& arguments, const std::string& name) {
    const auto path = folder / name;
    REQUIRE(output_of("umask 077; openssl genpkey " + arguments + " -out " + path.string())
              .ends_with("exit 0"));
    return path;
  };
  const std::string other_kind =
    " holds a key of another kind; an identity is an Ed25519 key, make one with `caucus keygen`";
  CHECK(load_error(folder, make("-algorithm x25519", "x25519"))
        == "file_malformed: x25519" + other_kind);
  CHECK(load_error(folder, make("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "rsa"))
        == "file_malformed: rsa" + other_kind);
  CHECK(load_error(folder, make("-algorithm ed25519 -aes128 -pass pass:secret", "locked"))
        == "file_malformed: locked" + no_pem);
}

} // namespace
} // namespace caucus
