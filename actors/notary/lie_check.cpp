#include "actors/notary/lie_check.hpp"

#include "runtime/archive/signing.hpp"
#include "runtime/base/overloaded.hpp"

#include <variant>

namespace caucus {

bool proves_lie(const peer_id& who, const evidence& what, group_id group, const network_id& network,
                const signature_check& check) {
  return std::visit(
    overloaded{[&](const conflicting_votes& lie) {
                 const auto is_signed = [&](const vote& one) {
                   return check(who, one.signature, signed_bytes(network, group, one.subject));
                 };
                 return contradict(lie.first.subject, lie.second.subject) && is_signed(lie.first)
                        && is_signed(lie.second);
               },
               [&](const conflicting_proposals& lie) {
                 const auto& [leader, first, first_signature, second, second_signature] = lie;
                 return first.group == group && second.group == group && first.epoch == second.epoch
                        && first.view == second.view && first != second
                        && check(who, first_signature, signed_bytes(network, first))
                        && check(who, second_signature, signed_bytes(network, second));
               },
               [&](const conflicting_batches& lie) {
                 const auto& [first, first_signature, second, second_signature] = lie;
                 return first.group == group && second.group == group && first.author == who
                        && second.author == who && first.number == second.number && first != second
                        && check(who, first_signature, signed_bytes(network, first))
                        && check(who, second_signature, signed_bytes(network, second));
               }},
    what);
}

} // namespace caucus
