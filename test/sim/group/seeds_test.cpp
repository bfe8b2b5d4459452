#include "test/catch.hpp"
#include "test/sim/group/scenario.hpp"

#include <cstdint>

/// Seeds that found something once, each with what must hold since.

namespace caucus::sim {
namespace {

struct known_seed {
  std::uint64_t seed;
  const char* claim;
};

void must_pass(const known_seed& which) {
  INFO("seed " << which.seed << ": " << which.claim);
  const auto got = run_consensus(which.seed, 0, faults::former);
  CHECK(got.why.empty());
}

TEST_CASE("seeds that broke earlier consensus cores pass") {
  for (const std::uint64_t seed : {174U, 529U, 545U, 852U, 979U}) {
    must_pass({seed, "one end for all, nothing twice"});
  }
}

TEST_CASE("seeds that broke an earlier notary pass") {
  for (const auto& one : {
         known_seed{0, "a disk that is slow or full makes no notary want its next tick at once"},
         known_seed{44, "a read shows what its node's user was told, also after the journal was "
                        "written anew and a restart"},
         known_seed{58, "a batch that a restart found in the ledger is not taken for overtaken by "
                        "the next restart, when the stored state has passed it"},
         known_seed{118, "a block that lists an overtaken batch is executed when its notarization "
                         "comes after the batch has left the pools"},
       }) {
    must_pass(one);
  }
}

TEST_CASE("seeds that broke groups which change their members pass") {
  for (const auto& one : {
         known_seed{0, "a page of the next epoch blames nobody"},
         known_seed{2, "a petition that a member does not agree with yet wakes it no more"},
         known_seed{70, "what ended an epoch is had of newcomers too, in client mode"},
         known_seed{92, "and so are the batches of its last blocks"},
         known_seed{93, "a batch listed while its author was barred is over, for all"},
         known_seed{145, "the same"},
         known_seed{961, "the same"},
       }) {
    INFO("seed " << one.seed << ": " << one.claim);
    const auto got = run_epochs(one.seed);
    CHECK(got.why.empty());
    CHECK(got.epochs > 0);
  }
}

} // namespace
} // namespace caucus::sim
