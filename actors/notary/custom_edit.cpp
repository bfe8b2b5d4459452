#include "actors/notary/custom_edit.hpp"

#include <algorithm>

namespace caucus {

namespace {

std::string_view text_of(bytes_view what) {
  return {reinterpret_cast<const char*>(what.data()), what.size()};
}

} // namespace

std::optional<std::string_view> custom_edit::get(std::string_view key) const {
  const auto found =
    std::find_if(edits_.begin(), edits_.end(), [&](const edited& one) { return one.key == key; });
  if (found != edits_.end()) {
    return found->value ? std::optional<std::string_view>{*found->value} : std::nullopt;
  }
  if (key.empty()) { // the entry count stands there
    return std::nullopt;
  }
  const auto stored = on_.tree().get(path_of(id_, as_bytes(key)));
  return stored ? std::optional{text_of(*stored)} : std::nullopt;
}

custom_edit::edited* custom_edit::at(std::string_view key) {
  const auto found =
    std::find_if(edits_.begin(), edits_.end(), [&](const edited& one) { return one.key == key; });
  if (found != edits_.end()) {
    return &*found;
  }
  if (key.empty() || key.size() > of_.key_size || edits_.size() >= edits_max) {
    broken_ = broken_.empty() ? "the rule broke a limit: a key's size, or its edits" : broken_;
    return nullptr;
  }
  edits_.push_back({std::string{key}, path_of(id_, as_bytes(key)), std::nullopt});
  return &edits_.back();
}

void custom_edit::put(std::string_view key, std::string_view value) {
  if (value.size() > of_.value_size) {
    broken_ = broken_.empty() ? "the rule broke a limit: a value's size" : broken_;
    return;
  }
  // The value may be a view into what is edited here.
  std::string copy{value};
  if (auto* const one = at(key); one != nullptr) {
    one->value = std::move(copy);
  }
}

void custom_edit::erase(std::string_view key) {
  if (auto* const one = at(std::string{key}); one != nullptr) {
    one->value.reset();
  }
}

result<void> custom_edit::run(const rule& what, const call& by) {
  try {
    if (auto said = what(*this, by); !said) {
      // Codes of other modules would mean something else to whoever reads the receipt.
      return fail(errc::refused_by_rule, std::move(said.error().detail));
    }
  } catch (...) { // of any type: on every replica alike
    return fail(errc::refused_by_rule, "the rule threw");
  }
  return broken_.empty() ? keep() : fail(errc::refused_by_rule, broken_);
}

result<void> custom_edit::keep() {
  auto count = on_.count(id_, empty_path_);
  for (const auto& one : edits_) {
    const bool was = on_.tree().get(one.path).has_value();
    if (one.value && !was && on_.tree().occupied(one.path)) {
      return fail(errc::out_of_bounds, "a key's hash is another's");
    }
    count += (one.value ? 1U : 0U);
    count -= (was ? 1U : 0U);
  }
  if (count > of_.entries && count > on_.count(id_, empty_path_)) {
    return fail(errc::out_of_bounds, "it is full: " + std::to_string(of_.entries) + " entries");
  }
  for (const auto& one : edits_) {
    if (one.value) {
      on_.put(one.path, as_bytes(one.key), as_bytes(*one.value));
    } else if (on_.tree().get(one.path)) {
      on_.erase(one.path);
    }
  }
  on_.count(id_, empty_path_) = count;
  return {};
}

} // namespace caucus
