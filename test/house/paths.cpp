#include "test/sim/world.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// house_paths [PATH...]: asks a node, whole as it ships, for paths that nobody declared, which are those given or, if
/// none is, some hundred beside each that somebody did. Exit code 1 if one is answered by anything but an error.

namespace {

using namespace caucus;

constexpr std::string_view methods[] = {"GET", "POST", "PUT", "DELETE", "HEAD", ""};

/// One letter more, less or another, in capitals, deeper, higher, elsewhere.
std::set<std::string> beside(const std::set<std::string>& declared) {
  std::set<std::string> out{
    "", "/", "/v1", "/v1/", "/v2/status", "*", "http://node/v1/status", "/metrics/"};
  for (const auto& path : declared) {
    for (std::size_t i = 0; i < path.size(); ++i) {
      for (const char letter : {'x', '/', '.', '%', '_', '\0'}) {
        auto other = path;
        other[i] = letter;
        out.insert(other);
        out.insert(path.substr(0, i) + letter + path.substr(i));
      }
      out.insert(path.substr(0, i));
      out.insert(path.substr(0, i) + path.substr(i + 1));
      auto loud = path;
      loud[i] = static_cast<char>(loud[i] ^ 0x20);
      out.insert(loud);
    }
    for (const auto* const more : {"/", "/x", "//", ".", "%2f", "/../status", "\n"}) {
      out.insert(path + more);
    }
    out.insert("/v1" + path);
  }
  for (const auto& path : declared) {
    out.erase(path);
  }
  return out;
}

/// Empty: it is an error, as it has to be.
std::string wrong_with(const sim::sim_reply& reply) {
  if (!reply.done || reply.lost) {
    return "is not answered";
  }
  if (reply.status != 404 && reply.status != 400) {
    return "is answered by status " + std::to_string(reply.status);
  }
  return reply.text.find("\"error\"") == std::string::npos ? "names no error: " + reply.text
                                                           : std::string{};
}

} // namespace

int main(int count, char** words) {
  std::set<std::string> declared;
  sim::world_options with;
  with.members = 1;
  with.from.name = "paths";
  with.compose = [&declared](sim::node_index, node_topology& app) {
    for (const auto* const one : app.commands->all()) {
      declared.emplace(one->path);
    }
  };
  sim::world node{std::move(with)};
  node.run_for(std::chrono::seconds{1});
  const auto paths = count > 1 ? std::set<std::string>{words + 1, words + count} : beside(declared);
  int wrong = 0;
  for (const auto& path : paths) {
    for (const auto method : methods) {
      const auto reply = node.call(0, std::string{method}, path);
      node.run_until(std::chrono::seconds{10}, [&] { return reply->done; });
      if (const auto why = wrong_with(*reply); !why.empty()) {
        std::cerr << method << " '" << path << "' " << why << '\n';
        ++wrong;
      }
    }
  }
  std::cout << paths.size() << " paths, " << declared.size() << " declared, " << wrong
            << " wrong\n";
  return wrong == 0 && declared.size() > 5 ? 0 : 1;
}
