#pragma once

#include "messages/block.hpp"
#include "messages/bytes.hpp"
#include "messages/committee.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <functional>

/// Whether a certificate is one.
/// Pure; any thread.

namespace caucus {

/// Checks one signature; as caucus::verify of runtime/base/ed25519.hpp. The simulation gives a
/// cheaper one.
using signature_check = std::function<bool(const peer_id&, const signature&, bytes_view)>;

/// It is of a finalization of this header; its signatures are not looked at.
[[nodiscard]] bool finalizes(const certificate& what, const block_header& header);

/// A quorum of the group's members signed it. `voters` are those of its epoch. q signature
/// checks, about 100 µs each. Error: bad_certificate.
[[nodiscard]] result<void> verify_certificate(const committee& voters, group_id group,
                                              const network_id& network, const certificate& what,
                                              const signature_check& check);

} // namespace caucus
