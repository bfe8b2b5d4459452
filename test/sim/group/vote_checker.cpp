#include "test/sim/group/vote_checker.hpp"

#include "runtime/archive/signing.hpp"

namespace caucus::sim {

void vote_checker::said(node_index who, const voting::message& what) {
  if (const auto* const cast = std::get_if<vote>(&what)) {
    auto& words = words_[{who, cast->on.in}];
    const auto at = " in view " + std::to_string(cast->on.in.value());
    if (cast->from.value() != who) {
      verdict_.fail(who, "votes as another" + at);
    }
    if (cast->on.kind == vote_kind::nullify) {
      nullified_[cast->on.in].insert(who);
    }
    hold(who, words.votes, cast->on);
    const auto written = words.kept.find(cast->on.kind);
    if (keeps_ && (written == words.kept.end() || written->second != cast->on.of)) {
      verdict_.fail(who, "says a vote that its journal does not have" + at);
    }
  } else if (const auto* const made = std::get_if<certificate>(&what)) {
    // Its own vote may never have gone alone: cast before there was a link.
    if (made->on.kind == vote_kind::nullify && (made->signers >> who & 1U) != 0) {
      nullified_[made->on.in].insert(who);
    }
  } else if (const auto* const said = std::get_if<proposal>(&what)) {
    auto& words = words_[{who, said->what.header.in}];
    const auto id = digest_of(said->what.header);
    if (words.proposed.value_or(id) != id) {
      verdict_.fail(who, "two headers in view " + std::to_string(said->what.header.in.value()));
    }
    words.proposed = id;
  }
}

void vote_checker::kept(node_index who, const vote& what) {
  auto& words = words_[{who, what.on.in}];
  const bool fresh = hold(who, words.kept, what.on);
  if (fresh && what.on.kind == vote_kind::notarize && words.kept.count(vote_kind::nullify) != 0) {
    verdict_.fail(who, "notarize after nullify in view " + std::to_string(what.on.in.value()));
  }
}

/// True: it is new.
bool vote_checker::hold(node_index who, std::map<vote_kind, digest>& votes, const subject& what) {
  const auto at = " in view " + std::to_string(what.in.value());
  const auto [found, fresh] = votes.try_emplace(what.kind, what.of);
  if (found->second != what.of) {
    verdict_.fail(who, "two votes of one kind" + at);
  }
  if (votes.count(vote_kind::nullify) != 0 && votes.count(vote_kind::finalize) != 0) {
    verdict_.fail(who, "nullify and finalize" + at);
  }
  return fresh;
}

void vote_checker::finalized(node_index who, const block_finalized& what) {
  const auto at = what.what->header.at;
  if (next_[who] != at) {
    verdict_.fail(who, "told of height " + std::to_string(at.value()) + " out of turn");
  }
  next_[who] = at.next();
  if (final_.try_emplace(at, what.id).first->second != what.id) {
    verdict_.fail(who, "another final block at height " + std::to_string(at.value()));
  }
  headers_.try_emplace(at, what.what->header);
  if (const auto before = headers_.find(height{at.value() - 1}); before != headers_.end()) {
    follows(who, what.what->header, before->second);
  }
}

void vote_checker::follows(node_index who, const block_header& next, const block_header& before) {
  const auto at = "the final block at height " + std::to_string(next.at.value());
  if (next.parent != digest_of(before) || next.parent_view != before.in || next.in <= before.in) {
    verdict_.fail(who, at + " does not follow the one before");
  }
  if (next.time < before.time) {
    verdict_.fail(who, at + " is earlier than the one before");
  }
  for (auto in = before.in.next(); in < next.in; in = in.next()) {
    if (nullified_[in].size() < nullifiers_) {
      verdict_.fail(who,
                    at + " skips view " + std::to_string(in.value()) + ", which too few nullified");
    }
  }
}

} // namespace caucus::sim
