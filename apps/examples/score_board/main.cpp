#include "score_board.hpp"

#include <caucus/actors/notary/rules.hpp>
#include <caucus/actors/presets.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <pthread.h>
#include <unistd.h>

// A node as `caucus node` runs it, with one more actor: score_board CONFIG [--stumble N]

namespace {

int fail_with(const caucus::error& why) {
  std::cerr << "score_board: " << caucus::to_string(why) << '\n';
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2 && !(argc == 4 && std::string_view{argv[2]} == "--stumble")) {
    std::cerr << "usage: score_board net/node0/node.toml [--stumble N]\n";
    return 2;
  }
  // Before any thread starts, so that all inherit it: the signals wait for sigwait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  caucus::node_settings settings;
  if (const auto read = settings.load(argv[1], {}); !read) {
    return fail_with(read.error());
  }
  auto app = caucus::topology_of(settings.config(), caucus::rules{}, "score_board");
  if (!app) {
    return fail_with(app.error());
  }
  board_setup setup;
  setup.from = app->from;
  setup.self = app->facts().self;
  setup.file = settings.config().directory / "score_board.txt";
  *setup.stumbles = argc == 4 ? std::atoi(argv[3]) : 0;
  const auto board = app->graph.add<score_board>(setup);
  app->connect_to_notary(board, &score_board::ports::asks, &score_board::ports::heard);

  auto node = caucus::node::start(std::move(*app));
  if (!node) {
    return fail_with(node.error());
  }
  node->on_failure([](const caucus::node_failure& what) {
    std::cerr << "score_board: the node gave up: " << what.what << '\n';
    kill(getpid(), SIGUSR1);
  });
  std::cout << "ready, port " << node->facts().port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return node->stop(settings.config().stop_deadline) && signal != SIGUSR1 ? 0 : 1;
}
