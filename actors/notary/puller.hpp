#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/turn.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

/// Asks peers for batches that blocks list and this node lacks: one peer after the other, bounded
/// in flight, until somebody has it or nobody wants it.
/// Pure.

namespace caucus {

class puller {
public:
  puller(const notary_config& config, const peer_table& peers) : config_{config}, peers_{peers} {}

  /// `at`: the final height that lists it, or zero. `first`: who surely has it. `listed`: by a
  /// notarized or final block, so it goes before those that proposals list. Again for one that is
  /// wanted: only these are noted.
  void want(const digest& id, height at, std::optional<member_index> first, bool listed,
            const notary_turn& t);
  /// The final height that lists it; zero: none, or it is not wanted.
  [[nodiscard]] height final_at(const digest& id) const {
    const auto found = wanted_.find(id);
    return found == wanted_.end() ? height{} : found->second.height;
  }
  /// It came, or nobody wants it any more.
  void drop(const digest& id);
  /// Of a batch that the final block of this height lists all who are linked have said twice that
  /// they have none, and that is some time ago.
  [[nodiscard]] bool nobody_has(height at, time_point now) const;
  static constexpr duration in_vain_time{10'000'000};
  [[nodiscard]] bool wants(const digest& id) const { return wanted_.contains(id); }

  /// The end of a request with this tag: whose it was; nothing: not ours. `arrived`: with a batch,
  /// which is checked now; drop() or retry() follows. Without one another peer is asked.
  /// `has_none`: so it says, and it is no time-out, say.
  [[nodiscard]] std::optional<digest> answered(std::uint64_t tag, bool arrived, bool has_none,
                                               const notary_turn& t);
  /// A peer gave a bad one: ask others.
  void retry(const digest& id, const notary_turn& t);
  void link_gone(link_id link) { in_flight_.erase(link); }
  /// Asks for what may be asked for now.
  void pump(const notary_turn& t);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  /// Tags of this class begin here, upwards by 2.
  static constexpr std::uint64_t first_tag = 1;

private:
  struct wish {
    caucus::height height;
    std::optional<member_index> first;
    bool listed = false;
    std::set<link_id> tried;
    std::size_t without = 0; ///< of `tried`: who said so
    unsigned rounds = 0;     ///< in which all did
    time_point in_vain{};    ///< when the second one was over
    std::uint64_t tag = 0;   ///< in flight; 0: not
    time_point not_before;
    bool queued =
      false; ///< who may have it has all that it may be asked: its next answer makes room
  };
  struct choice {
    std::optional<link_id> link;
    bool queued = false; ///< nobody now, but somebody who was not asked yet, once there is room
  };
  void pump(bool listed, const notary_turn& t);
  [[nodiscard]] choice choose(const wish& of);

  const notary_config& config_;
  const peer_table& peers_;
  std::unordered_map<digest, wish> wanted_;
  std::deque<digest> order_; ///< oldest wish first: blocks are executed in order
  std::unordered_map<std::uint64_t, std::pair<digest, link_id>> by_tag_;
  std::map<link_id, std::size_t> in_flight_;
  std::uint64_t next_tag_ = first_tag;
  link_id last_;         ///< asked last: the next one is another
  bool in_vain_ = false; ///< some wish had two rounds
  bool starved_ = false; ///< a wish waits for a time, not for an answer
};

} // namespace caucus
