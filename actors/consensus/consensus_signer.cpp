#include "actors/consensus/consensus_signer.hpp"

#include "runtime/archive/signing.hpp"
#include "runtime/base/domain.hpp"

#include <algorithm>

namespace caucus {

namespace {

bytes bytes_of(const network_id& network, group_id group, const subject& on) {
  return signed_bytes(network, group, on);
}
bytes bytes_of(const network_id& network, group_id group, const digest& header) {
  return signed_bytes(network, group, "proposal", header.view());
}

} // namespace

signature consensus_signer::sign(const subject& on) const {
  return scheme_.sign(*key_, bytes_of(network_, group_, on));
}

signature consensus_signer::sign(const digest& header) const {
  return scheme_.sign(*key_, bytes_of(network_, group_, header));
}

signature consensus_signer::sign(const life& mine) const {
  return scheme_.sign(*key_, signed_bytes(network_, group_, mine));
}

bool all_good(const consensus_keys& with, const voting::check_signatures& what) {
  return std::all_of(what.claims.begin(), what.claims.end(), [&](const voting::claim& one) {
    const auto* const signer = what.voters->find(one.signer);
    const auto said = std::visit(
      [&with](const auto& on) { return bytes_of(with.network, with.group, on); }, one.subject);
    return signer != nullptr && with.scheme.verify(signer->peer, one.signature, said);
  });
}

} // namespace caucus
