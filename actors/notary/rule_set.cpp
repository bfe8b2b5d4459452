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
#include "runtime/variables/declaration_check.hpp"

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

// -- compiled_rules ------------------------------------------------------------------------------

compiled_rules::compiled_rules(const genesis& from, std::vector<std::vector<rule>> custom)
    : names_{from}, first_group_{std::make_shared<const group_book>(first_book(from))},
      first_voters_{std::make_shared<const committee>(caucus::committee_of(from))}, limits_{
                                                                                      from.limits} {
  CAUCUS_ASSERT(custom.size() == from.variables.size());
  declared_ = first_group_->declared;
  for (std::size_t i = 0; i < from.variables.size(); ++i) {
    add(from.variables[i], false, std::move(custom[i]));
  }
}

compiled_rules::compiled_rules(const compiled_rules& before, shared_declarations now)
    : names_{*now}, declared_{std::move(now)}, first_group_{before.first_group_},
      first_voters_{before.first_voters_}, limits_{before.limits_} {
  const auto& all = declared_->variables;
  CAUCUS_ASSERT(all.size() >= before.variables_.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    add(all[i].declared, all[i].removed,
        i < before.variables_.size() ? before.variables_[i].custom : std::vector<rule>{});
  }
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

shared_rules rules_of(const shared_rules& known, const group_book& group) {
  if (known->declared() == group.declared) {
    return known;
  }
  return std::make_shared<const compiled_rules>(*known, group.declared);
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

} // namespace

network_id network_id_of(const genesis& from, const rules& with) {
  if (with.entries().empty()) {
    return network_of(from);
  }
  return network_id_with(from, {with.name(), with.version()});
}

namespace {

/// Those that this program was built with, each at its operation's place; all others empty.
using custom_rules = std::vector<std::vector<rule>>;

result<void> place(const catalog& names, const rules::entry& what, custom_rules& into) {
  CAUCUS_TRY(const auto id, names.find(what.variable));
  const auto& declared = *names.at(id);
  const auto found =
    std::find_if(declared.operations.begin(), declared.operations.end(),
                 [&](const auto& operation) { return operation.name == what.operation; });
  if (!kind_of(declared.kind).declares_operations() || found == declared.operations.end()) {
    return fail(errc::unknown_operation,
                "the genesis declares no custom \"" + what.variable + " " + what.operation + "\"");
  }
  auto& slot = into[id.value() - 1U][static_cast<std::size_t>(found - declared.operations.begin())];
  if (slot || !what.rule) {
    return fail(errc::unknown_operation,
                named(declared, *found) + (slot ? " has two rules" : " has an empty rule"));
  }
  slot = what.rule;
  return {};
}

} // namespace

result<std::shared_ptr<const compiled_rules>> compile_rules(const genesis& from,
                                                            const rules& with) {
  custom_rules custom(from.variables.size());
  for (std::size_t i = 0; i < from.variables.size(); ++i) {
    const auto& one = from.variables[i];
    CAUCUS_TRY_VOID(check_limits(one));
    custom[i].resize(kind_of(one.kind).declares_operations() ? one.operations.size() : 0);
  }
  const catalog names{from};
  for (const auto& entry : with.entries()) {
    CAUCUS_TRY_VOID(place(names, entry, custom));
  }
  for (std::size_t i = 0; i < custom.size(); ++i) {
    for (std::size_t j = 0; j < custom[i].size(); ++j) {
      if (!custom[i][j]) {
        return fail(errc::unknown_operation,
                    named(from.variables[i], from.variables[i].operations[j])
                      + " is custom and has no rule: this program was built without them");
      }
    }
  }
  return std::make_shared<const compiled_rules>(from, std::move(custom));
}

} // namespace caucus
