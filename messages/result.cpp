#include "messages/result.hpp"

#include <ostream>

namespace caucus {

// A switch, not a table: the compiler finds the enumerator that is missing.
// NOLINTNEXTLINE(readability-function-size): a line an enumerator
std::string_view to_string(errc code) {
  switch (code) {
    case errc::unconnected_port: return "unconnected_port";
    case errc::port_taken: return "port_taken";
    case errc::code_taken: return "code_taken";
    case errc::stopping: return "stopping";
    case errc::busy: return "busy";
    case errc::timed_out: return "timed_out";
    case errc::cancelled: return "cancelled";
    case errc::truncated: return "truncated";
    case errc::trailing_bytes: return "trailing_bytes";
    case errc::too_long: return "too_long";
    case errc::out_of_range: return "out_of_range";
    case errc::not_ascending: return "not_ascending";
    case errc::body_too_large: return "body_too_large";
    case errc::nonce_gap: return "nonce_gap";
    case errc::wrong_tag: return "wrong_tag";
    case errc::bad_flags: return "bad_flags";
    case errc::unasked_response: return "unasked_response";
    case errc::unknown_code: return "unknown_code";
    case errc::bad_version: return "bad_version";
    case errc::wrong_network: return "wrong_network";
    case errc::no_common_version: return "no_common_version";
    case errc::banned: return "banned";
    case errc::own_id: return "own_id";
    case errc::full_house: return "full_house";
    case errc::duplicate_link: return "duplicate_link";
    case errc::not_the_dialled: return "not_the_dialled";
    case errc::bad_x509: return "bad_x509";
    case errc::handshake_timeout: return "handshake_timeout";
    case errc::keepalive_timeout: return "keepalive_timeout";
    case errc::link_lost: return "link_lost";
    case errc::rate_exceeded: return "rate_exceeded";
    case errc::unknown_neighbour: return "unknown_neighbour";
    case errc::refused_by_application: return "refused_by_application";
    case errc::connect_failed: return "connect_failed";
    case errc::write_stalled: return "write_stalled";
    case errc::link_closed_by_peer: return "link_closed_by_peer";
    case errc::shutting_down: return "shutting_down";
    case errc::out_of_turn: return "out_of_turn";
    case errc::stale_view: return "stale_view";
    case errc::future_view: return "future_view";
    case errc::unknown_member: return "unknown_member";
    case errc::not_the_leader: return "not_the_leader";
    case errc::bad_signature: return "bad_signature";
    case errc::bad_certificate: return "bad_certificate";
    case errc::bad_parent: return "bad_parent";
    case errc::wrong_root: return "wrong_root";
    case errc::wrong_epoch: return "wrong_epoch";
    case errc::wrong_group: return "wrong_group";
    case errc::unknown_variable: return "unknown_variable";
    case errc::unknown_operation: return "unknown_operation";
    case errc::wrong_arguments: return "wrong_arguments";
    case errc::not_a_writer: return "not_a_writer";
    case errc::out_of_bounds: return "out_of_bounds";
    case errc::bad_batch: return "bad_batch";
    case errc::too_many_unordered: return "too_many_unordered";
    case errc::stale_answer: return "stale_answer";
    case errc::bad_proof: return "bad_proof";
    case errc::not_yet: return "not_yet";
    case errc::outcome_unknown: return "outcome_unknown";
    case errc::refused_by_rule: return "refused_by_rule";
    case errc::request_id_reused: return "request_id_reused";
    case errc::history_gone: return "history_gone";
    case errc::no_quorum_answered: return "no_quorum_answered";
    case errc::state_diverged: return "state_diverged";
    case errc::over_quota: return "over_quota";
    case errc::file_missing: return "file_missing";
    case errc::file_unreadable: return "file_unreadable";
    case errc::file_malformed: return "file_malformed";
    case errc::file_permissions: return "file_permissions";
    case errc::file_exists: return "file_exists";
    case errc::disk_full: return "disk_full";
    case errc::io_failed: return "io_failed";
    case errc::schema_too_new: return "schema_too_new";
    case errc::unknown_key: return "unknown_key";
    case errc::wrong_type: return "wrong_type";
    case errc::value_out_of_range: return "value_out_of_range";
    case errc::in_use: return "in_use";
    case errc::bad_checksum: return "bad_checksum";
    case errc::folder_contradicts: return "folder_contradicts";
    case errc::bad_request: return "bad_request";
    case errc::no_such_path: return "no_such_path";
    case errc::node_unreachable: return "node_unreachable";
    case errc::internal: return "internal";
    case errc::bad_seal: return "bad_seal";
    case errc::bad_public_key: return "bad_public_key";
    case errc::bad_text: return "bad_text";
  }
  return "unknown";
}

std::string to_string(const error& what) {
  std::string out{to_string(what.code)};
  if (!what.detail.empty()) {
    out += ": " + what.detail;
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, errc code) {
  return out << to_string(code);
}

std::ostream& operator<<(std::ostream& out, const error& what) {
  return out << to_string(what);
}

} // namespace caucus
