#include "actors/consensus/view_window.hpp"

#include "actors/consensus/rules.hpp"

#include <algorithm>
#include <utility>

namespace caucus::voting {

// -- what is held --------------------------------------------------------------------------------

const view_votes* view_window::find(view which) const {
  const auto found = views_.find(which);
  return found == views_.end() ? nullptr : &found->second;
}

view_votes* view_window::edit(view which) {
  const auto found = views_.find(which);
  if (found == views_.end()) {
    return nullptr;
  }
  touch(which);
  return &found->second;
}

view_votes& view_window::open(view which) {
  CAUCUS_ASSERT_RULE(9, which > over());
  touch(which);
  return views_[which];
}

const view_votes& view_window::hold(view which) {
  CAUCUS_ASSERT_RULE(9, which > over());
  return views_[which];
}

void view_window::touch(view which) {
  if (touched_.empty() || touched_.back() != which) {
    touched_.push_back(which);
  }
}

view_votes& view_window::certify(const certificate& what) {
  auto& there = open(what.subject.view);
  there.certify(what);
  if (what.subject.kind == vote_kind::notarize) {
    notarized_.insert(what.subject.view);
  }
  return there;
}

const certificate& view_window::notarization_of(view which) const {
  const auto* const there = find(which);
  CAUCUS_ASSERT(there != nullptr && there->notarization() != nullptr);
  return *there->notarization();
}

std::vector<certificate> view_window::certificates(view first, view last,
                                                   std::size_t count_max) const {
  std::vector<certificate> out;
  for (auto at = views_.lower_bound(first); at != views_.end() && at->first <= last; ++at) {
    if (out.size() + 2 > count_max) {
      break;
    }
    for (const auto* const held : {at->second.notarization(), at->second.nullification()}) {
      if (held != nullptr) {
        out.push_back(*held);
      }
    }
  }
  return out;
}

const certificate* view_window::newest_outcome(view least) const {
  for (auto at = views_.rbegin(); at != views_.rend() && at->first >= least; ++at) {
    if (const auto* const by = at->second.outcome()) {
      return by;
    }
  }
  return nullptr;
}

const certificate* view_window::newest_held(const chain& blocks) const {
  const auto found = std::find_if(notarized_.rbegin(), notarized_.rend(), [&](view in) {
    return blocks.find(notarization_of(in).subject.digest) != nullptr;
  });
  return found == notarized_.rend() ? nullptr : &notarization_of(*found);
}

bool view_window::bounds_own_finalizes(view which) const {
  return std::none_of(views_.upper_bound(which), views_.end(),
                      [](const auto& each) { return each.second.own().finalize() != nullptr; });
}

// -- rule 4 --------------------------------------------------------------------------------------

std::optional<view> view_window::first_gap(view parent, view child) const {
  for (auto which = parent.next(); which < child; which = which.next()) {
    const auto* const there = find(which);
    if (there == nullptr || there->nullification() == nullptr) {
      return which;
    }
  }
  return std::nullopt;
}

std::size_t view_window::nullified_count(view parent, view child) const {
  return static_cast<std::size_t>(
    std::count_if(views_.upper_bound(parent), views_.lower_bound(child),
                  [](const auto& each) { return each.second.nullification() != nullptr; }));
}

// -- what goes -----------------------------------------------------------------------------------

bool view_window::is_votable(view which, view current) const {
  return which > over() && which <= current.next()
         && (which.value() + kept_views >= current.value() || notarized_.contains(which));
}

void view_window::trim(view current) {
  if (current.value() <= kept_views) {
    return;
  }
  const view recent{current.value() - kept_views};
  for (auto at = views_.lower_bound(trimmed_); at != views_.end() && at->first < recent; ++at) {
    if (!notarized_.contains(at->first)) {
      at->second.trim();
    }
  }
  trimmed_ = std::max(trimmed_, recent);
}

std::optional<view> view_window::higher_floor(const chain& blocks) const {
  const view least{over().value() + kept_views};
  const auto newest = std::find_if(notarized_.rbegin(), notarized_.rend(), [&](view which) {
    const auto* const block = blocks.find(notarization_of(which).subject.digest);
    return which <= least || (block != nullptr && block->announced);
  });
  if (newest == notarized_.rend() || *newest <= least) {
    return std::nullopt;
  }
  return view{newest->value() - kept_views};
}

void view_window::raise_floor(view to, view current) {
  CAUCUS_ASSERT_RULE(9, to > over() && to < current);
  floor_ = to;
  forget_over();
}

void view_window::set_final(view newest) {
  CAUCUS_ASSERT_RULE(9, newest >= final_);
  final_ = newest;
  forget_over();
}

void view_window::forget_over() {
  const auto forget = [to = over()](auto& held) { held.erase(held.begin(), held.upper_bound(to)); };
  forget(views_);
  forget(notarized_);
}

void view_window::check(view current) {
  CAUCUS_ASSERT_RULE(9, current > over());
  CAUCUS_ASSERT_RULE(9, views_.empty() || views_.begin()->first > over());
  CAUCUS_ASSERT_RULE(9, notarized_.empty() || *notarized_.begin() > over());
  CAUCUS_ASSERT_RULE(9, notarized_.size() <= views_.size());
  for (const auto which : touched_) {
    const auto* const there = find(which);
    if (there == nullptr) {
      continue; // over since
    }
    there->check(which, voters_, self_);
    CAUCUS_ASSERT_RULE(9, notarized_.contains(which) == (there->notarization() != nullptr));
  }
  touched_.clear();
}

} // namespace caucus::voting
