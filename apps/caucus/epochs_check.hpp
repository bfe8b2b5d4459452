#pragma once

#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "messages/committee.hpp"
#include "messages/result.hpp"

#include <string>
#include <string_view>

/// Who voted in the epoch of an answer: what it shows of the epochs before is checked here, from
/// the genesis' members on, or from a checkpoint's. Main thread.

namespace caucus::cli {

/// The members whom a checkpoint names, of this network. `name`: of the file, for people. Errors:
/// file_malformed; bad_request: of another network.
[[nodiscard]] result<committee> read_checkpoint(std::string_view text, const std::string& name,
                                                const network_id& network);

/// network.epochs as the text of an answer or receipt leads on from there. Errors: file_malformed,
/// those of follow_closings().
[[nodiscard]] result<void> learn_epochs(known_network& network, std::string_view text);
/// The same; where the text, which shows the newest ends alone, leaves some out, they are asked of
/// the node: whoever shows them, they are checked. Errors: also those of control_client::ask().
[[nodiscard]] result<void> learn_epochs(known_network& network, std::string_view text,
                                        control_client& node);

} // namespace caucus::cli
