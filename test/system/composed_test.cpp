#include "actors/node_topology.hpp"
#include "actors/notary/rules.hpp"
#include "actors/notary_line.hpp"
#include "actors/presets.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/job_queue.hpp"
#include "runtime/turns.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/runtime/commands/board.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// An application's actor in real nodes: it speaks packets of its own, proposes, hears what is
/// committed, has work done by the pool, dies and comes back, as the node's own actors do.

namespace caucus {
namespace {

using namespace std::chrono_literals;
using harness::cluster;

constexpr auto question = static_cast<packet_code>(0x8000);
constexpr auto reply = static_cast<packet_code>(0x8001);
constexpr std::uint64_t rounds = 1'000;

/// What the test sees of an actor, over its lives.
struct seen {
  std::atomic<int> lives{0};
  std::atomic<int> asked{0};    ///< questions heard
  std::atomic<int> replies{0};  ///< heard
  std::atomic<int> ended{0};    ///< requests that ended without
  std::atomic<int> receipts{0}; ///< of applied mutations
  std::atomic<std::uint64_t> newest{0};
  std::atomic<std::uint64_t> progress{0};
  std::atomic<std::uint64_t> computed{0};
  std::atomic<bool> die{false}; ///< at the next question
};

/// Asks every peer a question, and counts a reply by a proposal.
struct asker {
  static constexpr const char* name = "asker";
  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    inbox<notary_answer> heard;
    outbox<notary_request> asks;
    outbox<directive, when_full::drop> directives;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
      visit("heard", heard);
      visit("asks", asks);
      visit("directives", directives);
    }
  };

  asker(ports its_ports, context& around, std::shared_ptr<seen> to,
        const std::shared_ptr<worker_pool>& pool)
      : own{std::move(its_ports)}, line{around, own.heard, own.asks}, jobs{pool, around.bell(), 2},
        out{std::move(to)}, its{around} {
    ++out->lives;
    line.subscribe(height{1},
                   [this](const committed_block& block) { out->newest = block.height.value(); });
    job = jobs.try_submit(
      [](const job_token& token) {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 1; i <= rounds && !token.cancelled(); ++i) {
          sum += i;
          token.report(i);
        }
        return sum;
      },
      around.now() + 1h);
    its.takes(own.net_in, [this](from_net&& one) { hear(one); });
    its.always(
      [this] { out->progress = std::max<std::uint64_t>(out->progress, jobs.progress(*job)); });
    its.harvests(
      jobs, [this](job_id, const result<std::uint64_t>& sum) { out->computed = sum.value_or(0); });
    its.runs(line);
  }

  void ask(const link_info& whom) {
    static_cast<void>(own.net_out.try_push(to_net{
      whom.id, {question, {}, std::make_shared<const bytes>(bytes(1))}, whom.id.value(), 30s}));
  }
  void hear(const frame_in& frame) {
    if (frame.header.code == question) {
      ++out->asked;
      if (out->die.exchange(false)) {
        throw std::runtime_error{"died at a question"};
      }
      static_cast<void>(own.net_out.try_push(
        to_net{frame.link, {reply, {}, frame.body}, 0, {}, frame.header.msg_id}));
    } else {
      ++out->replies;
      mutation counting;
      counting.variable = variable_id{1};
      counting.arguments = {std::int64_t{1}};
      const auto asked =
        line.propose(counting, "reply/" + std::to_string(out->replies), 60s,
                     [this](const result<receipt>& how) { out->receipts += how ? 1 : 0; });
      static_cast<void>(asked);
    }
  }
  void hear(const from_net& what) {
    std::visit(overloaded{[this](const link_up& up) { ask(up.info); },
                          [this](const frame_in& frame) { hear(frame); },
                          [this](const request_ended&) { ++out->ended; },
                          ignored<link_down, link_refused>{}},
               what);
  }
  bool step() { return its.step(); }
  bool idle() { return its.idle(); }

  ports own;
  notary_line line;
  job_queue<std::uint64_t> jobs;
  std::shared_ptr<seen> out;
  turns its;
  result<job_id> job{job_id{}};
};

/// Only listens; for what is wrong.
struct listener {
  static constexpr const char* name = "listener";
  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
    }
  };
  listener(ports its_ports, context& /*around*/) : own{std::move(its_ports)} {}
  bool step() {
    return own.net_in.drain(64, [](const from_net&) {}) > 0;
  }
  [[nodiscard]] bool idle() const { return own.net_in.empty(); }
  ports own;
};

