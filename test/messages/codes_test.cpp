#include "messages/result.hpp"

#include "test/catch.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace caucus {
namespace {

TEST_CASE("a code keeps its number and its name, which travel and stand in ledgers") {
  const std::pair<int, const char*> rows[] = {
    {1, "unconnected_port"},
    {2, "port_taken"},
    {3, "code_taken"},
    {4, "stopping"},
    {5, "busy"},
    {6, "timed_out"},
    {7, "cancelled"},
    {20, "truncated"},
    {21, "trailing_bytes"},
    {22, "too_long"},
    {23, "out_of_range"},
    {24, "not_ascending"},
    {25, "body_too_large"},
    {26, "nonce_gap"},
    {27, "wrong_tag"},
    {28, "bad_flags"},
    {29, "unasked_response"},
    {30, "unknown_code"},
    {31, "bad_version"},
    {40, "wrong_network"},
    {41, "no_common_version"},
    {42, "banned"},
    {43, "own_id"},
    {44, "full_house"},
    {45, "duplicate_link"},
    {46, "not_the_dialled"},
    {47, "bad_x509"},
    {48, "handshake_timeout"},
    {49, "keepalive_timeout"},
    {50, "link_lost"},
    {52, "unknown_neighbour"},
    {53, "refused_by_application"},
    {54, "connect_failed"},
    {55, "write_stalled"},
    {56, "link_closed_by_peer"},
    {57, "shutting_down"},
    {58, "out_of_turn"},
    {62, "unknown_member"},
    {63, "not_the_leader"},
    {64, "bad_signature"},
    {65, "bad_certificate"},
    {66, "bad_parent"},
    {68, "wrong_epoch"},
    {69, "wrong_group"},
    {80, "unknown_variable"},
    {81, "unknown_operation"},
    {82, "wrong_arguments"},
    {83, "not_a_writer"},
    {84, "out_of_bounds"},
    {85, "bad_batch"},
    {87, "stale_answer"},
    {88, "bad_proof"},
    {89, "not_yet"},
    {90, "outcome_unknown"},
    {91, "refused_by_rule"},
    {92, "request_id_reused"},
    {93, "history_gone"},
    {94, "no_quorum_answered"},
    {95, "state_diverged"},
    {96, "over_quota"},
    {97, "pruned"},
    {98, "rules_missing"},
    {110, "file_missing"},
    {111, "file_unreadable"},
    {112, "file_malformed"},
    {113, "file_permissions"},
    {114, "file_exists"},
    {115, "disk_full"},
    {116, "io_failed"},
    {117, "schema_too_new"},
    {118, "unknown_key"},
    {119, "wrong_type"},
    {120, "value_out_of_range"},
    {121, "in_use"},
    {122, "bad_checksum"},
    {123, "folder_contradicts"},
    {130, "bad_request"},
    {131, "no_such_path"},
    {132, "node_unreachable"},
    {133, "internal"},
    {150, "bad_seal"},
    {151, "bad_public_key"},
    {152, "bad_text"},
  };
  for (const auto& [number, name] : rows) {
    INFO(name);
    CHECK(to_string(errc{static_cast<std::uint16_t>(number)}) == name);
    CHECK(error_named(name) == errc{static_cast<std::uint16_t>(number)});
  }
  CHECK(std::size(rows) == error_codes.size());
}

TEST_CASE("no two codes have one name, and a number of none has no meaning") {
  std::set<std::string_view> names;
  for (const auto& one : error_codes) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    CHECK(kind_of(one.code) == one.kind);
  }
  for (const int number : {0, 8, 51, 60, 61, 67, 86, 153, 9'999, 65'535}) {
    INFO(number);
    const errc code{static_cast<std::uint16_t>(number)};
    CHECK(to_string(code) == "unknown");
    CHECK(kind_of(code) == error_kind::failure);
  }
  for (const auto* const name : {"", "unknown", "bus", "busy ", "rate_exceeded"}) {
    INFO(name);
    CHECK_FALSE(error_named(name));
  }
}

} // namespace
} // namespace caucus
