#pragma once

#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"
#include "runtime/variables/argument_view.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

/// What a kind's operation gets, changes and says. The notary holds the state itself.
/// Pure.

namespace caucus {

/// Why a mutation was refused; a code of 0: it was applied.
struct outcome {
  errc code{};
  std::string reason; ///< <= reason_size_max

  [[nodiscard]] bool applied() const { return code == errc{}; }
};

/// A longer reason is cut.
[[nodiscard]] outcome refused_with(errc code, std::string reason);

/// One variable as a mutation finds it. Each call but path() costs O(log entries) at most.
class variable_state {
public:
  virtual ~variable_state() = default;
  /// Where the entry of a key lies. One hash.
  [[nodiscard]] virtual digest path(bytes_view key) const = 0;
  /// The same of the empty key, which stands for the variable itself: its value, or its entry
  /// count.
  [[nodiscard]] virtual const digest& head() const = 0;
  /// Good until the next change.
  [[nodiscard]] virtual std::optional<bytes_view> get(const digest& path) const = 0;
  /// Another key's entry would share the place.
  [[nodiscard]] virtual bool occupied(const digest& path) const = 0;
  virtual void put(const digest& path, bytes_view key, bytes_view value) = 0;
  virtual void erase(const digest& path) = 0;
  /// Of a kind with entries; changed through the reference.
  [[nodiscard]] virtual std::uint64_t& count() = 0;
};

/// One mutation of one variable, whose arguments are of the operation's number and kinds.
struct variable_change {
  const variable_declaration& declared;
  std::span<const argument_view> arguments;
  variable_state& state;
};

} // namespace caucus
