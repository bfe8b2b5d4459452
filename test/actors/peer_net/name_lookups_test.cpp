#include "actors/peer_net/name_lookups.hpp"

#include "runtime/clock.hpp"
#include "test/actors/peer_net/node.hpp"
#include "test/catch.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// A resolver by hand. Names that start with "silent" hang until the end of the test; look-ups may outlive the
/// node that asked, so all that they touch is shared.
struct resolver {
  std::mutex guard;
  std::condition_variable changed;
  std::map<std::string, int> calls;
  std::set<std::string> hanging; ///< names whose look-ups wait
  std::string answer = "127.0.0.1";
  bool over = false;
  int inside = 0;

  result<std::vector<std::string>> find(const std::string& host) {
    std::unique_lock keep{guard};
    ++calls[host];
    ++inside;
    changed.notify_all();
    if (host.starts_with("silent")) {
      hanging.insert(host);
      changed.notify_all();
      changed.wait(keep, [this] { return over; });
    }
    --inside;
    changed.notify_all();
    if (host.starts_with("unknown")) {
      return fail(errc::connect_failed, "no such name");
    }
    return std::vector<std::string>{answer};
  }
  int calls_of(const std::string& host) {
    const std::lock_guard keep{guard};
    return calls[host];
  }
  bool wait_for(const std::function<bool()>& holds) {
    std::unique_lock keep{guard};
    return changed.wait_for(keep, test::patience, holds);
  }
};

/// Ends what still hangs, when the test does, and waits for it.
struct by_hand {
  std::shared_ptr<resolver> made = std::make_shared<resolver>();
  ~by_hand() {
    std::unique_lock keep{made->guard};
    made->over = true;
    made->changed.notify_all();
    made->changed.wait_for(keep, test::patience, [this] { return made->inside == 0; });
  }
  [[nodiscard]] std::function<result<std::vector<std::string>>(const std::string&)> texts() const {
    return [it = made](const std::string& host) { return it->find(host); };
  }
  [[nodiscard]] name_lookups::finder finder() const {
    return [it = made](const std::string& host) -> result<host_addresses> {
      const auto found = it->find(host);
      if (!found) {
        return tl::make_unexpected(found.error());
      }
      return host_addresses{boost::asio::ip::make_address(found->front())};
    };
  }
};

struct bench {
  by_hand names;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open{io.get_executor()};
  name_lookups lookups{io, names.finder()};
  std::vector<std::string> told;

  name_lookups::ticket ask(const std::string& host, time_point now = steady_now()) {
    return lookups.find(host, now, [this, host](const result<host_addresses>& found) {
      told.push_back(host
                     + (found ? " " + found->front().to_string() : " " + found.error().detail));
    });
  }
  bool until_told(std::size_t count) {
    const auto give_up = std::chrono::steady_clock::now() + test::patience;
    while (told.size() < count && std::chrono::steady_clock::now() < give_up) {
      io.run_one_for(100ms);
    }
    return told.size() >= count;
  }
};

TEST_CASE("a name that hangs holds up no other, and is looked up once however many ask") {
  bench at;
  for (int i = 0; i < 5; ++i) {
    at.ask("silent.test");
    at.ask("silent2.test");
  }
  at.ask("here.test");
  REQUIRE(at.until_told(1));
  CHECK(at.told == std::vector<std::string>{"here.test 127.0.0.1"});
  REQUIRE(at.names.made->wait_for([&] { return at.names.made->hanging.size() == 2; }));
  CHECK(at.names.made->calls_of("silent.test") == 1);
}

