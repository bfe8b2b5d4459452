#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

/// How a call says that it failed.
/// Pure values.

namespace caucus {

/// Numbers travel between nodes and stand in logs: append within a module's range, never renumber.
enum class errc : std::uint16_t {
  // -- topology, 1..19 ---------------------------------------------------------------------------
  unconnected_port = 1, ///< a port leads nowhere. Blame whoever composed the topology
  port_taken = 2,       ///< a port was connected twice. Blame whoever composed it
  code_taken = 3,       ///< two actors want one packet code. Blame whoever composed it
  stopping = 4,         ///< the node is shutting down. Nobody is to blame
  busy = 5,             ///< a queue is full: try again later. Nobody is to blame
  timed_out = 6,        ///< no answer in time; what was asked for may still happen
  cancelled = 7,        ///< whoever asked took it back

  // -- archive and frames, 20..39: all blame the sender ------------------------------------------
  truncated = 20,        ///< the input ends before the value does
  trailing_bytes = 21,   ///< the value ends before the input does
  too_long = 22,         ///< a count or size above its stated maximum, or above what is left
  out_of_range = 23,     ///< an enum, variant or bool with a number that stands for nothing
  not_ascending = 24,    ///< keys or signers out of order or doubled: not the one encoding
  body_too_large = 25,   ///< a frame's body is above what its code allows
  nonce_gap = 26,        ///< a frame of the link is missing or doubled
  wrong_tag = 27,        ///< the body's domain tag is another network's or code's
  bad_flags = 28,        ///< flags that do not fit the code
  unasked_response = 29, ///< a response to what was never asked
  unknown_code = 30,     ///< a packet code nobody here handles: skip it, count it
  bad_version = 31,      ///< a layout version nobody here knows

  // -- links and peers, 40..59 -------------------------------------------------------------------
  wrong_network = 40, ///< the peer's genesis is another
  no_common_version = 41,
  banned = 42,
  own_id = 43,          ///< we dialled ourselves
  full_house = 44,      ///< no place for another link
  duplicate_link = 45,  ///< another link to the same peer is kept
  not_the_dialled = 46, ///< the peer has another identity than the one dialled
  bad_x509 = 47,        ///< not exactly one self-signed Ed25519 certificate, or not TLS 1.3
  handshake_timeout = 48,
  keepalive_timeout = 49,
  link_lost = 50,
  rate_exceeded = 51, ///< more frames or bytes than a peer is given
  unknown_neighbour = 52,
  refused_by_application = 53,
  connect_failed = 54,
  write_stalled = 55, ///< the peer took nothing for too long
  link_closed_by_peer = 56,
  shutting_down = 57, ///< the peer, or we, end in good order
  out_of_turn = 58,   ///< a frame that does not belong in the link's state. Blame the sender

  // -- consensus, 60..79 -------------------------------------------------------------------------
  stale_view = 60,      ///< over already. Drop it; nobody is to blame
  future_view = 61,     ///< not entered yet, and too far ahead to keep. Nobody is to blame
  unknown_member = 62,  ///< not in the group. Blame the link
  not_the_leader = 63,  ///< a proposal of one who does not lead its view. Blame the link
  bad_signature = 64,   ///< blame the link it came by
  bad_certificate = 65, ///< too few, doubled or false signers. Blame the link
  bad_parent = 66,      ///< the parent's height, view or time does not fit. Blame the leader
  wrong_root = 67,      ///< the header's roots are not those computed. Blame the leader
  wrong_epoch = 68,
  wrong_group = 69,

  // -- notary, 80..109 ---------------------------------------------------------------------------
  unknown_variable = 80,
  unknown_operation = 81,
  wrong_arguments = 82,
  not_a_writer = 83,
  out_of_bounds = 84, ///< a constraint of the variable's declaration
  bad_batch = 85,     ///< its own rules are broken. Blame the author
  too_many_unordered = 86,
  stale_answer = 87,      ///< below the height already seen
  bad_proof = 88,         ///< the proof does not lead to the certified root. Blame whoever answered
  not_yet = 89,           ///< the height asked for is not final yet
  outcome_unknown = 90,   ///< timed out: may or may not be applied; retry with this request id
  refused_by_rule = 91,   ///< a rule said no; the detail says why
  request_id_reused = 92, ///< this request id was used for another mutation
  history_gone = 93,      ///< asked for a height that is no longer kept
  no_quorum_answered = 94, ///< too few members answered a fresh read
  state_diverged = 95,     ///< this node's state is not the group's: it serves nothing any more
  over_quota = 96,         ///< the genesis' quota is used up: not proposed; try again later

  // -- files and config, 110..129 ----------------------------------------------------------------
  file_missing = 110,
  file_unreadable = 111,
  file_malformed = 112,
  file_permissions = 113, ///< readable by others than its owner
  file_exists = 114,
  disk_full = 115,
  io_failed = 116,
  schema_too_new = 117, ///< written by a later version of caucus
  unknown_key = 118,
  wrong_type = 119,
  value_out_of_range = 120,
  in_use = 121, ///< another process holds the directory or the port
  bad_checksum = 122,
  folder_contradicts = 123, ///< files of one folder tell what cannot all be true

  // -- control, 130..149 -------------------------------------------------------------------------
  bad_request = 130,
  no_such_path = 131,
  node_unreachable = 132, ///< nothing listens on the control socket
  internal = 133,         ///< our own fault; the detail and the log say more

  // -- base: cryptography and text, 150..169 ------------------------------------------------------
  bad_seal = 150,       ///< sealed bytes were altered, or sealed with another key. Blame the sender
  bad_public_key = 151, ///< no key that anything may be agreed with. Blame whoever sent it
  bad_text = 152,       ///< not the one text of any value: base32, hex
};

/// The enumerator's name, for people and JSON.
[[nodiscard]] std::string_view to_string(errc code);

struct error {
  errc code;
  std::string detail; ///< for people: what exactly, what was given, what is allowed; may be empty

  friend bool operator==(const error&, const error&) = default;
};

/// "code: detail".
[[nodiscard]] std::string to_string(const error& what);

/// As to_string() has them.
std::ostream& operator<<(std::ostream& out, errc code);
std::ostream& operator<<(std::ostream& out, const error& what);

template <class T>
using result = tl::expected<T, error>;

[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string detail = {}) {
  return tl::unexpected<error>{error{code, std::move(detail)}};
}

} // namespace caucus
