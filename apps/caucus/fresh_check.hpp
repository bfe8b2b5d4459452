#pragma once

#include "apps/caucus/node_access.hpp"
#include "messages/proof.hpp"
#include "messages/result.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What a fresh answer's text says of its freshness, checked here. Main thread.

namespace caucus::cli {

/// `what`, verified already, and the freshness that `text` has beside it. Nothing: it is no fresh
/// answer. With a `nonce` it must be one, and of that nonce. Errors: file_malformed, bad_proof,
/// those of verify_freshness().
[[nodiscard]] result<std::optional<freshness>> check_fresh(const known_network& network,
                                                           const answer& what,
                                                           std::string_view text,
                                                           const std::optional<fresh_nonce>& nonce);

/// "fresh by the word of 3 of 4 members".
[[nodiscard]] std::string fresh_words(const known_network& network, const freshness& what);

} // namespace caucus::cli
