#include "actors/administration/administration_commands.hpp"

#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/status_sheet.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/rules_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace caucus {

using json = nlohmann::ordered_json;

namespace {

result<void> check_name(const std::string& what) {
  return what.empty() || is_name(what)
           ? result<void>{}
           : fail(errc::bad_request, "name is '" + what
                                       + "'; allowed: small letters, digits and underscores, a "
                                         "letter first");
}

result<void> check_address(const std::string& what) {
  return what.empty() || is_address(what)
           ? result<void>{}
           : fail(errc::bad_request, "address is '" + what + "'; allowed: HOST:PORT");
}

json member_json(const peer_id& peer, const std::string& name, const std::string& address) {
  return {{"name", name}, {"id", to_text(peer)}, {"address", address}};
}

} // namespace

std::string directive_json(const directive_reply& what) {
  json out{{"what", what.what},
           {"height", what.receipt.height.value()},
           {"passed", what.passed},
           {"asked", what.asked},
           {"asks_wanted", what.asks_wanted},
           {"agreed", what.agreed},
           {"agrees_wanted", what.agrees_wanted}};
  if (!what.against.empty()) {
    out["waits_here_for"] = what.against;
  }
  return print_json(std::move(out)) + '\n';
}

result<void> control_group_admit::check() const {
  CAUCUS_TRY_VOID(check_name(name));
  return check_address(address);
}

result<void> control_group_replace::check() const {
  CAUCUS_TRY_VOID(check_name(name));
  return check_address(address);
}

result<void> control_group_join::check() const {
  CAUCUS_TRY_VOID(check_name(name));
  return check_address(address);
}

result<void> control_group_rules::check() const {
  if (attempt && is_bare()) {
    return fail(errc::bad_request, "try is of a file, or of rules, which are left out");
  }
  if (!without.empty() && is_bare()) {
    return fail(errc::bad_request, "without goes with rules: the C++ rules that a member has not");
  }
  const auto id =
    code.empty() ? rules_id{"none", 0} : rules_id_from_text(code).value_or(rules_id{});
  if (!is_rules_name(id.name)) {
    return fail(errc::bad_request,
                "rules is '" + code.substr(0, 2 * rules_name_size_max)
                  + "'; allowed: NAME:VERSION, as the program with the rules has "
                    "them, the name of 1 to "
                  + std::to_string(rules_name_size_max) + " printable characters without a space");
  }
  return remove.empty() || add
           ? result<void>{}
           : fail(errc::bad_request, "remove goes with add: without it what the file does not "
                                     "have is removed");
}

result<wanted_rules> control_group_rules::wanted(const genesis& known) const {
  wanted_rules out;
  if (!code.empty()) {
    CAUCUS_TRY(out.code, rules_id_from_text(code));
  }
  if (file) {
    const std::string_view text{reinterpret_cast<const char*>(file->data()), file->size()};
    CAUCUS_TRY(auto said, parse_rules(text, "the rules", known));
    if (said.variables.empty()) {
      return fail(errc::bad_request,
                  "the rules have no [[variables]]; to remove one: --add --remove NAME");
    }
    if (said.code && out.code && said.code != out.code) {
      return fail(errc::bad_request, "rules is " + code + ", and the file says "
                                       + to_text(*said.code) + ": leave one of them out");
    }
    out.variables = std::move(said.variables);
    out.code = out.code ? out.code : said.code;
  }
  for (const auto& one : out.variables) {
    if (std::find(remove.begin(), remove.end(), one.name) != remove.end()) {
      return fail(errc::bad_request, one.name + " is to be removed, and is in the file");
    }
  }
  out.keeps_rest = add || !file;
  out.removed = remove;
  out.without = without;
  return out;
}

std::string control_group_rules::print(const rules_reply& what, const command_context& /*of*/) {
  if (what.asked) {
    return directive_json(*what.asked);
  }
  if (what.tried) {
    return print_json({{"what", what.tried->what},
                       {"holds", true},
                       {"took_ms", command_detail::milliseconds_of(what.tried->took)}})
           + '\n';
  }
  return print_json({{"epoch", what.in.value()}, {"rules", what.text}}) + '\n';
}

result<void> control_group_move::check() const {
  return check_address(address);
}

result<void> control_group_bar::check() const {
  CAUCUS_TRY_VOID(bar_time_from_text(time));
  return {};
}

result<std::uint64_t> bar_time_from_text(std::string_view text) {
  if (text.empty()) {
    return std::uint64_t{0};
  }
  constexpr std::array<std::pair<char, std::uint64_t>, 4> units{
    {{'s', 1'000}, {'m', 60'000}, {'h', 3'600'000}, {'d', 86'400'000}}};
  const auto* const unit = std::find_if(
    units.begin(), units.end(), [&text](const auto& one) { return one.first == text.back(); });
  std::uint64_t count = 0;
  const auto* const end = text.data() + text.size() - 1;
  const auto read = std::from_chars(text.data(), end, count);
  if (unit == units.end() || read.ec != std::errc{} || read.ptr != end || count == 0
      || count > bar_ms_max / unit->second) {
    return fail(errc::bad_request,
                "for is '" + std::string{text} + "'; allowed: 1s to 36500d, in s, m, h or d");
  }
  return count * unit->second;
}

