#pragma once

#include "messages/block.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/quorum.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// What members say about a view, and what follows from it.
/// Pure values.

namespace caucus {

enum class vote_kind : std::uint8_t { notarize = 1, nullify = 2, finalize = 3 };

/// What a vote and a certificate are about; what is signed (purpose: the kind's name).
struct subject {
  vote_kind kind = vote_kind::notarize;
  caucus::epoch epoch;
  caucus::view view;
  caucus::digest digest; ///< of the header; zero for nullify

  friend auto operator<=>(const subject&, const subject&) = default;
};

/// An honest member signs at most one of the two.
[[nodiscard]] constexpr bool contradict(const subject& a, const subject& b) {
  if (a.view != b.view || a.epoch != b.epoch) {
    return false;
  }
  return a.kind == b.kind ? a.kind != vote_kind::nullify && a.digest != b.digest
                          : a.kind != vote_kind::notarize && b.kind != vote_kind::notarize;
}

struct vote {
  static constexpr auto packet = packet_rule::notice(0x0101, "vote", 256, lane::consensus);
  caucus::subject subject;
  member_index signer;
  caucus::signature signature;

  friend bool operator==(const vote&, const vote&) = default;
};

/// A quorum of distinct signers for one subject.
struct certificate {
  static constexpr auto packet =
    packet_rule::notice(0x0102, "certificate", 8 * 1024, lane::consensus);
  caucus::subject subject;
  std::uint64_t signers = 0;         ///< bit i: member i signed
  std::vector<signature> signatures; ///< by ascending member; as many as bits in `signers`

  friend bool operator==(const certificate&, const certificate&) = default;
};

/// Of a mask of members.
[[nodiscard]] inline std::uint64_t bit_of(member_index member) {
  return std::uint64_t{1} << member.value();
}

// -- catching up --------------------------------------------------------------------------------

/// Asks for a proposal by its header's digest.
struct proposal_request {
  static constexpr auto packet =
    packet_rule::request(0x0103, "proposal_request", 64, lane::consensus);
  caucus::digest digest;
  friend bool operator==(const proposal_request&, const proposal_request&) = default;
};
/// Empty: not held.
struct proposal_response {
  static constexpr auto packet = packet_rule::response(0x0104, "proposal_response", 64 * 1024,
                                                       lane::consensus, code_of<proposal_request>);
  std::optional<caucus::proposal> proposal;
  friend bool operator==(const proposal_response&, const proposal_response&) = default;
};

/// 32 certificates of 64 signers are 135 KiB.
inline constexpr std::size_t certificates_per_page_max = 32;

/// Asks for the certificates of the views [first, last] of an epoch: of each view its notarization
/// and its nullification, as far as the server holds them.
struct certificate_request {
  static constexpr auto packet =
    packet_rule::request(0x0105, "certificate_request", 64, lane::consensus);
  view first;
  view last;
  caucus::epoch epoch = {};
  friend bool operator==(const certificate_request&, const certificate_request&) = default;
};
struct certificate_page {
  static constexpr auto packet = packet_rule::response(
    0x0106, "certificate_page", 256 * 1024, lane::consensus, code_of<certificate_request>);
  std::vector<certificate> certificates; ///< <= certificates_per_page_max
  friend bool operator==(const certificate_page&, const certificate_page&) = default;
};

/// Asks for the newest finalization.
struct tip_request {
  static constexpr auto packet = packet_rule::request(0x0107, "tip_request", 64, lane::consensus);
  height have; ///< of the asker
  friend bool operator==(const tip_request&, const tip_request&) = default;
};
/// The newest finalization and its block. Empty: only genesis is final.
struct tip_response {
  static constexpr auto packet = packet_rule::response(0x0108, "tip_response", 128 * 1024,
                                                       lane::consensus, code_of<tip_request>);
  std::optional<caucus::proposal> proposal;
  std::optional<certificate> finalization;
  friend bool operator==(const tip_response&, const tip_response&) = default;
};

/// Asks which view of this epoch the other is in, with a proof. A member that has lost its record
/// of what it signed asks so.
struct view_request {
  static constexpr auto packet = packet_rule::request(0x010A, "view_request", 64, lane::consensus);
  caucus::epoch epoch = {};
  friend bool operator==(const view_request&, const view_request&) = default;
};
struct view_response {
  static constexpr auto packet = packet_rule::response(0x010B, "view_response", 8 * 1024,
                                                       lane::consensus, code_of<view_request>);
  /// The certificate of the view before its own. None: it is in view 1, or knows of no certificate,
  /// or is in another epoch than was asked about.
  std::optional<certificate> entered_by;
  bool blank = false; ///< it too has lost its record of what it signed, or never signed anything
  bool knows_asker = false; ///< it knows of something that the asker signed
  caucus::epoch epoch = {}; ///< that it is in
  friend bool operator==(const view_response&, const view_response&) = default;
};

/// One start of a member's node.
struct life {
  std::uint64_t number = 0; ///< of its starts, from 1
  std::uint64_t salt = 0;   ///< random: two copies of a folder may both take the next number
  /// By number, then by salt: of two copies that took one number exactly one is the later.
  friend auto operator<=>(const life&, const life&) = default;
};
/// In the member's own words: nobody else can say that it had a later one.
struct signed_life {
  caucus::life life;
  caucus::signature signature;
  friend bool operator==(const signed_life&, const signed_life&) = default;
};
/// A member that has started asks the others what they know of its former lives.
struct life_request {
  static constexpr auto packet = packet_rule::request(0x010E, "life_request", 128, lane::consensus);
  signed_life mine;
  caucus::epoch epoch;
  friend bool operator==(const life_request&, const life_request&) = default;
};
struct life_response {
  static constexpr auto packet =
    packet_rule::response(0x010F, "life_response", 512, lane::consensus, code_of<life_request>);
  std::optional<signed_life> other; ///< the latest that is known, if it is not below the asker's
  std::optional<vote> last;         ///< of the asker, in the highest view known of this epoch
  view final_view;                  ///< of the newest final block
  caucus::epoch epoch;              ///< that it is in
  friend bool operator==(const life_response&, const life_response&) = default;
};

/// Asks for final blocks from a height on. The notary answers, for consensus.
struct chain_request {
  static constexpr auto packet = packet_rule::request(0x0203, "chain_request", 64, lane::gossip);
  height first;
  std::uint32_t count_max = 0; ///< blocks; the server may give fewer
  friend bool operator==(const chain_request&, const chain_request&) = default;
};
/// 2,048 blocks without payload fill a frame; a page stops earlier at body_size_max.
inline constexpr std::size_t blocks_per_page_max = 2'048;
/// Blocks of consecutive heights whose last one the certificate finalizes. The parent digests lead
/// from it back to the first: so a page is verified by one certificate, and memory stays bounded
/// however long the chain is. Empty: the server has nothing from there on.
struct chain_page {
  static constexpr auto packet = packet_rule::response(0x0109, "chain_page", body_size_max,
                                                       lane::gossip, code_of<chain_request>);
  std::vector<block> blocks; ///< <= blocks_per_page_max
  std::optional<certificate> finalization;
  friend bool operator==(const chain_page&, const chain_page&) = default;
};

} // namespace caucus
