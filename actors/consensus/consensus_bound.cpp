#include "actors/consensus/consensus.hpp"

#include <algorithm>

/// Up to where this replica may have signed `finalize`, for members' word in fresh reads.
/// A finalize vote is only ever cast for a notarized block that is held, so the newest one of those is
/// a bound of this life's. Of former lives the journal has the votes above the ledger, and a ceiling
/// where it does not: this replica says nothing while it does not know a notarized or final block at
/// or above both. What it has signed and not sent yet, as the disk is slow, counts too.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

void consensus::on(const finalize_bound_wanted& what) {
  finalize_bound out{what.tag, std::nullopt, std::nullopt};
  if (can_tell_finalize_bound()) {
    const auto [header, shown] = newest_notarized();
    if (bounds_own_finalizes(*header) && (shown != nullptr || header->at == height{})) {
      out.bound = *header;
      out.shown = shown == nullptr ? std::nullopt : std::optional{*shown};
    }
  }
  tell(std::move(out));
}

bool consensus::can_tell_finalize_bound() const {
  return config_.self && started_ && broken_.empty() && !doubt_.is_open();
}

std::pair<const block_header*, const certificate*> consensus::newest_notarized() const {
  const auto held = [this](view which) {
    return chain_.find(views_.at(which).notarization->on.of) != nullptr;
  };
  if (const auto newest = std::find_if(notarized_.rbegin(), notarized_.rend(), held);
      newest != notarized_.rend()) {
    const auto& notarization = *views_.at(*newest).notarization;
    return {&chain_.find(notarization.on.of)->what->what.header, &notarization};
  }
  const auto& tip = chain_.tip();
  return {&tip.header, tip.finalization ? &*tip.finalization : nullptr};
}

bool consensus::bounds_own_finalizes(const block_header& what) const {
  return what.in >= silent_to_
         && std::none_of(views_.upper_bound(what.in), views_.end(),
                         [](const auto& one) { return one.second.finalized.has_value(); });
}

} // namespace caucus
