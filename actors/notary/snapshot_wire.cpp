// The codecs of what snapshot_packets.hpp declares.
#include "actors/notary/snapshot_wire.hpp"
#include "runtime/archive/codec_for.hpp"

CAUCUS_CODEC_FOR(caucus::snapshot_request)
CAUCUS_CODEC_FOR(caucus::snapshot_response)
