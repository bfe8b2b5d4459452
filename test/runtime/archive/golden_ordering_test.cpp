#include "messages/block.hpp"
#include "messages/hello.hpp"
#include "messages/node_state.hpp"
#include "messages/vote.hpp"
#include "test/catch.hpp"
#include "test/runtime/archive/golden.hpp"

// The bytes of every type that nodes vote with. A change here is a change of the protocol: it needs
// a new layout version. Every field holds something, so that none can be forgotten.

namespace caucus::test {

namespace {

const std::string header_bytes = " 04030201 0500000000000000 0600000000000000 0700000000000000"
                                 " 0300000000000000 a1*32 e803000000000000 a2*32 a3*32 a4*32 ";
const std::string block_bytes = header_bytes + "02000000 b1*32 b2*32 ";
const std::string proposal_bytes = block_bytes + "c1*64 ";
const std::string subject_bytes = " 03 0500000000000000 0700000000000000 a5*32 ";
const std::string certificate_bytes =
  subject_bytes + "0500000000000080 03000000 d1*64 d2*64 d3*64 ";

block_header some_header() {
  return {group_id{0x01020304},
          epoch{5},
          height{6},
          view{7},
          view{3},
          filled<digest>(0xA1),
          wall_ms{1000},
          filled<digest>(0xA2),
          filled<digest>(0xA3),
          filled<digest>(0xA4)};
}
block some_block() {
  return {some_header(), {filled<digest>(0xB1), filled<digest>(0xB2)}};
}
proposal some_proposal() {
  return {some_block(), filled<signature>(0xC1)};
}
subject some_subject() {
  return {vote_kind::finalize, epoch{5}, view{7}, filled<digest>(0xA5)};
}
certificate some_certificate() {
  return {some_subject(),
          0x8000000000000005,
          {filled<signature>(0xD1), filled<signature>(0xD2), filled<signature>(0xD3)}};
}

} // namespace

TEST_CASE("golden: hello") {
  check_golden(hello{filled<network_id>(0x11), 1, 2, node_mode::client, 7400, "caucus/0.1.0",
                     0x8000000000000001, 0x0102030405060708},
               "11*32 0100 0200 02 e81c 0c000000 6361756375732f302e312e30 0100000000000080"
               " 0807060504030201");
}

TEST_CASE("golden: goodbye") {
  check_golden(goodbye{errc::full_house, "full", {{filled<peer_id>(0x22), "h:1"}}},
               "2c00 04000000 66756c6c 01000000 22*32 03000000 683a31");
}

TEST_CASE("golden: ping") {
  check_golden(ping{0x0102030405060708}, "0807060504030201");
}

TEST_CASE("golden: node_state_request") {
  check_golden(node_state_request{}, "");
}

TEST_CASE("golden: node_state") {
  check_golden(
    node_state{height{6}, view{7}, true, false, wall_ms{1000}, {{filled<peer_id>(0x22), "h:1"}}},
    "0600000000000000 0700000000000000 01 00 e803000000000000"
    " 01000000 22*32 03000000 683a31");
}

TEST_CASE("golden: block_header") {
  check_golden(some_header(), header_bytes);
}
TEST_CASE("golden: block") {
  check_golden(some_block(), block_bytes);
}
TEST_CASE("golden: proposal") {
  check_golden(some_proposal(), proposal_bytes);
}

TEST_CASE("golden: subject") {
  check_golden(some_subject(), subject_bytes);
}
TEST_CASE("golden: vote") {
  check_golden(vote{some_subject(), member_index{0x0102}, filled<signature>(0xD1)},
               subject_bytes + "0201 d1*64");
}
TEST_CASE("golden: certificate") {
  check_golden(some_certificate(), certificate_bytes);
}

TEST_CASE("golden: proposal_request") {
  check_golden(proposal_request{filled<digest>(0xA1)}, "a1*32");
}
TEST_CASE("golden: proposal_response") {
  check_golden(proposal_response{some_proposal()}, "01" + proposal_bytes);
  check_golden(proposal_response{}, "00");
}
TEST_CASE("golden: certificate_request") {
  check_golden(certificate_request{view{1}, view{2}}, "0100000000000000 0200000000000000");
  check_golden(certificate_request{view{1}, view{2}, epoch{3}},
               "0100000000000000 0200000000000000 0300000000000000");
}
TEST_CASE("golden: certificate_page") {
  check_golden(certificate_page{{some_certificate()}}, "01000000" + certificate_bytes);
}
TEST_CASE("golden: tip_request") {
  check_golden(tip_request{height{6}}, "0600000000000000");
}
TEST_CASE("golden: tip_response") {
  check_golden(tip_response{some_proposal(), some_certificate()},
               "01" + proposal_bytes + "01" + certificate_bytes);
}
TEST_CASE("golden: view_request") {
  check_golden(view_request{}, "");
  check_golden(view_request{epoch{3}}, "0300000000000000");
}
TEST_CASE("golden: view_response") {
  check_golden(view_response{some_certificate(), true, false}, "01" + certificate_bytes + "0100");
  check_golden(view_response{std::nullopt, false, true}, "00 00 01");
  check_golden(view_response{std::nullopt, false, true, epoch{3}}, "00 00 01 0300000000000000");
}
TEST_CASE("golden: life_request") {
  check_golden(life_request{{{3, 4}, filled<signature>(0xD1)}, epoch{2}},
               "0300000000000000 0400000000000000 d1*64 0200000000000000");
}
TEST_CASE("golden: life_response") {
  check_golden(life_response{}, "00 00 0000000000000000 0000000000000000");
  check_golden(life_response{signed_life{{3, 4}, filled<signature>(0xD1)},
                             vote{some_subject(), member_index{0x102}, filled<signature>(0xD1)},
                             view{5}, epoch{2}},
               "01 0300000000000000 0400000000000000 d1*64 01" + subject_bytes + "0201 d1*64"
                 + " 0500000000000000 0200000000000000");
}

TEST_CASE("golden: chain_request") {
  check_golden(chain_request{height{6}, 9}, "0600000000000000 09000000");
}
TEST_CASE("golden: chain_page") {
  check_golden(chain_page{{some_block()}, some_certificate()},
               "01000000" + block_bytes + "01" + certificate_bytes);
}

} // namespace caucus::test
