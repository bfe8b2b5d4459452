#pragma once

#include "actors/notary/answer_check.hpp"
#include "messages/block.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/proof.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

/// Checks that an answer shows whatever was acknowledged, anywhere, before its asker made a nonce:
/// with the genesis alone, trusting nobody.
/// Pure; any thread.
///
/// n members, f may lie, q = n - f. Of q members of one epoch each signs the nonce, the epoch and a
/// *bound*: a header such that it never signed `finalize` for one of a later view of this epoch.
/// Let m be a mutation that was acknowledged before the nonce was made: then q members of m's epoch
/// had signed `finalize` for a block d that is m's or descends from it, in a view w, say.
///
/// m is of that epoch: two quorums share an honest member, which signed `finalize` for d first and
/// its bound later: so its bound is of view w or above. Let a be the header that certifies the
/// answer; it is final, and shows the state before a's own block. Of final blocks the one of a
/// later view descends from the others (actors/consensus/README.md). So the bound is *covered*, and
/// m is in what a shows, if
/// - a is of a later epoch than the bound, or of its epoch and a later view: d is an ancestor of a;
/// or
/// - a is the bound and lists nothing: d is an ancestor of a, or a itself, which then is not m's
/// block. Nothing here rests on heights: of a block that was notarized and then abandoned, an
/// honest member's bound may be higher than what the group goes on with.
///
/// m is of an earlier epoch: each bound is of that epoch's end or behind it, and d is an ancestor
/// of it.
///
/// m is of a later epoch: then the attested one had ended, by q of its members who had signed
/// `finalize` for a block that ends it. An honest one of them attests nothing for it any more: who
/// signed for such a block waits until the next epoch has begun for it.

namespace caucus {

/// See above. `certified` is final.
[[nodiscard]] bool covers(const block_header& certified, const block_header& bound);

/// The member of this epoch signed it for this nonce, and if `shown` is there it is a notarization
/// or finalization of the bound. 100 µs a signature. Errors: wrong_epoch: its members, or the
/// bound's, are not known; unknown_member, wrong_group, bad_signature; bad_certificate.
struct attestation_claim {
  epoch in; ///< the member's
  const attestation& what;
  const certificate* shown = nullptr; ///< may be null
};
[[nodiscard]] result<void> verify_attestation(const genesis& of, const committees& voters,
                                              const network_id& network, const fresh_nonce& nonce,
                                              const attestation_claim& claim,
                                              const signature_check& check);

/// The answer under `certified`, which is verified already, misses nothing that was acknowledged
/// before `what.nonce` was made. Whether that is one's own nonce only its maker can tell. q to n
/// signature checks. Errors: bad_proof (too few or doubled members, a bound that is not covered);
/// those above.
[[nodiscard]] result<void> verify_freshness(const genesis& of, const committees& known,
                                            const network_id& network,
                                            const block_header& certified, const freshness& what,
                                            const signature_check& check);

} // namespace caucus
