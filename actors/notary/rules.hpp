#pragma once

#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/variables/argument_view.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Which mutations are permitted and what they do: declared in the genesis, or written in C++.
/// Pure. A rule is called with the same arguments on every replica and must do the same on each: no
/// clock, no randomness, no floating point, no iteration over unordered containers, no globals.
///
/// A rule sees who asks, the arguments, the block's height and time, the number of members, and the
/// whole state as its mutation finds it: its parent's, with what the block's mutations before it
/// did. It changes the entries of its own variable alone. So what a game or a vote needs as a
/// parameter lies in a register or a counter of the genesis, whose writers decide who may change
/// it.
///
///     caucus::rules mine{"tic_tac_toe", 1};                 // name and version: in the network id
///     mine.on("board", "mark", [](caucus::state_edit& board, const caucus::call& by) {
///       if (board.get("turn") != ...) { return caucus::refuse("not your turn"); }
///       board.put("cell/4", "X");
///       return caucus::permit();
///     });
///
/// Rules that decide otherwise are another version, which the group takes by its vote. The program
/// of version 2 brings version 1 too, as it executes the ledger anew:
///
///     caucus::rules next{"tic_tac_toe", 2};
///     next.on("board", "mark", ...).after(mine);

namespace caucus {

/// The state as a mutation finds it, also that of its own variable: what the rule edits is not in
/// it. To be read alone. Names are the genesis'. Views are good for the call. O(log entries) each.
class state_view {
public:
  virtual ~state_view() = default;
  /// A counter's value, also if it was never written; of a set, map or custom variable the number
  /// of its entries. Nothing: there is no such variable, or it is a register or opaque.
  [[nodiscard]] virtual std::optional<std::int64_t> number(std::string_view variable) const = 0;
  /// What a register holds. Nothing: it was never written, or it is no register.
  [[nodiscard]] virtual std::optional<std::string_view> text(std::string_view variable) const = 0;
  /// The value of a map's or custom variable's entry; a set's element is there as "". Nothing: it
  /// is not there, or the variable has no entries.
  [[nodiscard]] virtual std::optional<std::string_view> text(std::string_view variable,
                                                             std::string_view key) const = 0;
};

/// Who asks for what. Views: good for the call alone.
struct call {
  const peer_id& author;
  std::span<const argument_view> arguments; ///< of the declared kinds and count
  caucus::height height;                    ///< of the block
  wall_ms time{0};           ///< of the block: a hint, agreed by all, proof of nothing
  const state_view& state;   ///< all variables
  std::uint16_t members = 0; ///< of the group that decides
};

/// A custom variable's entries, as one mutation sees and changes them: nothing is kept if it is
/// refused. Keys have 1 to 128 bytes, values at most 4,096, any bytes; there are at most 1,000,000
/// entries, and a mutation edits at most 1,024 keys. A genesis file sets no other limits for them.
class state_edit {
public:
  virtual ~state_edit() = default;
  /// Empty: no such entry. The view is good until the next put or erase.
  [[nodiscard]] virtual std::optional<std::string_view> get(std::string_view key) const = 0;
  /// A key or value of a size that is not allowed makes the whole mutation be refused.
  virtual void put(std::string_view key, std::string_view value) = 0;
  /// What is not there may be erased. A key of a size that is not allowed: as above.
  virtual void erase(std::string_view key) = 0;
};

[[nodiscard]] inline result<void> permit() {
  return {};
}
/// `why` is for people, and part of the receipt: <= reason_size_max bytes, cut behind.
[[nodiscard]] inline result<void> refuse(std::string why) {
  return fail(errc::refused_by_rule, std::move(why));
}

/// Decides and does: an error refuses the mutation with its reason, and what was edited is dropped.
/// An exception, of any type, counts as a refusal.
using rule = std::function<result<void>(state_edit&, const call&)>;

/// The whole state in the block in which a group takes other C++ rules: as it was, and changed to
/// what these want of it. What one reads is what the edits before it have made. Variables are those
/// of after the change, and those that it removes. Views are good until the next edit.
class state_migration {
public:
  virtual ~state_migration() = default;
  /// The rules of before; none: there were none.
  [[nodiscard]] virtual const std::optional<rules_id>& before() const = 0;
  /// As state_view has it.
  [[nodiscard]] virtual std::optional<std::int64_t> number(std::string_view variable) const = 0;
  [[nodiscard]] virtual std::optional<std::string_view> text(std::string_view variable) const = 0;
  [[nodiscard]] virtual std::optional<std::string_view> text(std::string_view variable,
                                                             std::string_view key) const = 0;
  /// Each entry of a set, map or custom variable as it was before all edits, in an order that is
  /// the same on every replica, until `visit` says false. It may edit. At most
  /// migration_entries_max in all.
  virtual void
  each(std::string_view variable,
       const std::function<bool(std::string_view key, std::string_view value)>& visit) = 0;

