#include <caucus/test/harness/cluster.hpp>

#include <iostream>
#include <stdexcept>
#include <string>

// A group of four and the example as a client of it. embedded_test PROGRAM

namespace {

using namespace caucus::harness;

void check(bool holds, const std::string& claim, const run_result& of) {
  if (!holds) {
    throw std::runtime_error{"not so: " + claim + "\n" + of.out + of.err};
  }
  std::cout << "ok: " << claim << std::endl;
}

void try_it(const std::string& program) {
  cluster group;
  const auto mine = group.add_client();
  group.start_all();
  const auto step = [&](const std::string& by) {
    return run({program, group.directory(mine).string(), by}, std::chrono::minutes{1});
  };
  const auto first = step("5");
  check(first.how.ok() && first.out.find("score = 5, proven at height") != std::string::npos,
        "a step is applied and read", first);
  const auto refused = step("50");
  check(refused.how.ok()
          && refused.out.find("refused by the group: a step of 50") != std::string::npos,
        "a step too far is refused with its reason", refused);
  const auto second = step("-2");
  check(second.how.ok() && second.out.find("score = 3, proven at height") != std::string::npos,
        "a new start of the same client goes on", second);
  check(second.out.find(": 1 mutations\n") != std::string::npos, "what was committed is heard",
        second);
  const auto nowhere = run({program, "nowhere", "1"});
  check(nowhere.how.code == 1 && nowhere.err.find("nowhere") != std::string::npos,
        "a folder that is not there is named", nowhere);
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) {
      throw std::runtime_error{"usage: embedded_test PROGRAM"};
    }
    try_it(argv[1]);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
