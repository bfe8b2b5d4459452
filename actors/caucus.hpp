#pragma once

#include "actors/administration/administration_io.hpp"
#include "actors/node_config.hpp"
#include "actors/notary/answer_check.hpp"
#include "actors/notary/rules.hpp"
#include "actors/presets.hpp"
#include "messages/closing.hpp"
#include "messages/control.hpp"
#include "messages/genesis.hpp"
#include "messages/group.hpp"
#include "messages/group_feed.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/net.hpp"
#include "messages/proof.hpp"
#include "messages/result.hpp"
#include "runtime/base/text.hpp"
#include "runtime/fresh_nonce.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// A node in a program of one's own, without an actor in sight. Installed also as
/// <caucus/caucus.hpp>. Includes no CAF, Asio, OpenSSL or SQLite.
///
///     auto node = caucus::client::start("mine");                     // a folder of `caucus init`
///     if (!node) { std::cerr << node.error(); return 1; }
///     auto told = node->propose({"profile", "put", {"name", "Ada"}}).get(); // result<receipt>
///     if (!told) { std::cerr << told.error(); return 1; }
///     auto name = node->get({.variable = "profile", .key = "name",
///                            .at_least = told->height.value() + 1}).get();
///     if (!name) { std::cerr << name.error(); return 1; }
///     std::cout << name->text().value_or("");                        // proven, not believed
///
/// Errors, ids (a height, say) and peers can be printed with <<; to_text() is a peer as text.
///
/// Threads: all functions of a handle may be called by any thread at any time; moving it and its
/// end may not. A node has one thread of callbacks: all that a program gives it to call runs there,
/// one at a time, never on a thread that does the node's work. So a callback may take its time, and
/// may call the handle, but it must not wait there for a future of the same node: that thread fills
/// them. What a callback throws is logged, and the next one runs.
///
/// Exactly once: a propose(), get(), change_group() or status() is answered once, whatever happens:
/// the actor behind restarts, the node stops, the program stops it in the middle. Where 65,536
/// answers wait for a callback that does not return, and after the stop, a call is refused (busy,
/// stopping) on the thread that makes it.
///
/// Actors of one's own: actors/node_topology.hpp, of which this is one user.

namespace caucus {

// -- what is proposed and asked -------------------------------------------------------------------

/// One mutation, by the names of the genesis.
struct change {
  using value = std::variant<std::int64_t, std::string>; ///< a string: any bytes

  std::string variable;
  std::string operation;
  std::vector<value> arguments{}; ///< <= arguments_max
  /// <= request_id_size_max. Applied once, however often this node is asked with it (it keeps
  /// 65,536); see make_request_id() of runtime/fresh_nonce.hpp. Empty: none, so it cannot be
  /// proposed again safely.
  std::string request_id{};
  std::chrono::milliseconds timeout{30'000}; ///< > 0, <= 1 h; then outcome_unknown
};

/// A read. Without a key, all of a set, map or custom variable: refused (too_long) where it has
/// more than entries_per_answer_max entries, or they take more than 1 MiB with their proofs. A
/// single key can be read however many there are.
struct question {
  std::string variable;
  std::string key{};
  /// Waits for a certified header of this height: 1 above a receipt's shows what it did.
  std::uint64_t at_least = 0;
  /// Shows whatever was acknowledged, through any node, before get() was called: n - f members say
  /// so, each by a signature under a nonce made for this read, which is checked here. Takes a round
  /// to them, and the wait for the state that shows what they know of.
  bool fresh = false;
  std::chrono::milliseconds timeout{30'000}; ///< > 0, <= 1 h
};

/// What was read: proven by a quorum's signatures. A value.
class reading {
public:
  reading(std::shared_ptr<const genesis> from, verified_answer what,
          std::shared_ptr<const answer> proof, std::shared_ptr<const freshness> fresh = nullptr,
          shared_history epochs = nullptr)
      : from_{std::move(from)}, what_{std::move(what)}, proof_{std::move(proof)},
        fresh_{std::move(fresh)}, epochs_{std::move(epochs)} {}

