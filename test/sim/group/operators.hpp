#pragma once

#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "runtime/base/text.hpp"
#include "test/sim/group/group_world.hpp"
#include "test/sim/group/sim_rules.hpp"
#include "test/sim/hashing.hpp"
#include "test/sim/sim_network.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

/// What a group's operators want of it, as the dice of a run fall.

namespace caucus::sim {

/// What operators ask for, each at a member or a few of them, some too few.
class operators {
public:
  /// `but`: nobody asks for it.
  explicit operators(group_world& over, std::optional<node_index> but) : world_{over}, but_{but} {}

  void act() {
    auto& w = world_;
    if (w.below(3) != 0) {
      return;
    }
    switch (w.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3: admit(false); break;
      case 4: admit(true); break;
      case 5: ask("kick", {{"who", id_of(a_voter())}, {"lower_f", w.below(2) == 0}}); break;
      case 6: w.order(a_voter(), "retire", nlohmann::json{{"lower_f", false}}.dump()); break;
      case 7:
      case 8: exchange(); break;
      case 9: ask("reinforce", {{"count", 1 + w.below(2)}}); break;
      case 10: bar(); break;
      default: ask("announce", {{"text", "season " + std::to_string(w.below(9))}}); break;
    }
  }

private:
  static std::string id_of(node_index who) { return to_text(peer_of(who)); }
  [[nodiscard]] std::string name_of(node_index who) const {
    return (who < world_.member_count() ? "m" : "f") + std::to_string(who);
  }
  [[nodiscard]] std::vector<node_index> all(bool voters) const {
    std::vector<node_index> out;
    for (node_index i = 0; i < world_.size(); ++i) {
      if (world_.voters().has(peer_of(i)) == voters) {
        out.push_back(i);
      }
    }
    return out;
  }
  [[nodiscard]] node_index a_voter() {
    const auto from = all(true);
    return from[world_.below(from.size())];
  }
  [[nodiscard]] std::optional<node_index> another() {
    auto from = all(false);
    std::erase_if(from, [this](node_index one) { return one == but_; });
    return from.empty() ? std::nullopt : std::optional{from[world_.below(from.size())]};
  }
  void ask(const std::string& what, const nlohmann::json& body) {
    const auto from = all(true);
    const auto enough = world_.voters().liars() + world_.below(2);
    const auto first = world_.below(from.size());
    for (std::size_t i = 0; i <= std::min(enough, from.size() - 1); ++i) {
      world_.order(from[(first + i) % from.size()], what, body.dump());
    }
  }
  void wish(node_index who) {
    world_.order(who, "join",
                 nlohmann::json{{"name", name_of(who)},
                                {"address", sim_network::address_of(who)},
                                {"timeout_ms", 20'000}}
                   .dump());
  }
  void admit(bool standby) {
    if (const auto who = another()) {
      wish(*who);
      ask("admit", {{"who", id_of(*who)},
                    {"standby", standby},
                    {"name", name_of(*who)},
                    {"address", sim_network::address_of(*who)}});
    }
  }
  void exchange() {
    if (const auto who = another()) {
      wish(*who);
      ask("replace", {{"old", id_of(a_voter())},
                      {"new", id_of(*who)},
                      {"name", name_of(*who)},
                      {"address", sim_network::address_of(*who)}});
    }
  }
  void bar() {
    if (const auto who = another()) {
      ask("bar", {{"who", id_of(*who)}, {"for", "5s"}});
    }
  }

  group_world& world_;
  std::optional<node_index> but_;
};

/// In a third of the runs operators change what a few sets may hold, while those are written: new
/// ones, limits that fit and that do not, sets that go. From dice of its own.
class lawmakers {
public:
  lawmakers(group_world& over, std::uint64_t seed)
      : world_{over}, random_{mix({seed, 0x72756c6573})}, is_on_{random_() % 3 == 0} {}

  void act() {
    if (!is_on_ || !world_.alive(0)) {
      return;
    }
    write();
    if (random_() % 6 != 0) {
      return;
    }
    const auto name = "r" + std::to_string(random_() % sets);
    nlohmann::json body{{"add", true}};
    if (random_() % 5 == 0) {
      body["remove"] = {name};
    } else {
      body["file"] = "[[variables]]\nname = \"" + name
                     + "\"\nkind = \"set\"\nwriters = \"anyone\"\n"
                     + "entries = " + std::to_string(1 + random_() % 4)
                     + "\nkey_size = " + std::to_string(1 + random_() % 4) + "\n";
    }
    std::vector<node_index> from;
    for (node_index i = 0; i < world_.size(); ++i) {
      if (world_.voters().has(peer_of(i))) {
        from.push_back(i);
      }
    }
    const auto enough = world_.voters().liars() + random_() % 2;
    const auto first = random_() % from.size();
    for (std::size_t i = 0; i <= std::min<std::size_t>(enough, from.size() - 1); ++i) {
      world_.order(from[(first + i) % from.size()], "rules", body.dump());
    }
  }

private:
  static constexpr std::size_t sets = 3;

  /// Some of it before the set is there, some after it went, some that does not fit.
  void write() {
    const auto of = world_.from().variables.size() + 1 + random_() % (sets + 1);
    const auto key = std::to_string(random_() % 2'000);
    const auto raw = as_bytes(key);
    world_.say(random_() % world_.size(),
               {variable_id{static_cast<variable_id::number>(of)},
                operation_id{static_cast<operation_id::number>(random_() % 2)},
                {bytes{raw.begin(), raw.end()}}});
  }

  group_world& world_;
  std::mt19937_64 random_;
  bool is_on_;
};

/// In a third of the runs the group has C++ rules, programs come that have a newer version too, and
/// operators ask that it is taken. From dice of its own.
class programmers {
public:
  programmers(group_world& over, std::uint64_t seed, bool is_on)
      : world_{over}, random_{mix({seed, 0x70726f6772616d})}, is_on_{is_on} {}

  [[nodiscard]] static bool has_code(std::uint64_t seed) {
    return mix({seed, 0x636f646573}) % 3 == 0;
  }

  void act() {
    if (!is_on_) {
      return;
    }
    auto& w = world_;
    if (random_() % 3 == 0) {
      mark();
    }
    if (random_() % 8 == 0) {
      exchange(random_() % w.size());
    }
    if (random_() % 8 == 0) {
      ask();
    }
  }
  /// All programs are new ones.
  void finish() {
    for (node_index i = 0; is_on_ && i < world_.size(); ++i) {
      exchange(i);
    }
  }

private:
  /// Stopped, and started with the new program.
  void exchange(node_index who) {
    auto& w = world_;
    if (w.has_both_codes(who)) {
      return;
    }
    w.upgrade(who);
    if (w.alive(who)) {
      w.crash(who);
      w.restart(who);
    }
  }
  void mark() {
    const auto key = std::to_string(random_() % 200);
    const auto raw = as_bytes(key);
    world_.say(random_() % world_.size(),
               {variable_id{user_variables + 1}, operation_id{0}, {bytes{raw.begin(), raw.end()}}});
  }
  /// Who has it not is left out, if no more are than may fail; or not, and they are waited for.
  void ask() {
    auto& w = world_;
    nlohmann::json body{{"rules", "sim:2"}};
    std::vector<std::string> without;
    std::vector<node_index> from;
    for (node_index i = 0; i < w.size(); ++i) {
      if (w.voters().has(peer_of(i))) {
        from.push_back(i);
        if (!w.has_both_codes(i)) {
          without.push_back(to_text(peer_of(i)));
        }
      }
    }
    if (random_() % 2 == 0 && !without.empty() && without.size() <= w.voters().liars()) {
      body["without"] = without;
    }
    const auto enough = w.voters().liars() + random_() % 2;
    const auto first = random_() % from.size();
    for (std::size_t i = 0; i <= std::min<std::size_t>(enough, from.size() - 1); ++i) {
      w.order(from[(first + i) % from.size()], "rules", body.dump());
    }
  }

  group_world& world_;
  std::mt19937_64 random_;
  bool is_on_;
};

} // namespace caucus::sim
