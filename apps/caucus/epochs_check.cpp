#include "apps/caucus/epochs_check.hpp"

#include "actors/administration/administration_commands.hpp"
#include "actors/notary/closing_check.hpp"
#include "actors/notary/proof_json.hpp"
#include "messages/genesis.hpp"
#include "messages/hello.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// A closing is 1 to 7 KB: a thousand of them come in a second.
constexpr std::chrono::seconds history_time_max{10};

result<member> member_in(const json& one) {
  const auto text = [&one](const char* name) {
    const auto at = one.is_object() ? one.find(name) : one.end();
    return one.is_object() && at != one.end() && at->is_string() ? at->get<std::string>()
                                                                 : std::string{};
  };
  const auto id = peer_id_from_text(text("id"));
  member out{id ? *id : peer_id{}, text("name"), text("address")};
  return id && !out.name.empty() && out.name.size() <= name_size_max
             && out.address.size() <= address_size_max
           ? result<member>{std::move(out)}
           : fail(errc::file_malformed, "a member without a name or an id");
}

/// Of what `group history` prints.
result<std::vector<closing>> ends_in_history(std::string_view text) {
  CAUCUS_TRY(const auto object, parse_json_object(text));
  const auto list = object.value("epochs", json{});
  std::vector<closing> out;
  for (std::size_t i = 1; list.is_array() && i < list.size(); ++i) {
    const auto end = list[i].is_object() ? list[i].value("end_of_former", json{}) : json{};
    const auto raw = end.is_string() ? from_hex(end.get_ref<const std::string&>())
                                     : fail(errc::bad_text, "no text");
    CAUCUS_TRY(const auto bytes_of_it, raw);
    CAUCUS_TRY(auto one, decode<closing>(bytes_of_it));
    out.push_back(std::move(one));
  }
  return out;
}

} // namespace

result<committee> read_checkpoint(std::string_view text, const std::string& name,
                                  const network_id& network) {
  const auto wrong = [&name](errc why, const std::string& what) {
    return fail(why, name + ": " + what + ": is it what `caucus checkpoint --json` printed?");
  };
  const auto object = parse_json_object(text);
  if (!object) {
    return wrong(errc::file_malformed, object.error().detail);
  }
  const auto of = object->value("network_id", json{});
  const auto in = object->value("epoch", json{});
  const auto list = object->value("members", json{});
  if (!of.is_string() || !in.is_number_unsigned() || !list.is_array() || list.empty()
      || list.size() > members_max) {
    return wrong(errc::file_malformed, "no network_id, epoch or members");
  }
  if (of.get<std::string>() != to_hex(network.view())) {
    return wrong(errc::bad_request, "of another network than the genesis'");
  }
  std::vector<member> members;
  for (const auto& one : list) {
    auto who = member_in(one);
    const bool twice = who && std::any_of(members.begin(), members.end(), [&](const auto& each) {
                         return each.peer == who->peer;
                       });
    if (!who || twice) {
      return wrong(errc::file_malformed, twice ? "a member twice" : who.error().detail);
    }
    members.push_back(std::move(*who));
  }
  return committee{epoch{in.get<std::uint64_t>()}, std::move(members)};
}

result<void> learn_epochs(known_network& network, std::string_view text) {
  CAUCUS_TRY(auto ends, epochs_from_json(text));
  CAUCUS_TRY(network.epochs,
             follow_closings(network.epochs.voters, std::move(ends), network.genesis.group,
                             network.network, caucus::verify));
  return {};
}

result<void> learn_epochs(known_network& network, std::string_view text, control_client& node) {
  CAUCUS_TRY(auto ends, epochs_from_json(text));
  const auto due = network.epochs.voters.newest().in_epoch();
  if (ends.empty() || ends.front().last.epoch <= due) {
    return learn_epochs(network, text);
  }
  CAUCUS_TRY(const auto told, node.ask(control_group_history{}, history_time_max));
  CAUCUS_TRY(auto all, ends_in_history(told));
  CAUCUS_TRY(network.epochs,
             follow_closings(network.epochs.voters, std::move(all), network.genesis.group,
                             network.network, caucus::verify));
  return {};
}

} // namespace caucus::cli
