#include "runtime/membership/group_mutations.hpp"

#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"

#include <utility>
#include <vector>

namespace caucus {

namespace {

mutation of(group_operation what, std::vector<argument> arguments) {
  return {variable_id{}, operation_id{static_cast<std::uint8_t>(what)}, std::move(arguments), true};
}

bytes copy_of(bytes_view raw) {
  return {raw.begin(), raw.end()};
}

} // namespace

mutation to_ask(const group_directive& what) {
  return of(group_operation::ask, {encode(what)});
}

mutation to_agree(const group_directive& with) {
  return of(group_operation::agree, {encode(with)});
}

mutation to_prove(const peer_id& who, const evidence& what) {
  return of(group_operation::prove, {copy_of(who.view()), encode(what)});
}

mutation to_move(std::string_view address) {
  return of(group_operation::move, {copy_of(as_bytes(address))});
}

} // namespace caucus
