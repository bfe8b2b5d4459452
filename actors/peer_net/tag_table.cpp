#include "actors/peer_net/tag_table.hpp"

#include "actors/peer_net/packets.hpp"

#include <algorithm>
#include <string>

namespace caucus {

namespace {

constexpr bool before(const known_code& one, packet_code code) {
  return one.code < code;
}

} // namespace

tag_table::tag_table(const network_id& network, std::uint32_t message_size_max)
    : network_{network}, message_size_max_{message_size_max} {
  for (const auto& rule : peer_net_packets::rules) {
    insert(rule, sink::peer_net);
  }
}

result<void> tag_table::add(const packet_rule& rule, sink to, code_range whose) {
  const auto number = std::to_string(static_cast<std::uint16_t>(rule.code));
  const auto name = std::string{rule.name};
  if (is_application(rule.code) != (whose == code_range::application)) {
    return fail(errc::value_out_of_range,
                "packet code " + number + " of "
                  + (whose == code_range::application ? "an application is below "
                                                      : "the node's own is not below ")
                  + std::to_string(first_application_code));
  }
  if (rule.body_size_max > body_size_max) {
    return fail(errc::value_out_of_range, "body of " + name + ": "
                                            + std::to_string(rule.body_size_max)
                                            + " bytes, at most " + std::to_string(body_size_max));
  }
  if (find(rule.code) != nullptr) {
    return fail(errc::code_taken, "packet code " + number + " (" + name + ")");
  }
  insert(rule, to);
  if (whose == code_range::node && std::find(own_.begin(), own_.end(), to) == own_.end()) {
    own_.push_back(to);
  }
  return {};
}

void tag_table::insert(const packet_rule& rule, sink to) {
  codes_.insert(std::lower_bound(codes_.begin(), codes_.end(), rule.code, before),
                {rule.code, rule.kind, rule.lane, to,
                 std::min(rule.body_size_max, message_size_max_), frame_tag(network_, rule),
                 rule.answers});
}

const known_code* tag_table::find(packet_code code) const {
  const auto where = std::lower_bound(codes_.begin(), codes_.end(), code, before);
  return where != codes_.end() && where->code == code ? &*where : nullptr;
}

bool tag_table::may_send(const known_code& code, sink by) const {
  return is_application(code.code)
           ? code.sink == by
           : code.sink != sink::peer_net && std::find(own_.begin(), own_.end(), by) != own_.end();
}

} // namespace caucus
