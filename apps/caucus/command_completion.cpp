#include "apps/caucus/commands.hpp"
#include "apps/caucus/completion.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "runtime/variables/catalog.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caucus::cli {

namespace {

/// The value of --config among what is typed.
std::string config_in(const std::vector<std::string>& typed) {
  constexpr std::string_view name = "--config";
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i].starts_with(std::string{name} + "=")) {
      return typed[i].substr(name.size() + 1);
    }
    if (typed[i] == name) {
      const bool split = i + 2 < typed.size() && typed[i + 1] == "=";
      return i + 1 < typed.size() ? typed[i + (split ? 2 : 1)] : std::string{};
    }
  }
  return default_config();
}

/// Names that the genesis of the node that is asked declares.
std::vector<candidate> declared_names(std::string_view type,
                                      const std::vector<std::string>& typed) {
  std::vector<candidate> out;
  const auto config = config_in(typed);
  if (config.empty() || (type != "VARIABLE" && type != "MUTATION")) {
    return out;
  }
  const auto node = open_node(config);
  if (!node) {
    return out; // the command itself will say what is wrong with it
  }
  for (const auto& one : node->genesis.variables) {
    if (type == "VARIABLE") {
      out.push_back({one.name});
    } else if (std::find(typed.begin(), typed.end(), one.name) != typed.end()) {
      for (const auto& operation : operations_of(one)) {
        out.push_back({operation.name});
      }
    }
  }
  return out;
}

} // namespace

int complete_words(const CLI::App& app, const std::vector<std::string>& words) {
  print(print_completion(complete(app, words, declared_names)));
  return number(exit_code::ok);
}

void add_completion(CLI::App& to, action& run) {
  const auto shell = std::make_shared<std::string>();
  auto* const command =
    to.add_subcommand("completion", "print a script that completes commands in a shell");
  command->add_option("SHELL", *shell, "for which")
    ->required()
    ->check([](const std::string& given) {
      return completion_script(given, own().name()).empty()
               ? "there is no script for '" + harmless(given) + "'; allowed: bash, zsh, fish"
               : std::string{};
    })
    ->type_name("{bash,zsh,fish}");
  command->footer("Commands, flags, files and, once --config is typed, the names of the network's "
                  "variables and mutations. Examples:\n"
                  "  source <(caucus completion bash)\n"
                  "  caucus completion bash > ~/.local/share/bash-completion/completions/caucus\n"
                  "  caucus completion zsh > ~/.zfunc/_caucus      # a folder of $fpath\n"
                  "  caucus completion fish > ~/.config/fish/completions/caucus.fish");
  command->callback([shell, &run] {
    run = [shell] {
      print(completion_script(*shell, own().name()));
      return number(exit_code::ok);
    };
  });
}

} // namespace caucus::cli
