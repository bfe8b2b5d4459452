#include <caucus/caucus.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

// A program that takes part in a group's vote: follows it, changes a counter, reads it back proven.

namespace {

int report(const caucus::error& why) {
  std::fprintf(stderr, "%s\n", to_string(why).c_str());
  return 1;
}

} // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "embedded FOLDER STEP   FOLDER: of a client, see README.md\n");
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

  caucus::change step{"score", "add", {std::atoll(words[2])}};
  step.request_id = caucus::make_request_id(); // so that it can be said again, and is applied once
  auto told = node->propose(step).get();
  while (!told && told.error().code == caucus::errc::outcome_unknown) {
    told = node->propose(step).get();
  }
  if (!told) {
    return report(told.error());
  }
  if (told->status == caucus::receipt_status::refused) {
    std::printf("refused by the group: %s\n", told->reason.c_str());
  }

  const auto score = node->get({.variable = "score", .at_least = told->at.value() + 1}).get();
  if (!score) {
    return report(score.error());
  }
  std::printf("score = %lld, proven at height %llu\n", static_cast<long long>(score->number()),
              static_cast<unsigned long long>(score->proven().at.value()));
  return 0;
}
