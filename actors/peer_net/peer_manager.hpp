#pragma once

#include "actors/peer_net/link_event.hpp"
#include "actors/peer_net/peer_book.hpp"
#include "actors/peer_net/peer_net_config.hpp"
#include "messages/control.hpp"
#include "messages/hello.hpp"
#include "messages/ids.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/base/turn.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

/// Whom to dial, whom to let in, whom to keep: peer_net's decisions, all of them.
/// Pure: no clock, socket, thread or randomness but its seed's. Equal events give equal actions.

namespace caucus {

struct time_passed {};
/// One of the inspectors answers; each link needs all of them.
struct inspector_said {
  std::size_t inspector = 0; ///< < manager_config::inspectors
  connection_verdict verdict;
};
/// When links last said more than pings. Told before a hello that may want a place.
struct links_active {
  std::vector<std::pair<link_id, time_point>> links;
};
using manager_event =
  std::variant<time_passed, link_event, directive, inspector_said, links_active>;

/// Worth a line in the log. `cause` is the same for what has the same cause.
struct note {
  bool is_trouble = false;
  std::string cause;
  std::string text;
};
struct save_peer {
  peer_record record;
};
struct forget_peer {
  peer_id peer;
};
using manager_action =
  std::variant<link_command, save_peer, forget_peer, note, connection_asked, connection_withdrawn>;

using manager_turn = turn<manager_action>;

struct wanted_peer {
  peer_id peer;
  std::string address; ///< "host:port"; empty: only what the book knows
};

struct manager_config {
  peer_id self;
  network_id network;
  peer_net_config net{};
  std::vector<wanted_peer> members{}; ///< at the start; itself may be among them
  std::size_t inspectors = 0;         ///< asked for each link; all must allow it; [0, 32]
  std::uint64_t seed = 0;             ///< of jitter and dial numbers; another in every life
};

/// A wrong network or version does not heal by itself: a minute.
inline constexpr duration hopeless_pause{std::chrono::minutes{1}};
/// Dials in a row at which no node answered, after which people are told, once: who starts a group
/// starts its nodes within these seconds.
inline constexpr std::uint32_t unanswered_told = 6;

class peer_manager {
public:
  using event = manager_event;
  using action = manager_action;
  using tick = time_passed;

  peer_manager(manager_config config, peer_book book, time_point now);

  /// Never fails: what comes from peers was checked for its form, and a command that came too late
  /// does no harm. O(targets + links).
  void step(const manager_event& what, const manager_turn& at);
  /// Has the book's changes written down, together.
  void finish_turn(const manager_turn& at);
  /// A time_passed is wanted then; nothing: none is.
  [[nodiscard]] std::optional<time_point> next_wake() const;

  [[nodiscard]] const peer_book& book() const { return book_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }  ///< hellos turned away
  [[nodiscard]] std::size_t links() const { return links_.size(); } ///< accepted or ready
  /// Members and configured addresses to which there is no link, and why not.
  [[nodiscard]] std::vector<missing_peer> missing() const;

private:
  struct link_entry {
    link_id id;
    peer_id peer;
    bool dialled = false;
    bool ready = false;
    address_key origin;
    time_point hello_at;
    std::string advertised; ///< where it says it listens; empty: nowhere
    time_point active_at{}; ///< when it last said more than pings; 0: never
  };
  /// Somebody to keep a link to.
  struct target {
    std::optional<peer_id> peer;        ///< none: whoever answers at the address
    std::vector<std::string> addresses; ///< given, not from the book
    std::vector<std::string> learned; ///< by others' word, newest first; <= addresses_per_peer_max
    std::string dialled;              ///< last
    std::string trouble;              ///< how the last dial or link ended; empty: none has
    std::uint32_t dials = 0;          ///< in vain, since the last link
    bool permanent = false;           ///< members and configured addresses
    std::optional<peer_id> found;     ///< who answered, where any would do
    std::uint32_t attempts = 0;
    std::uint32_t unanswered = 0; ///< dials in a row at which no node answered
    std::size_t next_address = 0;
    time_point next_at;
    dial_number dialling = 0; ///< 0: not now
  };
  /// A hello that fits, and waits for what the inspectors say. The transport ends it in time.
  struct inspection {
    hello_heard hello;
    time_point time;
    std::set<std::size_t> missing; ///< inspectors who have not allowed it
  };
  struct probe {
    peer_id peer;
    std::string address;
    dial_number dialling = 0;
    time_point next_at;
  };