node_topology preset(const cluster& of, std::size_t number) {
  node_settings settings;
  REQUIRE(settings.load(of.config(number), {}));
  auto app = topology_of(settings.config(), rules{}, "test");
  if (!app) {
    throw std::runtime_error{to_string(app.error())};
  }
  return std::move(*app);
}

std::optional<node> start_asker(const cluster& of, std::size_t number,
                                const std::shared_ptr<seen>& to) {
  auto app = preset(of, number);
  const auto who = app.graph.add<asker>(to, app.pool());
  app.connect(who);
  app.route({{question, "question", packet_kind::request}, {reply, "reply", packet_kind::response}},
            who, &asker::ports::net_in, &asker::ports::net_out);
  auto made = node::start(std::move(app));
  REQUIRE(made);
  return std::move(*made);
}

TEST_CASE("an application's actors speak over links, propose, are restarted and listed as ours") {
  cluster group{{.nodes = 2}};
  const auto one = std::make_shared<seen>();
  const auto other = std::make_shared<seen>();
  other->die = true; // at the first question that it hears
  auto a = start_asker(group, 0, one);
  auto b = start_asker(group, 1, other);
  // The question that killed it is answered by nobody; its next life asks anew, and is asked by the
  // link's next one alone.
  group.wait_until("the actor was restarted", [&] { return other->lives == 2; });
  group.wait_until("a reply, counted by a mutation", [&] { return other->receipts >= 1; });
  group.wait_until("what is committed is heard by both",
                   [&] { return one->newest >= 1 && other->newest >= 1; });
  group.wait_until("the pool's results", [&] {
    return one->computed == rounds * (rounds + 1) / 2 && other->computed == one->computed.load();
  });
  CHECK(one->progress <= rounds);
  CHECK(one->lives == 1);

  const auto told = nlohmann::json::parse(group.view(1).json);
  std::set<std::string> edges;
  for (const auto& edge : told.at("edges")) {
    edges.insert(edge.at("from").get<std::string>() + " " + edge.at("to").get<std::string>());
  }
  for (const auto* const edge :
       {"io asker.net_in", "asker.net_out io", "asker.asks notary.requests",
        "notary.answers asker.heard", "asker.directives peer_net.directives"}) {
    CAPTURE(edge);
    CHECK(edges.contains(edge));
  }
  bool listed = false;
  for (const auto& actor : told.at("actors")) {
    if (actor.at("name") == "asker") {
      listed = true;
      CHECK(actor.at("restarts") == 1);
      CHECK(actor.at("last_error").get<std::string>().find("died at a question")
            != std::string::npos);
    }
  }
  CHECK(listed);
  CHECK(a->stop(20s));
  CHECK(b->stop(20s));
}

/// Answers commands of which no file of the product knows.
struct board {
  static constexpr const char* name = "board";
  using commands = board_testing::board_commands;
  struct ports {
    inboxes<command_call> calls;
    outboxes<command_reply> replies;
    void each(auto&& visit) {
      visit("calls", calls);
      visit("replies", replies);
    }
  };
  board(ports its_ports, context& /*around*/) : own{std::move(its_ports)} {}

  bool step() {
    return own.calls.drain(64, [this](std::size_t caller, const command_call& what) {
      std::visit(overloaded{[&](const call_opened& call) { open(caller, call); },
                            ignored<call_taken, call_cancelled>{}},
                 what);
    }) > 0;
  }
  [[nodiscard]] bool idle() const { return own.calls.empty(); }

  void open(std::size_t caller, const call_opened& call) {
    const auto tell = [&](any_value what, bool last) {
      static_cast<void>(
        own.replies[caller].try_push(command_reply{call.tag, std::move(what), last}));
    };
    commands::dispatch(call.command,
                       overloaded{[&](const board_testing::cheer& of) {
                                    heard.cheers += of.times;
                                    tell(any_value{board_testing::cheered{heard.cheers}}, true);
                                  },
                                  [&](const board_testing::cheers& of) {
                                    for (auto i = of.from.value(); i <= heard.cheers; ++i) {
                                      tell(any_value{std::uint64_t{i}}, false);
                                    }
                                    tell(any_value{}, true);
                                  },
                                  [&](const control_status&) {
                                    tell(any_value{board_testing::board_status{heard}}, true);
                                  }});
  }

