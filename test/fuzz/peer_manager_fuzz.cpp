#include "actors/peer_net/limits.hpp"
#include "actors/peer_net/peer_manager.hpp"
#include "runtime/base/assert.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

// Any bytes are a run of events of a few peers: links that come, get ready and end, dials that fail,
// directives, time. Never more links than allowed, never two to one peer, never a word to a link that
// was not there, and never two dials of one number.

namespace caucus {

namespace {

constexpr std::uint32_t connections_max = 6;

peer_id peer(unsigned number) {
  peer_id out;
  out.raw.front() = static_cast<std::byte>(number % 12);
  return out;
}

manager_config config() {
  manager_config out;
  out.self = peer(5);
  out.net.max_connections = connections_max;
  out.net.connections_per_address = 4;
  out.net.join = {"10.0.0.1:1"};
  out.members = {{peer(1), "10.0.0.2:1"}, {peer(5), ""}, {peer(9), "10.0.0.3:1"}};
  return out;
}

class run {
public:
  run() { apply(link_event{told_all{}}); }
  void step(std::uint8_t what, std::uint8_t who, std::uint8_t more) {
    switch (what % 10) {
      case 0:
      case 1:
      case 2: greet(who, more); break;
      case 3: finish(who, more); break;
      case 4: apply(link_event{dial_failed{some_dial(more), errc::connect_failed, {}}}); break;
      case 5: apply(link_event{dial_answered{some_dial(more)}}); break;
      case 6: apply(directive{dial{peer(who), "10.1.0." + std::to_string(more) + ":7"}}); break;
      case 7: apply(directive{hang_up{peer(who), errc::shutting_down}}); break;
      case 8: apply(directive{blame{some_link(more), peer(who), errc::bad_signature, {}}}); break;
      default:
        now_ += std::chrono::milliseconds{more * 100};
        apply(time_passed{});
        break;
    }
  }

private:
  void greet(std::uint8_t who, std::uint8_t more) {
    hello_heard heard;
    heard.info = {link_id{++last_link_}, peer(who), node_mode::server, more % 2 == 0, "10.0.0.4:5"};
    heard.hello.listen_port = more;
    heard.origin = {more % 3U, false};
    heard.dial = heard.info.dialled ? some_dial(more) : 0;
    there_.emplace(heard.info.id, heard);
    apply(link_event{heard});
    if (accepted_.contains(heard.info.id) && there_.contains(heard.info.id) && more % 5 != 0) {
      apply(link_event{link_ready{heard.info, heard.hello, heard.origin, heard.dial, nullptr}});
    }
  }
  void finish(std::uint8_t who, std::uint8_t more) {
    const auto found = there_.find(some_link(more));
    if (found == there_.end()) {
      return;
    }
    const link_closed how{found->first,
                          found->second.info.peer,
                          found->second.dial,
                          errc::nonce_gap,
                          {},
                          false,
                          who % 2 == 0,
                          {}};
    there_.erase(found);
    accepted_.erase(how.id);
    apply(link_event{how});
  }
  void apply(const manager_event& event) {
    const auto wall = std::chrono::duration_cast<wall_ms>(now_.time_since_epoch());
    std::vector<manager_action> out;
    core_.step(event, {now_, wall, out});
    core_.finish_turn({now_, wall, out});
    for (const auto& what : out) {
      const auto* const command = std::get_if<link_command>(&what);
      if (command == nullptr) {
        continue;
      }
      if (const auto* const yes = std::get_if<accept_link>(command)) {
        CAUCUS_ASSERT(there_.contains(yes->id) && accepted_.insert(yes->id).second);
      } else if (const auto* const no = std::get_if<end_link>(command)) {
        CAUCUS_ASSERT(there_.contains(no->id));
        CAUCUS_ASSERT(no->goodbye.hints.size() <= hints_max);
        ended_.insert(no->id);
        accepted_.erase(no->id);
      } else if (const auto* const going = std::get_if<dial_link>(command)) {
        CAUCUS_ASSERT(going->dial != 0 && !going->address.empty() && going->peer != peer(5));
        CAUCUS_ASSERT(dials_.empty() || *dials_.rbegin() < going->dial);
        dials_.insert(going->dial);
      }
    }
    CAUCUS_ASSERT(core_.links() == accepted_.size() && core_.links() <= connections_max);
    std::set<peer_id> linked;
    for (const auto id : accepted_) {
      CAUCUS_ASSERT(linked.insert(there_.at(id).info.peer).second);
    }
    CAUCUS_ASSERT(core_.book().all().size() <= peers_known_max);
  }
  [[nodiscard]] dial_number some_dial(std::uint8_t more) const {
    auto at = dials_.begin();
    for (std::size_t i = 0; !dials_.empty() && i < more % dials_.size(); ++i) {
      ++at;
    }
    return dials_.empty() ? 1 : *at;
  }
  [[nodiscard]] link_id some_link(std::uint8_t more) const {
    return link_id{last_link_ - std::min<std::uint64_t>(last_link_, more % 16U)};
  }

  peer_manager core_{config(), peer_book{}, {}};
  time_point now_{};
  std::uint64_t last_link_ = 0;
  std::map<link_id, hello_heard> there_; ///< sockets that are not closed
  std::set<link_id> accepted_;           ///< and not ended since
  std::set<link_id> ended_;
  std::set<dial_number> dials_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t data_size) {
  run one;
  for (std::size_t at = 0; at + 2 < data_size && at < 3'000; at += 3) {
    one.step(data[at], data[at + 1], data[at + 2]);
  }
  return 0;
}

} // namespace caucus
