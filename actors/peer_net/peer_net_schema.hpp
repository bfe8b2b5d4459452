#pragma once

#include "actors/peer_net/peer_net_config.hpp"
#include "runtime/config.hpp"

/// The keys of the table [net], with what people are told of them.
/// The main thread's.

namespace caucus {

/// Binds every field of `to`, which must outlive the schema. Flags beside their own: --hostname,
/// --port, --join, --maxconns, --messagelength. Ask validate() after loading, for what two keys
/// together must keep.
void bind_keys(config_schema& schema, peer_net_config& to);

} // namespace caucus
