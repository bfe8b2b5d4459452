#pragma once

#include "actors/node_config.hpp"
#include "actors/node_topology.hpp"
#include "actors/notary/rules.hpp"
#include "actors/presets.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/config_walk.hpp"
#include "runtime/context.hpp"
#include "runtime/metrics.hpp"
#include "runtime/topology.hpp"
#include "runtime/worker_pool.hpp"

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What a program's nodes consist of beyond the preset: actors of its own, and rules in C++. What
/// an actor has is read off its type, so the command line knows it without a node that runs.
///
///     int main(int count, char** words) {
///       caucus::composition with{"club", "1.0"};
///       with.add<cheers>();
///       return caucus::run(count, words, with); // of <caucus/program.hpp>
///     }
///
/// An actor is a class as topology.hpp wants it. What it has beside that it says in these words,
/// and then it is connected (node_topology::connect), as the node's own are:
///
///  - `using config = my_config;`, a struct with `keys()`: the table [name] of node.toml, with
///    flags; see config_walk.hpp.
///  - `using packets = caucus::packets<...>;`, ports `net_in`, `net_out`: see
///    node_topology::route().
///  - `using commands = caucus::commands<...>;`, ports `calls`, `replies`: in the control API, on
///    the command line, in status and metrics; see runtime/commands/serving.hpp.
///  - ports `asks`, `heard`: the notary; see notary_line.hpp. Those of command_call and
///    command_reply: it calls commands, and asks[i] and heard[i] are of the i-th actor that has
///    some.
///  - a port `directives`: what it tells peer_net.
///  - ports `questions`, `verdicts`: it is asked about each connection.
///  - `static constexpr bool has_jobs = true;`: it is given the pool for jobs.
///
/// Its constructor takes ports and context, then an actor_setup if it wants one, then what add()
/// was given. Main thread.

namespace caucus {

/// Of an actor that declares no keys.
struct no_keys {
  static constexpr void keys(auto&& /*key*/) {}
};

/// What an actor of a composition is given by its node. A value, the same in every life.
template <configured Config = no_keys>
struct actor_setup {
  std::shared_ptr<const caucus::genesis> genesis{}; ///< never null
  peer_id self{};
  std::filesystem::path directory{};   ///< the node's, for files of the actor's own
  std::shared_ptr<metrics> numbers{};  ///< never null
  std::shared_ptr<worker_pool> jobs{}; ///< null: it does not say has_jobs
  live_config<Config> keys{};
};

namespace composing {

template <class Actor>
struct keys_of {
  using type = no_keys;
};
template <class Actor>
requires configured<typename Actor::config>
struct keys_of<Actor> {
  using type = typename Actor::config;
};

template <class Actor>
using setup_of = actor_setup<typename keys_of<Actor>::type>;

template <class Actor, class... More>
void add_actor(node_topology& app, setup_of<Actor> setup, const More&... more) {
  if constexpr (requires { requires Actor::has_jobs; }) {
    setup.jobs = app.pool();
  }
  if constexpr (std::is_constructible_v<Actor, typename Actor::ports, context&, setup_of<Actor>,
                                        More...>) {
    app.connect(app.graph.add<Actor>(std::move(setup), more...));
  } else {
    app.connect(app.graph.add<Actor>(more...));
  }
}

} // namespace composing

/// A command of the program itself, which asks no node: `tic_tac_toe board GENESIS FILE`.
struct program_command {
  std::string name;
  std::vector<std::string> arguments; ///< as help shows them; each must be given
  std::string summary;                ///< a line for people
  /// Given as many words as there are arguments. Returns the exit code; 0: done.
  std::function<int(const std::vector<std::string>&)> run;
};

/// Of a program's name, and of its version: nodes tell one another both in their hello's agent.
inline constexpr std::size_t program_name_size_max = 20; ///< bytes

class composition {
public:
  /// `name`: what people type to run the program. `version`: the application's, for people. Both
  /// have 1 to program_name_size_max bytes of printable ASCII (asserted).
  composition(std::string name, std::string version);

  /// One more actor of each node; it starts after those before it. Copies of `more` go to its
  /// constructor in every life. Its keys and flags are no others' (asserted when settings are
  /// made).
  template <class Actor, class... More>
  composition& add(More... more) {
    if constexpr (requires { Actor::commands::of(std::string{}); }) {
      declared_.push_back(Actor::commands::of(Actor::name));
    }
    actor_names_.emplace_back(Actor::name);
    actors_.push_back([more...](node_settings& settings) -> actor_maker {
      using config = typename composing::keys_of<Actor>::type;
      live_config<config> keys;
      if constexpr (!std::same_as<config, no_keys>) {
        keys = settings.add_live<config>(Actor::name);
      }
      return [keys, more...](node_topology& app, const std::filesystem::path& directory) {
        composing::add_actor<Actor>(
          app, {app.genesis, app.facts().self, directory, app.numbers, nullptr, keys}, more...);
      };
    });
    return *this;
  }

  /// Those for the custom variables of its group, with the versions of before. At most once.
  composition& add_rules(rules with) {
    rules_ = std::move(with);
    return *this;
  }

  composition& add_command(program_command what) {
    commands_.push_back(std::move(what));
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] const rules& own_rules() const { return rules_; }
  /// What its actors can be asked, in their order.
  [[nodiscard]] const std::vector<actor_commands>& declared() const { return declared_; }
  [[nodiscard]] const std::vector<program_command>& commands() const { return commands_; }
  /// In their order.
  [[nodiscard]] const std::vector<std::string>& actor_names() const { return actor_names_; }

private:
  friend class composed;
  /// Given the node's folder.
  using actor_maker = std::function<void(node_topology&, const std::filesystem::path&)>;

  std::string name_;
  std::string version_;
  rules rules_;
  std::vector<program_command> commands_;
  std::vector<actor_commands> declared_;
  std::vector<std::string> actor_names_;
  /// Each declares its keys, and gives what makes the actor once they are read.
  std::vector<std::function<actor_maker(node_settings&)>> actors_;
};

/// A composition with the settings of one node.
class composed {
public:
  /// All keys are declared, and nothing is read yet.
  explicit composed(const composition& with);

  [[nodiscard]] node_settings& settings() { return settings_; }
  [[nodiscard]] const node_settings& settings() const { return settings_; }
  /// Once they are loaded: topology_of() with the composition's rules, and its actors. Errors:
  /// those of topology_of().
  [[nodiscard]] result<node_topology> topology(const std::string& version) const;
  /// The actors alone, for a topology that was made in another way, as a simulation's is.
  /// `directory`: what they are told is the node's.
  void add_to(node_topology& app, const std::filesystem::path& directory) const;

private:
  rules rules_;
  node_settings settings_;
  std::vector<composition::actor_maker> actors_;
};

} // namespace caucus
