#include "actors/peer_net/tag_table.hpp"

#include <algorithm>
#include <string>

namespace caucus {

namespace {

constexpr bool before(const known_code& one, packet_code code) {
  return one.code < code;
}

constexpr sink sink_of(subsystem owner) {
  return owner == subsystem::notary ? sink::notary : sink::consensus;
}

} // namespace

tag_table::tag_table(const network_id& network, std::uint32_t message_size_max)
    : tags_{network}, message_size_max_{message_size_max} {
  codes_.reserve(packet_rules().size());
  for (const auto& rule : packet_rules()) {
    codes_.push_back({rule.code, rule.kind, rule.by, rule.owner, sink_of(rule.owner),
                      std::min(rule.body_size_max, message_size_max_), tags_.of(rule.code),
                      rule.answers});
  }
}

result<void> tag_table::add(const application_code& what, sink to) {
  const auto number = static_cast<std::uint16_t>(what.code);
  if (number < first_application_code) {
    return fail(errc::value_out_of_range, "packet code " + std::to_string(number)
                                            + " of an application is below "
                                            + std::to_string(first_application_code));
  }
  if (what.body_size_max > body_size_max) {
    return fail(errc::value_out_of_range, "body of " + what.name + ": "
                                            + std::to_string(what.body_size_max)
                                            + " bytes, at most " + std::to_string(body_size_max));
  }
  const auto where = std::lower_bound(codes_.begin(), codes_.end(), what.code, before);
  if (where != codes_.end() && where->code == what.code) {
    return fail(errc::code_taken, "packet code " + std::to_string(number) + " (" + what.name + ")");
  }
  codes_.insert(where, {what.code,
                        what.kind,
                        what.by,
                        subsystem::application,
                        to,
                        std::min(what.body_size_max, message_size_max_),
                        tags_.of(what.code),
                        {}});
  return {};
}

const known_code* tag_table::find(packet_code code) const {
  const auto where = std::lower_bound(codes_.begin(), codes_.end(), code, before);
  return where != codes_.end() && where->code == code ? &*where : nullptr;
}

} // namespace caucus
