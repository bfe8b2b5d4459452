#pragma once

#include "actors/notary/state_tree.hpp"
#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/closing.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

/// How a node that nobody gives the next block goes on from others' state: README.md, "Snapshots
/// over the network".
/// Pure values.

namespace caucus {

/// An answer is filled until it is passed, by one closing or entry at most.
inline constexpr std::size_t snapshot_answer_size = 256 * 1024;
/// Of the block whose state is given, as the ledger has it; one that is larger is passed over.
inline constexpr std::uint64_t snapshot_record_size_max = 32 * 1024 * 1024;
/// Headers above that block, up to one with a certificate.
inline constexpr std::size_t snapshot_headers_max = 64;
inline constexpr std::size_t snapshot_closings_max = 4'096;    ///< in one answer
inline constexpr std::size_t snapshot_entries_max = 64 * 1024; ///< in one answer
/// Of an entry; those of variable 0 are the longest.
inline constexpr std::size_t snapshot_value_size_max = 960 * 1024;

/// Asks for the newest state that the other gives.
struct offer_wanted {
  friend bool operator==(const offer_wanted&, const offer_wanted&) = default;
};
/// What ended this epoch and the next ones?
struct closings_wanted {
  epoch first;
  friend bool operator==(const closings_wanted&, const closings_wanted&) = default;
};
/// The block behind which the state of that height is, from this byte of its record on.
struct record_wanted {
  caucus::height height;
  std::uint64_t offset = 0;
  friend bool operator==(const record_wanted&, const record_wanted&) = default;
};
/// What is below a place of the state of that height?
struct place_wanted {
  caucus::height height;
  state_place place;
  friend bool operator==(const place_wanted&, const place_wanted&) = default;
};
struct snapshot_request {
  static constexpr auto packet = packet_rule::request(0x0208, "snapshot_request", 64, lane::gossip);
  std::variant<offer_wanted, closings_wanted, record_wanted, place_wanted> what;
  friend bool operator==(const snapshot_request&, const snapshot_request&) = default;
};

/// It is not here, or not any more; `busy`: too much is asked for at once.
struct snapshot_nothing {
  bool busy = false;
  friend bool operator==(const snapshot_nothing&, const snapshot_nothing&) = default;
};
struct snapshot_offer {
  caucus::height height;
  digest state_root;             ///< behind the block of that height
  std::uint64_t record_size = 0; ///< bytes of the block; [1, snapshot_record_size_max]
  std::uint64_t closings = 0;    ///< ends of epochs, from the first one on
  std::uint64_t entries = 0;     ///< of the state; for people, nothing shows it
  caucus::height oldest;         ///< of the blocks that it keeps: it gives those
  /// Of its child, and on to one with a certificate; [1, snapshot_headers_max]
  std::vector<block_header> above;
  certificate finalization; ///< of the last one
  friend bool operator==(const snapshot_offer&, const snapshot_offer&) = default;
};
struct snapshot_closings {
  std::vector<closing> all; ///< in order; <= snapshot_closings_max
  friend bool operator==(const snapshot_closings&, const snapshot_closings&) = default;
};
struct snapshot_record {
  bytes piece; ///< [1, snapshot_answer_size]
  friend bool operator==(const snapshot_record&, const snapshot_record&) = default;
};
struct snapshot_entry {
  variable_id variable;
  bytes key;   ///< <= proven_key_size_max
  bytes value; ///< <= snapshot_value_size_max
  friend bool operator==(const snapshot_entry&, const snapshot_entry&) = default;
};
/// All that is below the place, by path.
struct place_entries {
  std::vector<snapshot_entry> all; ///< [1, snapshot_entries_max]
  friend bool operator==(const place_entries&, const place_entries&) = default;
};
/// More than one answer holds is below it: the hashes of its two halves.
struct place_halves {
  digest left;
  digest right;
  friend bool operator==(const place_halves&, const place_halves&) = default;
};
struct snapshot_response {
  static constexpr auto packet = packet_rule::response(0x0209, "snapshot_response", body_size_max,
                                                       lane::gossip, code_of<snapshot_request>);
  std::variant<snapshot_nothing, snapshot_offer, snapshot_closings, snapshot_record, place_entries,
               place_halves>
    what;
  friend bool operator==(const snapshot_response&, const snapshot_response&) = default;
};

} // namespace caucus
