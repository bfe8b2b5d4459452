#include "actors/notary/rule_view.hpp"

#include "runtime/variables/catalog.hpp"

#include <algorithm>
#include <string>

namespace caucus {

namespace {

std::optional<std::string_view> text_at(const state_tree& tree, const digest& path) {
  const auto stored = tree.get(path);
  if (!stored) {
    return std::nullopt;
  }
  return std::string_view{reinterpret_cast<const char*>(stored->data()), stored->size()};
}

} // namespace

std::optional<std::int64_t> rule_view::number(std::string_view variable) const {
  const auto id = of_.names().find(variable);
  if (!id) {
    return std::nullopt;
  }
  const auto& declared = *of_.names().at(*id);
  const auto& path = of_.empty_path(*id);
  const auto& kind = kind_of(declared.kind);
  if (kind.has_entries()) {
    return static_cast<std::int64_t>(on_.count(*id, path));
  }
  if (kind.head != kind_head::number) {
    return std::nullopt;
  }
  const auto stored = on_.tree().get(path);
  const auto value = stored ? read_stored_number(*stored) : fail(errc::wrong_arguments);
  return value ? static_cast<std::int64_t>(*value) : declared.initial;
}

std::optional<std::string_view> rule_view::text(std::string_view variable) const {
  const auto id = of_.names().find(variable);
  return id && kind_of(of_.names().at(*id)->kind).head == kind_head::value
           ? text_at(on_.tree(), of_.empty_path(*id))
           : std::nullopt;
}

std::optional<std::string_view> rule_view::text(std::string_view variable,
                                                std::string_view key) const {
  const auto id = of_.names().find(variable);
  if (!id || key.empty() || !kind_of(of_.names().at(*id)->kind).has_entries()) {
    return std::nullopt; // under the empty key lies the count
  }
  return text_at(on_.tree(), path_of(*id, as_bytes(key)));
}

} // namespace caucus
