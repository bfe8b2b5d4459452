#include "actors/administration/administration.hpp"

#include "actors/administration/book_lookup.hpp"
#include "actors/administration/wanted_rules.hpp"
#include "messages/accusation.hpp"
#include "messages/quorum.hpp"
#include "messages/try.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/certificate_check.hpp"
#include "runtime/membership/group_mutations.hpp"
#include "runtime/membership/membership_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <variant>

namespace caucus {

namespace {

/// Between two wishes of a newcomer: often beside the age that its newest header may have.
constexpr duration wish_pause{2'000'000};
/// A newcomer that was heard so long ago has gone, or stands still.
constexpr duration wish_age_max{10'000'000};
/// Its newest header is no older than this and two heartbeats, as an idle group makes one each.
constexpr wall_ms header_age_max{10'000};
/// Who wants to be a member costs us 5 KiB.
constexpr std::size_t wishes_max = 256;
/// After a proposal of ours ended: what made it fail may be over.
constexpr duration agree_pause{1'000'000};
/// Who was kicked for lies has so long to be told that it was.
constexpr duration farewell_time{10'000'000};
/// Proofs of one key that are kept: one alone may be of before it joined.
constexpr std::size_t lies_per_peer_max = 4;

std::string quoted(const std::string& what) {
  return '"' + what.substr(0, 64) + '"';
}

/// Whom it makes a member; null: nobody.
const member* entering(const group_directive& what) {
  if (const auto* const one = std::get_if<admit>(&what)) {
    return &one->newcomer;
  }
  if (const auto* const one = std::get_if<replace>(&what)) {
    return &one->heir;
  }
  return nullptr;
}

const peer_id* barred_self(const group_book& book, const peer_id& self) {
  const auto found = std::find_if(book.barred.begin(), book.barred.end(),
                                  [&self](const auto& one) { return one.peer == self; });
  return found == book.barred.end() ? nullptr : &found->peer;
}

} // namespace

void administration::step(event what, const turn<action>& at) {
  std::visit([&](auto& one) { on(one, at); }, what);
}

void administration::finish_turn(const turn<action>& at) {
  now_ = at.now;
  wall_ = at.wall;
  if (!told_) {
    return;
  }
  settle(at);
  end_joins(at);
  tell_links(at);
  agree(at);
  prove(at);
  wish(at);
}

std::optional<time_point> administration::next_wake() const {
  std::optional<time_point> due;
  const auto consider = [&due](time_point when) { due = due ? std::min(*due, when) : when; };
  if (!told_) {
    return due;
  }
  if (wants_in() && !group_asked_) {
    consider(wish_at_);
  }
  for (const auto& [who, until] : farewells_) {
    consider(until);
  }
  const auto& open = told_->book->open;
  const bool waits = std::any_of(open.begin(), open.end(), [this](const petition& one) {
    return !one.due && !holds(one.agreed, setup_.self);
  });
  const bool proves = std::any_of(lies_.begin(), lies_.end(),
                                  [this](const auto& one) { return !proven_.contains(one.who); });
  if (proves && prove_at_ > now_) {
    consider(prove_at_);
  }
  if (waits && agree_at_ > now_) {
    consider(agree_at_);
  }
  return due;
}

// -- what is told ------------------------------------------------------------------------------------

void administration::on(group_told& what, const admin_turn& at) {
  group_asked_ = false;
  told_at_ = at.now;
  if (told_ && told_->voters->in_epoch() < what.voters->in_epoch()) {
    for (const auto& one : told_->voters->members()) {
      if (!what.voters->has(one.peer)) {
        farewells_[one.peer] = at.now + farewell_time;
      }
    }
    proven_.clear();
    at.want(admin_out::news{"epoch " + std::to_string(what.voters->in_epoch().value())
                            + " begins with " + std::to_string(what.voters->size()) + " members"});
  }
  told_ = std::move(what);
  if (!evidence_asked_ && told_->evidence_count > evidence_seen_) {
    evidence_asked_ = true;
    at.want(admin_out::ask_evidence{evidence_seen_});
  }
}

void administration::on(const evidence_answer& what, const admin_turn& at) {
  evidence_asked_ = false;
  if (what.skipped != evidence_seen_) {
    return;
  }
  for (std::size_t i = 0; i < what.proofs.size(); ++i) {
    const auto& who = what.accusations[i].peer;
    const auto known =
      std::count_if(lies_.begin(), lies_.end(), [&who](const lie& one) { return one.who == who; });
    if (static_cast<std::size_t>(known) >= lies_per_peer_max) { // the oldest says least
      lies_.erase(std::find_if(lies_.begin(), lies_.end(),
                               [&who](const lie& one) { return one.who == who; }));
    }
    lies_.push_back({who, what.proofs[i]});
  }
  evidence_seen_ += what.proofs.size();
  if (!what.proofs.empty() && evidence_seen_ < what.count) {
    evidence_asked_ = true;
    at.want(admin_out::ask_evidence{evidence_seen_});
  }
}

void administration::on(const link_up& what, const admin_turn& /*at*/) {
  links_.insert_or_assign(what.info.id,
                          linked{what.info.peer, what.info.listens_at, what.info.protocol});
}

void administration::on(const link_down& what, const admin_turn& /*at*/) {
  links_.erase(what.id);
  std::erase_if(wishes_, [&what](const auto& one) { return one.second.link == what.id; });
}

void administration::on(const admin_in::peer_net_restarted& /*what*/, const admin_turn& /*at*/) {
  links_told_.reset();
}

void administration::on(admin_in::wish_heard& what, const admin_turn& at) {
  std::erase_if(wishes_,
                [&](const auto& one) { return one.second.heard + 3 * wish_age_max < at.now; });
  const auto known = wishes_.find(what.peer);
  const auto link = links_.find(what.link);
  if (link == links_.end() || (known == wishes_.end() && wishes_.size() >= wishes_max)) {
    return;
  }
  if (what.wish.address.empty()) {
    what.wish.address = link->second.listens_at;
  }
  wishes_.insert_or_assign(what.peer, known_wish{what.link, std::move(what.wish), at.now});
}

// -- what operators want -----------------------------------------------------------------------------

std::vector<std::string> administration::outdated() const {
  std::vector<std::string> out;
  for (const auto& [id, one] : links_) {
    if (told_ && told_->voters->has(one.peer) && one.protocol < protocol_version_with_epochs) {
      out.push_back(name_of(one.peer));
    }
  }
  return out;
}

/// Programs from before epochs hold no batch with what is proposed here: where they are many, no block
/// lists it, and where they are few, they stand still until they are upgraded.
std::string administration::why_silent() const {
  const auto& book = *told_->book;
  if (told_->voters->in_epoch() != first_epoch || !book.open.empty() || !book.barred.empty()
      || !book.next.standbys.empty()) {
    return {}; // there is such a mutation: programs from before have stopped at it
  }
  if (const auto old = outdated(); !old.empty()) {
    return old.front()
           + " runs a program from before groups could change, and would stand still: upgrade all "
             "members first";
  }
  const auto& voters = *told_->voters;
  std::set<peer_id> able{setup_.self};
  for (const auto& [id, one] : links_) {
    able.insert(one.peer);
  }
  const auto count = static_cast<std::size_t>(
    std::count_if(able.begin(), able.end(), [&](const auto& one) { return voters.has(one); }));
  return count >= voters.quorum()
           ? ""
           : "whether the others run a program that can is known when "
               + std::to_string(voters.quorum()) + " of " + std::to_string(voters.size())
               + " members are linked, and here are " + std::to_string(count);
}

std::string administration::name_of(const peer_id& who) const {
  auto name = told_ ? told_->voters->name_of(who) : std::string{};
  if (name.empty() && told_) {
    const auto& next = told_->book->next;
    if (const auto seat = find_in(next.seats, who); seat != next.seats.end()) {
      name = seat->member.name;
    } else if (const auto waits = find_in(next.standbys, who); waits != next.standbys.end()) {
      name = waits->member.name;
    }
  }
  return name.empty() ? short_name(who) : name;
}

std::vector<std::string> administration::names_of(const std::vector<peer_id>& all) const {
  std::vector<std::string> out;
  std::transform(all.begin(), all.end(), std::back_inserter(out),
                 [this](const auto& one) { return name_of(one); });
  return out;
}

result<peer_id> administration::find(const member_words& who) const {
  if (const auto id = peer_id_from_text(who)) {
    return *id;
  }
  const auto& next = told_->book->next;
  const auto is_named = [&who](const auto& one) { return one.member.name == who; };
  if (const auto seat = std::find_if(next.seats.begin(), next.seats.end(), is_named);
      seat != next.seats.end()) {
    return seat->member.peer;
  }
  if (const auto waits = std::find_if(next.standbys.begin(), next.standbys.end(), is_named);
      waits != next.standbys.end()) {
    return waits->member.peer;
  }
  std::vector<peer_id> newcomers;
  for (const auto& [peer, one] : wishes_) {
    if (one.wish.name == who) {
      newcomers.push_back(peer);
    }
  }
  if (newcomers.size() == 1) {
    return newcomers.front();
  }
  return fail(errc::bad_request,
              quoted(who)
                + (newcomers.empty()
                     ? " is neither a peer id (52 letters and digits) nor the name of a member, a "
                       "standby or a newcomer"
                     : " is what " + std::to_string(newcomers.size())
                         + " newcomers call themselves: give the id"));
}

/// As it says itself, unless the operator says otherwise.
result<member> administration::newcomer(const member_words& who, const std::string& name,
                                        const std::string& address) const {
  CAUCUS_TRY(const auto id, find(who));
  member out{id, name, address};
  const auto said = wishes_.find(id);
  const auto waits = find_in(told_->book->next.standbys, id);
  if (waits != told_->book->next.standbys.end()) {
    out.name = name.empty() ? waits->member.name : name;
    out.address = address.empty() ? waits->member.address : address;
  } else if (said != wishes_.end()) {
    out.name = name.empty() ? said->second.wish.name : name;
    out.address = address.empty() ? said->second.wish.address : address;
  } else if (name.empty()) {
    return fail(errc::bad_request,
                short_name(id)
                  + " does not say that it wants to be a member: run `caucus group join` on its "
                    "node and leave it running, or give --name and --address");
  }
  return out;
}

result<group_directive> administration::directive_of(const wanted_change& what) const {
  using made = result<group_directive>;
  const auto& open = told_->book->open;
  const auto same_newcomer = [&](const peer_id& who, const auto& fits) -> const group_directive* {
    const auto found = std::find_if(open.begin(), open.end(), [&](const petition& one) {
      const auto* const enters = entering(one.directive);
      return !one.due && enters != nullptr && enters->peer == who && fits(one.directive);
    });
    return found == open.end() ? nullptr : &found->directive;
  };
  return std::visit(
    overloaded{[&](const wanted_admit& one) -> made {
                 CAUCUS_TRY(const auto id, find(one.who));
                 const auto* const asked = same_newcomer(id, [&one](const group_directive& each) {
                   const auto* const known = std::get_if<admit>(&each);
                   return known != nullptr && known->reserve == one.reserve;
                 });
                 if (asked != nullptr && one.name.empty() && one.address.empty()) {
                   return *asked; // what another operator asked for, to the letter
                 }
                 CAUCUS_TRY(auto who, newcomer(one.who, one.name, one.address));
                 return group_directive{admit{std::move(who), one.reserve}};
               },
               [&](const wanted_kick& one) -> made {
                 CAUCUS_TRY(const auto id, find(one.who));
                 const group_directive own{retire{id, one.lower_f}};
                 const bool wants_out =
                   std::any_of(open.begin(), open.end(), [&own](const petition& each) {
                     return !each.due && each.directive == own;
                   });
                 return wants_out ? own : group_directive{kick{id, one.lower_f}};
               },
               [&](const wanted_retire& one) -> made {
                 return group_directive{retire{setup_.self, one.lower_f}};
               },
               [&](const wanted_replace& one) -> made {
                 CAUCUS_TRY(const auto former, find(one.former));
                 CAUCUS_TRY(const auto id, find(one.by));
                 const auto* const asked =
                   same_newcomer(id, [&former](const group_directive& each) {
                     const auto* const known = std::get_if<replace>(&each);
                     return known != nullptr && known->former == former;
                   });
                 if (asked != nullptr && one.name.empty() && one.address.empty()) {
                   return *asked;
                 }
                 const bool has_said =
                   wishes_.contains(id)
                   || find_in(told_->book->next.standbys, id) != told_->book->next.standbys.end();
                 const auto name = one.name.empty() && !has_said ? name_of(former) : one.name;
                 CAUCUS_TRY(auto by, newcomer(one.by, name, one.address));
                 return group_directive{replace{former, std::move(by)}};
               },
               [&](const reinforce& one) -> made { return group_directive{one}; },
               [&](const wanted_bar& one) -> made {
                 CAUCUS_TRY(const auto id, find(one.who));
                 return group_directive{bar{id, one.for_ms}};
               },
               [&](const wanted_unbar& one) -> made {
                 CAUCUS_TRY(const auto id, find(one.who));
                 return group_directive{unbar{id}};
               },
               [&](const announce& one) -> made { return group_directive{one}; },
               [&](const wanted_rules& one) -> made {
                 CAUCUS_TRY(auto meant, change_for(one));
                 return group_directive{std::move(meant)};
               },
               [&](const wanted_move&) -> made { return fail(errc::internal); }},
    what);
}

void administration::on(const admin_in::operator_asked& what, const admin_turn& at) {
  const auto refuse = [&](error why) {
    at.want(admin_out::reply{what.id, tl::make_unexpected(std::move(why))});
  };
  if (!told_) {
    return refuse({errc::not_yet, "the node has just started: ask again"});
  }
  const auto* const moved = std::get_if<wanted_move>(&what.what);
  const auto& next = told_->book->next;
  const bool may_move =
    moved != nullptr && find_in(next.standbys, setup_.self) != next.standbys.end();
  if (!told_->voters->has(setup_.self) && !may_move) {
    return refuse({errc::not_a_writer,
                   "this node is no member: changes of the group are asked for at members' nodes"});
  }
  if (auto why = why_silent(); !why.empty()) {
    return refuse({errc::refused_by_rule, std::move(why)});
  }
  if (moved != nullptr) {
    const auto token = propose(to_move(moved->address), at);
    directives_.emplace(token, open_directive{what.id, announce{}, true, std::nullopt});
    return;
  }
  auto meant = directive_of(what.what);
  if (!meant) {
    return refuse(std::move(meant.error()));
  }
  const auto token = propose(to_ask(*meant), at);
  directives_.emplace(token, open_directive{what.id, std::move(*meant), false, std::nullopt});
}

std::uint64_t administration::propose(mutation what, const admin_turn& at) {
  at.want(admin_out::propose{++last_token_, std::move(what)});
  return last_token_;
}

void administration::on(const admin_in::proposed& what, const admin_turn& at) {
  if (agreeing_.erase(what.token) > 0) {
    agree_at_ = at.now + agree_pause;
    return;
  }
  if (const auto found = proving_.find(what.token); found != proving_.end()) {
    if (!what.how || !what.how->applied()) { // not known, or too many in that block: once more
      proven_.erase(found->second);
      prove_at_ = at.now + agree_pause;
    }
    proving_.erase(found);
    return;
  }
  const auto found = directives_.find(what.token);
  if (found == directives_.end()) {
    return;
  }
  auto& one = found->second;
  if (!what.how || !what.how->applied()) {
    at.want(admin_out::reply{
      one.id, what.how ? result<directive_reply>{fail(what.how->code, what.how->reason)}
                       : tl::make_unexpected(what.how.error())});
    directives_.erase(found);
    return;
  }
  one.got = *what.how;
  if (told_->height < what.how->height && !group_asked_) {
    group_asked_ = true;
    at.want(admin_out::ask_group{});
  }
}

const petition* administration::petition_of(const group_directive& what) const {
  const auto& open = told_->book->open;
  const auto found = std::find_if(open.begin(), open.end(),
                                  [&what](const petition& one) { return one.directive == what; });
  return found == open.end() ? nullptr : &*found;
}

void administration::answer(open_directive& one, const admin_turn& at) {
  directive_reply told;
  told.receipt = *one.got;
  told.asks_wanted = told_->voters->liars() + 1;
  told.agrees_wanted = agrees_wanted(*told_->voters, one.what);
  if (one.is_move) {
    told.what = "move";
    told.passed = true;
  } else {
    told.what = text_of(one.what);
    const auto* const open = petition_of(one.what);
    told.passed = open == nullptr || open->due;
    if (open != nullptr) {
      told.asked = names_of(open->askers);
      told.agreed = names_of(open->agreed);
      told.against = open->due ? std::string{} : against(one.what);
    }
  }
  at.want(admin_out::reply{one.id, std::move(told)});
}

void administration::settle(const admin_turn& at) {
  for (auto one = directives_.begin(); one != directives_.end();) {
    if (one->second.got && one->second.got->height <= told_->height) {
      answer(one->second, at);
      one = directives_.erase(one);
    } else {
      ++one;
    }
  }
}

// -- agreeing ----------------------------------------------------------------------------------------

std::string administration::not_ready(const peer_id& newcomer) const {
  const auto link = std::find_if(links_.begin(), links_.end(), [&newcomer](const auto& one) {
    return one.second.peer == newcomer;
  });
  if (link == links_.end()) {
    return "there is no link to it";
  }
  if (link->second.protocol < protocol_version_with_epochs) {
    return "its program is from before groups could change";
  }
  const auto said = wishes_.find(newcomer);
  if (said == wishes_.end() || said->second.heard + wish_age_max < now_) {
    return "it does not say that it wants to be a member";
  }
  const auto& wish = said->second.wish;
  const auto* const voters = told_->history->voters.of(wish.newest.epoch);
  if (wish.newest.time < wall_ - header_age_max - 2 * setup_.heartbeat) { // any time: its own word
    return "it is behind: its newest block is "
           + std::to_string((wall_ - std::max(wish.newest.time, wall_ms{0})).count() / 1'000)
           + " s old";
  }
  const bool is_shown =
    voters != nullptr && wish.newest.group == setup_.group
    && finalizes(wish.finalization, wish.newest)
    && verify_certificate(*voters, setup_.group, setup_.network, wish.finalization, setup_.check);
  return is_shown ? "" : "what it shows of the chain does not hold";
}

std::string administration::against(const group_directive& what) const {
  if (const auto* const enters = entering(what)) {
    return not_ready(enters->peer);
  }
  if (const auto* const rules = std::get_if<change_rules>(&what)) {
    return against_rules(*rules);
  }
  if (const auto* const more = std::get_if<reinforce>(&what)) {
    const auto& waiting = told_->book->next.standbys;
    for (std::size_t i = 0; i < std::min<std::size_t>(more->count, waiting.size()); ++i) {
      if (auto why = not_ready(waiting[i].member.peer); !why.empty()) {
        return name_of(waiting[i].member.peer) + ": " + why;
      }
    }
  }
  return {};
}

void administration::agree(const admin_turn& at) {
  const auto& voters = *told_->voters;
  if (!voters.has(setup_.self) || at.now < agree_at_ || !why_silent().empty()) {
    return;
  }
  for (const auto& one : told_->book->open) {
    const auto asked = static_cast<std::size_t>(std::count_if(
      one.askers.begin(), one.askers.end(), [&](const auto& who) { return voters.has(who); }));
    const bool is_open = !one.due && asked > voters.liars() && !holds(one.agreed, setup_.self);
    const bool is_under_way =
      std::any_of(agreeing_.begin(), agreeing_.end(),
                  [&](const auto& each) { return each.second == one.directive; });
    if (is_open && !is_under_way && against(one.directive).empty()) {
      agreeing_.emplace(propose(to_agree(one.directive), at), one.directive);
    }
  }
}

void administration::prove(const admin_turn& at) {
  const auto& book = *told_->book;
  if (!told_->voters->has(setup_.self) || at.now < prove_at_ || !why_silent().empty()) {
    return;
  }
  for (const auto& one : lies_) {
    const auto seat = find_in(book.next.seats, one.who);
    if (seat == book.next.seats.end() || proven_.contains(one.who)) {
      continue;
    }
    const auto in = epoch_of(one.proof);
    const auto* const batches = std::get_if<conflicting_batches>(&one.proof);
    const bool counts =
      in ? *in >= seat->joined : batches != nullptr && batches->first.number > seat->silent;
    const bool is_known = std::any_of(book.open.begin(), book.open.end(), [&](const auto& each) {
      const auto* const out_it_goes = std::get_if<kick>(&each.directive);
      return each.due && out_it_goes != nullptr && out_it_goes->peer == one.who;
    });
    if (counts && !is_known) {
      proven_.insert(one.who);
      proving_.emplace(propose(to_prove(one.who, one.proof), at), one.who);
    }
  }
}

// -- links -------------------------------------------------------------------------------------------

void administration::tell_links(const admin_turn& at) {
  std::erase_if(farewells_, [&at](const auto& one) { return one.second <= at.now; });
  group_links now;
  now.members = told_->voters->members();
  for (const auto& one : told_->book->next.seats) {
    const auto known = std::find_if(now.members.begin(), now.members.end(),
                                    [&](const auto& each) { return each.peer == one.member.peer; });
    if (known == now.members.end()) {
      now.members.push_back(one.member);
    } else {
      *known = one.member; // its address may be newer
    }
  }
  for (const auto& one : told_->book->barred) {
    const bool stays = std::any_of(now.members.begin(), now.members.end(),
                                   [&](const auto& each) { return each.peer == one.peer; });
    if (!stays && !farewells_.contains(one.peer)) {
      now.barred.push_back(one.peer);
    }
  }
  if (!links_told_ || *links_told_ != now) {
    links_told_ = now;
    at.want(admin_out::tell_links{std::move(now)});
  }
}

// -- a newcomer's side -------------------------------------------------------------------------------

void administration::on(const admin_in::join_asked& what, const admin_turn& /*at*/) {
  joining one{what.id, what.name, what.address, false};
  if (one.name.empty()) {
    one.name = "n" + short_name(setup_.self);
  }
  joins_.push_back(std::move(one));
  wish_at_ = {};
}

void administration::on(const admin_in::forgotten& what, const admin_turn& /*at*/) {
  std::erase_if(joins_, [&what](const joining& one) { return one.id == what.id; });
  std::erase_if(directives_, [&what](const auto& one) { return one.second.id == what.id; });
}

std::optional<administration::joining> administration::wants_in() const {
  if (told_->voters->has(setup_.self)) {
    return std::nullopt;
  }
  if (!joins_.empty()) {
    return joins_.front();
  }
  const auto& next = told_->book->next;
  if (const auto waits = find_in(next.standbys, setup_.self); waits != next.standbys.end()) {
    return joining{0, waits->member.name, waits->member.address, true};
  }
  for (const auto& one : told_->book->open) {
    if (const auto* const enters = entering(one.directive);
        enters != nullptr && enters->peer == setup_.self) {
      return joining{0, enters->name, enters->address, true};
    }
  }
  return std::nullopt;
}

void administration::end_joins(const admin_turn& at) {
  const auto& book = *told_->book;
  const bool is_asked_for = [&] {
    const auto& next = book.next;
    return find_in(next.standbys, setup_.self) != next.standbys.end()
           || find_in(next.seats, setup_.self) != next.seats.end()
           || std::any_of(book.open.begin(), book.open.end(), [&](const petition& one) {
                const auto* const enters = entering(one.directive);
                return enters != nullptr && enters->peer == setup_.self;
              });
  }();
  const auto* const seat = [&]() -> const caucus::seat* {
    const auto found = find_in(book.next.seats, setup_.self);
    return found == book.next.seats.end() || !told_->voters->has(setup_.self) ? nullptr : &*found;
  }();
  std::erase_if(joins_, [&](joining& one) {
    if (seat != nullptr) {
      at.want(admin_out::joined{one.id, seat->joined});
      return true;
    }
    if (barred_self(book, setup_.self) != nullptr) {
      at.want(admin_out::joined{one.id, fail(errc::refused_by_rule, "the group has barred it")});
      return true;
    }
    if (one.was_asked_for && !is_asked_for) {
      at.want(admin_out::joined{
        one.id, fail(errc::refused_by_rule, "too few members agreed in time that it enters")});
      return true;
    }
    one.was_asked_for = one.was_asked_for || is_asked_for;
    return false;
  });
}

void administration::wish(const admin_turn& at) {
  const auto me = wants_in();
  if (!me || at.now < wish_at_) {
    return;
  }
  if (told_at_ + 2 * wish_pause < at.now) { // its header would be as old
    if (!std::exchange(group_asked_, true)) {
      at.want(admin_out::ask_group{});
    }
    return;
  }
  wish_at_ = at.now + wish_pause;
  if (told_->certified) {
    admin_out::send_wish say{{}, {me->name, me->address, *told_->certified, told_->finalization}};
    for (const auto& [id, one] : links_) {
      if (told_->voters->has(one.peer)) {
        say.links.push_back(id);
      }
    }
    if (!say.links.empty()) {
      at.want(std::move(say));
    }
  }
  if (!group_asked_) { // for the next one
    group_asked_ = true;
    at.want(admin_out::ask_group{});
  }
}

} // namespace caucus
