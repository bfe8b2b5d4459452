#pragma once

#include "actors/notary/notary_io.hpp"
#include "messages/control.hpp"
#include "runtime/base/delivery.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/commands/call.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

/// Who calls the notary's commands, as askers of its core; their places are behind those of the
/// actors that ask by notary_request. The notary's thread.

namespace caucus {

class notary_calls {
public:
  notary_calls(outboxes<command_reply> replies, asker_index first);

  [[nodiscard]] std::size_t size() const { return replies_.size(); }
  [[nodiscard]] asker_index asker(std::size_t caller) const { return first_ + caller; }
  [[nodiscard]] bool has(asker_index asker) const { return asker >= first_; }
  [[nodiscard]] delivery<command_reply>& replies(std::size_t caller) { return replies_[caller]; }

  /// The caller began a new life: what it called is forgotten.
  void restarted(std::size_t caller);
  [[nodiscard]] notary_request request(std::size_t caller, const command_call& what);
  /// Tells the caller. What the core is to be told then: a log that is not followed has ended.
  [[nodiscard]] std::optional<notary_request> answer(asker_index asker, notary_answer what);

private:
  std::vector<delivery<command_reply>> replies_;
  asker_index first_;
  std::set<std::pair<std::size_t, request_tag>> logs_; ///< that end when all is told, by caller
};

} // namespace caucus
