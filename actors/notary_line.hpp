#pragma once

#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"
#include "runtime/turns.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

/// An actor's line to the notary: proposes, reads, and hears what is committed, through restarts of
/// either end. A member of the actor, over two of its ports; the actor's thread alone.
///
///     turns_.runs(line_);
///     line_.subscribe(height_from_disk, [this](const committed_block& block) { ... });
///
/// What the line does: after a restart of the notary it asks again for all that is still open;
/// while the notary is busy it waits and asks again. What it cannot do: remember anything across
/// the actor's own restart. So that nothing is lost or doubled then, the actor
///  - stores the height up to which it has done everything, and in its next life subscribes from
///    the one after it;
///  - gives each proposal a request id that it would give again for the same cause ("goal/17/0").
///
/// Callbacks run in the actor's turns. They may propose and get; they must not subscribe. One that
/// throws ends the actor's life, as any handler does.

namespace caucus {

class notary_line {
public:
  using on_block = std::function<void(const committed_block&)>;
  using on_gap = std::function<void(const ledger_gap&)>;
  using on_receipt = std::function<void(const result<receipt>&)>;
  using on_group = std::function<void(const group_told&)>;
  using on_rules = std::function<void(const std::optional<error>&)>;
  using on_evidence = std::function<void(const evidence_answer&)>;
  using on_read = std::function<void(const result<std::shared_ptr<const answer>>&)>;

  /// As many as their edge holds: proposals and reads without an end. 4,096.
  static constexpr std::size_t open_max = 4'096;
  /// After `busy`: long beside a turn, short beside a view.
  static constexpr duration busy_pause{2'000};
  /// After `over_quota`: it comes back in seconds.
  static constexpr duration quota_pause{500'000};

  /// All three must outlive the line. Neither port may be drained or asked restarted() by others.
  notary_line(context& around, inbox<notary_answer>& heard, outbox<notary_request>& asks);

  /// From now on `then` is called for each final block with mutations from this height on, for a
  /// large one once for each of its parts: once each, in order. Once a life.
  /// `gap` is called in place of blocks that this node keeps no more, and what follows is told:
  /// read the state, and leave out the blocks that the answer's height shows to be in it. Without
  /// `gap` nothing more is told: `ended`.
  void subscribe(height from, on_block then, on_gap gap = {});
  /// The height after the newest block heard whole, or after those without mutations behind it.
  [[nodiscard]] height next() const { return next_; }
  /// All that is final has been heard; blocks that come later are new.
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  /// Why no more blocks come, if so; the log says it too: `history_gone`, `pruned`.
  [[nodiscard]] std::optional<errc> ended() const { return ended_; }

  /// `then` is called once, with the receipt or: `outcome_unknown` (the time is over, or, without a
  /// request id, the notary was restarted), `timed_out` (never asked), `busy`, `over_quota` or
  /// `stopping` till the time was over, `request_id_reused`, what the notary says of a mutation
  /// that cannot be one. With a request id it may be proposed again, by a later life too, and is
  /// applied once.
  /// Errors, `then` never called: `busy` (open_max), those of try_encode.
  [[nodiscard]] result<void> propose(const mutation& what, std::string request_id, duration timeout,
                                     on_receipt then);
  /// A verified read. `then` is called once: the answer, or the notary's error. Error: `busy`.
  /// `fresh`: shows all that was acknowledged anywhere before, by the word of n - f members.
  [[nodiscard]] result<void> get(read_request what, bool fresh, duration timeout, on_read then);

  /// `then` is called with how the group is, at once and whenever it changes. Once a life.
  void follow_group(on_group then);
  /// follow_group()'s is called once more, with what is now.
  void ask_group() { asks_group_ = true; }
  /// A page of the proofs of lies that this node keeps, from the one after `skipped` on. `then` is
  /// called once; a question before that has no answer is forgotten.
  void evidence(std::uint64_t skipped, on_evidence then);
  /// Would the newest state keep to these declarations? `then` is called once, with what would not
  /// or nothing; a question before
  /// that has no answer is forgotten.
  void try_rules(shared_declarations next, on_rules then);

  /// For turns::runs().
  void declare(turns& in);
  /// Proposals and reads without an end.
  [[nodiscard]] std::size_t open() const { return open_.size(); }

private:
  struct asked {
    std::variant<propose_request, get_request> request;
    time_point deadline{};
    on_receipt receipt{}; ///< one of both is set
    on_read read{};
    bool sent = false; ///< the notary may have it
  };

  [[nodiscard]] result<void> open(asked what);
  void notary_restarted();
  void hear(notary_answer& what);
  void hear(const committed_answer& what);
  void hear(const propose_answer& what);
  void hear(const get_answer& what);
  void hear(const subscription_caught_up& what);
  void hear(const subscription_ended& what);
  [[nodiscard]] bool again_later(request_tag tag, errc why);
  /// One request. False: no room.
  [[nodiscard]] bool send();
  [[nodiscard]] bool wants_to_send() const {
    return subscribes_ || taken_ > 0 || asks_group_ || asks_evidence_ || asks_rules_
           || !to_send_.empty();
  }
  [[nodiscard]] bool ask(request_tag tag, asked& what);
  void end(request_tag tag, error why);

  context& around_;
  inbox<notary_answer>& heard_;
  outbox<notary_request>& asks_;
  request_tag last_tag_; ///< tags of one life are above those of lives before
  std::map<request_tag, asked> open_;
  std::deque<request_tag> to_send_; ///< oldest first; those that have ended are passed over
  std::deque<std::pair<time_point, request_tag>> later_; ///< ascending
  // The subscription.
  on_block block_;
  on_gap gap_;
  height next_;
  std::uint32_t next_index_ = 0;           ///< of the first mutation of `next_` not heard
  std::size_t taken_ = 0;                  ///< parts heard, which the notary was not told yet
  request_tag subscribed_ = 0;             ///< 0: not asked yet
  bool subscribes_ = false;                ///< to be asked
  std::optional<time_point> subscribe_at_; ///< not before then
  bool caught_up_ = false;
  std::optional<errc> ended_;
  // The group.
  on_group group_;
  bool asks_group_ = false;
  request_tag group_asked_ = 0;
  on_evidence evidence_;
  std::uint64_t evidence_skipped_ = 0;
  bool asks_evidence_ = false;
  request_tag evidence_asked_ = 0;
  on_rules rules_;
  shared_declarations rules_tried_;
  bool asks_rules_ = false;
  request_tag rules_asked_ = 0;
};

} // namespace caucus
