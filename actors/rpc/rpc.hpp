#pragma once

#include "actors/rpc/control.hpp"
#include "messages/control.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

/// The table of control calls in flight: turns calls into questions for the notary, consensus and
/// peer_net, and their answers into replies. Knows nothing of what it carries.
/// Pure: time comes in, actions go out.
///
/// A log's reader that is slow waits alone: more than `window` bytes that it has not taken, and its
/// subscription ends; when it has taken them, it is subscribed again from the next height. So the one
/// edge from the notary, which all calls share, never stands still for one of them.

namespace caucus {

struct rpc_limits {
  std::size_t calls_max = 256;     ///< in flight; above: busy
  std::size_t window = 256 * 1024; ///< bytes of a log on their way to one reader
  /// In flight, of a whole variable: an answer may have 1 MiB, and JSON of it five. Above: busy.
  std::size_t whole_reads_max = 32;
  duration status_timeout = std::chrono::seconds{2};
  /// Beyond the call's own: the notary answers in time, or has lost the call in a restart.
  duration grace = std::chrono::seconds{2};
};

struct rpc_reply {
  call_id to = 0;
  control_reply what;
  bool last = true;
};
struct ask_consensus {
  status_request what;
};
struct ask_peer_net {
  status_request what;
};
using rpc_action = std::variant<rpc_reply, notary_request, ask_consensus, ask_peer_net>;

class rpc {
public:
  /// `first`: tags are above. Not those of a former life: answers to it may still be on their way.
  explicit rpc(rpc_limits limits = {}, request_tag first = 0) : limits_{limits}, last_tag_{first} {}

  /// A new call. A mutation comes encoded, as only the shell's catalog knows how; for all other calls
  /// `encoded` is empty. O(log n).
  void open(call_id id, const control_request& what, bytes encoded, time_point now,
            std::vector<rpc_action>& out);
  /// The caller went away. A proposal goes on without it.
  void gone(call_id id, std::vector<rpc_action>& out);
  /// `size` bytes of a log were given to the carrier, and were taken by the reader.
  void sent(call_id id, std::size_t size, std::vector<rpc_action>& out);
  void taken(call_id id, std::size_t size, std::vector<rpc_action>& out);

  // -- answers; those nobody waits for any more are dropped --------------------------------------
  void hear(notary_answer what, std::vector<rpc_action>& out);
  void hear(consensus_status what, std::vector<rpc_action>& out);
  void hear(peer_net_status what, std::vector<rpc_action>& out);
  /// The notary began a new life, which takes what it is asked from now on; told at once.
  void notary_began() { forgotten_ = last_tag_; }
  /// All that its former life answered has been heard: after its notary_began(). What it was asked
  /// before that is forgotten there, or may be. Logs go on where they were.
  void notary_restarted(std::vector<rpc_action>& out);
  /// The node itself stops: a notary that says so from now on has no next life.
  void node_stops() { node_stops_ = true; }

  /// Ends what is overdue. O(1) where nothing is.
  void tick(time_point now, std::vector<rpc_action>& out);
  /// Of the earliest call to end.
  [[nodiscard]] std::optional<time_point> next_deadline() const;
  [[nodiscard]] std::size_t calls() const { return calls_.size(); }

private:
  enum class kind : std::uint8_t { propose, get, log, status, lies, receipt };
  struct call {
    kind what = kind::status;
    request_tag tag = 0;
    std::optional<time_point> deadline;
    node_status status;
    bool as_metrics = false; ///< of a status
    bool whole = false;      ///< of a read
    // of a log
    height next;
    std::uint32_t index = 0; ///< of the first mutation of `next` not heard
    bool follow = false;
    bool subscribed = false;
    bool awaits_notary = false; ///< to be subscribed in its next life
    std::size_t in_flight = 0;  ///< bytes
  };
  using call_map = std::map<call_id, call>;

  /// Fills in what waits for the answers to `what`, and asks.
  void ask(call& made, const control_request& what, bytes encoded, time_point now,
           std::vector<rpc_action>& out) const;
  /// For a status, or its numbers.
  void ask_all(call& made, time_point now, std::vector<rpc_action>& out) const;
  call* find(request_tag tag, kind what);
  void finish(call_map::iterator at, control_reply what, std::vector<rpc_action>& out);
  void end(request_tag tag, kind what, control_reply reply, std::vector<rpc_action>& out);
  void erase(call_map::iterator at);
  void subscribe(call_id id, call& to, std::vector<rpc_action>& out);
  void complete_status(request_tag tag, std::vector<rpc_action>& out);
  void tell_status(call_map::iterator at, std::vector<rpc_action>& out);
  void hear(const committed_answer& what, std::vector<rpc_action>& out);
  void hear(const subscription_caught_up& what, std::vector<rpc_action>& out);
  void hear(const subscription_ended& what, std::vector<rpc_action>& out);
  [[nodiscard]] error as_told(error why) const;

  rpc_limits limits_;
  call_map calls_;
  std::map<request_tag, call_id> tags_;
  std::size_t whole_reads_ = 0;                  ///< among them
  std::set<std::pair<time_point, call_id>> due_; ///< of the calls that have a deadline
  request_tag last_tag_;
  request_tag forgotten_ = 0; ///< up to this tag the notary may have lost what it was asked
  bool node_stops_ = false;
};

} // namespace caucus
