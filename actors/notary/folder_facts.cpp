#include "actors/notary/folder_facts.hpp"

#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <string>

namespace caucus {

bool is_signed_by(const final_block& block, const committee& voters, member_index who) {
  return voters.leader_of(block.block->header.view) == who
         || (block.finalization && shows_signature(*block.finalization, voters, who));
}

void folder_facts::add(const final_block& block, const committee& voters, const peer_id& self) {
  const auto& of = block.block->header;
  tip = of.height;
  const auto who = voters.index_of(self);
  const auto signed_to = who && is_signed_by(block, voters, *who) ? of.view : newest.own_signed;
  newest = {block.id,
            of,
            block.finalization,
            block.state_root,
            block.receipts_root,
            !block.block->batches.empty(),
            nullptr,
            signed_to};
  for (std::size_t i = 0; i < block.batches.size(); ++i) {
    const auto& header = block.batches[i]->header;
    if (block.skipped[i] == 0 && header.author == self) {
      executed = std::max(executed, header.number);
    }
  }
}

void folder_facts::add(const notary_record& record, const peer_id& self) {
  std::visit(
    overloaded{
      [this, &self](const own_record& own) {
        known = std::max(known, own.batch->header.number);
        if (own.batch->header.author != self) {
          author = own.batch->header.author;
        }
      },
      [this](const ceiling_record& ceiling) { known = std::max(known, ceiling.number); },
      [this](const settled_record& settled) { promised = std::max(promised, settled.height); },
      [this](const receipt_record& kept) { promised = std::max(promised, kept.became.height); },
      ignored<held_record, evidence_record, overtaken_record>{}},
    record);
}

std::string without_a_copy(bool alone) {
  if (alone) {
    return ". A group of one has nobody to ask: without a copy it cannot go on. Keep the folder as "
           "it "
           "is, as nobody else has its ledger; what it holds can be proposed anew in a new network "
           "(`caucus init`)";
  }
  return "; without one, move ledger.log, state.sqlite, notary.journal and consensus.journal away "
         "(keep node.toml and identity.key) and start: the node fetches the ledger from the "
         "others, "
         "and a member votes once they have told how far they are. Request ids given to it before "
         "are then not known";
}

result<void> judge(const folder_facts& of, const peer_id& self, bool alone) {
  if (of.author) {
    return fail(errc::folder_contradicts,
                "notary.journal is that of node " + to_text(*of.author)
                  + ", whose batches it has, and this folder is that of node " + to_text(self)
                  + ": receipts and request ids would be taken for this node's. Put this node's "
                    "own newest notary.journal back"
                  + without_a_copy(alone));
  }
  if (of.known > batch_number{} && of.known < of.executed) {
    return fail(errc::folder_contradicts,
                "notary.journal ends with batch number " + std::to_string(of.known.value())
                  + " of this node, but the ledger has number "
                  + std::to_string(of.executed.value())
                  + ": the journal lost its end, or is an older copy. Put the newest copy back"
                  + without_a_copy(alone));
  }
  if (alone && of.promised > of.tip) {
    return fail(errc::folder_contradicts,
                "ledger.log ends at height " + std::to_string(of.tip.value())
                  + ", but notary.journal has receipts up to height "
                  + std::to_string(of.promised.value())
                  + ": the ledger lost its end. A group of one has nobody to fetch it from: put "
                    "back a ledger.log that reaches there");
  }
  return {};
}

} // namespace caucus
