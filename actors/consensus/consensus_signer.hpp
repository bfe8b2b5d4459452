#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "messages/ids.hpp"
#include "runtime/base/ed25519.hpp"

#include <memory>
#include <vector>

/// Votes, proposals and lives, signed for one network and group.
/// Pure; any thread.

namespace caucus {

class consensus_signer final : public voting::signer {
public:
  consensus_signer(std::shared_ptr<const secret_key> key, network_id network, group_id group,
                   signature_scheme scheme = {})
      : key_{std::move(key)}, network_{network}, group_{group}, scheme_{scheme} {}

  [[nodiscard]] signature sign(const subject& on) const override;
  [[nodiscard]] signature sign(const digest& header) const override;
  [[nodiscard]] signature sign(const life& mine) const override;

private:
  std::shared_ptr<const secret_key> key_;
  network_id network_;
  group_id group_;
  signature_scheme scheme_;
};

/// What it takes to check others'.
struct consensus_keys {
  network_id network;
  group_id group;
  signature_scheme scheme;
};

/// All claims hold. 100 µs each.
[[nodiscard]] bool all_good(const consensus_keys& with, const voting::check_signatures& what);

} // namespace caucus
