#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What users want changed, how it travels, and what became of it.
/// Pure values.

namespace caucus {

inline constexpr std::size_t arguments_max = 8;
inline constexpr std::size_t argument_size_max = 64 * 1024;    ///< bytes of one argument
inline constexpr std::size_t mutation_size_max = 128 * 1024;   ///< encoded
inline constexpr std::size_t batch_body_size_max = 256 * 1024; ///< > mutation_size_max
inline constexpr std::size_t mutations_per_batch_max = 16 * 1024;
inline constexpr std::size_t request_id_size_max = 64;
inline constexpr std::size_t reason_size_max = 200;
/// Stands before the arguments of a mutation of the group itself: more arguments than any has.
inline constexpr std::uint32_t group_mutation_mark = 0xFFFF'FFFF;
static_assert(mutation_size_max < batch_body_size_max);

/// Integers and bytes only: voted state is deterministic.
using argument = std::variant<std::int64_t, bytes>;

struct mutation {
  variable_id variable;
  operation_id operation;
  std::vector<argument> arguments; ///< <= arguments_max
  /// Of what the group decides about itself: `variable` is 0, `operation` a group_operation
  /// (group.hpp). A program from before epochs cannot read it, so it holds no batch with one.
  bool of_group = false;

  friend bool operator==(const mutation&, const mutation&) = default;
};

/// What an author signs of a batch (purpose "batch", over the header's digest). Self-contained, so
/// that two of one number are evidence without their bodies.
struct batch_header {
  group_id group;
  peer_id author;
  batch_number number;
  std::uint32_t mutation_count = 0; ///< [1, mutations_per_batch_max]
  std::uint32_t body_size = 0;      ///< bytes; <= batch_body_size_max
  digest body;                      ///< SHA-256 of the body

  friend bool operator==(const batch_header&, const batch_header&) = default;
};

/// The mutations of one author, as encoded; they are read in place. body: mutation_count times
/// u32 size, then that many bytes of one encoded mutation.
struct batch {
  static constexpr auto packet = packet_rule::notice(0x0200, "batch", 512 * 1024, lane::consensus);
  batch_header header;
  caucus::signature signature;
  bytes body;

  friend bool operator==(const batch&, const batch&) = default;
};
using shared_batch = std::shared_ptr<const batch>;

/// Asks for a batch by its digest. `height`: the final height that lists it, for the server's log;
/// zero: not final yet, look among the waiting.
struct batch_request {
  static constexpr auto packet =
    packet_rule::request(0x0201, "batch_request", 64 * 1024, lane::consensus);
  caucus::digest digest;
  caucus::height height;
  friend bool operator==(const batch_request&, const batch_request&) = default;
};
/// Empty: not held.
struct batch_response {
  static constexpr auto packet = packet_rule::response(0x0202, "batch_response", 512 * 1024,
                                                       lane::gossip, code_of<batch_request>);
  std::optional<caucus::batch> batch;
  friend bool operator==(const batch_response&, const batch_response&) = default;
};

// -- what became of it --------------------------------------------------------------------------

enum class receipt_status : std::uint8_t { applied = 1, refused = 2 };

/// One mutation's fate, the same on every replica. A leaf of its block's receipts tree.
struct receipt {
  receipt_status status = receipt_status::applied;
  errc code{};             ///< why refused; 0 when applied
  std::string reason;      ///< for people; <= reason_size_max; empty when applied
  caucus::height height;   ///< of the block
  std::uint32_t index = 0; ///< among the block's mutations, from 0

  [[nodiscard]] bool applied() const { return status == receipt_status::applied; }
  friend bool operator==(const receipt&, const receipt&) = default;
};

/// One committed mutation, as the application hears it.
struct committed {
  std::uint32_t index = 0;
  peer_id author;
  batch_number number;
  std::uint32_t index_in_batch = 0;
  receipt_status status = receipt_status::applied;
  errc code{};
  std::string reason;
  caucus::mutation mutation;
  /// As propose takes them, for callbacks::on_committed; else empty, and `mutation` has the
  /// numbers.
  std::string variable{};
  std::string operation{};
};

/// One final block, in order; a large one in parts, whose mutations follow one another. Blocks
/// without mutations are not told.
struct committed_block {
  caucus::height height;
  wall_ms time{0};
  std::vector<committed> mutations; ///< empty only where there are announcements
  bool more = false;                ///< another part of the same block comes next
  /// The texts of `group announce` that passed in this block, all in its last part.
  std::vector<std::string> announcements{};
};

/// Final blocks that are not told, as the node keeps them no more (`node.keep_blocks`), or never
/// had them, as its folder is of a snapshot. What they did is in the state; they may all have been
/// without mutations.
struct ledger_gap {
  height first; ///< of a block of which parts were told, the rest
  height next;  ///< > first; what is told goes on with this one

  friend bool operator==(const ledger_gap&, const ledger_gap&) = default;
};

/// About what it takes in memory.
[[nodiscard]] std::size_t committed_size(const committed& of);
[[nodiscard]] std::size_t committed_size(const committed_block& of);

} // namespace caucus
