#include "actors/peer_net/body_budget.hpp"
#include "actors/peer_net/body_pool.hpp"
#include "runtime/base/mailbox.hpp"
#include "test/catch.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace caucus::test {
namespace {

std::shared_ptr<doorbell> counting_bell(int& rings) {
  auto out = std::make_shared<doorbell>([&rings] { ++rings; });
  CHECK(out->try_sleep([] { return true; }));
  return out;
}

struct budget_under_test {
  int rings = 0;
  std::shared_ptr<body_budget> what;

  explicit budget_under_test(std::size_t size_max = 1'000'000)
      : what{std::make_shared<body_budget>(size_max, counting_bell(rings))} {}
  budget_under_test(const budget_under_test&) = delete;
  budget_under_test& operator=(const budget_under_test&) = delete;
  ~budget_under_test() { what->close(); }

  shared_bytes count(bytes body) {
    bytes spare;
    return what->count(std::move(body), spare);
  }
};

bytes numbered(std::uint64_t number, std::size_t size) {
  bytes out(size);
  std::memcpy(out.data(), &number, sizeof number);
  return out;
}
std::uint64_t number_in(const bytes& body) {
  std::uint64_t out = 0;
  std::memcpy(&out, body.data(), sizeof out);
  return out;
}

TEST_CASE("a body is counted until its last reference goes, whatever its size") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{64}, pooled_body_size_max,
                                 pooled_body_size_max + 1, std::size_t{65'536}}) {
    INFO(size);
    budget_under_test budget;
    auto one = budget.count(bytes(size));
    auto other = one;
    CHECK(one->size() == size);
    CHECK(budget.what->held() == size + body_overhead_size);
    one.reset();
    CHECK(budget.what->held() == size + body_overhead_size);
    other.reset();
    CHECK(budget.what->held() == 0);
  }
}

TEST_CASE("the memory of a small body serves the next, that of a link gone quiet is let go") {
  budget_under_test budget;
  bytes spare;
  auto body = numbered(1, 64);
  const auto* const memory = body.data();
  auto first = budget.what->count(std::move(body), spare);
  CHECK(spare.capacity() == 0);
  first.reset();
  const auto second = budget.what->count(numbered(2, 64), spare);
  CHECK(spare.data() == memory);
  CHECK(number_in(*second) == 2);

  auto third = budget.count(numbered(3, 64));
  third.reset();
  budget.what->trim(); // busy until now
  budget.what->trim();
  const auto fourth = budget.what->count(numbered(4, 64), spare = {});
  CHECK(spare.capacity() == 0);
  CHECK(number_in(*second) == 2);
}

TEST_CASE("a sender's bodies come back to it, and may outlive its pool") {
  const auto number = [](std::uint64_t what) {
    return [what](std::span<std::byte> to) { std::memcpy(to.data(), &what, sizeof what); };
  };
  shared_bytes kept;
  {
    body_pool pool;
    auto first = pool.make(64, number(1));
    const auto* const memory = first->data();
    first.reset();
    const auto second = pool.make(32, number(2)); // in the slot, whose memory is for the next
    kept = pool.make(64, number(3));
    CHECK(kept->data() == memory);
    CHECK(number_in(*second) == 2);
    CHECK(second->size() == 32);
    CHECK_THROWS_AS(pool.make(8, [](std::span<std::byte>) { throw std::runtime_error{"no"}; }),
                    std::runtime_error);
    CHECK(pool.make(65'536, number(4))->size() == 65'536);
  }
  CHECK(number_in(*kept) == 3);
}

/// `count` bodies, numbered from 0.
std::vector<shared_bytes> hold(budget_under_test& by, std::size_t count, std::size_t size) {
  std::vector<shared_bytes> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    out.push_back(by.count(numbered(i, size)));
  }
  return out;
}

