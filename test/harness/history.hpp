#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Whether what users saw of one register can have happened one after the other, each operation at
/// a moment between its beginning and its end: linearizability (Herlihy & Wing, TOPLAS 1990).
/// Source: Wing & Gong, "Testing and verifying concurrent objects" (JPDC 1993), with the memory of
/// Lowe's "Testing for linearizability" (2017), as Porcupine has it. A history of many registers is
/// linearizable if each one's is, so ask for each alone.
/// Pure; any thread.

namespace caucus::harness {

/// One user's read or write of the register.
struct operation {
  bool is_write = false;
  std::optional<std::string> value; ///< written or seen; none: absent
  std::int64_t begin = 0;           ///< any unit that rises
  /// None: nobody was told how it ended, so it may have happened at any time since, or never. A
  /// read without an end says nothing.
  std::optional<std::int64_t> end{};
  std::string who{}; ///< for people
};

/// So many different sets of what may have happened are looked at: some 200 MiB.
inline constexpr std::size_t history_states_max = 1'000'000;

/// Of a register that is absent at first. Empty: it is linearizable. Else what is not, for people;
/// also if that was not found out within `states_max`. Exponential in the operations that overlap,
/// so keep those below some thirty.
[[nodiscard]] std::string check_register(const std::vector<operation>& history,
                                         std::size_t states_max = history_states_max);

} // namespace caucus::harness
