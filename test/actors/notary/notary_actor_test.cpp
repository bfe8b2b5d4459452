#include "actors/notary/notary_actor.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/virtual_clock.hpp"
#include "runtime/variables/catalog.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>
#include <set>

using namespace caucus;

namespace {

std::shared_ptr<secret_key> the_key() {
  std::array<std::byte, 32> raw{};
  raw.fill(std::byte{7});
  return std::make_shared<secret_key>(key_seed{raw});
}

genesis lone_genesis() {
  genesis out;
  out.name = "lone";
  out.members = {{the_key()->id(), "m0", "localhost:1"}};
  variable_declaration score;
  score.name = "score";
  score.kind = variable_kind::counter;
  out.variables = {score};
  return out;
}

/// The far ends of a lone member's notary, which the test holds: it is consensus, network and user.
struct place {
  std::filesystem::path folder;
  virtual_clock clock{time_point{duration{1}}};
  std::shared_ptr<doorbell> bell = std::make_shared<doorbell>([] {});
  context around{clock.steady(), clock.wall(), bell};
  std::shared_ptr<seeded_pool> pool = std::make_shared<seeded_pool>(1, 2, clock.steady());
  std::shared_ptr<seeded_pool> storer = std::make_shared<seeded_pool>(2, 1, clock.steady());
  bool disk_is_slow = false; ///< the stored state is never written
  template <class T>
  std::shared_ptr<ring<T>> edge(std::size_t capacity = 64) {
    return std::make_shared<ring<T>>(capacity, bell, bell);
  }
  std::shared_ptr<ring<from_net>> net_in = edge<from_net>();
  std::shared_ptr<ring<to_net>> net_out = edge<to_net>();
  std::shared_ptr<ring<to_notary>> consensus_in = edge<to_notary>();
  std::shared_ptr<ring<to_consensus>> consensus_out = edge<to_consensus>();
  std::shared_ptr<ring<directive>> directives = edge<directive>();
  std::shared_ptr<ring<notary_request>> requests = edge<notary_request>(1024);
  std::shared_ptr<ring<notary_answer>> answers = edge<notary_answer>(2);
  outbox<to_notary> say{consensus_in};
  inbox<to_consensus> heard{consensus_out};
  outbox<notary_request> ask{requests};
  inbox<notary_answer> told{answers};
  outbox<from_net> from_peers{net_in};
  inbox<to_net> sent{net_out};
  std::unique_ptr<notary_actor> actor;

  std::vector<notary_answer> got;
  std::vector<batch_held> held;
  std::optional<ledger_tip> tip;
  std::optional<executed> root;
  view in{0};

  explicit place(std::filesystem::path where) : folder{std::move(where)} { start(); }

