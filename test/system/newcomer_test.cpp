#include "actors/notary/snapshot_packets.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/load.hpp"
#include "test/system/false_member.hpp"
#include "test/system/hostile_peer.hpp"
#include "test/system/pruned_group.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Nodes for which nobody has the next block go on from others' state, by themselves.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

std::uintmax_t size_of(const fs::path& file) {
  std::error_code none;
  const auto out = fs::file_size(file, none);
  return none ? 0 : out;
}
bool has_any(const fs::path& folder, const std::string& begins_with) {
  return std::any_of(fs::directory_iterator{folder}, {}, [&](const auto& one) {
    return one.path().filename().string().starts_with(begins_with);
  });
}

TEST_CASE("a newcomer to those who keep few blocks goes on from their state, by itself") {
  pruned_group group;
  const auto late = group.add_client();
  group.start(late);
  group.wait_equal({0, late}, 60s, group.last);
  const auto log = group.log(late);
  CHECK(log.find("goes on from the state behind block") != std::string::npos);
  CHECK_FALSE(has_any(group.directory(late), "snapshot."));
  CHECK_FALSE(has_any(group.directory(late), "replaced-")); // it had nothing
  CHECK(oldest_of(group, late) > 100);
  CHECK(status_of(group, late).at("notary").at("snapshot").is_null());
  auto to = group.talk(late);
  const auto own = cluster::propose(to, "profile", "put", {"name", "Eva"}, "mine");
  REQUIRE(own.outcome == "applied");
  group.wait_equal({0, 1, 2, 3, late}, 60s, own.height);
  const auto doctor = group.cli(late, "doctor", {"--json"});
  CHECK(json::parse(doctor.out).at("verdict") != "failure");
  // And in its next life.
  static_cast<void>(group.stop(late));
  group.start(late);
  group.wait_equal({0, late}, 60s, own.height);
  auto again = group.talk(late);
  CHECK(cluster::propose(again, "profile", "put", {"name", "Eva"}, "mine").height == own.height);
}

TEST_CASE("a member that was away too long comes back by itself, votes, and contradicts nobody") {
  cluster group{{.settings = pruned_group::with_few_blocks({})}};
  group.start_all();
  auto own = group.talk(3);
  const auto before = cluster::propose(own, "score", "add", {"1"}, "before");
  REQUIRE(before.outcome == "applied");
  group.kill(3);
  {
    load users{group, {.nodes = {0, 1, 2}, .clients = 1, .wanted = note}};
    group.wait_until("the others have let go of what it lacks", [&] {
      return oldest_of(group, 0) > before.height + 100 && oldest_of(group, 1) > before.height + 100
             && oldest_of(group, 2) > before.height + 100;
    });
    static_cast<void>(users.finish());
  }
  group.start(3);
  auto to = group.talk(0);
  group.wait_until("it votes", [&] {
    static_cast<void>(cluster::propose(to, "score", "add", {"1"}, {}, 5s));
    return group.view(3).votes;
  });
  CHECK(has_any(group.directory(3), "replaced-")); // its ledger of before
  group.kill(1);                                   // now its vote is needed
  const auto needed = cluster::propose(to, "score", "add", {"1"});
  REQUIRE(needed.outcome == "applied");
  group.start(1);
  group.wait_equal(group.all(), 60s, needed.height);
  auto again = group.talk(3);
  CHECK(cluster::propose(again, "score", "add", {"1"}, "before").height == before.height);
  for (const auto node : group.all()) {
    CHECK(group.log(node).find("misbehaved") == std::string::npos);
  }
}

