#include "actors/notary/closing_check.hpp"

#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/membership/membership_rules.hpp"

#include <memory>
#include <string>
#include <utility>

namespace caucus {

result<membership> read_closing(const closing& what, const committee& voters) {
  if (what.last.epoch != voters.in_epoch()) {
    return fail(errc::wrong_epoch, "an end of epoch " + std::to_string(what.last.epoch.value()));
  }
  auto id = digest_of(what.last);
  auto top = what.last;
  for (const auto& next : what.behind) {
    if (next.parent != id || next.epoch != what.last.epoch || next.group != what.last.group
        || next.height != top.height.next() || next.payload != payload_digest({})
        || next.state_root != what.last.state_root) {
      return fail(errc::bad_parent, "blocks behind the end of an epoch do not follow one another");
    }
    id = digest_of(next);
    top = next;
  }
  const subject on{vote_kind::finalize, voters.in_epoch(), top.view, id};
  if (what.finalization.subject != on) {
    return fail(errc::bad_certificate, "of another block than the end of the epoch");
  }
  CAUCUS_TRY_VOID(voters.check_shape(what.finalization));
  if (!check_proof(what.last.state_root, bookkeeping, as_bytes(members_key), what.members,
                   what.proof)) {
    return fail(errc::bad_proof, "the members of the next epoch");
  }
  auto next = decode<membership>(what.members);
  if (!next || next->epoch != voters.in_epoch().next()) {
    return fail(errc::wrong_epoch, "the members are not those of the next epoch");
  }
  return next;
}

result<committee> verify_closing(const closing& what, const committee& voters, group_id group,
                                 const network_id& network, const signature_check& check) {
  if (what.last.group != group) {
    return fail(errc::wrong_group);
  }
  CAUCUS_TRY(const auto next, read_closing(what, voters));
  CAUCUS_TRY_VOID(verify_certificate(voters, group, network, what.finalization, check));
  return committee_of(next);
}

result<epoch_history> follow_closings(const committees& start, std::vector<closing> ends,
                                      group_id group, const network_id& network,
                                      const signature_check& check) {
  epoch_history out{start, {}};
  const auto first = start.newest().in_epoch();
  for (auto& end : ends) {
    const auto due = out.voters.newest().in_epoch();
    if (end.last.epoch < first && out.ends.empty()) {
      continue;
    }
    if (end.last.epoch != due) {
      return fail(errc::wrong_epoch,
                  "the end of epoch " + std::to_string(end.last.epoch.value())
                    + " is given, due is that of epoch " + std::to_string(due.value())
                    + (out.ends.empty() ? ": a checkpoint of that one is needed" : ""));
    }
    CAUCUS_TRY(auto next, verify_closing(end, out.voters.newest(), group, network, check));
    out.voters.add(std::make_shared<const committee>(std::move(next)));
    out.ends.push_back(std::make_shared<const closing>(std::move(end)));
  }
  return out;
}

} // namespace caucus
