#pragma once

#include "messages/committee.hpp"
#include "messages/control.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "messages/node_state.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

/// Asks other members how they are, for people who look at the whole group, and answers those who
/// ask. While a member has no link it also asks the linked ones now and then where the others are:
/// so a ring or a star of addresses is enough after all have moved.
/// Whatever is heard is its sender's own word: it is shown as that, and nothing is decided by it.
/// Pure: time comes in, requests go out. The transport ends each request.

namespace caucus {

/// Tags of this table; those of the core that shares the link count from 1.
inline constexpr std::uint64_t node_state_tag_bit = std::uint64_t{1} << 63U;
/// A peer is answered so often a second: `caucus status --group` of two people at once.
inline constexpr std::uint32_t node_states_per_second = 4;
/// Shorter than the 2 s after which a status is told without what is missing.
inline constexpr duration node_state_timeout{1'000'000};
/// Between two rounds of asking where missing members are.
inline constexpr duration learning_interval{5'000'000};
/// Groups asked for at once; more are told `busy`. Each costs 63 requests.
inline constexpr std::size_t censuses_max = 4;

struct node_state_asked {
  link_id link;
  std::uint64_t tag = 0;
};
/// All that were asked have answered, or will not.
struct census {
  std::size_t asker = 0;
  request_tag tag = 0;
  std::vector<member_word> words; ///< of all other members, in the order of the genesis
};

class node_states {
public:
  node_states(const committee& voters, const peer_id& self);

  /// The members of another epoch. Who was asked before is answered of those that were then.
  void follow(const committee& voters);

  void up(const link_info& who);
  void down(link_id which);

  /// True: answer this one.
  [[nodiscard]] bool may_answer(link_id who, time_point now);
  /// The members that have links to this node, for its answers.
  [[nodiscard]] std::vector<peer_hint> linked_members() const;

  /// For people. What is to be asked is appended to `out`.
  void ask(std::size_t asker, request_tag tag, time_point now, std::vector<node_state_asked>& out);
  /// Asks where the missing members are, if it is time.
  void learn(time_point now, std::vector<node_state_asked>& out);
  /// When to call learn() next; nothing: all members are linked, or none is.
  [[nodiscard]] std::optional<time_point> next_wake() const;

  /// The end of a request of ours. What it says of members that have no link is appended to
  /// `learned`.
  void heard(std::uint64_t tag, const node_state& what, time_point now, wall_ms wall,
             std::vector<address_learned>& learned);
  void failed(std::uint64_t tag, errc why);

  /// Those that are complete.
  [[nodiscard]] std::vector<census> take_done();

private:
  struct link {
    link_info info;
    std::uint32_t answered = 0; ///< since `ask_from`
    time_point ask_from{};
  };
  struct question {
    peer_id whom;
    std::uint64_t census = 0; ///< key in open_; 0: asked for addresses alone
    time_point time{};
  };
  struct pending {
    caucus::census census;
    std::size_t missing = 0; ///< answers
  };

  [[nodiscard]] const link* link_of(const peer_id& who) const;
  [[nodiscard]] bool is_member(const peer_id& who) const;
  [[nodiscard]] std::size_t linked_count() const;
  void settle(std::uint64_t of);

  peer_id self_;
  epoch in_;
  std::vector<peer_id> members_; ///< but this node
  std::map<link_id, link> links_;
  std::map<std::uint64_t, question> questions_; ///< by tag
  std::map<std::uint64_t, pending> open_;
  std::vector<census> done_;
  std::uint64_t last_ = 0;
  time_point learn_at_{};
};

} // namespace caucus
