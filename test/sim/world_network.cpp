#include "test/sim/world.hpp"

#include <algorithm>

/// What goes between nodes.

namespace caucus::sim {

namespace {

constexpr duration link_up_time_max{20'000};
constexpr duration link_down_time_max{10'000};

} // namespace

// -- links ---------------------------------------------------------------------------------------

std::optional<node_index> world::other_end(node_index who, link_id link) const {
  for (node_index other = 0; other < nodes_.size(); ++other) {
    const auto found = connections_.find(std::minmax(who, other));
    if (other != who && found != connections_.end() && found->second == link.value()) {
      return other;
    }
  }
  return std::nullopt;
}

void world::connect(node_index a, node_index b) {
  const link_id id{++connected_};
  connections_[std::minmax(a, b)] = id.value();
  for (const auto& [here, there] : {std::pair{a, b}, std::pair{b, a}}) {
    const auto mode = there < options_.members ? node_mode::server : node_mode::client;
    const auto life = nodes_[here].life;
    schedule(at_random(link_up_time_max),
             turn{here, life, voting::event{link_up{{id, peer_of(there), mode, false, {}}}}});
    schedule(at_random(link_up_time_max),
             turn{here, life, notary_in::event{notary_in::peer_up{id, peer_of(there), mode}}});
  }
}

void world::disconnect(node_index who) {
  for (node_index other = 0; other < nodes_.size(); ++other) {
    const auto found = connections_.find(std::minmax(who, other));
    if (other == who || found == connections_.end()) {
      continue;
    }
    const link_id gone{found->second};
    connections_.erase(found);
    const auto life = nodes_[other].life;
    schedule(at_random(link_down_time_max),
             turn{other, life, voting::event{link_down{gone, peer_of(who), errc::link_lost}}});
    schedule(at_random(link_down_time_max),
             turn{other, life, notary_in::event{notary_in::peer_down{gone}}});
  }
}

// -- sending -------------------------------------------------------------------------------------

void world::say(node_index from, node_index to, const shared_words& what, std::uint64_t msg_id,
                std::uint64_t answers) {
  const auto* const vote = std::get_if<voting::message>(what.get());
  const auto liar = options_.liars.find(from);
  if (liar == options_.liars.end()) {
    if (vote != nullptr) {
      votes_.said(from, *vote);
    }
    return transmit(from, to, what, msg_id, answers);
  }
  const auto& key = nodes_[from].key;
  if (vote != nullptr) {
    for (auto& one : liar->second->say(*vote, to, key)) {
      transmit(from, to, std::make_shared<const words>(std::move(one)), msg_id, answers);
    }
  } else if (auto one = liar->second->say(std::get<notary_words>(*what), to, key)) {
    transmit(from, to, std::make_shared<const words>(std::move(*one)), msg_id, answers);
  }
}

void world::inject(node_index from, node_index to, voting::message what) {
  transmit(from, to, std::make_shared<const words>(std::move(what)), 0, 0);
}

void world::transmit(node_index from, node_index to, const shared_words& what, std::uint64_t msg_id,
                     std::uint64_t answers) {
  const auto found = connections_.find(std::minmax(from, to));
  if (found == connections_.end() || cuts_.count({from, to}) != 0) {
    return;
  }
  const auto& now_on = weather_;
  const std::uint64_t copies = below(100) < now_on.repeat_percent ? 2 : 1;
  for (std::uint64_t i = 0; i < copies; ++i) {
    if (below(100) < now_on.loss_percent) {
      continue;
    }
    auto delay = now_on.delay_min + at_random(now_on.delay_max - now_on.delay_min);
    if (below(100) < now_on.slow_percent) {
      delay *= static_cast<std::int64_t>(1 + below(10));
    }
    if (answers != 0 && options_.reply_max > duration{0}) {
      delay += at_random(options_.reply_max);
    }
    schedule(delay, packet{from, to, found->second, what, msg_id, answers});
  }
}

// -- requests ------------------------------------------------------------------------------------

/// A request's msg_id is twice its tag, and one more if the notary asks.
void world::await(node_index who, std::uint64_t msg_id, link_id to, duration timeout) {
  auto& it = nodes_[who];
  it.asked.insert(msg_id);
  schedule(timeout, request_over{who, it.life, msg_id, to,
                                 timeout == duration{0} ? errc::link_lost : errc::timed_out});
}

void world::happen(request_over& what) {
  if (!lives(what.who, what.life) || nodes_[what.who].asked.erase(what.msg_id) == 0) {
    return; // answered in time
  }
  const auto tag = what.msg_id / 2;
  if (what.msg_id % 2 == 0) {
    step(what.who, voting::event{request_ended{what.to, tag, what.why}});
  } else {
    step(what.who, notary_in::event{notary_in::peer_answered{tag, what.to, {}, what.why}});
  }
}

// -- receiving -----------------------------------------------------------------------------------

void world::happen(packet& what) {
  const auto found = connections_.find(std::minmax(what.from, what.to));
  if (!alive(what.to) || found == connections_.end() || found->second != what.connection
      || (what.answers != 0 && nodes_[what.to].asked.erase(what.answers) == 0)) {
    return; // too late, or twice
  }
  std::visit([&](const auto& one) { hear(what, one); }, *what.what);
}

void world::hear(packet& what, const voting::message& said) {
  const link_id link{what.connection};
  if (const auto* const wanted = std::get_if<chain_request>(&said)) { // the ledger is the notary's
    step(what.to,
         notary_in::event{notary_in::peer_asked{link, peer_of(what.from), what.msg_id, *wanted}});
    return;
  }
  trace(said.index() + 1);
  if (const auto liar = options_.liars.find(what.to); liar != options_.liars.end()) {
    liar->second->hears(said);
  }
  step(what.to, voting::event{voting::heard{link, said, what.msg_id, what.answers / 2}});
}

void world::hear(packet& what, const notary_words& said) {
  const link_id link{what.connection};
  const auto peer = peer_of(what.from);
  if (const auto liar = options_.liars.find(what.to); liar != options_.liars.end()) {
    liar->second->hear(said, what.from);
  }
  notary_in::event event;
  if (const auto* const came = std::get_if<shared_batch>(&said)) {
    event = notary_in::batch_arrived{link, peer, *came};
  } else if (const auto* const batch = std::get_if<batch_request>(&said)) {
    event = notary_in::peer_asked{link, peer, what.msg_id, *batch};
  } else if (const auto* const read = std::get_if<read_request>(&said)) {
    event = notary_in::peer_asked{link, peer, what.msg_id, *read};
  } else if (const auto* const attest = std::get_if<attest_request>(&said)) {
    event = notary_in::peer_asked{link, peer, what.msg_id, *attest};
  } else if (const auto* const given = std::get_if<batch_response>(&said)) {
    event = notary_in::peer_answered{what.answers / 2, link, peer, *given};
  } else if (const auto* const attested = std::get_if<attest_response>(&said)) {
    event = notary_in::peer_answered{what.answers / 2, link, peer, *attested};
  } else {
    event = notary_in::peer_answered{what.answers / 2, link, peer, std::get<read_response>(said)};
  }
  step(what.to, std::move(event));
}

void world::blame_is(node_index who, blame what) {
  for (node_index other = 0; other < nodes_.size(); ++other) {
    if (honest(who) && honest(other) && peer_of(other) == what.peer) {
      verdict_.fail(who, "blames node " + std::to_string(other) + ": " + what.detail);
    }
  }
  nodes_[who].blamed.push_back(std::move(what));
}

} // namespace caucus::sim
