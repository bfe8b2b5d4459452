#include "actors/notary/rule_set.hpp"

#include "actors/notary/custom_edit.hpp"
#include "actors/notary/executor.hpp"
#include "actors/notary/rule_view.hpp"
#include "actors/notary/rules_name.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/domain.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/membership/rules_change.hpp"
#include "runtime/variables/declaration_check.hpp"
#include "runtime/variables/rules_text.hpp"

#include <algorithm>

namespace caucus {

namespace {

std::optional<std::uint64_t> number_at(const state_tree& tree, const digest& path) {
  const auto stored = tree.get(path);
  if (!stored) {
    return std::nullopt;
  }
  const auto number = read_stored_number(*stored);
  CAUCUS_ASSERT(number.has_value());
  return *number;
}

/// The state of one variable, for its kind.
class variable_writer final : public variable_state {
public:
  variable_writer(variable_id id, const digest& head, state_writer& on)
      : id_{id}, head_{head}, on_{on} {}

  [[nodiscard]] digest path(bytes_view key) const override { return path_of(id_, key); }
  [[nodiscard]] const digest& head() const override { return head_; }
  [[nodiscard]] std::optional<bytes_view> get(const digest& path) const override {
    return on_.tree().get(path);
  }
  [[nodiscard]] bool occupied(const digest& path) const override {
    return on_.tree().occupied(path);
  }
  void put(const digest& path, bytes_view key, bytes_view value) override {
    on_.put(path, key, value);
  }
  void erase(const digest& path) override { on_.erase(path); }
  [[nodiscard]] std::uint64_t& count() override { return on_.count(id_, head_); }

private:
  variable_id id_;
  const digest& head_;
  state_writer& on_;
};

} // namespace

// -- state_writer --------------------------------------------------------------------------------

void state_writer::put(const digest& path, bytes_view key, bytes_view value) {
  on_.put(path, key, value);
  touched_.push_back(path);
}

void state_writer::erase(const digest& path) {
  static_cast<void>(on_.erase(path));
  touched_.push_back(path);
}

void state_writer::clear(variable_id of) {
  on_.each(of, [&](const entry_view& one) {
    touched_.push_back(path_of(of, one.key));
    return true;
  });
  on_.clear(of);
  counts_[of.value()].known = false;
}

std::uint64_t& state_writer::count(variable_id of, const digest& empty_path) {
  auto& one = counts_[of.value()];
  if (!one.known) {
    one.before = number_at(on_, empty_path).value_or(0);
    one.now = one.before;
    one.path = empty_path;
    one.known = true;
  }
  return one.now;
}

void state_writer::finish() {
  for (auto& one : counts_) {
    if (one.known && one.now != one.before) {
      put(one.path, {}, little_endian(one.now));
      one.before = one.now;
    }
  }
}

void state_writer::adopt(state_tree next, std::vector<digest> touched) {
  on_ = std::move(next);
  counts_.assign(on_.variable_count(), counted{});
  touched_.insert(touched_.end(), touched.begin(), touched.end());
}

// -- compiled_rules ------------------------------------------------------------------------------

compiled_rules::compiled_rules(const genesis& from, std::shared_ptr<const rules> brought,
                               custom_rules custom)
    : names_{from}, brought_{std::move(brought)}, first_group_{std::make_shared<const group_book>(
                                                    first_book(from))},
      first_voters_{std::make_shared<const committee>(caucus::committee_of(from))}, limits_{
                                                                                      from.limits} {
  CAUCUS_ASSERT(custom.size() == from.variables.size());
  declared_ = first_group_->declared;
  for (std::size_t i = 0; i < from.variables.size(); ++i) {
    add(from.variables[i], false, std::move(custom[i]));
  }
}

compiled_rules::compiled_rules(const compiled_rules& before, shared_declarations now,
                               custom_rules custom)
    : names_{*now}, brought_{before.brought_}, declared_{std::move(now)},
      first_group_{before.first_group_}, first_voters_{before.first_voters_}, limits_{
                                                                                before.limits_} {
  const auto& all = declared_->variables;
  CAUCUS_ASSERT(custom.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    add(all[i].declared, all[i].removed, std::move(custom[i]));
  }
}

custom_rules compiled_rules::custom_for(const declarations& now) const {
  custom_rules out(now.variables.size());
  for (std::size_t i = 0; i < std::min(out.size(), variables_.size()); ++i) {
    out[i] = variables_[i].custom;
  }
  return out;
}

void compiled_rules::add(const variable_declaration& one, bool removed, std::vector<rule> custom) {
  if (one.writers == writers::listed && !removed) {
    listed_.insert(one.listed.begin(), one.listed.end());
  }
  const bool is_open = one.writers == writers::anyone || one.writers == writers::own_entries;
  open_ = open_ || (is_open && !removed);
  const auto id = variable_id{static_cast<variable_id::number>(variables_.size() + 1)};
  variables_.push_back({one,
                        &kind_of(one.kind),
                        operations_of(one),
                        {one.listed.begin(), one.listed.end()},
                        std::move(custom),
                        path_of(id, {}),
                        removed});
}

author_view compiled_rules::view_of(const peer_id& author, const committee& voters) const {
  return {author, voters, voters.has(author), own_prefix(author)};
}

std::unordered_set<peer_id> compiled_rules::named(const committee& voters) const {
  auto out = listed_;
  for (const auto& one : voters.members()) {
    out.insert(one.peer);
  }
  return out;
}

const digest& compiled_rules::empty_path(variable_id of) const {
  CAUCUS_ASSERT(of.value() > 0 && of.value() <= variables_.size());
  return variables_[of.value() - 1U].empty_path;
}

result<void> compiled_rules::check_form(const mutation_view& what) const {
  return what.of_group ? check_group_form(what) : check_declared(what);
}

result<void> compiled_rules::check_declared(const mutation_view& what) const {
  if (what.variable.value() == 0 || what.variable.value() > variables_.size()) {
    return fail(errc::unknown_variable, std::to_string(what.variable.value()));
  }
  const auto& in = variables_[what.variable.value() - 1U];
  if (in.removed) {
    return fail(errc::unknown_variable, "the group has removed " + in.declared.name);
  }
  if (what.operation.value() >= in.operations.size()) {
    return fail(errc::unknown_operation, std::to_string(what.operation.value()));
  }
  const auto& wanted = in.operations[what.operation.value()].arguments;
  const auto given = what.arguments();
  if (!std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                  [](argument_kind a, const argument_view& b) { return a == b.kind; })) {
    return fail(errc::wrong_arguments, "their count or kinds");
  }
  return {};
}

