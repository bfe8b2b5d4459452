#include "messages/ordering.hpp"

namespace caucus {

std::string divergence_text(height at, std::string_view ours, std::string_view certified) {
  std::string out = "state diverged at height ";
  out += std::to_string(at.value()) + ": ours " + std::string{ours} + ", certified "
         + std::string{certified};
  out += "; this node neither votes nor serves any more. Its state was damaged, or its program or "
         "rules are not the others'. Make sure that all run the same version; then stop this node, "
         "move ledger.log and state.sqlite out of its folder (not the journals: they hold what it "
         "signed), and start it: it fetches the ledger again";
  return out;
}

bool shows_signature(const certificate& what, const committee& voters, member_index who) {
  return (what.signers & bit_of(who)) != 0
         || (what.subject.kind != vote_kind::nullify && voters.leader_of(what.subject.view) == who);
}

} // namespace caucus
