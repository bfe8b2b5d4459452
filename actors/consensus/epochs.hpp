#pragma once

#include "actors/consensus/consensus.hpp"
#include "actors/consensus/consensus_config.hpp"
#include "actors/consensus/consensus_io.hpp"
#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "runtime/base/turn.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

/// One group over all its epochs: the core of the epoch that is now, which the notary's
/// `ledger_tip` of a later one puts another in the place of. A core knows one set of members,
/// numbers its views from 1, and judges nothing of another epoch; what it leaves to the next is
/// here: the links, the tokens and tags that are taken, whose signatures are known, whether the
/// journal works, what ends all voting of this life, a doubt.
/// Pure, as `consensus` is.
///
/// The journal: a record names its epoch. Those of earlier ones bind nobody any more, as what ended
/// an epoch is durable before anything of the next is signed. Where the ledger is behind the
/// journal (it lost its end, or was taken away to be fetched anew) nothing is signed until its
/// epoch is the journal's again.

namespace caucus {

class epochs {
public:
  using event = voting::event;
  using action = voting::action;
  using tick = voting::tick;

  /// `config`: of the first epoch; the members of another are told by the notary, and `self` is
  /// looked up among them. `journal`, `cut`, `key`: as consensus has them, of all epochs.
  epochs(consensus_config config, const peer_id& self, const voting::signer* key,
         std::vector<voting::consensus_record> journal = {}, bool cut = false);

  void step(event what, const turn<action>& now);
  void finish_turn(const turn<action>& /*now*/) {}
  [[nodiscard]] std::optional<time_point> next_wake() const { return now_->next_wake(); }

  /// Of the epoch that is now.
  [[nodiscard]] const consensus& core() const { return *now_; }
  /// What a journal rewritten now must hold.
  [[nodiscard]] std::vector<voting::consensus_record> live_records() const;

private:
  void begin(const ledger_tip& at, const turn<action>& now);
  void open(const committee& voters, const turn<action>& now);
  [[nodiscard]] std::vector<voting::consensus_record> records_of(epoch in) const;
  [[nodiscard]] std::vector<voting::consensus_record> first_records() const;
  /// The journal tells of a later epoch.
  [[nodiscard]] bool is_ahead(epoch of) const;

  consensus_config config_;
  peer_id self_;
  const voting::signer* key_;
  /// Before the start all of it; then nothing, or, while it is ahead of the epoch that is now, what
  /// it was at the start.
  std::vector<voting::consensus_record> journal_;
  bool cut_;
  bool started_ = false;
  bool journal_works_ = true;
  std::map<link_id, link_up> links_;
  std::unique_ptr<consensus> now_; ///< never null
};

} // namespace caucus
