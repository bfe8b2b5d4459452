#include "actors/first_rules.hpp"

#include "actors/notary/rule_set.hpp"
#include "actors/notary/rules_name.hpp"
#include "runtime/folder_network.hpp"
#include "runtime/variables/rules_text.hpp"

#include <string>

namespace caucus {

namespace {

/// Two nodes that chose otherwise would be of two networks, and wait for one another for ever.
result<void> is_clear(const genesis& from, const rules& with) {
  const auto fitting = fitting_rules(from, with);
  if (fitting.size() < 2) {
    return {};
  }
  std::string all;
  for (const auto& one : fitting) {
    all += (all.empty() ? "" : " and ") + to_text(one);
  }
  return fail(errc::wrong_network,
              "the genesis does not say with which C++ rules its network began, and this program "
              "brings "
                + all + ", which both fit: put the line rules = \"" + to_text(fitting.front())
                + "\", or which it was, on top of the genesis file, of each node");
}

} // namespace

result<void> settle_first_rules(genesis& from, const rules& with,
                                const std::filesystem::path& folder) {
  if (from.rules || with.former().empty()) {
    return {}; // with one version there is nothing to choose
  }
  const auto kept = folder_network(folder);
  if (!kept) {
    return {}; // a file that is none, which whoever claims the folder says
  }
  if (!*kept) {
    return is_clear(from, with);
  }
  const auto began_with = [&](const rules& one) {
    return one.id() && network_id_with(from, *one.id()) == **kept;
  };
  if (began_with(with)) {
    from.rules = with.id();
    return {};
  }
  for (const auto& one : with.former()) {
    if (began_with(one)) {
      from.rules = one.id();
      break;
    }
  }
  return {};
}

} // namespace caucus
