#include "actors/consensus/journal_record.hpp"

#include "runtime/base/overloaded.hpp"

namespace caucus::voting {

view view_of(const journal_record& what) {
  return std::visit(overloaded{[](const voted& mine) { return mine.what.on.in; },
                               [](const seen_block& block) { return block.what->what.header.in; },
                               [](const seen_certificate& seen) { return seen.what.on.in; },
                               [](const ceiling& top) { return top.top; },
                               [](const doubted&) { return view{}; },
                               [](const heard_of&) { return view{}; }},
                    what);
}

bool binds(const journal_record& what) {
  return std::visit(
    overloaded{[](const voted&) { return true; }, [](const seen_block&) { return true; },
               [](const seen_certificate&) { return false; }, [](const ceiling&) { return true; },
               [](const doubted&) { return true; }, [](const heard_of&) { return false; }},
    what);
}

} // namespace caucus::voting
