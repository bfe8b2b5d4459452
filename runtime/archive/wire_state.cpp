// The codecs of what is voted on: mutations, proofs, evidence, the genesis.
#include "runtime/archive/codec_for.hpp"
#include "runtime/archive/wire_closing.hpp"
#include "runtime/archive/wire_evidence.hpp"
#include "runtime/archive/wire_genesis.hpp"
#include "runtime/archive/wire_group.hpp"
#include "runtime/archive/wire_mutation.hpp"
#include "runtime/archive/wire_proof.hpp"
#include "runtime/archive/wire_wish.hpp"

CAUCUS_CODEC_FOR(caucus::mutation)
CAUCUS_CODEC_FOR(caucus::batch_header)
CAUCUS_CODEC_FOR(caucus::batch)
CAUCUS_CODEC_FOR(caucus::batch_request)
CAUCUS_CODEC_FOR(caucus::batch_response)
CAUCUS_CODEC_FOR(caucus::receipt)
CAUCUS_CODEC_FOR(caucus::conflicting_votes)
CAUCUS_CODEC_FOR(caucus::conflicting_proposals)
CAUCUS_CODEC_FOR(caucus::conflicting_batches)
CAUCUS_CODEC_FOR(caucus::evidence)
CAUCUS_CODEC_FOR(caucus::state_proof)
CAUCUS_CODEC_FOR(caucus::proven_entry)
CAUCUS_CODEC_FOR(caucus::answer)
CAUCUS_CODEC_FOR(caucus::receipt_proof)
CAUCUS_CODEC_FOR(caucus::read_request)
CAUCUS_CODEC_FOR(caucus::read_response)
CAUCUS_CODEC_FOR(caucus::attestation)
CAUCUS_CODEC_FOR(caucus::freshness)
CAUCUS_CODEC_FOR(caucus::attest_request)
CAUCUS_CODEC_FOR(caucus::attest_response)
CAUCUS_CODEC_FOR(caucus::genesis)
CAUCUS_CODEC_FOR(caucus::group_directive)
CAUCUS_CODEC_FOR(caucus::membership)
CAUCUS_CODEC_FOR(caucus::petitions)
CAUCUS_CODEC_FOR(caucus::barred_peers)
CAUCUS_CODEC_FOR(caucus::declared_variable)
CAUCUS_CODEC_FOR(caucus::refused_change)
CAUCUS_CODEC_FOR(caucus::rules_id)
CAUCUS_CODEC_FOR(caucus::closing)
CAUCUS_CODEC_FOR(caucus::group_wish)
