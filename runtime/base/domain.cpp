#include "runtime/base/domain.hpp"

#include "runtime/base/assert.hpp"
#include "runtime/base/sha256.hpp"

#include <array>

namespace caucus {

namespace {

constexpr std::string_view protocol = "caucus/1";

std::byte size_byte(std::string_view name) {
  CAUCUS_ASSERT(!name.empty() && name.size() <= purpose_size_max);
  return static_cast<std::byte>(name.size());
}

} // namespace

bytes signed_bytes(const network_id& network, group_id group, std::string_view purpose,
                   bytes_view body) {
  bytes out;
  out.reserve(protocol.size() + network_id::size + sizeof(group_id::number) + 1 + purpose.size()
              + body.size());
  const auto append = [&out](bytes_view part) { out.insert(out.end(), part.begin(), part.end()); };
  append(as_bytes(protocol));
  append(network.view());
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<std::byte>(group.value() >> shift));
  }
  out.push_back(size_byte(purpose));
  append(as_bytes(purpose));
  append(body);
  return out;
}

digest named_digest(std::string_view what, bytes_view body) {
  const std::array<std::byte, 1> size{size_byte(what)};
  return sha256({as_bytes(protocol), bytes_view{size}, as_bytes(what), body});
}

} // namespace caucus
