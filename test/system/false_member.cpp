#include "test/system/false_member.hpp"

#include "messages/hello.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/sha256.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace caucus::harness {

namespace {

using namespace std::chrono_literals;

constexpr group_id group{1}; ///< of `caucus init`

/// How long the thread listens to one node before it looks at the next, and at what it is to say.
constexpr auto listen_for = 1ms;

} // namespace

struct false_member::state {
  struct link {
    hostile_peer peer;
    bool open = true;
    std::deque<std::vector<said>> to_say{};
    std::optional<errc> goodbye{};
  };

  network_id network;
  answering answers;
  mutable std::mutex guard; ///< of to_say and goodbye
  std::deque<link> links;
  std::atomic<bool> stopping{false};
  std::thread thread;

  void send(link& to, const std::vector<said>& what) const {
    for (const auto& one : what) {
      frame_header header;
      header.code = one.code;
      if (one.code != code_of<pong>) {
        header.group = group;
      }
      if (one.answers != 0) {
        header.flags = flag_response;
        header.msg_id = one.answers;
      }
      to.peer.send(header, one.body, network);
    }
  }

  void hear(std::size_t node, const hostile_peer::frame& what) {
    auto& from = links[node];
    if (what.header.code == code_of<goodbye>) {
      const auto why = decode<goodbye>(what.body);
      const std::lock_guard lock{guard};
      from.goodbye = why ? why->reason : why.error().code;
    } else if (what.header.code == code_of<ping>) {
      send(from, {{code_of<pong>, what.body}});
    } else if (answers) {
      send(from, answers(node, what));
    }
  }

  void turn(std::size_t node) {
    auto& one = links[node];
    std::deque<std::vector<said>> to_say;
    {
      const std::lock_guard lock{guard};
      to_say.swap(one.to_say);
    }
    for (const auto& what : to_say) {
      send(one, what);
    }
    if (one.open && one.peer.readable(listen_for)) {
      const auto heard = one.peer.read();
      one.open = heard.has_value();
      if (heard) {
        hear(node, *heard);
      }
    }
  }

  void run() {
    while (!stopping) {
      for (std::size_t node = 0; node < links.size(); ++node) {
        turn(node);
      }
    }
  }
};

false_member::false_member(const masquerade& who, const network_id& network,
                           const std::vector<std::uint16_t>& ports, answering answers)
    : state_{std::make_unique<state>()} {
  state_->network = network;
  state_->answers = std::move(answers);
  for (const auto port : ports) {
    state_->links.push_back({hostile_peer{port}});
    if (!state_->links.back().peer.enter(who, network)) {
      throw std::runtime_error{"the false member was not let in at port " + std::to_string(port)};
    }
  }
  state_->thread = std::thread{[this] { state_->run(); }};
}

false_member::~false_member() {
  state_->stopping = true;
  state_->thread.join();
}

void false_member::say(std::size_t to, std::vector<said> what) {
  const std::lock_guard lock{state_->guard};
  state_->links.at(to).to_say.push_back(std::move(what));
}

std::optional<errc> false_member::goodbye_of(std::size_t node) const {
  const std::lock_guard lock{state_->guard};
  return state_->links.at(node).goodbye;
}

false_member::said vote_of(const masquerade& who, const network_id& network, member_index index,
                           const subject& on) {
  const vote what{on, index, sign(who.key, signed_bytes(network, group, on))};
  return {code_of<vote>, encode(what)};
}

false_member::said batch_of(const masquerade& who, const network_id& network, const peer_id& author,
                            batch_number number, const mutation& what) {
  const auto encoded = encode(what);
  batch out;
  for (unsigned shift = 0; shift < 32; shift += 8) { // its size, little endian
    out.body.push_back(static_cast<std::byte>(encoded.size() >> shift));
  }
  out.body.insert(out.body.end(), encoded.begin(), encoded.end());
  out.header = {group,           author, number, 1, static_cast<std::uint32_t>(out.body.size()),
                sha256(out.body)};
  out.signature = sign(who.key, signed_bytes(network, out.header));
  return {code_of<batch>, encode(out)};
}

} // namespace caucus::harness
