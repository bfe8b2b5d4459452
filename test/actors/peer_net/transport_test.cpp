#include "test/actors/peer_net/node.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <future>
#include <optional>
#include <utility>

namespace caucus::test {
namespace {

/// b dials a.
struct pair_of_nodes {
  node a{local()};
  node b{[this] {
    auto options = local();
    options.net.join = {a.address()};
    return options;
  }()};

  [[nodiscard]] bool until(const std::function<bool()>& holds) {
    return caucus::test::until({&a, &b}, holds);
  }
  [[nodiscard]] bool linked() {
    return until([this] { return a.link_to(b.id()) && b.link_to(a.id()); });
  }
};

std::vector<std::uint32_t> numbers(const node& at) {
  std::vector<std::uint32_t> out;
  for (const auto& frame : at.all<frame_in>()) {
    out.push_back(number_in(frame));
  }
  return out;
}

std::vector<std::uint32_t> counted(std::uint32_t count) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    out.push_back(i);
  }
  return out;
}

TEST_CASE("two nodes find each other, and each knows who the other is") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  CHECK(net.a.up.front().peer == net.b.id());
  CHECK_FALSE(net.a.up.front().dialled);
  CHECK(net.b.up.front().dialled);
  const auto status = net.b.status();
  REQUIRE(status.links.size() == 1);
  CHECK(status.links.front().info.peer == net.a.id());
  CHECK(status.links.front().agent == "test");
  CHECK(status.port == net.b.port());
}

TEST_CASE("frames arrive whole and in the order in which they were sent") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  constexpr std::uint32_t count = 20'000;
  const auto to = *net.b.link_to(net.a.id());
  std::uint32_t sent = 0;
  REQUIRE(net.until([&] {
    while (sent < count && net.b.try_send(vote_frame(to, sent))) {
      ++sent;
    }
    return net.a.heard.size() >= count + 1;
  }));
  CHECK(numbers(net.a) == counted(count));
  CHECK(std::all_of(net.a.heard.begin() + 1, net.a.heard.end(),
                    [&](const auto& one) { return std::get<frame_in>(one).peer == net.b.id(); }));
}

TEST_CASE("a body of the largest size crosses a link unharmed") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  bytes body(64 * 1024);
  for (std::size_t i = 0; i < body.size(); ++i) {
    body[i] = static_cast<std::byte>(i * 7 + i / 256);
  }
  const auto shared = std::make_shared<const bytes>(body);
  for (int i = 0; i < 20; ++i) {
    net.b.send({*net.b.link_to(net.a.id()), {code_of<proposal>, group_id{1}, shared}});
  }
  REQUIRE(net.until([&] { return net.a.all<frame_in>().size() == 20; }));
  for (const auto& one : net.a.all<frame_in>()) {
    CHECK(*one.body == body);
    CHECK(one.header.group == group_id{1});
  }
}

to_net tip_request(link_id to, std::uint64_t tag, duration timeout) {
  return {to,
          {caucus::tip_request::packet.code, group_id{1}, std::make_shared<const bytes>(bytes(8))},
          tag,
          timeout};
}

TEST_CASE("a link that streams delivers all of it, also the last, and what comes after") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  constexpr std::uint32_t count = 1'500; // 70 MiB: some ticks of a link
  constexpr std::uint32_t window = 32;
  const auto to = *net.b.link_to(net.a.id());
  std::uint32_t arrived = 0;
  std::size_t seen = net.a.heard.size();
  const auto take = [&] {
    for (; seen < net.a.heard.size(); ++seen) {
      auto& frame = std::get<frame_in>(net.a.heard[seen]);
      REQUIRE(number_in(frame) == arrived);
      frame.body.reset(); // a consumer that kept them all would stop the link
      ++arrived;
    }
  };
  bytes body(48 * 1024);
  std::uint32_t sent = 0;
  REQUIRE(net.until([&] {
    take();
    for (; sent < count && sent < arrived + window; ++sent) {
      std::memcpy(body.data(), &sent, sizeof sent);
      const auto own = std::make_shared<const bytes>(body);
      REQUIRE(net.b.try_send({to, {code_of<proposal>, group_id{1}, own}}));
    }
    return arrived == count;
  }));
  for (; sent < count + 10; ++sent) {
    net.b.send(vote_frame(to, sent));
    REQUIRE(net.until([&] {
      take();
      return arrived == sent + 1;
    }));
  }
}

