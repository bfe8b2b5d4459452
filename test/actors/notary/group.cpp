#include "test/actors/notary/group.hpp"

namespace caucus::testing {

void group::perform(node& n, notary_out::persist& what) {
  if (n.disk_works && n.journal_works) {
    n.kept.journal.push_back(std::move(what.record));
    step(n.who, notary_in::persisted{what.token});
  }
}
void group::perform(node& n, notary_out::append& what) {
  if (n.disk_works) {
    n.kept.ledger.push_back(what.block);
    step(n.who, notary_in::appended{what.block->block->header.height});
  }
}
void group::perform(node& n, notary_out::prune& what) {
  CAUCUS_ASSERT(what.below > n.kept.oldest && what.below <= n.kept.state_at);
  n.prunes.push_back(what.below);
  if (!lets_go) {
    return;
  }
  n.kept.oldest = what.below;
  step(n.who, notary_in::pruned{what.below});
}
void group::perform(node& n, notary_out::load& what) {
  notary_in::loaded out{what.token, {}};
  for (auto at = what.first.value(); what.first >= n.kept.oldest && at <= n.kept.ledger.size()
                                     && out.blocks.size() < what.count_max;
       ++at) {
    out.blocks.push_back(n.kept.ledger[at - 1]);
  }
  step(n.who, std::move(out));
}
void group::perform(node& n, notary_out::store_state& what) {
  for (auto& one : what.changed) {
    if (one.value) {
      n.kept.state.insert_or_assign(one.path, std::move(one));
    } else {
      n.kept.state.erase(one.path);
    }
  }
  n.kept.state_at = what.height;
  step(n.who, notary_in::state_stored{what.height});
}
void group::perform(node& n, notary_out::check_batch& what) {
  step(n.who, notary_in::batch_checked{what.token,
                                       check_batch(network_, from_.group, *what.batch, verify)});
}
void group::perform(node& n, notary_out::check_answer& what) {
  step(n.who, notary_in::answer_checked{what.token,
                                        verify_answer(from_, what.history->voters, network_,
                                                      *what.answer, verify, count_alone::taken)});
}
void group::perform(node& n, notary_out::check_attestation& what) {
  step(n.who, notary_in::attestation_checked{
                what.token, verify_attestation(from_, what.history->voters, network_, what.nonce,
                                               {what.response->epoch, *what.response->attestation,
                                                what.shown ? &*what.response->shown : nullptr},
                                               verify)});
}
void group::perform(node& n, notary_out::check_snapshot& what) {
  step(n.who, notary_in::snapshot_checked{
                what.token, check_certified_block(*what.what, {&from_, network_, verify})});
}
void group::perform(node& n, notary_out::keep_snapshot_part& what) {
  if (what.entries.empty()) {
    n.parts.clear();
  }
  n.parts.insert(n.parts.end(), what.entries.begin(), what.entries.end());
}
void group::perform(node& n, notary_out::install_snapshot& what) {
  const auto good = check_certified_state(*what.what, {&from_, network_, verify}, {});
  if (good) {
    n.installed = what.what;
  } else {
    step(n.who, notary_in::snapshot_refused{good.error()});
  }
}
void group::perform(node& n, notary_out::send_batch& what) {
  for (const auto to : what.links) {
    if (auto* const other = reach(to); other != nullptr && n.linked && !drop_batches) {
      // Through its bytes, as over the wire.
      step(other->who, notary_in::batch_arrived{link_to(n.who), n.key->id(),
                                                std::make_shared<const batch>(
                                                  decode<batch>(encode(*what.batch)).value())});
    }
  }
}
void group::perform(node& n, notary_out::request& what) {
  auto* const other = reach(what.link);
  if (other == nullptr || !n.linked) {
    step(n.who, notary_in::peer_answered{what.tag, what.link, {}, errc::link_lost});
    return;
  }
  if (!other->core->halted().empty()) { // it answers nobody, so the link gives up
    step(n.who, notary_in::peer_answered{what.tag, what.link, {}, errc::timed_out});
    return;
  }
  requests_.emplace(++msg_id_, std::pair{n.who, what.tag});
  if (const auto* const asks = std::get_if<snapshot_request>(&what.request)) {
    other->snapshot_asks.push_back(*asks);
  }
  std::visit(
    [&](auto& one) {
      step(other->who, notary_in::peer_asked{link_to(n.who), n.key->id(), msg_id_, one});
    },
    what.request);
}
void group::perform(node& n, notary_out::respond& what) {
  const auto asker = requests_.find(what.msg_id);
  if (auto* const page = std::get_if<chain_page>(&what.response)) {
    pages.push_back(*page);
  } else if (asker != requests_.end()) {
    const auto [who, tag] = asker->second;
    requests_.erase(asker);
    notary_in::peer_answered out{tag, link_to(n.who), n.key->id(), {}};
    if (auto* const one = std::get_if<batch_response>(&what.response)) {
      out.response = std::move(*one);
    } else if (auto* const attests = std::get_if<attest_response>(&what.response)) {
      if (tamper_attests) {
        tamper_attests(n.who, *attests);
      }
      out.response = std::move(*attests);
    } else if (auto* const gives = std::get_if<snapshot_response>(&what.response)) {
      if (tamper_snapshots && !tamper_snapshots(n.who, *gives)) {
        step(who, notary_in::peer_answered{tag, link_to(n.who), n.key->id(), errc::timed_out});
        return;
      }
      out.response = decode<snapshot_response>(encode(*gives)).value(); // as over the wire
    } else {
      auto& read = std::get<read_response>(what.response);
      if (tamper_reads) {
        tamper_reads(n.who, read);
      }
      out.response = std::move(read);
    }
    step(who, std::move(out));
  }
}
void group::perform(node& n, notary_out::blame& what) {
  n.blames.push_back(what);
}
void group::perform(node& n, notary_out::tell& what) {
  if (const auto* const one = std::get_if<committed_answer>(&what.answer); one && take_told) {
    step(n.who, notary_in::asked{what.asker, committed_taken{one->tag}});
  }
  n.answers.push_back(std::move(what.answer));
}
void group::perform(node& n, to_consensus& what) {
  if (const auto* const one = std::get_if<batch_held>(&what)) {
    if (std::find(n.held.begin(), n.held.end(), one->id) == n.held.end()) {
      n.held.push_back(one->id);
    }
  } else if (const auto* const over = std::get_if<batch_gone>(&what)) {
    n.held.erase(std::remove(n.held.begin(), n.held.end(), over->id), n.held.end());
  } else if (const auto* const done = std::get_if<executed>(&what)) {
    n.roots[done->id] = *done;
  } else if (const auto* const wanted = std::get_if<finalize_bound_wanted>(&what)) {
    step(n.who, to_notary{finalize_bound{wanted->tag, n.bound, n.shown,
                                         n.tip ? n.tip->voters->in_epoch() : first_epoch}});
  } else if (const auto* const lost = std::get_if<state_diverged>(&what)) {
    n.diverged = lost->reason;
  } else if (const auto* const lie = std::get_if<own_lie_found>(&what)) {
    n.own_lie = lie->reason;
  } else if (const auto* const begins = std::get_if<ledger_tip>(&what)) {
    n.tip = *begins;
    if (begins->voters->in_epoch() > voters_.back().in_epoch()) {
      voters_.push_back(*begins->voters);
      while (digest_of(blocks.back()->header) != begins->id) {
        blocks.pop_back(); // it only showed that the epoch's last block is final
      }
      tip_ = blocks.back();
    }
    n.roots[begins->id] = {begins->id, begins->state_root, begins->receipts_root};
  }
}

} // namespace caucus::testing
