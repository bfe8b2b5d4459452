// The codecs of what nodes vote on: links, blocks, votes.
#include "runtime/archive/codec_for.hpp"
#include "runtime/archive/wire_block.hpp"
#include "runtime/archive/wire_link.hpp"
#include "runtime/archive/wire_vote.hpp"

CAUCUS_CODEC_FOR(caucus::hello)
CAUCUS_CODEC_FOR(caucus::goodbye)
CAUCUS_CODEC_FOR(caucus::ping)
CAUCUS_CODEC_FOR(caucus::pong)
CAUCUS_CODEC_FOR(caucus::node_state_request)
CAUCUS_CODEC_FOR(caucus::node_state)
CAUCUS_CODEC_FOR(caucus::block_header)
CAUCUS_CODEC_FOR(caucus::block)
CAUCUS_CODEC_FOR(caucus::proposal)
CAUCUS_CODEC_FOR(caucus::subject)
CAUCUS_CODEC_FOR(caucus::vote)
CAUCUS_CODEC_FOR(caucus::certificate)
CAUCUS_CODEC_FOR(caucus::proposal_request)
CAUCUS_CODEC_FOR(caucus::proposal_response)
CAUCUS_CODEC_FOR(caucus::certificate_request)
CAUCUS_CODEC_FOR(caucus::certificate_page)
CAUCUS_CODEC_FOR(caucus::tip_request)
CAUCUS_CODEC_FOR(caucus::tip_response)
CAUCUS_CODEC_FOR(caucus::view_request)
CAUCUS_CODEC_FOR(caucus::view_response)
CAUCUS_CODEC_FOR(caucus::life)
CAUCUS_CODEC_FOR(caucus::signed_life)
CAUCUS_CODEC_FOR(caucus::life_request)
CAUCUS_CODEC_FOR(caucus::life_response)
CAUCUS_CODEC_FOR(caucus::chain_request)
CAUCUS_CODEC_FOR(caucus::chain_page)
