#include "actors/rpc/rpc.hpp"

#include "runtime/base/overloaded.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace caucus {

namespace {

error unknown_outcome(const char* why) {
  return {errc::outcome_unknown,
          std::string{why}
            + ": it may or may not be applied; ask again with its request id, if it has one"};
}

} // namespace

// -- calls ---------------------------------------------------------------------------------------

void rpc::open(call_id id, const control_request& what, bytes encoded, time_point now,
               std::vector<rpc_action>& out) {
  if (std::holds_alternative<control_version>(what)) {
    out.emplace_back(rpc_reply{id, version_wanted{}, true});
    return;
  }
  if (calls_.size() >= limits_.calls_max) {
    out.emplace_back(
      rpc_reply{id, error{errc::busy, "too many control calls at once; try again"}, true});
    return;
  }
  const auto* const read = std::get_if<control_get>(&what);
  const bool whole = read != nullptr && read->what.whole;
  if (whole && whole_reads_ >= limits_.whole_reads_max) {
    out.emplace_back(rpc_reply{
      id, error{errc::busy, "too many reads of whole variables at once; try again"}, true});
    return;
  }
  whole_reads_ += whole ? 1 : 0;
  call made;
  made.whole = whole;
  made.tag = ++last_tag_;
  ask(made, what, std::move(encoded), now, out);
  if (made.deadline) {
    due_.emplace(*made.deadline, id);
  }
  tags_.emplace(made.tag, id);
  calls_.emplace(id, std::move(made));
}

void rpc::ask(call& made, const control_request& what, bytes encoded, time_point now,
              std::vector<rpc_action>& out) const {
  const auto tag = made.tag;
  std::visit(
    overloaded{
      [&](const control_propose& proposing) {
        made.what = kind::propose;
        made.deadline = now + proposing.timeout + limits_.grace;
        out.emplace_back(notary_request{
          propose_request{tag, proposing.request_id, std::move(encoded), proposing.timeout}});
      },
      [&](const control_get& getting) {
        made.what = kind::get;
        made.deadline = now + getting.timeout + limits_.grace;
        out.emplace_back(notary_request{
          get_request{tag, getting.what, getting.fresh, getting.timeout, getting.nonce}});
      },
      [&](const control_evidence& lies) {
        made.what = kind::lies;
        made.deadline = now + limits_.status_timeout;
        out.emplace_back(notary_request{evidence_request{tag, lies.from}});
      },
      [&](const control_receipt& proving) {
        made.what = kind::receipt;
        made.deadline = now + proving.timeout + limits_.grace;
        out.emplace_back(
          notary_request{receipt_request{tag, proving.at, proving.index, proving.timeout}});
      },
      [&](const control_log& logging) {
        made.what = kind::log;
        made.next = logging.from;
        made.index = logging.index;
        made.follow = logging.follow;
        made.subscribed = true;
        out.emplace_back(notary_request{subscribe_request{tag, logging.from, logging.index}});
      },
      [&](const control_status& status) {
        made.status.group = status.group;
        ask_all(made, now, out);
      },
      [&](const control_metrics&) {
        made.as_metrics = true;
        ask_all(made, now, out);
      },
      ignored<control_version>{}}, // answered before anything is asked
    what);
}

void rpc::ask_all(call& made, time_point now, std::vector<rpc_action>& out) const {
  made.what = kind::status;
  made.deadline = now + limits_.status_timeout;
  out.emplace_back(notary_request{status_request{made.tag}});
  out.emplace_back(ask_consensus{{made.tag, made.status.group}});
  out.emplace_back(ask_peer_net{{made.tag}});
}

void rpc::gone(call_id id, std::vector<rpc_action>& out) {
  const auto at = calls_.find(id);
  if (at == calls_.end()) {
    return;
  }
  // What nobody waits for keeps no place there: a receipt may be waited for as long as an hour.
  if (at->second.subscribed || at->second.what == kind::receipt) {
    out.emplace_back(notary_request{unsubscribe_request{at->second.tag}});
  }
  erase(at);
}