  [[nodiscard]] const verified_answer& proven() const { return what_; }
  /// Of a fresh read: whose word it is, and under which nonce. Null: it was none.
  [[nodiscard]] const freshness* fresh() const { return fresh_.get(); }
  /// Of the register, or of the one entry that was asked for. Nothing: proven absent.
  [[nodiscard]] std::optional<std::string> text() const;
  /// Of this entry, by its whole key. Nothing: absent; or not asked for, unless proven().whole.
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  /// A counter's value; of a set, map or custom variable that was read without a key, the count of
  /// its entries. 0 for others.
  [[nodiscard]] std::int64_t number() const;
  /// What was read, as keys and values, sorted by key: all entries of a set, map or custom
  /// variable, or the one that was asked for if it is there. Empty for counters and registers. A
  /// member of a set has an empty value. Empty and proven().whole: there are none.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> entries() const;
  /// The whole answer, for verify_reading() and `caucus verify`, which takes --rules NAME:VERSION
  /// where the network has C++ rules.
  [[nodiscard]] std::string to_json() const;

private:
  std::shared_ptr<const genesis> from_; ///< never null
  verified_answer what_;
  std::shared_ptr<const answer> proof_; ///< never null
  std::shared_ptr<const freshness> fresh_;
  shared_history epochs_; ///< null: the first alone
};

/// Checks what reading::to_json() wrote, offline, trusting nobody: with the genesis, and the name
/// and version of the C++ rules if the network has any. Errors: those of the genesis file;
/// file_malformed, bad_proof, bad_certificate (for another genesis or other rules too),
/// unknown_variable, wrong_group.
[[nodiscard]] result<reading> verify_reading(const std::filesystem::path& genesis_file,
                                             const rules& with, std::string_view json);
/// The same, and it is to what is asked here: what others wrote may be just as true of another
/// variable, key or height, and half of it would read as if the rest were not there. `asked.key` is
/// the whole key, with its owner's id in front where entries have owners; `fresh` and `timeout` do
/// not count. Errors: also bad_proof and stale_answer.
[[nodiscard]] result<reading> verify_reading(const std::filesystem::path& genesis_file,
                                             const rules& with, std::string_view json,
                                             const question& asked);

// -- what a program may be told -------------------------------------------------------------------

/// All run on the node's thread of callbacks. Each may be left out.
struct callbacks {
  /// A peer has shown who it is (TLS) and its hello fits: may there be a link, dialled by it or by
  /// us? Asked once for each link, before anything else is said, where there is a place for it:
  /// members first; about one link of a peer at a time; about strangers who dialled, as many as
  /// net.handshakes and net.handshakes_per_address let wait. Deadline: what is left of
  /// net.handshake_timeout (5 s), and that for all callbacks that wait before it. Refused, and
  /// logged: one that throws, or is later. The node goes on meanwhile, and no answer or block waits
  /// for more than one call of it.
  std::function<bool(const link_info&)> allow_connection{};
  /// A link that was up is closed, and why: also in good order (shutting_down). Not told of the
  /// loser of two links to one peer. No deadline. While 1,024 wait, more are dropped; status()
  /// counts them.
  std::function<void(const link_ended&)> handle_errored{};
  /// What the node's actors told its network: whom to dial, leave, ban, blame. No deadline; dropped
  /// as above.
  std::function<void(const directive&)> handle_internal{};
  /// A final block with mutations, each once and in order, from resume_from on; a large one in
  /// parts, of which all but the last say `more`. No deadline: nothing waits for it but itself. One
  /// that throws has been told. A program that keeps the height of the last whole one in the same
  /// place as what it made of it, and resumes at the next, loses nothing and repeats nothing.
  /// Blocks without mutations are left out, unless the group announced something by one
  /// (`announce`, of change_group() or `caucus group announce`). Names are as propose() takes them.
  std::function<void(const committed_block&)> on_committed{};
  /// The first height wanted of on_committed; 0: from the beginning.
  std::uint64_t resume_from = 0;
  /// In place of blocks that this node keeps no more (node.keep_blocks), or never had, as its
  /// folder is of a snapshot; on_committed goes on behind them. They may all have been without
  /// mutations. What they did is in the state: ask for it by get(), keep what on_committed tells
  /// until it is there, and drop the blocks whose heights are below the reading's. Without on_gap
  /// on_committed ends there, and the log says so.
  std::function<void(const ledger_gap&)> on_gap{};
  /// Who votes: at first the newest epoch that this node knows at its start, then each one that
  /// begins, in order and none left out. A node that was never in the group starts with the
  /// genesis' members, and learns of all since. In no order with on_committed but by their heights.
  std::function<void(const epoch_begun&)> on_epoch{};
  /// The node has ended by itself after its start(), and why: a disk that fails again and again,
  /// say. Told once, after all who wait have been answered; wait() returns then. Still to be
  /// stopped.
  std::function<void(const error&)> on_ended{};
};

// -- the node -------------------------------------------------------------------------------------

/// Handle: a node that runs, server or client. Move-only. Its end stops it within 10 s.
class node_handle {
public:
  node_handle(node_handle&&) noexcept;
  node_handle&
  operator=(node_handle&&) noexcept; ///< stops the one that was there, if it was another
  ~node_handle();

  /// Never blocks. The receipt says applied, or refused and why; both are the group's and final.
  /// Errors: busy (not proposed: too much at once), over_quota (not proposed: the genesis lets this
  /// node write no more now; the text says when), stopping (not proposed), outcome_unknown (in time
  /// no receipt: it may still be applied; propose it again with the same request id), not proposed
  /// for what it says: unknown_variable, unknown_operation, wrong_arguments, request_id_reused,
  /// value_out_of_range (its timeout); nor for who says it: not_a_writer (no variable is open to
  /// this node, or it has written nothing yet and the group remembers no more strangers).
  void propose(const change& what, std::function<void(result<receipt>)> then);
  [[nodiscard]] std::future<result<receipt>> propose(const change& what);

