#include "actors/administration/administration.hpp"
#include "actors/administration/wanted_rules.hpp"
#include "messages/try.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/membership/rules_change.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

/// Changes of the rules: what is meant by one, and whether the state would keep to it.

namespace caucus {

namespace {

change_rules change_of_variables(const declarations& now, const wanted_rules& what) {
  if (!what.keeps_rest) {
    return change_to(now, what.variables);
  }
  const auto has = [](const auto& all, const auto& fits) {
    return std::any_of(all.begin(), all.end(), fits);
  };
  const auto is_removed = [&](const std::string& name) {
    return has(what.removed, [&name](const auto& one) { return one == name; });
  };
  auto wanted = what.variables;
  for (const auto& one : now.variables) {
    const auto& name = one.declared.name;
    const bool is_given = has(what.variables, [&](const auto& each) { return each.name == name; });
    if (!one.removed && !is_given && !is_removed(name)) {
      wanted.push_back(one.declared);
    }
  }
  auto out = change_to(now, wanted);
  for (const auto& name : what.removed) {
    const auto is_name = [&name](const auto& one) { return one == name; };
    if (!has(out.removed, is_name)) { // it is none, and refused by its name
      out.removed.push_back(name);
    }
  }
  return out;
}

} // namespace

change_rules change_of(const declarations& now, const wanted_rules& what) {
  auto out = change_of_variables(now, what);
  out.code = what.code == now.code ? std::nullopt : what.code;
  return out;
}

result<change_rules> administration::change_for(const wanted_rules& what) const {
  auto out = change_of(*told_->book->declared, what);
  for (const auto& one : what.without) {
    CAUCUS_TRY(const auto id, find(one));
    out.without.push_back(id);
  }
  std::sort(out.without.begin(), out.without.end());
  out.without.erase(std::unique(out.without.begin(), out.without.end()), out.without.end());
  return out;
}

/// Without the rules its node would stop.
std::string administration::against_rules(const change_rules& what) const {
  const auto next = changed(*told_->book->declared, what);
  if (!next) {
    return next.error().detail;
  }
  const auto can = setup_.can_judge ? setup_.can_judge(*next) : result<void>{};
  return can ? std::string{} : can.error().detail;
}

/// One at a time: it may cost the notary a second.
void administration::on(const admin_in::rules_tried& what, const admin_turn& at) {
  const auto refuse = [&](error why) {
    at.want(admin_out::tried{what.id, tl::make_unexpected(std::move(why))});
  };
  if (!told_) {
    return refuse({errc::not_yet, "the node has just started: ask again"});
  }
  if (trial_) {
    return refuse({errc::busy, "another change of the rules is being tried: ask again"});
  }
  auto change = change_for(what.what);
  if (!change) {
    return refuse(std::move(change.error()));
  }
  auto next = changed(*told_->book->declared, *change);
  if (!next) {
    return refuse(std::move(next.error()));
  }
  trial_ = trial{what.id, text_of(*change), at.now};
  at.want(admin_out::try_rules{std::make_shared<const declarations>(std::move(*next))});
}

void administration::on(const admin_in::state_said& what, const admin_turn& at) {
  if (const auto of = std::exchange(trial_, std::nullopt)) {
    at.want(admin_out::tried{
      of->id, what.misfit ? result<try_reply>{tl::make_unexpected(*what.misfit)}
                          : result<try_reply>{try_reply{of->what, at.now - of->since}}});
  }
}

} // namespace caucus
