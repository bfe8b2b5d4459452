#include "actors/rpc/rpc_actor.hpp"

#include "runtime/base/virtual_clock.hpp"
#include "test/catch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The rpc actor driven by hand: the test is the control server, and an actor whose commands throw.

namespace caucus {
namespace {

struct echo_status {};
void put_status(status_sheet& /*to*/, const echo_status& /*of*/, const status_parts& /*all*/) {}
void put_metrics(metric_sheet& /*to*/, const echo_status& /*of*/, const status_parts& /*all*/) {}

/// Prints what it is told, without a line's end; throws at "throw".
std::string echoed(const std::string& what) {
  if (what == "throw") {
    throw std::runtime_error{"what cannot be printed"};
  }
  return what;
}

struct echo {
  static constexpr command_rule command{.words = "echo", .summary = "say it again"};
  using reply = std::string;
  std::string word;
  static constexpr void parameters(auto&& parameter) { parameter("word", &echo::word, {}); }
  [[nodiscard]] result<void> prepare(const command_context& /*of*/) const {
    if (word == "unfit") {
      throw 7; // NOLINT(hicpp-exception-baseclass): a mistake that users make
    }
    return {};
  }
  static std::string print(const std::string& what, const command_context& /*of*/) {
    return echoed(what);
  }
  friend bool operator==(const echo&, const echo&) = default;
};
struct echoes {
  static constexpr command_rule command{
    .words = "echoes", .summary = "say what comes", .streams = true};
  using reply = std::string;
  static echoes after(const echoes& what, const std::string& /*part*/) { return what; }
  static std::string print(const std::string& what, const command_context& /*of*/) {
    return echoed(what);
  }
  friend bool operator==(const echoes&, const echoes&) = default;
};
using echo_commands = commands<echo_status, control_status, echo, echoes>;

template <class T>
std::shared_ptr<ring<T>> edge() {
  return std::make_shared<ring<T>>(64, std::make_shared<doorbell>([] {}),
                                   std::make_shared<doorbell>([] {}));
}
/// An end of it that lives.
template <template <class> class End, class T>
End<T> live(const std::shared_ptr<ring<T>>& of) {
  End<T> out{of};
  out.begin_life();
  return out;
}
template <class T>
using out_of = outbox<T>;

struct bench {
  virtual_clock clock{};
  context around{clock.steady(), clock.wall()};
  std::shared_ptr<ring<from_control>> calls = edge<from_control>();
  std::shared_ptr<ring<to_control>> replies = edge<to_control>();
  std::shared_ptr<ring<command_call>> asks = edge<command_call>();
  std::shared_ptr<ring<command_reply>> heard = edge<command_reply>();
  outbox<from_control> caller = live<out_of>(calls);
  inbox<to_control> told = live<inbox>(replies);
  inbox<command_call> asked = live<inbox>(asks);
  outbox<command_reply> answers = live<out_of>(heard);
  std::optional<rpc_actor> actor{};
  call_id last = 0;

  bench() {
    rpc_actor::ports ports;
    ports.calls = live<inbox>(calls);
    ports.replies = live<out_of>(replies);
    ports.asks.add(live<out_of>(asks));
    ports.heard.add(live<inbox>(heard));
    auto table = std::make_shared<command_table>();
    table->add(echo_commands::of("echo"));
    actor.emplace(std::move(ports), around,
                  rpc_setup{table, command_context{std::make_shared<const genesis>()}});
  }

  void run() {
    for (int i = 0; i < 100 && (actor->step() || !actor->idle()); ++i) {
    }
  }
  template <class T>
  std::vector<T> drain(inbox<T>& from) {
    run();
    static_cast<void>(from.restarted());
    std::vector<T> out;
    from.drain(64, [&out](T item) { out.push_back(std::move(item)); });
    return out;
  }
  void call(const std::string& target) {
    REQUIRE(caller.try_push(from_control{control_opened{++last, "GET", target, {}}}));
  }
  /// The tag under which the actor is asked.
  request_tag next() {
    const auto all = drain(asked);
    REQUIRE(all.size() == 1);
    REQUIRE(std::holds_alternative<call_opened>(all.front()));
    return std::get<call_opened>(all.front()).tag;
  }
  void answer(request_tag tag, const std::string& what, bool last_part) {
    REQUIRE(answers.try_push(command_reply{tag, any_value{what}, last_part}));
  }
};

TEST_CASE("what a command's print() throws is the error of the one call, and the actor goes on") {
  bench all;
  all.call("/v1/echo?word=a");
  all.answer(all.next(), "throw", true);
  auto told = all.drain(all.told);
  REQUIRE(told.size() == 1);
  CHECK(told[0].status == 500);
  CHECK(told[0].last);
  CHECK(
    told[0].text
    == "{\"error\":{\"code\":\"internal\",\"detail\":\"the command's own code threw: echo: what "
       "cannot be printed\"}}\n");
  all.call("/v1/echo?word=a");
  all.answer(all.next(), "5", true);
  told = all.drain(all.told);
  REQUIRE(told.size() == 1);
  CHECK(told[0].status == 200);
  CHECK(told[0].text == "5\n"); // the line is ended for it
}

TEST_CASE("what prepare() throws is an error of the one call too") {
  bench all;
  all.call("/v1/echo?word=unfit");
  const auto told = all.drain(all.told);
  REQUIRE(told.size() == 1);
  CHECK(told[0].status == 500);
  CHECK(told[0].text.find("/v1/echo: something that is no std::exception") != std::string::npos);
}

TEST_CASE("a stream ends with what its print() throws, and its actor is told that nobody hears") {
  bench all;
  all.call("/v1/echoes");
  const auto tag = all.next();
  all.answer(tag, "1", false);
  all.answer(tag, "throw", false);
  const auto told = all.drain(all.told);
  REQUIRE(told.size() == 2);
  CHECK(told[0].text == "1\n");
  CHECK_FALSE(told[0].last);
  CHECK(told[1].last);
  CHECK(told[1].text.starts_with("{\"error\":{\"code\":\"internal\""));
  const auto asked = all.drain(all.asked);
  REQUIRE_FALSE(asked.empty());
  REQUIRE(std::holds_alternative<call_cancelled>(asked.back()));
  CHECK(std::get<call_cancelled>(asked.back()).tag == tag);
  all.answer(tag, "2", false);
  CHECK(all.drain(all.told).empty());
}

} // namespace
} // namespace caucus
