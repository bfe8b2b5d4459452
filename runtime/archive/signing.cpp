#include "runtime/archive/signing.hpp"

#include "messages/committee.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/domain.hpp"
#include "runtime/base/little_endian.hpp"

namespace caucus {

digest digest_of(const block_header& header) {
  return named_digest("block header", encode(header));
}

digest digest_of(const batch_header& header) {
  return named_digest("batch header", encode(header));
}

digest payload_digest(std::span<const digest> batches) {
  static_assert(sizeof(digest) == digest::size); // so a span of them is their bytes in a row
  return named_digest("payload", std::as_bytes(batches));
}

network_id network_of(const genesis& from, const digest& rules) {
  auto body = encode(from);
  body.insert(body.end(), rules.raw.begin(), rules.raw.end());
  return network_id{named_digest("genesis", body).raw};
}

std::string_view to_string(vote_kind kind) {
  switch (kind) {
    case vote_kind::notarize: return "notarize";
    case vote_kind::nullify: return "nullify";
    case vote_kind::finalize: return "finalize";
  }
  CAUCUS_ASSERT(false); // decode() lets no other number in
}

bytes signed_bytes(const network_id& network, group_id group, const subject& on) {
  return signed_bytes(network, group, to_string(on.kind), encode(on));
}

bytes signed_bytes(const network_id& network, group_id group, const life& of) {
  return signed_bytes(network, group, "life", encode(of));
}

bytes signed_bytes(const network_id& network, const block_header& proposed) {
  return signed_bytes(network, proposed.group, "proposal", digest_of(proposed).view());
}

bytes signed_bytes(const network_id& network, const batch_header& of) {
  return signed_bytes(network, of.group, "batch", digest_of(of).view());
}

bytes signed_bytes(const network_id& network, const fresh_nonce& nonce, const block_header& bound,
                   epoch in) {
  bytes body(nonce.raw.begin(), nonce.raw.end());
  const auto id = digest_of(bound);
  body.insert(body.end(), id.raw.begin(), id.raw.end());
  if (in != first_epoch) {
    append_little_endian(body, in.value());
  }
  return signed_bytes(network, bound.group, "attest", body);
}

} // namespace caucus
