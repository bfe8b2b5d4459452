#include "actors/consensus/voter.hpp"

#include "actors/consensus/rules.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"

#include <algorithm>

namespace caucus::voting {

voter::voter(committee voters, std::optional<member_index> self, vote_keeping keeps,
             const signer* key)
    : voters_{std::move(voters)}, self_{self}, keeps_{keeps}, key_{key}, doubt_{voters_} {
  CAUCUS_ASSERT(!self_ || (voters_.has(*self_) && key_ != nullptr));
}

void voter::stop_for_good(std::string why) {
  CAUCUS_ASSERT(!why.empty());
  if (broken_.empty()) {
    broken_ = std::move(why);
  }
}

bool voter::may_sign() const {
  return self_ && journal_works_ && broken_.empty() && !doubt_.is_open();
}

// -- signing -------------------------------------------------------------------------------------

void voter::check_may_sign() const {
  CAUCUS_ASSERT_RULE(7, self_ && key_ != nullptr);
  CAUCUS_ASSERT_RULE(7, journal_works_);
  CAUCUS_ASSERT_RULE(8, !doubt_.is_open());
  CAUCUS_ASSERT_RULE(5, broken_.empty()); // its state may not be the group's
}

vote voter::sign(const subject& on, view_votes& there, view current, const outlet& out) {
  check_may_sign();
  CAUCUS_ASSERT_RULE(8, on.view > silent_to_ && on.view <= current);
  CAUCUS_ASSERT(on.epoch == voters_.in_epoch());
  CAUCUS_ASSERT((on.kind == vote_kind::nullify) == on.digest.is_zero());
  if (on.kind == vote_kind::notarize) {
    CAUCUS_ASSERT_RULE(1, on.view > last_notarize_);
    CAUCUS_ASSERT_RULE(3, on.view > last_nullify_);
    last_notarize_ = on.view;
  } else if (on.kind == vote_kind::nullify) {
    CAUCUS_ASSERT_RULE(2, on.view > last_nullify_);
    last_nullify_ = on.view;
  }
  recorded_to_ = std::max(recorded_to_, on.view);
  const vote mine{on, *self_, key_->sign(on)};
  there.sign(mine);
  const auto before = out.count();
  write(voted{mine}, current, out);
  CAUCUS_ASSERT_RULE(7, !keeps_each() || out.count() == before + 1); // its record, and nothing else
  CAUCUS_ASSERT_RULE(8, keeps_each() || on.view <= ceiling_);
  return mine;
}

std::shared_ptr<const proposal> voter::sign(block made, const digest& id, view current,
                                            const outlet& out) {
  check_may_sign();
  CAUCUS_ASSERT_RULE(8, made.header.view > silent_to_ && made.header.view == current);
  CAUCUS_ASSERT(voters_.leader_of(made.header.view) == *self_);
  recorded_to_ = std::max(recorded_to_, made.header.view);
  auto said = std::make_shared<proposal>();
  said->block = std::move(made);
  said->signature = key_->sign(id);
  const auto before = out.count();
  keep(said, current, out);
  CAUCUS_ASSERT_RULE(7, !keeps_each() || out.count() == before + 1);
  return said;
}

void voter::keep(std::shared_ptr<const proposal> block, view current, const outlet& out) {
  write(seen_block{std::move(block)}, current, out);
}

void voter::keep(const certificate& seen, view current, const outlet& out) {
  if (self_ && keeps_each() && broken_.empty()) {
    write(seen_certificate{seen}, current, out);
  }
}

void voter::write(consensus_record what, view current, const outlet& out) {
  if (keeps_each()) {
    live_.push_back(what);
    out.record(std::move(what));
  } else if (current.next() > ceiling_) {
    ceiling_ = view{current.value() + ceiling_step};
    out.record(ceiling{ceiling_, voters_.in_epoch()});
  }
}

// -- the journal ---------------------------------------------------------------------------------

void voter::restore_doubt(const std::vector<consensus_record>& former, bool cut,
                          const outlet& out) {
  if (!self_) {
    return;
  }
  std::optional<doubted> lost;
  std::optional<std::uint64_t> heard;
  bool began_blank = former.empty();
  for (const auto& one : former) {
    recorded_to_ = std::max(recorded_to_, signed_to(one));
    std::visit(overloaded{[&](const doubted& doubt) {
                            lost = doubt;
                            began_blank = began_blank || (doubt.blank && recorded_to_ == view{});
                          },
                          [&](const ceiling&) { lost.reset(); },
                          [&](const heard_of& known) { heard = known.members; },
                          ignored<voted, seen_block, seen_certificate, own_life, other_life>{}},
               one);
  }
  // A journal of before says nothing of it: whoever asks is taken for one that was heard.
  heard_of_ = heard.value_or(began_blank ? 0 : ~std::uint64_t{0});
  if (lost) {
    doubt_.open(!lost->blank            ? doubt::cause::cut
                : recorded_to_ > view{} ? doubt::cause::older
                                        : doubt::cause::blank);
  }
  // Of a group that bears no fault a disk that lost what it had synced is none: a cut end binds nobody.
  if (former.empty() || (cut && voters_.liars() > 0)) {
    doubt_.open(former.empty() ? doubt::cause::blank : doubt::cause::cut);
    out.record(doubted{doubt_.why() == doubt::cause::blank});
  }
}

void voter::start(height durable, view final_view) {
  durable_ = durable;
  // The records up to the tip are dropped: this stands for them if the ledger is taken away.
  ceiling_ = std::max(silent_to_, final_view);
}

void voter::block_final(height number, view which) {
  CAUCUS_ASSERT(undurable_.empty() || undurable_.back().first < number);
  if (broken_.empty()) { // else nothing is written any more, and the ledger may stand still
    undurable_.emplace_back(number, which);
  }
}

void voter::ledger_advanced(height durable) {
  durable_ = std::max(durable_, durable);
  std::optional<view> upto;
  while (!undurable_.empty() && undurable_.front().first <= durable_) {
    upto = undurable_.front().second;
    undurable_.pop_front();
  }
  if (upto) {
    if (keeps_each()) {
      ceiling_ = std::max(ceiling_, *upto); // binds even if the ledger is taken away
    }
    std::erase_if(live_, [&](const auto& one) { return view_of(one) <= *upto; });
  }
}

void voter::raise_floor(view to, const chain& blocks) {
  silent_to_ = std::max(silent_to_, to);
  if (keeps_each()) {
    ceiling_ = std::max(ceiling_, to);
  }
  std::erase_if(live_, [&](const consensus_record& one) {
    const auto in = view_of(one);
    if (in > to || in <= blocks.tip().header.view) {
      return false; // the latter go when they are durable
    }
    const auto* const held = std::get_if<seen_block>(&one);
    const auto* const block =
      held == nullptr ? nullptr : blocks.find(digest_of(held->proposal->block.header));
    return block == nullptr || !block->notarized;
  });
}

std::vector<consensus_record> voter::live_records() const {
  std::vector<consensus_record> out;
  out.emplace_back(
    ceiling{ceiling_, voters_.in_epoch()}); // also 0: a journal without any record is a lost one
  if (doubt_.is_open()) {
    out.emplace_back(doubted{doubt_.forgot()});
  }
  out.emplace_back(heard_of{heard_of_, voters_.in_epoch()});
  out.insert(out.end(), live_.begin(), live_.end());
  return out;
}

// -- a journal that is gone, was cut, or is older -------------------------------------------------

void voter::was_shown(const certificate& what, const outlet& out) {
  if (self_ && shows_signature(what, voters_, *self_)) {
    has_signed(what.subject.view, out);
  }
}

void voter::was_shown(const block_header& what, const outlet& out) {
  if (self_ && voters_.leader_of(what.view) == *self_) {
    has_signed(what.view, out);
  }
}

void voter::has_signed(view in, const outlet& out) {
  if (in <= std::max(recorded_to_, shown_to_)) {
    return;
  }
  CAUCUS_ASSERT(self_); // nobody else has signed anything
  shown_to_ = in;
  doubt_older(out);
}

void voter::has_lived(const outlet& out) {
  CAUCUS_ASSERT(self_);
  was_told_ = true;
  if (doubt_.why() != doubt::cause::blank) { // whether it signed anything, others know
    doubt_older(out);
  }
}

void voter::doubt_older(const outlet& out) {
  const bool is_said = doubt_.forgot();
  doubt_.open(doubt::cause::older);
  if (!is_said) {
    out.record(doubted{true});
  }
}

bool voter::settle_doubt(std::optional<view> vote_above, const outlet& out) {
  if (!doubt_.is_open() || !journal_works_) {
    return false;
  }
  // The operator knew nothing of what has come out since.
  const bool is_known = vote_above && !was_told_ && *vote_above >= shown_to_;
  const auto silent_to = is_known ? vote_above : doubt_.over();
  if (silent_to) {
    end_doubt(*silent_to, out);
  }
  return silent_to.has_value();
}

void voter::end_doubt(view silent_to, const outlet& out) {
  if (doubt_.forgot() && !doubt_.is_new()) {
    hear_of(~std::uint64_t{0}, out); // whom it had heard of it has forgotten too
  }
  doubt_.close();
  silent_to_ = std::max({silent_to_, silent_to, shown_to_});
  ceiling_ = std::max(ceiling_, silent_to_);
  recorded_to_ = std::max(recorded_to_, silent_to_);
  out.record(ceiling{ceiling_, voters_.in_epoch()});
}

void voter::hear_of(std::uint64_t members, const outlet& out) {
  if (self_ && (heard_of_ | members) != heard_of_) {
    heard_of_ |= members;
    out.record(heard_of{heard_of_, voters_.in_epoch()});
  }
}

std::string voter::lost_text() const {
  switch (doubt_.why()) {
    case doubt::cause::none: break;
    case doubt::cause::cut:
      return "consensus.journal lost its end: what this member signed last is not known";
    case doubt::cause::older:
      return "consensus.journal is older than what this member signed: it ends at view "
             + std::to_string(recorded_to_.value())
             + (shown_to_ == view{}
                  ? std::string{}
                  : ", and others hold what it signed in view " + std::to_string(shown_to_.value()))
             + ". The folder was set back, or another copy of it ran";
    case doubt::cause::blank:
      return "consensus.journal is new: what this member signed before is not known";
  }
  return {};
}

std::string voter::doubt_text(view current) const {
  if (doubt_.may_be_new()) {
    return "it has no journal, as at a first start: it votes once "
           + std::to_string(voters_.quorum() - 1)
           + " other members have said that they never heard of it; "
           + std::to_string(doubt_.answer_count()) + " have";
  }
  // Of 2 or 3 members none may be lost: the others pass no view without this one, and it may vote in none
  // that they have not passed.
  if (voters_.liars() == 0) {
    return lost_text()
           + (voters_.is_alone()
                ? ", and a group of one has nobody to ask. Put the newest consensus.journal back; "
                  "without it, set node.vote_above in node.toml to "
                    + std::to_string(current.value() - 1)
                : ", and a group of " + std::to_string(voters_.size())
                    + " bears the loss of none. Put the newest consensus.journal back; without it, "
                      "set node.vote_above in node.toml to one below the view that all others are "
                      "in, "
                    + std::to_string(current.value() - 1) + " if that is this one's too")
           + ", and only if no other copy of this node runs";
  }
  const auto heard = doubt_.heard();
  std::string missing;
  for (std::size_t i = 0; i < voters_.size(); ++i) {
    const member_index each{static_cast<std::uint16_t>(i)};
    if (each != *self_ && std::find(heard.begin(), heard.end(), each) == heard.end()) {
      const auto name = voters_.name_of(each);
      missing +=
        (missing.empty() ? "" : ", ") + (name.empty() ? "member " + std::to_string(i) : name);
    }
  }
  return lost_text() + ". It does not vote until " + std::to_string(doubt_.needed())
         + " other members have shown how far they are; " + std::to_string(heard.size())
         + " have, not yet " + missing
         + ". If they never come back, set node.vote_above in node.toml to a view that the group "
           "has surely not passed";
}

void voter::check(view current) const {
  CAUCUS_ASSERT_RULE(1, last_notarize_ <= current);
  CAUCUS_ASSERT_RULE(2, last_nullify_ <= current);
  CAUCUS_ASSERT_RULE(7, live_.empty() || self_);
  CAUCUS_ASSERT_RULE(8, keeps_each() || std::max(last_notarize_, last_nullify_) <= ceiling_);
  CAUCUS_ASSERT_RULE(8, is_member() || (last_notarize_ == view{} && last_nullify_ == view{}));
}

} // namespace caucus::voting
