#include "actors/notary/rules_migration.hpp"

#include "actors/notary/declared_state.hpp"
#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace caucus {

namespace {

std::string_view text_of(bytes_view what) {
  return {reinterpret_cast<const char*>(what.data()), what.size()};
}

/// Edits a copy, and notes the first edit that is not allowed.
class migration_run final : public state_migration {
public:
  migration_run(const state_tree& from, const declarations& now, const declarations& next)
      : from_{from}, next_{next}, before_{now.code}, made_{widened(from, next)}, on_{made_} {}

  [[nodiscard]] result<moved_state> run(const migration& what) {
    try {
      if (auto said = what(*this); !said) {
        return refuse_whole(said.error().detail);
      }
    } catch (const std::bad_alloc&) {
      throw;        // this machine's matter, and not the rules'
    } catch (...) { // of any type: on every replica alike
      return refuse_whole("the migration threw");
    }
    on_.finish();
    if (broken_.empty()) {
      look_at_heads();
    }
    if (!broken_.empty()) {
      return refuse_whole(broken_);
    }
    return moved_state{std::move(made_), std::move(on_.touched())};
  }

  [[nodiscard]] const std::optional<rules_id>& before() const override { return before_; }

  [[nodiscard]] std::optional<std::int64_t> number(std::string_view variable) const override {
    const auto* const of = find(variable);
    if (of == nullptr) {
      return std::nullopt;
    }
    const auto& kind = kind_of(of->declared.kind);
    if (kind.has_entries()) {
      return static_cast<std::int64_t>(on_.count(id_of(*of), path_of(id_of(*of), {})));
    }
    if (kind.head != kind_head::number) {
      return std::nullopt;
    }
    const auto stored = made_.get(id_of(*of), {});
    const auto value = stored ? read_stored_number(*stored) : fail(errc::wrong_arguments);
    return value ? static_cast<std::int64_t>(*value) : of->declared.initial;
  }

  [[nodiscard]] std::optional<std::string_view> text(std::string_view variable) const override {
    const auto* const of = find(variable);
    return of != nullptr && kind_of(of->declared.kind).head == kind_head::value
             ? text_at(id_of(*of), {})
             : std::nullopt;
  }

  [[nodiscard]] std::optional<std::string_view> text(std::string_view variable,
                                                     std::string_view key) const override {
    const auto* const of = find(variable);
    return of != nullptr && !key.empty() && kind_of(of->declared.kind).has_entries()
             ? text_at(id_of(*of), key)
             : std::nullopt;
  }

  void
  each(std::string_view variable,
       const std::function<bool(std::string_view key, std::string_view value)>& visit) override {
    const auto* const of = find(variable);
    if (of == nullptr || !kind_of(of->declared.kind).has_entries()
        || id_of(*of).value() >= from_.variable_count()) {
      return;
    }
    from_.each(id_of(*of), [&](const entry_view& one) {
      if (one.key.empty()) {
        return true; // the count
      }
      if (++seen_ > migration_entries_max) {
        return refuse_edit("the migration looks at more than "
                           + std::to_string(migration_entries_max) + " entries");
      }
      return visit(text_of(one.key), text_of(one.value));
    });
  }

  void put(std::string_view variable, std::string_view key, std::string_view value) override {
    const auto* const of = to_edit(variable, key.size() + value.size());
    if (of == nullptr || !may_put(*of, key, value)) {
      return;
    }
    const auto id = id_of(*of);
    const auto path = path_of(id, as_bytes(key));
    const bool was = made_.get(path).has_value();
    if (!was && made_.occupied(path)) {
      static_cast<void>(refuse_edit("a key's hash is another's"));
      return;
    }
    on_.count(id, path_of(id, {})) += was ? 0U : 1U;
    on_.put(path, as_bytes(key), as_bytes(value));
  }

  void erase(std::string_view variable, std::string_view key) override {
    const auto* const of = to_edit(variable, key.size());
    if (of == nullptr) {
      return;
    }
    if (key.empty() || !kind_of(of->declared.kind).has_entries()) {
      static_cast<void>(refuse_edit(of->declared.name + " has no such entries"));
      return;
    }
    const auto id = id_of(*of);
    const auto path = path_of(id, as_bytes(key));
    if (made_.get(path)) {
      on_.count(id, path_of(id, {})) -= 1;
      on_.erase(path);
    }
  }

  void set(std::string_view variable, std::string_view value) override {
    set_head(variable, kind_head::value, as_bytes(value));
  }

  void set_number(std::string_view variable, std::int64_t value) override {
    set_head(variable, kind_head::number, stored_number(static_cast<std::uint64_t>(value)));
  }

private:
  static state_tree widened(state_tree tree, const declarations& next) {
    tree.widen(next.variables.size() + 1);
    return tree;
  }
  [[nodiscard]] static result<moved_state> refuse_whole(std::string why) {
    return fail(errc::refused_by_rule, std::move(why));
  }
  /// False.
  bool refuse_edit(std::string why) {
    broken_ = broken_.empty() ? std::move(why) : broken_;
    return false;
  }

