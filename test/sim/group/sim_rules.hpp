#pragma once

#include "actors/notary/rules.hpp"
#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The small genesis of the simulation, its users' mutations, each known by a number of its own,
/// and what they must lead to: written down a second time, as simply as can be.

namespace caucus::sim {

inline constexpr wall_ms genesis_time{1'700'000'000'000};

/// The first ones, which users change. What is behind them no model says anything of, but that all
/// nodes come to the same.
inline constexpr std::size_t user_variables = 4;

[[nodiscard]] genesis sim_genesis(std::size_t members,
                                  const std::optional<quotas>& limits = std::nullopt);

/// The variable that C++ rules keep, behind the users', and these: "sim:1", and "sim:2" with what
/// was before, which writes otherwise, and whose migration refuses now and then.
[[nodiscard]] variable_declaration board();
[[nodiscard]] rules first_code();
[[nodiscard]] rules both_codes();

/// The variables that a user may read.
enum class subject_of_read : std::uint8_t { score, note, tags };

/// Encoded. `number` > 0.
[[nodiscard]] bytes mutation_of(std::uint64_t number);
/// None: not one of these.
[[nodiscard]] std::optional<std::uint64_t> number_of(const mutation& what);
/// The key of the note that this mutation puts; none: it puts none.
[[nodiscard]] std::optional<std::string> note_of(std::uint64_t number);

/// The state after each block, by the declared rules.
class sim_model {
public:
  /// A block begins.
  void next() { scores_.push_back(scores_.back()), tag_counts_.push_back(tag_counts_.back()); }
  /// errc{}: it is applied.
  [[nodiscard]] errc apply(std::uint64_t number, bool by_member);

  // After the block of this height; 0: at first.
  [[nodiscard]] std::optional<std::int64_t> score(std::size_t at) const { return scores_[at]; }
  [[nodiscard]] bool has_note(std::uint64_t number, std::size_t at) const;
  [[nodiscard]] std::uint64_t tag_count(std::size_t at) const { return tag_counts_[at]; }

private:
  std::vector<std::optional<std::int64_t>> scores_{std::nullopt}; ///< none: never changed
  std::vector<std::uint64_t> tag_counts_{0};
  std::map<std::uint64_t, std::size_t> notes_; ///< height that put it
};

} // namespace caucus::sim
