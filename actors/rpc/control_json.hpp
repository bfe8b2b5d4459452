#pragma once

#include "actors/rpc/control.hpp"
#include "messages/genesis.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The control API's texts: targets and bodies into requests, replies into JSON, and back for the
/// command line. What is parsed is hostile: every size and number is checked.
/// Pure; any thread.
///
///     POST /v1/propose   {"variable": "score", "mutation": "add", "arguments": ["5"],
///                         "request_id": "...", "timeout_ms": 30000}
///     GET  /v1/get?variable=tags[&key=K][&at_least=H][&fresh=1[&nonce=HEX]][&timeout_ms=30000]
///     GET  /v1/log?from=H[&follow=1]         one JSON object a line
///     GET  /v1/receipt?height=H&index=I[&timeout_ms=30000]
///     GET  /v1/status[?group=1]              group: and what the other members say of themselves
///     GET  /v1/evidence[?from=N]             proofs of lies, evidence_page_max of them
///     GET  /v1/version
///     GET  /metrics                          no JSON: Prometheus' text format
///
/// Bytes are JSON text where they are UTF-8, else {"hex": "00ff"}; an argument may be given in either
/// way. Integers: see strict_json.hpp. An error is {"error": {"code": "busy", "detail": "..."}}.

namespace caucus {

/// Longest target that is looked at: a key of key_size_max, every byte escaped, and names.
inline constexpr std::size_t control_target_size_max = 4 * 1024;

/// Errors: no_such_path, bad_request (which part, what was given, what is allowed).
[[nodiscard]] result<control_request> parse_control(std::string_view method,
                                                    std::string_view target, std::string_view body);

/// One actor over all its lives, as status shows it.
struct actor_health {
  std::string name;
  std::string group; ///< empty: the root
  std::uint64_t restarts = 0;
  std::string last_error; ///< empty: none
};

/// What a reply's text needs to know of its node.
struct control_facts {
  peer_id self;
  network_id network;
  node_mode mode = node_mode::server;
  std::string version;
  std::string rules{};   ///< "name:version" of those in C++; empty: none
  std::string trouble{}; ///< of the node's folder; empty: none
  std::vector<actor_health> actors{};
  std::string edges_json = "[]"; ///< edge_table_json() of the topology's table
  std::string metrics_text{};    ///< metrics_text() of what node_metrics tells
};

struct control_text {
  std::uint16_t status = 200; ///< HTTP's
  std::string type = "application/json";
  std::string text;
};
/// A part of a log that has nothing to tell is empty.
[[nodiscard]] control_text print_control(const control_reply& what, const genesis& of,
                                         const control_facts& facts);

// -- for the command line ------------------------------------------------------------------------

/// HTTP's method and the target of a request, and for propose its body.
[[nodiscard]] std::string_view control_method(const control_request& what);
[[nodiscard]] std::string control_target(const control_request& what);
[[nodiscard]] std::string control_body(const control_request& what);

/// Text where they are UTF-8, else {"hex": "00ff"}.
[[nodiscard]] nlohmann::ordered_json bytes_json(bytes_view raw);

/// {"status", "reason", "height", "index"}, and "code" where it was refused. One line, no break.
[[nodiscard]] std::string receipt_json(const receipt& what);

/// {"variable", "kind", "key", "count", "value", "height", "time_ms", "state_root", "signers",
/// "answer"}: all of it is read out of `what`, which is also there as it is encoded, in hex; verify it
/// first. See messages/proofs.md. A whole set's value is a list, a whole map's an object (a list of
/// pairs if a key is not text); null is absent. No value: the answer has not the entries that it counts.
/// A fresh one (`fresh` is not null) has "fresh" too: fresh_json().
[[nodiscard]] std::string answer_json(const genesis& of, const answer& what,
                                      const freshness* fresh = nullptr);
/// The encoded answer out of such a text, whether what stands beside it agrees or not.
/// Errors: file_malformed; those of the archive.
[[nodiscard]] result<answer> answer_from_json(std::string_view text);
/// Every member of the text is as answer_json() would have it, and none is there twice; their order
/// does not count. Error: bad_proof, names the member.
[[nodiscard]] result<void> same_as_json(const genesis& of, const answer& what,
                                        std::string_view text, const freshness* fresh = nullptr);
/// {"status", "reason", "code", "height", "index", "signers", "receipt"}: read out of `what`, which is
/// also there as it is encoded, in hex. See messages/proofs.md.
[[nodiscard]] std::string receipt_proof_json(const receipt_proof& what);
/// The text has a member "receipt": what receipt_proof_json() wrote, or claims to be.
[[nodiscard]] bool tells_receipt(std::string_view text);
/// As answer_from_json() and same_as_json(). A member "request_id" with a text may stand beside them: it is
/// its proposer's own name for it, and proves nothing.
[[nodiscard]] result<receipt_proof> receipt_from_json(std::string_view text);
[[nodiscard]] result<void> same_as_json(const receipt_proof& what, std::string_view text);
/// The error that a reply tells. nullopt: it tells none.
[[nodiscard]] std::optional<error> error_from_json(std::string_view text);

// -- fresh reads, fresh_json.cpp -----------------------------------------------------------------

/// {"nonce", "members", "proof"}: the nonce and the encoded freshness in hex, and the names of those
/// whose word it is.
[[nodiscard]] std::string fresh_json(const genesis& of, const freshness& what);
/// The encoded freshness out of an answer's text; nothing: it is no fresh one's. Error: file_malformed.
[[nodiscard]] result<std::optional<freshness>> freshness_from_json(std::string_view text);
/// 32 hex digits, not all zero. Error: bad_request.
[[nodiscard]] result<fresh_nonce> nonce_from_text(std::string_view text);

} // namespace caucus
