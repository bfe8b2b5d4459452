#pragma once

#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "runtime/variables/variable_state.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// What the kinds of variables are. Each is one file, kind_WORD.cpp; kind_list.hpp lists them, and
/// nothing else names one: whoever needs to know asks kind_of().
/// Pure; any thread.

namespace caucus {

/// What is stored under the empty key, which stands for the variable itself.
enum class kind_head : std::uint8_t {
  nothing, ///< it leaves no state
  value,   ///< bytes of a user
  number,  ///< an integer, which is the declaration's `initial` until it is written
  count,   ///< how many entries there are, each under a key of its own
};

/// One that is the same in all variables of a kind. Its operation_id is its place among them: so
/// they are appended, never reordered.
struct kind_operation {
  std::string_view name;
  std::span<const argument_kind> arguments; ///< <= arguments_max
  /// Does it, or refuses it and changes nothing.
  outcome (*apply)(const variable_change& what);
};

/// What is shown of a stored value: that it is there, an integer, or its bytes.
using shown_value = std::variant<bool, std::int64_t, bytes_view>;

struct kind_definition {
  variable_kind number{};
  std::string_view word; ///< in genesis.toml and in JSON
  kind_head head = kind_head::nothing;
  bool bare_entries = false;                ///< its entries are keys without values
  bool own_entries = false;                 ///< its entries may be each writer's own
  std::span<const std::string_view> fields; ///< what it takes of a [[variables]] table, as printed
  std::span<const kind_operation> operations; ///< empty: the declaration's own, done by C++ rules
  /// A mutation that a fresh variable takes from a member that may write it, as words. Empty: none
  /// is known.
  std::string (*example)(const variable_declaration& of) = nullptr;
  /// What `value` under the empty key is that no state of this variable has there. Empty: it fits.
  std::string (*misfit)(const variable_declaration& of, bytes_view value) = nullptr;
  /// Bytes are views into `value`.
  shown_value (*show)(bytes_view key, bytes_view value) = nullptr;

  [[nodiscard]] bool has_entries() const { return head == kind_head::count; }
  [[nodiscard]] bool declares_operations() const { return operations.empty(); }
  [[nodiscard]] bool takes(std::string_view field) const {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  }
};

/// O(1). Precondition: it is one, as in every genesis that was decoded, read or compiled.
[[nodiscard]] const kind_definition& kind_of(variable_kind number);
/// Null: no kind has this word.
[[nodiscard]] const kind_definition* find_kind(std::string_view word);
/// For declarations that a program makes. Precondition: a kind has this word.
[[nodiscard]] variable_kind kind_named(std::string_view word);
/// By number.
[[nodiscard]] std::span<const kind_definition* const> all_kinds();

} // namespace caucus
