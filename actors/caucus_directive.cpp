#include "actors/caucus_directive.hpp"

#include "actors/administration/administration_commands.hpp"
#include "messages/try.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/declaration_check.hpp"
#include "runtime/variables/rules_text.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

namespace caucus {

namespace {

any_command typed(const group_directive& what, std::chrono::milliseconds timeout) {
  const auto named = [&](auto command, const member& who) {
    command.name = who.name;
    command.address = who.address;
    return command;
  };
  const auto timed = [&](auto command) {
    command.timeout = timeout;
    return command_of(std::move(command));
  };
  return std::visit(
    overloaded{[&](const admit& of) {
                 return timed(
                   named(control_group_admit{to_text(of.newcomer.peer), of.reserve}, of.newcomer));
               },
               [&](const kick& of) {
                 return timed(control_group_kick{to_text(of.peer), of.lower_f});
               },
               [&](const retire& of) { return timed(control_group_retire{of.lower_f}); },
               [&](const replace& of) {
                 return timed(named(
                   control_group_replace{to_text(of.former), to_text(of.heir.peer)}, of.heir));
               },
               [&](const reinforce& of) { return timed(control_group_reinforce{of.count}); },
               [&](const bar& of) {
                 const auto seconds = of.for_ms / 1'000 + (of.for_ms % 1'000 > 0 ? 1 : 0);
                 return timed(control_group_bar{
                   to_text(of.peer), seconds == 0 ? std::string{} : std::to_string(seconds) + "s"});
               },
               [&](const unbar& of) { return timed(control_group_unbar{to_text(of.peer)}); },
               [&](const announce& of) { return timed(control_group_announce{of.text}); },
               [&](const change_rules& of) {
                 control_group_rules out;
                 const auto text = print_variables(of.declared);
                 if (!text.empty()) {
                   const auto raw = as_bytes(text);
                   out.file.emplace(raw.begin(), raw.end());
                 }
                 out.add = true;
                 out.remove = of.removed;
                 out.code = of.code ? to_text(*of.code) : std::string{};
                 std::transform(of.without.begin(), of.without.end(),
                                std::back_inserter(out.without),
                                [](const peer_id& one) { return to_text(one); });
                 return timed(std::move(out));
               }},
    what);
}

/// With the limits of what is typed, which values do not have. Errors: bad_request.
result<any_command> checked(const any_command& what) {
  const auto& facts = *what.facts;
  const auto texts = facts.write(what.parameters);
  given_texts given;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) {
      given.emplace(facts.parameters[i].name, texts[i]);
    }
  }
  CAUCUS_TRY(auto read, facts.read(given));
  return any_command{&facts, std::move(read)};
}

} // namespace

result<any_command> command_for(const group_directive& what, const peer_id& self,
                                std::chrono::milliseconds timeout) {
  const auto* const leaves = std::get_if<retire>(&what);
  if (leaves != nullptr && leaves->peer != self) {
    return fail(errc::bad_request, "a member retires by its own node alone: kick another");
  }
  if (const auto* const rules = std::get_if<change_rules>(&what)) {
    for (const auto& one : rules->declared) { // a file would not say what is wrong with it
      if (const auto sound = check_declaration(one); !sound) {
        return fail(errc::bad_request, sound.error().detail);
      }
    }
  }
  return checked(typed(what, timeout));
}

result<directive_reply> directive_reply_of(result<any_value> told) {
  if (!told) {
    return tl::make_unexpected(std::move(told.error()));
  }
  const auto* const of_rules = told->as<rules_reply>();
  const auto* const plain =
    of_rules != nullptr && of_rules->asked ? &*of_rules->asked : told->as<directive_reply>();
  return plain == nullptr ? fail(errc::internal, "an answer to another question")
                          : result<directive_reply>{*plain};
}

} // namespace caucus
