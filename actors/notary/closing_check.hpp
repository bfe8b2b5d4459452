#pragma once

#include "actors/notary/answer_check.hpp"
#include "messages/closing.hpp"
#include "messages/committee.hpp"
#include "messages/group.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <vector>

/// What an epoch's end shows.
/// Pure. Source: README.md, "Epochs".

namespace caucus {

/// The members of the next epoch, as `what` has them; its signatures are not looked at. Errors:
/// wrong_epoch, bad_certificate, bad_parent, bad_proof: not the end of an epoch of these voters.
[[nodiscard]] result<membership> read_closing(const closing& what, const committee& voters);

/// The same, signatures too. q checks.
[[nodiscard]] result<committee> verify_closing(const closing& what, const committee& voters,
                                               group_id group, const network_id& network,
                                               const signature_check& check);

/// The epochs that these ends lead to from the newest of `start`, which is the genesis' or one that
/// is trusted. Ends of epochs before it say nothing new and are passed over. Errors: wrong_epoch:
/// they begin behind it, or are out of order; those of verify_closing.
[[nodiscard]] result<epoch_history> follow_closings(const committees& start,
                                                    std::vector<closing> ends, group_id group,
                                                    const network_id& network,
                                                    const signature_check& check);

} // namespace caucus
