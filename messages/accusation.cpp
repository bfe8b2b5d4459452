#include "messages/accusation.hpp"

#include <utility>
#include <variant>

namespace caucus {

namespace {

peer_id key_of(member_index who, const committee& voters) {
  const auto* const found = voters.find(who);
  return found == nullptr ? peer_id{} : found->peer;
}

std::string text_of(const conflicting_votes& what) {
  const auto in = " view " + std::to_string(what.first.subject.view.value());
  if (what.first.subject.kind != what.second.subject.kind) {
    return "voted both to finish and to give up" + in;
  }
  return (what.first.subject.kind == vote_kind::finalize ? "voted to finish two different blocks in"
                                                         : "voted for two different blocks in")
         + in;
}

std::string text_of(const conflicting_proposals& what) {
  const auto first = std::to_string(what.first.height.value());
  const auto second = std::to_string(what.second.height.value());
  return "proposed two different blocks for view " + std::to_string(what.first.view.value())
         + (first == second ? " (height " + first + ")"
                            : " (heights " + first + " and " + second + ")");
}

std::string text_of(const conflicting_batches& what) {
  return "signed two different batches as number " + std::to_string(what.first.number.value());
}

accusation about(const conflicting_votes& what, const committee& voters) {
  accusation out;
  out.member = voters.name_of(what.first.signer);
  out.epoch = what.first.subject.epoch;
  out.peer = key_of(what.first.signer, voters);
  out.kind = "conflicting_votes";
  out.view = what.first.subject.view;
  return out;
}

accusation about(const conflicting_proposals& what, const committee& voters) {
  accusation out;
  out.member = voters.name_of(what.leader);
  out.epoch = what.first.epoch;
  out.peer = key_of(what.leader, voters);
  out.kind = "conflicting_proposals";
  out.view = what.first.view;
  out.height = what.first.height;
  return out;
}

accusation about(const conflicting_batches& what, const committee& voters) {
  accusation out;
  out.peer = what.first.author;
  out.member = voters.name_of(what.first.author);
  out.kind = "conflicting_batches";
  out.number = what.first.number;
  return out;
}

} // namespace

std::optional<epoch> epoch_of(const evidence& what) {
  if (const auto* const votes = std::get_if<conflicting_votes>(&what)) {
    return votes->first.subject.epoch;
  }
  if (const auto* const headers = std::get_if<conflicting_proposals>(&what)) {
    return headers->first.epoch;
  }
  return std::nullopt;
}

accusation accusation_of(const evidence& what, const committee& voters) {
  return std::visit(
    [&voters](const auto& one) {
      auto out = about(one, voters);
      out.text = text_of(one);
      return out;
    },
    what);
}

} // namespace caucus
