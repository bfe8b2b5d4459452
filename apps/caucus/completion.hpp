#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What may come next on a command line, read out of the tree of commands and options itself, so
/// that it is never another than the program takes. A shell's script asks for it at each Tab; all
/// shells' scripts ask for the same.
/// Main thread.

namespace CLI {
class App;
} // namespace CLI

namespace caucus::cli {

struct candidate {
  std::string word;
  std::string summary{}; ///< a line for people; may be empty
  friend bool operator==(const candidate&, const candidate&) = default;
};

enum class path_kind : char { none, files, folders };

struct completion {
  std::vector<candidate> words;      ///< all begin with what is typed
  path_kind paths = path_kind::none; ///< beside them: the shell knows which there are
  friend bool operator==(const completion&, const completion&) = default;
};

/// Words that the tree does not know: values of an option or argument whose type has this name
/// ("VARIABLE"), given all words typed before. May be empty; what does not begin with what is typed
/// is left out by complete().
using word_source = std::function<std::vector<candidate>(std::string_view type,
                                                         const std::vector<std::string>& typed)>;

/// `words`: what is typed behind the program's name; the last of them is being typed, and may be
/// empty. An "=" may stand in a word or, as bash splits, as one.
[[nodiscard]] completion complete(const CLI::App& app, const std::vector<std::string>& words,
                                  const word_source& more);

/// One candidate a line, a tab before what it is about; ":files" or ":folders" where paths fit.
[[nodiscard]] std::string print_completion(const completion& what);

/// The script for "bash", "zsh" or "fish", for a program of this name; empty: for another shell
/// there is none.
[[nodiscard]] std::string completion_script(std::string_view shell, std::string_view program);

} // namespace caucus::cli
