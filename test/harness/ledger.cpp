#include "test/harness/ledger.hpp"

#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace caucus::harness {

namespace {

using nlohmann::json;

constexpr std::size_t told_max = 10;

std::string text_of(const json& argument) {
  return argument.is_string() ? argument.get<std::string>() : argument.dump();
}

std::string name_of(const wanted& what) {
  auto out = what.variable + ' ' + what.mutation;
  for (const auto& argument : what.arguments) {
    out += ' ' + argument;
  }
  return out;
}

std::string place_of(std::uint64_t height, std::uint64_t index, const std::string& outcome) {
  return std::to_string(height) + '.' + std::to_string(index) + ' ' + outcome;
}

/// The first line in which two texts differ.
std::string difference(const std::string& one, const std::string& other) {
  std::istringstream left{one};
  std::istringstream right{other};
  std::string a;
  std::string b;
  for (std::size_t line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(left, a));
    const bool more_b = static_cast<bool>(std::getline(right, b));
    if (!more_a || !more_b || a != b) {
      return "line " + std::to_string(line) + ": " + (more_a ? a : "(end)") + " against "
             + (more_b ? b : "(end)");
    }
  }
}

} // namespace

ledger read_ledger(const cluster& of, std::size_t node, std::uint64_t from) {
  auto answer = of.talk(node).get("/v1/log?from=" + std::to_string(from));
  if (answer.status != 200) {
    throw std::runtime_error{"harness: log: " + answer.body};
  }
  ledger out{std::move(answer.body), {}};
  std::istringstream lines{out.text};
  for (std::string line; std::getline(lines, line);) {
    const auto told = json::parse(line);
    if (told.contains("announced")) {
      continue; // the group's own words, no mutation
    }
    ledger_entry entry;
    entry.height = told.at("height").get<std::uint64_t>();
    entry.index = told.at("index").get<std::uint64_t>();
    entry.author = told.at("author").get<std::string>();
    entry.what.variable = told.at("variable").get<std::string>();
    entry.what.mutation = told.at("mutation").get<std::string>();
    for (const auto& argument : told.at("arguments")) {
      entry.what.arguments.push_back(text_of(argument));
    }
    entry.status = told.at("status").get<std::string>();
    out.entries.push_back(std::move(entry));
  }
  return out;
}

std::string compare(const ledger& what, const std::vector<acknowledged>& with) {
  std::map<std::string, std::vector<std::string>> places;
  for (const auto& entry : what.entries) {
    places[name_of(entry.what)].push_back(place_of(entry.height, entry.index, entry.status));
  }
  std::size_t found = 0;
  std::string out;
  for (const auto& one : with) {
    const auto& at = places[name_of(one.wanted)];
    const auto told = place_of(one.height, one.index, one.outcome);
    if (at.size() == 1 && at.front() == told) {
      continue;
    }
    if (++found <= told_max) {
      out += name_of(one.wanted) + ": told to be at " + told + ", is at";
      for (const auto& place : at) {
        out += ' ' + place + ',';
      }
      out += at.empty() ? " no place\n" : "\n";
    }
  }
  return found > told_max ? out + "and " + std::to_string(found - told_max) + " more\n" : out;
}

ledger same_ledger(cluster& of, const std::vector<std::size_t>& nodes) {
  static_cast<void>(of.wait_equal(nodes));
  auto first = read_ledger(of, nodes.at(0));
  for (const auto node : nodes) {
    const auto other = read_ledger(of, node);
    if (other.text != first.text) {
      throw std::runtime_error{"harness: the ledgers of nodes " + std::to_string(nodes.at(0))
                               + " and " + std::to_string(node)
                               + " differ: " + difference(first.text, other.text)};
    }
  }
  return first;
}

} // namespace caucus::harness
