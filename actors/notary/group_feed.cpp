#include "actors/notary/group_feed.hpp"

namespace caucus {

void group_feed::pump(const tip_state& tip, const shared_history& history,
                      std::uint64_t evidence_count, const std::optional<certified_state>& certified,
                      const notary_turn& t) {
  const known now{tip.group.get(), tip.voters->in_epoch(), evidence_count,
                  certified ? std::optional{certified->header.epoch} : std::nullopt};
  for (auto& [who, one] : waiting_) {
    if (one.told == now) {
      continue;
    }
    one.told = now;
    one.held = tip.group;
    group_told what;
    what.tag = one.tag;
    what.height = tip.header.height;
    what.time = tip.header.time;
    what.book = tip.group;
    what.voters = tip.voters;
    what.history = history;
    what.evidence_count = evidence_count;
    if (certified) {
      what.certified = certified->header;
      what.finalization = certified->finalization;
    }
    t.tell(who, std::move(what));
  }
}

} // namespace caucus
