#include "apps/caucus/command_tree.hpp"

namespace caucus::cli {

const CLI::App* command_named(const CLI::App& in, const std::string& word) {
  for (const auto* const one : in.get_subcommands([](const CLI::App*) { return true; })) {
    if (!one->get_name().empty() && one->get_name() == word) {
      return one;
    }
  }
  return nullptr;
}

const CLI::Option* option_named(const CLI::App& in, const std::string& word) {
  const auto name = word.substr(0, word.find('='));
  for (const auto* const one : in.get_options()) {
    if (!one->get_positional() && one->check_name(name)) {
      return one;
    }
  }
  return nullptr;
}

bool takes_value(const CLI::Option& of) {
  return of.get_items_expected_max() > 0;
}

bool is_list(const CLI::Option& of) {
  return of.get_items_expected_max() > 1;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* const one :
       app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); })) {
    out.push_back(one->get_name());
  }
  return out;
}

const CLI::App& chosen_in(const CLI::App& app) {
  const auto* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
  }
  return *at;
}

std::string name_of(const CLI::App& app) {
  std::string out = app.get_name();
  for (const auto* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    out += " " + at->get_name();
  }
  return out;
}

} // namespace caucus::cli
