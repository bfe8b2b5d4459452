#include <caucus/messages/quorum.hpp>
#include <caucus/runtime/topology.hpp>

#include <cstdio>
#include <future>
#include <memory>
#include <utility>

// A project outside the tree: one actor of its own, fed by its main thread.

struct listener {
  static constexpr const char* name = "listener";
  struct ports {
    caucus::inbox<int> heard;
    void each(auto&& visit) { visit("heard", heard); }
  };

  listener(ports its_ports, caucus::context& /*around*/, std::shared_ptr<std::promise<int>> out)
      : own{std::move(its_ports)}, answer{std::move(out)} {}

  bool step() {
    return own.heard.drain(1, [this](int item) { answer->set_value(item); }) > 0;
  }
  [[nodiscard]] bool idle() const { return own.heard.empty(); }

  ports own;
  std::shared_ptr<std::promise<int>> answer;
};

int main() {
  const auto answer = std::make_shared<std::promise<int>>();
  caucus::topology app;
  const auto listens = app.add<listener>(answer);
  auto out = app.feed("main", app.port(listens, &listener::ports::heard), 2);
  caucus::caf_config<> config{1};
  caucus::caf_system system{config};
  const auto node = app.start(system);
  if (!node || !out.try_push(int{caucus::quorum(4)})) {
    return 1;
  }
  const int heard = answer->get_future().get();
  std::printf("heard %d\n", heard);
  return heard == 3 ? 0 : 1;
}
