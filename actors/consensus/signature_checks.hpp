#pragma once

#include "actors/consensus/outlet.hpp"
#include "messages/committee.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"
#include "messages/vote.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

/// What waits for its signatures to be verified: whatever was asked about, by token; and
/// certificates of others, of which the first on each subject is checked and the rest wait for it
/// to be bad.
/// Pure.

namespace caucus::voting {

struct proposal_check {
  caucus::view view;
  digest id;
};
struct page_check {}; ///< the fetcher has the page
struct view_check {
  member_index member;
  view_response response;
};
using pending_check =
  std::variant<vote, subject, proposal_check, page_check, conflicting_proposals, view_check>;

/// A certificate that somebody sent.
struct candidate {
  certificate held;
  link_id link;
  std::shared_ptr<const proposal> block; ///< null: none came along
  std::uint64_t token = 0;               ///< of its check; 0: not asked for
};

class signature_checks {
public:
  /// Tokens up to `taken` are another's.
  explicit signature_checks(committee voters, std::uint64_t taken = 0)
      : voters_{std::make_shared<const committee>(std::move(voters))}, tokens_{taken} {}

  /// Asserts that there is something to be checked. Returns the token.
  std::uint64_t ask(pending_check what, std::vector<claim> claims, const outlet& out);
  /// What was asked about; none: nothing, or it ended before.
  [[nodiscard]] std::optional<pending_check> take(std::uint64_t token);
  [[nodiscard]] std::uint64_t last_token() const { return tokens_; }

  // -- certificates of others ---------------------------------------------------------------------
  /// Precondition: its shape was checked. False: one of that link, or the same, waits already; or
  /// that link has too many.
  bool offer(link_id from, certificate what, std::shared_ptr<const proposal> block);
  /// The subjects on which some wait, in their order.
  [[nodiscard]] std::optional<subject> first() const;
  [[nodiscard]] std::optional<subject> next(const subject& after) const;
  /// The first on it, if its check was not asked for. Null: it was, or there is none.
  [[nodiscard]] const candidate* unasked(const subject& on) const;
  /// Asks for its check, of `claims` alone. None of them: it is good, see take_first().
  void ask(const subject& on, std::vector<claim> claims, const outlet& out);
  /// The first on it, which waits no more. None: dropped meanwhile, or another than that of
  /// `token`.
  [[nodiscard]] std::optional<candidate> take_first(const subject& on, std::uint64_t token);
  void drop(const subject& on);
  /// Those on views that are over, or of finalizations up to `final_view`.
  void forget(view final_view, view over);
  void link_down(link_id which);

private:
  void release(link_id from);

  std::shared_ptr<const committee> voters_; ///< never null
  std::uint64_t tokens_;                    ///< the last that was given
  std::unordered_map<std::uint64_t, pending_check> pending_;
  std::map<subject, std::deque<candidate>> candidates_; ///< no deque is empty
  std::map<link_id, std::size_t>
    waiting_; ///< of each link that is up; [1, candidates_per_link_max]
};

} // namespace caucus::voting