  /// Never blocks. What is read is checked against the genesis, on the thread of callbacks.
  /// Errors: unknown_variable, wrong_arguments (its key), value_out_of_range (its timeout),
  /// too_long (more than one answer holds: see question), not_yet, timed_out, no_quorum_answered,
  /// busy, stopping; bad_proof and bad_certificate: this node's own state is broken.
  void get(const question& what, std::function<void(result<reading>)> then);
  [[nodiscard]] std::future<result<reading>> get(const question& what);

  /// Never blocks. Asks, as this member's operator, that the group changes itself, as `caucus
  /// group` does. The reply is of its own receipt: who has asked so far, and whether it has passed,
  /// which takes f + 1 that ask and a quorum that agrees; an epoch that it brings about is told to
  /// on_epoch, an `announce` that passes to on_committed. Of an `admit` and a `replace`, an empty
  /// name and address are what the newcomer says of itself, or else those of who is replaced; a
  /// `bar` is of whole seconds, upwards. Errors: refused_by_rule (why, for people; also while too
  /// few members are linked to begin with: ask again), not_a_writer (this node is no member),
  /// bad_request (of `retire`: another than this node; of others: as `caucus group` says),
  /// value_out_of_range (the timeout), over_quota, busy, not_yet (the node has just started),
  /// stopping: all not asked; timed_out, outcome_unknown: it may be asked for. To ask again is the
  /// same while it is open, an hour; what passed meanwhile, `announce` say, would be asked for
  /// anew.
  void change_group(const group_directive& what, std::chrono::milliseconds timeout,
                    std::function<void(result<directive_reply>)> then);
  [[nodiscard]] std::future<result<directive_reply>>
  change_group(const group_directive& what,
               std::chrono::milliseconds timeout = std::chrono::seconds{30});

  /// Never blocks. Parts that did not answer within 2 s are missing. Errors: busy, stopping.
  void status(std::function<void(result<node_status>)> then);
  [[nodiscard]] std::future<result<node_status>> status();

  [[nodiscard]] const node_facts& facts() const;
  /// What is proposed to a variable is declared here.
  [[nodiscard]] const genesis& from() const;

  /// Refuses what comes, lets the actors work off what they have, answers who waits, and waits for
  /// the callbacks. Idempotent; true: done in order within the time, at most 24 h. False: not, or
  /// called by a callback, which cannot wait for itself. What was acknowledged is safe in either
  /// case.
  bool stop(std::chrono::milliseconds deadline);

  /// Until somebody stops it. Error: internal, or what a file says of itself (bad_checksum, say):
  /// it ended by itself, and why; still to be stopped.
  [[nodiscard]] result<void> wait();
  /// Until SIGTERM or SIGINT, and then stops it within `deadline`; or as wait(). Handlers are
  /// installed here and nowhere else, and put back on the way out; a second signal finds those of
  /// before.
  /// Errors: those of wait(); timed_out: not stopped in order; in_use: another thread is in here.
  [[nodiscard]] result<void>
  run_until_signal(std::chrono::milliseconds deadline = std::chrono::seconds{10});

protected:
  struct inside;
  explicit node_handle(std::shared_ptr<inside> made);
  [[nodiscard]] static result<std::shared_ptr<inside>> make(node_config config, const rules& with,
                                                            callbacks on);

private:
  std::shared_ptr<inside> inside_; ///< null: moved from
};

/// Accepts links; votes if its key is a member's.
class server : public node_handle {
public:
  /// From a node.toml, or a folder with one; see apps/caucus/README.md for its keys. `log` of it
  /// holds for the process. Errors, each naming the file or key and what to do: those of the
  /// configuration, the genesis, the rules, the identity, the folder, the port; bad_checksum and
  /// others: a file of the folder is damaged, or its ledger was written under other rules;
  /// timed_out: node.start_deadline. Nothing runs then. Waits until the node has read its files:
  /// with a long ledger that takes a while. Callbacks may be called before this returns.
  [[nodiscard]] static result<server> start(const std::filesystem::path& config,
                                            const rules& with = {}, callbacks on = {});
  /// From values: `directory` and `genesis` must be given, `identity` is identity.key in the
  /// directory if it is not. Its `mode` does not count.
  [[nodiscard]] static result<server> start(node_config config, const rules& with = {},
                                            callbacks on = {});

private:
  explicit server(std::shared_ptr<inside> made) : node_handle{std::move(made)} {}
};

/// Follows the group, verifies, proposes. Listens only where its configuration says so.
class client : public node_handle {
public:
  /// As server::start().
  [[nodiscard]] static result<client> start(const std::filesystem::path& config,
                                            const rules& with = {}, callbacks on = {});
  /// From values: one whose `mode` is not client does not listen.
  [[nodiscard]] static result<client> start(node_config config, const rules& with = {},
                                            callbacks on = {});

private:
  explicit client(std::shared_ptr<inside> made) : node_handle{std::move(made)} {}
};

} // namespace caucus
