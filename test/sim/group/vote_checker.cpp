#include "test/sim/group/vote_checker.hpp"

#include "runtime/archive/signing.hpp"
#include "test/sim/keys.hpp"

namespace caucus::sim {

void vote_checker::said(node_index who, const voting::message& what) {
  if (const auto* const cast = std::get_if<vote>(&what)) {
    auto& words = words_[{who, {cast->subject.epoch, cast->subject.view}}];
    const auto at = " in view " + std::to_string(cast->subject.view.value());
    if (!is_at(who, cast->signer, cast->subject.epoch)) {
      verdict_.fail(who, "votes as another" + at);
    }
    if (cast->subject.kind == vote_kind::nullify) {
      nullified_[{cast->subject.epoch, cast->subject.view}].insert(who);
    }
    hold(who, words.votes, cast->subject);
    const auto written = words.kept.find(cast->subject.kind);
    const bool is_over = cast->subject.epoch < begins_in_[who];
    if (keeps_ && !is_over
        && (written == words.kept.end() || written->second != cast->subject.digest)) {
      verdict_.fail(who, "says a vote that its journal does not have" + at);
    }
  } else if (const auto* const made = std::get_if<certificate>(&what)) {
    // Its own vote may never have gone alone: cast before there was a link.
    for (member_index i; made->subject.kind == vote_kind::nullify && i.value() < members_max;
         i = i.next()) {
      if ((made->signers & bit_of(i)) != 0 && is_at(who, i, made->subject.epoch)) {
        nullified_[{made->subject.epoch, made->subject.view}].insert(who);
      }
    }
  } else if (const auto* const said = std::get_if<proposal>(&what)) {
    auto& words = words_[{who, {said->block.header.epoch, said->block.header.view}}];
    const auto id = digest_of(said->block.header);
    if (words.proposed.value_or(id) != id) {
      verdict_.fail(who, "two headers in view " + std::to_string(said->block.header.view.value()));
    }
    words.proposed = id;
  }
}

void vote_checker::kept(node_index who, const vote& what) {
  auto& words = words_[{who, {what.subject.epoch, what.subject.view}}];
  const bool fresh = hold(who, words.kept, what.subject);
  if (fresh && what.subject.kind == vote_kind::notarize
      && words.kept.contains(vote_kind::nullify)) {
    verdict_.fail(who,
                  "notarize after nullify in view " + std::to_string(what.subject.view.value()));
  }
}

/// The node is that member of the epoch.
bool vote_checker::is_at(node_index who, member_index index, epoch in) const {
  const auto* const voters = history_ == nullptr ? nullptr : history_->voters.of(in);
  return voters == nullptr ? in == first_epoch && index.value() == who
                           : voters->index_of(peer_of(who)) == index;
}

/// True: it is new.
bool vote_checker::hold(node_index who, std::map<vote_kind, digest>& votes, const subject& what) {
  const auto at = " in view " + std::to_string(what.view.value());
  const auto [found, fresh] = votes.try_emplace(what.kind, what.digest);
  if (found->second != what.digest) {
    verdict_.fail(who, "two votes of one kind" + at);
  }
  if (votes.contains(vote_kind::nullify) && votes.contains(vote_kind::finalize)) {
    verdict_.fail(who, "nullify and finalize" + at);
  }
  return fresh;
}

void vote_checker::finalized(node_index who, const block_finalized& what) {
  const auto at = what.block->header.height;
  if (next_[who] != at) {
    verdict_.fail(who, "told of height " + std::to_string(at.value()) + " out of turn");
  }
  next_[who] = at.next();
  if (final_.try_emplace(at, what.id).first->second != what.id) {
    verdict_.fail(who, "another final block at height " + std::to_string(at.value()));
  }
  headers_.try_emplace(at, what.block->header);
  if (const auto before = headers_.find(height{at.value() - 1}); before != headers_.end()) {
    follows(who, what.block->header, before->second);
  }
}

void vote_checker::follows(node_index who, const block_header& next, const block_header& before) {
  const auto at = "the final block at height " + std::to_string(next.height.value());
  const bool begins = next.epoch != before.epoch; // an epoch: its views begin anew
  const auto since = begins ? view{} : before.view;
  if (next.parent != digest_of(before) || next.parent_view != since || next.view <= since
      || (begins && next.epoch != before.epoch.next())) {
    verdict_.fail(who, at + " does not follow the one before");
  }
  if (next.time < before.time) {
    verdict_.fail(who, at + " is earlier than the one before");
  }
  const auto* const voters = history_ == nullptr ? nullptr : history_->voters.of(next.epoch);
  const auto needed = nullifiers_ ? nullifiers_(voters == nullptr ? committee{} : *voters) : 0;
  for (auto in = since.next(); in < next.view; in = in.next()) {
    if (nullified_[{next.epoch, in}].size() < needed) {
      verdict_.fail(who,
                    at + " skips view " + std::to_string(in.value()) + ", which too few nullified");
    }
  }
}

} // namespace caucus::sim
