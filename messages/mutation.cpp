#include "messages/mutation.hpp"

namespace caucus {

std::size_t committed_size(const committed& of) {
  std::size_t out = sizeof of + of.reason.size() + of.mutation.arguments.size() * sizeof(argument);
  for (const auto& one : of.mutation.arguments) {
    const auto* const raw = std::get_if<bytes>(&one);
    out += raw == nullptr ? 0 : raw->size();
  }
  return out;
}

std::size_t committed_size(const committed_block& of) {
  std::size_t out = sizeof of;
  for (const auto& one : of.mutations) {
    out += committed_size(one);
  }
  for (const auto& one : of.announcements) {
    out += sizeof(std::string) + one.size();
  }
  return out;
}

} // namespace caucus
