#include "apps/caucus/status_view.hpp"

#include "apps/caucus/node_access.hpp"
#include "apps/caucus/reply_view.hpp"
#include "apps/caucus/words.hpp"
#include "messages/committee.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// Where the values of rows begin.
constexpr std::size_t value_column = 14;

std::string text_of(const json& from, const char* name) {
  const auto at = from.find(name);
  if (at == from.end() || at->is_null()) {
    return "-";
  }
  return at->is_string() ? harmless(at->get<std::string>()) : at->dump();
}

std::uint64_t number_of(const json& from, const char* name) {
  const auto at = from.find(name);
  return at != from.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

const json& list_of(const json& from, const char* name) {
  static const json none = json::array();
  const auto at = from.find(name);
  return at != from.end() && at->is_array() ? *at : none;
}

std::string row(std::string_view name, const std::string& value) {
  std::string out{"  "};
  out.append(name);
  out.append(out.size() < value_column ? value_column - out.size() : 1, ' ');
  return out + wrapped(value, value_column, value_column) + "\n";
}

/// Padded with blanks to `width`, or cut to it.
std::string cell(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text.size() > width ? text.substr(0, width - 1) + "~" : text;
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string milliseconds(const json& from, const char* name) {
  const auto at = from.find(name);
  char out[40];
  static_cast<void>(std::snprintf(out, sizeof out, "%.1f ms",
                                  at != from.end() && at->is_number() ? at->get<double>() : 0.0));
  return out;
}

// -- who is there --------------------------------------------------------------------------------

/// It has heard nothing of the group, ever: there is nothing to say of heights and states.
bool knows_nothing(const json& status) {
  return number_of(status, "height") == 0 && number_of(status, "peers") == 0
         && member_of(status, "member").is_null();
}

/// Why there is no link, in words.
std::string reason_of(const json& one) {
  const auto reason = text_of(one, "reason");
  const auto dials = number_of(one, "dials");
  if (reason.empty() || reason == "-") {
    return dials == 0 ? "no link yet" : "dialled, no answer yet";
  }
  return reason + (dials > 1 ? ", dialled " + grouped(dials) + " times" : "");
}

/// Those without a link, and whether enough are left to decide anything.
std::string missing_of(const json& status, const paint& with) {
  std::string out;
  const auto& missing = list_of(status, "missing");
  const bool begins =
    knows_nothing(status) && std::none_of(missing.begin(), missing.end(), [](const auto& one) {
      return !text_of(one, "reason").empty();
    });
  if (begins) {
    return {}; // its first dials are on their way: nobody is missed yet
  }
  const auto heard = number_of(status, "peers") + (member_of(status, "member").is_null() ? 0 : 1);
  const auto quorum = number_of(status, "quorum");
  if (heard < quorum && !member_of(status, "member").is_null()) {
    out += row("no quorum", with.red(std::to_string(heard) + " of " + text_of(status, "members")
                                     + " members are here or linked, " + std::to_string(quorum)
                                     + " must be for anything to be decided"));
  }
  for (const auto& one : missing) {
    const auto name = one.value("member", json{});
    const auto address = text_of(one, "address");
    out += row(
      "missing",
      (name.is_string() ? with.yellow(harmless(name.get<std::string>())) : std::string{"net.join"})
        + " at " + (address.empty() ? "an unknown address" : address) + ": " + reason_of(one));
  }
  return out;
}

/// Nobody is linked. A node that has just started has linked to none yet; why one that runs for long
/// has not is in what each dial came to.
std::string no_links(const json& status, const genesis& from, const paint& with) {
  if (committee_of(from).is_alone()) {
    return "  none\n";
  }
  const auto refused = number_of(status, "connections_refused");
  return "  " + with.yellow("none yet")
         + (refused == 0 ? std::string{}
                         : "; " + counted(refused, "connection", "connections")
                             + " turned away: the log says why")
         + "\n";
}

std::string links_of(const json& status, const genesis& from, const paint& with) {
  std::string out;
  for (const auto& link : list_of(status, "links")) {
    const bool client = text_of(link, "mode") == "client";
    out += "  " + cell(short_name_of(text_of(link, "peer"), from) + (client ? " client" : ""), 17)
           + " " + cell(text_of(link, "address"), 21) + " "
           + right(milliseconds(link, "round_trip_ms"), 9)
           + right(grouped(number_of(link, "frames_in")), 10) + " in"
           + right(grouped(number_of(link, "frames_out")), 10) + " out\n";
  }
  return out.empty() ? no_links(status, from, with) : out;
}

// -- what is inside ------------------------------------------------------------------------------

/// The call that this status answers is not news.
bool carries_this_status(const json& edge) {
  const auto type = text_of(edge, "type");
  return type.find("call_opened") != std::string::npos
         || type.find("command_reply") != std::string::npos;
}

bool has_trouble(const json& edge) {
  return number_of(edge, "turned_away") + number_of(edge, "poisoned") > 0;
}

/// Two dozen empty ones tell nobody anything: those that hold something, or were full, if not `all`.
std::string edges_of(const json& status, bool all) {
  std::string out;
  std::size_t quiet = 0;
  for (const auto& edge : list_of(status, "edges")) {
    const bool holds = number_of(edge, "depth") > (carries_this_status(edge) ? 1U : 0U);
    if (!all && !holds && !has_trouble(edge)) {
      ++quiet;
      continue;
    }
    out += "  " + text_of(edge, "from") + " -> " + text_of(edge, "to") + "\n    "
           + grouped(number_of(edge, "depth")) + " of " + grouped(number_of(edge, "capacity"))
           + " wait, " + grouped(number_of(edge, "pushed")) + " passed";
    if (has_trouble(edge)) {
      out += ", full " + counted(number_of(edge, "turned_away"), "time", "times") + ", poisoned "
             + grouped(number_of(edge, "poisoned"));
    }
    out += "\n";
  }
  if (quiet > 0) {
    out += "  " + (out.empty() ? std::to_string(quiet) : counted(quiet, "other", "others"))
           + (quiet == 1 ? " is empty and was" : " are empty and were")
           + " never full; --all lists them\n";
  }
  return out;
}

std::string restarts_of(const json& status, const paint& with) {
  std::string out;
  for (const auto& actor : list_of(status, "actors")) {
    if (number_of(actor, "restarts") > 0) {
      out += row("restarts", with.yellow(text_of(actor, "name")) + " "
                               + counted(number_of(actor, "restarts"), "time", "times")
                               + "; last error: " + text_of(actor, "last_error"));
    }
  }
  return out;
}

/// What an actor tells of itself, under its name, beyond what every node tells.
std::string told_by_actors(const json& status) {
  std::string out;
  for (const auto& actor : list_of(status, "actors")) {
    const auto told = status.find(actor.value("name", ""));
    if (told != status.end() && told->is_object()) {
      const auto line = show_part(*told, paint{false});
      out += row(harmless(told.key()), line.substr(0, line.size() - 1));
    }
  }
  return out;
}

/// Whose keys signed what contradicts itself.
std::string liars_of(const json& status, const paint& with) {
  std::string out;
  for (const auto& one : list_of(status, "liars")) {
    const bool self = one.value("self", false);
    const auto name = one.value("member", json{});
    const auto who =
      self ? std::string{"this node's own key"}
           : (name.is_string() ? harmless(name.get<std::string>()) + " ("
                                   + text_of(one, "peer").substr(0, short_name_size) + ")"
                               : text_of(one, "peer").substr(0, short_name_size) + ", no member");
    out += row(self ? "problem" : "liar",
               with.red(who) + " " + text_of(one, "newest")
                 + (self ? ": it is in use elsewhere, or this folder was set back" : "") + " ("
                 + counted(number_of(one, "proofs"), "proof", "proofs")
                 + "; `caucus evidence` shows them)");
  }
  return out;
}

std::string state_of(const json& status) {
  if (knows_nothing(status)) {
    return row("height", "none yet: it dials the members, and follows once it has a link");
  }
  std::string out = row("height", grouped(number_of(status, "height")));
  out += row("view", grouped(number_of(status, "view")) + ", epoch " + text_of(status, "epoch")
                       + ", leader " + text_of(status, "leader"));
  out += row("state root", text_of(status, "state_root"));
  out += row("", "at height " + grouped(number_of(status, "root_height")));
  out += row("state", number_of(status, "state_entries") == 0
                        ? std::string{"empty: nothing is stored yet, which has a root of zeroes"}
                        : counted(number_of(status, "state_entries"), "entry", "entries") + ", "
                            + counted(number_of(status, "state_size"), "byte", "bytes"));
  const auto oldest = number_of(member_of(status, "notary"), "oldest_height");
  out += row("ledger", counted(number_of(status, "ledger_size"), "byte", "bytes")
                         + (oldest > 1 ? " from height " + grouped(oldest) + " on" : "") + ", "
                         + counted(number_of(status, "disk_free"), "byte", "bytes") + " free");
  if (member_of(status, "quota_left").is_number()) {
    out +=
      row("quota", counted(number_of(status, "quota_left"), "byte", "bytes") + " left for now");
  }
  return out
         + row("committed",
               counted(number_of(status, "mutations_committed"), "mutation", "mutations"));
}

std::string peers_of(const json& status) {
  const auto others = number_of(status, "others");
  const auto all = number_of(status, "members") - (member_of(status, "member").is_null() ? 0 : 1);
  return grouped(number_of(status, "peers")) + " of " + counted(all, "member", "members")
         + (others == 0 ? "" : ", and " + counted(others, "follower", "followers"));
}

} // namespace

result<json> read_status(std::string_view text) {
  auto out = parse_json(text);
  if (!out || !out->is_object() || !member_of(*out, "silent").is_array()
      || !out->contains("member")) {
    return fail(errc::internal,
                "the node answered something that is no status: " + harmless(text.substr(0, 200)));
  }
  return out;
}

std::string show_node(const json& status, const genesis& from, bool all, const paint& with) {
  const bool member = !member_of(status, "member").is_null();
  const bool votes = status.value("votes", false);
  std::string out =
    with.bold((member ? text_of(status, "member") + "  " : "")
              + text_of(status, "peer_id").substr(0, short_name_size))
    + "  " + text_of(status, "mode") + " of " + text_of(status, "network") + ", "
    + (votes ? with.green("votes") : (member ? with.yellow("does not vote") : "follows"))
    + (status.value("standstill", false) ? with.red("  the group stands still") : "") + "\n";
  out += state_of(status);
  if (const auto clock = status.value("clock_problem", ""); !clock.empty()) {
    out += row("clock", with.yellow(harmless(clock)));
  }
  out += row("peers", peers_of(status));
  out += missing_of(status, with);
  for (const auto& problem : list_of(status, "problems")) {
    out += row(with.red("problem") + "     ",
               harmless(problem.is_string() ? problem.get<std::string>() : problem.dump()));
  }
  out += liars_of(status, with);
  out += restarts_of(status, with);
  out += told_by_actors(status);
  out += with.bold("links") + "\n" + links_of(status, from, with);
  out += with.bold("mailboxes") + "\n" + edges_of(status, all);
  return out;
}

// -- the group -------------------------------------------------------------------------------------

namespace {

std::string clock_of(const json& one) {
  if (one.value("self", false)) {
    return "-";
  }
  const auto at = one.find("clock_ahead_ms");
  const double ahead = at != one.end() && at->is_number() ? at->get<double>() : 0.0;
  const bool seconds = std::abs(ahead) >= 10'000;
  char out[40];
  static_cast<void>(std::snprintf(out, sizeof out, seconds ? "%+.0f s" : "%+.0f ms",
                                  seconds ? ahead / 1'000 : ahead));
  return out;
}

constexpr std::size_t version_width = 11; ///< what the other columns leave of line_width

std::string line_of(const json& one, const paint& with) {
  const auto name = cell(text_of(one, "member"), 11);
  const auto address = cell(text_of(one, "address"), 21);
  if (!one.value("answered", false)) {
    return "  " + with.red(name) + " " + address + " " + wrapped(text_of(one, "reason"), 36, 36)
           + "\n";
  }
  const bool votes = one.value("votes", false);
  // That of an application's program, "0.1.0 (club 1.0)", stands below the line, which has no room for it.
  const auto version = text_of(one, "version");
  const bool fits = version.size() <= version_width;
  return "  " + name + " " + address + right(grouped(number_of(one, "height")), 11) + " "
         + (votes ? with.green(right("yes", 5)) : with.yellow(right("no", 5)))
         + right(clock_of(one), 10) + right(text_of(one, "links"), 6) + " "
         + (fits ? version : "\n" + std::string(14, ' ') + wrapped(version, 14, 14)) + "\n";
}

} // namespace

std::string show_group(const json& status, const paint& with) {
  std::string out = with.bold(text_of(status, "network")) + ", " + text_of(status, "members")
                    + " members, " + text_of(status, "quorum")
                    + " decide; as each says of itself\n";
  out += "  " + cell("member", 11) + " " + cell("address", 21) + right("height", 11)
         + right("votes", 6) + right("clock", 10) + right("links", 6) + " version" + "\n";
  std::uint64_t silent = 0;
  for (const auto& one : list_of(status, "group")) {
    out += line_of(one, with);
    silent += one.value("answered", false) ? 0 : 1;
  }
  if (silent > 0) {
    out += with.yellow(counted(silent, "member does", "members do") + " not answer\n");
  }
  return out;
}

} // namespace caucus::cli
