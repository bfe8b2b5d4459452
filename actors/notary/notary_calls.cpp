#include "actors/notary/notary_calls.hpp"

#include "actors/notary/notary_commands.hpp"
#include "actors/notary/notary_config.hpp"
#include "runtime/base/overloaded.hpp"

#include <string>
#include <utility>
#include <variant>

namespace caucus {

namespace {

template <class T>
command_reply ended(request_tag tag, result<T> what) {
  return {tag,
          what ? result<any_value>{any_value{std::move(*what)}}
               : tl::make_unexpected(std::move(what.error())),
          true};
}

error why_ended(const subscription_ended& how) {
  const auto why = how.code;
  if (why == errc::pruned) {
    return pruned_below(how.oldest);
  }
  return {why, why == errc::history_gone
                 ? "a block of the ledger from there on cannot be read, it is damaged or no "
                   "longer kept; the node's log says which"
                 : "the log ended: " + std::string{to_string(why)}};
}

result<read_reply> read_of(get_answer& got) {
  if (!got.answer) {
    return tl::make_unexpected(std::move(got.answer.error()));
  }
  return read_reply{std::move(*got.answer), std::move(got.fresh), std::move(got.history)};
}

result<receipt_reply> receipt_of(receipt_answer& got) {
  if (!got.proof) {
    return tl::make_unexpected(std::move(got.proof.error()));
  }
  return receipt_reply{std::move(*got.proof), std::move(got.history)};
}

} // namespace

notary_calls::notary_calls(outboxes<command_reply> replies, asker_index first) : first_{first} {
  for (auto& one : replies) {
    replies_.emplace_back(std::move(one));
  }
}

void notary_calls::restarted(std::size_t caller) {
  replies_[caller].clear();
  logs_.erase(logs_.lower_bound({caller, 0}), logs_.lower_bound({caller + 1, 0}));
}

notary_request notary_calls::request(std::size_t caller, const command_call& what) {
  notary_request out;
  const auto open = [&](const call_opened& call) {
    const auto tag = call.tag;
    notary_commands::dispatch(
      call.command,
      overloaded{[&](const control_propose& of) {
                   out = propose_request{tag, of.request_id, of.encoded, of.timeout};
                 },
                 [&](const control_get& of) {
                   out = get_request{tag, of.request(), of.fresh, of.timeout, of.nonce};
                 },
                 [&](const control_receipt& of) {
                   out = receipt_request{tag, of.block, of.index, of.timeout};
                 },
                 [&](const control_log& of) {
                   out = subscribe_request{tag, of.first, of.index};
                   if (!of.follow) {
                     logs_.emplace(caller, tag);
                   }
                 },
                 [&](const control_status&) { out = status_request{tag}; },
                 [&](const control_evidence& of) {
                   out = evidence_request{tag, of.skipped};
                 }});
  };
  std::visit(overloaded{open, [&](const call_taken& taken) { out = committed_taken{taken.tag}; },
                        [&](const call_cancelled& gone) {
                          logs_.erase({caller, gone.tag});
                          out = unsubscribe_request{gone.tag};
                        }},
             what);
  return out;
}

std::optional<notary_request> notary_calls::answer(asker_index asker, notary_answer what) {
  const auto caller = asker - first_;
  auto& to = replies_[caller];
  std::optional<notary_request> then;
  std::visit(overloaded{[&](propose_answer& of) { to.push(ended(of.tag, std::move(of.receipt))); },
                        [&](get_answer& of) { to.push(ended(of.tag, read_of(of))); },
                        [&](receipt_answer& of) { to.push(ended(of.tag, receipt_of(of))); },
                        [&](notary_status& of) {
                          to.push({of.tag, any_value{std::move(of)}, true});
                        },
                        [&](evidence_answer& of) {
                          to.push({of.tag, any_value{std::move(of)}, true});
                        },
                        [&](committed_answer& of) {
                          to.push({of.tag, any_value{std::move(of.block)}, false});
                        },
                        ignored<group_told, rules_answer>{}, // a caller asks administration
                        [&](const subscription_caught_up& of) {
                          if (logs_.erase({caller, of.tag}) > 0) {
                            to.push({of.tag, any_value{}, true});
                            then = unsubscribe_request{of.tag};
                          }
                        },
                        [&](const subscription_ended& of) {
                          logs_.erase({caller, of.tag});
                          to.push({of.tag, tl::make_unexpected(why_ended(of)), true});
                        }},
             what);
  return then;
}

} // namespace caucus
