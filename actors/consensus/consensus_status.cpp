#include "actors/consensus/consensus_status.hpp"

#include "messages/genesis.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/status_sheet.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

json milliseconds_json(duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string why_no_word(const member_word& of, const peer_net_status& net) {
  if (of.code != errc::link_lost) {
    return of.code == errc::timed_out
             ? "it has a link and did not say how it is; a version before this one cannot"
             : "it could not be asked: " + std::string{to_string(of.code)};
  }
  const auto* const known = net.missing_one(of.peer);
  return known == nullptr || known->reason.empty() ? "no link to it yet" : known->reason;
}

json self_json(const member& self, const consensus_status& of, const peer_net_status& net,
               const status_parts& all) {
  const auto& node = *all.context;
  return {{"member", self.name},
          {"peer", to_text(node.self)},
          {"self", true},
          {"answered", true},
          {"height", of.final_height.value()},
          {"view", of.view.value()},
          {"votes", of.votes},
          {"standstill", of.standstill},
          {"clock_ahead_ms", 0},
          {"links", net.linked(all.voters().members())},
          {"version", node.version},
          {"address", self.address}};
}

/// What a member said of itself, or why it said nothing.
void put_word(json& line, const member_word* word, const peer_net_status& net) {
  if (word == nullptr) {
    line["reason"] = "this node's consensus does not answer";
  } else if (!word->state) {
    line["reason"] = why_no_word(*word, net);
  } else {
    const auto& said = *word->state;
    line["height"] = said.height.value();
    line["view"] = said.view.value();
    line["votes"] = said.votes;
    line["standstill"] = said.standstill;
    line["clock_ahead_ms"] = milliseconds_json(word->clock_ahead);
    line["links"] = said.members.size();
    line["round_trip_ms"] = milliseconds_json(word->round_trip);
  }
}

json other_json(const member& one, const consensus_status& of, const peer_net_status& net) {
  const auto word = std::find_if(of.members.begin(), of.members.end(),
                                 [&one](const auto& each) { return each.peer == one.peer; });
  const auto* const link = net.link_to(one.peer);
  const auto* const known = net.missing_one(one.peer);
  json line{{"member", one.name},
            {"peer", to_text(one.peer)},
            {"self", false},
            {"answered", word != of.members.end() && word->state.has_value()}};
  put_word(line, word == of.members.end() ? nullptr : &*word, net);
  if (link != nullptr) {
    const auto slash = link->agent.rfind('/');
    line["version"] = slash == std::string::npos ? link->agent : link->agent.substr(slash + 1);
  }
  line["address"] = link != nullptr
                      ? (link->info.listens_at.empty() ? link->info.address : link->info.listens_at)
                    : known != nullptr ? known->address
                                       : one.address;
  return line;
}

/// Each member, this node too: its own word, which nobody vouches for. How it is reached, peer_net tells.
json group_json(const consensus_status& of, const status_parts& all) {
  const auto* const known = all.find<peer_net_status>();
  const auto net = known == nullptr ? peer_net_status{} : *known;
  auto out = json::array();
  for (const auto& one : all.voters().members()) {
    out.push_back(one.peer == all.context->self ? self_json(one, of, net, all)
                                                : other_json(one, of, net));
  }
  return out;
}

} // namespace

void put_status(status_sheet& to, const consensus_status& of, const status_parts& all) {
  const auto& voters = all.voters();
  to.put("view", of.view.value());
  to.put("epoch", of.epoch.value());
  to.put("votes", of.votes);
  to.put("leader",
         of.leader && voters.has(*of.leader) ? json(voters.name_of(*of.leader)) : json(nullptr));
  to.put("standstill", of.standstill);
  auto clocks = json::array();
  for (const auto& one : of.clocks) {
    if (voters.has(one.member)) {
      clocks.push_back({{"member", voters.name_of(one.member)}, {"ahead_ms", one.ahead.count()}});
    }
  }
  to.put("clocks", clocks);
  to.put("clock_problem", of.clock_problem);
  to.put("delta_ms", milliseconds_json(of.delta));
  to.problem(of.problem);
  if (all.group) {
    to.put("group", group_json(of, all));
  }
}

void put_metrics(metric_sheet& to, const consensus_status& of, const status_parts& /*all*/) {
  to.gauge("caucus_view", "The view that consensus is in.", of.view.value());
  to.gauge("caucus_epoch", "The epoch that it is in.", of.epoch.value());
  to.gauge("caucus_votes", "1: this node is a member and free to vote.", of.votes);
  to.gauge("caucus_standstill",
           "1: no block becomes final, though something waits or too few are linked.",
           of.standstill);
  to.gauge("caucus_delta_seconds", "The time within which messages are expected to arrive.",
           std::chrono::duration<double>(of.delta).count());
}

} // namespace caucus
