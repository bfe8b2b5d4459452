#include "actors/notary/notary_parts.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"

namespace caucus {

void notary::parts::on(notary_in::peer_asked& what, const notary_turn& t) {
  std::visit(
    overloaded{[&](const batch_request& one) {
                 serving.asked(what.link, what.msg_id, one, {oldest, durable}, t);
               },
               [&](const chain_request& one) {
                 serving.asked(what.link, what.msg_id, one, {oldest, durable}, t);
               },
               [&](const snapshot_request& one) {
                 if (!snapshots.asked(what.link, what.msg_id, one)) {
                   serving.refuse(what.link, what.msg_id, snapshot_response{snapshot_nothing{true}},
                                  t);
                 }
               },
               [&](const attest_request& one) {
                 if (const auto why = reads.peer_asked(what.link, what.msg_id, one)) {
                   serving.refuse(what.link, what.msg_id,
                                  attest_response{std::nullopt, std::nullopt, *why}, t);
                 }
               },
               [&](const read_request& one) {
                 if (const auto why = reads.peer_asked(what.link, what.msg_id, one, t)) {
                   serving.refuse(what.link, what.msg_id, read_response{std::nullopt, *why}, t);
                 }
               }},
    what.request);
}

void notary::parts::serve_peers(const notary_turn& t) {
  serving.answer_batches({oldest, durable}, t);
  reads.serve(serving_portion, t);
  snapshots.serve(serving_portion, oldest, t);
  serving.read_next(t);
}

bool notary::parts::peers_wait() const {
  return halted.empty() && (reads.may_serve() || snapshots.may_serve() || serving.peers_wait());
}

shared_batch notary::parts::batch_here(const digest& id) const {
  auto here = pool.held(id);
  return here != nullptr ? here : recent.batch_of(id);
}

void notary::parts::on(notary_in::loaded& what, const notary_turn& t) {
  static_cast<void>(serving.loaded(what.token, what.blocks, durable, t)
                    || subscriptions.loaded(what.token, what.blocks, t)
                    || receipts.loaded(what.token, what.blocks, t));
}

void notary::parts::on(notary_in::peer_answered& what, const notary_turn& t) {
  if (what.tag >= snapshot_fetch::first_tag) {
    return fetch.answered(what.tag, what.link, std::get_if<snapshot_response>(&what.response), t);
  }
  const auto* const given = std::get_if<batch_response>(&what.response);
  const bool arrived = given != nullptr && given->batch.has_value();
  if (const auto id = puller.answered(what.tag, arrived, given != nullptr && !arrived, t)) {
    if (!arrived || !puller.wants(*id)) {
      return;
    }
    if (digest_of(given->batch->header) != *id) {
      t.want(notary_out::blame{what.link, what.peer, errc::bad_batch, "another than asked for"});
      return puller.retry(*id, t);
    }
    take_batch(std::make_shared<const batch>(*given->batch), what.link, what.peer, t);
    return;
  }
  reads.answered(what.tag, what.response, t);
}

void notary::parts::on(notary_in::answer_checked& what, const notary_turn& t) {
  reads.checked(what.token, std::move(what.how), t);
}

void notary::parts::on(const notary_in::snapshot_checked& what, const notary_turn& t) {
  fetch.checked(what.token, what.how, t);
}

void notary::parts::on(const notary_in::snapshot_refused& what, const notary_turn& t) {
  fetch.refused(what.why, t);
}

void notary::parts::on(const notary_in::attestation_checked& what, const notary_turn& t) {
  reads.attestation_checked(what.token, what.how, t);
}

} // namespace caucus
