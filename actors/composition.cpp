#include "actors/composition.hpp"

#include "messages/hello.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <string_view>

namespace caucus {

namespace {

// "caucus/0.1.0 (NAME VERSION)", with two bytes for numbers that grow.
static_assert(16 + 2 * program_name_size_max + 3 <= agent_size_max);

bool is_short_and_printable(std::string_view text) {
  return !text.empty() && text.size() <= program_name_size_max
         && std::all_of(text.begin(), text.end(), [](char one) { return one > ' ' && one < 0x7f; });
}

} // namespace

composition::composition(std::string name, std::string version)
    : name_{std::move(name)}, version_{std::move(version)} {
  CAUCUS_ASSERT(is_short_and_printable(name_) && is_short_and_printable(version_));
}

composed::composed(const composition& with) : rules_{with.rules_} {
  for (const auto& declare : with.actors_) {
    actors_.push_back(declare(settings_));
  }
}

result<node_topology> composed::topology(const std::string& version) const {
  auto out = topology_of(settings_.config(), rules_, version);
  if (out) {
    add_to(*out, settings_.config().directory);
  }
  return out;
}

void composed::add_to(node_topology& app, const std::filesystem::path& directory) const {
  for (const auto& make : actors_) {
    make(app, directory);
  }
}

} // namespace caucus