TEST_CASE("more small bodies than there are slots are held as well") {
  budget_under_test budget{1'000'000'000};
  auto held = hold(budget, pooled_bodies_max + 100, 16);
  for (std::uint64_t i = 0; i < held.size(); ++i) {
    REQUIRE(number_in(*held[i]) == i);
  }
  held.clear();
  CHECK(budget.what->held() == 0);
}

TEST_CASE("slots keep so many bytes of bodies and no more") {
  constexpr std::size_t size = 4'096;
  constexpr std::size_t count = 2 * pooled_size_max / size;
  budget_under_test budget{1'000'000'000};
  auto held = hold(budget, count, size);
  held.clear();
  std::size_t reused = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    bytes spare;
    held.push_back(budget.what->count(numbered(i, size), spare));
    reused += spare.capacity() == size ? 1U : 0U;
  }
  CHECK(reused == pooled_size_max / size);
  held.clear();
  CHECK(budget.what->held() == 0);
}

TEST_CASE("slots of small bodies make room when large ones come") {
  constexpr std::size_t size = 4'096;
  budget_under_test budget{1'000'000'000};
  hold(budget, pooled_bodies_max, 512);
  hold(budget, 2 * pooled_bodies_max, size);
  hold(budget, 2 * pooled_bodies_max, size);
  bytes spare;
  const auto one = budget.what->count(numbered(1, size), spare);
  CHECK(spare.capacity() == size);
}

TEST_CASE(
  "a link that needs few of its slots gives the others back, and keeps them while it needs many") {
  constexpr std::uint64_t many = 1'000;
  budget_under_test budget{1'000'000'000};
  const auto with_memory = [&](std::uint64_t count) {
    std::uint64_t reused = 0;
    std::vector<shared_bytes> held;
    for (std::uint64_t i = 0; i < count; ++i) {
      bytes spare;
      held.push_back(budget.what->count(numbered(i, 64), spare));
      reused += spare.capacity() > 0 ? 1U : 0U;
    }
    return reused;
  };
  CHECK(with_memory(many) == 0);
  budget.what->trim();
  CHECK(with_memory(many / 2) == many / 2);
  budget.what->trim();
  CHECK(with_memory(many) == many);
  budget.what->trim();
  CHECK(with_memory(1) == 1); // a frame a tick
  budget.what->trim();
  CHECK(with_memory(many) == 0);
}

TEST_CASE("a small body does not take the memory of a large one") {
  const auto nothing = [](std::span<std::byte>) {};
  body_pool pool;
  for (int i = 0; i < 3; ++i) {
    CHECK(pool.make(pooled_body_size_max, nothing)->capacity() == pooled_body_size_max);
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(pool.make(64, nothing)->capacity() <= 512);
  }
}

TEST_CASE("bodies outlive the link that they came by") {
  std::vector<shared_bytes> held;
  std::weak_ptr<body_budget> gone;
  {
    budget_under_test budget;
    for (std::uint64_t i = 0; i < 10; ++i) {
      held.push_back(budget.count(numbered(i, i % 2 == 0 ? 64 : 4'096)));
    }
    held.pop_back(); // one lies free when the link ends
    gone = budget.what;
  }
  for (std::uint64_t i = 0; i < held.size(); ++i) {
    CHECK(number_in(*held[i]) == i);
  }
  CHECK_FALSE(gone.expired());
  held.clear();
  CHECK(gone.expired());
}

TEST_CASE("a link that stopped for its bodies is rung once, when half of them are back") {
  budget_under_test budget{10 * (64 + body_overhead_size)};
  std::deque<shared_bytes> held;
  for (std::uint64_t i = 0; i < 10; ++i) {
    CHECK_FALSE(budget.what->exhausted());
    held.push_back(budget.count(numbered(i, 64)));
  }
  CHECK(budget.what->exhausted());
  for (int i = 0; i < 4; ++i) {
    held.pop_front();
  }
  CHECK(budget.rings == 0);
  held.pop_front();
  CHECK(budget.rings == 1);
  CHECK_FALSE(budget.what->exhausted());
  held.clear();
  CHECK(budget.rings == 1);
}

TEST_CASE("bodies that other threads give back while more come are neither lost nor mixed up") {
  constexpr std::uint64_t count = 100'000;
  constexpr std::size_t consumers = 2;
  const auto deaf = std::make_shared<doorbell>([] {});
  budget_under_test budget{std::size_t{1} << 40U};
  std::array<std::uint64_t, consumers> wrong{};
  std::vector<outbox<shared_bytes>> out;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < consumers; ++i) {
    const auto edge = std::make_shared<ring<shared_bytes>>(256, deaf, deaf);
    out.emplace_back(edge);
    threads.emplace_back([edge, i, &bad = wrong[i]] {
      inbox<shared_bytes> in{edge};
      for (std::uint64_t next = i; next < count;) {
        const auto taken = in.drain(64, [&](const shared_bytes& one) {
          bad += number_in(*one) == next ? 0 : 1;
          next += consumers;
        });
        if (taken == 0) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    auto body = budget.count(numbered(i, i % 7 == 0 ? 600 : 64));
    while (!out[i % consumers].try_push(std::move(body))) {
      std::this_thread::yield();
    }
    if (i % 1'000 == 0) {
      budget.what->trim();
    }
  }
  for (auto& one : threads) {
    one.join();
  }
  CHECK(wrong == std::array<std::uint64_t, consumers>{});
  out.clear(); // a ring keeps what was moved out of it, empty
  CHECK(budget.what->held() == 0);
}

} // namespace
} // namespace caucus::test
