#include "actors/rpc/call_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace caucus {

namespace {

error unknown_outcome(const std::string& why) {
  return {errc::outcome_unknown,
          why + ": it may or may not be applied; ask again with its request id, if it has one"};
}

bool changes(const any_command& what) {
  return what.facts->rule.effect == command_effect::changes;
}

} // namespace

// -- calls ---------------------------------------------------------------------------------------

result<void> call_table::admit(const any_command& what, bool heavy) const {
  if (calls_.size() >= limits_.calls_max) {
    return fail(errc::busy, "too many control calls at once; try again");
  }
  const auto& rule = what.facts->rule;
  const auto open = heavy_.find(what.facts);
  if (heavy && open != heavy_.end() && open->second >= rule.heavy_max) {
    return fail(errc::busy, "too many " + std::string{rule.heavy} + " at once; try again");
  }
  if (!rule.merged && !known_->actor_of(*what.facts)) {
    return fail(errc::no_such_path, "no actor answers " + std::string{rule.words});
  }
  return {};
}

void call_table::step(event what, const call_turn& t) {
  std::visit([&](auto& one) { on(one, t); }, what);
}

void call_table::on(call_begun& begun, const call_turn& t) {
  const auto& facts = *begun.command.facts;
  const bool heavy = facts.heavy(begun.command.parameters);
  if (auto good = admit(begun.command, heavy); !good) {
    t.want(call_told{begun.id, &facts, tl::make_unexpected(std::move(good.error())), true});
    return;
  }
  call made;
  made.heavy = heavy;
  heavy_[&facts] += heavy ? 1 : 0;
  made.tag = ++last_tag_;
  made.actor = known_->actor_of(facts);
  if (const auto patience = facts.patience(begun.command.parameters)) {
    made.deadline = t.now + *patience + (facts.timed ? limits_.grace : duration{0});
    due_.emplace(*made.deadline, begun.id);
  }
  made.subscribed = facts.rule.streams;
  made.command = std::move(begun.command);
  ask(made, t);
  tags_.emplace(made.tag, begun.id);
  calls_.emplace(begun.id, std::move(made));
}

void call_table::ask(call& made, const call_turn& t) const {
  if (made.actor) {
    t.want(call_asked{*made.actor, call_opened{made.tag, made.command}, true});
    return;
  }
  const auto* const status = made.command.as<control_status>();
  made.parts.group = status != nullptr && status->group;
  const auto asked = status == nullptr ? command_of(control_status{}) : made.command;
  for (const auto& actor : known_->actors()) {
    made.parts.parts.push_back({actor.actor, actor.status, {}});
    t.want(call_asked{made.missing++, call_opened{made.tag, asked}, false});
  }
}

void call_table::on(const caller_left& left, const call_turn& t) {
  const auto at = calls_.find(left.id);
  if (at == calls_.end()) {
    return;
  }
  cancel(at->second, t);
  erase(at);
}

// What nobody waits for keeps no place there: a reply may be waited for as long as an hour. What changes
// something goes on, and its outcome is told to nobody.
void call_table::cancel(const call& left, const call_turn& t) const {
  if (left.actor && tags_.contains(left.tag)) {
    t.want(call_asked{*left.actor, call_cancelled{left.tag}, true});
  }
}

void call_table::erase(call_map::iterator at) {
  heavy_[at->second.command.facts] -= at->second.heavy ? 1 : 0;
  tags_.erase(at->second.tag);
  if (at->second.deadline) {
    due_.erase({*at->second.deadline, at->first});
  }
  calls_.erase(at);
}

void call_table::on(const stream_sent& sent, const call_turn& t) {
  const auto at = calls_.find(sent.id);
  if (at == calls_.end()) {
    return;
  }
  auto& to = at->second;
  to.in_flight += sent.size;
  if (!to.subscribed || to.in_flight <= limits_.window) {
    return;
  }
  t.want(call_asked{*to.actor, call_cancelled{to.tag}, true});
  if (changes(to.command)) { // it must not happen again for the rest of its parts
    finish(at, tl::make_unexpected(unknown_outcome("its parts were not read in time")), t);
    return;
  }
  to.subscribed = false;
  tags_.erase(to.tag); // what is still on its way under this tag will be told again
}

void call_table::on(const stream_taken& taken, const call_turn& t) {
  const auto at = calls_.find(taken.id);
  if (at == calls_.end()) {
    return;
  }
  auto& to = at->second;
  to.in_flight -= std::min(taken.size, to.in_flight);
  if (to.command.facts->rule.streams && !to.subscribed && !to.awaits_actor && to.in_flight == 0) {
    subscribe(at, t);
  }
}

