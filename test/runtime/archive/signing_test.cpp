#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/sha256.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/golden.hpp"

#include <set>
#include <vector>

namespace caucus::test {

namespace {

const auto network = filled<network_id>(0x11);

} // namespace

TEST_CASE("signed bytes are protocol, network, group, purpose and body") {
  const auto out = signed_bytes(network, group_id{0x01020304}, "batch", from_notation("aabb"));
  CHECK(to_hex(out) == to_hex(from_notation("6361756375732f31 11*32 04030201 05 6261746368 aabb")));
}

TEST_CASE("a digest is of protocol, name and body") {
  CHECK(named_digest("payload", from_notation("aabb"))
        == sha256(from_notation("6361756375732f31 07 7061796c6f6164 aabb")));
}

TEST_CASE("a vote signs its kind and its subject") {
  const subject on{vote_kind::nullify, epoch{1}, view{2}, {}};
  CHECK(to_hex(signed_bytes(network, group_id{7}, on))
        == to_hex(from_notation("6361756375732f31 11*32 07000000 07 6e756c6c696679"
                                " 02 0100000000000000 0200000000000000 00*32")));
}

TEST_CASE("an attestation signs the asker's nonce and the bound's digest") {
  block_header bound;
  bound.group = group_id{7};
  CHECK(to_hex(signed_bytes(network, filled<fresh_nonce>(0x77), bound, epoch{}))
        == to_hex(from_notation("6361756375732f31 11*32 07000000 06 617474657374 77*16 "
                                + to_hex(digest_of(bound).view()))));
}

TEST_CASE("what is signed for one end is worth nothing for another") {
  block_header header;
  header.group = group_id{1};
  batch_header batch;
  batch.group = group_id{1};
  subject on{vote_kind::notarize, epoch{}, view{1}, digest_of(header)};
  std::set<bytes> all{signed_bytes(network, header), signed_bytes(network, batch),
                      signed_bytes(network, group_id{1}, on),
                      signed_bytes(network, group_id{2}, on),
                      signed_bytes(filled<network_id>(0x12), group_id{1}, on)};
  all.insert(signed_bytes(network, fresh_nonce{}, header, epoch{}));
  all.insert(signed_bytes(network, filled<fresh_nonce>(1), header, epoch{}));
  all.insert(signed_bytes(network, filled<fresh_nonce>(1), header, epoch{1}));
  on.kind = vote_kind::finalize;
  all.insert(signed_bytes(network, group_id{1}, on));
  on.view = view{2};
  all.insert(signed_bytes(network, group_id{1}, on));
  on.epoch = epoch{1};
  all.insert(signed_bytes(network, group_id{1}, on));
  CHECK(all.size() == 11);
}

TEST_CASE("every field of a header changes its digest") {
  block_header header;
  std::set<digest> seen{digest_of(header)};
  const auto changed = [&](auto&& change) {
    auto other = header;
    change(other);
    seen.insert(digest_of(other));
  };
  changed([](auto& of) { of.group = group_id{1}; });
  changed([](auto& of) { of.epoch = epoch{1}; });
  changed([](auto& of) { of.height = height{1}; });
  changed([](auto& of) { of.view = view{1}; });
  changed([](auto& of) { of.parent_view = view{1}; });
  changed([](auto& of) { of.parent = filled<digest>(1); });
  changed([](auto& of) { of.time = wall_ms{1}; });
  changed([](auto& of) { of.payload = filled<digest>(1); });
  changed([](auto& of) { of.state_root = filled<digest>(1); });
  changed([](auto& of) { of.receipts_root = filled<digest>(1); });
  CHECK(seen.size() == 11);
}

TEST_CASE("a payload's digest knows the order and the number of its batches") {
  const auto one = filled<digest>(1);
  const auto two = filled<digest>(2);
  const std::vector<std::vector<digest>> payloads{{}, {one}, {two}, {one, two}, {two, one}};
  std::set<digest> seen;
  for (const auto& payload : payloads) {
    seen.insert(payload_digest(payload));
  }
  CHECK(seen.size() == payloads.size());
}

TEST_CASE("nodes with other rules are in another network") {
  const genesis one{};
  genesis two{};
  two.variables.emplace_back().name = "score";
  CHECK(network_of(one) != network_of(two));
  CHECK(network_of(one) != network_of(one, filled<digest>(1)));
  CHECK(network_of(one) == network_of(genesis{}));
}

TEST_CASE("a member's signature over a vote verifies, and for no other vote") {
  const secret_key key{key_seed{}};
  subject on{vote_kind::finalize, epoch{}, view{9}, filled<digest>(3)};
  const auto by = sign(key, signed_bytes(network, group_id{1}, on));
  CHECK(verify(key.id(), by, signed_bytes(network, group_id{1}, on)));
  on.view = view{10};
  CHECK(!verify(key.id(), by, signed_bytes(network, group_id{1}, on)));
}

} // namespace caucus::test
