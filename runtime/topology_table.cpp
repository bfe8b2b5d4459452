#include "runtime/topology_table.hpp"

#include "runtime/base/assert.hpp"

namespace caucus {

std::string_view to_string(when_full policy) {
  switch (policy) {
    case when_full::pause: return "pause";
    case when_full::drop: return "drop";
    case when_full::refuse: return "refuse";
  }
  CAUCUS_ASSERT(false);
}

} // namespace caucus