  void on(const link_event& what, const manager_turn& at);
  void on(const directive& what, const manager_turn& at);
  void on_hello(const hello_heard& heard, const manager_turn& at);
  /// Of targets that were given as addresses: by a link of a former life of ours.
  void learn_who_is_at(const std::string& address, const peer_id& peer);
  /// Asks the inspectors, if there is a place for it and for one more to be asked about.
  void inspect(const hello_heard& heard, const manager_turn& at);
  [[nodiscard]] std::optional<goodbye> why_not_ask(const hello_heard& heard,
                                                   const manager_turn& at) const;
  [[nodiscard]] bool many_are_inspected(const hello_heard& heard) const;
  void on(const links_active& told);
  void on_verdict(const inspector_said& by, const manager_turn& at);
  void let_in(const hello_heard& heard, const manager_turn& at);
  void on_ready(const link_ready& ready, const manager_turn& at);
  void on_closed(const link_closed& closed, const manager_turn& at);
  void pause_targets(const link_closed& closed, bool was_current, duration lived, time_point now);
  static void note_end(target& of, const link_closed& how);
  /// How long who said this is left alone.
  [[nodiscard]] duration pause_after(errc said) const;
  void on_hang_up(const hang_up& on, const manager_turn& at);
  void on_blame(const blame& accused, const manager_turn& at);
  void end_link_of(const peer_id& who, goodbye what, const manager_turn& at);
  void on_dial_end(dial_number dial, const std::optional<error>& failed, const manager_turn& at);
  void end_dial(target& of, const std::optional<error>& failed, const manager_turn& at);
  void tell_unanswered(const target& of, const error& why, const manager_turn& at) const;

  [[nodiscard]] std::optional<goodbye> judge(const hello_heard& heard,
                                             const manager_turn& at) const;
  /// True: the new link is to replace one that was `dialled` or not, and said hello at `hello_at`.
  [[nodiscard]] bool newer_wins(bool dialled, time_point hello_at, const hello_heard& heard,
                                time_point now) const;
  /// What there is none of for another link.
  enum class shortage : std::uint8_t { none, of_places, of_address };
  [[nodiscard]] shortage short_of(const hello_heard& heard) const;
  /// Makes a place if need be. Else: why there is none, for whoever wants it.
  [[nodiscard]] std::optional<std::string> find_place(const hello_heard& heard,
                                                      const manager_turn& at);
  /// The same, but makes none.
  [[nodiscard]] std::optional<std::string> why_no_place(const hello_heard& heard,
                                                        time_point now) const;
  /// Links that there may be with this one.
  [[nodiscard]] std::size_t room_for(const hello_heard& heard) const;
  /// Who would have to go for it. Null: nobody.
  [[nodiscard]] const link_entry* victim_for(const hello_heard& heard, shortage of,
                                             time_point now) const;
  /// Later, or equal: later to go. Siphoners, then the idle, then by turns.
  [[nodiscard]] std::tuple<bool, bool, duration> claim_to_go(const link_entry& of,
                                                             time_point now) const;
  [[nodiscard]] bool siphons(const peer_id& who) const;
  void admit(const hello_heard& heard, const manager_turn& at);
  void refuse(const hello_heard& heard, goodbye what, const manager_turn& at);
  void end(link_id which, goodbye what, const manager_turn& at);
  void misbehaved(const peer_id& who, const error& how, const manager_turn& at);

  void plan(const manager_turn& at);
  void dial_target(target& to, const manager_turn& at);
  void dial_probe(probe& to, const manager_turn& at);
  void note_answer(dial_number dial, const peer_id& by);
  void pause(target& after, duration floor, time_point now);
  void want(wanted_peer who, bool permanent, time_point now);
  void on_learned(address_learned what);
  void on_group(const group_links& now, const manager_turn& at);
  void take_hints(const std::vector<peer_hint>& hints, const manager_turn& at);

  [[nodiscard]] bool is_member(const peer_id& who) const;
  [[nodiscard]] bool any_ready() const;
  [[nodiscard]] bool satisfied(const target& of) const;
  [[nodiscard]] std::vector<std::string> addresses_of(const target& of) const;
  [[nodiscard]] std::vector<peer_hint> hints_for(const peer_id& whom) const;
  [[nodiscard]] std::size_t count_dialled() const;
  [[nodiscard]] std::uint64_t random();

  manager_config config_;
  peer_book book_;
  std::map<link_id, link_entry> links_;
  /// One a peer; of strangers who dialled at most net.handshakes, of an address of theirs at most
  /// net.handshakes_per_address: an inspection is a handshake's last part.
  std::map<link_id, inspection> inspected_;
  std::map<peer_id, link_id> current_; ///< one a peer; the links_ that count
  std::vector<target> targets_;        ///< size <= members + join + targets_max
  std::vector<probe> probes_;          ///< size <= probes_max
  std::uint64_t random_;
  dial_number last_dial_;
  std::uint64_t refused_ = 0;
  std::vector<peer_id> barred_; ///< by the group; ascending
  bool knows_links_ = false;    ///< told of all that live already: until then nothing is dialled
};

} // namespace caucus
