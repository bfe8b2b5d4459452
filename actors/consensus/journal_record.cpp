#include "actors/consensus/journal_record.hpp"

#include "runtime/base/overloaded.hpp"

namespace caucus::voting {

std::optional<epoch> epoch_of(const consensus_record& what) {
  using maybe = std::optional<epoch>;
  return std::visit(
    overloaded{[](const voted& mine) -> maybe { return mine.vote.subject.epoch; },
               [](const seen_block& block) -> maybe { return block.proposal->block.header.epoch; },
               [](const seen_certificate& seen) -> maybe { return seen.certificate.subject.epoch; },
               [](const ceiling& top) -> maybe { return top.in; },
               [](const doubted&) -> maybe { return std::nullopt; },
               [](const heard_of& known) -> maybe { return known.in; },
               [](const own_life&) -> maybe { return std::nullopt; },
               [](const other_life&) -> maybe { return std::nullopt; }},
    what);
}

view view_of(const consensus_record& what) {
  return std::visit(
    overloaded{[](const voted& mine) { return mine.vote.subject.view; },
               [](const seen_block& block) { return block.proposal->block.header.view; },
               [](const seen_certificate& seen) { return seen.certificate.subject.view; },
               [](const ceiling& top) { return top.top; }, [](const doubted&) { return view{}; },
               [](const heard_of&) { return view{}; }, [](const own_life&) { return view{}; },
               [](const other_life&) { return view{}; }},
    what);
}

view signed_to(const consensus_record& what) {
  return std::visit(
    overloaded{
      [&](const voted&) { return view_of(what); }, [&](const seen_block&) { return view_of(what); },
      [](const ceiling& top) { return top.top; }, [](const seen_certificate&) { return view{}; },
      [](const doubted&) { return view{}; }, [](const heard_of&) { return view{}; },
      [](const own_life&) { return view{}; }, [](const other_life&) { return view{}; }},
    what);
}

bool is_of_lives(const consensus_record& what) {
  return std::visit(
    overloaded{[](const voted&) { return false; }, [](const seen_block&) { return false; },
               [](const seen_certificate&) { return false; }, [](const ceiling&) { return false; },
               [](const doubted&) { return false; }, [](const heard_of&) { return false; },
               [](const own_life&) { return true; }, [](const other_life&) { return true; }},
    what);
}

bool binds(const consensus_record& what) {
  return std::visit(
    overloaded{[](const voted&) { return true; }, [](const seen_block&) { return true; },
               [](const seen_certificate&) { return false; }, [](const ceiling&) { return true; },
               [](const doubted&) { return true; }, [](const heard_of&) { return false; },
               [](const own_life&) { return true; }, [](const other_life&) { return true; }},
    what);
}

} // namespace caucus::voting
