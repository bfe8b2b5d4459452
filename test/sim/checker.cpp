#include "test/sim/checker.hpp"

#include "messages/archive/signing.hpp"

namespace caucus::sim {

void checker::fail(node_index who, const std::string& what) {
  if (violation_.empty()) {
    violation_ = "node " + std::to_string(who) + ": " + what;
  }
}

void checker::said(node_index who, const voting::message& what) {
  if (const auto* const cast = std::get_if<vote>(&what)) {
    auto& words = words_[{who, cast->on.in}];
    const auto at = " in view " + std::to_string(cast->on.in.value());
    if (cast->from.value() != who) {
      fail(who, "votes as another" + at);
    }
    const auto [found, fresh] = words.votes.try_emplace(cast->on.kind, cast->on.of);
    if (found->second != cast->on.of) {
      fail(who, "two votes of one kind" + at);
    }
    if (words.votes.count(vote_kind::nullify) != 0 && words.votes.count(vote_kind::finalize) != 0) {
      fail(who, "nullify and finalize" + at);
    }
    if (fresh && cast->on.kind == vote_kind::notarize
        && words.votes.count(vote_kind::nullify) != 0) {
      fail(who, "notarize after nullify" + at);
    }
  } else if (const auto* const said = std::get_if<proposal>(&what)) {
    auto& words = words_[{who, said->what.header.in}];
    const auto id = digest_of(said->what.header);
    if (words.proposed.value_or(id) != id) {
      fail(who, "two headers in view " + std::to_string(said->what.header.in.value()));
    }
    words.proposed = id;
  }
}

void checker::finalized(node_index who, const block_finalized& what) {
  const auto at = what.what->header.at;
  if (next_[who] != at) {
    fail(who, "told of height " + std::to_string(at.value()) + " out of turn");
  }
  next_[who] = at.next();
  if (final_.try_emplace(at, what.id).first->second != what.id) {
    fail(who, "another final block at height " + std::to_string(at.value()));
  }
}

void checker::computed(node_index who, const executed& what) {
  const std::pair roots{what.state_root, what.receipts_root};
  if (roots_.try_emplace(what.id, roots).first->second != roots) {
    fail(who, "other roots of one block");
  }
}

void checker::applied(node_index who, const ledger_entry& what) {
  const auto at = what.what->header.at;
  for (const auto mutation : what.result.applied) {
    if (mutations_.try_emplace(mutation, at).first->second != at) {
      fail(who, "mutation " + std::to_string(mutation) + " applied twice");
    }
  }
  const std::set<std::uint64_t> distinct(what.result.applied.begin(), what.result.applied.end());
  if (distinct.size() != what.result.applied.size()) {
    fail(who, "a mutation applied twice at height " + std::to_string(at.value()));
  }
}

} // namespace caucus::sim
