#include "test/harness/cluster.hpp"

#include "test/harness/must.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace caucus::harness {

namespace {

std::string read_file(const std::filesystem::path& file) {
  const std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out << text;
  if (!out.flush()) {
    throw std::runtime_error{"harness: cannot write " + file.string()};
  }
}

std::string last_lines(const std::string& text, std::size_t count) {
  auto at = text.size();
  while (count > 0 && at > 0) {
    at = text.rfind('\n', at - 1);
    if (at == std::string::npos) {
      return text;
    }
    --count;
  }
  return text.substr(at);
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string{text} + '"';
}

std::string replace_addresses(const std::string& genesis) {
  std::istringstream in{genesis};
  std::string out;
  for (std::string line; std::getline(in, line);) {
    // Port 1 refuses at once: links come about by the proxies in `join` alone.
    out += line.starts_with("address") ? "address = \"127.0.0.1:1\"" : line;
    out += '\n';
  }
  return out;
}

} // namespace

std::string set_key(std::string text, std::string_view table, std::string_view key,
                    std::string_view value) {
  const auto header = '[' + std::string{table} + ']';
  const auto entry = std::string{key} + " = " + std::string{value};
  std::istringstream in{text};
  std::string out;
  bool inside = false;
  bool done = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('[')) {
      if (inside && !done) {
        out += entry + '\n';
        done = true;
      }
      inside = line.starts_with(header);
    } else if (inside && !done
               && (line.starts_with(std::string{key} + ' ')
                   || line.starts_with(std::string{key} + '='))) {
      line = entry;
      done = true;
    }
    out += line + '\n';
  }
  if (!done) {
    out += (inside ? "" : header + '\n') + entry + '\n';
  }
  return out;
}

cluster::cluster(cluster_options options)
    : options_{std::move(options)}, ports_{options_.nodes + options_.newcomers},
      nodes_(options_.nodes), exceptions_{std::uncaught_exceptions()} {
  const auto made =
    cli({"init", (folder() / "net").string(), "--nodes", std::to_string(options_.nodes),
         "--base-port", std::to_string(ports_.first())});
  if (!made.how.ok()) {
    throw std::runtime_error{"harness: caucus init failed: " + made.out + made.err};
  }
  if (options_.genesis) {
    write_file(genesis(), options_.genesis(read_file(genesis())));
  }
  auto settings = options_.settings;
  settings.emplace_back("node.durability", in_quotes(options_.durability));
  settings.emplace_back("net.hostname", in_quotes("127.0.0.1"));
  for (std::size_t node = 0; node < size(); ++node) {
    auto text = read_file(config(node));
    for (const auto& [name, value] : settings) {
      const auto dot = name.find('.');
      text = set_key(std::move(text), name.substr(0, dot), name.substr(dot + 1), value);
    }
    write_file(config(node), text);
  }
  if (options_.proxied) {
    set_up_proxies();
  }
}

cluster::~cluster() {
  if (std::uncaught_exceptions() > exceptions_) {
    std::cerr << logs() << '\n';
  }
}

void cluster::set_up_proxies() {
  write_file(genesis(), replace_addresses(read_file(genesis())));
  for (std::size_t from = 0; from < size(); ++from) {
    std::string join;
    for (std::size_t to = 0; to < size(); ++to) {
      if (to != from) {
        auto& made = proxies_[{from, to}];
        made = std::make_unique<proxy>(port(to));
        join += (join.empty() ? "" : ", ") + in_quotes("127.0.0.1:" + std::to_string(made->port()));
      }
    }
    write_file(config(from), set_key(read_file(config(from)), "net", "join", '[' + join + ']'));
  }
}

std::filesystem::path cluster::program() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody here writes the environment
  const char* const given = std::getenv("CAUCUS");
  if (given != nullptr) {
    return given;
  }
  std::error_code none;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", none);
  for (auto at = self.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    if (const auto built = at / "bin" / "caucus"; std::filesystem::is_regular_file(built, none)) {
      return built;
    }
  }
  return "caucus";
}

std::filesystem::path cluster::directory(std::size_t node) const {
  return folder() / "net"
         / (node < size() ? "node" + std::to_string(node)
                          : "client" + std::to_string(node - size()));
}

std::filesystem::path cluster::config(std::size_t node) const {
  return directory(node) / "node.toml";
}

std::uint16_t cluster::port(std::size_t node) const {
  return static_cast<std::uint16_t>(ports_.first() + node);
}

// -- lives -----------------------------------------------------------------------------------------

void cluster::start(std::size_t node, const std::vector<std::string>& flags) {
  std::vector<std::string> command;
  if (options_.environment) {
    command = options_.environment(node);
    command.insert(command.begin(), "env"); // which becomes the node: the pid is the same
  }
  const auto of = options_.program_of ? options_.program_of(node) : program();
  command.insert(command.end(), {of.string(), "node", "--config", config(node).string()});
  command.insert(command.end(), flags.begin(), flags.end());
  nodes_.at(node) = std::make_unique<process>(std::move(command),
                                              folder() / ("node" + std::to_string(node) + ".log"));
}

void cluster::start_all() {
  for (const auto node : all()) {
    start(node);
  }
  wait_ready();
}

std::size_t cluster::add_client(std::size_t by) {
  return add(by, {});
}

