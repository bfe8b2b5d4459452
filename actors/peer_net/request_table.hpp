#pragma once

#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "messages/packet_code.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

/// One link's requests that wait for their responses. Each ends exactly once: in an answer,
/// `timed_out` or `link_lost`.
/// Pure. Size: at most requests_max waiting, late_requests_max remembered.

namespace caucus {

/// Who asked, and by what tag it knows the request.
struct asker {
  caucus::sink sink{};
  std::uint64_t tag = 0;
  packet_code code = packet_code::none; ///< the request's
  friend bool operator==(const asker&, const asker&) = default;
};

class request_table {
public:
  /// For another link: ids begin anew. Precondition: nothing waits.
  void reset();

  /// The id for the frame; ids count up from 1. Error: `busy`, requests_max wait.
  [[nodiscard]] result<std::uint64_t> issue(asker by, time_point deadline);

  /// A response came: whose it is. Nothing: late, its request timed out or its asker is gone; drop
  /// it. Error: `unasked_response`: this id never waited, or was answered already. O(log n).
  [[nodiscard]] result<std::optional<asker>> answer(std::uint64_t id);

  /// A response of this kind may answer `id`, if that waits: it answers that request, and an
  /// application's is heard by the actor that asked.
  [[nodiscard]] bool fits(std::uint64_t id, const known_code& response) const;

  /// Those whose time is up, oldest deadline first.
  [[nodiscard]] std::vector<asker> expire(time_point now);
  /// The link is gone: all that wait, oldest first.
  [[nodiscard]] std::vector<asker> end_all();
  /// The asker's former life is gone: its requests end in silence, their responses are late.
  void forget(sink who);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t late() const { return late_count_; } ///< responses dropped

private:
  struct entry {
    caucus::asker asker;
    time_point deadline;
  };
  void remember_late(std::uint64_t id);

  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, entry> waiting_;
  std::set<std::pair<time_point, std::uint64_t>> deadlines_; ///< of waiting_, the same ids
  std::set<std::uint64_t> late_;     ///< ended without their response; size <= late_requests_max
  std::uint64_t forgiven_below_ = 0; ///< no telling any more whether these were answered
  std::uint64_t late_count_ = 0;
};

} // namespace caucus
