#include <caucus/caucus.hpp>

#include <string>

/// What a shared library does with a node: here it only asks for one without a folder.
std::string refusal() {
  const auto none = caucus::server::start(caucus::node_config{});
  return none ? std::string{} : caucus::to_string(none.error());
}
