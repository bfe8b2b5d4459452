#pragma once

#include "messages/control.hpp"
#include "messages/time.hpp"
#include "test/sim/group/ledger_checker.hpp"
#include "test/sim/group/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The users of one node, and an application that hears what is committed: they ask, wait, ask
/// again with the same request id when they were not told, and hold what they are told against the
/// ledger. They outlive their node's crashes.

namespace caucus::sim {

class users {
public:
  /// Both must outlive it.
  users(node_index self, ledger_checker& check, verdict& on)
      : self_{self}, check_{check}, verdict_{on} {}

  // -- what they ask ------------------------------------------------------------------------------

  /// A mutation, known by `number`. Not `named`: without a request id, so never again. `twice`:
  /// asked for once more when the receipt is there.
  [[nodiscard]] notary_request propose(std::uint64_t number, bool named, bool twice);
  [[nodiscard]] notary_request read(subject_of_read of, std::uint64_t note, bool fresh);
  [[nodiscard]] notary_request subscribe();
  /// A mutation of any kind, of whose end nobody wants to hear.
  [[nodiscard]] notary_request say(const mutation& what);
  /// What is to be asked again by now.
  [[nodiscard]] std::vector<notary_request> again(time_point now);

  // -- what they are told -------------------------------------------------------------------------

  void told(const notary_answer& what, time_point now);
  /// Nothing that was asked is answered any more, but for the subscription.
  void forsaken();
  /// Their node's folder is new, or an older one: they give up what they have no receipt for, as
  /// asked again it might be done twice.
  void give_up();
  /// Their node went on from a state that others gave: what became of some of theirs before that,
  /// nobody can say.
  void may_be_lost();
  /// The group has barred their node, for a while at least: it may be refused.
  void may_be_refused() { refusable_ = true; }

  /// Mutations without a receipt, of those that are asked for again.
  [[nodiscard]] std::size_t open_count() const;
  /// Reads under way, and receipts that are asked for once more.
  [[nodiscard]] std::size_t read_count() const;
  /// That a proposal ended in.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }
  [[nodiscard]] std::size_t failed_reads() const { return failed_reads_; }
  /// The application has heard up to here.
  [[nodiscard]] height heard() const { return heard_; }

private:
  struct wish {
    bool named = true;
    bool twice = false;
    request_tag tag = 0; ///< 0: not asked at the moment
    time_point again_at{};
    std::optional<receipt> first;
  };
  struct reading {
    read_request what;
    std::uint64_t note = 0;
    height after;      ///< newest receipt of ours when it was asked
    height everywhere; ///< of a fresh one: newest receipt that anybody had then
    fresh_nonce nonce; ///< zero: not a fresh one
  };
  [[nodiscard]] notary_request ask(std::uint64_t number, wish& of);
  void told(const propose_answer& what, time_point now);
  void told(const get_answer& what);
  void told(const committed_block& part);
  void told(const subscription_ended& what);
  void look_fresh(const reading& asked, const get_answer& what);

  node_index self_;
  ledger_checker& check_;
  verdict& verdict_;
  request_tag next_tag_ = 0;
  request_tag forsaken_tag_ = 0;       ///< up to here nobody waits for an answer
  request_tag subscribed_tag_ = 0;     ///< of the present subscription
  std::map<std::uint64_t, wish> open_; ///< by number
  std::map<request_tag, std::uint64_t> by_tag_;
  std::set<request_tag> said_; ///< nobody waits for their answers
  std::map<request_tag, reading> reads_;
  std::size_t failed_reads_ = 0;
  std::string last_error_;
  bool refusable_ = false;
  bool hurt_ = false;            ///< its node's folder was emptied or set back once
  std::uint64_t lost_up_to_ = 0; ///< those of at most this number may be lost
  height newest_receipt_;
  height heard_;
  committed_block part_; ///< of the block after it: what was told so far
};

} // namespace caucus::sim
