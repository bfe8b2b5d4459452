#pragma once

#include "runtime/archive/signing.hpp"
#include "test/sim/group/adversary/adversary.hpp"

#include <map>
#include <optional>

/// Lies to fresh readers, in turn: says that it knows no more than it did at first, and signs that;
/// gives an old attestation again; makes a header up.

namespace caucus::sim {

class false_attester final : public adversary {
public:
  explicit false_attester(const network_id& network) : network_{network} {}

  using adversary::say;
  void hear(const notary_words& what, std::size_t from) override {
    if (const auto* const asked = std::get_if<attest_request>(&what)) {
      nonces_[from] = asked->nonce;
    }
  }
  [[nodiscard]] std::optional<notary_words> say(const notary_words& honest, std::size_t to,
                                                const member_key& key) override {
    auto out = honest;
    auto* const said = std::get_if<attest_response>(&out);
    if (said == nullptr || !said->attestation) {
      return out;
    }
    if (!first_) {
      first_ = *said;
    }
    switch (++lies % 4) {
      case 0: *said = *first_; break; // for another nonce
      case 1:
        said->attestation->bound.height = height{said->attestation->bound.height.value() + 100};
        said->attestation->bound.view = view{said->attestation->bound.view.value() + 1'000};
        said->attestation->signature = signed_for(to, said->attestation->bound, key);
        break;
      default:
        said->attestation->bound = first_->attestation->bound;
        said->shown = first_->shown;
        said->attestation->signature = signed_for(to, said->attestation->bound, key);
    }
    return out;
  }

  std::size_t lies = 0;

private:
  [[nodiscard]] signature signed_for(std::size_t to, const block_header& bound,
                                     const member_key& key) const {
    const auto nonce = nonces_.find(to);
    return key.sign(signed_bytes(network_, nonce == nonces_.end() ? fresh_nonce{} : nonce->second,
                                 bound, epoch{}));
  }

  network_id network_;
  std::map<std::size_t, fresh_nonce> nonces_; ///< the last that each node asked with
  std::optional<attest_response> first_;
};

} // namespace caucus::sim
