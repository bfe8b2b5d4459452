#pragma once

#include "messages/group.hpp"
#include "runtime/membership/group_mutations.hpp"
#include "test/sim/group/adversary/adversary.hpp"
#include "test/sim/hashing.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// Wants its friend to be a member, in an honest one's place if need be: asks and agrees as it
/// likes, whatever others asked for, and brings proofs that are none. Its replica is honest else.

namespace caucus::sim {

class recruiter final : public adversary {
public:
  explicit recruiter(member whom) : friend_{std::move(whom)} {}

  [[nodiscard]] const member& whom() const { return friend_; }
  /// What it says to the group next. `members`: of now; not empty.
  [[nodiscard]] mutation next(const std::vector<peer_id>& members) {
    const auto victim = members[dice(members.size())];
    switch (dice(9)) {
      case 0: return to_ask(admit{friend_, dice(2) == 0});
      case 1: return to_agree(admit{friend_, dice(2) == 0});
      case 2: return to_ask(replace{victim, friend_});
      case 3: return to_agree(replace{victim, friend_});
      case 4: return to_ask(kick{victim, true});
      case 5: return to_agree(kick{victim, dice(2) == 0});
      case 6: return to_prove(victim, forged());
      case 7: return to_agree(bar{victim, 0});
      default: return to_ask(reinforce{static_cast<std::uint16_t>(1 + dice(3))});
    }
  }

private:
  [[nodiscard]] std::uint64_t dice(std::uint64_t sides) {
    return mix({0x667269656e64, ++thrown_}) % sides;
  }
  /// Two votes that the victim never cast.
  [[nodiscard]] evidence forged() {
    const auto cast = [this] {
      return vote{{vote_kind::notarize, {}, view{1 + dice(9)}, spread<digest>(thrown_)},
                  member_index{static_cast<std::uint16_t>(dice(4))},
                  spread<signature>(thrown_ + 1)};
    };
    conflicting_votes out{cast(), cast()};
    out.second.subject.view = out.first.subject.view;
    out.second.signer = out.first.signer;
    return out;
  }

  member friend_;
  std::uint64_t thrown_ = 0;
};

} // namespace caucus::sim