void rpc::erase(call_map::iterator at) {
  whole_reads_ -= at->second.whole ? 1 : 0;
  tags_.erase(at->second.tag);
  if (at->second.deadline) {
    due_.erase({*at->second.deadline, at->first});
  }
  calls_.erase(at);
}

void rpc::sent(call_id id, std::size_t size, std::vector<rpc_action>& out) {
  const auto at = calls_.find(id);
  if (at == calls_.end()) {
    return;
  }
  auto& to = at->second;
  to.in_flight += size;
  if (to.subscribed && to.in_flight > limits_.window) {
    to.subscribed = false;
    out.emplace_back(notary_request{unsubscribe_request{to.tag}});
    tags_.erase(to.tag); // what is still on its way under this tag will be told again
  }
}

void rpc::taken(call_id id, std::size_t size, std::vector<rpc_action>& out) {
  const auto at = calls_.find(id);
  if (at == calls_.end()) {
    return;
  }
  auto& to = at->second;
  to.in_flight -= std::min(size, to.in_flight);
  if (to.what == kind::log && !to.subscribed && !to.awaits_notary && to.in_flight == 0) {
    subscribe(id, to, out);
  }
}

void rpc::subscribe(call_id id, call& to, std::vector<rpc_action>& out) {
  tags_.erase(to.tag);
  to.tag = ++last_tag_;
  to.subscribed = true;
  to.awaits_notary = false;
  tags_.emplace(to.tag, id);
  out.emplace_back(notary_request{subscribe_request{to.tag, to.next, to.index}});
}

// -- answers -------------------------------------------------------------------------------------

rpc::call* rpc::find(request_tag tag, kind what) {
  const auto at = tags_.find(tag);
  if (at == tags_.end()) {
    return nullptr;
  }
  auto& found = calls_.at(at->second);
  return found.what == what ? &found : nullptr;
}

void rpc::finish(call_map::iterator at, control_reply what, std::vector<rpc_action>& out) {
  out.emplace_back(rpc_reply{at->first, std::move(what), true});
  erase(at);
}

void rpc::end(request_tag tag, kind what, control_reply reply, std::vector<rpc_action>& out) {
  if (find(tag, what) != nullptr) {
    finish(calls_.find(tags_.at(tag)), std::move(reply), out);
  }
}

void rpc::hear(notary_answer what, std::vector<rpc_action>& out) {
  std::visit(
    overloaded{[&](propose_answer& proposed) {
                 end(proposed.tag, kind::propose,
                     proposed.what ? control_reply{std::move(*proposed.what)}
                                   : control_reply{as_told(std::move(proposed.what.error()))},
                     out);
               },
               [&](get_answer& got) {
                 auto reply =
                   !got.what ? control_reply{as_told(std::move(got.what.error()))}
                   : got.fresh != nullptr
                     ? control_reply{fresh_answer{std::move(*got.what), std::move(got.fresh)}}
                     : control_reply{std::move(*got.what)};
                 end(got.tag, kind::get, std::move(reply), out);
               },
               [&](receipt_answer& proven) {
                 end(proven.tag, kind::receipt,
                     proven.what ? control_reply{std::move(*proven.what)}
                                 : control_reply{as_told(std::move(proven.what.error()))},
                     out);
               },
               [&](notary_status& status) {
                 if (auto* const of = find(status.tag, kind::status)) {
                   const auto tag = status.tag;
                   of->status.notary = std::move(status);
                   complete_status(tag, out);
                 }
               },
               [&](evidence_answer& lies) {
                 const auto tag = lies.tag;
                 end(tag, kind::lies, std::move(lies), out);
               },
               [&](const committed_answer& committed) { hear(committed, out); },
               [&](const subscription_caught_up& all) { hear(all, out); },
               [&](const subscription_ended& ended) { hear(ended, out); }},
    what);
}