TEST_CASE("a newcomer that is killed twice on the way goes on with what it had") {
  cluster group{{.settings = pruned_group::with_few_blocks({{"net.bytes_per_second", "524288"}})}};
  group.start_all();
  // A state of some 20 MiB.
  load users{group, {.clients = 8, .wanted = [](std::size_t client, std::uint64_t number) {
                       return wanted{"profile",
                                     "put",
                                     {std::to_string(client) + '-' + std::to_string(number),
                                      std::string(3'000, static_cast<char>('a' + number % 26))}};
                     }}};
  group.wait_until("the state is large and old blocks went", [&] {
    const auto status = status_of(group, 0);
    return status.contains("notary") && status.value("state_size", std::uint64_t{0}) > 20'000'000
           && oldest_of(group, 0) > 70 && oldest_of(group, 1) > 70 && oldest_of(group, 2) > 70
           && oldest_of(group, 3) > 70;
  });
  std::uint64_t last = 0;
  for (const auto& one : users.finish()) {
    last = std::max(last, one.height);
  }
  const auto size = status_of(group, 0).at("state_size").get<std::uintmax_t>();
  const auto late = group.add_client();
  const auto part = group.directory(late) / "snapshot.part";
  std::uintmax_t had = 0;
  for (const std::uintmax_t until : {2'000'000U, 8'000'000U}) {
    group.start(late);
    group.wait_until("some of the state is there", [&] { return size_of(part) > until; });
    group.kill(late);
    CHECK(size_of(part) > had);
    had = size_of(part);
  }
  CHECK(had < size);
  group.start(late);
  std::atomic<std::uintmax_t> most{0};
  group.wait_until("it has all", [&] {
    most = std::max<std::uintmax_t>(most, size_of(part));
    return group.log(late).find("goes on from the state behind block") != std::string::npos;
  });
  group.wait_equal({0, late}, 60s, last);
  INFO("a state of " << size << " bytes, " << had << " of it before, " << most << " in all");
  CHECK(most < size + size / 4); // nothing much was fetched twice
  CHECK_FALSE(has_any(group.directory(late), "snapshot."));
}

/// What node 0 gives: a liar offers the same.
snapshot_offer offer_of(pruned_group& group, const network_id& network) {
  const auto asker = masquerade::stranger();
  hostile_peer to{group.port(0)};
  REQUIRE(to.enter(asker, network));
  frame_header header;
  header.code = code_of<snapshot_request>;
  header.flags = flag_request;
  header.msg_id = 1;
  header.group = group_id{1};
  REQUIRE(to.send(header, encode(snapshot_request{offer_wanted{}}), network));
  while (const auto heard = to.read()) {
    if (heard->header.code == code_of<snapshot_response>) {
      return std::get<snapshot_offer>(decode<snapshot_response>(heard->body).value().what);
    }
  }
  throw std::runtime_error{"no offer came"};
}

TEST_CASE("one that gives a false part of the state is found at once, and the others give it") {
  pruned_group group;
  auto to = group.talk(0);
  for (int i = 0; i < 150; ++i) { // more than one answer holds: each source is asked
    const auto one =
      cluster::propose(to, "profile", "put", {"k" + std::to_string(i), std::string(3'000, 'x')});
    REQUIRE(one.outcome == "applied");
    group.last = one.height;
  }
  const auto raw = from_hex(status_of(group, 0).at("network_id").get<std::string>());
  REQUIRE((raw && raw->size() == network_id::size));
  network_id network;
  std::copy(raw->begin(), raw->end(), network.raw.begin());
  const auto liar = masquerade::of(group.directory(3) / "identity.key");
  static_cast<void>(group.stop(3));
  const auto offer = offer_of(group, network); // the group stands still: it stays the newest
  const auto late = group.add_newcomer();
  group.start(late);
  group.wait_until("it listens", [&] { return group.view(late).height == 0; });
  std::atomic<std::size_t> lies{0};
  false_member source{
    liar,
    network,
    {group.port(late)},
    [&](std::size_t, const hostile_peer::frame& asked) -> std::vector<false_member::said> {
      if (asked.header.code != code_of<snapshot_request>) {
        return {};
      }
      snapshot_response out;
      if (!std::holds_alternative<offer_wanted>(
            decode<snapshot_request>(asked.body).value().what)) {
        ++lies;
        out.what = place_entries{{{variable_id{1}, {}, bytes(8)}}};
      } else {
        out.what = offer;
      }
      return {{code_of<snapshot_response>, encode(out), asked.header.msg_id}};
    }};
  group.wait_equal({0, late}, 60s, group.last);
  CHECK(lies > 0);
  group.wait_until("its link is ended", [&] { return source.goodbye_of(0).has_value(); });
  CHECK(source.goodbye_of(0) == errc::bad_proof);
}

} // namespace
} // namespace caucus::harness
