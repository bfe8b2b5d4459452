#pragma once

#include "actors/consensus/consensus_io.hpp"
#include "actors/notary/snapshot_packets.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "test/sim/group/member_key.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

/// A member that lies: runs an honest replica, and decides what of its words reaches whom, and what
/// else does. A lie a file.

namespace caucus::sim {

/// What a notary says to another.
using notary_words =
  std::variant<shared_batch, batch_request, read_request, batch_response, read_response,
               attest_request, attest_response, snapshot_request, snapshot_response>;

class adversary {
public:
  virtual ~adversary() = default;
  /// What its replica hears, before that does.
  virtual void hears(const voting::message& what) { static_cast<void>(what); }
  /// What goes to node `to` in the place of `honest`. `key` is the liar's own.
  [[nodiscard]] virtual std::vector<voting::message> say(const voting::message& honest,
                                                         std::size_t to, const member_key& key) {
    static_cast<void>(to);
    static_cast<void>(key);
    return {honest};
  }
  /// What its notary hears of node `from`, before it does.
  virtual void hear(const notary_words& what, std::size_t from) {
    static_cast<void>(what);
    static_cast<void>(from);
  }
  /// The same of its notary's words. None: nothing goes.
  [[nodiscard]] virtual std::optional<notary_words> say(const notary_words& honest, std::size_t to,
                                                        const member_key& key) {
    static_cast<void>(to);
    static_cast<void>(key);
    return honest;
  }
};

} // namespace caucus::sim
