#pragma once

#include "actors/notary/rules.hpp"
#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

/// Reads mutations where they lie in a batch's body, without allocating. The same bytes as
/// runtime/archive writes for a mutation: a test holds the two against one another.
/// Pure; any thread.

namespace caucus {

/// Views into what was read.
struct mutation_view {
  variable_id variable;
  operation_id operation;
  bool of_group = false; ///< see mutation
  std::uint8_t argument_count = 0;
  std::array<argument_view, arguments_max> all;

  [[nodiscard]] std::span<const argument_view> arguments() const {
    return {all.data(), argument_count};
  }
};

/// All of `from` is one mutation. Errors without a text, as it is asked for each mutation of a
/// peer: truncated, trailing_bytes, too_long, out_of_range. `out` is then unspecified.
[[nodiscard]] std::optional<errc> read_mutation(bytes_view from, mutation_view& out);

/// Walks the mutations of a batch's body.
class body_reader {
public:
  explicit body_reader(bytes_view body) : left_{body} {}
  /// The next encoded mutation; empty: the end, or `bad()`.
  [[nodiscard]] bytes_view next();
  [[nodiscard]] bool bad() const { return bad_; }
  [[nodiscard]] bool done() const { return left_.empty(); }

private:
  bytes_view left_;
  bool bad_ = false;
};

/// Appends one encoded mutation to a body. The only copy on its way to the ledger.
void append_mutation(bytes& body, bytes_view encoded);

/// The body is what the header says: sizes, count, each one a mutation. Not its digest. Error:
/// bad_batch. O(body).
[[nodiscard]] result<void> check_body(const batch_header& header, bytes_view body);

/// A copy that owns its bytes.
[[nodiscard]] mutation to_mutation(const mutation_view& from);

} // namespace caucus
