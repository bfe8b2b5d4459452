#include "actors/consensus/journal_record.hpp"

namespace caucus::voting {

view view_of(const journal_record& what) {
  if (const auto* const mine = std::get_if<voted>(&what)) {
    return mine->what.on.in;
  }
  if (const auto* const block = std::get_if<seen_block>(&what)) {
    return block->what->what.header.in;
  }
  if (const auto* const seen = std::get_if<seen_certificate>(&what)) {
    return seen->what.on.in;
  }
  const auto* const top = std::get_if<ceiling>(&what);
  return top == nullptr ? view{} : top->top;
}

bool binds(const journal_record& what) {
  return !std::holds_alternative<seen_certificate>(what) && !std::holds_alternative<heard_of>(what);
}

} // namespace caucus::voting