TEST_CASE("a request ends once: in its answer, timed out, or with the link") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto to = *net.b.link_to(net.a.id());
  net.b.send(tip_request(to, 11, std::chrono::seconds{10}));
  net.b.send(tip_request(to, 12, std::chrono::milliseconds{60}));
  net.b.send(tip_request(to, 13, std::chrono::minutes{10}));
  REQUIRE(net.until([&] { return net.a.all<frame_in>().size() == 3; }));
  const auto asked = net.a.all<frame_in>();
  const marshalled_frame response{code_of<tip_response>, group_id{1},
                                  std::make_shared<const bytes>(bytes(2))};
  net.a.send({asked.front().link, response, 0, {}, asked.front().header.msg_id});
  REQUIRE(net.until(
    [&] { return !net.b.all<frame_in>().empty() && !net.b.all<request_ended>().empty(); }));
  CHECK(net.b.all<frame_in>().front().answers == 11);
  CHECK(net.b.all<request_ended>().front().tag == 12);
  CHECK(net.b.all<request_ended>().front().code == errc::timed_out);

  // An answer that comes too late is dropped; the link lives.
  net.a.send({asked[1].link, response, 0, {}, asked[1].header.msg_id});
  net.a.send(vote_frame(asked[1].link, 5));
  REQUIRE(net.until([&] { return net.b.all<frame_in>().size() == 2; }));
  CHECK(net.b.all<frame_in>().back().header.code == code_of<vote>);

  net.a.tell(hang_up{net.b.id(), errc::shutting_down});
  REQUIRE(net.until([&] { return net.b.all<request_ended>().size() == 2; }));
  CHECK(net.b.all<request_ended>().back().tag == 13);
  CHECK(net.b.all<request_ended>().back().code == errc::link_lost);
}

TEST_CASE("a request to a link that is gone ends in link_lost") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  net.b.send(tip_request(link_id{999}, 4, std::chrono::seconds{1}));
  REQUIRE(net.until([&] { return !net.b.all<request_ended>().empty(); }));
  CHECK(net.b.all<request_ended>().front().code == errc::link_lost);
}

TEST_CASE("an answer that nobody asked for costs the link") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  net.a.send({*net.a.link_to(net.b.id()),
              {code_of<tip_response>, group_id{1}, std::make_shared<const bytes>(bytes(2))},
              0,
              {},
              77});
  REQUIRE(net.until([&] { return !net.b.all<link_down>().empty(); }));
  CHECK(net.b.all<link_down>().front().code == errc::unasked_response);
}

TEST_CASE("two nodes that dial each other at once end with one link") {
  auto options = local();
  options.seed = key_seed{};
  node a{options};
  auto others = local();
  others.members = {{a.id(), a.address()}};
  node b{others};
  a.tell(dial{b.id(), b.address()});
  const auto settled = [&] {
    return a.up.size() == 1 && b.up.size() == 1 && a.status().links.size() == 1
           && b.status().links.size() == 1;
  };
  // And it carries frames both ways: said on each link that comes up, as what the first one carried
  // may be lost with it.
  std::optional<link_id> by_a;
  std::optional<link_id> by_b;
  const auto say = [](node& from, const node& to, std::optional<link_id>& on) {
    const auto now = from.link_to(to.id());
    if (now && std::exchange(on, now) != now) {
      from.send(vote_frame(*now, 1));
    }
  };
  CHECK(until({&a, &b}, [&] {
    say(a, b, by_a);
    say(b, a, by_b);
    return settled() && !a.all<frame_in>().empty() && !b.all<frame_in>().empty();
  }));
}

TEST_CASE("links survive a restart of peer_net's actor, whose new life is told them") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto before = net.a.link_to(net.b.id());
  net.a.restart_actor();
  net.b.restart_actor();
  REQUIRE(net.until(
    [&] { return net.a.status().links.size() == 1 && net.b.status().links.size() == 1; }));
  net.b.send(vote_frame(*net.b.link_to(net.a.id()), 3));
  REQUIRE(net.until([&] { return !net.a.all<frame_in>().empty(); }));
  CHECK(net.a.link_to(net.b.id()) == before);
  CHECK(net.a.all<link_down>().empty());
}