outcome compiled_rules::may_write(const compiled_variable& of, const mutation_view& what,
                                  const author_view& by) const {
  switch (of.declared.writers) {
    case writers::anyone: return {};
    case writers::members:
      return by.member ? outcome{} : refused_with(errc::not_a_writer, "only members write it");
    case writers::listed:
      return of.listed.contains(by.author)
               ? outcome{}
               : refused_with(errc::not_a_writer, "only those listed write it");
    case writers::own_entries: break;
  }
  const auto arguments = what.arguments();
  const bool own = !arguments.empty() && arguments[0].kind == argument_kind::byte_string
                   && arguments[0].byte_string.size() > by.prefix.size()
                   && arguments[0].text().substr(0, by.prefix.size()) == by.prefix;
  return own ? outcome{}
             : refused_with(errc::not_a_writer, "the key must begin with one's own \"<peer id>/\"");
}

outcome compiled_rules::apply(const mutation_view& what, const author_view& by, height at,
                              wall_ms time, state_writer& on) const {
  if (const auto form = check_declared(what); !form) {
    return refused_with(form.error().code, form.error().detail);
  }
  const auto& in = variables_[what.variable.value() - 1U];
  if (auto no = may_write(in, what, by); !no.applied()) {
    return no;
  }
  const auto& declared = in.declared;
  const auto given = what.arguments();
  if (!in.kind->declares_operations()) {
    variable_writer state{what.variable, in.empty_path, on};
    return in.kind->operations[what.operation.value()].apply({declared, given, state});
  }
  custom_edit edit{declared, what.variable, in.empty_path, on};
  const rule_view all{*this, on};
  const auto said =
    edit.run(in.custom[what.operation.value()],
             {by.author, given, at, time, all, static_cast<std::uint16_t>(by.voters.size())});
  return said ? outcome{} : refused_with(said.error().code, said.error().detail);
}

// -- compile_rules -------------------------------------------------------------------------------

