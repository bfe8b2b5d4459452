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

bool all_good(const consensus_keys& with, const std::vector<voting::claim>& claims) {
  return std::all_of(claims.begin(), claims.end(), [&with](const voting::claim& one) {
    const auto what = std::visit(
      [&with](const auto& on) { return bytes_of(with.network, with.group, on); }, one.subject);
    return with.scheme.verify(with.members.at(one.signer.value()), one.signature, what);
  });
}

} // namespace caucus
