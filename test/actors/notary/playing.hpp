#pragma once

#include "actors/notary/group_entries.hpp"
#include "actors/notary/rule_set.hpp"
#include "actors/notary/tip_state.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "test/actors/notary/changing.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// A group whose board two versions of C++ rules keep.

namespace caucus::testing {

inline constexpr variable_id board_id{6};

inline genesis with_board() {
  auto out = small_genesis(4);
  auto board = declared("board", variable_kind::custom);
  board.writers = writers::anyone;
  board.operations = {{"mark", {argument_kind::byte_string}}};
  out.variables.push_back(board);
  return out;
}

inline variable_declaration board_with_wipe() {
  auto out = with_board().variables.back();
  out.operations.push_back({"wipe", {}});
  return out;
}

inline rules first() {
  return rules{"game", 1}.on("board", "mark", [](state_edit& board, const call& by) {
    board.put(by.arguments[0].text(), "one");
    return permit();
  });
}

/// Marks otherwise, and wipes.
inline rules second(migration migrate = {}) {
  return rules{"game", 2}
    .on("board", "mark",
        [](state_edit& board, const call& by) -> result<void> {
          if (by.arguments[0].text().size() > 3) {
            return refuse("too long a name");
          }
          board.put(by.arguments[0].text(), "two");
          return permit();
        })
    .on("board", "wipe",
        [](state_edit& board, const call&) {
          board.erase("a");
          return permit();
        })
    .on_change(std::move(migrate))
    .after(first());
}

inline change_rules to_second() {
  change_rules out{{board_with_wipe()}, {}};
  out.code = rules_id{"game", 2};
  return out;
}

struct playing : changing {
  explicit playing(migration migrate = {})
      : changing{1, with_board(), {}, second(std::move(migrate))} {
    propose(0, "board", "mark", {"a"});
    propose(0, "board", "mark", {"bbbb"});
    propose(0, "score", "add", {"7"});
    propose(0, "tags", "insert", {"red"});
    order();
  }
  void decide(const change_rules& what) {
    want(what, voters().size());
    make_final(make_block(at(0).held));
    make_final(make_block({}));
  }
  receipt becomes(std::size_t who, const char* variable, const char* operation,
                  std::vector<std::string> arguments) {
    const auto tag = propose(who, variable, operation, std::move(arguments));
    order();
    return receipt_for(who, tag).value();
  }
  /// What the ledger leads to, by a program that brings these.
  [[nodiscard]] result<tip_state> replayed(const rules& by) {
    tip_state out = first_tip(from(), compile_rules(from(), by).value());
    for (const auto& one : at(0).kept.ledger) {
      CAUCUS_TRY(auto next, replay(out, *one, nullptr));
      out = std::move(next.tip);
    }
    return out;
  }
  [[nodiscard]] std::string cell(const std::string& key) {
    const auto tip = replayed(with).value();
    const auto stored = tip.state.get(board_id, as_bytes(key));
    return stored ? std::string{reinterpret_cast<const char*>(stored->data()), stored->size()}
                  : std::string{"none"};
  }
  [[nodiscard]] std::string refusal() {
    const auto book = read_group(replayed(with).value().state, first_book(from()));
    return book.refused ? book.refused->reason : std::string{"none"};
  }
  [[nodiscard]] bool all_have_one_state() {
    const auto id = digest_of(blocks.back()->header);
    for (std::size_t i = 1; i < size(); ++i) {
      if (at(i).roots.at(id).state_root != at(0).roots.at(id).state_root) {
        return false;
      }
    }
    return true;
  }
  rules with = second();
};

} // namespace caucus::testing
