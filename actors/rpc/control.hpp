#pragma once

#include "messages/bytes.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The control API's values: what a local program may ask of a node and what it hears back, whatever
/// carries it. JSON and HTTP are elsewhere (control_json.hpp, control_server.hpp).
/// Pure values.

namespace caucus {

/// One request in flight; chosen by whoever carries it, never used again by this process.
using call_id = std::uint64_t;

/// A minute by default, an hour at most: a node that waits longer than its user only holds memory.
inline constexpr duration control_timeout_max = std::chrono::hours{1};
inline constexpr duration control_timeout_default = std::chrono::seconds{30};

/// Tags of a life that begins now are above those of the lives before: nobody asks once a microsecond.
[[nodiscard]] inline request_tag tags_from(time_point now) {
  return static_cast<request_tag>(now.time_since_epoch().count());
}

// -- asked ---------------------------------------------------------------------------------------

/// Names and texts as the user wrote them; the node's catalog gives them types.
struct control_propose {
  std::string variable;
  std::string operation;
  std::vector<std::string> arguments; ///< <= arguments_max
  std::string request_id;             ///< <= request_id_size_max; may be empty
  duration timeout = control_timeout_default;
  friend bool operator==(const control_propose&, const control_propose&) = default;
};
struct control_get {
  read_request what;
  bool fresh = false;
  duration timeout = control_timeout_default;
  fresh_nonce nonce{}; ///< of a fresh one; zero: the node makes one
  friend bool operator==(const control_get&, const control_get&) = default;
};
struct control_log {
  height from{1};
  bool follow = false;     ///< false: ends at the newest final block
  std::uint32_t index = 0; ///< of the first mutation wanted of the block at `from`
  friend bool operator==(const control_log&, const control_log&) = default;
};
struct control_status {
  bool group = false; ///< with what the other members say of themselves
  friend bool operator==(const control_status&, const control_status&) = default;
};
struct control_version {
  friend bool operator==(const control_version&, const control_version&) = default;
};
/// What status tells and more, for a monitor.
struct control_metrics {
  friend bool operator==(const control_metrics&, const control_metrics&) = default;
};
/// Proofs of lies that the node keeps, a page of them.
struct control_evidence {
  std::uint64_t from = 0;
  friend bool operator==(const control_evidence&, const control_evidence&) = default;
};
/// A proof of one receipt; waits for the block that certifies it.
struct control_receipt {
  height at;               ///< >= 1
  std::uint32_t index = 0; ///< among the block's mutations
  duration timeout = control_timeout_default;
  friend bool operator==(const control_receipt&, const control_receipt&) = default;
};
using control_request =
  std::variant<control_status, control_propose, control_get, control_log, control_version,
               control_metrics, control_evidence, control_receipt>;

// -- answered ------------------------------------------------------------------------------------

/// Parts that did not answer in time are missing, and the status says so.
struct node_status {
  std::optional<notary_status> notary;
  std::optional<consensus_status> consensus;
  std::optional<peer_net_status> peer_net;
  bool group = false; ///< the other members were asked too
};
/// The same, to be told as numbers.
struct node_metrics {
  node_status status;
};
struct version_wanted {};
/// Of a fresh read, and what shows that it is.
struct fresh_answer {
  std::shared_ptr<const answer> what;     ///< never null
  std::shared_ptr<const freshness> fresh; ///< never null
};
/// The end of a log that is not followed.
struct log_end {
  height at;
};
using control_reply =
  std::variant<error, receipt, std::shared_ptr<const answer>, node_status, node_metrics,
               version_wanted, std::shared_ptr<const committed_block>, log_end, evidence_answer,
               fresh_answer, std::shared_ptr<const receipt_proof>>;

} // namespace caucus
