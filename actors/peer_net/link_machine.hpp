#pragma once

#include "actors/peer_net/body_budget.hpp"
#include "actors/peer_net/code_switcher.hpp"
#include "actors/peer_net/frame_reader.hpp"
#include "actors/peer_net/frame_writer.hpp"
#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_net_config.hpp"
#include "actors/peer_net/rate_table.hpp"
#include "actors/peer_net/request_table.hpp"
#include "actors/peer_net/tag_table.hpp"
#include "messages/hello.hpp"
#include "messages/net.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

/// One link's life, above TLS and below everything else: plain bytes in and out, frames, requests,
/// keep-alive. Who is let in, others decide.
///
///     fresh --init--> tls --secured--> hello --both accepted--> ready --goodbye--> closing --> fresh
///
/// The dialler speaks first. The other judges its hello, and accepts by answering with its own; the
/// dialler judges that one, and accepts with a ping. So each side knows that it was accepted before
/// it sends anything else, and a stranger gets nothing but a hello or a goodbye.
/// Pure. init and reset take it into and out of use and keep its buffers.

namespace caucus {

enum class link_state : std::uint8_t { fresh, tls, hello, ready, closing };

/// The peer's hello: say accept() or say_goodbye(). Nothing more is read before.
struct heard_hello {
  caucus::hello hello;
};
/// Both hellos are accepted.
struct became_ready {};
struct heard_frame {
  caucus::sink sink{};
  frame_in frame;
  bool may_drop = false; ///< its consumer having no room
};
/// The peer ends the link, and has said why.
struct heard_goodbye {
  caucus::goodbye goodbye;
};
using link_news = std::variant<heard_hello, became_ready, heard_frame, heard_goodbye>;

struct link_numbers {
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t dropped = 0; ///< frames to send that found no room, or made some
  std::uint64_t skipped = 0; ///< frames of unknown codes
  std::uint64_t late = 0;    ///< responses to requests that had timed out
  duration round_trip{0};    ///< of the last ping; 0: none yet
};

class link_machine {
public:
  /// `codes` and `config` must outlive the machine. `bell` is rung when a link that stopped reading
  /// for the sake of its bodies may go on.
  link_machine(const tag_table& codes, const peer_net_config& config,
               std::shared_ptr<doorbell> bell);
  link_machine(const link_machine&) = delete;
  link_machine& operator=(const link_machine&) = delete;
  ~link_machine();

  /// fresh -> tls: connected, or about to connect.
  void init(link_id id, bool dialled, time_point now);
  /// -> fresh. Precondition: requests were ended.
  void reset();
  /// tls -> hello: the other side is `peer`, by its certificate. `ours` is what it will be told.
  /// `rates`: the peer's, whichever of its links takes from them; null: this link's own.
  void secured(const peer_id& peer, hello ours, time_point now,
               std::shared_ptr<peer_rates> rates = nullptr);
  /// The hello heard is accepted. True: with that the link is ready, as we dialled it.
  [[nodiscard]] bool accept(time_point now);
  /// -> closing: nothing is sent after this. Where TLS is not up yet, nothing is said either.
  /// `read_on`: what the peer had sent before it hears of it is still wanted.
  void say_goodbye(const goodbye& what, bool read_on, time_point now);

  // -- reading ------------------------------------------------------------------------------------

  /// Whether to read now. `until`: by then at the latest ask again, set only where time alone
  /// helps.
  struct appetite {
    bool hungry = false;
    std::optional<time_point> until;
  };
  [[nodiscard]] appetite may_read(time_point now);
  /// Between two frames of what was read at once: whether to go on without asking may_read() again.
  /// The peer's rates are asked there alone: what it overdraws with one record it waits for before
  /// the next.
  [[nodiscard]] bool may_go_on() const {
    return !judging_ && read_on_ && bodies_->held() < bodies_held_max;
  }

  struct progress {
    std::size_t consumed = 0;
    std::optional<link_news> news; ///< none: no frame has ended, or one that is nobody else's
  };
  /// Takes bytes up to the end of one frame at most. Precondition: may_read. Errors are
  /// misbehaviour: end the link. Those of frame_reader and code_switcher, `out_of_turn`,
  /// `unasked_response`.
  [[nodiscard]] result<progress> read(bytes_view from, time_point now);

  // -- writing ------------------------------------------------------------------------------------

