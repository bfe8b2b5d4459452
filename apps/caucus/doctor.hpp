#pragma once

#include "apps/caucus/node_access.hpp"
#include "runtime/identity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

/// What `caucus doctor` looks at. It changes nothing: it makes no file, takes no lock and speaks to
/// no other machine; so it may run beside the node or without it.
/// Main thread; each function blocks, for a second at most.

namespace caucus::cli {

enum class verdict : std::uint8_t { fine, warning, failure };

struct finding {
  std::string topic; ///< "identity", "disk": a word for scripts
  verdict how = verdict::fine;
  std::string text;     ///< what was found, one line
  std::string remedy{}; ///< what to do; empty where all is fine
};
using findings = std::vector<finding>;

/// What a node that runs on the folder says of itself.
struct running_node {
  bool answers = false;
  std::string trouble{};      ///< why it does not, or why one cannot tell
  bool hidden = false;        ///< whether it runs, this user cannot tell
  std::optional<::pid_t> pid; ///< that holds the folder; 0: somebody who has not said who
  std::string version{};
  std::uint16_t port = 0;         ///< bound; 0: none
  std::size_t members_linked = 0; ///< other members
  std::size_t members = 0;        ///< of the newest epoch it knows
  std::size_t quorum = 0;
  std::int64_t block_time_ms = 0; ///< of the newest final block; of genesis if there is none
  std::string clock_problem{};    ///< whose clock is off, as leaders' headers show; empty: nobody's
  bool standstill = false;
  bool is_member = false; ///< also while it does not vote
  bool votes = false;
  std::uint64_t height = 0;
  std::size_t barred_by = 0; ///< members that refuse it, as the group has barred it
  std::vector<std::string> problems{};
  std::vector<std::string> liars{}; ///< "node3 (abcdefgh) signed ..."
};
/// nullopt: none runs.
[[nodiscard]] std::optional<running_node> find_running(const node_access& node);

// -- its files ------------------------------------------------------------------------------------

/// `rules`: as for network_with().
void examine_network(const node_access& node, const std::string& rules, findings& out);
/// The key, if it can be read.
[[nodiscard]] std::optional<peer_id> examine_identity(const node_access& node, findings& out);
void examine_membership(const node_access& node, const peer_id& self, findings& out);
/// `self`: the key, if it can be read. `runs`: a node has the folder.
void examine_folder(const node_access& node, const std::optional<peer_id>& self, bool runs,
                    findings& out);
/// What keeps an older answer from passing for a new one.
void examine_seen(const node_access& node, findings& out);

// -- the node -------------------------------------------------------------------------------------

void examine_node(const node_access& node, const std::optional<running_node>& running,
                  findings& out);
void examine_port(const node_access& node, const std::optional<running_node>& running,
                  findings& out);

// -- the machine ----------------------------------------------------------------------------------

/// Against the group's own clock, if the node runs; and whether anything keeps it.
void examine_clock(const node_access& node, const std::optional<running_node>& running,
                   findings& out);
void examine_disk(const node_access& node, findings& out);
void examine_limits(const node_access& node, const std::optional<running_node>& running,
                    findings& out);

} // namespace caucus::cli
