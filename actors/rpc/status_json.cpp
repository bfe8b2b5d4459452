#include "actors/rpc/status_json.hpp"

#include "runtime/commands/strict_json.hpp"
#include "messages/accusation.hpp"
#include "messages/quorum.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& what) {
  return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string_view mode_name(node_mode mode) {
  return mode == node_mode::server ? "server" : "client";
}

json milliseconds_json(duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// null where it is no member.
json name_json(const peer_id& who, const genesis& from) {
  const auto name = member_name(who, from);
  return name.empty() ? json(nullptr) : json(name);
}

const link_status* link_to(const peer_id& who, const peer_net_status& net) {
  const auto at = std::find_if(net.links.begin(), net.links.end(),
                               [&who](const auto& one) { return one.who.peer == who; });
  return at == net.links.end() ? nullptr : &*at;
}

const missing_peer* missing_of(const peer_id& who, const peer_net_status& net) {
  const auto at = std::find_if(net.missing.begin(), net.missing.end(),
                               [&who](const auto& one) { return one.peer == who; });
  return at == net.missing.end() ? nullptr : &*at;
}

json link_json(const link_status& of) {
  return {{"peer", to_text(of.who.peer)},
          {"mode", mode_name(of.who.mode)},
          {"address", of.who.address},
          {"dialled", of.who.dialled},
          {"agent", of.agent},
          {"round_trip_ms", milliseconds_json(of.round_trip)},
          {"frames_in", of.frames_in},
          {"frames_out", of.frames_out},
          {"bytes_in", of.bytes_in},
          {"bytes_out", of.bytes_out},
          {"dropped", of.dropped}};
}

/// The other members without a link, and addresses that were configured and lead to nobody.
json missing_json(const peer_net_status& net, const genesis& from, const peer_id& self) {
  auto out = json::array();
  for (const auto& one : from.members) {
    if (one.peer == self || link_to(one.peer, net) != nullptr) {
      continue;
    }
    const auto* const known = missing_of(one.peer, net);
    out.push_back({{"member", one.name},
                   {"peer", to_text(one.peer)},
                   {"address", known != nullptr ? known->address : one.address},
                   {"dials", known != nullptr ? known->dials : 0},
                   {"reason", known != nullptr ? known->why : ""}});
  }
  for (const auto& one : net.missing) {
    if (one.peer.is_zero()) {
      out.push_back({{"member", nullptr},
                     {"peer", nullptr},
                     {"address", one.address},
                     {"dials", one.dials},
                     {"reason", one.why}});
    }
  }
  return out;
}

std::string why_no_word(const member_word& of, const peer_net_status& net) {
  if (of.why != errc::link_lost) {
    return of.why == errc::timed_out
             ? "it has a link and did not say how it is; a version before this one cannot"
             : "it could not be asked: " + std::string{to_string(of.why)};
  }
  const auto* const known = missing_of(of.peer, net);
  return known == nullptr || known->why.empty() ? "no link to it yet" : known->why;
}

json self_json(const node_status& of, const genesis& from, const control_facts& facts) {
  const auto consensus = of.consensus.value_or(consensus_status{});
  const auto net = of.peer_net.value_or(peer_net_status{});
  return {{"member", name_json(facts.self, from)},
          {"peer", to_text(facts.self)},
          {"self", true},
          {"answered", true},
          {"height", consensus.final_height.value()},
          {"view", consensus.in.value()},
          {"votes", consensus.votes},
          {"standstill", consensus.standstill},
          {"clock_ahead_ms", 0},
          {"links", members_linked(net, from)},
          {"version", facts.version}};
}

/// What a member said of itself, or why it said nothing.
void put_word(json& line, const member_word* word, const peer_net_status& net) {
  if (word == nullptr) {
    line["reason"] = "this node's consensus does not answer";
  } else if (!word->said) {
    line["reason"] = why_no_word(*word, net);
  } else {
    const auto& said = *word->said;
    line["height"] = said.at.value();
    line["view"] = said.in.value();
    line["votes"] = said.votes;
    line["standstill"] = said.standstill;
    line["clock_ahead_ms"] = milliseconds_json(word->clock_ahead);
    line["links"] = said.members.size();
    line["round_trip_ms"] = milliseconds_json(word->round_trip);
  }
}

/// Each member, this node too: its own word, which nobody vouches for.
json group_json(const node_status& of, const genesis& from, const control_facts& facts) {
  const auto net = of.peer_net.value_or(peer_net_status{});
  const auto consensus = of.consensus.value_or(consensus_status{});
  auto out = json::array();
  for (const auto& one : from.members) {
    if (one.peer == facts.self) {
      out.push_back(self_json(of, from, facts));
      out.back()["address"] = one.address;
      continue;
    }
    const auto word = std::find_if(consensus.members.begin(), consensus.members.end(),
                                   [&one](const auto& each) { return each.peer == one.peer; });
    const auto* const link = link_to(one.peer, net);
    const auto* const known = missing_of(one.peer, net);
    json line{{"member", one.name},
              {"peer", to_text(one.peer)},
              {"self", false},
              {"answered", word != consensus.members.end() && word->said.has_value()}};
    put_word(line, word == consensus.members.end() ? nullptr : &*word, net);
    if (link != nullptr) {
      const auto slash = link->agent.rfind('/');
      line["version"] = slash == std::string::npos ? link->agent : link->agent.substr(slash + 1);
    }
    line["address"] = link != nullptr
                        ? (link->who.listens_at.empty() ? link->who.address : link->who.listens_at)
                      : known != nullptr ? known->address
                                         : one.address;
    out.push_back(std::move(line));
  }
  return out;
}

json liars_json(const notary_status& of, const genesis& from, const peer_id& self) {
  auto out = json::array();
  for (const auto& one : of.liars) {
    out.push_back({{"member", name_json(one.peer, from)},
                   {"peer", to_text(one.peer)},
                   {"self", one.peer == self},
                   {"proofs", one.proofs},
                   {"newest", one.newest}});
  }
  return out;
}

} // namespace

