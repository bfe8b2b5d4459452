#include "actors/notary/batch_check.hpp"

#include "actors/notary/mutation_reader.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/sha256.hpp"

namespace caucus {

result<void> check_batch(const network_id& network, group_id group, const batch& what,
                         const signature_check& check) {
  if (what.header.group != group) {
    return fail(errc::wrong_group);
  }
  if (auto form = check_body(what.header, what.body); !form) {
    return form;
  }
  if (sha256(what.body) != what.header.body) {
    return fail(errc::bad_batch, "its body's digest");
  }
  if (!check(what.header.author, what.signature, signed_bytes(network, what.header))) {
    return fail(errc::bad_signature, "a batch's author did not sign it");
  }
  return {};
}

} // namespace caucus
