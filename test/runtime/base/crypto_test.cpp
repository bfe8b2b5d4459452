#include "runtime/base/aead.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/hkdf.hpp"
#include "runtime/base/sha256.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/x25519.hpp"
#include "test/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The vectors of the standards, and what we promise beyond them.

namespace caucus::test {

namespace {

bytes hex(std::string_view text) {
  return from_hex(text).value();
}

template <class Secret>
Secret secret(std::string_view text) {
  const auto raw = hex(text);
  return Secret{std::span<const std::byte, Secret::size>{raw}};
}

template <class Fixed>
Fixed fixed(std::string_view text) {
  return fixed_from_hex<Fixed>(text).value();
}

} // namespace

// -- SHA-256 -------------------------------------------------------------------------------------

TEST_CASE("SHA-256 gives FIPS 180's examples") {
  const std::vector<std::pair<std::string, std::string>> rows{
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {std::string(1'000'000, 'a'),
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const auto& [text, wanted] : rows) {
    CHECK(to_hex(sha256(as_bytes(text)).view()) == wanted);
  }
}

TEST_CASE("SHA-256 of parts and of the whole are the same") {
  CHECK(rc::check([](const std::string& a, const std::string& b, const std::string& c) {
    const auto whole = sha256(as_bytes(a + b + c));
    RC_ASSERT(sha256({as_bytes(a), as_bytes(b), as_bytes(c)}) == whole);
  }));
}

TEST_CASE("a tree's node is the hash of prefix, left and right") {
  const auto left = sha256(as_bytes("left"));
  const auto right = sha256(as_bytes("right"));
  const std::vector<std::byte> prefix{std::byte{1}};
  CHECK(sha256_pair(std::byte{1}, left, right) == sha256({prefix, left.view(), right.view()}));
}

// -- Ed25519 -------------------------------------------------------------------------------------

TEST_CASE("Ed25519 gives RFC 8032's examples") {
  struct row {
    const char* seed;
    const char* id;
    const char* text;
    const char* by;
  };
  const std::vector<row> rows{
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"}};
  for (const auto& [seed, id, text, by] : rows) {
    const secret_key key{secret<key_seed>(seed)};
    CHECK(to_hex(key.id().view()) == id);
    CHECK(to_hex(key.seed().view()) == seed);
    CHECK(to_hex(sign(key, hex(text)).view()) == by);
    CHECK(verify(fixed<peer_id>(id), fixed<signature>(by), hex(text)));
  }
}

TEST_CASE("a signature fits one key and one text, and no bit of it can change") {
  const secret_key key{secret<key_seed>(std::string(64, '1'))};
  const secret_key other{secret<key_seed>(std::string(64, '2'))};
  const auto text = hex("0102");
  const auto by = sign(key, text);
  CHECK(by == sign(key, text));
  CHECK(!verify(other.id(), by, text));
  CHECK(!verify(key.id(), by, hex("0103")));
  CHECK(!verify(key.id(), by, hex("01")));
  for (std::size_t bit = 0; bit < signature::size * 8; ++bit) {
    auto altered = by;
    altered.raw[bit / 8] ^= std::byte{1} << (bit % 8);
    CHECK(!verify(key.id(), altered, text));
  }
}

TEST_CASE("a public key that is no point on the curve verifies nothing") {
  peer_id nowhere; // y = 2 has no x
  nowhere.raw[0] = std::byte{2};
  CHECK(!verify(nowhere, signature{}, hex("")));
}

TEST_CASE("a public key of small order verifies nothing") {
  // The neutral element: with R = S = 0 times the base the equation holds for every text.
  peer_id neutral;
  neutral.raw[0] = std::byte{1};
  signature by;
  by.raw[0] = std::byte{1};
  CHECK(!verify(neutral, by, hex("")));
  CHECK(!verify(neutral, by, hex("00")));
}

TEST_CASE("a signature with S raised by the group's order is refused") {
  // The same equation holds; taken, it would give one text two signatures.
  const secret_key key{secret<key_seed>(std::string(64, '1'))};
  auto by = sign(key, hex("00"));
  const auto order = hex("edd3f55c1a631258d69cf7a2def9de14"
                         "00000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += std::to_integer<unsigned>(by.raw[32 + i]) + std::to_integer<unsigned>(order[i]);
    by.raw[32 + i] = std::byte(carry & 0xFFU);
    carry >>= 8U;
  }
  CHECK(!verify(key.id(), by, hex("00")));
}

TEST_CASE("a moved key signs as before") {
  secret_key key{secret<key_seed>(std::string(64, '1'))};
  const auto by = sign(key, hex("00"));
  const secret_key moved{std::move(key)};
  CHECK(sign(moved, hex("00")) == by);
}

// -- X25519 --------------------------------------------------------------------------------------

TEST_CASE("X25519 gives RFC 7748's examples") {
  const auto alice =
    secret<x25519_secret>("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob =
    secret<x25519_secret>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  CHECK(to_hex(public_of(alice).view())
        == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  CHECK(to_hex(public_of(bob).view())
        == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const auto* const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  CHECK(to_hex(agree(alice, public_of(bob)).value().view()) == shared);
  CHECK(to_hex(agree(bob, public_of(alice)).value().view()) == shared);

  const auto scalar =
    secret<x25519_secret>("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  const auto point =
    fixed<x25519_public>("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
  CHECK(to_hex(agree(scalar, point).value().view())
        == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST_CASE("a public key of small order is refused") {
  const auto mine = secret<x25519_secret>(std::string(64, '1'));
  for (const auto* const text :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const auto shared = agree(mine, fixed<x25519_public>(text));
    REQUIRE(!shared.has_value());
    CHECK(shared.error().code == errc::bad_public_key);
  }
}

// -- HKDF ----------------------------------------------------------------------------------------

TEST_CASE("HKDF gives RFC 5869's examples") {
  const auto counted = [](unsigned first, unsigned last) {
    bytes out;
    for (auto next = first; next <= last; ++next) {
      out.push_back(std::byte(next));
    }
    return out;
  };
  bytes out(42);
  hkdf_sha256(bytes(22, std::byte{0x0b}), counted(0x00, 0x0c), counted(0xf0, 0xf9), out);
  CHECK(to_hex(out)
        == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b8"
           "87185865");
  out.resize(82);
  hkdf_sha256(counted(0x00, 0x4f), counted(0x60, 0xaf), counted(0xb0, 0xff), out);
  CHECK(to_hex(out)
        == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c"
           "65e59"
           "0e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  out.resize(42);
  hkdf_sha256(bytes(22, std::byte{0x0b}), {}, {}, out);
  CHECK(to_hex(out)
        == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4"
           "b61a96c8");
}

TEST_CASE("HKDF fills all that it can give") {
  bytes out(hkdf_out_size_max);
  hkdf_sha256(hex("01"), {}, {}, out);
  bytes less(hkdf_out_size_max - 1);
  hkdf_sha256(hex("01"), {}, {}, less);
  CHECK(std::equal(less.begin(), less.end(), out.begin()));
}

// -- ChaCha20-Poly1305 ---------------------------------------------------------------------------

TEST_CASE("ChaCha20-Poly1305 gives RFC 8439's example") {
  const auto key =
    secret<aead_key>("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const auto nonce = fixed<aead_nonce>("070000004041424344454647");
  const auto beside = hex("50515253c0c1c2c3c4c5c6c7");
  const std::string plain =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one "
    "tip for the future, sunscreen would be it.";
  const auto sealed = seal(key, nonce, as_bytes(plain), beside);
  CHECK(to_hex(sealed)
        == "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb6"
           "9da92"
           "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad67594558"
           "5808b"
           "4831d7bc3ff4def08e4b7a9de576d26586cec64b6116"
           "1ae10b594f09e26a7e902ecbd0600691");
  const auto opened = open(key, nonce, sealed, beside);
  REQUIRE(opened.has_value());
  CHECK(to_hex(*opened) == to_hex(as_bytes(plain)));
}

TEST_CASE("what was sealed opens, and nothing else does") {
  CHECK(rc::check([](const std::string& plain, const std::string& beside, std::size_t at) {
    const auto key = secret<aead_key>(std::string(64, '7'));
    const aead_nonce nonce{};
    auto sealed = seal(key, nonce, as_bytes(plain), as_bytes(beside));
    RC_ASSERT(sealed.size() == plain.size() + aead_tag_size);
    const auto opened = open(key, nonce, sealed, as_bytes(beside));
    RC_ASSERT(opened.has_value());
    RC_ASSERT(to_hex(*opened) == to_hex(as_bytes(plain)));

    const auto refused = [&](const aead_key& with, const aead_nonce& once, bytes_view what,
                             std::string_view aside) {
      const auto out = open(with, once, what, as_bytes(aside));
      return !out && out.error().code == errc::bad_seal;
    };
    aead_nonce other{};
    other.raw[11] = std::byte{1};
    RC_ASSERT(refused(key, other, sealed, beside));
    RC_ASSERT(refused(secret<aead_key>(std::string(64, '8')), nonce, sealed, beside));
    RC_ASSERT(refused(key, nonce, sealed, beside + "x"));
    RC_ASSERT(refused(key, nonce, bytes_view{sealed}.first(sealed.size() - 1), beside));
    sealed[at % sealed.size()] ^= std::byte{1};
    RC_ASSERT(refused(key, nonce, sealed, beside));
  }));
}

TEST_CASE("less than a tag opens to nothing") {
  CHECK(open(secret<aead_key>(std::string(64, '7')), {}, hex("00"), {}).error().code
        == errc::bad_seal);
  CHECK(!open(secret<aead_key>(std::string(64, '7')), {}, {}, {}).has_value());
}

} // namespace caucus::test