TEST_CASE(
  "a consumer's new life is told of every link again, and its old requests end in silence") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto to = *net.b.link_to(net.a.id());
  net.b.send(tip_request(to, 21, std::chrono::milliseconds{50}));
  REQUIRE(net.until([&] { return !net.a.all<frame_in>().empty(); }));
  net.b.restart_consumer();
  REQUIRE(net.until([&] { return net.b.all<link_up>().size() == 1; }));
  net.b.send(tip_request(to, 22, std::chrono::milliseconds{50}));
  REQUIRE(net.until([&] { return !net.b.all<request_ended>().empty(); }));
  CHECK(net.b.all<request_ended>().front().tag == 22);
}

TEST_CASE("a consumer's new life hears no frame that came for its former one") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto to = *net.b.link_to(net.a.id());
  net.a.reads = false;
  const auto before = net.a.heard_edge()->counts().pushed;
  for (std::uint32_t i = 0; i < 100; ++i) {
    net.b.send(vote_frame(to, i));
  }
  REQUIRE(net.until([&] { return net.a.heard_edge()->counts().pushed == before + 100; }));
  net.a.restart_consumer();
  net.a.reads = true;
  REQUIRE(net.until([&] { return !net.a.all<link_up>().empty(); }));
  net.b.send(vote_frame(to, 100));
  REQUIRE(net.until([&] { return !net.a.all<frame_in>().empty(); }));
  CHECK(std::holds_alternative<link_up>(net.a.heard.front()));
  CHECK(numbers(net.a) == std::vector<std::uint32_t>{100});
}

TEST_CASE("an answer to a consumer's former life is not heard by one that numbers as it did") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto to = *net.b.link_to(net.a.id());
  const auto answer = [&](std::size_t size) {
    const auto asked = net.a.all<frame_in>().back();
    net.a.send({asked.link,
                {code_of<tip_response>, group_id{1}, std::make_shared<const bytes>(bytes(size))},
                0,
                {},
                asked.header.msg_id});
  };
  net.b.send(tip_request(to, 1, std::chrono::minutes{1}));
  REQUIRE(net.until([&] { return net.a.all<frame_in>().size() == 1; }));
  net.b.reads = false;
  const auto before = net.b.heard_edge()->counts().pushed;
  answer(1);
  REQUIRE(net.until([&] { return net.b.heard_edge()->counts().pushed == before + 1; }));
  net.b.restart_consumer();
  net.b.reads = true;
  net.b.send(tip_request(to, 1, std::chrono::minutes{1}));
  REQUIRE(net.until([&] { return net.a.all<frame_in>().size() == 2; }));
  answer(2);
  REQUIRE(net.until([&] { return !net.b.all<frame_in>().empty(); }));
  CHECK(net.b.all<frame_in>().front().answers == 1);
  CHECK(net.b.all<frame_in>().front().body->size() == 2);
}

TEST_CASE("a request that its asker's end found in the mailbox ends in silence too") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto to = *net.b.link_to(net.a.id());
  // Of links that are gone the end is told at once, so the order of the two is sure.
  std::promise<void> go_on;
  net.b.io().post([held = go_on.get_future().share()] { held.wait(); });
  net.b.send(tip_request(link_id{999}, 31, std::chrono::minutes{1}));
  net.b.send(tip_request(to, 32, std::chrono::milliseconds{10}));
  net.b.restart_consumer();
  net.b.send(tip_request(link_id{999}, 33, std::chrono::minutes{1}));
  net.b.send(tip_request(to, 34, std::chrono::milliseconds{60}));
  go_on.set_value();
  REQUIRE(net.until([&] { return net.b.all<request_ended>().size() >= 2; }));
  CHECK(net.b.all<request_ended>().front().tag == 33);
  CHECK(net.b.all<request_ended>().back().tag == 34);
}

