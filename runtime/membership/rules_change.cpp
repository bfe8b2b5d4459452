#include "runtime/membership/rules_change.hpp"

#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/variables/declaration_check.hpp"
#include "runtime/variables/rules_text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace caucus {

namespace {

auto no(std::string why) {
  return fail(errc::refused_by_rule, std::move(why));
}

std::string quoted(std::string_view name) {
  return '"' + std::string{name.substr(0, name_size_max)} + '"';
}

template <class Variables>
auto find_in(Variables& all, std::string_view name) {
  return std::find_if(all.begin(), all.end(),
                      [name](const auto& one) { return one.declared.name == name; });
}

/// What old blocks and answers are read by.
result<void> keeps_its_nature(const variable_declaration& before, const variable_declaration& after,
                              bool with_code) {
  const auto name = quoted(before.name);
  if (before.kind != after.kind) {
    return no(name + " is a " + std::string{kind_of(before.kind).word}
              + ", and a variable's kind never changes: declare another one");
  }
  if (before.initial != after.initial) {
    return no(name + " began with " + std::to_string(before.initial)
              + ", and that never changes: add to it instead");
  }
  if ((before.writers == writers::own_entries) != (after.writers == writers::own_entries)) {
    return no("whether the keys of " + name
              + " have an owner in front never changes: declare another one");
  }
  const auto& old = before.operations;
  const auto& now = after.operations;
  if (now.size() < old.size() || !std::equal(old.begin(), old.end(), now.begin())) {
    return no("the operations of " + name
              + " never go or change, as old blocks name them by their place: add others behind");
  }
  return old.size() == now.size() || with_code
           ? result<void>{}
           : no("operations of " + name + " are done by C++ rules, which stay as they are: name "
                + "the rules that do them too");
}

result<void> may_remove(const declarations& now, const std::string& name) {
  const auto found = find_in(now.variables, name);
  return found != now.variables.end() && !found->removed
           ? result<void>{}
           : no("there is no variable " + quoted(name) + " to remove");
}

result<void> may_declare(const declarations& now, const variable_declaration& what,
                         bool with_code) {
  if (const auto sound = check_declaration(what); !sound) {
    return no(sound.error().detail);
  }
  const auto found = find_in(now.variables, what.name);
  if (found == now.variables.end()) {
    return kind_of(what.kind).declares_operations() && !with_code
             ? no(quoted(what.name) + " is done by C++ rules, which stay as they are: name the "
                  + "rules that do it too")
             : result<void>{};
  }
  if (found->removed) {
    return no(quoted(what.name) + " was removed, and its name is given to no other");
  }
  return found->declared == what ? no(quoted(what.name) + " is declared so already")
                                 : keeps_its_nature(found->declared, what, with_code);
}

result<void> may_take(const declarations& now, const change_rules& what) {
  if (!what.code) {
    return what.without.empty() ? result<void>{} : no("nobody is left out: no program must change");
  }
  if (!is_rules_name(what.code->name)) {
    return no("rules are NAME:VERSION, the name of 1 to " + std::to_string(rules_name_size_max)
              + " printable characters without a space");
  }
  const auto text = to_text(*what.code);
  if (what.code == now.code) {
    return no("the rules are " + text + " already");
  }
  const bool is_ascending =
    std::adjacent_find(what.without.begin(), what.without.end(), std::greater_equal<>{})
    == what.without.end();
  return is_ascending ? result<void>{} : no("who is left out is named in order, each once");
}

} // namespace

declarations declarations_of(const genesis& from) {
  declarations out;
  std::transform(from.variables.begin(), from.variables.end(), std::back_inserter(out.variables),
                 [](const auto& one) {
                   return declared_variable{one, false};
                 });
  out.code = from.rules;
  return out;
}

result<void> may_change(const declarations& now, const change_rules& what) {
  if (what.declared.empty() && what.removed.empty() && !what.code) {
    return no("it changes nothing");
  }
  if (encoded_size(group_directive{what}) > rules_change_size_max) {
    return no("a change of the rules has " + std::to_string(rules_change_size_max)
              + " bytes at most: ask for it in parts");
  }
  CAUCUS_TRY_VOID(may_take(now, what));
  std::set<std::string_view> names;
  const auto is_new = [&names](const std::string& name) { return names.insert(name).second; };
  for (const auto& name : what.removed) {
    if (!is_new(name)) {
      return no(quoted(name) + " is there twice");
    }
    CAUCUS_TRY_VOID(may_remove(now, name));
  }
  auto count = now.variables.size();
  for (const auto& one : what.declared) {
    if (!is_new(one.name)) {
      return no(quoted(one.name) + " is there twice");
    }
    CAUCUS_TRY_VOID(may_declare(now, one, what.code.has_value()));
    count += find_in(now.variables, one.name) == now.variables.end() ? 1 : 0;
  }
  return count <= variables_max ? result<void>{}
                                : no("a group has " + std::to_string(variables_max)
                                     + " variables at most, those that were removed among them");
}

result<declarations> changed(const declarations& now, const change_rules& what) {
  CAUCUS_TRY_VOID(may_change(now, what));
  auto out = now;
  out.code = what.code ? what.code : now.code;
  for (const auto& name : what.removed) {
    find_in(out.variables, name)->removed = true;
  }
  for (const auto& one : what.declared) {
    const auto found = find_in(out.variables, one.name);
    if (found == out.variables.end()) {
      out.variables.push_back({one, false});
    } else {
      found->declared = one;
    }
  }
  return out;
}

change_rules change_to(const declarations& now, const std::vector<variable_declaration>& wanted) {
  change_rules out;
  const auto wanted_one = [&wanted](std::string_view name) {
    return std::find_if(wanted.begin(), wanted.end(),
                        [name](const auto& one) { return one.name == name; });
  };
  for (const auto& one : now.variables) {
    if (one.removed) {
      continue;
    }
    const auto found = wanted_one(one.declared.name);
    if (found == wanted.end()) {
      out.removed.push_back(one.declared.name);
    } else if (*found != one.declared) {
      out.declared.push_back(*found);
    }
  }
  for (const auto& one : wanted) {
    const auto known = find_in(now.variables, one.name);
    if (known == now.variables.end() || known->removed) { // what was removed is refused by name
      out.declared.push_back(one);
    }
  }
  return out;
}

} // namespace caucus
