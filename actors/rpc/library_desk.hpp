#pragma once

#include "actors/rpc/call_table.hpp"
#include "actors/rpc/callback_thread.hpp"
#include "messages/closing.hpp"
#include "messages/group_feed.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"
#include "runtime/base/doorbell.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/command.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

/// Where the threads of a program, the library's actor and the thread of callbacks meet. It
/// outlives the actor's lives, and so keeps what must be answered exactly once. A callback that
/// does not return keeps it alive.

namespace caucus {

/// One call on its way to the actor; prepared.
struct library_call {
  call_id id = 0;
  any_command command;
};

/// What a program wants to hear. Each may be null; all run on the thread of callbacks.
struct library_hooks {
  std::function<bool(const link_info&)> allow{};
  std::function<void(const link_ended&)> errored{};
  std::function<void(const directive&)> internal{};
  std::function<void(const committed_block&)> committed{};
  std::function<void(const ledger_gap&)> gap{}; ///< null: what is committed ends at a gap
  std::function<void(const epoch_begun&)> epoch_begins{};
  height first{};   ///< the first height wanted of `committed`
  height genesis{}; ///< of the genesis block
  /// The stream of `committed`, from there on; its parts are shared blocks.
  any_command log{};
  std::function<any_command(height from)>
    log_from{}; ///< the same from elsewhere; not null if `gap` is not
};

class library_desk : public std::enable_shared_from_this<library_desk> {
public:
  /// Runs on the thread of callbacks; on that of a caller who is refused where too many answers
  /// wait, and after the end. Never on one of the node's.
  using answer_to = std::function<void(result<any_value>)>;

  /// Calls in flight: beyond, busy. As many as the notary's edge holds, four times over.
  static constexpr std::size_t calls_max = 16'384;
  /// Answers that wait for a callback to return, and calls whose answers may come to wait. Beyond,
  /// callers hear busy.
  static constexpr std::size_t answers_max = 65'536;
  /// Bytes of read answers among them, about. Beyond, callers hear busy.
  static constexpr std::size_t answers_size_max = 64 * 1024 * 1024;
  /// News of peers that wait likewise. Beyond, they stay in their edge, which drops and counts.
  static constexpr std::size_t news_max = 1'024;

  explicit library_desk(library_hooks hooks);
  library_desk(const library_desk&) = delete;
  library_desk& operator=(const library_desk&) = delete;
  ~library_desk() = default;

  /// Before the start. The way to the actor.
  void connect(outbox<library_call, when_full::refuse> to) { calls_.emplace(std::move(to)); }

  // -- any thread --------------------------------------------------------------------------------

  /// Never blocks. `then` is called exactly once: with what the actor says, or with an error: busy,
  /// or why it was closed.
  void open(any_command what, answer_to then);
  /// Answers its caller at once, in the same way; on this thread where answers_max wait.
  void answer(answer_to then, result<any_value> with);
  /// For the node's threads: soon, however many wait, as no more calls are admitted than may.
  /// `size`: bytes of what may be large.
  void answer_soon(answer_to then, result<any_value> with, std::size_t size = 0);
  /// Takes no more calls.
  void close(error why);
  /// The actor is gone: whoever still waits is told. A proposal that the actor had taken: unknown.
  void end();
  /// See callback_thread::finish().
  bool finish(std::chrono::milliseconds deadline) { return callbacks_.finish(deadline); }
  [[nodiscard]] bool is_callback_thread() const { return callbacks_.is_this_thread(); }

  // -- the actor's -------------------------------------------------------------------------------

  /// A life of the actor begins: what its former one had taken is answered, as it is lost.
  void begin_life(std::shared_ptr<doorbell> bell);
  /// From now on a proposal may have been made. False: the call has ended, as not proposed; drop
  /// it.
  [[nodiscard]] bool take(call_id which);
  /// Ends a call. One that is not open: nothing.
  void settle(call_id which, result<any_value> with);
  /// A part of the log; its size as it counts against the window.
  std::size_t tell(const any_value& part);
  /// Bytes, as told, that the program has taken since this was asked last.
  [[nodiscard]] std::size_t take_read() { return read_.exchange(0); }
  /// Blocks below `oldest` are not kept: what is told goes on there. False: nothing is left out.
  bool tell_gap(height oldest);
  /// The epochs that have begun since it was told before; at first the newest one.
  void tell(const group_told& what);
  /// What is asked for what of the log was not told yet.
  [[nodiscard]] const any_command& log() const { return log_; }
  /// The first height that was not told, or not whole.
  [[nodiscard]] height next() const { return next_; }
  void tell(peer_news what);
  /// Whether a link may be is asked aside: answers never wait for more than one of those. A
  /// question that is withdrawn before its turn is not asked.
  void ask(const connection_question& what);
  [[nodiscard]] bool has_room_for_news() const { return news_.load() < news_max; }
  [[nodiscard]] std::vector<connection_verdict> take_verdicts();
  /// The program has read something, or judged a link: the bell rings for it.
  [[nodiscard]] bool has_work();
  [[nodiscard]] const library_hooks& hooks() const { return hooks_; }

private:
  struct call {
    answer_to then;
    const command_facts* command = nullptr; ///< never null
    bool taken = false;                     ///< by a life of the actor
  };
  /// Registers a call. Error: it may not be; `then` is as it was.
  [[nodiscard]] result<call_id> admit(answer_to& then, const command_facts& command);
  void hear(const peer_news& what);
  void ask_soon(const connection_asked& asked);
  void withdraw(link_id which);
  void judge_next();
  void tell_epochs();
  void ring();

  const library_hooks hooks_;
  std::optional<shared_outbox<library_call>> calls_;
  std::mutex guard_; // of all up to the empty line
  std::unordered_map<call_id, call> open_;
  call_id last_ = 0;
  std::optional<error> closed_;
  std::vector<connection_verdict> verdicts_;
  std::deque<connection_asked> asked_; ///< to be judged; members first
  bool judges_ = false;                ///< an aside for them is on its way
  std::shared_ptr<doorbell> bell_;
  shared_history history_;    ///< the newest; null: not told yet
  epoch next_epoch_;          ///< to be told
  bool tells_epochs_ = false; ///< a job for them is on its way

  std::atomic<std::size_t> read_{0};
  std::atomic<std::size_t> news_{0};         ///< that wait
  std::atomic<std::size_t> answers_size_{0}; ///< bytes that wait
  any_command log_;                          ///< the actor's
  height next_;                              ///< likewise
  callback_thread callbacks_;                ///< last: what it runs needs the others
};

} // namespace caucus