std::size_t cluster::add_newcomer(std::size_t by) {
  if (nodes_.size() >= options_.nodes + options_.newcomers) {
    throw std::runtime_error{"harness: no port is left for another newcomer"};
  }
  return add(by, {"--base-port", std::to_string(port(nodes_.size()))});
}

std::size_t cluster::add(std::size_t by, const std::vector<std::string>& more) {
  const auto made = nodes_.size();
  std::vector<std::string> words{"init",      directory(made).string(),
                                 "--join",    "127.0.0.1:" + std::to_string(port(by)),
                                 "--genesis", genesis().string()};
  words.insert(words.end(), more.begin(), more.end());
  const auto said = cli(words);
  if (!said.how.ok()) {
    throw std::runtime_error{"harness: caucus init of a client failed: " + said.out + said.err};
  }
  nodes_.emplace_back();
  return made;
}

void cluster::kill(std::size_t node) {
  if (!of(node).kill()) {
    throw std::runtime_error{"harness: a node outlived kill -9"};
  }
}

exit_status cluster::stop(std::size_t node, milliseconds at_most) {
  of(node).signal(SIGTERM);
  const auto how = of(node).wait(at_most);
  if (!how) {
    throw std::runtime_error{"harness: node " + std::to_string(node) + " did not stop in "
                             + std::to_string(at_most.count()) + " ms\n" + logs()};
  }
  return *how;
}

void cluster::pause(std::size_t node) {
  of(node).signal(SIGSTOP);
}

void cluster::resume(std::size_t node) {
  of(node).signal(SIGCONT);
}

bool cluster::running(std::size_t node) {
  return nodes_.at(node) != nullptr && nodes_[node]->running();
}

std::string cluster::log(std::size_t node) const {
  return nodes_.at(node) != nullptr ? nodes_[node]->output() : std::string{};
}

// -- wires -----------------------------------------------------------------------------------------

void cluster::between(std::size_t from, std::size_t to, wire how) {
  proxies_.at({from, to})->caller_to_target(how);
  proxies_.at({to, from})->target_to_caller(how);
}

void cluster::isolate(std::size_t node, wire how) {
  for (const auto other : all()) {
    if (other != node) {
      between(node, other, how);
      between(other, node, how);
    }
  }
}

void cluster::sever(std::size_t one, std::size_t other) {
  proxies_.at({one, other})->sever();
  proxies_.at({other, one})->sever();
}

// -- talking ---------------------------------------------------------------------------------------

run_result cluster::cli(std::vector<std::string> arguments, milliseconds at_most) {
  arguments.insert(arguments.begin(), program().string());
  return run(arguments, at_most);
}

run_result cluster::cli(std::size_t node, std::string command, std::vector<std::string> arguments,
                        milliseconds at_most) const {
  arguments.insert(arguments.begin(), {std::move(command), "--config", config(node).string()});
  return cli(std::move(arguments), at_most);
}

control cluster::talk(std::size_t node, milliseconds at_most) const {
  return control{directory(node), at_most};
}

node_view cluster::view(std::size_t node, milliseconds at_most) const {
  control_socket socket{directory(node)};
  return must(view_of(socket, at_most), "status of node " + std::to_string(node) + ": ");
}

proposed cluster::propose(control& to, std::string_view variable, std::string_view mutation,
                          const std::vector<std::string>& arguments, std::string_view request_id,
                          milliseconds timeout) {
  return must(caucus::propose(to.socket(),
                              {std::string{variable}, std::string{mutation}, arguments}, request_id,
                              timeout, to.at_most()));
}

// -- waiting ---------------------------------------------------------------------------------------

void cluster::wait_until(std::string_view what, const std::function<bool()>& condition,
                         milliseconds at_most) {
  std::string last;
  const auto holds = [&] {
    try {
      last.clear();
      return condition();
    } catch (const std::exception& problem) {
      last = problem.what();
      return false;
    }
  };
  if (!caucus::wait_until(std::string{what}, at_most, holds)) {
    throw std::runtime_error{"harness: not in " + std::to_string(at_most.count())
                             + " ms: " + std::string{what} + (last.empty() ? "" : "; " + last)
                             + '\n' + logs()};
  }
}

void cluster::wait_ready(milliseconds at_most) {
  for (const auto node : all()) {
    wait_until(
      "node " + std::to_string(node) + " has all its links",
      [&] { return view(node).peers + 1 >= size(); }, at_most);
  }
}

node_view cluster::wait_equal(const std::vector<std::size_t>& nodes, milliseconds at_most,
                              std::uint64_t at_least) {
  node_view same;
  wait_until(
    "equal heights and state roots",
    [&] {
      same = view(nodes.at(0));
      if (same.height < at_least) {
        return false;
      }
      for (const auto node : nodes) {
        const auto one = view(node);
        if (one.height != same.height || one.state_root != same.state_root) {
          return false;
        }
      }
      return true;
    },
    at_most);
  return same;
}

std::vector<std::size_t> cluster::all() const {
  std::vector<std::size_t> out(size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = i;
  }
  return out;
}

std::string cluster::logs(std::size_t lines) const {
  std::string out;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    out += "-- node " + std::to_string(node) + " ----\n" + last_lines(log(node), lines);
  }
  return out;
}

} // namespace caucus::harness
