#pragma once

#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/vote.hpp"

#include <span>
#include <string_view>

/// What stands for a thing, and what is signed for it. See runtime/base/domain.hpp for the bytes
/// around each body.
/// Pure; any thread.
///
/// | thing | purpose | body that is signed |
/// |---|---|---|
/// | vote | notarize, nullify, finalize | the encoded subject |
/// | proposal | proposal | the header's digest |
/// | batch | batch | the header's digest |
/// | life | life | its number and salt |
/// | attestation | attest | the asker's nonce (16 bytes), then the bound's header's digest; behind
/// the first epoch the epoch (u64) |

namespace caucus {

// -- digests -------------------------------------------------------------------------------------

[[nodiscard]] digest digest_of(const block_header& header);
/// A batch is known by its header's digest: the header holds the body's.
[[nodiscard]] digest digest_of(const batch_header& header);
/// Of the digests of a block's batches, in order.
[[nodiscard]] digest payload_digest(std::span<const digest> batches);
/// Hash of everything that all nodes of a network must agree on. `rules`: digest of the C++ rules'
/// declaration; zero when there are none.
[[nodiscard]] network_id network_of(const genesis& from, const digest& rules = {});

// -- signed bytes --------------------------------------------------------------------------------

/// "notarize", "nullify", "finalize".
[[nodiscard]] std::string_view to_string(vote_kind kind);

[[nodiscard]] bytes signed_bytes(const network_id& network, group_id group, const subject& on);
/// By the member whose node it is.
[[nodiscard]] bytes signed_bytes(const network_id& network, group_id group, const life& of);
/// By the leader of the header's view.
[[nodiscard]] bytes signed_bytes(const network_id& network, const block_header& proposed);
/// By the author.
[[nodiscard]] bytes signed_bytes(const network_id& network, const batch_header& of);
/// By a member of this epoch, of the bound's group.
[[nodiscard]] bytes signed_bytes(const network_id& network, const fresh_nonce& nonce,
                                 const block_header& bound, epoch in);

} // namespace caucus
