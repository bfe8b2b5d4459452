#include "apps/caucus/request_id.hpp"

#include "runtime/base/text.hpp"
#include "runtime/fresh_nonce.hpp"

namespace caucus::cli {

std::string make_request_id() {
  return to_base32(make_fresh_nonce().view());
}

} // namespace caucus::cli
