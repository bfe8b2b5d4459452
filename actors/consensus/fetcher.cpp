#include "actors/consensus/fetcher.hpp"

#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus_limits.hpp"
#include "actors/consensus/rules.hpp"
#include "runtime/archive/signing.hpp"

#include <algorithm>
#include <bit>

namespace caucus::voting {

std::uint64_t fetcher::request(link_id to, message what, const outlet& out) {
  const auto tag = ++tags_;
  out.request(to, std::move(what), tag, pace_.request_timeout);
  return tag;
}

// -- what is missing -----------------------------------------------------------------------------

void fetcher::list_wants(const sight& at, time_point now) {
  if (!wants_changed_) {
    return;
  }
  wants_changed_ = false;
  std::set<digest> needed;
  const auto look = [&](const digest& id) {
    if (const auto path = at.blocks.path_to(id); path.missing) {
      needed.insert(*path.missing);
    }
  };
  if (at.target != nullptr) {
    look(at.target->subject.digest);
  }
  const auto& notarized = at.views.notarized();
  std::size_t looked = 0;
  for (auto which = notarized.rbegin(); which != notarized.rend() && looked < resend_views_max;
       ++which, ++looked) {
    look(at.views.notarization_of(*which).subject.digest);
  }
  std::erase_if(wants_, [&](const auto& each) { return !needed.contains(each.first); });
  for (const auto& id : needed) {
    if (wants_.size() < wanted_blocks_max) {
      wants_.try_emplace(id, want{0, 0, now, round_++});
    }
  }
}

void fetcher::ask(const sight& at, const link_table& links, const outlet& out) {
  list_wants(at, out.now());
  for (auto& [id, wanted] : wants_) {
    if (wanted.tag != 0) {
      continue;
    }
    if (out.now() < wanted.due) {
      out.wake_at(wanted.due);
      continue;
    }
    wanted.due = out.now() + pace_.retry_interval;
    if (const auto to = links.server(wanted.first + wanted.attempts, wanted.attempts)) {
      ++wanted.attempts;
      wanted.tag = request(*to, proposal_request{id}, out);
    } else {
      out.wake_at(wanted.due);
    }
  }
  ask_chain(at, links, out);
  ask_certificates(links, out);
}

/// False: not yet, or there is nobody to be asked.
bool fetcher::ask_next(series& which, const message& what, const link_table& links,
                       const outlet& out) {
  CAUCUS_ASSERT_RULE(10, which.tag == 0); // one at a time
  if (out.now() < which.due) {
    out.wake_at(which.due);
    return false;
  }
  which.due = out.now() + pace_.retry_interval;
  const auto to = links.server(which.round++, which.failed++);
  if (!to) {
    out.wake_at(which.due);
    return false;
  }
  which.tag = request(*to, what, out);
  return true;
}

/// The target's ancestors are too many to be asked for one by one, or nobody has one of them.
bool fetcher::wants_pages(const sight& at) const {
  const auto path = at.blocks.path_to(at.target->subject.digest);
  if (!path.missing) {
    return false;
  }
  const auto asked = wants_.find(*path.missing);
  const bool hopeless = asked != wants_.end() && asked->second.attempts >= 2;
  const bool far = !path.ids.empty()
                   && at.blocks.header_of(path.ids.front())->height.value()
                        > at.blocks.tip().header.height.value() + chain_gap_min;
  return hopeless || far;
}

void fetcher::ask_chain(const sight& at, const link_table& links, const outlet& out) {
  if (page_ || chain_.tag != 0 || !(at.target != nullptr || epoch_passed_)) {
    return;
  }
  is_behind_ = is_behind_ || at.target != nullptr;
  const auto& tip = at.blocks.tip();
  if (tip.header.height.value() - at.durable.value() >= undurable_heights_max) {
    return; // goes on when the ledger has advanced
  }
  if (epoch_passed_ || wants_pages(at)) {
    static_cast<void>(ask_next(
      chain_,
      chain_request{tip.header.height.next(), static_cast<std::uint32_t>(blocks_per_page_max)},
      links, out));
  }
}

void fetcher::ask_certificates(const link_table& links, const outlet& out) {
  if (lack_ && certificates_.tag == 0
      && ask_next(certificates_,
                  certificate_request{lack_->first, lack_->second, voters_.in_epoch()}, links,
                  out)) {
    lack_.reset(); // a judgement that still lacks them says so again
  }
}

void fetcher::ask_view(link_id of, const outlet& out) {
  view_tags_.insert(request(of, view_request{voters_.in_epoch()}, out));
}

void fetcher::ask_views(const link_table& links, const outlet& out) {
  if (out.now() >= views_due_) {
    views_due_ = out.now() + pace_.retry_interval;
    for (const auto to : links.members()) {
      ask_view(to, out);
    }
  }
  out.wake_at(views_due_);
}

void fetcher::ask_tip(link_id of, height have, const outlet& out) {
  tip_tags_.insert(request(of, tip_request{have}, out));
}

void fetcher::ask_life(link_id of, const life_request& what, const outlet& out) {
  life_tags_.insert(request(of, what, out));
}

void fetcher::ask_tips(height have, const link_table& links, const outlet& out) {
  if (tips_due_ == time_point{}) {
    tips_due_ = out.now() + pace_.retry_interval; // all were asked when their links came up
  }
  if (out.now() >= tips_due_) {
    tips_due_ = out.now() + pace_.retry_interval;
    for (const auto to : links.members()) {
      ask_tip(to, have, out);
    }
  }
  out.wake_at(tips_due_);
}

// -- what comes back -----------------------------------------------------------------------------

fetcher::ended fetcher::end(std::uint64_t tag) {
  if (tag == 0) {
    return {};
  }
  if (tag == chain_.tag) {
    chain_.tag = 0;
    return {request_kind::chain, {}};
  }
  if (tag == certificates_.tag) {
    certificates_.tag = 0;
    return {request_kind::certificates, {}};
  }
  if (tip_tags_.erase(tag) != 0) {
    return {request_kind::tip, {}};
  }
  if (view_tags_.erase(tag) != 0) {
    return {request_kind::view_entered, {}};
  }
  if (life_tags_.erase(tag) != 0) {
    return {request_kind::life, {}};
  }
  const auto asked = std::find_if(wants_.begin(), wants_.end(),
                                  [tag](const auto& each) { return each.second.tag == tag; });
  if (asked == wants_.end()) {
    return {};
  }
  asked->second.tag = 0;
  return {request_kind::block, asked->first};
}

void fetcher::block_missing(const digest& id, const outlet& out) {
  auto& asked = wants_.at(id);
  if (asked.attempts < voters_.size()) {
    asked.due = out.now();
  }
}

void fetcher::certificates_came(const outlet& out) {
  certificates_.due = out.now(); // there may be more
  certificates_.failed = 0;
}

namespace {

/// Empty pages behind a former tip: they count where small pages alone led on from it.
std::size_t counted(std::size_t before, bool crawls) {
  return crawls ? before : 0;
}

void tell_if_gone(bool gone, const outlet& out) {
  if (gone) {
    out.tell(blocks_gone{});
  }
}

} // namespace

void fetcher::page_came(const peer_link& from, chain_page& what, const chain_tip& tip,
                        signature_checks& checks, const outlet& out) {
  if (std::any_of(what.blocks.begin(), what.blocks.end(),
                  [this](const block& one) { return one.header.epoch != voters_.in_epoch(); })) {
    return; // whose core is there when it is asked for again
  }
  if (empty_behind_ != tip.header.height) {
    crawls_ = crawls_ && tip.header.height == page_end_;
    empty_pages_ = counted(empty_pages_, crawls_);
    empty_behind_ = tip.header.height;
    in_later_ = 0;
  }
  const bool is_behind =
    is_behind_
    || (!tip.ended && static_cast<std::size_t>(std::popcount(in_later_)) > voters_.liars());
  if (!what.blocks.empty()) {
    // One who has all blocks and gives few at a time does not make up for all who have none.
    crawls_ = what.blocks.size() < page_of_worth;
    empty_pages_ -= std::min<std::size_t>(empty_pages_, 2);
  } else if (is_behind) {
    empty_pages_ = std::min(empty_pages_ + 1, 2 * voters_.size());
    tell_if_gone(nobody_keeps_next(tip.header.height), out);
  }
  fetched_page got{from.info.id, {}, {}, {}};
  auto parent = tip.id;
  auto number = tip.header.height;
  for (auto& each : what.blocks) {
    if (each.header.height <= tip.header.height) {
      continue;
    }
    number = number.next();
    if (each.header.parent != parent || each.header.height != number || !check_payload(each)) {
      out.blame_link(from, errc::bad_parent, "a page of blocks that do not follow one another");
      return;
    }
    parent = digest_of(each.header);
    got.ids.push_back(parent);
    auto block = std::make_shared<proposal>();
    block->block = std::move(each);
    got.blocks.push_back(std::move(block));
  }
  if (got.blocks.empty()) {
    epoch_passed_ = false; // whoever said so says it again
    is_behind_ = false;
    return; // came too late, or is empty: another one is asked when it is due
  }
  if (!what.finalization || what.finalization->subject.kind != vote_kind::finalize
      || what.finalization->subject.digest != parent
      || what.finalization->subject.view != got.blocks.back()->block.header.view
      || !voters_.check_shape(*what.finalization)) {
    out.blame_link(from, errc::bad_certificate, "a page without its finalization");
    return;
  }
  page_end_ = number;
  got.finalization = std::move(*what.finalization);
  CAUCUS_ASSERT_RULE(10, !page_); // none is asked for while one is checked
  checks.ask(page_check{}, claims_of(got.finalization), out);
  page_ = std::move(got);
}

std::optional<fetched_page> fetcher::page_checked(bool good, const link_table& links,
                                                  const outlet& out) {
  CAUCUS_ASSERT(page_);
  auto got = std::exchange(page_, std::nullopt);
  chain_.due = out.now();
  if (good) {
    chain_.failed = 0;
    return got;
  }
  if (const auto* const from = links.find(got->link)) {
    out.blame_link(*from, errc::bad_certificate, "signatures of a page's finalization");
  }
  return std::nullopt;
}

void fetcher::check(time_point now) const {
  CAUCUS_ASSERT_RULE(10, wants_.size() <= wanted_blocks_max);
  CAUCUS_ASSERT_RULE(10, chain_.tag <= tags_ && certificates_.tag <= tags_);
  CAUCUS_ASSERT_RULE(10, !page_ || (chain_.tag == 0 && page_->blocks.size() == page_->ids.size()));
  CAUCUS_ASSERT_RULE(10, chain_.due <= now + pace_.retry_interval);
  CAUCUS_ASSERT_RULE(10, certificates_.due <= now + pace_.retry_interval);
  CAUCUS_ASSERT_RULE(10, !lack_ || lack_->first <= lack_->second);
}

} // namespace caucus::voting