void call_table::subscribe(call_map::iterator at, const call_turn& t) {
  auto& to = at->second;
  tags_.erase(to.tag);
  to.tag = ++last_tag_;
  to.subscribed = true;
  to.awaits_actor = false;
  tags_.emplace(to.tag, at->first);
  ask(to, t);
}

// -- replies -------------------------------------------------------------------------------------

const std::string& call_table::name_of(const call& of) const {
  return known_->actors().at(*of.actor).actor;
}

void call_table::finish(call_map::iterator at, result<any_value> what, const call_turn& t) {
  t.want(call_told{at->first, at->second.command.facts, std::move(what), true});
  erase(at);
}

void call_table::on(actor_replied& replied, const call_turn& t) {
  auto& [actor, what] = replied;
  const auto tag = tags_.find(what.tag);
  if (tag == tags_.end()) {
    return;
  }
  const auto at = calls_.find(tag->second);
  auto& of = at->second;
  if (!of.actor) {
    hear_part(at, actor, what, t);
  } else if (*of.actor != actor) {
    return;
  } else if (of.command.facts->rule.streams) {
    hear_stream(at, what, t);
  } else if (!what.value && what.value.error().code == errc::stopping && !node_stops_) {
    finish(at, fail(errc::busy, "the " + name_of(of) + " is being restarted; ask again"), t);
  } else {
    finish(at, std::move(what.value), t);
  }
}

void call_table::hear_part(call_map::iterator at, std::size_t actor, command_reply& what,
                           const call_turn& t) {
  auto& of = at->second;
  if (actor >= of.parts.parts.size() || !of.parts.parts[actor].value.empty() || !what.value) {
    return;
  }
  of.parts.parts[actor].value = std::move(*what.value);
  if (--of.missing == 0) {
    finish(at, any_value{std::move(of.parts)}, t);
  }
}

void call_table::hear_stream(call_map::iterator at, command_reply& what, const call_turn& t) {
  auto& of = at->second;
  const bool restarts = !what.value && what.value.error().code == errc::stopping && !node_stops_;
  if (restarts && changes(of.command)) {
    finish(at, tl::make_unexpected(unknown_outcome("the " + name_of(of) + " restarted")), t);
  } else if (restarts) {
    tags_.erase(of.tag);
    of.subscribed = false;
    of.awaits_actor = true;
  } else if (!what.value || what.last) {
    finish(at, std::move(what.value), t);
  } else {
    const auto& facts = *of.command.facts;
    of.command.parameters = facts.after(of.command.parameters, *what.value);
    // Before the part, for which its reader may be found slow.
    t.want(call_asked{*of.actor, call_taken{what.tag}, true});
    t.want(call_told{at->first, &facts, std::move(what.value), false});
  }
}

void call_table::on(const actor_began& began, const call_turn& /*t*/) {
  forgotten_[began.actor] = last_tag_;
}

void call_table::on(const actor_restarted& restarted, const call_turn& t) {
  const auto actor = restarted.actor;
  for (auto at = calls_.begin(); at != calls_.end();) {
    const auto current = at++;
    auto& one = current->second;
    if (one.actor != actor || one.tag > forgotten_[actor]) {
      continue; // a part's time is short; else it was asked of the new life
    }
    if (changes(one.command)) {
      finish(current, tl::make_unexpected(unknown_outcome("the " + name_of(one) + " restarted")),
             t);
    } else if (one.command.facts->rule.streams) {
      if (one.subscribed) { // it may have been in the ring: then the new life has it
        t.want(call_asked{actor, call_cancelled{one.tag}, true});
      }
      if (one.subscribed || one.awaits_actor) {
        subscribe(current, t);
      }
    } else {
      finish(current, fail(errc::busy, "the " + name_of(one) + " restarted; ask again"), t);
    }
  }
}

// -- time ----------------------------------------------------------------------------------------

void call_table::on(const call_tick& /*tick*/, const call_turn& t) {
  while (!due_.empty() && due_.begin()->first <= t.now) {
    const auto current = calls_.find(due_.begin()->second);
    auto& one = current->second;
    cancel(one, t);
    if (!one.actor) {
      finish(current, any_value{std::move(one.parts)}, t);
    } else if (changes(one.command)) {
      finish(current, tl::make_unexpected(unknown_outcome("no receipt in time")), t);
    } else {
      finish(current, fail(errc::timed_out, "no answer in time"), t);
    }
  }
}

std::optional<time_point> call_table::next_wake() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

} // namespace caucus
