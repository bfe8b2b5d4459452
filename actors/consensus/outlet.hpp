#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "actors/consensus/link_table.hpp"
#include "runtime/base/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a part of the core is given for one step: the time, and a place for what it wants done.
/// Pure. Not to be kept beyond the step.

namespace caucus::voting {

class outlet {
public:
  /// `wake`: when the core wants to be woken, over all steps.
  outlet(const turn<action>& now, const link_table& links, std::optional<time_point>& wake)
      : turn_{now}, links_{links}, wake_{wake} {}

  [[nodiscard]] time_point now() const { return turn_.now; }
  [[nodiscard]] wall_ms wall() const { return turn_.wall; }

  void record(consensus_record what) const { turn_.want(voting::record{std::move(what)}); }
  /// How many actions the turn has.
  [[nodiscard]] std::size_t count() const { return turn_.out.size(); }
  void tell(to_notary what) const { turn_.want(voting::tell{std::move(what)}); }
  void check(std::uint64_t token, std::shared_ptr<const committee> voters,
             std::vector<claim> claims) const {
    turn_.want(check_signatures{token, std::move(voters), std::move(claims)});
  }
  void blame_link(const peer_link& whom, errc why, std::string detail) const {
    turn_.want(accuse{{whom.info.id, whom.info.peer, why, std::move(detail)}});
  }
  /// The newest link of that member, if it has one.
  void blame_member(member_index whom, errc why, std::string detail) const {
    if (const auto link = links_.of(whom)) {
      blame_link(*links_.find(*link), why, std::move(detail));
    }
  }

  void to_link(link_id to, message what) const {
    turn_.want(send{to, std::move(what), 0, duration{0}, 0});
  }
  void respond(link_id to, std::uint64_t msg_id, message what) const {
    turn_.want(send{to, std::move(what), 0, duration{0}, msg_id});
  }
  void request(link_id to, message what, std::uint64_t tag, duration timeout) const {
    turn_.want(send{to, std::move(what), tag, timeout, 0});
  }
  void to_members(message what) const { to_all(links_.members(), std::move(what)); }
  void to_followers(message what) const { to_all(links_.followers(), std::move(what)); }

  /// A tick then, if none is wanted before. What is due now is not waited for.
  void wake_at(time_point when) const {
    if (when > turn_.now && (!wake_ || when < *wake_)) {
      wake_ = when;
    }
  }

private:
  void to_all(std::vector<link_id> to, message what) const {
    if (!to.empty()) {
      turn_.want(multicast{std::move(to), std::move(what)});
    }
  }

  const turn<action>& turn_;
  const link_table& links_;
  std::optional<time_point>& wake_;
};

} // namespace caucus::voting