std::size_t members_linked(const peer_net_status& of, const genesis& from) {
  return static_cast<std::size_t>(
    std::count_if(from.members.begin(), from.members.end(),
                  [&of](const auto& one) { return link_to(one.peer, of) != nullptr; }));
}

namespace {

void put_problems(json& out, const node_status& of, const control_facts& facts) {
  out["problems"] = json::array();
  const auto problem = [&out](const std::string& text) {
    if (!text.empty()) {
      out["problems"].push_back(text);
    }
  };
  problem(facts.trouble);
  if (of.notary) {
    problem(of.notary->problem);
    problem(of.notary->alarm);
  }
  if (of.consensus) {
    problem(of.consensus->problem);
  }
  out["silent"] = json::array();
  const auto answered = [&](bool did, const char* actor) {
    if (!did) {
      out["silent"].push_back(actor);
      problem(std::string{actor} + " does not answer");
    }
  };
  answered(of.notary.has_value(), "notary");
  answered(of.consensus.has_value(), "consensus");
  answered(of.peer_net.has_value(), "peer_net");
}

} // namespace

std::string status_json(const node_status& of, const genesis& from, const control_facts& facts) {
  json out;
  const auto notary = of.notary.value_or(notary_status{});
  const auto consensus = of.consensus.value_or(consensus_status{});
  const auto net = of.peer_net.value_or(peer_net_status{});
  out["height"] = notary.final_height.value();
  out["view"] = consensus.in.value();
  out["epoch"] = consensus.in_epoch.value();
  out["state_root"] = to_hex(notary.state_root.view());
  out["root_height"] = notary.root_height.value();
  out["time_ms"] = notary.time.count();
  out["peers"] = members_linked(net, from);
  out["others"] = net.links.size() - members_linked(net, from);
  out["members"] = from.members.size();
  out["quorum"] = quorum(static_cast<std::uint16_t>(from.members.size()));
  out["mode"] = mode_name(facts.mode);
  out["peer_id"] = to_text(facts.self);
  const auto member = std::find_if(from.members.begin(), from.members.end(),
                                   [&](const auto& one) { return one.peer == facts.self; });
  out["member"] = member == from.members.end() ? json(nullptr) : json(member->name);
  out["votes"] = consensus.votes;
  out["leader"] = consensus.leader && consensus.leader->value() < from.members.size()
                    ? json(from.members[consensus.leader->value()].name)
                    : json(nullptr);
  out["standstill"] = consensus.standstill;
  out["clocks"] = json::array();
  for (const auto& one : consensus.clocks) {
    if (one.who.value() < from.members.size()) {
      out["clocks"].push_back(
        {{"member", from.members[one.who.value()].name}, {"ahead_ms", one.ahead.count()}});
    }
  }
  out["clock_problem"] = consensus.clock_problem;
  out["delta_ms"] = milliseconds_json(consensus.delta);
  out["network"] = from.name;
  out["network_id"] = to_hex(facts.network.view());
  out["version"] = facts.version;
  out["rules"] = facts.rules.empty() ? json(nullptr) : json(facts.rules);
  out["port"] = net.port;
  out["batches_waiting"] = notary.batches_waiting;
  out["mutations_committed"] = notary.mutations_committed;
  out["state_entries"] = notary.state_entries;
  out["state_size"] = notary.state_size;
  out["ledger_size"] = notary.ledger_size;
  out["disk_free"] = notary.disk_free;
  out["quota_left"] = notary.quota_left ? json(*notary.quota_left) : json{};
  out["evidence_count"] = notary.evidence_count;
  out["liars"] = liars_json(notary, from, facts.self);
  out["connections_refused"] = net.refused;
  put_problems(out, of, facts);
  out["links"] = json::array();
  for (const auto& link : net.links) {
    out["links"].push_back(link_json(link));
  }
  out["missing"] = missing_json(net, from, facts.self);
  if (of.group) {
    out["group"] = group_json(of, from, facts);
  }
  out["actors"] = json::array();
  for (const auto& actor : facts.actors) {
    out["actors"].push_back({{"name", actor.name},
                             {"group", actor.group},
                             {"restarts", actor.restarts},
                             {"last_error", actor.last_error}});
  }
  out["edges"] = parse_json(facts.edges_json).value_or(json::array());
  return dump(out);
}

std::string evidence_json(const evidence_answer& of, const genesis& from) {
  json out{{"from", of.from}, {"count", of.count}, {"evidence", json::array()}};
  for (const auto& one : of.what) {
    const auto what = accusation_of(one, from);
    json line{{"member", name_json(what.peer, from)},
              {"peer", to_text(what.peer)},
              {"kind", what.kind},
              {"view", what.in ? json(what.in->value()) : json(nullptr)},
              {"height", what.at ? json(what.at->value()) : json(nullptr)},
              {"batch", what.number ? json(what.number->value()) : json(nullptr)},
              {"text", what.text},
              {"signed", to_hex(encode(one))}};
    out["evidence"].push_back(std::move(line));
  }
  return dump(out);
}

} // namespace caucus
