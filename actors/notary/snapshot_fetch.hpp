#pragma once

#include "actors/notary/notary_config.hpp"
#include "actors/notary/peer_table.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "actors/notary/snapshot_packets.hpp"
#include "actors/notary/state_tree.hpp"
#include "actors/notary/tip_state.hpp"
#include "actors/notary/turn.hpp"
#include "messages/closing.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

/// Gets the state that the group certified from others, where nobody gives the next block any more:
/// an offer, what ended the epochs, the block behind which the state is, then the state's tree from
/// its root down. Each answer is checked alone, by the hash that is expected in its place, so a
/// liar is known at his first. What is here already is not asked for: what a former try brought,
/// and what the own state shares with the newer one.
/// Pure. Source: README.md, "Snapshots over the network".

namespace caucus {

class snapshot_fetch {
public:
  /// Is told the state that is to be installed, right before.
  using hook = std::function<void(const state_tree&, const notary_turn&)>;
  /// All but the hook must outlive this.
  snapshot_fetch(const notary_config& config, const peer_table& peers,
                 const shared_history& history, hook before_install)
      : config_{config}, peers_{peers}, history_{history}, before_install_{
                                                             std::move(before_install)} {}

  /// Before it begins: entries that a former try brought. They are believed no more than others'.
  void restore(std::vector<snapshot_entry> brought);

  /// Nobody gives the block behind `tip`. Nothing if it is under way, or not wanted here.
  void begin(const tip_state& tip, const notary_turn& t);
  /// The ledger went on by itself: a state that is no newer is of no use.
  void advanced(height tip, const notary_turn& t);
  /// The end of a request with a tag of this class.
  void answered(std::uint64_t tag, link_id from, const snapshot_response* what,
                const notary_turn& t);
  /// The end of `check_snapshot`.
  void checked(std::uint64_t token, const result<void>& how, const notary_turn& t);
  /// `install_snapshot` failed.
  void refused(const error& why, const notary_turn& t);
  void link_gone(link_id which);
  /// Asks for what may be asked for now.
  void pump(const notary_turn& t);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  /// None: nothing is fetched.
  [[nodiscard]] std::optional<snapshot_state> state() const;

  /// Tags of this class begin here, upwards by 1.
  static constexpr std::uint64_t first_tag = std::uint64_t{1} << 48U;

  static constexpr std::size_t asked_per_link_max = 4; ///< 1.3 MiB of answers
  static constexpr std::size_t asked_max = 32;         ///< 10 MiB of answers
  static constexpr unsigned failures_max = 3;          ///< one after the other, of one link
  static constexpr duration answer_time{10'000'000};
  static constexpr duration offers_time{3'000'000}; ///< as long others' offers are waited for
  static constexpr duration again_after{2'000'000}; ///< before all are asked anew
  static constexpr duration base_time{60'000'000};  ///< for all that comes before the state
  static constexpr std::size_t closings_size_max = 64 * 1024 * 1024;
  static constexpr duration busy_time{1'000'000};
  static constexpr duration refused_time{60'000'000}; ///< after the disk refused
  /// Of the ledger; then it goes on by itself, and what a former life brought may go.
  static constexpr unsigned blocks_of_worth = 256;
  /// In such a time so much of a state comes, or others are asked.
  static constexpr duration progress_time{60'000'000};
  static constexpr std::uint64_t progress_size = 1024 * 1024;

private:
  struct offered {
    link_id link;
    peer_id peer;
    bool is_member = false;
    snapshot_offer what;
  };
  struct idle {
    time_point not_before;
  };
  struct asking {
    std::set<std::uint64_t> tags;
    std::vector<offered> offers;
    time_point until{};
  };
  /// One of those who gave the same offer is asked for all that comes before the state.
  struct getting_base {
    std::vector<offered> by; ///< the first one is asked
    std::vector<closing> closings;
    std::size_t closings_size = 0;
    bytes record;
    std::uint64_t tag = 0; ///< 0: nothing is asked
    time_point until{};
  };
  struct checking_base {
    std::uint64_t token = 0;
    std::vector<offered> by;
    std::shared_ptr<snapshot_contents> contents;
  };
  struct wish {
    state_place place;
    digest hash; ///< that it must have
  };
  struct server {
    peer_id peer;
    std::size_t asked = 0;
    unsigned failures = 0;
    time_point not_before; ///< it said that it is busy
  };
  struct getting_state {
    std::vector<offered> by;
    std::shared_ptr<snapshot_contents> contents;
    std::map<link_id, server> servers;
    std::vector<wish> wishes; ///< the last one first, so that few wait
    std::map<std::uint64_t, std::pair<link_id, wish>> asked;
    link_id last{}; ///< asked last: the next one is another
    time_point until;
    std::uint64_t brought = 0; ///< in all, when the time until then began
  };
  struct installing {
    peer_id source;
    caucus::height height;
  };

  void gather(const state_tree& own);
  void give_up(const notary_turn& t);
  void ask_offers(const notary_turn& t);
  void choose(const notary_turn& t);
  void go_on(getting_base& at, const notary_turn& t);
  void go_on(getting_state& at, const notary_turn& t);
  void offer_answered(asking& at, std::uint64_t tag, link_id from,
                      const snapshot_response* what) const;
  void base_answered(getting_base& at, std::uint64_t tag, const snapshot_response* what,
                     const notary_turn& t);
  void state_answered(getting_state& at, std::uint64_t tag, const snapshot_response* what,
                      const notary_turn& t);
  /// False: it is not what is below that place.
  [[nodiscard]] bool take(const wish& of, const place_entries& what, const notary_turn& t);
  void ask_places(getting_state& at, const notary_turn& t);
  void finish(getting_state& at, const notary_turn& t);
  [[nodiscard]] static std::optional<link_id> next_server(const getting_state& at, time_point now);
  void blame(link_id link, const peer_id& peer, std::string why, const notary_turn& t);
  [[nodiscard]] std::uint64_t request(link_id to, snapshot_request what, const notary_turn& t);

  const notary_config& config_;
  const peer_table& peers_;
  const shared_history& history_;
  hook before_install_;
  state_tree here_; ///< entries so far, of several versions; only hashes are believed
  std::vector<snapshot_entry> restored_;
  bool begun_ = false;
  bool wanted_ = false; ///< nobody gives the next block, as was said last
  height tip_;
  height aim_;                   ///< of the newest offer that was found certified; 0: none yet
  unsigned blocks_since_ = 0;    ///< that the ledger took since none was given last
  epoch epoch_;                  ///< of what comes above it
  std::set<peer_id> false_ones_; ///< gave what the group did not certify, or nothing
  std::uint64_t brought_size_ = 0;
  std::uint64_t next_tag_ = first_tag;
  std::uint64_t next_check_ = 1;
  std::variant<idle, asking, getting_base, checking_base, getting_state, installing> now_;
};

} // namespace caucus
