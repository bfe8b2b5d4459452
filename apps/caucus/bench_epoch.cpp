#include "apps/caucus/bench.hpp"

#include "actors/administration/administration_commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/reply_view.hpp"
#include "apps/caucus/words.hpp"
#include "apps/group/interrupts.hpp"
#include "messages/quorum.hpp"
#include "messages/try.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

/// How `caucus bench commit` makes an epoch end: the group takes one more variable by its vote, the
/// least change that it makes of itself.

namespace caucus::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto at_most = 30s;
constexpr auto pause = 5ms; ///< between two looks

control_group_rules one_more_variable() {
  constexpr std::string_view text = "[[variables]]\n"
                                    "name = \"one_more\"\n"
                                    "kind = \"counter\"\n";
  control_group_rules out;
  const auto raw = as_bytes(text);
  out.file = bytes{raw.begin(), raw.end()};
  out.add = true;
  return out;
}

result<std::uint64_t> epoch_at(control_client& node) {
  CAUCUS_TRY(const auto told, node.ask(control_group_show{}, at_most));
  CAUCUS_TRY(const auto reply, read_reply(told));
  const auto& in = member_of(reply, "epoch");
  return in.is_number_unsigned() ? result<std::uint64_t>{in.get<std::uint64_t>()}
                                 : fail(errc::internal, "the node's answer has no epoch");
}

/// At first too few are linked to know whether they can.
result<void> ask_until_taken(control_client& node) {
  for (const auto until = std::chrono::steady_clock::now() + at_most;;) {
    const auto told = node.ask(one_more_variable(), at_most);
    if (told) {
      return {};
    }
    const auto code = told.error().code;
    const bool may_come = code == errc::refused_by_rule || code == errc::not_yet;
    if (!may_come || interrupted() || std::chrono::steady_clock::now() > until) {
      return tl::make_unexpected(told.error());
    }
    std::this_thread::sleep_for(pause);
  }
}

} // namespace

result<void> end_epoch(const std::vector<std::filesystem::path>& nodes) {
  const auto askers = std::size_t{1} + liars_max(static_cast<std::uint16_t>(nodes.size()));
  for (std::size_t i = 0; i < askers; ++i) {
    CAUCUS_TRY(auto node, control_client::reach(nodes[i]));
    CAUCUS_TRY_VOID(ask_until_taken(node));
  }
  for (const auto& one : nodes) { // in all of them
    CAUCUS_TRY(auto node, control_client::reach(one));
    for (const auto until = std::chrono::steady_clock::now() + at_most;;) {
      CAUCUS_TRY(const auto in, epoch_at(node));
      if (in > 0) {
        break;
      }
      if (interrupted()) {
        return fail(errc::cancelled, "interrupted");
      }
      if (std::chrono::steady_clock::now() > until) {
        return fail(errc::timed_out, "the epoch did not end in time");
      }
      std::this_thread::sleep_for(pause);
    }
  }
  return {};
}

} // namespace caucus::cli
