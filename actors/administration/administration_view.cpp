#include "actors/administration/administration.hpp"
#include "actors/administration/book_lookup.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/variables/rules_text.hpp"

#include <algorithm>
#include <string>

/// How the group is, for people: part of administration.cpp.

namespace caucus {

namespace {

/// What another terminal may show otherwise than it is: control characters, and those that turn the
/// direction.
bool is_doubtful(char one) {
  const auto code = static_cast<unsigned char>(one);
  return code < 0x20 || code >= 0x7f;
}

/// What another operator types for the same.
std::string command_for(const group_directive& what) {
  const auto id = [](const peer_id& who) { return to_text(who); };
  return std::visit(
    overloaded{[&](const admit& one) {
                 return "group admit " + id(one.newcomer.peer) + (one.reserve ? " --standby" : "");
               },
               [&](const kick& one) {
                 return "group kick " + id(one.peer) + (one.lower_f ? " --lower-f" : "");
               },
               [&](const retire& one) {
                 return "group kick " + id(one.peer) + (one.lower_f ? " --lower-f" : "");
               },
               [&](const replace& one) {
                 return "group replace " + id(one.former) + " " + id(one.heir.peer);
               },
               [](const reinforce& one) { return "group reinforce " + std::to_string(one.count); },
               [&](const bar& one) {
                 return "group bar " + id(one.peer)
                        + (one.for_ms == 0 ? ""
                                           : " --for " + std::to_string(one.for_ms / 1'000) + "s");
               },
               [&](const unbar& one) { return "group unbar " + id(one.peer); },
               [](const announce& one) {
                 const bool is_plain = std::none_of(one.text.begin(), one.text.end(), is_doubtful);
                 return "group announce " + (is_plain ? shell_word(one.text) : "TEXT");
               },
               [&](const change_rules& one) {
                 auto out = std::string{"group rules"}
                            + (one.declared.empty() && one.removed.empty() ? "" : " FILE")
                            + (one.code ? " --rules " + shell_word(to_text(*one.code)) : "");
                 for (const auto& left_out : one.without) {
                   out += " --without " + id(left_out);
                 }
                 return out;
               }},
    what);
}

} // namespace

std::optional<group_view> administration::view(time_point now, wall_ms wall) {
  if (!told_) {
    return std::nullopt;
  }
  now_ = now;
  wall_ = wall;
  const auto& voters = *told_->voters;
  const auto& book = *told_->book;
  const auto is_linked = [this](const peer_id& who) {
    return std::any_of(links_.begin(), links_.end(),
                       [&who](const auto& one) { return one.second.peer == who; });
  };
  group_view out;
  out.in = voters.in_epoch();
  out.at = told_->height;
  out.liars = voters.liars();
  out.quorum = voters.quorum();
  out.next_size = next_size(book.next.seats.size());
  out.closing = book.next.epoch > voters.in_epoch();
  for (const auto& one : voters.members()) {
    const auto seat = find_in(book.next.seats, one.peer);
    const bool stays = seat != book.next.seats.end();
    out.members.push_back({one.peer, one.name, stays ? seat->member.address : one.address,
                           stays ? seat->joined : first_epoch, is_linked(one.peer),
                           one.peer == setup_.self});
  }
  for (const auto& one : book.next.standbys) {
    out.standbys.push_back({one.member.peer, one.member.name, one.member.address, one.reserve,
                            is_linked(one.member.peer)});
  }
  for (const auto& one : book.open) {
    // A program that has no more what it agreed with is said to be so.
    const bool agreed =
      one.due || !voters.has(setup_.self)
      || (holds(one.agreed, setup_.self) && !is_needed(one.directive, setup_.self));
    out.petitions.push_back({text_of(one.directive),
                             one.due,
                             names_of(one.askers),
                             names_of(one.agreed),
                             one.opened + petition_time,
                             agreed ? std::string{} : against(one.directive),
                             command_for(one.directive),
                             {}});
    if (const auto* const rules = std::get_if<change_rules>(&one.directive)) {
      out.petitions.back().rules = *rules;
    }
  }
  for (const auto& [peer, one] : wishes_) {
    if (!voters.has(peer)) {
      out.newcomers.push_back(
        {peer, one.wish.name, one.wish.address, one.wish.newest.height, not_ready(peer)});
    }
  }
  out.barred = book.barred;
  out.code = book.declared->code;
  out.refused = book.refused;
  return out;
}

} // namespace caucus
