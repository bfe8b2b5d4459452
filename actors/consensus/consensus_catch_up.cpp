#include "actors/consensus/certificate.hpp"
#include "actors/consensus/consensus.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <utility>

/// What is missing and asked for, and what is sent again until it is settled.

namespace caucus {

using namespace voting; // NOLINT(google-build-using-namespace): the parts of this core

// -- what is missing -----------------------------------------------------------------------------

void consensus::list_wants() {
  if (!wants_changed_) {
    return;
  }
  wants_changed_ = false;
  std::set<digest> needed;
  const auto look = [&](const digest& id) {
    if (const auto path = chain_.path_to(id); path.missing) {
      needed.insert(*path.missing);
    }
  };
  if (target_) {
    look(target_->on.of);
  }
  std::size_t looked = 0;
  for (auto at = notarized_.rbegin(); at != notarized_.rend() && looked < resend_views_max;
       ++at, ++looked) {
    look(views_.at(*at).notarization->on.of);
  }
  std::erase_if(wants_, [&](const auto& one) { return !needed.contains(one.first); });
  for (const auto& id : needed) {
    if (wants_.size() < wanted_blocks_max) {
      wants_.try_emplace(id, want{0, 0, now_, round_++});
    }
  }
}

void consensus::ask() {
  ask_views();
  ask_tips();
  list_wants();
  for (auto& [id, one] : wants_) {
    if (one.tag != 0) {
      continue;
    }
    if (now_ < one.due) {
      wake_at(one.due);
      continue;
    }
    one.due = now_ + config_.retry_interval;
    if (const auto to = links_.server(one.first + one.attempts, one.attempts)) {
      ++one.attempts;
      one.tag = request(*to, proposal_request{id});
    } else {
      wake_at(one.due);
    }
  }
  ask_chain();
  ask_certificates();
}

void consensus::ask_chain() {
  if (!target_ || page_ || chain_tag_ != 0) {
    return;
  }
  const auto& tip = chain_.tip();
  if (tip.header.at.value() - durable_.value() >= undurable_heights_max) {
    return; // goes on when the ledger has advanced
  }
  const auto path = chain_.path_to(target_->on.of);
  if (!path.missing) {
    return;
  }
  const auto asked = wants_.find(*path.missing);
  const bool hopeless = asked != wants_.end() && asked->second.attempts >= 2;
  const bool far =
    !path.ids.empty()
    && chain_.header_of(path.ids.front())->at.value() > tip.header.at.value() + chain_gap_min;
  if (!hopeless && !far) {
    return;
  }
  if (now_ < chain_due_) {
    wake_at(chain_due_);
    return;
  }
  chain_due_ = now_ + config_.retry_interval;
  if (const auto to = links_.server(chain_round_++, chain_failed_++)) {
    chain_tag_ = request(
      *to, chain_request{tip.header.at.next(), static_cast<std::uint32_t>(blocks_per_page_max)});
  } else {
    wake_at(chain_due_);
  }
}

void consensus::ask_certificates() {
  if (!lack_ || certificates_tag_ != 0) {
    return;
  }
  if (now_ < certificates_due_) {
    wake_at(certificates_due_);
    return;
  }
  certificates_due_ = now_ + config_.retry_interval;
  if (const auto to = links_.server(certificates_round_++, certificates_failed_++)) {
    certificates_tag_ = request(*to, certificate_request{lack_->first, lack_->second});
    lack_.reset(); // whoever still lacks it says so again
  } else {
    wake_at(certificates_due_);
  }
}

// -- what comes back -----------------------------------------------------------------------------

void consensus::hear_response(peer_link& from, std::uint64_t tag, voting::message& what) {
  if (tag == chain_tag_) {
    chain_tag_ = 0;
    if (auto* const pages = std::get_if<chain_page>(&what)) {
      hear_page(from, *pages);
    }
    return;
  }
  if (tag == certificates_tag_) {
    certificates_tag_ = 0;
    if (auto* const held = std::get_if<certificate_page>(&what)) {
      hear_certificates(from, *held);
    }
    return;
  }
  if (tip_tags_.erase(tag) != 0) {
    if (auto* const tip = std::get_if<tip_response>(&what)) {
      hear_tip(from, *tip);
    }
    return;
  }
  if (view_tags_.erase(tag) != 0) {
    if (auto* const told = std::get_if<view_response>(&what)) {
      hear_view(from, *told);
    }
    return;
  }
  const auto asked = std::find_if(wants_.begin(), wants_.end(),
                                  [tag](const auto& one) { return one.second.tag == tag; });
  if (asked != wants_.end()) {
    auto* const block = std::get_if<proposal_response>(&what);
    hear_block(from, asked->first, block == nullptr ? std::nullopt : std::move(block->what));
  }
}

void consensus::hear_certificates(peer_link& from, certificate_page& held) {
  if (!held.certificates.empty()) {
    certificates_due_ = now_; // there may be more
    certificates_failed_ = 0;
  }
  for (auto& one : held.certificates) {
    offer(from, std::move(one), nullptr);
  }
}

void consensus::hear_tip(peer_link& from, tip_response& what) {
  if (from.member && (!what.finalization || what.finalization->on.kind == vote_kind::finalize)) {
    note_tip(*from.member, what.finalization ? what.finalization->on.in : view{});
  }
  if (!what.finalization || what.finalization->on.kind != vote_kind::finalize) {
    return;
  }
  std::shared_ptr<const proposal> block;
  if (what.what) {
    if (digest_of(what.what->what.header) != what.finalization->on.of
        || !check_payload(what.what->what)) {
      blame_link(from, errc::bad_certificate, "a finalization of another block");
      return;
    }
    block = std::make_shared<const proposal>(std::move(*what.what));
  }
  offer(from, std::move(*what.finalization), std::move(block));
}

void consensus::hear_block(peer_link& from, digest id, std::optional<proposal> what) {
  auto& asked = wants_.at(id);
  asked.tag = 0;
  if (what && (digest_of(what->what.header) != id || !check_payload(what->what))) {
    blame_link(from, errc::out_of_range, "another block than asked for");
    what.reset();
  }
  if (!what) {
    if (asked.attempts < members()) {
      asked.due = now_; // the next one may have it
    }
    return;
  }
  // It, or a descendant of it, is certified; so it was notarized too.
  const auto got = std::make_shared<const proposal>(std::move(*what));
  if (chain_.insert(id, got) != nullptr) {
    chain_.notarized(id);
    suspect(*got, id);
  }
  wants_changed_ = true;
  moved_ = true;
}

void consensus::hear_page(peer_link& from, chain_page& what) {
  if (what.blocks.empty()) {
    return; // asks another one at chain_due_
  }
  page got{from.who.id, {}, {}, {}};
  const auto& tip = chain_.tip();
  auto parent = tip.id;
  auto at = tip.header.at;
  for (auto& one : what.blocks) {
    if (one.header.at <= tip.header.at) {
      continue;
    }
    at = at.next();
    if (one.header.parent != parent || one.header.at != at || !check_payload(one)) {
      blame_link(from, errc::bad_parent, "a page of blocks that do not follow one another");
      return;
    }
    parent = digest_of(one.header);
    got.ids.push_back(parent);
    auto block = std::make_shared<proposal>();
    block->what = std::move(one);
    got.blocks.push_back(std::move(block));
  }
  if (got.blocks.empty()) {
    return; // came too late
  }
  if (!what.finalization || what.finalization->on.kind != vote_kind::finalize
      || what.finalization->on.of != parent
      || what.finalization->on.in != got.blocks.back()->what.header.in
      || !check_shape(*what.finalization, members())) {
    blame_link(from, errc::bad_certificate, "a page without its finalization");
    return;
  }
  got.finalization = std::move(*what.finalization);
  const auto token = ++tokens_;
  out_->push_back(voting::check_signatures{token, claims_of(got.finalization)});
  checks_.emplace(token, page_check{});
  page_ = std::move(got);
}

void consensus::settled_page(bool good) {
  if (!page_) {
    return;
  }
  const auto got = std::move(*page_);
  page_.reset();
  chain_due_ = now_;
  if (!good) {
    if (const auto* const from = links_.find(got.from)) {
      blame_link(*from, errc::bad_certificate, "signatures of a page's finalization");
    }
    return;
  }
  chain_failed_ = 0;
  for (std::size_t i = 0; i < got.ids.size(); ++i) {
    if (auto* const block = chain_.insert(got.ids[i], got.blocks[i])) {
      block->notarized = true;
      block->told = true; // final at once: the notary executes it then
    }
  }
  static_cast<void>(commit(got.finalization));
  wants_changed_ = true;
  moved_ = true;
}

void consensus::request_over(std::uint64_t tag) {
  if (tag == chain_tag_) {
    chain_tag_ = 0;
  } else if (tag == certificates_tag_) {
    certificates_tag_ = 0;
  } else if (tip_tags_.erase(tag) == 0 && view_tags_.erase(tag) == 0) {
    for (auto& one : wants_) {
      if (one.second.tag == tag) {
        one.second.tag = 0;
      }
    }
  }
}

// -- what is sent again --------------------------------------------------------------------------

bool consensus::anything_open() const {
  if (!config_.self || !journal_works_) {
    return false;
  }
  const auto* const here = find_view(view_);
  return pace_.running() || !notarized_.empty()
         || (here != nullptr && (here->notarized || here->nullified));
}

std::vector<voting::message> consensus::open_messages() const {
  std::vector<voting::message> out;
  if (entered_by_) {
    out.emplace_back(*entered_by_);
  }
  std::size_t views = 0;
  for (auto at = notarized_.rbegin(); at != notarized_.rend() && views < resend_views_max;
       ++at, ++views) {
    const auto& there = views_.at(*at);
    if (!entered_by_ || *there.notarization != *entered_by_) {
      out.emplace_back(*there.notarization);
    }
    if (there.finalized) {
      out.emplace_back(*there.finalized);
    }
  }
  if (const auto* const here = find_view(view_)) {
    if (here->own_proposal != nullptr) {
      out.emplace_back(*here->own_proposal);
    }
    if (here->notarized) {
      out.emplace_back(*here->notarized);
    }
    if (here->nullified) {
      out.emplace_back(*here->nullified);
    }
  }
  return out;
}

void consensus::resend() {
  if (!anything_open()) {
    return;
  }
  if (now_ >= resend_due_) {
    resend_due_ = now_ + config_.retry_interval;
    for (auto& one : open_messages()) {
      to_members(std::move(one));
    }
  }
  wake_at(resend_due_);
}

// -- sending -------------------------------------------------------------------------------------

void consensus::to_members(voting::message what) {
  if (auto to = links_.members(); !to.empty()) {
    out_->push_back(voting::multicast{std::move(to), std::move(what)});
  }
}

void consensus::to_link(link_id to, voting::message what) {
  out_->push_back(voting::send{to, std::move(what), 0, duration{0}, 0});
}

void consensus::respond(link_id to, std::uint64_t msg_id, voting::message what) {
  out_->push_back(voting::send{to, std::move(what), 0, duration{0}, msg_id});
}

std::uint64_t consensus::request(link_id to, voting::message what) {
  const auto tag = ++tokens_;
  out_->push_back(voting::send{to, std::move(what), tag, config_.request_timeout, 0});
  return tag;
}

void consensus::tell(to_notary what) {
  out_->push_back(voting::tell{std::move(what)});
}

} // namespace caucus
