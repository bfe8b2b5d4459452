#pragma once

#include "actors/notary_line.hpp"
#include "actors/rpc/call_edges.hpp"
#include "actors/rpc/call_table.hpp"
#include "actors/rpc/library_desk.hpp"
#include "messages/control.hpp"
#include "messages/net.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"
#include "runtime/shell.hpp"

#include <memory>
#include <optional>
#include <utility>

/// The program around a node as an actor: takes its threads' calls, asks the actors that know, and
/// gives their answers, what was committed and the news of peers to the desk, whose thread calls
/// back.
///
/// Accepts:  library_call (`calls`, from any thread of the program); command_reply (`heard`:
///           heard[i] answers asks[i]); peer_news (`news`), connection_question (`questions`);
///           notary_answer (`group_heard`)
/// Emits:    command_call (`asks`), connection_verdict (`verdicts`), notary_request (`group_asks`)
/// Lifetime: the topology's. While an edge of `asks` is full it takes no calls, so that callers
///           hear busy; while too many news wait for the program it takes none. What was committed
///           has a window (call_limits::window): a program that is slower is subscribed anew from
///           the height where it is, so the one edge from the notary never waits for it.
/// A restart loses the calls that it had taken: the desk tells their callers. Nothing committed is
/// told twice, or left out but by a gap.

namespace caucus {

struct library_setup {
  std::shared_ptr<library_desk> desk;            ///< never null
  std::shared_ptr<const command_table> commands; ///< never null; its places are those of the edges
  call_limits limits = [] {
    call_limits out;
    out.calls_max = library_desk::calls_max + 1; // what was committed is one
    return out;
  }();
};

class library_actor {
public:
  static constexpr const char* name = "library";

  struct ports {
    inbox<library_call> calls;
    outboxes<command_call> asks;
    inboxes<command_reply> heard;
    inboxes<peer_news> news;                ///< connected where the program has a hook for them
    inboxes<connection_question> questions; ///< connected where the program allows links
    outboxes<connection_verdict> verdicts;  ///< likewise
    outboxes<notary_request> group_asks;    ///< connected where the program has a hook for epochs
    inboxes<notary_answer> group_heard;     ///< likewise
    void each(auto&& visit) {
      visit("calls", calls);
      visit("asks", asks);
      visit("heard", heard);
      visit("news", news);
      visit("questions", questions);
      visit("verdicts", verdicts);
      visit("group_asks", group_asks);
      visit("group_heard", group_heard);
    }
  };

  library_actor(ports its_ports, context& around, library_setup setup);

  bool step() { return shell_.step(); }
  [[nodiscard]] bool idle() { return shell_.idle(); }

private:
  void declare_turns();
  void hear_desk();
  void take(library_call one);
  void follow();
  void perform(call_told& what);
  void perform(call_asked& what) { actors_.ask(std::move(what)); }
  void end_log(const error& why);
  void look_for_gap();
  void hear_oldest(const result<any_value>& told);

  ports ports_;
  context& around_;
  std::shared_ptr<library_desk> desk_;
  call_table core_;
  bool following_ = false;                ///< what is committed
  std::optional<time_point> follow_at_;   ///< none: not wanted, or not any more
  call_edges actors_;                     ///< bounded by a turn: no call is taken while one waits
  delivery<connection_verdict> verdicts_; ///< bounded by the links asked about
  std::optional<notary_line> line_;       ///< none: the program has no hook for epochs
  shell<call_table> shell_;
};

} // namespace caucus
