#include <caucus/caucus.hpp>

#include <cstdio>
#include <string>

// A program that takes part in what a group votes on: follows it, gives itself a name, reads that back
// with its proof.

namespace {

int report(const caucus::error& why) {
  std::fprintf(stderr, "%s\n", to_string(why).c_str());
  return 1;
}

} // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "embedded FOLDER NAME   FOLDER: of a client, see README.md\n");
    return 2;
  }
  caucus::callbacks on;
  on.on_committed = [](const caucus::committed_block& block) {
    std::printf("height %llu: %zu mutations\n", static_cast<unsigned long long>(block.at.value()),
                block.mutations.size());
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
  if (told->status == caucus::receipt_status::refused) {
    std::printf("refused by the group: %s\n", told->reason.c_str());
  }

  const auto name =
    node->get({.variable = "profile", .key = "name", .at_least = told->at.value() + 1}).get();
  if (!name) {
    return report(name.error());
  }
  std::printf("name = %s, proven at height %llu\n", name->text().value_or("(none)").c_str(),
              static_cast<unsigned long long>(name->proven().at.value()));
  return 0;
}