  void start() {
    actor.reset();
    notary_actor::ports ends;
    ends.net_in = inbox<from_net>{net_in};
    ends.net_out = outbox<to_net>{net_out};
    ends.consensus_in = inbox<to_notary>{consensus_in};
    ends.consensus_out = outbox<to_consensus>{consensus_out};
    ends.directives = outbox<directive, when_full::drop>{directives};
    ends.requests.add(inbox<notary_request>{requests});
    ends.answers.add(outbox<notary_answer>{answers});
    notary_actor_setup setup;
    setup.genesis = std::make_shared<const genesis>(lone_genesis());
    setup.rules = compile_rules(*setup.genesis).value();
    setup.network = network_id_of(*setup.genesis, {});
    setup.key = the_key();
    setup.folder = folder;
    setup.pool = pool;
    setup.storer = storer;
    setup.config.store_after = duration{1'000};
    actor = std::make_unique<notary_actor>(std::move(ends), around, setup);
    REQUIRE(say.try_push(to_notary{group_height{}})); // as consensus does, once in a life
  }
  void run() {
    bool any = true;
    while (any) {
      any = actor->step();
      any = pool->run_one() || any;
      any = (!disk_is_slow && storer->run_one()) || any;
      any = heard.drain(64, [this](to_consensus&& one) { hear(one); }) > 0 || any;
      any =
        told.drain(64, [this](notary_answer&& one) { got.push_back(std::move(one)); }) > 0 || any;
      any = any || !actor->idle();
    }
  }
  void hear(to_consensus& one) {
    if (auto* const begins = std::get_if<ledger_tip>(&one)) {
      tip = *begins;
      root = executed{begins->id, begins->state_root, begins->receipts_root};
    } else if (auto* const batch = std::get_if<batch_held>(&one)) {
      held.push_back(*batch);
    } else if (auto* const done = std::get_if<executed>(&one)) {
      root = *done;
    }
  }
  void order(std::vector<digest> batches) {
    auto header = tip->header;
    header.parent = root->id;
    header.parent_view = header.view;
    header.state_root = root->state_root;
    header.receipts_root = root->receipts_root;
    header.height = header.height.next();
    in = view{std::max(in.value(), header.view.value()) + 1};
    header.view = in;
    header.payload = payload_digest(batches);
    const auto id = digest_of(header);
    const subject on{vote_kind::finalize, header.epoch, header.view, id};
    const auto network = network_id_of(lone_genesis(), {});
    const certificate by{on, 1, {sign(*the_key(), signed_bytes(network, header.group, on))}};
    tip->header = header;
    REQUIRE(say.try_push(to_notary{
      block_finalized{id, std::make_shared<const block>(block{header, std::move(batches)}), by}}));
    run();
  }
  void propose(request_tag tag, std::int64_t step) {
    REQUIRE(ask.try_push(notary_request{
      propose_request{tag, "", encode(mutation{variable_id{1}, operation_id{0}, {argument{step}}}),
                      duration{5'000'000}}}));
  }
  std::string score() {
    REQUIRE(ask.try_push(
      notary_request{get_request{9'999, {"score", {}, false, {}}, false, duration{1'000'000}}}));
    run();
    const auto& last = std::get<get_answer>(got.back());
    REQUIRE(last.answer);
    const auto good = verify_answer(lone_genesis(), committees{lone_genesis()},
                                    network_id_of(lone_genesis(), {}), **last.answer, verify);
    REQUIRE(good);
    const auto number = read_stored_number(*good->entries[0].value);
    return std::to_string(static_cast<std::int64_t>(number.value()));
  }
};

struct scratch {
  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("notary_" + std::to_string(std::random_device{}()));
  scratch() { std::filesystem::create_directories(path); }
  ~scratch() { std::filesystem::remove_all(path); }
};

} // namespace

TEST_CASE(
  "the notary's first word is the ledger's tip, and receipts come after the block is final") {
  scratch here;
  place p{here.path};
  p.run();
  REQUIRE(p.tip);
  CHECK(p.tip->header.height == height{0});
  for (request_tag tag = 1; tag <= 100; ++tag) { // far more than the answers' edge holds
    p.propose(tag, 1);
  }
  p.run();
  REQUIRE(p.held.size() == 1);
  CHECK(p.got.empty());
  p.order({p.held[0].id});
  p.order({});
  CHECK(p.got.size() == 100);
  CHECK(p.score() == "100");
}

TEST_CASE("after a restart the state is that of the files, with or without the stored state") {
  scratch here;
  {
    place p{here.path};
    p.run();
    for (int i = 0; i < 20; ++i) {
      p.propose(1, 1);
      p.run();
      p.order({p.held.back().id});
      p.order({});
      p.clock.advance(duration{10'000});
      p.run();
    }
    p.start();
    p.run();
    CHECK(p.tip->header.height == height{40});
    CHECK(p.score() == "20");
  }
  {
    place p{here.path};
    p.run();
    CHECK(p.score() == "20");
  }
  std::filesystem::remove(here.path / "state.sqlite");
  place p{here.path};
  p.run();
  CHECK(p.tip->header.height == height{40});
  CHECK(p.score() == "20");
}

TEST_CASE("no check and no receipt waits for the stored state to be written") {
  scratch here;
  place p{here.path};
  p.disk_is_slow = true;
  p.run();
  for (request_tag tag = 1; tag <= 5; ++tag) {
    p.propose(tag, 1);
    p.run();
    p.order({p.held.back().id});
    p.order({});
    p.clock.advance(duration{10'000});
    p.run();
  }
  CHECK(p.got.size() == 5);
  CHECK_FALSE(p.pool->run_one()); // what checks are made by has nothing to do with it
  CHECK(p.storer->run_one());
}

TEST_CASE(
  "a full edge to the network holds back peers and users, loses nothing, and never consensus") {
  scratch here;
  place p{here.path};
  p.run();
  REQUIRE(p.from_peers.try_push(from_net{link_up{{link_id{7}, {}, node_mode::server, true, ""}}}));
  p.run();
  frame_header header;
  header.code = code_of<chain_request>;
  header.flags = flag_request;
  header.group = p.tip->header.group;
  const auto body = std::make_shared<const bytes>(encode(chain_request{height{1}, 10}));
  std::uint64_t asked = 0;
  int refused = 0;
  while (refused < 3) {
    header.msg_id = asked + 1;
    if (p.from_peers.try_push(from_net{frame_in{link_id{7}, {}, header, body, 0}})) {
      ++asked;
      refused = 0;
    } else {
      p.run();
      ++refused;
    }
    REQUIRE(asked < 5'000);
  }
  CHECK(asked <= 4 * 64); // the edge out, what one turn took, and the edge in
  p.propose(1, 1);
  p.run();
  CHECK(p.held.empty());
  CHECK(p.got.empty());
  INFO("consensus is served all the while");
  p.order({});
  p.order({});
  CHECK(p.root->id == digest_of(p.tip->header));
  INFO("as the network takes them, each is answered once, then users are heard");
  std::set<std::uint64_t> answered; // those that need the ledger after those that need not
  for (int i = 0; i < 2'000 && (answered.size() < asked || p.held.empty()); ++i) {
    p.sent.drain(1, [&](const to_net& one) {
      if (one.responds_to != 0) {
        REQUIRE(one.responds_to <= asked);
        REQUIRE(answered.insert(one.responds_to).second);
      }
    });
    p.run();
  }
  CHECK(answered.size() == asked);
  REQUIRE(p.held.size() == 1);
  p.order({p.held[0].id});
  p.order({});
  CHECK(p.got.size() == 1);
}

TEST_CASE("a full edge to consensus loses and reorders nothing") {
  scratch here;
  place p{here.path};
  p.run();
  std::vector<digest> first_seen;
  for (request_tag tag = 1; tag <= 40; ++tag) {
    p.propose(tag, 1);
    p.run();
    REQUIRE(!p.held.empty());
    first_seen.push_back(p.held.back().id);
    p.order({p.held.back().id});
  }
  std::vector<height> advanced;
  std::size_t rounds = 0;
  // The same once more, but consensus takes one item a turn of an edge of 64.
  for (int i = 0; i < 300; ++i) {
    auto header = p.tip->header;
    header.parent = p.root->id;
    header.parent_view = header.view;
    header.state_root = p.root->state_root;
    header.receipts_root = p.root->receipts_root;
    header.height = header.height.next();
    header.view = header.view.next();
    header.payload = payload_digest({});
    const auto id = digest_of(header);
    p.tip->header = header;
    // An empty block changes neither state nor receipts but the first time.
    if (i < 2) {
      p.in = header.view;
      REQUIRE(p.say.try_push(to_notary{
        block_finalized{id, std::make_shared<const block>(block{header, {}}), std::nullopt}}));
      p.run();
      continue;
    }
    p.root->id = id;
    while (!p.say.try_push(to_notary{
      block_finalized{id, std::make_shared<const block>(block{header, {}}), std::nullopt}})) {
      while (p.actor->step()) {
      }
      ++rounds;
      REQUIRE(rounds < 10'000);
    }
    while (p.actor->step()) {
    }
  }
  for (int i = 0; i < 2'000; ++i) {
    p.heard.drain(1, [&](const to_consensus& one) {
      if (const auto* const up = std::get_if<ledger_advanced>(&one)) {
        advanced.push_back(up->height);
      }
    });
    while (p.actor->step()) {
    }
  }
  REQUIRE(!advanced.empty());
  CHECK(std::is_sorted(advanced.begin(), advanced.end()));
  CHECK(advanced.back() == p.tip->header.height);
}
