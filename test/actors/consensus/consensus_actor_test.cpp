#include "actors/consensus/consensus_actor.hpp"

#include "actors/consensus/consensus_frames.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/virtual_clock.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

// The shell, driven by hand: rings and a clock of the test's own, a group of two of which the other
// member is the test.

namespace caucus {
namespace {

using namespace std::chrono_literals;

class disk final : public file_operations {
public:
  bool full = false;

  ::ssize_t write_at(int fd, bytes_view what, ::off_t offset) override {
    if (full) {
      errno = ENOSPC;
      return -1;
    }
    return file_operations::write_at(fd, what, offset);
  }
};

struct folder {
  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("caucus_consensus_" + std::to_string(::getpid()));
  folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { std::filesystem::remove_all(path); }
};

template <class T>
struct edge {
  std::shared_ptr<ring<T>> both;
  explicit edge(std::size_t capacity)
      : both{std::make_shared<ring<T>>(capacity, std::make_shared<doorbell>([] {}),
                                       std::make_shared<doorbell>([] {}))} {}
};

template <class T>
std::vector<T> drain_all(inbox<T>& from) {
  std::vector<T> out;
  from.drain(capacity_max, [&out](T item) { out.push_back(std::move(item)); });
  return out;
}

key_seed seed_of(std::uint8_t who) {
  std::array<std::byte, 32> raw{};
  raw[0] = std::byte{who};
  return key_seed{raw};
}

struct bench {
  virtual_clock clock{};
  context around{clock.steady(), clock.wall()};
  folder files{};
  disk storage{};
  std::shared_ptr<const secret_key> key = std::make_shared<const secret_key>(seed_of(1));
  std::shared_ptr<const secret_key> other = std::make_shared<const secret_key>(seed_of(2));
  std::shared_ptr<const genesis> from = make_genesis();
  network_id network = network_of(*from);
  std::shared_ptr<seeded_pool> pool = std::make_shared<seeded_pool>(1, 1, clock.steady());

  edge<from_net> net_in_edge{64};
  edge<to_net> net_out_edge;
  edge<to_consensus> notary_in_edge{64};
  edge<to_notary> notary_out_edge{2};
  edge<directive> directives_edge{64};
  edge<command_call> calls_edge{2};
  edge<command_reply> replies_edge{2};
  outbox<from_net> to_it{net_in_edge.both};
  inbox<to_net> sent{net_out_edge.both};
  outbox<to_consensus> as_notary{notary_in_edge.both};
  inbox<to_notary> told_notary{notary_out_edge.both};
  inbox<directive> directives{directives_edge.both};
  outbox<command_call> ask{calls_edge.both};
  inbox<command_reply> status{replies_edge.both};
  std::unique_ptr<consensus_actor> shell{};

  std::shared_ptr<const genesis> make_genesis() const {
    genesis out;
    out.name = "test";
    out.members = {{key->id(), "a", "localhost:1"}, {other->id(), "b", "localhost:2"}};
    return std::make_shared<const genesis>(out);
  }

  std::uint16_t protocol = protocol_version_min; ///< that the other member speaks

  explicit bench(std::size_t net_capacity = 64, std::uint16_t speaks = protocol_version_min)
      : net_out_edge{net_capacity}, protocol{speaks} {
    // Of a member that was told that it is new.
    REQUIRE(consensus_journal::open(files.path / "consensus.journal", &storage)
              ->write({voting::ceiling{}}));
    live();
  }

  /// A new life.
  void live() {
    shell.reset();
    inboxes<command_call> calls;
    calls.add(inbox<command_call>{calls_edge.both});
    outboxes<command_reply> replies;
    replies.add(outbox<command_reply>{replies_edge.both});
    shell = std::make_unique<consensus_actor>(
      consensus_actor::ports{inbox<from_net>{net_in_edge.both}, outbox<to_net>{net_out_edge.both},
                             inbox<to_consensus>{notary_in_edge.both},
                             outbox<to_notary>{notary_out_edge.both},
                             outbox<directive, when_full::drop>{directives_edge.both},
                             std::move(calls), std::move(replies)},
      around,
      consensus_setup{from, network, key, files.path / "consensus.journal", durability::disk,
                      std::nullopt, pool, &storage});
    block_header first;
    first.group = group_id{1};
    REQUIRE(as_notary.try_push(
      to_consensus{ledger_tip{digest_of(first), first, std::nullopt, {}, {}, false}}));
    REQUIRE(to_it.try_push(
      from_net{link_up{{link_id{7}, other->id(), node_mode::server, true, "", {}, protocol}}}));
    run();
  }

