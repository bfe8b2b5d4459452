#pragma once

#include "runtime/base/assert.hpp"

/// The protocol's rules and invariants by number (README.md), asserted in release builds too: what
/// aborts says `rule 2: ...`. Never for what a peer sends or a file holds.

#define CAUCUS_ASSERT_RULE(number, condition)                                                      \
  ((condition) ? static_cast<void>(0)                                                              \
               : ::caucus::assertion_failed("rule " #number ": " #condition, __FILE__, __LINE__))
