#pragma once

#include "actors/notary/rules.hpp"

/// The same rules; what they throw is in this node's log, with variable and operation, each cause
/// once in a while. The receipt does not say it: what() may differ between replicas.
/// Main thread; what it gives is called where rules are.

namespace caucus {

[[nodiscard]] rules logged(const rules& with);

} // namespace caucus