  void run() {
    for (int i = 0; i < 100; ++i) { // a shell that waits may say so for ever
      const bool did = shell->step();
      if (!did && !pool->run_one() && shell->idle()) {
        break;
      }
    }
  }
  void pass(duration time) {
    clock.advance(time);
    run();
  }
  void give_work() {
    REQUIRE(as_notary.try_push(
      to_consensus{batch_held{digest{{std::byte{5}}}, key->id(), batch_number{1}, 10, true}}));
    run();
  }
  std::vector<vote> votes_sent() {
    std::vector<vote> out;
    for (const auto& one : drain_all(sent)) {
      if (one.frame.code == code_of<vote>) {
        out.push_back(*decode<vote>(*one.frame.body));
      }
    }
    return out;
  }
  std::string problem() {
    REQUIRE(ask.try_push(command_call{call_opened{1, command_of(control_status{})}}));
    run();
    const auto got = drain_all(status);
    REQUIRE(got.size() == 1);
    return got.front().value->as<consensus_status>()->problem;
  }
  void hear(packet_code code, bytes body, std::uint64_t answers = 0) {
    frame_header header;
    header.code = code;
    header.group = group_id{1};
    REQUIRE(to_it.try_push(from_net{frame_in{
      link_id{7}, other->id(), header, std::make_shared<const bytes>(std::move(body)), answers}}));
    run();
  }
};

TEST_CASE("a view without a proposal is nullified, and the vote is signed and in the journal") {
  bench at;
  at.give_work();
  CHECK(at.votes_sent().empty());
  at.pass(1'100ms); // two deltas of 500 ms
  const auto votes = at.votes_sent();
  REQUIRE(votes.size() >= 1);
  const auto& mine = votes.front();
  CHECK(mine.subject == subject{vote_kind::nullify, epoch{}, view{1}, {}});
  CHECK(verify(at.key->id(), mine.signature, signed_bytes(at.network, group_id{1}, mine.subject)));
  at.shell.reset();
  auto journal = consensus_journal::open(at.files.path / "consensus.journal", nullptr);
  REQUIRE(journal);
  const auto records = journal->take_records();
  REQUIRE(records.size() == 3);
  CHECK(std::get<voting::own_life>(records[1]).number == 1);
  CHECK(std::get<voting::voted>(records.back()).vote == mine);
}

TEST_CASE("a start says its number, signed, and votes when the other has said what it knows") {
  bench at{64, protocol_version_max};
  const auto asked = [&] {
    std::optional<std::pair<life_request, std::uint64_t>> out;
    for (const auto& one : drain_all(at.sent)) {
      if (one.frame.code == code_of<life_request>) {
        out = std::pair{*decode<life_request>(*one.frame.body), one.request};
      }
    }
    return out;
  };
  const auto first = asked();
  REQUIRE(first);
  const auto& mine = first->first.mine;
  CHECK(mine.life.number == 1);
  CHECK(verify(at.key->id(), mine.signature, signed_bytes(at.network, group_id{1}, mine.life)));
  at.give_work();
  at.pass(5s);
  CHECK(at.votes_sent().empty());
  CHECK(at.problem().find("it votes once 1 other") == 0);
  at.pass(1s);
  const auto again = asked();
  REQUIRE(again);
  SECTION("which is nothing") {
    at.hear(code_of<life_response>, encode(life_response{}), again->second);
    at.pass(5s);
    CHECK_FALSE(at.votes_sent().empty());
    static_cast<void>(drain_all(at.told_notary)); // else the edge is full, and all else waits
    at.live();
    const auto next = asked();
    REQUIRE(next);
    CHECK(next->first.mine.life.number == 2);
  }
  SECTION("a vote of its own that its journal does not know") {
    life_response known;
    const subject on{vote_kind::nullify, epoch{}, view{4}, {}};
    const consensus_signer own{at.key, at.network, group_id{1}};
    known.last = vote{on, member_index{0}, own.sign(on)};
    at.hear(code_of<life_response>, encode(known), again->second);
    at.pass(5s);
    CHECK(at.votes_sent().empty());
    CHECK(at.problem().find("consensus.journal is older than what this member signed") == 0);
  }
  SECTION("a start after this one") {
    life_response known;
    const consensus_signer own{at.key, at.network, group_id{1}};
    known.other = signed_life{{9, 3}, own.sign(life{9, 3})};
    at.hear(code_of<life_response>, encode(known), again->second);
    CHECK(at.problem().find("consensus.journal is older than what this member signed") == 0);
    static_cast<void>(drain_all(at.told_notary)); // else the edge is full, and all else waits
    at.live();
    const auto next = asked();
    REQUIRE(next);
    CHECK(next->first.mine.life.number == 11);
  }
}

TEST_CASE(
  "a quorum of checked votes moves the shell to the next view, where it proposes and votes") {
  bench at;
  at.give_work();
  at.pass(1'100ms);
  static_cast<void>(drain_all(at.sent));
  const consensus_signer other{at.other, at.network, group_id{1}};
  const subject on{vote_kind::nullify, epoch{}, view{1}, {}};
  at.hear(code_of<vote>, encode(vote{on, member_index{1}, other.sign(on)}));
  bool proposed = false;
  bool voted = false;
  static_cast<void>(drain_all(at.told_notary));
  at.run();
  for (const auto& one : drain_all(at.sent)) {
    proposed = proposed || one.frame.code == code_of<proposal>;
    if (one.frame.code == code_of<vote>) {
      voted = voted || decode<vote>(*one.frame.body)->subject.kind == vote_kind::notarize;
    }
  }
  CHECK(proposed);
  CHECK(voted);
}

TEST_CASE("on a full disk nothing signed leaves, status says why, and with space voting goes on") {
  bench at;
  at.give_work();
  at.storage.full = true;
  at.pass(1'100ms);
  at.pass(5s);
  CHECK(at.votes_sent().empty());
  CHECK(at.problem().find("disk_full") != std::string::npos);
  at.storage.full = false;
  at.pass(1'100ms);
  const auto votes = at.votes_sent();
  REQUIRE(!votes.empty());
  CHECK(votes.front().subject.kind == vote_kind::nullify);
  CHECK(at.problem().empty());
}

TEST_CASE("a new life says again what the former one signed") {
  bench at;
  at.give_work();
  at.pass(1'100ms);
  const auto before = at.votes_sent();
  REQUIRE(!before.empty());
  static_cast<void>(drain_all(at.told_notary));
  at.live();
  const auto after = at.votes_sent();
  REQUIRE(after.size() == 1);
  CHECK(after.front() == before.front());
}

TEST_CASE("a body that is none, and a code that is not consensus's, are blamed on their link") {
  bench at;
  for (const auto code : {code_of<vote>, code_of<batch>}) {
    at.hear(code, bytes(3));
    const auto said = drain_all(at.directives);
    REQUIRE(said.size() == 1);
    CHECK(std::get<blame>(said.front()).link == link_id{7});
  }
}

TEST_CASE("a response that cannot be read is blamed, and what was asked for is asked for again") {
  bench at;
  const subject on{vote_kind::notarize, epoch{}, view{3}, digest{{std::byte{9}}}};
  const auto text = signed_bytes(at.network, group_id{1}, on);
  at.hear(code_of<certificate>,
          encode(certificate{on, 3, {sign(*at.key, text), sign(*at.other, text)}}));
  const auto tags_asked = [&at] {
    std::vector<std::uint64_t> out;
    drain_all(at.told_notary); // what waits for it holds up what is said after it
    at.run();
    for (const auto& one : drain_all(at.sent)) {
      if (one.frame.code == code_of<proposal_request>) {
        out.push_back(one.request);
      }
    }
    return out;
  };
  for (const auto code : {code_of<proposal_response>, code_of<read_response>}) {
    const auto tags = tags_asked();
    REQUIRE(tags.size() == 1);
    at.hear(code, bytes(3), tags.front());
    CHECK(drain_all(at.directives).size() == 1);
    at.pass(5s);
  }
  CHECK(tags_asked().size() == 1);
}

TEST_CASE("a false vote is blamed on its link and counts for nothing") {
  bench at;
  at.give_work();
  at.pass(1'100ms);
  const subject on{vote_kind::nullify, epoch{}, view{1}, {}};
  at.hear(code_of<vote>, encode(vote{on, member_index{1}, {}}));
  const auto said = drain_all(at.directives);
  REQUIRE(said.size() == 1);
  CHECK(std::get<blame>(said.front()).code == errc::bad_signature);
}

TEST_CASE(
  "a full edge to the network loses, doubles and reorders nothing, and stops what comes in") {
  bench at{4};
  static_cast<void>(drain_all(at.sent));
  frame_header header;
  header.code = code_of<certificate_request>;
  header.flags = flag_request;
  header.group = group_id{1};
  const auto body = std::make_shared<const bytes>(encode(certificate_request{view{1}, view{2}}));
  std::uint64_t asked = 0;
  int refused = 0;
  while (refused < 3) { // until it takes in no more, whatever time passes
    header.msg_id = asked + 1;
    if (at.to_it.try_push(from_net{frame_in{link_id{7}, at.other->id(), header, body, 0}})) {
      ++asked;
      refused = 0;
      if (asked % 200 == 0) {
        at.clock.advance(1s); // of one link, no more is answered in one interval
        at.run();
      }
    } else {
      at.run();
      ++refused;
    }
    REQUIRE(asked < 20'000);
  }
  CHECK(asked >= 8'192);
  CHECK(asked <= 8'192 + 256 + 64);
  INFO("the notary is heard all the same");
  for (std::uint8_t i = 0; i < 60; ++i) {
    REQUIRE(at.as_notary.try_push(
      to_consensus{batch_held{digest{{std::byte{i}}}, at.key->id(), batch_number{i}, 10, true}}));
  }
  at.run();
  CHECK(at.as_notary.try_push(to_consensus{ledger_advanced{height{0}}}));
  at.run();
  CHECK(at.shell->idle()); // it waits for space, and turns no more
  INFO("and as the network takes them, all answers leave in the order asked");
  std::uint64_t answered = 0;
  for (int i = 0; i < 20'000 && answered < asked; ++i) {
    at.sent.drain(4, [&](to_net one) {
      if (one.responds_to != 0) {
        REQUIRE(one.responds_to == ++answered);
      }
    });
    at.run();
    if (i % 50 == 0) {
      at.clock.advance(1s);
      at.run();
    }
  }
  CHECK(answered == asked);
}

TEST_CASE(
  "a full edge to the notary holds back in order what comes behind, and nothing stands still") {
  bench at;
  at.give_work();
  const consensus_signer other{at.other, at.network, group_id{1}};
  std::vector<view> entered;
  std::vector<view> voted;
  const auto look = [&] {
    at.told_notary.drain(1, [&](const to_notary& one) {
      if (const auto* const in = std::get_if<view_entered>(&one)) {
        entered.push_back(in->view);
      }
    });
    for (const auto& one : at.votes_sent()) {
      if (one.subject.kind == vote_kind::nullify
          && (voted.empty() || voted.back() != one.subject.view)) {
        voted.push_back(one.subject.view);
      }
    }
  };
  for (std::uint64_t in = 1; in <= 30; ++in) { // the notary takes nothing: its edge holds two items
    const subject on{vote_kind::nullify, epoch{}, view{in}, {}};
    at.hear(code_of<vote>, encode(vote{on, member_index{1}, other.sign(on)}));
    at.pass(60s);
  }
  CHECK(at.votes_sent().size() < 10);
  for (int i = 0; i < 500; ++i) {
    look();
    at.run();
  }
  REQUIRE(entered.size() >= 30);
  for (std::size_t i = 1; i < entered.size(); ++i) {
    CHECK(entered[i] == entered[i - 1].next());
  }
  REQUIRE(!voted.empty());
  CHECK(std::is_sorted(voted.begin(), voted.end()));
}

} // namespace
} // namespace caucus
