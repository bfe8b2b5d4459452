#pragma once

#include "messages/control.hpp"
#include "messages/evidence.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/group_feed.hpp"
#include "messages/group_wish.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What administration's core is told and what it wants done.
/// Pure values.

namespace caucus {

/// Of a question that is open, given by whoever asks.
using asked_id = std::uint64_t;

/// A member, standby or newcomer as people name it: its id, or its name.
using member_words = std::string;

/// What an operator asks the group for, as it was typed. Names and what a newcomer says of itself
/// are looked up when it is asked.
struct wanted_admit {
  member_words who;
  bool reserve = false;
  std::string name{};    ///< empty: as the newcomer says
  std::string address{}; ///< likewise
};
struct wanted_kick {
  member_words who;
  bool lower_f = false;
};
struct wanted_retire {
  bool lower_f = false;
};
struct wanted_replace {
  member_words former;
  member_words by;
  std::string name{};    ///< of `by`; empty: as it says, else the former's
  std::string address{}; ///< empty: as it says
};
struct wanted_bar {
  member_words who;
  std::uint64_t for_ms = 0;
};
struct wanted_unbar {
  member_words who;
};
struct wanted_move {
  std::string address{};
};
struct wanted_rules {
  std::vector<variable_declaration> variables; ///< as they shall be
  bool keeps_rest = false;                     ///< else what is not among them is removed
  std::vector<std::string> removed{};          ///< of what is kept else
  std::optional<rules_id> code{};              ///< none, or those of now: they stay
  std::vector<member_words> without{};         ///< see change_rules
};
using wanted_change =
  std::variant<wanted_admit, wanted_kick, wanted_retire, wanted_replace, reinforce, wanted_bar,
               wanted_unbar, announce, wanted_move, wanted_rules>;

/// What became of a directive by its own receipt.
struct directive_reply {
  std::string what;                ///< "admit eva"
  caucus::receipt receipt;         ///< applied
  bool passed = false;             ///< it is done, or takes effect as soon as there is room
  std::vector<std::string> asked;  ///< members whose operators have
  std::size_t asks_wanted = 0;     ///< f + 1
  std::vector<std::string> agreed; ///< members
  std::size_t agrees_wanted = 0;   ///< q, or all that must
  std::string against{};           ///< why this member does not agree with it yet; empty: it does
};

/// What a change of the rules would do.
struct try_reply {
  std::string what; ///< "change the rules: declare score"
  duration took{0}; ///< at most: the time until the notary had looked at the state
};

// -- how the group is ----------------------------------------------------------------------------

struct shown_member {
  peer_id peer;
  std::string name;
  std::string address;
  epoch joined;
  bool linked = false; ///< or this node
  bool self = false;
};
struct shown_standby {
  peer_id peer;
  std::string name;
  std::string address;
  bool reserve = false;
  bool linked = false;
};
struct shown_petition {
  std::string what;
  bool due = false; ///< it needs nobody any more, and waits for room
  std::vector<std::string> asked;
  std::vector<std::string> agreed;
  wall_ms ends{0};      ///< of headers' time
  std::string against;  ///< why this member does not agree yet; empty: it did, or is none
  std::string command;  ///< by which another operator asks for the same
  change_rules rules{}; ///< of one that changes them
};
struct shown_newcomer {
  peer_id peer;
  std::string name;
  std::string address;
  height at;             ///< it has executed up to, as it says
  std::string not_ready; ///< empty: it is
};
struct group_view {
  epoch in;
  height at; ///< newest final block
  std::size_t liars = 0;
  std::size_t quorum = 0;
  std::size_t next_size = 0; ///< that it grows to
  std::vector<shown_member> members;
  std::vector<shown_standby> standbys;
  std::vector<shown_petition> petitions;
  std::vector<shown_newcomer> newcomers; ///< who say that they want to be members
  std::vector<barred_peer> barred;
  bool closing = false; ///< the next epoch's members, or rules, are decided
  std::optional<refused_change> refused{};
  std::optional<rules_id> code{}; ///< the C++ rules, of the next epoch if that is decided
};

namespace admin_in {

struct tick {};
/// An operator asks for a change. Answered by `reply`.
struct operator_asked {
  asked_id id = 0;
  wanted_change what;
};
/// Would the state keep to these variables? Answered by `tried`.
struct rules_tried {
  asked_id id = 0;
  wanted_rules what;
};
/// The end of `try_rules`.
struct state_said {
  std::optional<error> misfit; ///< none: it keeps to them
};
/// This node is to become a member. Answered by `joined` when it is one.
struct join_asked {
  asked_id id = 0;
  std::string name;    ///< a name; empty: one is made
  std::string address; ///< empty: where members see that it listens
};
/// Nobody waits for it any more.
struct forgotten {
  asked_id id = 0;
};
/// The end of `propose`.
struct proposed {
  std::uint64_t token = 0;
  result<receipt> how{receipt{}};
};
struct wish_heard {
  link_id link;
  peer_id peer;
  group_wish wish;
};
/// peer_net has a new life, and knows the genesis' members again.
struct peer_net_restarted {};

using event =
  std::variant<tick, operator_asked, rules_tried, state_said, join_asked, forgotten, proposed,
               wish_heard, peer_net_restarted, group_told, evidence_answer, link_up, link_down>;

} // namespace admin_in

namespace admin_out {

/// Of variable 0; ends in `proposed`.
struct propose {
  std::uint64_t token = 0;
  mutation what;
};
struct reply {
  asked_id id = 0;
  result<directive_reply> how{directive_reply{}};
};
/// The notary is to say whether the state keeps to these; `state_said`.
struct try_rules {
  shared_declarations next;
};
struct tried {
  asked_id id = 0;
  result<try_reply> how{try_reply{}};
};
struct joined {
  asked_id id = 0;
  result<epoch> how{first_epoch}; ///< since which it is a member
};
struct tell_links {
  group_links what;
};
struct send_wish {
  std::vector<link_id> links;
  group_wish what;
};
/// The notary is to tell how the group is now.
struct ask_group {};
/// The notary is to tell of the proofs behind so many.
struct ask_evidence {
  std::uint64_t skipped = 0;
};
/// For the log.
struct news {
  std::string text;
};

using action = std::variant<propose, reply, joined, tell_links, send_wish, ask_group, ask_evidence,
                            try_rules, tried, news>;

} // namespace admin_out

} // namespace caucus