namespace {

std::string named(const variable_declaration& variable, const operation_declaration& operation) {
  return "\"" + variable.name + " " + operation.name + "\"";
}

result<void> place(const catalog& names, const declarations& what, const rules::entry& one,
                   custom_rules& into) {
  const auto& all = what.variables;
  if (std::any_of(all.begin(), all.end(), [&one](const auto& each) {
        return each.removed && each.declared.name == one.variable;
      })) {
    return {}; // the rules are of when it was there
  }
  CAUCUS_TRY(const auto id, names.find(one.variable));
  const auto& declared = *names.at(id);
  const auto found =
    std::find_if(declared.operations.begin(), declared.operations.end(),
                 [&](const auto& operation) { return operation.name == one.operation; });
  if (!kind_of(declared.kind).declares_operations() || found == declared.operations.end()) {
    return fail(errc::unknown_operation,
                "no custom \"" + one.variable + " " + one.operation
                  + "\" is declared, by the genesis or by the group's vote");
  }
  auto& slot = into[id.value() - 1U][static_cast<std::size_t>(found - declared.operations.begin())];
  if (slot || !one.rule) {
    return fail(errc::unknown_operation,
                named(declared, *found) + (slot ? " has two rules" : " has an empty rule"));
  }
  slot = one.rule;
  return {};
}

/// One version's, for declarations that it fits.
result<custom_rules> custom_of(const rules& with, const declarations& what) {
  const auto& all = what.variables;
  custom_rules out(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& one = all[i].declared;
    CAUCUS_TRY_VOID(check_limits(one));
    out[i].resize(kind_of(one.kind).declares_operations() ? one.operations.size() : 0);
  }
  const catalog names{what};
  for (const auto& entry : with.entries()) {
    CAUCUS_TRY_VOID(place(names, what, entry, out));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t j = 0; j < out[i].size() && !all[i].removed; ++j) {
      if (!out[i][j]) {
        return fail(errc::unknown_operation,
                    named(all[i].declared, all[i].declared.operations[j])
                      + " is custom and has no rule: this program was built without them");
      }
    }
  }
  return out;
}

std::string text_of(const std::optional<rules_id>& which) {
  return which ? to_text(*which) : std::string{"none"};
}

tl::unexpected<error> missing(const rules& brought, const std::optional<rules_id>& wanted) {
  std::string here = text_of(brought.id());
  for (const auto& one : brought.former()) {
    here += ", " + text_of(one.id());
  }
  return fail(errc::rules_missing, "it takes the C++ rules " + text_of(wanted)
                                     + ", and this program brings " + here
                                     + ": start one that brings those too");
}

/// Those in force under these declarations, out of what the program brings.
result<custom_rules> custom_in(const rules& brought, const declarations& what) {
  static const rules none;
  const auto* const with = what.code ? brought.find(what.code) : &none;
  return with == nullptr ? missing(brought, what.code) : custom_of(*with, what);
}

/// What a network began with whose genesis does not say: the newest version that fits it.
const rules& first_of(const genesis& from, const rules& with) {
  const auto at_first = declarations_of(from);
  const auto fits = [&at_first](const rules& one) { return custom_of(one, at_first).has_value(); };
  if (fits(with)) {
    return with;
  }
  const auto found = std::find_if(with.former().rbegin(), with.former().rend(), fits);
  return found == with.former().rend() ? with : *found;
}

} // namespace

network_id network_id_of(const genesis& from, const rules& with) {
  const auto id = from.rules ? from.rules : first_of(from, with).id();
  return id ? network_id_with(from, *id) : network_of(from);
}

std::vector<rules_id> fitting_rules(const genesis& from, const rules& with) {
  const auto at_first = declarations_of(from);
  std::vector<rules_id> out;
  const auto look_at = [&](const rules& one) {
    if (one.id() && custom_of(one, at_first)) {
      out.push_back(*one.id());
    }
  };
  for (const auto& one : with.former()) {
    look_at(one);
  }
  look_at(with);
  return out;
}

result<void> has_rules(const rules& brought, const std::optional<rules_id>& wanted) {
  return !wanted || brought.find(wanted) != nullptr ? result<void>{} : missing(brought, wanted);
}

result<void> can_judge(const rules& brought, const declarations& what) {
  CAUCUS_TRY_VOID(custom_in(brought, what));
  return {};
}

result<shared_rules> rules_of(const shared_rules& known, const group_book& group) {
  if (known->declared() == group.declared) {
    return known;
  }
  const auto& next = *group.declared;
  auto custom = next.code == known->declared()->code ? result<custom_rules>{known->custom_for(next)}
                                                     : custom_in(*known->brought(), next);
  if (!custom) {
    return tl::make_unexpected(std::move(custom.error()));
  }
  return std::make_shared<const compiled_rules>(*known, group.declared, std::move(*custom));
}

result<std::shared_ptr<const compiled_rules>> compile_rules(const genesis& from,
                                                            const rules& with) {
  auto at_first = from;
  if (!at_first.rules) {
    at_first.rules = first_of(from, with).id();
  }
  const auto* const first = at_first.rules ? with.find(at_first.rules) : &first_of(from, with);
  if (first == nullptr) {
    return missing(with, at_first.rules);
  }
  CAUCUS_TRY(auto custom, custom_of(*first, declarations_of(at_first)));
  return std::make_shared<const compiled_rules>(at_first, std::make_shared<const rules>(with),
                                                std::move(custom));
}

} // namespace caucus