TEST_CASE("a consumer that takes nothing stops its links, and nothing is lost or reordered") {
  auto options = local();
  options.capacity = 16;
  node a{options};
  auto others = local();
  others.net.join = {a.address()};
  node b{others};
  REQUIRE(until({&a, &b}, [&] { return a.link_to(b.id()) && b.link_to(a.id()); }));
  a.reads = false;
  constexpr std::uint32_t count = 5'000;
  std::uint32_t sent = 0;
  REQUIRE(until({&a, &b}, [&] {
    while (sent < count && b.try_send(vote_frame(*b.link_to(a.id()), sent))) {
      ++sent;
    }
    return sent == count && a.heard_edge()->counts().depth == 16;
  }));
  a.reads = true;
  REQUIRE(until({&a, &b}, [&] { return a.all<frame_in>().size() == count; }));
  CHECK(numbers(a) == counted(count));
}

TEST_CASE(
  "a link whose bodies nobody lets go of stops reading at 4 MiB, and goes on when they do") {
  pair_of_nodes net;
  REQUIRE(net.linked());
  const auto body = std::make_shared<const bytes>(bytes(64 * 1024));
  const auto to = *net.b.link_to(net.a.id());
  constexpr std::size_t count = 120; // 7.5 MiB
  for (std::size_t i = 0; i < count; ++i) {
    net.b.send({to, {code_of<proposal>, group_id{1}, body}});
  }
  const auto bytes_held = [&] {
    std::size_t sum = 0;
    for (const auto& one : net.a.all<frame_in>()) {
      sum += one.body->size();
    }
    return sum;
  };
  REQUIRE(net.until([&] { return bytes_held() >= 4 * 1024 * 1024 - 64 * 1024; }));
  for (int i = 0; i < 1'000; ++i) { // it stays so
    net.a.run();
  }
  CHECK(bytes_held() <= 4 * 1024 * 1024 + 64 * 1024);
  std::size_t taken = net.a.all<frame_in>().size();
  net.a.heard.clear(); // let go
  REQUIRE(net.until([&] {
    const auto now = net.a.all<frame_in>().size();
    taken += now;
    net.a.heard.clear();
    return taken == count;
  }));
}

TEST_CASE("a peer that reads at a slow rate of its own is not taken for one that does not read") {
  auto slow = local();
  slow.net.bytes_per_second = 100'000;
  node a{slow};
  auto fast = local();
  fast.net.join = {a.address()};
  fast.net.stalled_after = std::chrono::seconds{5};
  node b{fast};
  REQUIRE(until({&a, &b}, [&] { return a.link_to(b.id()) && b.link_to(a.id()); }));
  const auto to = *b.link_to(a.id());
  const auto body = std::make_shared<const bytes>(bytes(64 * 1024));
  for (int i = 0; i < 200; ++i) { // more than the kernels hold: it waits for room all the time
    b.send({to, {code_of<proposal>, group_id{1}, body}});
  }
  std::size_t taken = 0;
  const bool heard = until({&a, &b}, [&] { // for longer than it may stand still
    taken +=
      std::erase_if(a.heard, [](const auto& one) { return std::holds_alternative<frame_in>(one); });
    return taken >= 12 || !b.all<link_down>().empty();
  });
  CHECK(heard);
  CHECK(b.all<link_down>().empty());
}

TEST_CASE("a banned peer is refused, also after a restart of both nodes") {
  const auto folder =
    std::filesystem::temp_directory_path() / ("caucus_peer_net_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  auto here = local();
  here.seed = key_seed{};
  here.book = folder / "peers.sqlite";
  auto there = local();
  std::array<std::byte, 32> other{};
  other.front() = std::byte{1};
  there.seed = key_seed{other};
  {
    node a{here};
    there.net.join = {a.address()};
    node b{there};
    REQUIRE(until({&a, &b}, [&] { return a.link_to(b.id()) && b.link_to(a.id()); }));
    a.tell(ban{b.id(), std::chrono::hours{1}, "for the test"});
    REQUIRE(until({&a, &b}, [&] { return b.up.empty() && a.up.empty(); }));
    CHECK(b.all<link_down>().front().code == errc::banned);
  }
  {
    node a{here};
    there.net.join = {a.address()};
    node b{there};
    REQUIRE(until({&a, &b}, [&] { return a.status().refused > 0; }));
    CHECK(a.heard.empty());
    CHECK(b.all<link_up>().empty()); // it hears why, and nothing else
    CHECK(b.all<link_refused>().size() == b.heard.size());
  }
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace caucus::test
