#pragma once

#include "actors/consensus/consensus_status.hpp"
#include "actors/notary/notary_calls.hpp"
#include "actors/notary/notary_commands.hpp"
#include "actors/peer_net/peer_net_status.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

/// The notary, consensus and peer_net as a call_table knows them; the notary is asked and answers
/// in its core's words, as its shell has them. The test's thread.

namespace caucus::rpc_testing {

enum : std::size_t { the_notary, the_consensus, the_peer_net };

inline std::shared_ptr<const command_table> three_actors() {
  auto out = std::make_shared<command_table>();
  out->add(notary_commands::of("notary"));
  out->add(consensus_commands::of("consensus"));
  out->add(peer_net_commands::of("peer_net"));
  return out;
}

class notary_double {
public:
  notary_request request(const command_call& what) { return calls_.request(0, what); }
  std::vector<command_reply> answer(notary_answer what) {
    last_ = calls_.answer(0, std::move(what));
    calls_.replies(0).flush();
    std::vector<command_reply> out;
    told_.drain(capacity_max, [&out](command_reply one) { out.push_back(std::move(one)); });
    return out;
  }
  /// What the core was told behind the last answer.
  [[nodiscard]] const std::optional<notary_request>& last() const { return last_; }

private:
  static outboxes<command_reply> one(std::shared_ptr<ring<command_reply>> of) {
    outboxes<command_reply> out;
    out.add(outbox<command_reply>{std::move(of)});
    return out;
  }
  std::shared_ptr<ring<command_reply>> both_ = std::make_shared<ring<command_reply>>(
    1'024, std::make_shared<doorbell>([] {}), std::make_shared<doorbell>([] {}));
  notary_calls calls_{one(both_), 0};
  inbox<command_reply> told_{both_};
  std::optional<notary_request> last_;
};

} // namespace caucus::rpc_testing