void rpc::hear(const committed_answer& what, std::vector<rpc_action>& out) {
  if (auto* const of = find(what.tag, kind::log)) {
    const auto& part = *what.what;
    of->next = part.more ? part.at : part.at.next();
    of->index = part.more ? part.mutations.back().index + 1 : 0;
    out.emplace_back(notary_request{committed_taken{what.tag}}); // before the reply may unsubscribe
    out.emplace_back(rpc_reply{tags_.at(what.tag), what.what, false});
  }
}

void rpc::hear(const subscription_caught_up& what, std::vector<rpc_action>& out) {
  auto* const of = find(what.tag, kind::log);
  if (of != nullptr && !of->follow) {
    const auto at = calls_.find(tags_.at(what.tag));
    out.emplace_back(notary_request{unsubscribe_request{what.tag}});
    finish(at, log_end{what.at}, out);
  }
}

/// A notary that stops while the node does not is being restarted, with its group or alone.
error rpc::as_told(error why) const {
  if (why.code == errc::stopping && !node_stops_) {
    return {errc::busy, "the notary is being restarted; ask again"};
  }
  return why;
}

void rpc::hear(const subscription_ended& what, std::vector<rpc_action>& out) {
  auto* const of = find(what.tag, kind::log);
  if (of != nullptr && what.why == errc::stopping && !node_stops_) {
    tags_.erase(of->tag);
    of->subscribed = false;
    of->awaits_notary = true;
    return;
  }
  end(what.tag, kind::log,
      error{what.why, what.why == errc::history_gone
                        ? "a block of the ledger from there on cannot be read, it is damaged or no "
                          "longer kept; the node's log says which"
                        : "the log ended: " + std::string{to_string(what.why)}},
      out);
}

void rpc::hear(consensus_status what, std::vector<rpc_action>& out) {
  if (auto* const of = find(what.tag, kind::status)) {
    const auto tag = what.tag;
    of->status.consensus = std::move(what);
    complete_status(tag, out);
  }
}

void rpc::hear(peer_net_status what, std::vector<rpc_action>& out) {
  if (auto* const of = find(what.tag, kind::status)) {
    const auto tag = what.tag;
    of->status.peer_net = std::move(what);
    complete_status(tag, out);
  }
}

void rpc::complete_status(request_tag tag, std::vector<rpc_action>& out) {
  const auto at = calls_.find(tags_.at(tag));
  const auto& status = at->second.status;
  if (status.notary && status.consensus && status.peer_net) {
    tell_status(at, out);
  }
}

void rpc::tell_status(call_map::iterator at, std::vector<rpc_action>& out) {
  auto told = std::move(at->second.status);
  if (at->second.as_metrics) {
    finish(at, node_metrics{std::move(told)}, out);
  } else {
    finish(at, std::move(told), out);
  }
}

void rpc::notary_restarted(std::vector<rpc_action>& out) {
  for (auto at = calls_.begin(); at != calls_.end();) {
    const auto current = at++;
    auto& one = current->second;
    if (one.tag > forgotten_) {
      continue; // asked of the new life
    }
    switch (one.what) {
      case kind::propose: finish(current, unknown_outcome("the notary restarted"), out); break;
      case kind::get:
      case kind::lies:
      case kind::receipt:
        finish(current, error{errc::busy, "the notary restarted; ask again"}, out);
        break;
      case kind::log:
        if (one.subscribed) { // it may have been in the ring: then the new life has it
          out.emplace_back(notary_request{unsubscribe_request{one.tag}});
        }
        if (one.subscribed || one.awaits_notary) {
          subscribe(current->first, one, out);
        }
        break;
      case kind::status: break; // its own time-out is short
    }
  }
}

// -- time ----------------------------------------------------------------------------------------

void rpc::tick(time_point now, std::vector<rpc_action>& out) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto current = calls_.find(due_.begin()->second);
    auto& one = current->second;
    if (one.what == kind::status) {
      tell_status(current, out);
    } else if (one.what == kind::propose) {
      finish(current, unknown_outcome("no receipt in time"), out);
    } else {
      finish(current, error{errc::timed_out, "no answer in time"}, out);
    }
  }
}

std::optional<time_point> rpc::next_deadline() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

} // namespace caucus
