#include "actors/first_rules.hpp"

#include "actors/notary/rules_name.hpp"
#include "runtime/folder_network.hpp"

namespace caucus {

void settle_first_rules(genesis& from, const rules& with, const std::filesystem::path& folder) {
  if (from.rules || with.former().empty()) {
    return; // with one version there is nothing to choose
  }
  const auto kept = folder_network(folder);
  if (!kept || !*kept) {
    return;
  }
  const auto began_with = [&](const rules& one) {
    return one.id() && network_id_with(from, *one.id()) == **kept;
  };
  if (began_with(with)) {
    from.rules = with.id();
    return;
  }
  for (const auto& one : with.former()) {
    if (began_with(one)) {
      from.rules = one.id();
      return;
    }
  }
}

} // namespace caucus
