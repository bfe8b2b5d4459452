#include "runtime/variables/variable_kinds.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/variables/kind_list.hpp"

namespace caucus {

const kind_definition& kind_of(variable_kind number) {
  const auto place =
    static_cast<std::size_t>(number) - static_cast<std::size_t>(variable_kind_first);
  CAUCUS_ASSERT(place < kind_list.size() && kind_list[place]->number == number);
  return *kind_list[place];
}

const kind_definition* find_kind(std::string_view word) {
  const auto* const found = std::find_if(kind_list.begin(), kind_list.end(),
                                         [word](const auto* one) { return one->word == word; });
  return found == kind_list.end() ? nullptr : *found;
}

variable_kind kind_named(std::string_view word) {
  const auto* const found = find_kind(word);
  CAUCUS_ASSERT(found != nullptr);
  return found->number;
}

std::span<const kind_definition* const> all_kinds() {
  return kind_list;
}

} // namespace caucus
