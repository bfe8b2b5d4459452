#include <caucus/test/harness/cluster.hpp>

#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

// Runs the program of the README where its folder `mine` is: of a client of four nodes that run.
// readme_test PROGRAM, with the path to caucus in CAUCUS.

namespace {

using namespace caucus::harness;

run_result run_there(const std::filesystem::path& folder, const std::string& program) {
  return run({"sh", "-c", R"(cd "$0" && exec "$1")", folder.string(), program},
             std::chrono::minutes{1});
}

void expect(bool holds, const std::string& claim, const run_result& of) {
  if (!holds) {
    throw std::runtime_error{"not so: " + claim + "\n" + of.out + of.err};
  }
  std::cout << "ok: " << claim << std::endl;
}

void try_it(const std::string& program) {
  cluster group;
  const auto client = group.add_client();
  const temporary_folder here;
  const auto nothing = run_there(here.path(), program);
  expect(nothing.how.code == 1 && nothing.err.find("mine") != std::string::npos,
         "without its folder it says so", nothing);
  group.start_all();
  std::filesystem::create_directory_symlink(group.directory(client), here.path() / "mine");
  const auto done = run_there(here.path(), program);
  expect(done.how.ok() && done.out.find("name = Grace, proven at height ") != std::string::npos,
         "the README's program proposes and reads with proof", done);
  group.start(client); // the folder is taken
  group.wait_until("the client runs", [&] { return group.view(client).height > 0; });
  const auto taken = run_there(here.path(), program);
  expect(taken.how.code == 1 && taken.err.starts_with("in_use: "), "a folder in use is said",
         taken);
}

} // namespace

int main(int count, char** words) {
  try {
    if (count != 2) {
      throw std::runtime_error{"usage: readme_test PROGRAM"};
    }
    try_it(words[1]);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << std::endl;
    return 1;
  }
}
