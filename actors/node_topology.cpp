#include "actors/node_topology.hpp"

#include "actors/preset_parts.hpp"

#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace caucus {

namespace {

std::string hex_of(packet_code code) {
  std::array<char, 4> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 static_cast<std::uint16_t>(code), 16);
  return "0x" + std::string{digits.data(), end.ptr};
}

/// "packet code 0x8001 (\"cheer\") of score_board".
std::string told(const packet_rule& code, const std::string& actor) {
  return "packet code " + hex_of(code.code) + " (\"" + std::string{code.name} + "\") of " + actor;
}

result<void> judge_application(const packet_rule& code, const std::string& actor) {
  const auto refuse = [&](const std::string& why) {
    return fail(errc::value_out_of_range, told(code, actor) + ": " + why);
  };
  if (static_cast<std::uint16_t>(code.code) < first_application_code) {
    return refuse("an application's are 0x8000 to 0xffff");
  }
  if (code.lane == lane::consensus) {
    return refuse("the consensus lane is for votes and what they need; use gossip");
  }
  if (code.lane == lane::bulk) {
    return refuse(
      "nothing leaves in the bulk lane yet, as no peer gives credit for it; use gossip");
  }
  if (code.body_size_max > body_size_max) {
    return refuse("bodies of " + std::to_string(code.body_size_max) + " bytes; at most "
                  + std::to_string(body_size_max));
  }
  return {};
}

} // namespace

result<void> judge_routes(const std::vector<packet_route>& all) {
  std::map<packet_code, std::string> taken; // by whom
  for (const auto& route : all) {
    for (const auto& code : route.codes) {
      if (route.range == code_range::application) {
        if (auto fits = judge_application(code, route.actor); !fits) {
          return fits;
        }
      }
      const auto [at, fresh] = taken.emplace(code.code, route.actor);
      if (!fresh) {
        return fail(errc::code_taken, told(code, route.actor) + ": " + at->second + " has it");
      }
    }
  }
  return {};
}

node_topology::node_topology(std::unique_ptr<preset_parts> made) : parts_{std::move(made)} {}
node_topology::node_topology(node_topology&&) noexcept = default;
node_topology& node_topology::operator=(node_topology&&) noexcept = default;
node_topology::~node_topology() = default;

const node_facts& node_topology::facts() const {
  return parts_->facts;
}

std::shared_ptr<worker_pool> node_topology::pool() const {
  auto& made = parts_->jobs;
  if (!made) {
    made = std::make_shared<thread_pool>(parts_->config.job_threads);
  }
  return made;
}

const edge_capacities& node_topology::room() const {
  return parts_->room;
}

const foreign_place& node_topology::network() const {
  return parts_->network;
}

void node_topology::add_route(std::string actor, std::vector<packet_rule> codes,
                              outbox<from_net> heard, inbox<to_net> said, code_range whose) {
  parts_->routes.push_back(
    {std::move(actor), std::move(codes), {std::move(heard), std::move(said)}, whose});
}

} // namespace caucus
