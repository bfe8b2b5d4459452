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
  const auto call_it = [&](const std::string& name) {
    return run({program, group.directory(mine).string(), name}, std::chrono::minutes{1});
  };
  const auto first = call_it("Ada");
  check(first.how.ok() && first.out.find("name = Ada, proven at height") != std::string::npos,
        "a name is given and read back", first);
  const auto refused = call_it(std::string(5'000, 'A'));
  check(refused.how.ok() && refused.out.find("refused by the group: ") != std::string::npos
          && refused.out.find("name = Ada, proven") != std::string::npos,
        "a name of 5,000 letters is refused with a reason", refused);
  const auto second = call_it("Grace");
  check(second.how.ok() && second.out.find("name = Grace, proven at height") != std::string::npos,
        "a new start of the same client goes on", second);
  check(second.out.find(": 1 mutations\n") != std::string::npos, "what was committed is heard",
        second);
  const auto nowhere = run({program, "nowhere", "Ada"});
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
