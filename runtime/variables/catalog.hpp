#pragma once

#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Names and numbers of what a group declares: text of people into mutations. For the edges of the
/// house; the data path knows numbers only.
/// Pure; any thread.

namespace caucus {

/// The operations of a declaration, in the order of their operation_id: its kind's, or those that
/// it declares.
[[nodiscard]] std::vector<operation_declaration> operations_of(const variable_declaration& of);

class catalog {
public:
  /// As it was at first.
  explicit catalog(const genesis& from);
  explicit catalog(const declarations& now);

  /// By number, those that were removed too.
  [[nodiscard]] std::span<const variable_declaration> variables() const { return variables_; }
  /// Error: unknown_variable, naming the nearest, or all if there are few; or that it was removed.
  [[nodiscard]] result<variable_id> find(std::string_view name) const;
  /// Null: no such variable. Of one that was removed what it was.
  [[nodiscard]] const variable_declaration* at(variable_id id) const;
  /// Null: no such variable or operation.
  [[nodiscard]] const operation_declaration* at(variable_id id, operation_id operation) const;

private:
  std::vector<variable_declaration> variables_;
  std::vector<std::vector<operation_declaration>> operations_; ///< by variable
  std::vector<bool> removed_;                                  ///< by variable
};

/// A mutation from words, as a command line gives them. Byte strings are taken as they are, but the
/// first, a key, as stored_key() says. `author` is who will sign.
/// Errors, each naming what was given and what is allowed: unknown_variable, unknown_operation,
/// wrong_arguments (count, an integer that is none, a size).
[[nodiscard]] result<mutation> parse_mutation(const catalog& with, const peer_id& author,
                                              std::string_view variable, std::string_view operation,
                                              std::span<const std::string> arguments);

/// "<peer id>/": what the keys of this author's own entries begin with.
[[nodiscard]] std::string own_prefix(const peer_id& author);
inline constexpr std::size_t own_prefix_size = 53;

/// The key as it is stored, for whoever writes and whoever reads: where writers have own entries,
/// one without "<peer id>/" in front gets `author`'s, so that people need not type it. The empty
/// key, which stands for the variable itself, stays.
[[nodiscard]] std::string stored_key(const variable_declaration& of, const peer_id& author,
                                     std::string_view key);
/// The same; of a variable that is not declared the key as it is.
[[nodiscard]] std::string stored_key(const catalog& names, const peer_id& author,
                                     std::string_view variable, std::string_view key);

// -- how numbers are stored ----------------------------------------------------------------------

/// 8 bytes, little endian: counters, entry counts, batch numbers.
inline constexpr std::size_t stored_number_size = 8;
[[nodiscard]] bytes stored_number(std::uint64_t number);
/// Error: wrong_arguments: not 8 bytes.
[[nodiscard]] result<std::uint64_t> read_stored_number(bytes_view value);

} // namespace caucus
