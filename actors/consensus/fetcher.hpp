#pragma once

#include "actors/consensus/chain.hpp"
#include "actors/consensus/outlet.hpp"
#include "actors/consensus/signature_checks.hpp"
#include "actors/consensus/view_window.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"
#include "messages/vote.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

/// What this node lacks and asks others for: blocks by digest, certificates of views, pages of the
/// ledger, tips, and the views of others. It says whom to ask, and when again; what an answer is
/// worth its caller judges, but for pages, which it holds until they are checked.
/// Pure.

namespace caucus::voting {

/// Blocks of consecutive heights above the tip, and what makes the newest of them final.
struct fetched_page {
  link_id link;
  std::vector<std::shared_ptr<const proposal>> blocks;
  std::vector<digest> ids; ///< of the blocks
  certificate finalization;
};

class fetcher {
public:
  struct pace {
    duration retry_interval;
    duration request_timeout;
  };
  /// Tags up to `taken` are another's.
  fetcher(committee voters, pace its_pace, std::uint64_t taken = 0)
      : voters_{std::move(voters)}, pace_{its_pace}, tags_{taken} {}

  // -- what is missing ----------------------------------------------------------------------------
  /// Blocks may be missing that were not, or the other way.
  void look_again() { wants_changed_ = true; }
  /// Somebody is in a later epoch, or says so: this one's last blocks are in others' ledgers.
  /// `member`: says so; no member: somebody else. More than may lie must, before it counts.
  void epoch_passed(std::optional<member_index> member) {
    epoch_passed_ = true;
    in_later_ |= member ? std::uint64_t{1} << member->value() : 0;
  }
  /// A judgement lacks certificates of these views.
  void lack(view first, view last) { lack_ = std::pair{first, last}; }
  void lack_nothing() { lack_.reset(); }

  /// What ask() looks at.
  struct sight {
    const chain& blocks;
    const view_window& views;
    /// A finalization whose blocks are not all held; null: none.
    const certificate* target = nullptr;
    height durable;
  };
  void ask(const sight& at, const link_table& links, const outlet& out);
  /// Of all members, again and again: while this one is in doubt.
  void ask_views(const link_table& links, const outlet& out);
  void ask_view(link_id of, const outlet& out);
  /// Answers to those that were asked are none any more.
  void forget_lives() { life_tags_.clear(); }
  void ask_life(link_id of, const life_request& what, const outlet& out);
  /// Of all members, again and again: while the group's height is not known.
  void ask_tips(height have, const link_table& links, const outlet& out);
  void ask_tip(link_id of, height have, const outlet& out);

  // -- what comes back ----------------------------------------------------------------------------
  enum class request_kind : std::uint8_t {
    none,
    block,
    chain,
    certificates,
    tip,
    view_entered,
    life
  };
  struct ended {
    request_kind kind = request_kind::none; ///< none: it asked nothing by that tag
    digest block;                           ///< of the kind `block`
  };
  /// A request is over, answered or not.
  ended end(std::uint64_t tag);
  /// The one that was asked did not have it, or gave another one: the next may have it.
  void block_missing(const digest& id, const outlet& out);
  void certificates_came(const outlet& out);
  /// Its blocks follow one another from the tip on, and end in one with a certificate of a right
  /// shape: asks for that to be checked. Else whoever sent it is blamed, but for one that is empty
  /// or came too late.
  void page_came(const peer_link& from, chain_page& what, const chain_tip& tip,
                 signature_checks& checks, const outlet& out);
  /// The page whose check ended. None: it was good and is taken, or there is none. Blames for a bad
  /// one.
  [[nodiscard]] std::optional<fetched_page> page_checked(bool good, const link_table& links,
                                                         const outlet& out);

  /// Who was asked for the block behind this tip had none, twice each, though there is one by the
  /// word of more members than may lie, or a certificate. Told the notary with each further one.
  [[nodiscard]] bool nobody_keeps_next(height tip) const {
    return empty_behind_ == tip && empty_pages_ >= 2 * voters_.size();
  }
  /// Of a page with fewer blocks each makes up for two that were empty, and no more.
  static constexpr std::size_t page_of_worth = 256;

  [[nodiscard]] std::uint64_t last_tag() const { return tags_; }
  /// Asserts rule 10.
  void check(time_point now) const;

private:
  struct want {
    std::uint64_t tag = 0; ///< of the request on its way; 0: none
    std::uint64_t attempts = 0;
    time_point due{};
    std::uint64_t first = 0; ///< the server asked first; then each in turn
  };
  /// Of one kind, one at a time. Servers take turns for each kind on its own: with one round for
  /// all, two kinds that alternate could each find the same liar again and again.
  struct series {
    std::uint64_t tag = 0; ///< of the request on its way; 0: none
    time_point due{};
    std::uint64_t round = 0;
    std::uint64_t failed = 0; ///< since one last brought something
  };
  void list_wants(const sight& at, time_point now);
  [[nodiscard]] bool wants_pages(const sight& at) const;
  void ask_chain(const sight& at, const link_table& links, const outlet& out);
  void ask_certificates(const link_table& links, const outlet& out);
  [[nodiscard]] bool ask_next(series& which, const message& what, const link_table& links,
                              const outlet& out);
  [[nodiscard]] std::uint64_t request(link_id to, message what, const outlet& out);

  committee voters_;
  pace pace_;
  std::uint64_t tags_; ///< the last that was given
  std::map<digest, want> wants_;
  bool wants_changed_ = false;
  std::uint64_t round_ = 0;
  series chain_;
  series certificates_;
  std::optional<std::pair<view, view>> lack_; ///< views whose certificates a judgement lacks
  std::optional<fetched_page> page_;          ///< being checked
  std::size_t empty_pages_ = 0;               ///< while the tip was `empty_behind_`
  height empty_behind_;
  height page_end_;            ///< of the last page that was taken
  bool crawls_ = false;        ///< the last page that was not empty was a small one
  bool is_behind_ = false;     ///< there is a block behind the tip
  bool epoch_passed_ = false;  ///< pages are wanted even without a target
  std::uint64_t in_later_ = 0; ///< bit i: member i says that it is in a later epoch; of this tip
  std::set<std::uint64_t> tip_tags_;
  std::set<std::uint64_t> view_tags_;
  std::set<std::uint64_t> life_tags_;
  time_point tips_due_{};
  time_point views_due_{};
};

} // namespace caucus::voting