  // Edits. One that a declaration of after the change does not allow makes the whole change be
  // refused, as do more than migration_edits_max of them, or more than migration_size_max bytes.

  /// Of a set (whose values are empty), map or custom variable.
  virtual void put(std::string_view variable, std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view variable, std::string_view key) = 0;
  /// Of a register.
  virtual void set(std::string_view variable, std::string_view value) = 0;
  /// Of a counter.
  virtual void set_number(std::string_view variable, std::int64_t value) = 0;
};
inline constexpr std::uint64_t migration_entries_max = 1'000'000;
inline constexpr std::uint64_t migration_edits_max = 1'000'000;
inline constexpr std::uint64_t migration_size_max = std::uint64_t{256} * 1024 * 1024;

/// What a version makes of the state that it finds. An error, or an exception of any type, refuses
/// the change, and everything stays. As a rule it is the same on every replica. (Where the machine
/// has no memory for it, std::bad_alloc, the node falls and starts again.)
using migration = std::function<result<void>(state_migration&)>;

/// An application's rules for the custom variables that its genesis declares.
class rules {
public:
  /// No custom variables.
  rules() = default;
  /// Change `version` whenever a rule decides otherwise than before. `after()` brings the former
  /// along, and the group takes the new one by its vote (`caucus group rules --rules`). Without
  /// that it is another network's: nodes with different rules refuse each other at hello instead of
  /// parting later.
  rules(std::string name, std::uint32_t version) : name_{std::move(name)}, version_{version} {}

  rules& on(std::string variable, std::string operation, rule what) {
    entries_.push_back({std::move(variable), std::move(operation), std::move(what)});
    return *this;
  }
  /// What the group was judged by before, with what that came after: every version that a ledger,
  /// or a block still to be fetched, may need. `rules{}` of a network that began without any.
  rules& after(rules former) {
    auto older = std::move(former.former_);
    former.former_.clear();
    former_.insert(former_.end(), std::make_move_iterator(older.begin()),
                   std::make_move_iterator(older.end()));
    former_.push_back(std::move(former));
    return *this;
  }
  /// What is to be made of the state when the group takes these rules. Empty: it stays as it is.
  rules& on_change(migration what) {
    migration_ = std::move(what);
    return *this;
  }

  struct entry {
    std::string variable;
    std::string operation;
    caucus::rule rule;
  };
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] const std::vector<entry>& entries() const { return entries_; }
  [[nodiscard]] const migration& migrates() const { return migration_; }
  /// The oldest first, none with former ones of its own.
  [[nodiscard]] const std::vector<rules>& former() const { return former_; }
  /// None: these are no rules at all.
  [[nodiscard]] std::optional<rules_id> id() const {
    return entries_.empty() ? std::nullopt : std::optional{rules_id{name_, version_}};
  }
  /// These, or one of the former ones. Null: not among them.
  [[nodiscard]] const rules* find(const std::optional<rules_id>& which) const {
    if (id() == which) {
      return this;
    }
    const auto found = std::find_if(former_.begin(), former_.end(),
                                    [&which](const rules& one) { return one.id() == which; });
    return found == former_.end() ? nullptr : &*found;
  }

private:
  std::string name_;
  std::uint32_t version_ = 0;
  std::vector<entry> entries_;
  migration migration_;
  std::vector<rules> former_;
};

/// The genesis' hash, and the name and version of the rules that the network began with, where
/// there are any: which network a node is in. They are those that the genesis names, else `with`.
[[nodiscard]] network_id network_id_of(const genesis& from, const rules& with);

/// Declarations and C++ rules, joined and ready to run; see rule_set.hpp.
class compiled_rules;

/// As the network began. Errors: unknown_variable, unknown_operation: a C++ rule for what the
/// genesis does not declare as custom, or a custom operation without a rule; value_out_of_range: a
/// declaration of no sense; rules_missing: the genesis names rules that are not among these.
[[nodiscard]] result<std::shared_ptr<const compiled_rules>> compile_rules(const genesis& from,
                                                                          const rules& with = {});

} // namespace caucus
