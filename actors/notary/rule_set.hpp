#pragma once

#include "actors/notary/mutation_reader.hpp"
#include "actors/notary/rules.hpp"
#include "actors/notary/state_tree.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"
#include "runtime/variables/variable_state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

/// Declarations and C++ rules, joined and ready to run: looks up by number, parses nothing.
/// Pure; const functions on any thread.

namespace caucus {

/// What a batch's mutations have in common, looked up once.
struct author_view {
  const peer_id& author;
  const committee& voters; ///< of the block's epoch
  bool member = false;     ///< of those
  std::string prefix;      ///< own_prefix(who)
};

/// The state under a block's execution: entry counts are kept apart until finish(), and which
/// entries were touched is noted.
class state_writer {
public:
  explicit state_writer(state_tree& on) : on_{on}, counts_(on.variable_count()) {}

  [[nodiscard]] const state_tree& tree() const { return on_; }
  void put(const digest& path, bytes_view key, bytes_view value);
  void erase(const digest& path);
  /// All entries of a variable.
  void clear(variable_id of);
  /// The entries of a set, map or custom variable; change it through the reference.
  [[nodiscard]] std::uint64_t& count(variable_id of, const digest& empty_path);
  /// Writes the counts that changed.
  void finish();
  /// Another state in this one's place, in which these entries differ. Precondition: finish().
  void adopt(state_tree next, std::vector<digest> touched);
  /// Paths, some of them more than once.
  [[nodiscard]] std::vector<digest>& touched() { return touched_; }

private:
  struct counted {
    std::uint64_t now = 0;
    std::uint64_t before = 0;
    bool known = false;
    digest path;
  };
  state_tree& on_;
  std::vector<counted> counts_; ///< by variable
  std::vector<digest> touched_;
};

/// By variable and operation; of variables that are not custom: none.
using custom_rules = std::vector<std::vector<rule>>;

/// Of one epoch.
class compiled_rules {
public:
  /// `brought`: what the program has, all versions.
  compiled_rules(const genesis& from, std::shared_ptr<const rules> brought, custom_rules custom);
  /// The same network's under these declarations. Precondition: changed() led there.
  compiled_rules(const compiled_rules& before, shared_declarations now, custom_rules custom);

  /// Executes one mutation of a declared variable, or refuses it and changes nothing. O(log
  /// entries) for the built-in kinds.
  [[nodiscard]] outcome apply(const mutation_view& what, const author_view& by, height at,
                              wall_ms time, state_writer& on) const;
  /// What can be said of a mutation without the state: variable (also the group's own, which the
  /// executor applies), operation, arguments. Errors:
  /// unknown_variable, unknown_operation, wrong_arguments.
  [[nodiscard]] result<void> check_form(const mutation_view& what) const;

  /// `voters`: of the block's epoch.
  [[nodiscard]] author_view view_of(const peer_id& author, const committee& voters) const;
  /// A member, or listed as a writer of some variable.
  [[nodiscard]] bool is_named(const peer_id& who, const committee& voters) const {
    return listed_.contains(who) || voters.has(who);
  }
  [[nodiscard]] std::unordered_set<peer_id> named(const committee& voters) const;
  /// The group as the genesis has it, before it changed itself.
  [[nodiscard]] const shared_group& first_group() const { return first_group_; }
  [[nodiscard]] const std::shared_ptr<const committee>& first_voters() const {
    return first_voters_;
  }
  /// None: no quota.
  [[nodiscard]] const std::optional<quotas>& limits() const { return limits_; }
  /// Some variable may be written by those that the genesis does not name.
  [[nodiscard]] bool open_to_strangers() const { return open_; }
  [[nodiscard]] const catalog& names() const { return names_; }
  [[nodiscard]] const shared_declarations& declared() const { return declared_; }
  /// What the program has, all versions; never null.
  [[nodiscard]] const std::shared_ptr<const rules>& brought() const { return brought_; }
  /// Those in force, for other declarations of this network that have the same.
  [[nodiscard]] custom_rules custom_for(const declarations& now) const;
  /// Variables are numbered [0, this).
  [[nodiscard]] std::size_t variable_count() const { return variables_.size() + 1; }
  /// path_of(variable, {}).
  [[nodiscard]] const digest& empty_path(variable_id of) const;

private:
  struct compiled_variable {
    variable_declaration declared;
    const kind_definition* kind = nullptr; ///< of the declaration
    std::vector<operation_declaration> operations;
    std::unordered_set<peer_id> listed;
    std::vector<rule> custom; ///< by operation_id
    digest empty_path;
    bool removed = false;
  };
  void add(const variable_declaration& one, bool removed, std::vector<rule> custom);
  [[nodiscard]] result<void> check_declared(const mutation_view& what) const;
  [[nodiscard]] outcome may_write(const compiled_variable& of, const mutation_view& what,
                                  const author_view& by) const;

  catalog names_;
  std::shared_ptr<const rules> brought_; ///< never null
  shared_declarations declared_;         ///< never null
  shared_group first_group_;
  std::shared_ptr<const committee> first_voters_;
  std::unordered_set<peer_id> listed_;
  std::optional<quotas> limits_;
  bool open_ = false;
  std::vector<compiled_variable> variables_;
};
using shared_rules = std::shared_ptr<const compiled_rules>;

/// Of the epoch of `group.next`. `known`: of any epoch of this network. Errors: rules_missing,
/// unknown_variable, unknown_operation: as can_judge().
[[nodiscard]] result<shared_rules> rules_of(const shared_rules& known, const group_book& group);

/// The versions that fit a genesis as it is, the oldest first: with which of them its network began
/// only `genesis::rules`, or a node's folder, says.
[[nodiscard]] std::vector<rules_id> fitting_rules(const genesis& from, const rules& with);

/// The program has these C++ rules; none are needed for none. Error: rules_missing.
[[nodiscard]] result<void> has_rules(const rules& brought, const std::optional<rules_id>& wanted);

/// The program brings all C++ rules that these declarations need. Errors: rules_missing: not that
/// version; unknown_variable, unknown_operation: it, and not for these operations.
[[nodiscard]] result<void> can_judge(const rules& brought, const declarations& what);

} // namespace caucus
