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

std::string edge_table_markdown(const std::vector<edge_row>& edges) {
  std::string out = "| from | to | items | capacity | when full |\n|---|---|---|---|---|\n";
  for (const auto& row : edges) {
    out += "| " + row.from + " | " + row.to + " | `" + row.type + "` | "
           + std::to_string(row.capacity) + " | " + std::string{to_string(row.policy)} + " |\n";
  }
  return out;
}

} // namespace caucus
