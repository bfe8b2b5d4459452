#include "apps/measure/mailbox_run.hpp"

#include "apps/measure/mailbox_sample.hpp"
#include "messages/try.hpp"
#include "runtime/topology.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

namespace caucus::measure {

namespace {

/// As a node has, see node.worker_threads.
constexpr std::size_t workers = 2;
using counter = std::atomic<std::uint64_t>;

class edge_sink {
public:
  static constexpr const char* name = "edge_sink";
  struct ports {
    inbox<sample> samples;
    void each(auto&& visit) { visit("samples", samples); }
  };

  edge_sink(ports its_ports, context& /*around*/, counter* seen)
      : ports_{std::move(its_ports)}, seen_{seen} {}

  bool step() {
    const auto count =
      ports_.samples.drain(256, [this](const sample& item) { sum_ += item.quantity; });
    told_.store(sum_, std::memory_order_relaxed);
    seen_->fetch_add(count, std::memory_order_release);
    return count > 0;
  }
  [[nodiscard]] bool idle() const { return ports_.samples.empty(); }

private:
  ports ports_;
  counter* seen_;
  std::uint64_t sum_ = 0;
  counter told_{0}; ///< lest the compiler leave the sum out
};

using plain_handle = on_caf::typed<caf::result<void>(sample)>;

class plain_sink {
public:
  using handle = plain_handle;
  static constexpr const char* name = "plain_sink";

  plain_sink(on_caf::self_pointer<plain_handle> /*self*/, counter* seen) : seen_{seen} {}

  handle::behavior_type make_behavior() {
    return {[this](const sample& item) {
      sum_ += item.quantity;
      told_.store(sum_, std::memory_order_relaxed);
      seen_->fetch_add(1, std::memory_order_release);
    }};
  }

private:
  counter* seen_;
  std::uint64_t sum_ = 0;
  counter told_{0}; ///< lest the compiler leave the sum out
};

void wait_for(const counter& seen, std::uint64_t sent) {
  while (seen.load(std::memory_order_acquire) < sent) {
    std::this_thread::yield();
  }
}

} // namespace

// -- through an edge -------------------------------------------------------------------------------

struct edge_to_actor::inside {
  caf_config<> config{workers};
  counter seen{0};
  caf_system system{config};
  std::uint64_t sent = 0;
  topology app;
  outbox<sample> out;
  std::optional<running> actors;
};

result<edge_to_actor> edge_to_actor::start(std::size_t capacity) {
  auto made = std::make_unique<inside>();
  auto& here = *made;
  const auto sink = here.app.add<edge_sink>(&here.seen);
  here.out = here.app.feed("bench", topology::port(sink, &edge_sink::ports::samples), capacity);
  CAUCUS_TRY(auto actors, here.app.start(here.system));
  here.actors.emplace(std::move(actors));
  return edge_to_actor{std::move(made)};
}

void edge_to_actor::send(std::uint64_t count) {
  auto& here = *inside_;
  auto& out = here.out;
  const auto end = here.sent + count;
  for (; here.sent < end; ++here.sent) {
    const sample item{here.sent, 0, 1.0, 1};
    while (!out.try_push(item)) {
      std::this_thread::yield();
    }
  }
  wait_for(here.seen, end);
}

void edge_to_actor::send_in_bursts(std::uint64_t count) {
  auto& here = *inside_;
  auto& out = here.out;
  const auto end = here.sent + count;
  for (; here.sent < end; ++here.sent) {
    const sample item{here.sent, 0, 1.0, 1};
    while (!out.try_push_quietly(item)) {
      std::this_thread::yield();
    }
    if (here.sent % burst_size == 0) {
      out.ring_bell();
    }
  }
  out.ring_bell();
  wait_for(here.seen, end);
}

edge_to_actor::edge_to_actor(std::unique_ptr<inside> made) : inside_{std::move(made)} {}
edge_to_actor::edge_to_actor(edge_to_actor&&) noexcept = default;
edge_to_actor& edge_to_actor::operator=(edge_to_actor&&) noexcept = default;
edge_to_actor::~edge_to_actor() = default;

// -- with CAF alone --------------------------------------------------------------------------------

struct plain_to_actor::inside {
  caf_config<caf::id_block::caucus_measure> config{workers};
  counter seen{0};
  caf_system system{config};
  std::uint64_t sent = 0;
  plain_handle sink = on_caf::spawn<plain_sink>(system, &seen);

  inside() = default;
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;
  ~inside() { caf::anon_send_exit(sink, caf::exit_reason::user_shutdown); }
};

void plain_to_actor::send(std::uint64_t count) {
  auto& here = *inside_;
  const auto end = here.sent + count;
  for (; here.sent < end; ++here.sent) {
    on_caf::anon_send(here.sink, sample{here.sent, 0, 1.0, 1});
  }
  wait_for(here.seen, end);
}

plain_to_actor::plain_to_actor() : inside_{std::make_unique<inside>()} {}
plain_to_actor::plain_to_actor(plain_to_actor&&) noexcept = default;
plain_to_actor& plain_to_actor::operator=(plain_to_actor&&) noexcept = default;
plain_to_actor::~plain_to_actor() = default;

} // namespace caucus::measure
