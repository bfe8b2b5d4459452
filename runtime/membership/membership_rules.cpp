#include "runtime/membership/membership_rules.hpp"

#include "messages/hello.hpp"
#include "messages/quorum.hpp"
#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/rules_change.hpp"
#include "runtime/variables/rules_text.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace caucus {

namespace {

/// Of seats and standbys, by their peer.
template <class Places>
auto find_in(Places& places, const peer_id& who) {
  return std::find_if(places.begin(), places.end(),
                      [&who](const auto& one) { return one.member.peer == who; });
}
template <class Places>
bool is_in(const Places& places, const peer_id& who) {
  return find_in(places, who) != places.end();
}

bool holds(const std::vector<peer_id>& all, const peer_id& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::size_t members_among(const committee& voters, const std::vector<peer_id>& all) {
  return static_cast<std::size_t>(
    std::count_if(all.begin(), all.end(), [&voters](const auto& one) { return voters.has(one); }));
}

std::size_t liars_of(std::size_t members) {
  return liars_max(static_cast<std::uint16_t>(members));
}
std::size_t quorum_of(std::size_t members) {
  return quorum(static_cast<std::uint16_t>(members));
}

auto no(std::string why) {
  return fail(errc::refused_by_rule, std::move(why));
}

std::string name_of(const member& who) {
  return who.name.empty() ? to_text(who.peer).substr(0, 8) : who.name;
}
std::string short_text(const peer_id& who) {
  return to_text(who).substr(0, 8);
}

/// The beginning of a text, of which nobody knows what it holds.
std::string shown(const std::string& text) {
  constexpr std::size_t most = 60;
  auto out = text.substr(0, most);
  std::replace_if(
    out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out + (text.size() > most ? "..." : "");
}

/// "score, chat and 3 more".
template <class Names, class NameOf>
std::string listed(const Names& all, const NameOf& name_of) {
  constexpr std::size_t most = 4;
  std::string out;
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
    out += (i == 0 ? "" : ", ") + shown(name_of(all[i]));
  }
  return out + (all.size() > most ? " and " + std::to_string(all.size() - most) + " more" : "");
}

std::string text_of_change(const change_rules& what) {
  const auto declared = listed(what.declared, [](const auto& one) { return one.name; });
  const auto removed = listed(what.removed, [](const auto& one) { return one; });
  std::string out;
  const auto say = [&out](const std::string& part) { out += (out.empty() ? " " : "; ") + part; };
  if (what.code) {
    say("use " + shown(to_text(*what.code)));
  }
  if (!what.without.empty()) {
    say("without " + listed(what.without, short_text));
  }
  if (!declared.empty()) {
    say("declare " + declared);
  }
  if (!removed.empty()) {
    say("remove " + removed);
  }
  return "change the rules:" + out;
}

refused_change told_as_refused(const change_rules& what, const error& why, wall_ms time) {
  return {text_of_change(what).substr(0, refusal_size_max), why.detail.substr(0, refusal_size_max),
          time};
}

/// Whom it takes the place away from, if that is a member.
std::optional<peer_id> leaver_of(const group_directive& what) {
  if (const auto* const one = std::get_if<kick>(&what)) {
    return one->peer;
  }
  if (const auto* const one = std::get_if<retire>(&what)) {
    return one->peer;
  }
  if (const auto* const one = std::get_if<replace>(&what)) {
    return one->former;
  }
  return std::nullopt;
}

} // namespace

group_book first_book(const genesis& from) {
  group_book out;
  out.next.epoch = first_epoch;
  const auto voters = committee_of(from);
  for (const auto& one : voters.members()) {
    out.next.seats.push_back({one, first_epoch, {}});
  }
  out.members_min = static_cast<std::uint16_t>(std::min<std::size_t>(4, voters.size()));
  out.declared = std::make_shared<const declarations>(declarations_of(from));
  return out;
}

committee committee_of(const membership& what) {
  std::vector<member> all;
  all.reserve(what.seats.size());
  for (const auto& one : what.seats) {
    all.push_back(one.member);
  }
  return {what.epoch, std::move(all)};
}

std::string text_of(const group_directive& what) {
  return std::visit(
    overloaded{[](const admit& one) {
                 return "admit " + name_of(one.newcomer) + (one.reserve ? " as a reserve" : "");
               },
               [](const kick& one) { return "kick " + short_text(one.peer); },
               [](const retire& one) { return "retire " + short_text(one.peer); },
               [](const replace& one) {
                 return "replace " + short_text(one.former) + " by " + name_of(one.heir);
               },
               [](const reinforce& one) { return "reinforce by " + std::to_string(one.count); },
               [](const bar& one) { return "bar " + short_text(one.peer); },
               [](const unbar& one) { return "unbar " + short_text(one.peer); },
               [](const announce& one) {
                 return "announce " + std::to_string(one.text.size())
                        + " bytes: " + shown(one.text);
               },
               [](const change_rules& one) { return text_of_change(one); }},
    what);
}

namespace {

/// Null: it names no other C++ rules.
const change_rules* with_code(const group_directive& what) {
  const auto* const rules = std::get_if<change_rules>(&what);
  return rules != nullptr && rules->code ? rules : nullptr;
}

} // namespace

bool is_needed(const group_directive& what, const peer_id& who) {
  const auto* const rules = with_code(what);
  return rules != nullptr && !holds(rules->without, who);
}

std::size_t agrees_wanted(const committee& voters, const group_directive& what) {
  const auto& all = voters.members();
  const auto needed = static_cast<std::size_t>(std::count_if(
    all.begin(), all.end(), [&what](const member& one) { return is_needed(what, one.peer); }));
  return std::max(needed, voters.quorum());
}

std::size_t next_size(std::size_t members) {
  return members <= 4 ? members + 1 : (members - 1) / 3 * 3 + 4;
}

// -- asking --------------------------------------------------------------------------------------

/// A petition of its own.
result<void> group_editor::may_open(const peer_id& by) const {
  const auto asked = std::count_if(book_.open.begin(), book_.open.end(),
                                   [](const petition& one) { return !one.due; });
  if (static_cast<std::size_t>(asked) >= petitions_asked_max) {
    return no(std::to_string(petitions_asked_max) + " changes are asked for already");
  }
  const auto opened =
    std::count_if(book_.open.begin(), book_.open.end(),
                  [&by](const petition& one) { return !one.due && one.askers.front() == by; });
  return static_cast<std::size_t>(opened) < petitions_per_member_max
           ? result<void>{}
           : no("this member has asked for " + std::to_string(opened)
                + " changes that have not passed; they expire an hour after they were asked for");
}

result<void> group_editor::ask(const peer_id& by, const group_directive& what) {
  if (!now_.has(by)) {
    return fail(errc::not_a_writer, "only members ask for a change of the group");
  }
  CAUCUS_TRY_VOID(may(what));
  auto found = std::find_if(book_.open.begin(), book_.open.end(),
                            [&what](const petition& one) { return one.directive == what; });
  const auto* const own = std::get_if<retire>(&what);
  if (own != nullptr && own->peer != by && found == book_.open.end()) {
    return no("a member asks itself to retire; of others: kick");
  }
  if (found == book_.open.end()) {
    CAUCUS_TRY_VOID(may_open(by));
    book_.open.push_back({what, time_, {}, {}, false});
    found = std::prev(book_.open.end());
  }
  if (!holds(found->askers, by)) {
    found->askers.push_back(by);
  }
  found->due = found->due || (own != nullptr && !own->lower_f);
  return {};
}

result<void> group_editor::agree(const peer_id& by, const group_directive& with) {
  if (!now_.has(by)) {
    return fail(errc::not_a_writer, "only members agree with a change of the group");
  }
  const auto found = std::find_if(book_.open.begin(), book_.open.end(),
                                  [&with](const petition& one) { return one.directive == with; });
  if (found == book_.open.end()) {
    return no("nobody asks for it any more");
  }
  if (members_among(now_, found->askers) <= now_.liars()) {
    return no("too few have asked for it");
  }
  if (!holds(found->agreed, by)) {
    found->agreed.push_back(by);
  }
  return {};
}

result<void> group_editor::prove(const peer_id& who, epoch in) {
  const auto found = find_in(book_.next.seats, who);
  if (found != book_.next.seats.end() && in < found->joined) {
    return no("the lie is of an epoch before it joined");
  }
  return prove_on(who);
}

result<void> group_editor::prove(const peer_id& who, batch_number number) {
  const auto found = find_in(book_.next.seats, who);
  if (found != book_.next.seats.end() && number <= found->silent) {
    return no("the lie is of before it joined");
  }
  return prove_on(who);
}

result<void> group_editor::prove_on(const peer_id& who) {
  // Of a standby nobody knows since when it is one: a proof of before would undo two votes.
  if (!is_in(book_.next.seats, who) && !now_.has(who)) {
    return no("it is no member");
  }
  const group_directive what{kick{who, true}};
  const bool is_known = std::any_of(book_.open.begin(), book_.open.end(), [&](const petition& one) {
    return one.due && one.directive == what;
  });
  if (is_known) {
    return no("it is known already");
  }
  book_.open.push_back({what, time_, {}, {}, true});
  return {};
}

result<void> group_editor::move(const peer_id& who, std::string address) {
  if (!is_address(address)) {
    return no("an address is HOST:PORT, " + std::to_string(address_size_max) + " bytes at most");
  }
  const auto seat = find_in(book_.next.seats, who);
  const auto waits = find_in(book_.next.standbys, who);
  if (seat != book_.next.seats.end()) {
    seat->member.address = std::move(address);
  } else if (waits != book_.next.standbys.end()) {
    waits->member.address = std::move(address);
  } else {
    return fail(errc::not_a_writer, "only a member has an address");
  }
  return {};
}

// -- what can be done ----------------------------------------------------------------------------

result<void> group_editor::may_enter(const member& who, const peer_id* instead_of) const {
  if (is_in(book_.next.seats, who.peer)) {
    return no(name_of(who) + " is a member already");
  }
  if (!is_name(who.name)) {
    return no("a member's name has small letters, digits and underscores, a letter first");
  }
  if (!who.address.empty() && !is_address(who.address)) {
    return no("an address is HOST:PORT");
  }
  const bool is_barred = std::any_of(book_.barred.begin(), book_.barred.end(),
                                     [&](const auto& one) { return one.peer == who.peer; });
  if (is_barred) {
    return no(name_of(who) + " is barred: unbar it first");
  }
  const auto takes_name = [&](const auto& one) {
    return one.member.name == who.name && one.member.peer != who.peer
           && (instead_of == nullptr || one.member.peer != *instead_of);
  };
  if (std::any_of(book_.next.seats.begin(), book_.next.seats.end(), takes_name)
      || std::any_of(book_.next.standbys.begin(), book_.next.standbys.end(), takes_name)) {
    return no("the name " + who.name + " is another's");
  }
  return {};
}

result<void> group_editor::has_room_to_bar() const {
  return book_.barred.size() < barred_max
           ? result<void>{}
           : no(std::to_string(barred_max) + " are barred already: unbar some");
}

result<void> group_editor::may_leave(const peer_id& who, bool lower_f, bool is_forced) const {
  const auto size = book_.next.seats.size();
  if (!is_in(book_.next.seats, who)) {
    return is_in(book_.next.standbys, who) ? result<void>{} : no("it is no member");
  }
  const bool is_filled = is_forced && !book_.next.standbys.empty();
  if (size - 1 < book_.members_min && !is_filled) {
    return no("the group has " + std::to_string(size) + " members and needs "
              + std::to_string(book_.members_min)
              + ": admit another first, or say by whom it is replaced");
  }
  const bool lowers = size - 1 >= book_.members_min && liars_of(size - 1) < liars_of(size);
  if (lowers && !lower_f) {
    return no("the group would bear " + std::to_string(liars_of(size - 1)) + " faults and not "
              + std::to_string(liars_of(size)) + ": say that this is wanted");
  }
  return {};
}

result<void> group_editor::may_wait(const admit& one) const {
  CAUCUS_TRY_VOID(may_enter(one.newcomer, nullptr));
  const auto& standbys = book_.next.standbys;
  const auto waits = find_in(standbys, one.newcomer.peer);
  if (waits != standbys.end() && waits->reserve == one.reserve) {
    return no(name_of(one.newcomer) + " waits already for a place");
  }
  return waits == standbys.end() && standbys.size() >= standbys_max
           ? no(std::to_string(standbys_max) + " wait for a place already")
           : result<void>{};
}

result<void> group_editor::may_grow(const reinforce& one) const {
  const auto& next = book_.next;
  const auto size = next.seats.size() + one.count;
  if (one.count == 0 || one.count > next.standbys.size() || size > members_max) {
    return no(std::to_string(next.standbys.size()) + " wait for a place, and a group has "
              + std::to_string(members_max) + " members at most");
  }
  return next.seats.size() > 2 && staying() < quorum_of(size)
           ? no("those who stay, " + std::to_string(staying()) + ", are no quorum of "
                + std::to_string(size) + ": whoever enters and does not run halts the group")
           : result<void>{};
}

result<void> group_editor::may_bar(const bar& one) const {
  if (is_in(book_.next.seats, one.peer)) {
    return no("it is a member: kick it first");
  }
  if (one.for_ms > bar_ms_max) {
    return no("one is barred for 36500 days at most, or for good");
  }
  return is_barred(one.peer) ? no("it is barred already") : has_room_to_bar();
}

bool group_editor::is_barred(const peer_id& who) const {
  return std::any_of(book_.barred.begin(), book_.barred.end(),
                     [&](const auto& each) { return each.peer == who; });
}

result<void> group_editor::may_take(const change_rules& one) const {
  CAUCUS_TRY_VOID(may_change(*book_.declared, one));
  if (one.without.size() > now_.liars() || members_among(now_, one.without) != one.without.size()) {
    return no("of " + std::to_string(now_.size()) + " members at most "
              + std::to_string(now_.liars())
              + " can be left out, as no more may fail; each must be one");
  }
  return {};
}

result<void> group_editor::may(const group_directive& what) const {
  return std::visit(
    overloaded{[&](const admit& one) { return may_wait(one); },
               [&](const kick& one) { return may_leave(one.peer, one.lower_f, true); },
               [&](const retire& one) { return may_leave(one.peer, one.lower_f, false); },
               [&](const replace& one) -> result<void> {
                 if (!is_in(book_.next.seats, one.former)) {
                   return no("who is to be replaced is no member");
                 }
                 CAUCUS_TRY_VOID(has_room_to_bar());
                 return may_enter(one.heir, &one.former);
               },
               [&](const reinforce& one) { return may_grow(one); },
               [&](const bar& one) { return may_bar(one); },
               [&](const unbar& one) {
                 return is_barred(one.peer) ? result<void>{} : no("it is not barred");
               },
               [](const announce& one) -> result<void> {
                 return one.text.empty() || one.text.size() > announcement_size_max
                          ? no("an announcement has 1 to " + std::to_string(announcement_size_max)
                               + " bytes")
                          : result<void>{};
               },
               [&](const change_rules& one) { return may_take(one); }},
    what);
}

// -- a block's end -------------------------------------------------------------------------------

std::size_t group_editor::staying() const {
  return static_cast<std::size_t>(
    std::count_if(book_.next.seats.begin(), book_.next.seats.end(),
                  [this](const seat& one) { return now_.has(one.member.peer); }));
}

/// The rest of a quorum stays: what an epoch drops, the next one need not hear of.
bool group_editor::may_drop() const {
  return now_.size() - staying() < std::max<std::size_t>(1, now_.liars());
}

/// With this one gone too those who stay are no quorum of the next members: if the newcomers among
/// those do not run, nothing passes any more. Of three members each is needed anyway.
bool group_editor::would_halt(const group_directive& what) const {
  const auto who = leaver_of(what);
  const bool is_replaced = std::holds_alternative<replace>(what);
  const auto after = book_.next.seats.size() - (is_replaced ? 0 : 1);
  const auto stay = staying() - (who && now_.has(*who) ? 1 : 0);
  return now_.size() > 3 && stay < quorum_of(after);
}

bool group_editor::closes() const {
  return changes_rules() || changes_seats();
}

bool group_editor::changes_seats() const {
  const auto& seats = book_.next.seats;
  const auto& members = now_.members();
  return !std::equal(seats.begin(), seats.end(), members.begin(), members.end(),
                     [](const seat& a, const member& b) { return a.member.peer == b.peer; });
}

bool group_editor::has_passed(const petition& one) const {
  const auto waits_for = [&one](const member& each) {
    return is_needed(one.directive, each.peer) && !holds(one.agreed, each.peer);
  };
  const auto& members = now_.members();
  return one.due
         || (members_among(now_, one.askers) > now_.liars()
             && members_among(now_, one.agreed) >= now_.quorum()
             && std::none_of(members.begin(), members.end(), waits_for));
}

void group_editor::seat_next(member who) {
  std::erase_if(book_.next.standbys,
                [&](const standby& one) { return one.member.peer == who.peer; });
  book_.next.seats.push_back({std::move(who), now_.in_epoch().next(), {}});
}

void group_editor::leave(const peer_id& who, bool is_replaced) {
  std::erase_if(book_.next.standbys, [&](const standby& one) { return one.member.peer == who; });
  const auto found = find_in(book_.next.seats, who);
  if (found == book_.next.seats.end()) {
    return;
  }
  book_.next.seats.erase(found);
  if (!is_replaced && book_.next.seats.size() < book_.members_min && !book_.next.standbys.empty()) {
    seat_next(book_.next.standbys.front().member);
  }
}

void group_editor::bar_until(const peer_id& who, wall_ms until) {
  const barred_peer made{who, until};
  const auto at = std::lower_bound(book_.barred.begin(), book_.barred.end(), made,
                                   [](const auto& a, const auto& b) { return a.peer < b.peer; });
  book_.barred.insert(at, made);
}

void group_editor::apply(const group_directive& what) {
  auto& next = book_.next;
  std::visit(overloaded{[&](const admit& one) {
                          const auto waits = find_in(next.standbys, one.newcomer.peer);
                          if (waits == next.standbys.end()) {
                            next.standbys.push_back({one.newcomer, one.reserve});
                          } else {
                            waits->reserve = one.reserve;
                          }
                        },
                        [&](const kick& one) { leave(one.peer, false); },
                        [&](const retire& one) { leave(one.peer, false); },
                        [&](const replace& one) {
                          leave(one.former, true);
                          seat_next(one.heir);
                          bar_until(one.former, wall_ms{0});
                        },
                        [&](const reinforce& one) {
                          for (std::size_t i = 0; i < one.count; ++i) {
                            seat_next(next.standbys.front().member);
                          }
                        },
                        [&](const bar& one) {
                          leave(one.peer, false);
                          bar_until(one.peer,
                                    one.for_ms == 0
                                      ? wall_ms{0}
                                      : time_ + wall_ms{static_cast<std::int64_t>(one.for_ms)});
                        },
                        [&](const unbar& one) {
                          std::erase_if(book_.barred,
                                        [&](const auto& each) { return each.peer == one.peer; });
                        },
                        [&](const announce& one) { announced_.push_back(one); },
                        [](const change_rules&) { CAUCUS_ASSERT(false); }}, // judge()'s
             what);
}

/// The state has the last word.
void group_editor::judge(const change_rules& what, const state_check& keeps_to) {
  const auto may_be = may_take(what);
  auto next = may_be ? changed(*book_.declared, what) : tl::make_unexpected(may_be.error());
  const auto fits = next && keeps_to ? keeps_to(*next) : result<void>{};
  if (what.code) {
    ask_anew();
  }
  if (!next || !fits) {
    book_.refused = told_as_refused(what, next ? fits.error() : next.error(), time_);
    return;
  }
  book_.declared = std::make_shared<const declarations>(std::move(*next));
  book_.refused.reset();
  if (what.code) {
    for (auto& one : book_.next.standbys) {
      one.reserve = true; // whether it has these rules is looked at when it is called
    }
  }
  drop_vain();
}

/// Who could not judge these rules stands still now: it agrees with no others.
void group_editor::ask_anew() {
  for (auto& one : book_.open) {
    if (with_code(one.directive) != nullptr) {
      one.agreed.clear();
    }
  }
}

/// Who asked has his place for another petition again, and is told.
void group_editor::drop_vain() {
  std::erase_if(book_.open, [this](const petition& one) {
    const auto* const rules = std::get_if<change_rules>(&one.directive);
    const auto possible = rules == nullptr ? result<void>{} : may(one.directive);
    if (!possible) {
      book_.refused = told_as_refused(*rules, possible.error(), time_);
    }
    return !possible;
  });
}

void group_editor::seat_newcomers() {
  auto& next = book_.next;
  const auto size = next.seats.size();
  const auto to = next_size(size);
  std::vector<member> newcomers;
  for (const auto& one : next.standbys) {
    if (!one.reserve && size + newcomers.size() < to) {
      newcomers.push_back(one.member);
    }
  }
  // Of one or two members all are needed, whoever they are; else none of the newcomers may be.
  const bool is_safe = size <= 2 || staying() >= quorum_of(to);
  if (size + newcomers.size() < to || to > members_max || !is_safe) {
    return;
  }
  for (auto& one : newcomers) {
    seat_next(std::move(one));
  }
}

void group_editor::forget_over() {
  for (auto& one : book_.open) { // who has left counts no more
    const auto has_left = [this](const peer_id& who) { return !now_.has(who); };
    std::erase_if(one.askers, has_left);
    std::erase_if(one.agreed, has_left);
  }
  std::erase_if(book_.open, [this](const petition& one) {
    return !one.due && (one.askers.empty() || one.opened + petition_time <= time_);
  });
  std::erase_if(book_.barred, [this](const barred_peer& one) {
    return one.until != wall_ms{0} && one.until <= time_;
  });
}

bool group_editor::must_wait(const petition& one) const {
  if (with_code(one.directive) != nullptr) {
    return changes_seats(); // whoever comes has not been asked for the rules
  }
  const auto leaves = leaver_of(one.directive);
  return leaves && is_in(book_.next.seats, *leaves)
         && (!may_drop() || would_halt(one.directive) || (one.due && !may(one.directive)));
}

void group_editor::finish(const std::function<batch_number(const peer_id&)>& last_number,
                          const state_check& keeps_to) {
  forget_over();
  bool rules_judged = false; // one change of the rules a block: it may cost a second
  bool code_judged = false;  // and with other C++ rules nothing else changes
  for (std::size_t i = 0; i < book_.open.size();) {
    const auto& one = book_.open[i];
    const bool is_of_rules = std::holds_alternative<change_rules>(one.directive);
    if (code_judged || !has_passed(one) || must_wait(one) || (is_of_rules && rules_judged)) {
      ++i; // until there is room
      continue;
    }
    rules_judged = rules_judged || is_of_rules;
    const bool is_good = may(one.directive).has_value();
    const bool is_proof = one.due && std::holds_alternative<kick>(one.directive);
    const auto what = one.directive;
    book_.open.erase(book_.open.begin() + static_cast<std::ptrdiff_t>(i));
    if (const auto* const rules = std::get_if<change_rules>(&what)) {
      judge(*rules, keeps_to);
      code_judged = rules->code.has_value();
    } else if (is_good) {
      apply(what);
    }
    if (const auto leaves = leaver_of(what); is_proof && may(bar{*leaves, 0})) {
      apply(bar{*leaves, 0}); // who left before it too
    }
    i = is_good ? 0 : i; // it may have made room
  }
  if (!code_judged) {
    seat_newcomers();
  }
  book_.next.epoch = closes() ? now_.in_epoch().next() : now_.in_epoch();
  for (auto& one : book_.next.seats) {
    if (one.joined > now_.in_epoch()) {
      one.silent = last_number(one.member.peer);
    }
  }
}

} // namespace caucus
