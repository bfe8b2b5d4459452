#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "runtime/base/secret.hpp"

#include <memory>
#include <span>

/// Ed25519 signatures (RFC 8032): deterministic, so one key says one thing about one text in one
/// way.
/// Pure. A key may be used by many threads at once.

namespace caucus {

/// The 32 random bytes that a secret key grows from; what a key file holds.
using key_seed = secret_bytes<struct key_seed_tag, 32>;

/// A node's secret key, prepared for signing: nothing is parsed for a signature.
/// Move-only, wiped when it goes; only moving from and destroying is allowed after a move.
class secret_key {
public:
  /// About 20 µs. Every seed is a key.
  explicit secret_key(const key_seed& seed);
  secret_key(secret_key&&) noexcept;
  secret_key& operator=(secret_key&&) noexcept;
  ~secret_key();

  /// The public key: who this is.
  [[nodiscard]] const peer_id& id() const;
  /// For a key file or a TLS certificate; nobody else needs it.
  [[nodiscard]] const key_seed& seed() const;

private:
  friend signature sign(const secret_key&, bytes_view);
  struct state;
  std::unique_ptr<state> state_;
};

/// About 20 µs. What is signed starts with its domain: see runtime/base/domain.hpp.
[[nodiscard]] signature sign(const secret_key& key, bytes_view what);

/// About 60 µs. False also for a public key that is no point on the curve or of small order, and
/// for every second way to write a key or a signature. One function everywhere: replicas that check
/// with different rules could disagree on a crafted signature (Chalkias et al., "Taming the many
/// EdDSAs", 2020).
[[nodiscard]] bool verify(const peer_id& who, const signature& by, bytes_view what);

/// How texts are signed and checked: Ed25519. Only a simulation, where nobody attacks, takes cheap
/// hashes in its place.
struct signature_scheme {
  signature (*sign)(const secret_key& key, bytes_view what) = caucus::sign;
  bool (*verify)(const peer_id& who, const signature& by, bytes_view what) = caucus::verify;
};

} // namespace caucus
