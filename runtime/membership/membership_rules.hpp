#pragma once

#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// How a group's book changes: the same on every replica.
/// Pure. Time: O(members * petitions) a call.
///
/// A directive passes in the block in which f + 1 members' operators have asked for it and a quorum
/// of members has agreed: nobody enters or leaves by one member's word, as with one sponsor a liar
/// of four brings three more and holds four of seven. Proof of a lie kicks without that. Who counts
/// is a member of the epoch that is now.

namespace caucus {

/// As the genesis says: all of its members, nothing asked.
[[nodiscard]] group_book first_book(const genesis& from);
/// Who votes in the epoch that it is of.
[[nodiscard]] committee committee_of(const membership& what);
/// For people: "admit eva".
[[nodiscard]] std::string text_of(const group_directive& what);

/// This member must agree: with other C++ rules, without which a node stops, all but those that the
/// change leaves out.
[[nodiscard]] bool is_needed(const group_directive& what, const peer_id& who);
/// How many members must agree: a quorum, and whoever is needed.
[[nodiscard]] std::size_t agrees_wanted(const committee& voters, const group_directive& what);

/// The sizes that a group grows through by `admit` alone: 1, 2, 3, 4, 5, 7, 10, 13 and so on, as 5
/// and 6 bear one fault as 4 does, and 8 and 9 are no better than 7. The next one above `members`.
[[nodiscard]] std::size_t next_size(std::size_t members);

/// Changes a book within one block.
class group_editor {
public:
  /// `now`: who votes in this epoch. Both outlive this.
  group_editor(const committee& now, group_book& book, wall_ms time)
      : now_{now}, book_{book}, rules_{book.declared}, time_{time} {}

  /// A member's operator asks. Errors, which change nothing: not_a_writer: no member;
  /// refused_by_rule: it cannot be done as things stand, and why, or this member has asked for too
  /// much.
  [[nodiscard]] result<void> ask(const peer_id& by, const group_directive& what);
  /// A member agrees with what f + 1 have asked for. Errors: not_a_writer; refused_by_rule: nobody
  /// asked for it, or too few have.
  [[nodiscard]] result<void> agree(const peer_id& by, const group_directive& with);
  /// Proof, checked by the caller, of a lie that this key signed: of votes or proposals of an
  /// epoch, or of batches of a number. It is barred, and kicked if it has not left in this block.
  /// Error: refused_by_rule: it is no member, the lie is of before it joined, or is known.
  [[nodiscard]] result<void> prove(const peer_id& who, epoch in);
  [[nodiscard]] result<void> prove(const peer_id& who, batch_number number);
  /// A member's, or a standby's, own new address. Errors: not_a_writer; refused_by_rule: too long.
  [[nodiscard]] result<void> move(const peer_id& who, std::string address);

  /// Whether the state keeps to these declarations. Error: refused_by_rule, says what does not.
  using state_check = std::function<result<void>(const declarations&)>;
  /// The block's end: what has passed is done, newcomers are seated, what is old goes. Not in a
  /// block whose parent closes the epoch. `last_number`: of the batches of one who joins.
  /// `keeps_to`: of the state that the block's mutations made; empty: it does.
  void finish(const std::function<batch_number(const peer_id&)>& last_number,
              const state_check& keeps_to = {});
  /// What was announced, by finish().
  [[nodiscard]] const std::vector<announce>& announced() const { return announced_; }
  /// The members or the variables of the book are not those of this epoch.
  [[nodiscard]] bool closes() const;
  /// The variables, or the C++ rules, are not.
  [[nodiscard]] bool changes_rules() const { return book_.declared != rules_; }

private:
  /// The members are not.
  [[nodiscard]] bool changes_seats() const;
  [[nodiscard]] result<void> may(const group_directive& what) const;
  [[nodiscard]] result<void> may_enter(const member& who, const peer_id* instead_of) const;
  [[nodiscard]] result<void> may_wait(const admit& one) const;
  [[nodiscard]] result<void> may_grow(const reinforce& one) const;
  [[nodiscard]] result<void> may_bar(const bar& one) const;
  [[nodiscard]] result<void> may_take(const change_rules& one) const;
  [[nodiscard]] result<void> may_open(const peer_id& by) const;
  [[nodiscard]] result<void> has_room_to_bar() const;
  [[nodiscard]] bool is_barred(const peer_id& who) const;
  void forget_over();
  /// It has passed, and whoever it is about cannot leave yet.
  [[nodiscard]] bool must_wait(const petition& one) const;
  [[nodiscard]] result<void> may_leave(const peer_id& who, bool lower_f, bool is_forced) const;
  [[nodiscard]] bool may_drop() const;
  [[nodiscard]] bool would_halt(const group_directive& what) const;
  [[nodiscard]] std::size_t staying() const;
  [[nodiscard]] bool has_passed(const petition& one) const;
  [[nodiscard]] result<void> prove_on(const peer_id& who);
  void apply(const group_directive& what);
  void judge(const change_rules& what, const state_check& keeps_to);
  void ask_anew();
  /// Changes of the rules that can be none any more, as others have passed.
  void drop_vain();
  void bar_until(const peer_id& who, wall_ms until);
  void leave(const peer_id& who, bool is_replaced);
  void seat_next(member who);
  void seat_newcomers();

  const committee& now_;
  group_book& book_;
  shared_declarations rules_; ///< of this epoch; a change makes others
  wall_ms time_;
  std::vector<announce> announced_;
};

} // namespace caucus
