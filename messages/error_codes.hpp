#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// All errors, each declared once: a new one is one line below, and all else that is said of errors
/// walks this list.
/// Pure values.

namespace caucus {

/// What whoever asked may conclude. The status of the control API and the exit codes of `caucus`
/// follow from it.
enum class error_kind : std::uint8_t {
  failure,       ///< it was not done; the error says why
  wrong_request, ///< it cannot be done as it was asked
  wrong_setup,   ///< a configuration or a network that does not fit
  no_such_thing, ///< what was asked for does not exist
  conflict,      ///< it contradicts what was asked before
  over_limit,    ///< the asker's share is used up; a later try may do
  later,         ///< the node cannot now; a later try may do
  undecided,     ///< nothing is known yet, and it may still happen
  unreachable,   ///< there is no node to ask
  unverified,    ///< an answer that is not proven
  interrupted,   ///< whoever asked gave up
};

/// Whose fault it is.
enum class culprit : std::uint8_t {
  nobody,
  asker,     ///< who wrote the command, or the program that asks
  author,    ///< who signed the batch or asked for the mutation
  composer,  ///< who composed the topology
  keeper,    ///< who runs the node: files, configuration, machine
  leader,    ///< of the view
  ourselves, ///< a mistake in caucus
  peer,      ///< who is at the other end of the link, or made what was decoded
};

// Numbers travel between nodes and stand in ledgers and logs: append within a range, never
// renumber. 51, 60, 61, 67 and 86 were errors of former versions.
// clang-format off: a line an error
#define CAUCUS_ERROR_CODES(CODE)                                                                   \
  /* topology, 1..19 */                                                                            \
  CODE(1, unconnected_port, failure, composer, "a port leads nowhere")                             \
  CODE(2, port_taken, failure, composer, "a port was connected twice")                             \
  CODE(3, code_taken, failure, composer, "two actors want one packet code")                        \
  CODE(4, stopping, later, nobody, "the node is shutting down")                                    \
  CODE(5, busy, later, nobody, "a queue is full: try again later")                                 \
  CODE(6, timed_out, undecided, nobody, "no answer in time; what was asked for may still happen")  \
  CODE(7, cancelled, interrupted, asker, "whoever asked took it back")                             \
  /* archive and frames, 20..39 */                                                                 \
  CODE(20, truncated, failure, peer, "the input ends before the value does")                       \
  CODE(21, trailing_bytes, failure, peer, "the value ends before the input does")                  \
  CODE(22, too_long, failure, peer, "a count or size above its maximum, or above what is left")    \
  CODE(23, out_of_range, failure, peer, "an enum, variant or bool whose number means nothing")     \
  CODE(24, not_ascending, failure, peer, "keys or signers out of order or doubled")                \
  CODE(25, body_too_large, failure, peer, "a frame's body is above what its code allows")          \
  CODE(26, nonce_gap, failure, peer, "a frame of the link is missing or doubled")                  \
  CODE(27, wrong_tag, failure, peer, "the body's domain tag is another network's or code's")       \
  CODE(28, bad_flags, failure, peer, "flags that do not fit the code")                             \
  CODE(29, unasked_response, failure, peer, "a response to what was never asked")                  \
  CODE(30, unknown_code, failure, peer, "a packet code that nobody handles: skip it, count it")    \
  CODE(31, bad_version, failure, peer, "a layout version that nobody here knows")                  \
  /* links and peers, 40..59 */                                                                    \
  CODE(40, wrong_network, wrong_setup, peer, "the peer's genesis is another")                      \
  CODE(41, no_common_version, failure, nobody, "no version of the protocol that both speak")       \
  CODE(42, banned, failure, peer, "the peer is banned here")                                       \
  CODE(43, own_id, failure, nobody, "we dialled ourselves")                                        \
  CODE(44, full_house, failure, nobody, "no place for another link")                               \
  CODE(45, duplicate_link, failure, nobody, "another link to the same peer is kept")               \
  CODE(46, not_the_dialled, failure, nobody, "another identity than the one dialled")              \
  CODE(47, bad_x509, failure, peer, "not one self-signed Ed25519 certificate, or not TLS 1.3")     \
  CODE(48, handshake_timeout, failure, peer, "the peer did not greet in time")                     \
  CODE(49, keepalive_timeout, failure, peer, "the peer said nothing for too long")                 \
  CODE(50, link_lost, failure, nobody, "the link ended, or there is none")                         \
  CODE(52, unknown_neighbour, failure, nobody, "no link to that peer")                             \
  CODE(53, refused_by_application, failure, peer, "the application wants no link to this peer")    \
  CODE(54, connect_failed, failure, nobody, "nobody answers at the address")                       \
  CODE(55, write_stalled, failure, peer, "the peer took nothing for too long")                     \
  CODE(56, link_closed_by_peer, failure, nobody, "the peer ended the link")                        \
  CODE(57, shutting_down, failure, nobody, "the peer, or we, end in good order")                   \
  CODE(58, out_of_turn, failure, peer, "a frame that does not belong in the link's state")         \
  /* consensus, 60..79 */                                                                          \
  CODE(62, unknown_member, failure, peer, "not in the group")                                      \
  CODE(63, not_the_leader, failure, peer, "a proposal of one who does not lead its view")          \
  CODE(64, bad_signature, failure, peer, "a signature that does not verify")                       \
  CODE(65, bad_certificate, unverified, peer, "too few, doubled or false signers")                 \
  CODE(66, bad_parent, failure, leader, "the parent's height, view or time does not fit")          \
  CODE(68, wrong_epoch, failure, peer, "of another epoch's members")                               \
  CODE(69, wrong_group, unverified, peer, "of another group")                                      \
  /* notary, 80..109 */                                                                            \
  CODE(80, unknown_variable, wrong_request, author, "the genesis declares no such variable")       \
  CODE(81, unknown_operation, wrong_request, author, "the variable's kind has no such operation")  \
  CODE(82, wrong_arguments, wrong_request, author, "not the operation's arguments")                \
  CODE(83, not_a_writer, failure, author, "the declaration does not let the author write")         \
  CODE(84, out_of_bounds, failure, author, "a constraint of the variable's declaration")           \
  CODE(85, bad_batch, failure, author, "a batch that breaks its own rules")                        \
  CODE(87, stale_answer, unverified, peer, "below the height already seen")                        \
  CODE(88, bad_proof, unverified, peer, "the proof does not lead to the certified root")           \
  CODE(89, not_yet, undecided, nobody, "the height asked for is not final yet")                    \
  CODE(90, outcome_unknown, undecided, nobody, "applied or not: retry with this request id")       \
  CODE(91, refused_by_rule, failure, author, "a rule said no; the detail says why")                \
  CODE(92, request_id_reused, conflict, asker, "this request id was used for another mutation")    \
  CODE(93, history_gone, failure, nobody, "a block that should be kept cannot be read")            \
  CODE(94, no_quorum_answered, undecided, nobody, "too few members answered a fresh read")         \
  CODE(95, state_diverged, failure, ourselves, "this node's state is not the group's")             \
  CODE(96, over_quota, over_limit, author, "the quota is used up: not proposed; try later")        \
  CODE(97, pruned, failure, nobody, "asked for a height below those that this node keeps")         \
  CODE(98, rules_missing, wrong_setup, keeper, "C++ rules of the group that this program lacks")   \
  /* files and config, 110..129 */                                                                 \
  CODE(110, file_missing, failure, keeper, "a file that is needed is not there")                   \
  CODE(111, file_unreadable, failure, keeper, "a file cannot be read")                             \
  CODE(112, file_malformed, failure, keeper, "a file is not of its format")                        \
  CODE(113, file_permissions, failure, keeper, "readable by others than its owner")                \
  CODE(114, file_exists, failure, keeper, "it would be overwritten")                               \
  CODE(115, disk_full, failure, keeper, "no room on the disk")                                     \
  CODE(116, io_failed, failure, keeper, "the system refused to read, write or make something")     \
  CODE(117, schema_too_new, failure, keeper, "written by a later version of caucus")               \
  CODE(118, unknown_key, wrong_setup, keeper, "a key that nobody here knows")                      \
  CODE(119, wrong_type, wrong_setup, keeper, "a value of another type than its key's")             \
  CODE(120, value_out_of_range, wrong_setup, keeper, "a value outside its key's range")            \
  CODE(121, in_use, failure, keeper, "another process holds the directory or the port")            \
  CODE(122, bad_checksum, failure, keeper, "bytes on the disk are not those that were written")    \
  CODE(123, folder_contradicts, failure, keeper, "files of one folder cannot all be true")         \
  /* control, 130..149 */                                                                          \
  CODE(130, bad_request, wrong_request, asker, "nothing that can be asked")                        \
  CODE(131, no_such_path, no_such_thing, asker, "no such path of the control API")                 \
  CODE(132, node_unreachable, unreachable, keeper, "nothing listens on the control socket")        \
  CODE(133, internal, failure, ourselves, "our own fault; the detail and the log say more")        \
  /* base: cryptography and text, 150..169 */                                                      \
  CODE(150, bad_seal, failure, peer, "sealed bytes were altered, or sealed with another key")      \
  CODE(151, bad_public_key, failure, peer, "no key that anything may be agreed with")              \
  CODE(152, bad_text, failure, asker, "not the one text of any value: base32, hex")
// clang-format on

enum class errc : std::uint16_t {
#define CAUCUS_ENUMERATOR(number, name, kind, blame, meaning) name = (number),
  CAUCUS_ERROR_CODES(CAUCUS_ENUMERATOR)
#undef CAUCUS_ENUMERATOR
};

/// An error's declaration.
struct error_row {
  errc code;
  std::string_view name; ///< of the enumerator: for JSON, logs and scripts
  error_kind kind;
  culprit blame;
  std::string_view meaning; ///< for people
};

/// Ascending by number.
inline constexpr auto error_codes = std::to_array<error_row>({
#define CAUCUS_ROW(number, name, kind, blame, meaning)                                             \
  {errc::name, #name, error_kind::kind, culprit::blame, meaning},
  CAUCUS_ERROR_CODES(CAUCUS_ROW)
#undef CAUCUS_ROW
});
#undef CAUCUS_ERROR_CODES

/// The enumerator's name, for people and JSON; "unknown": a number of none.
[[nodiscard]] std::string_view to_string(errc code);
/// None: no error has that name.
[[nodiscard]] std::optional<errc> error_named(std::string_view name);
/// A number of none is a failure.
[[nodiscard]] error_kind kind_of(errc code);

} // namespace caucus
