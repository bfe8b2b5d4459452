#include <caucus/caucus.hpp>

#include <iostream>

// A program that takes part in what a group votes on: follows it, gives itself a name, reads that back
// with its proof.

namespace {

int report(const caucus::error& why) {
  std::cerr << why << '\n';
  return 1;
}

} // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "embedded FOLDER NAME   FOLDER: of a client, see README.md\n";
    return 2;
  }
  caucus::callbacks on;
  on.on_committed = [](const caucus::committed_block& block) {
    std::cout << "height " << block.height << ": " << block.mutations.size() << " mutations\n";
  };
  auto node = caucus::client::start(words[1], {}, on);
  if (!node) {
    return report(node.error());
  }

  caucus::change named{"profile", "put", {"name", words[2]}};
  named.request_id = caucus::make_request_id(); // so that it can be said again, and is applied once
  auto told = node->propose(named).get();
  while (!told && told.error().code == caucus::errc::outcome_unknown) {
    told = node->propose(named).get();
  }
  if (!told) {
    return report(told.error());
  }
  if (!told->applied()) {
    std::cout << "refused by the group: " << told->reason << '\n';
  }

  const auto name =
    node->get({.variable = "profile", .key = "name", .at_least = told->height.value() + 1}).get();
  if (!name) {
    return report(name.error());
  }
  std::cout << "name = " << name->text().value_or("(none)") << ", proven at height "
            << name->proven().height << '\n';
  return 0;
}
