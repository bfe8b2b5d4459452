#include "apps/caucus/fresh_check.hpp"

#include "actors/notary/freshness.hpp"
#include "actors/notary/proof_json.hpp"
#include "messages/try.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/text.hpp"

namespace caucus::cli {

result<std::optional<freshness>> check_fresh(const known_network& network, const answer& what,
                                             std::string_view text,
                                             const std::optional<fresh_nonce>& nonce) {
  auto out = freshness_from_json(text);
  if (!out) {
    return out;
  }
  if (nonce && !*out) {
    return fail(errc::bad_proof, "nothing shows that the answer is fresh");
  }
  if (nonce && (*out)->nonce != *nonce) {
    return fail(errc::bad_proof, "the answer is fresh for another question: its nonce is "
                                   + to_hex((*out)->nonce.view()) + ", asked was "
                                   + to_hex(nonce->view()));
  }
  if (*out) {
    CAUCUS_TRY_VOID(verify_freshness(network.genesis, network.epochs.voters, network.network,
                                     what.header, **out, caucus::verify));
  }
  return out;
}

std::string fresh_words(const known_network& network, const freshness& what) {
  const auto* const voters = network.epochs.voters.of(what.epoch);
  return "fresh by the word of " + std::to_string(what.attestations.size())
         + (voters == nullptr ? std::string{} : " of " + std::to_string(voters->size()))
         + " members";
}

} // namespace caucus::cli