TEST_CASE(
  "what was found is told again without a look-up, later at once and looked up anew behind") {
  bench at;
  const auto start = steady_now();
  at.ask("here.test", start);
  REQUIRE(at.until_told(1));
  at.ask("here.test", steady_now() + 1s);
  REQUIRE(at.until_told(2));
  CHECK(at.names.made->calls_of("here.test") == 1);
  at.names.made->answer = "127.0.0.2";
  at.ask("here.test", steady_now() + name_lookups::fresh_for + 1s);
  REQUIRE(at.until_told(3));
  CHECK(at.told.back() == "here.test 127.0.0.1");
  REQUIRE(at.names.made->wait_for([&] { return at.names.made->calls["here.test"] == 2; }));
  while (at.told.back() != "here.test 127.0.0.2") { // once the loop has heard of it
    at.ask("here.test", steady_now());
    REQUIRE(at.until_told(at.told.size() + 1));
  }
  CHECK(at.names.made->calls_of("here.test") == 2);
}

TEST_CASE("a name that was not found is not asked for again at once") {
  bench at;
  at.ask("unknown.test");
  REQUIRE(at.until_told(1));
  at.ask("unknown.test", steady_now());
  REQUIRE(at.until_told(2));
  CHECK(at.told.back() == "unknown.test no such name");
  CHECK(at.names.made->calls_of("unknown.test") == 1);
  at.ask("unknown.test", steady_now() + name_lookups::failed_for);
  REQUIRE(at.until_told(3));
  CHECK(at.names.made->calls_of("unknown.test") == 2);
}

TEST_CASE("of many names that hang a bound runs at once, and the next when one has ended") {
  bench at;
  for (std::size_t i = 0; i < name_lookups::lookups_max; ++i) {
    at.ask("silent" + std::to_string(i));
  }
  at.ask("here.test");
  auto& names = *at.names.made;
  REQUIRE(names.wait_for([&] { return names.hanging.size() == name_lookups::lookups_max; }));
  CHECK(names.calls_of("here.test") == 0);
  {
    const std::lock_guard keep{names.guard};
    names.over = true;
    names.changed.notify_all();
  }
  REQUIRE(at.until_told(name_lookups::lookups_max + 1));
  CHECK(names.calls_of("here.test") == 1);
}

TEST_CASE("whoever is forgotten hears nothing, and nobody does after the stop") {
  bench at;
  const auto first = at.ask("silent.test");
  at.ask("here.test");
  at.lookups.forget(first);
  REQUIRE(at.until_told(1));
  at.ask("here.test");
  REQUIRE(at.names.made->wait_for([&] { return at.names.made->hanging.size() == 1; }));
  at.lookups.stop();
  {
    const std::lock_guard keep{at.names.made->guard};
    at.names.made->over = true;
    at.names.made->changed.notify_all();
  }
  REQUIRE(at.names.made->wait_for([&] { return at.names.made->inside == 0; }));
  at.io.poll();
  CHECK(at.told.size() == 1);
}

TEST_CASE(
  "a node links to names that are found while another's name servers are silent, and stops") {
  by_hand names;
  test::node a{test::local()};
  std::optional<test::node> b;
  auto options = test::local();
  options.find_name = names.texts();
  options.net.listen = false;
  options.net.join = {"silent.test:7400", "here.test:" + std::to_string(a.port())};
  b.emplace(options);
  REQUIRE(test::until({&a, &*b}, [&] { return b->link_to(a.id()).has_value(); }));
  REQUIRE(names.made->wait_for([&] { return names.made->hanging.size() == 1; }));
  b.reset(); // while it hangs: else this would never end
  CHECK(names.made->hanging.size() == 1);
  CHECK(names.made->inside == 1);
}

TEST_CASE("the system's resolver knows localhost, and says of a wrong name that it is not found") {
  const auto here = addresses_within("localhost", 10s);
  REQUIRE(here);
  CHECK(here->front().is_loopback());
  const auto none = addresses_within(std::string(70, 'x') + ".test", 10s); // no label is so long
  REQUIRE_FALSE(none);
  CHECK(none.error().code == errc::connect_failed);
  CHECK_THAT(none.error().detail, Catch::Contains("was not found"));
}

} // namespace
} // namespace caucus