  /// Sends a frame for `by`. Errors, nothing sent: `link_lost` (not ready), `busy` (a lane or the
  /// table of requests is full), `body_too_large`, `unknown_code`, `bad_flags` (the code is no
  /// request, or no response), `code_taken` (an application's code, and `by` has not registered it;
  /// or one of ours, and `by` is an application), `truncated` (no body): our own shell's fault. Of
  /// them `busy` in the consensus lane must end the link: see frame_writer.
  result<void> send(to_net what, sink by, time_point now);
  /// As frame_writer::fill.
  [[nodiscard]] std::size_t fill(std::span<std::byte> out) { return writer_.fill(out); }
  [[nodiscard]] bool nothing_to_send() const { return writer_.empty(); }
  /// The socket took `count` bytes, `more` of which or beside which still wait; `moving`: the other
  /// end takes some.
  void wrote(std::size_t count, bool moving, bool more, time_point now);
  /// The other end takes some of what was written before.
  void moves(time_point now);

  // -- time ---------------------------------------------------------------------------------------

  /// Why the link must end now: `handshake_timeout`, `keepalive_timeout`, `write_stalled`;
  /// `shutting_down`: it was closing, and has had its time. Sends pings.
  [[nodiscard]] std::optional<errc> on_tick(time_point now);
  [[nodiscard]] std::vector<asker> expired(time_point now) { return requests_.expire(now); }
  /// The link is gone: those whose requests are lost.
  [[nodiscard]] std::vector<asker> end_requests() { return requests_.end_all(); }
  void forget_requests(sink of) { requests_.forget(of); }

  [[nodiscard]] link_state state() const { return state_; }
  [[nodiscard]] link_id id() const { return id_; }
  [[nodiscard]] const peer_id& peer() const { return peer_; } ///< zero before secured()
  [[nodiscard]] bool dialled() const { return dialled_; }
  [[nodiscard]] bool was_ready() const { return was_ready_; }
  [[nodiscard]] const std::optional<hello>& theirs() const { return theirs_; }
  /// A hello was heard and not answered yet.
  [[nodiscard]] bool judged_by_others() const { return judging_; }
  [[nodiscard]] link_numbers numbers() const;

private:
  using maybe_news = result<std::optional<link_news>>;
  [[nodiscard]] maybe_news on_frame(read_frame frame, time_point now);
  [[nodiscard]] maybe_news on_hello(const read_frame& frame, hello what);
  [[nodiscard]] maybe_news on_ping(read_frame frame, time_point now);
  [[nodiscard]] maybe_news on_pong(const read_frame& frame, const pong& what, time_point now);
  [[nodiscard]] maybe_news on_skipped(const read_frame& frame);
  [[nodiscard]] maybe_news on_forward(read_frame&& frame, const forward& to);
  [[nodiscard]] maybe_news on_response(read_frame&& frame, const to_asker& to);
  [[nodiscard]] link_news heard(read_frame&& frame, sink to, std::uint64_t answers, bool may_drop);
  [[nodiscard]] tl::unexpected<error> out_of_turn(const read_frame& frame) const;
  void become_ready(time_point now);
  void tell(packet_code code, bytes body);
  void send_ping(time_point now);
  void close_bodies();

  const tag_table* codes_;
  const peer_net_config* config_;
  std::shared_ptr<doorbell> bell_;
  link_state state_ = link_state::fresh;
  link_id id_;
  peer_id peer_;
  bool dialled_ = false;
  bool judging_ = false;  ///< a hello was heard, nobody has answered it
  bool accepted_ = false; ///< the peer's hello, by us
  bool was_ready_ = false;
  bool read_on_ = true;
  hello ours_;
  std::optional<hello> theirs_;
  frame_reader reader_;
  frame_writer writer_;
  request_table requests_;
  std::shared_ptr<body_budget> bodies_;     ///< one a life: bodies may outlive the link
  std::shared_ptr<peer_rates> rates_;       ///< null: not secured
  time_point since_;                        ///< of init, then of closing
  time_point heard_;                        ///< last bytes in, or when we last did not want any
  time_point pinged_;                       ///< last ping out
  std::optional<time_point> waiting_since_; ///< bytes to send, and none taken since
  std::uint64_t cookie_ = 0;
  link_numbers numbers_;
};

} // namespace caucus
