#include "test/harness/load.hpp"

#include "test/harness/cluster.hpp"
#include "test/harness/must.hpp"

#include <utility>

namespace caucus::harness {

namespace {

load_options all_unless_told(load_options given, const cluster& on) {
  if (given.nodes.empty()) {
    given.nodes = on.all();
  }
  return given;
}

} // namespace

load::load(const cluster& on, load_options options)
    : on_{on}, load_{[&on](std::size_t node) { return on.directory(node); },
                     all_unless_told(std::move(options), on)} {}

std::vector<acknowledged> load::finish(milliseconds at_most) {
  auto all = load_.finish(at_most);
  if (!all && all.error().code == errc::timed_out) {
    all.error().detail += '\n' + on_.logs();
  }
  return must(std::move(all));
}

} // namespace caucus::harness
