#pragma once

#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A read that anyone can check with the genesis alone, trusting no node.
/// Pure values.

namespace caucus {

/// A key's way through the state tree, from the root: 16 bits of variable, then 112 of hash. Two
/// keys of one variable that share all 112 take 2^56 work to find; the later one is refused.
inline constexpr std::size_t path_bits = 128;
/// log2 of a variable's entries, and a few. More takes a key that shares more bits with others than
/// chance gives: 2^48 work for one key too deep to be proven.
inline constexpr std::size_t proof_hashes_max = 64;
inline constexpr std::size_t entries_per_answer_max = 256; ///< of a whole set, map or custom one

/// A leaf of the state tree.
struct state_leaf {
  digest key;   ///< 2 bytes of variable (big endian), 30 of hash of variable and key
  digest value; ///< hash of the value

  friend auto operator<=>(const state_leaf&, const state_leaf&) = default;
};

/// What stands where a key's path ends, and the way from there up to the root. Presence: the key's
/// own leaf. Absence: another leaf that has this place for itself, or nothing.
struct state_proof {
  std::optional<state_leaf> leaf;
  std::uint8_t depth = 0;         ///< of the place, bits of the path; [0, path_bits]
  std::uint64_t filled_upper = 0; ///< bit d: the sibling below depth d is not empty, d in [0, 64)
  std::uint64_t filled_lower = 0; ///< bit d: the same for depth 64 + d
  std::vector<digest> siblings;   ///< those not empty, from the place up; <= proof_hashes_max

  friend bool operator==(const state_proof&, const state_proof&) = default;
};

struct proven_entry {
  bytes key;                  ///< empty: the variable itself; for sets and maps its entry count
  std::optional<bytes> value; ///< as stored; none: proven absent
  state_proof proof;

  friend bool operator==(const proven_entry&, const proven_entry&) = default;
};

/// How a variable is declared in that state, where the group has changed it or made it.
struct proven_declaration {
  variable_id id;
  bytes declared; ///< an encoded `declared_variable`; <= declared_size_max
  state_proof proof;

  friend bool operator==(const proven_declaration&, const proven_declaration&) = default;
};
inline constexpr std::size_t declared_size_max = 64 * 1024;

/// `header` certifies the state that its parent leads to: what the blocks up to height
/// header.height - 1 made of it. A whole set, map or custom variable: its count first, then exactly
/// that many entries.
struct answer {
  std::string variable;
  std::vector<proven_entry> entries; ///< [1, 1 + entries_per_answer_max]
  block_header header;
  certificate finalization;                     ///< of `header`
  std::optional<proven_declaration> declared{}; ///< none: as the genesis has it

  friend bool operator==(const answer&, const answer&) = default;
};

/// A key in state may carry its author's name in front: twice a key's own size.
inline constexpr std::size_t proven_key_size_max = 2 * key_size_max; ///< bytes

struct read_request {
  static constexpr auto packet =
    packet_rule::request(0x0204, "read_request", 4 * 1024, lane::gossip);
  std::string variable; ///< <= name_size_max bytes
  bytes key;            ///< <= proven_key_size_max bytes
  bool whole = false;   ///< all entries of a set, map or custom variable
  height height_min;    ///< of the answer's header; waits for it within the request's time
  friend bool operator==(const read_request&, const read_request&) = default;
};
/// Empty: refused, `code` says so.
struct read_response {
  static constexpr auto packet = packet_rule::response(0x0205, "read_response", body_size_max,
                                                       lane::gossip, code_of<read_request>);
  std::optional<caucus::answer> answer;
  errc code{};
  friend bool operator==(const read_response&, const read_response&) = default;
};

// -- fresh reads ---------------------------------------------------------------------------------

/// 16 random bytes, made by the asker of a fresh read and used once. What a member signs together
/// with them was signed after they were made.
using fresh_nonce = fixed_bytes<struct fresh_nonce_tag, 16>;

/// A member's word, given in an epoch and after the nonce was made: it never signed `finalize` for
/// a header of a view above `bound`'s in that epoch, and has seen no end of it. Signed with purpose
/// "attest".
struct attestation {
  member_index signer; ///< of that epoch's members
  block_header bound;  ///< notarized or final; of an epoch before: nothing is signed in this one
  caucus::signature signature;
  friend bool operator==(const attestation&, const attestation&) = default;
};

/// Shows that an answer misses nothing that was acknowledged before the nonce was made. The
/// protocol, and why this shows it: actors/notary/freshness.hpp.
struct freshness {
  fresh_nonce nonce;
  std::vector<attestation> attestations; ///< ascending by member, a quorum at least; <= members_max
  caucus::epoch epoch = {};              ///< of all of them
  friend bool operator==(const freshness&, const freshness&) = default;
};

struct attest_request {
  static constexpr auto packet = packet_rule::request(0x0206, "attest_request", 64, lane::gossip);
  fresh_nonce nonce;
  friend bool operator==(const attest_request&, const attest_request&) = default;
};
/// Empty: not now, `code` says so.
struct attest_response {
  static constexpr auto packet = packet_rule::response(0x0207, "attest_response", 8 * 1024,
                                                       lane::gossip, code_of<attest_request>);
  std::optional<caucus::attestation> attestation;
  std::optional<certificate> shown; ///< notarization or finalization of `bound`; none of genesis
  errc code{};
  caucus::epoch epoch = {}; ///< of the attestation
  friend bool operator==(const attest_response&, const attest_response&) = default;
};

} // namespace caucus