  ports own;
  board_testing::board_status heard;
};

TEST_CASE("an application's command is found over HTTP, in the status and in the metrics") {
  cluster group{{.nodes = 2}};
  auto app = preset(group, 0);
  app.connect(app.graph.add<board>());
  auto made = node::start(std::move(app));
  REQUIRE(made);
  REQUIRE(made->wait_until_up(20s));
  auto to = group.talk(0);
  const auto cheered = to.post("/v1/board/cheer", R"({"player":"ada","times":3})");
  CHECK(cheered.status == 200);
  CHECK(cheered.body == "{\"cheers\":3}\n");
  CHECK(to.get("/v1/board/cheers?from=2").body == "2\n3\n");
  CHECK(to.post("/v1/board/cheer", "{}").status == 400);
  const auto unknown = to.get("/v1/board");
  CHECK(unknown.status == 404);
  CHECK(unknown.body.find("/v1/board/cheer,") != std::string::npos);
  const auto status = nlohmann::json::parse(to.get("/v1/status").body);
  CHECK(status.at("board").at("cheers") == 3);
  CHECK(status.at("silent").empty());
  const auto numbers = to.get("/metrics").body;
  CHECK(numbers.find("caucus_board_cheers_total 3\n") != std::string::npos);
  CHECK(numbers.find("caucus_answers{actor=\"board\"} 1\n") != std::string::npos);
  CHECK(made->stop(20s));
}

/// Answers the same.
struct second_board : board {
  using board::board;
  static constexpr const char* name = "other";
};

TEST_CASE("two actors that answer one command are an error that names both, and nothing runs") {
  const cluster group{{.nodes = 2}};
  auto app = preset(group, 0);
  app.connect(app.graph.add<board>());
  app.connect(app.graph.add<second_board>());
  const auto made = node::start(std::move(app));
  REQUIRE_FALSE(made);
  CHECK(made.error().detail == "the command \"board cheer\" of other: board has it");
}

/// Keeps a thread of the pool for as long as the test likes.
struct hog {
  static constexpr const char* name = "hog";
  struct ports {
    inbox<from_net> net_in;
    outbox<to_net> net_out;
    void each(auto&& visit) {
      visit("net_in", net_in);
      visit("net_out", net_out);
    }
  };
  hog(ports its_ports, context& around, const std::shared_ptr<worker_pool>& pool,
      std::shared_ptr<std::atomic<bool>> began, std::shared_future<void> until)
      : own{std::move(its_ports)}, jobs{pool, around.bell(), 2} {
    const auto job = jobs.try_submit(
      [began = std::move(began), until = std::move(until)](const job_token&) {
        *began = true;
        until.wait();
        return 0;
      },
      around.now() + 1h);
    static_cast<void>(job); // the test waits for its beginning
  }
  bool step() {
    return own.net_in.drain(64, [](const from_net&) {}) + jobs.harvest(1, [](job_id, auto&&) {})
           > 0;
  }
  [[nodiscard]] bool idle() { return own.net_in.empty() && !jobs.ready(); }
  ports own;
  job_queue<int> jobs;
};

TEST_CASE("a group votes while a job of an application runs in every node's pool") {
  cluster group{{.nodes = 2}};
  std::promise<void> enough;
  const auto until = enough.get_future().share();
  std::vector<node> nodes;
  for (std::size_t i = 0; i < group.size(); ++i) {
    auto app = preset(group, i);
    const auto began = std::make_shared<std::atomic<bool>>(false);
    const auto who = app.graph.add<hog>(app.pool(), began, until);
    app.route({}, who, &hog::ports::net_in, &hog::ports::net_out);
    auto made = node::start(std::move(app));
    REQUIRE(made);
    nodes.push_back(std::move(*made));
    group.wait_until("the job runs", [&] { return began->load(); });
  }
  auto to = group.talk(0);
  const auto said = cluster::propose(to, "score", "add", {"5"});
  enough.set_value(); // before anything is judged: a job that waits on would hold up the end
  CHECK(said.outcome == "applied");
  for (auto& one : nodes) {
    CHECK(one.stop(20s));
  }
}