std::string control_group_show::print(const group_view& what, const command_context& /*of*/) {
  json out{{"epoch", what.in.value()},   {"height", what.at.value()}, {"liars_borne", what.liars},
           {"quorum", what.quorum},      {"closing", what.closing},   {"next_size", what.next_size},
           {"members", json::array()},   {"standbys", json::array()}, {"asked_for", json::array()},
           {"newcomers", json::array()}, {"barred", json::array()}};
  for (const auto& one : what.members) {
    auto line = member_json(one.peer, one.name, one.address);
    line["since_epoch"] = one.joined.value();
    line["linked"] = one.linked;
    line["self"] = one.self;
    out["members"].push_back(std::move(line));
  }
  for (const auto& one : what.standbys) {
    auto line = member_json(one.peer, one.name, one.address);
    line["reserve"] = one.reserve;
    line["linked"] = one.linked;
    out["standbys"].push_back(std::move(line));
  }
  for (const auto& one : what.petitions) {
    out["asked_for"].push_back({{"what", one.what},
                                {"due", one.due},
                                {"asked", one.asked},
                                {"agreed", one.agreed},
                                {"ends_ms", one.ends.count()},
                                {"waits_here_for", one.against},
                                {"command", one.command}});
    if (one.rules != change_rules{}) {
      out["asked_for"].back()["declares"] = print_variables(one.rules.declared);
      out["asked_for"].back()["removes"] = one.rules.removed;
      if (one.rules.code) {
        out["asked_for"].back()["rules"] = to_text(*one.rules.code);
      }
    }
  }
  if (what.code) {
    out["rules"] = to_text(*what.code);
  }
  if (what.refused) {
    out["refused"] = {{"what", what.refused->change},
                      {"why", what.refused->reason},
                      {"time_ms", what.refused->time.count()}};
  }
  for (const auto& one : what.newcomers) {
    auto line = member_json(one.peer, one.name, one.address);
    line["height"] = one.at.value();
    line["ready"] = one.not_ready.empty();
    line["not_ready"] = one.not_ready;
    out["newcomers"].push_back(std::move(line));
  }
  for (const auto& one : what.barred) {
    out["barred"].push_back(
      {{"id", to_text(one.peer)},
       {"until_ms", one.until == wall_ms{} ? json(nullptr) : json(one.until.count())}});
  }
  return print_json(std::move(out)) + '\n';
}

std::string control_group_join::print(const joined_reply& what, const command_context& of) {
  return print_json(
           {{"member", true}, {"id", to_text(of.self)}, {"since_epoch", what.since.value()}})
         + '\n';
}

std::string control_group_history::print(const shared_history& what, const command_context& of) {
  json out{{"epochs", json::array()}};
  const auto& begun = of.genesis->continues;
  const auto first = begun ? begun->height.next() : height{1};
  const committee* before = nullptr;
  const auto& known = what->voters;
  for (epoch in = first_epoch; known.of(in) != nullptr; in = in.next()) {
    const auto& voters = *known.of(in);
    json line{{"epoch", in.value()},       {"from_height", first.value()}, {"time_ms", nullptr},
              {"members", voters.names()}, {"came", json::array()},        {"left", json::array()}};
    if (before != nullptr) {
      const auto& end = *what->ends[in.value() - 1];
      line["from_height"] = end.last.height.value() + 1;
      line["time_ms"] = end.last.time.count();
      for (const auto& one : voters.members()) {
        if (!before->has(one.peer)) {
          line["came"].push_back(member_json(one.peer, one.name, one.address));
        }
      }
      for (const auto& one : before->members()) {
        if (!voters.has(one.peer)) {
          line["left"].push_back(member_json(one.peer, one.name, one.address));
        }
      }
      line["end_of_former"] = to_hex(encode(end));
    }
    before = &voters;
    out["epochs"].push_back(std::move(line));
  }
  return print_json(std::move(out)) + '\n';
}

std::string control_checkpoint::print(const checkpoint_reply& what, const command_context& of) {
  json out{{"network", of.genesis->name},
           {"network_id", to_hex(of.network.view())},
           {"epoch", what.voters->in_epoch().value()},
           {"height", what.certified.height.value()},
           {"time_ms", what.certified.time.count()},
           {"state_root", to_hex(what.certified.state_root.view())},
           {"members", json::array()}};
  for (const auto& one : what.voters->members()) {
    out["members"].push_back(member_json(one.peer, one.name, one.address));
  }
  return print_json(std::move(out)) + '\n';
}

void put_status(status_sheet& to, const administration_status& of, const status_parts& /*all*/) {
  to.put("petitions", of.petitions);
  to.put("standbys", of.standbys);
  to.put("newcomers", of.newcomers);
  to.put("outdated", of.outdated);
}

void put_metrics(metric_sheet& to, const administration_status& of, const status_parts& /*all*/) {
  to.gauge("caucus_administration_petitions", "Changes of the group that are asked for.",
           of.petitions);
  to.gauge("caucus_administration_standbys", "Approved, and not seated yet.", of.standbys);
  to.gauge("caucus_administration_newcomers", "Linked nodes that want to be members.",
           of.newcomers);
}

} // namespace caucus
