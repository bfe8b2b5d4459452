#include "apps/caucus/genesis_text.hpp"

#include "actors/notary/rule_set.hpp"
#include "apps/caucus/own.hpp"
#include "messages/quorum.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/clock.hpp"
#include "runtime/config_value.hpp"
#include "runtime/file.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/variables/rules_text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace caucus::cli {

namespace {

constexpr std::string_view time_remark = " # when `caucus init` made this: the file gave no time";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The template, or the genesis that is made where there is none.
result<std::string> text_of(const std::filesystem::path& from,
                            const std::vector<variable_declaration>& variables) {
  if (!variables.empty() || from.empty()) {
    genesis made;
    made.name = "caucus";
    made.time = system_now();
    made.limits = quotas_default;
    made.variables = variables.empty() ? default_variables() : variables;
    return print_genesis(made);
  }
  auto text = read_file(from, {.name = "the genesis", .size_max = genesis_size_max});
  if (!text) {
    return text;
  }
  if (text->starts_with(byte_order_mark)) { // lines may be put in front
    text->erase(0, byte_order_mark.size());
  }
  CAUCUS_TRY(const auto whole, names_members(*text, from.string()));
  if (whole) {
    return fail(errc::file_malformed,
                from.string()
                  + " names members already, whose keys cannot be made here. To make the folder of "
                    "one of them, give its key with --identity KEY; to make a new network of these "
                    "variables, leave out [[members]]: init adds its own");
  }
  if (!text->empty() && text->back() != '\n') {
    *text += '\n';
  }
  return text;
}

tl::unexpected<error> refuse(const std::string& given, const std::string& why) {
  return fail(errc::bad_request, "--member: given '" + given + "'; " + why);
}

result<member> parse_member(const std::string& given) {
  const auto equals = given.find('=');
  const auto at = equals == std::string::npos ? equals : given.find('@', equals);
  if (at == std::string::npos) {
    return refuse(given, "allowed: NAME=ID@HOST:PORT, the ID as `caucus keygen` prints it");
  }
  member out;
  out.name = given.substr(0, equals);
  out.address = given.substr(at + 1);
  const auto id_text = given.substr(equals + 1, at - equals - 1);
  const auto id = peer_id_from_text(id_text);
  if (!is_name(out.name)) {
    return refuse(given, "the name is '" + out.name
                           + "'; allowed: a lower-case letter, then at most 31 of a-z, 0-9 and _");
  }
  if (!id) {
    return refuse(given, "the id is '" + id_text
                           + "'; allowed: 52 characters, as `caucus keygen` prints them");
  }
  if (!is_address(out.address)) {
    return refuse(given, "the address is '" + out.address
                           + "'; allowed: HOST:PORT or [V6]:PORT, the port from 1 to 65535, where "
                             "the other members reach it");
  }
  out.peer = *id;
  return out;
}

/// Of this program, and of a name that a file can have; none: it has none for these variables.
std::optional<rules_id> first_rules(const genesis& from) {
  const auto compiled = compile_rules(from, own().own_rules());
  const auto first = compiled ? (*compiled)->declared()->code : std::nullopt;
  return first && is_rules_name(first->name) ? first : std::nullopt;
}

} // namespace

std::vector<variable_declaration> default_variables() {
  variable_declaration score;
  score.name = "score";
  score.kind = kind_named("counter");
  score.min = 0;
  score.step_max = 10;
  variable_declaration motto;
  motto.name = "motto";
  motto.kind = kind_named("register");
  variable_declaration tags;
  tags.name = "tags";
  tags.kind = kind_named("set");
  variable_declaration profile;
  profile.name = "profile";
  profile.kind = kind_named("map");
  profile.writers = writers::own_entries;
  return {score, motto, tags, profile};
}

std::string member_text(const member& who) {
  return "\n[[members]]\nname = " + toml_text(who.name) + "\nid = \"" + to_text(who.peer)
         + "\"\naddress = " + toml_text(who.address) + "\n";
}

result<genesis_start> begin_genesis(const std::filesystem::path& from,
                                    const std::vector<variable_declaration>& variables) {
  CAUCUS_TRY(auto text, text_of(from, variables));
  const auto whole = text + member_text({{{std::byte{1}}}, "stranger", "127.0.0.1:1"});
  const auto file = from.empty() ? "genesis.toml" : from.string();
  const auto now = system_now();
  CAUCUS_TRY(const auto judged, parse_genesis(whole, file, now));
  if (judged.continues) {
    return fail(errc::file_malformed,
                file
                  + " goes on from another network (it has [continues]): such a genesis is made "
                    "by --from alone, as its state is");
  }
  // Filled in only now, as errors name the lines of the file.
  const bool has_time = parse_genesis(whole, file).has_value();
  if (!judged.limits) {
    text += print_quotas(quotas_default);
  }
  if (!judged.rules) { // a later version's program knows by it what the network began with
    text.insert(0, print_rules_id(first_rules(judged)));
  }
  if (has_time) {
    return genesis_start{std::move(text)};
  }
  text.insert(0, "time_ms = " + std::to_string(now.count()) + std::string{time_remark} + "\n");
  return genesis_start{std::move(text), now};
}

result<std::vector<member>> parse_members(const std::vector<std::string>& given) {
  if (given.size() > members_max) {
    return fail(errc::bad_request, "--member: given " + std::to_string(given.size())
                                     + " times; allowed: " + std::to_string(members_max));
  }
  std::vector<member> out;
  for (const auto& text : given) {
    auto next = parse_member(text);
    if (!next) {
      return tl::make_unexpected(next.error());
    }
    const auto clash = std::find_if(out.begin(), out.end(), [&next](const member& one) {
      return one.name == next->name || one.peer == next->peer || one.address == next->address;
    });
    if (clash != out.end()) {
      const auto* const what = clash->name == next->name   ? "name"
                               : clash->peer == next->peer ? "id"
                                                           : "address";
      return refuse(text, std::string{"its "} + what + " is that of '" + clash->name
                            + "' already; allowed: each once");
    }
    out.push_back(std::move(*next));
  }
  return out;
}

} // namespace caucus::cli