/// Dies at each of its turns.
struct doomed {
  static constexpr const char* name = "doomed";
  struct ports {
    inbox<notary_answer> heard;
    outbox<notary_request> asks;
    void each(auto&& visit) {
      visit("heard", heard);
      visit("asks", asks);
    }
  };
  doomed(ports its_ports, context& /*around*/) : own{std::move(its_ports)} {}
  [[noreturn]] bool step() { throw std::runtime_error{"it was doomed"}; }
  [[nodiscard]] bool idle() const { return false; }
  ports own;
};

TEST_CASE("who asks a node that gave up is told so at once") {
  cluster group{{.nodes = 2}};
  auto app = preset(group, 0);
  app.connect(app.graph.add<doomed>());
  auto made = node::start(std::move(app));
  REQUIRE(made);
  std::atomic<bool> gave_up{false};
  made->on_failure([&](const node_failure&) { gave_up = true; });
  group.wait_until("it gives up", [&] { return gave_up.load(); });
  const std::vector<std::pair<std::string, std::vector<std::string>>> asked{
    {"status", {}}, {"log", {"--follow"}}, {"get", {"score"}}, {"propose", {"score", "add", "1"}}};
  for (const auto& [command, arguments] : asked) {
    const auto told = group.cli(0, command, arguments, 8s); // less than any of them waits
    INFO(command << told.err);
    CHECK(told.how.code == 1);
    CHECK(told.err.find("the node gave up: restarted too often") != std::string::npos);
    CHECK(told.err.find("it was doomed") != std::string::npos);
  }
  CHECK(made->stop(20s));
}

TEST_CASE(
  "what is wrong with an application's codes and ports is an error that names it, and nothing "
  "runs") {
  const cluster group{{.nodes = 2}};
  struct row {
    const char* what;
    std::vector<packet_rule> first;
    std::vector<packet_rule> second;
    errc why;
    const char* named;
  };
  const auto code = [](unsigned number) { return static_cast<packet_code>(number); };
  const std::vector<row> rows{
    {"taken twice",
     {{code(0x8000), "chat"}},
     {{code(0x8000), "talk"}},
     errc::code_taken,
     "packet code 0x8000 (\"talk\") of listener: asker has it"},
    {"taken twice by one",
     {{code(0x8000), "a"}, {code(0x8000), "b"}},
     {},
     errc::code_taken,
     "packet code 0x8000 (\"b\") of asker: asker has it"},
    {"ours", {{code_of<vote>, "vote"}}, {}, errc::value_out_of_range, "packet code 0x101 "},
    {"the consensus lane",
     {{code(0x9000), "fast", packet_kind::notice, 10, lane::consensus}},
     {},
     errc::value_out_of_range,
     "packet code 0x9000 (\"fast\") of asker: the consensus lane"},
    {"the bulk lane",
     {{code(0x9001), "film", packet_kind::notice, 10, lane::bulk}},
     {},
     errc::value_out_of_range,
     "packet code 0x9001 (\"film\") of asker: nothing leaves in the bulk lane"},
    {"too large",
     {{code(0xffff), "huge", packet_kind::notice, body_size_max + 1}},
     {},
     errc::value_out_of_range,
     "packet code 0xffff (\"huge\") of asker: bodies of 1048577 bytes"},
    {"a port that leads nowhere",
     {{code(0x8000), "chat"}},
     {},
     errc::unconnected_port,
     "asker.heard"},
  };
  for (const auto& [what, first, second, why, named] : rows) {
    CAPTURE(what);
    auto app = preset(group, 0);
    const auto who = app.graph.add<asker>(std::make_shared<seen>(), app.pool());
    const auto too = app.graph.add<listener>();
    app.route(first, who, &asker::ports::net_in, &asker::ports::net_out);
    app.route(second, too, &listener::ports::net_in, &listener::ports::net_out);
    const auto started = node::start(std::move(app));
    REQUIRE_FALSE(started);
    CHECK(started.error().code == why);
    CHECK(started.error().detail.find(named) != std::string::npos);
  }
}

/// Whether an actor's ports of these types can be routed at all.
template <class Heard, class Says>
concept routable = requires(node_topology& app, ref<asker> who, Heard asker::ports::*heard,
                            Says asker::ports::*said) {
  app.route({}, who, heard, said);
};
static_assert(routable<inbox<from_net>, outbox<to_net>>);
static_assert(!routable<inbox<notary_answer>, outbox<to_net>>);
static_assert(!routable<inbox<from_net>, outbox<notary_request>>);

} // namespace
} // namespace caucus
