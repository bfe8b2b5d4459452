#include "actors/notary/snapshot_packets.hpp"
#include "messages/evidence.hpp"
#include "messages/genesis.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/golden.hpp"

// The bytes of every type that is voted on. A change here is a change of the protocol: it needs a
// new layout version. Every field holds something, so that none can be forgotten.

namespace caucus::test {

namespace {

const std::string header_bytes = " 01000000 22*32 0900000000000000 02000000 40000000 a1*32 ";
const std::string block_header_bytes =
  " 01000000 00*8 0600000000000000 0700000000000000 00*8 00*32 00*8 00*32 00*32 00*32 ";
const std::string vote_bytes = " 01 00*8 0700000000000000 a5*32 0300 d1*64 ";
const std::string proof_bytes =
  " 01 e1*32 e2*32 11 0300000000000000 0100000000000000 03000000 f1*32 f2*32 f3*32 ";

batch_header some_header() {
  return {group_id{1}, filled<peer_id>(0x22), batch_number{9}, 2, 64, filled<digest>(0xA1)};
}
batch some_batch() {
  return {some_header(), filled<signature>(0xC1), from_notation("010203")};
}
block_header some_block_header() {
  block_header out;
  out.group = group_id{1};
  out.height = height{6};
  out.view = view{7};
  return out;
}
vote some_vote() {
  return {{vote_kind::notarize, {}, view{7}, filled<digest>(0xA5)},
          member_index{3},
          filled<signature>(0xD1)};
}
state_proof some_proof() {
  return {state_leaf{filled<digest>(0xE1), filled<digest>(0xE2)},
          17,
          3,
          1,
          {filled<digest>(0xF1), filled<digest>(0xF2), filled<digest>(0xF3)}};
}
proven_entry some_entry() {
  return {from_notation("6b"), from_notation("7676"), some_proof()};
}
const std::string entry_bytes = " 01000000 6b 01 02000000 7676" + proof_bytes;
attestation some_attestation() {
  return {member_index{3}, some_block_header(), filled<signature>(0xD1)};
}
const std::string attestation_bytes = " 0300" + block_header_bytes + "d1*64 ";
answer some_answer() {
  return {"score",
          {some_entry()},
          some_block_header(),
          {some_vote().subject, 1, {filled<signature>(0xD1)}}};
}
const std::string answer_bytes =
  " 05000000 73636f7265 01000000" + entry_bytes + block_header_bytes
  + " 01 00*8 0700000000000000 a5*32 0100000000000000 01000000 d1*64";

} // namespace

TEST_CASE("golden: mutation") {
  check_golden(mutation{variable_id{0x0102}, operation_id{3}, {std::int64_t{-2}, bytes{}}},
               "0201 03 02000000 00 feffffffffffffff 01 00000000");
}

TEST_CASE("golden: batch_header") {
  check_golden(some_header(), header_bytes);
}
TEST_CASE("golden: batch") {
  check_golden(some_batch(), header_bytes + "c1*64 03000000 010203");
}
TEST_CASE("golden: batch_request") {
  check_golden(batch_request{filled<digest>(0xA1), height{6}}, "a1*32 0600000000000000");
}
TEST_CASE("golden: batch_response") {
  check_golden(batch_response{some_batch()}, "01" + header_bytes + "c1*64 03000000 010203");
}
TEST_CASE("golden: receipt") {
  check_golden(receipt{receipt_status::refused, errc::out_of_bounds, "no", height{6}, 5},
               "02 5400 02000000 6e6f 0600000000000000 05000000");
}

TEST_CASE("golden: conflicting_votes, alone and as evidence") {
  const conflicting_votes what{some_vote(), some_vote()};
  check_golden(what, vote_bytes + vote_bytes);
  check_golden(evidence{what}, "00" + vote_bytes + vote_bytes);
}
TEST_CASE("golden: conflicting_proposals, alone and as evidence") {
  const conflicting_proposals what{member_index{2}, some_block_header(), filled<signature>(0xD1),
                                   some_block_header(), filled<signature>(0xD2)};
  const auto text = " 0200" + block_header_bytes + "d1*64" + block_header_bytes + "d2*64";
  check_golden(what, text);
  check_golden(evidence{what}, "01" + text);
}
TEST_CASE("golden: conflicting_batches, alone and as evidence") {
  const conflicting_batches what{some_header(), filled<signature>(0xD1), some_header(),
                                 filled<signature>(0xD2)};
  const auto text = header_bytes + "d1*64" + header_bytes + "d2*64";
  check_golden(what, text);
  check_golden(evidence{what}, "02" + text);
}

TEST_CASE("golden: state_proof") {
  check_golden(some_proof(), proof_bytes);
}
TEST_CASE("golden: proven_entry") {
  check_golden(some_entry(), entry_bytes);
}
TEST_CASE("golden: receipt proof") {
  receipt_proof what;
  what.receipt = {receipt_status::refused, errc::out_of_bounds, "no", height{5}, 2};
  what.count = 3;
  what.siblings = {filled<digest>(0xF1)};
  what.headers = {some_block_header()};
  what.finalization = some_answer().finalization;
  check_golden(what,
               "02 5400 02000000 6e6f 0500000000000000 02000000 03000000 01000000 f1*32 01000000"
                 + block_header_bytes
                 + " 01 00*8 0700000000000000 a5*32 0100000000000000 01000000 d1*64");
}
TEST_CASE("golden: answer") {
  check_golden(some_answer(), answer_bytes);
}
TEST_CASE("golden: read_request") {
  check_golden(read_request{"score", from_notation("6b"), true, height{6}},
               "05000000 73636f7265 01000000 6b 01 0600000000000000");
}
TEST_CASE("golden: read_response") {
  check_golden(read_response{some_answer(), errc::busy}, "01" + answer_bytes + " 0500");
}

TEST_CASE("golden: attestation") {
  check_golden(some_attestation(), attestation_bytes);
}
TEST_CASE("golden: freshness") {
  check_golden(freshness{filled<fresh_nonce>(0x77), {some_attestation(), some_attestation()}},
               "77*16 02000000" + attestation_bytes + attestation_bytes);
}
TEST_CASE("golden: attest_request") {
  check_golden(attest_request{filled<fresh_nonce>(0x77)}, "77*16");
}
TEST_CASE("golden: attest_response") {
  check_golden(attest_response{some_attestation(), some_answer().finalization, errc::not_yet},
               "01" + attestation_bytes
                 + "01 01 00*8 0700000000000000 a5*32 0100000000000000 01000000 d1*64 5900");
}

TEST_CASE("golden: snapshot_request") {
  check_golden(snapshot_request{offer_wanted{}}, "00");
  check_golden(snapshot_request{closings_wanted{epoch{5}}}, "01 0500000000000000");
  check_golden(snapshot_request{record_wanted{height{7}, 9}},
               "02 0700000000000000 0900000000000000");
  check_golden(snapshot_request{place_wanted{height{7}, half_of({}, true)}},
               "03 0700000000000000 80 00*31 01");
}
TEST_CASE("golden: snapshot_response") {
  check_golden(snapshot_response{snapshot_nothing{true}}, "00 01");
  check_golden(snapshot_response{snapshot_closings{}}, "02 00000000");
  check_golden(snapshot_response{snapshot_record{bytes(2, std::byte{3})}}, "03 02000000 0303");
  check_golden(snapshot_response{place_entries{{{variable_id{2}, bytes(1, std::byte{4}), {}}}}},
               "04 01000000 0200 01000000 04 00000000");
  check_golden(snapshot_response{place_halves{filled<digest>(0x31), filled<digest>(0x32)}},
               "05 31*32 32*32");
}

TEST_CASE("golden: genesis") {
  genesis what;
  what.name = "net";
  what.time = wall_ms{1000};
  what.group = group_id{3};
  what.members = {{filled<peer_id>(0x22), "m", "h:1"}};
  what.consensus = {std::chrono::milliseconds{500}, std::chrono::milliseconds{10000}};
  what.variables = {{.name = "v",
                     .kind = variable_kind::custom,
                     .writers = writers::listed,
                     .listed = {filled<peer_id>(0x23)},
                     .min = -1,
                     .max = 1,
                     .step_max = 2,
                     .initial = 4,
                     .value_size = 5,
                     .key_size = 6,
                     .entries = 7,
                     .operations = {{"o", {argument_kind::integer, argument_kind::byte_string}}}}};
  check_golden(what, "03000000 6e6574 e803000000000000 03000000"
                     " 01000000 22*32 01000000 6d 03000000 683a31"
                     " f401000000000000 1027000000000000"
                     " 01000000 01000000 76 06 04 01000000 23*32"
                     " 01 ffffffffffffffff 01 0100000000000000 01 0200000000000000"
                     " 0400000000000000 05000000 06000000 0700000000000000"
                     " 01000000 01000000 6f 02000000 01 02");
}

} // namespace caucus::test
