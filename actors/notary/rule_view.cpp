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

bool has_entries(variable_kind kind) {
  return kind == variable_kind::set || kind == variable_kind::map || kind == variable_kind::custom;
}

} // namespace

std::optional<std::int64_t> rule_view::number(std::string_view variable) const {
  const auto id = of_.names().find(variable);
  if (!id) {
    return std::nullopt;
  }
  const auto& declared = *of_.names().at(*id);
  const auto& path = of_.empty_path(*id);
  if (has_entries(declared.kind)) {
    return static_cast<std::int64_t>(on_.count(*id, path));
  }
  if (declared.kind != variable_kind::counter) {
    return std::nullopt;
  }
  const auto stored = on_.tree().get(path);
  const auto value = stored ? read_stored_number(*stored) : fail(errc::wrong_arguments);
  return value ? static_cast<std::int64_t>(*value) : declared.initial;
}

std::optional<std::string_view> rule_view::text(std::string_view variable) const {
  const auto id = of_.names().find(variable);
  return id && of_.names().at(*id)->kind == variable_kind::reg
           ? text_at(on_.tree(), of_.empty_path(*id))
           : std::nullopt;
}

std::optional<std::string_view> rule_view::text(std::string_view variable,
                                                std::string_view key) const {
  const auto id = of_.names().find(variable);
  if (!id || key.empty() || !has_entries(of_.names().at(*id)->kind)) {
    return std::nullopt; // under the empty key lies the count
  }
  return text_at(on_.tree(), path_of(*id, as_bytes(key)));
}

} // namespace caucus
