#pragma once

#include "actors/administration/administration_io.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"
#include "runtime/base/turn.hpp"
#include "runtime/membership/certificate_check.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// This node's part in how the group changes: asks for what its operator wants, agrees with what
/// enough others asked for and it sees fit, brings proofs of lies, says a newcomer's wish, tells
/// peer_net who has links. What passes the state's rules decide (runtime/membership); nothing here
/// is believed by another node.
/// Pure: no clock, socket, file or thread. Source: README.md.

namespace caucus {

struct administration_setup {
  peer_id self;
  network_id network;
  group_id group;
  /// Checks one signature of a newcomer's certificate.
  signature_check check;
  wall_ms heartbeat{0}; ///< an idle group's
  /// Whether this program can judge by these rules. Errors: as can_judge() of the notary's. Empty:
  /// it can.
  std::function<result<void>(const declarations&)> can_judge{};
};

class administration {
public:
  using event = admin_in::event;
  using action = admin_out::action;
  using tick = admin_in::tick;

  explicit administration(administration_setup setup) : setup_{std::move(setup)} {}

  void step(event what, const turn<action>& at);
  void finish_turn(const turn<action>& at);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  /// As this node knows it; nothing: the notary has told nothing yet.
  [[nodiscard]] std::optional<group_view> view(time_point now, wall_ms wall);
  [[nodiscard]] const std::optional<group_told>& told() const { return told_; }
  [[nodiscard]] std::size_t newcomers() const { return wishes_.size(); }
  /// Members that are linked and run a program from before epochs.
  [[nodiscard]] std::vector<std::string> outdated() const;

private:
  using admin_turn = turn<action>;

  struct open_directive {
    asked_id id = 0;
    group_directive what;
    bool is_move = false;
    std::optional<receipt> got{}; ///< waits until the book is told as of its block
  };
  struct joining {
    asked_id id = 0;
    std::string name;
    std::string address;
    bool was_asked_for = false; ///< a petition names this node
  };
  struct known_wish {
    link_id link;
    group_wish wish;
    time_point heard{};
  };
  struct linked {
    peer_id peer;
    std::string listens_at; ///< as its hello and its address tell
    std::uint16_t protocol = 0;
  };
  struct lie {
    peer_id who;
    evidence proof;
  };

  void on(const admin_in::tick& /*what*/, const admin_turn& /*at*/) {}
  void on(const admin_in::operator_asked& what, const admin_turn& at);
  void on(const admin_in::rules_tried& what, const admin_turn& at);
  void on(const admin_in::state_said& what, const admin_turn& at);
  void on(const admin_in::join_asked& what, const admin_turn& at);
  void on(const admin_in::forgotten& what, const admin_turn& at);
  void on(const admin_in::proposed& what, const admin_turn& at);
  void on(admin_in::wish_heard& what, const admin_turn& at);
  void on(const admin_in::peer_net_restarted& what, const admin_turn& at);
  void on(group_told& what, const admin_turn& at);
  void on(const evidence_answer& what, const admin_turn& at);
  void on(const link_up& what, const admin_turn& at);
  void on(const link_down& what, const admin_turn& at);

  /// Why nothing is proposed by this node now; empty: it may be.
  [[nodiscard]] std::string why_silent() const;
  [[nodiscard]] result<group_directive> directive_of(const wanted_change& what) const;
  [[nodiscard]] result<peer_id> find(const member_words& who) const;
  [[nodiscard]] result<change_rules> change_for(const wanted_rules& what) const;
  [[nodiscard]] result<member> newcomer(const member_words& who, const std::string& name,
                                        const std::string& address) const;
  [[nodiscard]] std::string name_of(const peer_id& who) const;
  [[nodiscard]] std::vector<std::string> names_of(const std::vector<peer_id>& all) const;
  void answer(open_directive& one, const admin_turn& at);
  void settle(const admin_turn& at);
  /// Why this member does not agree with it now; empty: it does.
  [[nodiscard]] std::string against(const group_directive& what) const;
  [[nodiscard]] std::string not_ready(const peer_id& newcomer) const;
  [[nodiscard]] std::string against_rules(const change_rules& what) const;
  [[nodiscard]] const petition* petition_of(const group_directive& what) const;
  void agree(const admin_turn& at);
  void prove(const admin_turn& at);
  void tell_links(const admin_turn& at);
  void wish(const admin_turn& at);
  void end_joins(const admin_turn& at);
  /// This node is none, and is waited for.
  [[nodiscard]] std::optional<joining> wants_in() const;
  std::uint64_t propose(mutation what, const admin_turn& at);

  administration_setup setup_;
  std::optional<group_told> told_;
  std::map<link_id, linked> links_;
  std::map<peer_id, known_wish> wishes_;               ///< <= wishes_max
  std::map<std::uint64_t, open_directive> directives_; ///< by token
  struct trial {
    asked_id id = 0;
    std::string what;
    time_point since{};
  };
  std::optional<trial> trial_;
  std::vector<joining> joins_;
  std::map<std::uint64_t, group_directive> agreeing_; ///< by token
  std::map<std::uint64_t, peer_id> proving_;          ///< by token
  std::vector<lie> lies_;
  std::set<peer_id> proven_; ///< since the members changed last: the group knows, or it refused
  std::uint64_t evidence_seen_ = 0;
  bool evidence_asked_ = false;
  std::optional<group_links> links_told_;
  std::uint64_t last_token_ = 0;
  time_point agree_at_{}; ///< not before
  time_point prove_at_{}; ///< once more, if the group took it not
  time_point wish_at_{};
  time_point told_at_{};                    ///< of the group
  std::map<peer_id, time_point> farewells_; ///< members of before: whose link stays until then
  time_point now_{};                        ///< of the turn
  wall_ms wall_{0};
  bool group_asked_ = false; ///< and not told since
};

} // namespace caucus