  [[nodiscard]] const declared_variable* find(std::string_view name) const {
    const auto& all = next_.variables;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [name](const auto& one) { return one.declared.name == name; });
    return found == all.end() ? nullptr : &*found;
  }
  [[nodiscard]] variable_id id_of(const declared_variable& of) const {
    return variable_id{static_cast<variable_id::number>(&of - next_.variables.data() + 1)};
  }
  [[nodiscard]] std::optional<std::string_view> text_at(variable_id id,
                                                        std::string_view key) const {
    const auto stored = made_.get(id, as_bytes(key));
    return stored ? std::optional{text_of(*stored)} : std::nullopt;
  }

  /// Null: it cannot be edited, and that is noted.
  [[nodiscard]] const declared_variable* to_edit(std::string_view variable, std::size_t size) {
    size_ += size;
    if (++edits_ > migration_edits_max || size_ > migration_size_max) {
      static_cast<void>(
        refuse_edit("the migration makes more than " + std::to_string(migration_edits_max)
                    + " edits, or of more than " + std::to_string(migration_size_max) + " bytes"));
      return nullptr;
    }
    const auto* const of = find(variable);
    if (of == nullptr || of->removed) {
      static_cast<void>(refuse_edit("the migration edits \"" + std::string{variable}
                                    + "\", which is no variable after the change"));
      return nullptr;
    }
    touched_.insert(static_cast<std::size_t>(of - next_.variables.data()));
    return of;
  }

  [[nodiscard]] bool may_put(const declared_variable& of, std::string_view key,
                             std::string_view value) {
    const auto& what = of.declared;
    const auto& kind = kind_of(what.kind);
    const bool is_owned = what.writers != writers::own_entries
                          || (key.size() > own_prefix_size && key[own_prefix_size - 1] == '/');
    if (!kind.has_entries() || key.empty() || key.size() > what.key_size || !is_owned) {
      return refuse_edit("the migration puts a key into " + what.name
                         + " that its declaration does not allow");
    }
    return value.size() <= (kind.bare_entries ? 0 : what.value_size)
           || refuse_edit("the migration puts a value into " + what.name
                          + " that its declaration does not allow");
  }

  void set_head(std::string_view variable, kind_head head, bytes_view value) {
    const auto* const of = to_edit(variable, value.size());
    if (of == nullptr) {
      return;
    }
    if (kind_of(of->declared.kind).head != head) {
      static_cast<void>(
        refuse_edit("the migration sets " + of->declared.name + ", which is of another kind"));
      return;
    }
    on_.put(path_of(id_of(*of), {}), {}, value);
  }

  /// Counts, numbers and registers of what was edited.
  void look_at_heads() {
    for (const auto place : touched_) {
      const auto& of = next_.variables[place].declared;
      const auto head = made_.get(id_of(next_.variables[place]), {});
      const auto misfit = head ? kind_of(of.kind).misfit(of, *head) : std::string{};
      if (!misfit.empty()) {
        static_cast<void>(refuse_edit("the migration leaves " + of.name + " with " + misfit));
      }
    }
  }

  const state_tree& from_;
  const declarations& next_;
  std::optional<rules_id> before_;
  state_tree made_;
  mutable state_writer on_;       ///< of made_; it keeps counts that are asked for
  std::set<std::size_t> touched_; ///< places of variables
  std::uint64_t seen_ = 0;
  std::uint64_t edits_ = 0;
  std::uint64_t size_ = 0;
  std::string broken_; ///< the first edit that is not allowed
};

} // namespace

result<std::optional<moved_state>> moved_to(const compiled_rules& with, const state_tree& state,
                                            const declarations& now, const declarations& next) {
  std::optional<moved_state> made;
  if (next.code != now.code) {
    CAUCUS_ASSERT(next.code.has_value()); // rules are exchanged, never given up
    const auto& brought = *with.brought();
    const auto* const rules = brought.find(next.code);
    if (rules == nullptr) {
      return tl::make_unexpected(has_rules(brought, next.code).error());
    }
    if (auto fits = can_judge(brought, next); !fits) { // it fits nowhere: all refuse it
      return fail(errc::refused_by_rule, std::move(fits.error().detail));
    }
    static_cast<void>(state.sealed_root()); // asserts it
    if (rules->migrates()) {
      migration_run one{state, now, next};
      CAUCUS_TRY(made, one.run(rules->migrates()));
    }
  }
  CAUCUS_TRY_VOID(keeps_to(made ? made->state : state, now, next));
  return made;
}

} // namespace caucus
