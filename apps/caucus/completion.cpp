#include "apps/caucus/completion.hpp"

#include "apps/caucus/command_tree.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

namespace caucus::cli {

namespace {

/// Where in the tree the words lead.
struct place {
  const CLI::App* command = nullptr;
  const CLI::Option* open = nullptr; ///< an option that still takes a value; null: none
  std::size_t arguments = 0;         ///< taken already
  bool options_over = false;         ///< after "--"
};

void follow(place& at, const std::string& word) {
  if (word == "=") { // between an option and its value
    return;
  }
  if (at.open != nullptr) {
    at.open = nullptr;
  } else if (!at.options_over && word == "--") {
    at.options_over = true;
  } else if (!at.options_over && word.starts_with("-") && word.size() > 1) {
    const auto* const option = option_named(*at.command, word);
    if (option != nullptr && takes_value(*option) && word.find('=') == std::string::npos) {
      at.open = option;
    }
  } else if (const auto* const command = command_named(*at.command, word)) {
    at.command = command;
    at.arguments = 0;
  } else {
    ++at.arguments;
  }
}

void add_commands(const CLI::App& of, std::vector<candidate>& out) {
  for (const auto* const one : of.get_subcommands([](const CLI::App*) { return true; })) {
    if (!one->get_name().empty() && !one->get_group().empty()) {
      out.push_back({one->get_name(), one->get_description()});
    }
  }
}

void add_options(const CLI::App& of, std::vector<candidate>& out) {
  for (const auto* const one : of.get_options()) {
    if (one->get_positional() || one->get_group().empty()) {
      continue;
    }
    for (const auto& name : one->get_lnames()) {
      out.push_back({"--" + name, one->get_description()});
    }
  }
}

/// "{server,client}", alone or behind another name as CLI11 writes it: "TEXT:{a,b}".
std::vector<candidate> choices_in(const std::string& type) {
  std::vector<candidate> out;
  const auto begin = type.find('{');
  const auto end = type.find('}', std::min(begin, type.size()));
  if (begin == std::string::npos || end == std::string::npos) {
    return out;
  }
  std::string word;
  for (auto i = begin + 1; i <= end; ++i) {
    if (type[i] == ',' || type[i] == '}') {
      out.push_back({std::exchange(word, {})});
    } else {
      word += type[i];
    }
  }
  return out;
}

void add_values(const CLI::Option& of, const std::vector<std::string>& typed,
                const word_source& more, completion& out) {
  const auto type = of.get_type_name();
  if (type == "FILE" || type == "path") {
    out.paths = path_kind::files;
  } else if (type == "DIR") {
    out.paths = path_kind::folders;
  } else if (type == "boolean") {
    out.words = {{"true"}, {"false"}};
  } else if (auto choices = choices_in(type); !choices.empty()) {
    out.words = std::move(choices);
  } else if (more) {
    out.words = more(type, typed);
  }
}

const CLI::Option* argument_at(const CLI::App& of, std::size_t index) {
  for (const auto* const one : of.get_options()) {
    if (!one->get_positional()) {
      continue;
    }
    if (index < static_cast<std::size_t>(std::max(one->get_items_expected_max(), 1))) {
      return one;
    }
    --index;
  }
  return nullptr;
}

} // namespace

completion complete(const CLI::App& app, const std::vector<std::string>& words,
                    const word_source& more) {
  completion out;
  if (words.empty()) {
    return out;
  }
  place at{&app};
  for (auto word = words.begin(); word + 1 != words.end(); ++word) {
    follow(at, *word);
  }
  auto typed = words.back() == "=" ? std::string{} : words.back();
  std::string before; // of the word, and of each candidate
  if (const auto equals = typed.find('='); at.open == nullptr && !at.options_over
                                           && typed.starts_with("--")
                                           && equals != std::string::npos) {
    at.open = option_named(*at.command, typed);
    if (at.open == nullptr || !takes_value(*at.open)) {
      return out;
    }
    before = typed.substr(0, equals + 1);
    typed.erase(0, equals + 1);
  }
  if (at.open != nullptr) {
    add_values(*at.open, words, more, out);
  } else if (typed.starts_with("-") && !at.options_over) {
    add_options(*at.command, out.words);
  } else {
    if (at.arguments == 0) {
      add_commands(*at.command, out.words);
    }
    if (const auto* const argument = argument_at(*at.command, at.arguments)) {
      add_values(*argument, words, more, out);
    }
  }
  std::erase_if(out.words, [&typed](const auto& one) { return !one.word.starts_with(typed); });
  for (auto& one : out.words) {
    one.word.insert(0, before);
  }
  if (!before.empty()) {
    out.paths = path_kind::none; // the shell would look for a file of the whole word
  }
  return out;
}

std::string print_completion(const completion& what) {
  std::string out;
  for (const auto& one : what.words) {
    out += one.word + (one.summary.empty() ? "" : "\t" + one.summary) + "\n";
  }
  if (what.paths != path_kind::none) {
    out += what.paths == path_kind::files ? ":files\n" : ":folders\n";
  }
  return out;
}

namespace {

/// For a program of the name `caucus`.
std::string our_script(std::string_view shell) {
  if (shell == "bash") {
    return R"(# caucus on Tab in bash. Now:        source <(caucus completion bash)
# From the next login on:  caucus completion bash > ~/.local/share/bash-completion/completions/caucus
_caucus() {
  local current=${COMP_WORDS[COMP_CWORD]} line
  [ "$current" != = ] || current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
      :folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]/#\~/$HOME}" completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _caucus caucus
)";
  }
  if (shell == "zsh") {
    return R"(#compdef caucus
# caucus on Tab in zsh. Now:       source <(caucus completion zsh)
# From the next login on, in a folder of $fpath:  caucus completion zsh > ~/.zfunc/_caucus
_caucus() {
  local line
  local -a found
  for line in "${(@f)$(${~words[1]} completion --words "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *$'\t'*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) found+=("${line//:/\\:}") ;;
    esac
  done
  (( ${#found} )) && _describe caucus found
}
if [[ ${funcstack[1]} == _caucus ]]; then
  _caucus "$@"
else
  compdef _caucus caucus
fi
)";
  }
  if (shell == "fish") {
    return R"(# caucus on Tab in fish. Now:       caucus completion fish | source
# From the next login on:  caucus completion fish > ~/.config/fish/completions/caucus.fish
function __caucus_complete
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  for line in ($typed[1] completion --words $typed[2..-1] "$current" 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$current"
      case :folders
        __fish_complete_directories "$current"
      case '*'
        printf '%s\n' $line
    end
  end
end
complete -c caucus -f -a '(__caucus_complete)'
)";
  }
  return {};
}

} // namespace

std::string completion_script(std::string_view shell, std::string_view program) {
  constexpr std::string_view ours = "caucus";
  auto out = our_script(shell);
  for (auto at = out.find(ours); at != std::string::npos;
       at = out.find(ours, at + program.size())) {
    out.replace(at, ours.size(), program);
  }
  return out;
}

} // namespace caucus::cli
