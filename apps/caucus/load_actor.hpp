#pragma once

#include "apps/caucus/latency_histogram.hpp"
#include "messages/control.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"
#include "runtime/base/mailbox.hpp"
#include "runtime/context.hpp"
#include "runtime/turns.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

/// Proposes without a pause from inside a node, as an application's actor would, and measures.
///
/// Accepts:  notary_answer (`heard`)
/// Emits:    notary_request (`asks`)
/// Lifetime: the topology's. Keeps `outstanding` proposals in flight. When receipts have come for
///           `warm_up`, counts for `time`, tells `done` once, and goes on proposing.
/// A restart begins the measurement anew.

namespace caucus::cli {

enum class workload : std::uint8_t {
  opaque, ///< payloads that are ordered and never looked into
  map,    ///< random keys of a map: every block moves the state root
};

struct load_result {
  latency_histogram latencies; ///< of receipts within the measured time
  duration time{0};
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;  ///< no receipt: busy, unknown
  duration longest_pause{0}; ///< between two receipts, or one and where the time begins or ends
};

struct load_setup {
  variable_id variable;
  workload kind = workload::opaque;
  std::size_t payload = 64;     ///< bytes
  std::size_t outstanding = 64; ///< proposals in flight; >= 1
  std::size_t keys = 100'000;   ///< of the map
  duration warm_up{0};
  duration time{0};
  std::function<void()> began;                  ///< measuring; on the actor's thread
  std::function<void(const load_result&)> done; ///< likewise
};

class load_actor {
public:
  static constexpr const char* name = "load";

  struct ports {
    inbox<notary_answer> heard;
    outbox<notary_request> asks;
    void each(auto&& visit) {
      visit("heard", heard);
      visit("asks", asks);
    }
  };

  load_actor(ports its_ports, context& around, load_setup setup);

  bool step() { return turns_.step(); }
  [[nodiscard]] bool idle() { return turns_.idle(); }

private:
  void hear(const propose_answer& what);
  void end_pause(time_point now);
  [[nodiscard]] bool propose();
  [[nodiscard]] bytes next_mutation();
  /// When measuring begins, or ends.
  [[nodiscard]] std::optional<time_point> next_phase() const;
  void change_phase();

  ports ports_;
  context& around_;
  load_setup setup_;
  std::mt19937_64 random_;
  std::vector<time_point> began_; ///< by slot; a proposal's tag is its slot + 1
  std::vector<std::size_t> free_; ///< slots to propose in
  std::uint64_t count_ = 0;
  std::optional<time_point> first_; ///< receipt
  std::optional<time_point> from_;  ///< measured from
  time_point newest_;               ///< receipt since then, or the beginning
  std::optional<time_point> pause_; ///< the notary was busy: not before
  bool done_ = false;
  load_result result_;
  turns turns_;
};

} // namespace caucus::cli
