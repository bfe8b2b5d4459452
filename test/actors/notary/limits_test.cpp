#include "test/actors/notary/group.hpp"
#include "test/catch.hpp"

#include "actors/notary/puller.hpp"

using namespace caucus;
using namespace caucus::testing;

// What peers, members and strangers, cannot make a notary hold or do.

namespace {

template <class Action>
std::vector<Action> wanted(const group::node& n) {
  std::vector<Action> out;
  for (const auto& one : n.actions) {
    if (const auto* const fits = std::get_if<Action>(&one)) {
      out.push_back(*fits);
    }
  }
  return out;
}

} // namespace

TEST_CASE("a stranger's pages: two wait, the rest is answered at once, one is read a turn") {
  group g{small_genesis(), 2};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  auto& n = g.at(0);
  for (std::uint64_t i = 0; i < 256; ++i) {
    g.step(0, notary_in::peer_asked{g.link_to(4), g.at(4).key->id(), 1'000 + i,
                                    chain_request{height{1}, 10}});
  }
  CHECK(wanted<notary_out::load>(n).empty());
  CHECK(wanted<notary_out::respond>(n).size() == 254);
  for (const auto& one : wanted<notary_out::respond>(n)) {
    CHECK(std::get<chain_page>(one.response) == chain_page{});
  }
  n.actions.clear();
  INFO("a member's goes first");
  g.step(0, notary_in::peer_asked{g.link_to(1), g.at(1).key->id(), 7, chain_request{height{2}, 1}});
  std::vector<height> from;
  for (int turn = 0; turn < 10; ++turn) {
    n.core->finish_turn({g.now, {}, n.actions});
    const auto loads = wanted<notary_out::load>(n);
    REQUIRE(loads.size() <= 1);
    n.actions.clear();
    if (!loads.empty()) {
      CHECK_FALSE(loads[0].bodies);
      from.push_back(loads[0].first);
      g.step(0, notary_in::loaded{loads[0].token, {n.kept.ledger.at(loads[0].first.value() - 1)}});
    }
  }
  CHECK(from == std::vector<height>{height{2}, height{1}, height{1}});
}

TEST_CASE("a page goes on over blocks without a certificate, a part a turn, and has an end") {
  group g{small_genesis(), 1};
  g.order();
  auto& n = g.at(0);
  auto bare = std::make_shared<final_block>(*n.kept.ledger.at(0));
  bare->finalization.reset();
  for (int i = 0; i < 100; ++i) {
    g.order();
  }
  g.step(0,
         notary_in::peer_asked{g.link_to(4), g.at(4).key->id(), 7, chain_request{height{1}, 90}});
  std::size_t parts = 0;
  for (int turn = 0; turn < 100; ++turn) {
    n.core->finish_turn({g.now, {}, n.actions});
    const auto loads = wanted<notary_out::load>(n);
    if (loads.empty()) {
      break;
    }
    CHECK(loads[0].first == height{++parts});
    CHECK(loads[0].size_max <= 4 * 1024 * 1024);
    n.actions.clear();
    g.step(0, notary_in::loaded{loads[0].token, {bare}});
  }
  CHECK(parts == 64);
  REQUIRE(wanted<notary_out::respond>(n).size() == 1);
  CHECK(std::get<chain_page>(wanted<notary_out::respond>(n)[0].response) == chain_page{});
}

TEST_CASE("a read that nobody waits for any more takes no place") {
  notary_config config;
  config.reads_max = 2;
  group g{small_genesis(), 0, {}, config};
  const auto ask = [&](request_tag tag) {
    g.step(0,
           notary_in::asked{
             0, get_request{tag, {"score", {}, false, height{100}}, false, duration{60'000'000}}});
    g.run();
    const auto told = g.answers<get_answer>(0, tag);
    return told.empty() ? std::optional<errc>{} : std::optional{told[0].answer.error().code};
  };
  CHECK_FALSE(ask(1));
  CHECK_FALSE(ask(2));
  CHECK(ask(3) == errc::busy);
  g.step(0, notary_in::asked{1, unsubscribe_request{1}}); // another's
  CHECK(ask(4) == errc::busy);
  g.step(0, notary_in::asked{0, unsubscribe_request{1}});
  CHECK_FALSE(ask(5));
  CHECK(ask(6) == errc::busy);
}

TEST_CASE("peers' reads that wait take no local user's place") {
  notary_config config;
  config.reads_max = 64;
  config.reads_per_link_max = 16;
  group g{small_genesis(), 7, {}, config};
  static_cast<void>(g.propose(0, "score", "add", {"1"}));
  g.order();
  auto& n = g.at(0);
  std::uint64_t id = 1'000;
  const auto ask = [&](std::size_t who, std::uint64_t at_least) {
    n.actions.clear();
    g.step(0, notary_in::peer_asked{g.link_to(who), g.at(who).key->id(), id++,
                                    read_request{"score", {}, false, height{at_least}}});
    n.core->finish_turn({g.now, {}, n.actions});
    const auto all = wanted<notary_out::respond>(n);
    REQUIRE(all.size() <= 1);
    return all.empty() ? std::optional<read_response>{}
                       : std::optional{std::get<read_response>(all[0].response)};
  };
  INFO("absurdly far ahead: at once");
  REQUIRE(ask(4, std::uint64_t{1} << 63U));
  CHECK(ask(4, std::uint64_t{1} << 63U)->code == errc::not_yet);
  CHECK(ask(4, ~std::uint64_t{0})->code == errc::not_yet);
  INFO("16 of a link wait, and 64 in all, but one of each link");
  std::size_t waiting = 0;
  for (std::size_t who = 4; who < 10; ++who) {
    for (int i = 0; i < 20; ++i) {
      const auto said = ask(who, 100);
      waiting += said ? 0 : 1;
      CHECK((!said || said->code == errc::busy));
      CHECK((waiting - 1) / 16 <= who - 4);
    }
  }
  CHECK(waiting == 66);
  INFO("who has asked for nothing yet is answered all the same");
  CHECK(ask(4, 1)->code == errc::busy);
  CHECK(ask(10, 1)->answer);
  n.actions.clear();
  const auto later = g.get(0, "score", {}, false, false, height{4});
  for (int i = 1; i < 64; ++i) {
    static_cast<void>(g.get(0, "score", {}, false, false, height{4}));
  }
  CHECK(wanted<notary_out::tell>(n).empty());
  const auto now = g.get(0, "score");
  const auto too_many = g.get(0, "score", {}, false, false, height{4});
  g.run();
  CHECK(g.value_for(0, now) == "1");
  CHECK(g.answer_for(0, too_many).error().code == errc::busy);
  g.order();
  g.order();
  CHECK(g.value_for(0, later) == "1");
}

TEST_CASE("an author who may write nothing leaves nothing in the state, nor in the pool") {
  auto from = small_genesis();
  from.variables.resize(3); // those that members write
  group g{from, 2};
  const mutation nonsense{variable_id{99}, operation_id{0}, {}};
  const auto stray = g.signed_batch(4, g.at(4).key->id(), batch_number{1}, {encode(nonsense)});
  const auto id = digest_of(stray->header);
  g.step(0, notary_in::batch_arrived{g.link_to(4), g.at(4).key->id(), stray});
  g.run();
  CHECK(g.at(0).held.empty());
  INFO("a proposal lists it all the same");
  for (std::size_t i = 0; i < 4; ++i) {
    g.step(i, to_notary{want_batches{{}, {id}, std::nullopt}});
    g.step(i, notary_in::batch_arrived{g.link_to(4), g.at(4).key->id(), stray});
  }
  g.run();
  CHECK(g.at(0).held == std::vector<digest>{id});
  g.at(4).linked = g.at(5).linked = false;
  g.make_final(g.make_block({id}));
  CHECK(g.at(0).core->final_height() == height{1});
  CHECK(g.at(0).kept.ledger.at(0)->skipped == std::vector<std::uint8_t>{1});
  CHECK(g.at(0).held.empty());
  g.step(0, notary_in::asked{0, status_request{77}});
  g.run();
  CHECK(g.answers<notary_status>(0, 77).at(0).state_entries == 0);
  CHECK(g.answers<notary_status>(0, 77).at(0).batches_waiting == 0);
  const auto tag = g.propose(5, "motto", "set", {"x"});
  g.run();
  CHECK(g.receipt_for(5, tag).error().code == errc::not_a_writer);
}

TEST_CASE("the state remembers so many strangers and no more; members and known ones write on") {
  group g{small_genesis(), 3};
  const auto rules = compile_rules(g.from()).value();
  state_tree state{rules->variable_count()};
  const auto path = path_of(bookkeeping, {});
  state.put(path, {}, stored_number(strangers_max - 1));
  const auto post = g.encoded(4, "load", "post", {"x"});
  const auto of = [&](std::size_t who, std::uint64_t number) {
    return g.signed_batch(who, g.at(who).key->id(), batch_number{number}, {post});
  };
  const auto header = g.make_block({})->header;
  const std::vector all{of(4, 1), of(5, 1), of(4, 2), of(0, 1)};
  const auto made = execute(*rules, genesis_base(*rules, state), header, all);
  CHECK(made.skipped == std::vector<std::uint8_t>{0, 1, 0, 0});
  CHECK(read_stored_number(*made.state.get(path)) == strangers_max);
  CHECK(over_up_to(*rules, genesis_base(*rules, made.state), g.at(4).key->id()) == batch_number{2});
  CHECK(over_up_to(*rules, genesis_base(*rules, made.state), g.at(0).key->id()) == batch_number{1});
  CHECK(over_up_to(*rules, genesis_base(*rules, made.state), g.at(1).key->id()) == batch_number{});
  CHECK(over_up_to(*rules, genesis_base(*rules, made.state), g.at(6).key->id())
        == batch_number{~std::uint64_t{0}});
  CHECK(last_number(made.state, g.at(5).key->id()) == batch_number{});
}

TEST_CASE("a proposal makes a node take one block's bytes, and keep them for some views") {
  notary_config config;
  config.author_batches_max = config.unordered_max;
  group g{small_genesis(), 1, {}, config};
  std::vector<shared_batch> all;
  want_batches list{{}, {}, std::nullopt};
  const auto post = g.encoded(4, "load", "post", {std::string(4'000, 'x')});
  for (std::uint64_t i = 1; i <= 64; ++i) {
    all.push_back(
      g.signed_batch(4, g.at(4).key->id(), batch_number{i}, std::vector<bytes>(50, post)));
    list.missing.push_back(digest_of(all.back()->header));
  }
  const auto fit = block_payload_size_max / all[0]->body.size();
  g.step(0, to_notary{view_entered{view{1}, member_index{1}}});
  g.step(0, to_notary{list});
  for (const auto& one : all) {
    g.step(0, notary_in::batch_arrived{g.link_to(4), g.at(4).key->id(), one});
    g.run();
  }
  CHECK(fit < 64);
  CHECK(g.at(0).held.size() == fit);
  INFO("nor is more of it asked for");
  g.now += duration{10'000'000};
  g.at(0).core->finish_turn({g.now, {}, g.at(0).actions});
  CHECK(wanted<notary_out::request>(g.at(0)).empty());
  INFO("what a notarized block lists stays");
  const auto block = g.make_block({list.missing[0], list.missing[39]});
  g.notarized(0, block);
  g.run();
  for (std::uint64_t in = 2; in < 11; ++in) {
    CHECK(g.at(0).held.size() == fit);
    g.step(0, to_notary{view_entered{view{in}, member_index{1}}});
    g.run();
  }
  CHECK(g.at(0).held.size() == config.author_batches_max);
  const auto& held = g.at(0).held;
  CHECK(std::find(held.begin(), held.end(), list.missing[0]) != held.end());
  CHECK(std::find(held.begin(), held.end(), list.missing[39]) != held.end());
}

TEST_CASE("what notarized blocks list is pulled before what proposals list") {
  const auto from = small_genesis();
  notary_config config;
  config.pulls_max = 1;
  peer_table peers{committee_of(from), from.members[0].peer};
  peers.up(link_id{2}, from.members[1].peer, node_mode::server, true);
  puller pulls{config, peers};
  std::vector<notary_out::action> out;
  const notary_turn t{{{}, {}, out}};
  const auto proposed = sha256(as_bytes("proposed"));
  const auto listed = sha256(as_bytes("listed"));
  pulls.want(proposed, {}, std::nullopt, false, t);
  pulls.want(listed, {}, std::nullopt, true, t);
  pulls.pump(t);
  REQUIRE(out.size() == 1);
  CHECK(std::get<batch_request>(std::get<notary_out::request>(out[0]).request).digest == listed);
}

TEST_CASE("a check that our own workers did not end is tried again, and nobody is blamed") {
  group g{small_genesis(), 1};
  auto& n = g.at(0);
  const auto one =
    g.signed_batch(4, g.at(4).key->id(), batch_number{1}, {g.encoded(4, "load", "post", {"x"})});
  g.step(0, notary_in::batch_arrived{g.link_to(4), g.at(4).key->id(), one});
  for (const auto why : {errc::timed_out, errc::internal}) {
    const auto checks = wanted<notary_out::check_batch>(n);
    REQUIRE(checks.size() == 1);
    n.actions.clear();
    g.step(0, notary_in::batch_checked{checks[0].token, fail(why)});
  }
  g.run();
  CHECK(g.at(0).blames.empty());
  CHECK(g.at(0).held == std::vector<digest>{digest_of(one->header)});
  INFO("but not for ever");
  const auto two =
    g.signed_batch(4, g.at(4).key->id(), batch_number{2}, {g.encoded(4, "load", "post", {"x"})});
  g.step(0, notary_in::batch_arrived{g.link_to(4), g.at(4).key->id(), two});
  std::size_t tried = 0;
  for (auto checks = wanted<notary_out::check_batch>(n); !checks.empty() && tried < 10; ++tried) {
    n.actions.clear();
    g.step(0, notary_in::batch_checked{checks[0].token, fail(errc::internal)});
    checks = wanted<notary_out::check_batch>(n);
  }
  CHECK(tried == 3);
  g.run();
  CHECK(g.at(0).blames.empty());
  CHECK(g.at(0).held.size() == 1);
}

TEST_CASE("bad copies that come first do not keep the true batch out") {
  group g{small_genesis(), 2};
  auto& n = g.at(0);
  const auto by = g.at(4).key->id();
  const auto good = g.signed_batch(4, by, batch_number{1}, {g.encoded(4, "load", "post", {"x"})});
  batch forged = *good;
  forged.signature.raw[3] ^= std::byte{1};
  batch other_body = *good;
  other_body.body.back() ^= std::byte{1};
  batch longer = *good;
  longer.body.resize(1'000);
  const auto arrives = [&](std::size_t from, const batch& what) {
    g.step(0, notary_in::batch_arrived{g.link_to(from), g.at(from).key->id(),
                                       std::make_shared<const batch>(what)});
  };
  arrives(3, longer);
  arrives(5, forged);
  arrives(1, other_body); // takes the place beside
  arrives(4, *good);      // the author's own: takes it over
  arrives(2, other_body);
  CHECK(wanted<notary_out::check_batch>(n).size() == 1);
  g.run();
  CHECK(n.held == std::vector<digest>{digest_of(good->header)});
  REQUIRE(n.blames.size() == 2);
  CHECK(n.blames[0].link == g.link_to(3));
  CHECK(n.blames[1].link == g.link_to(5));
}

TEST_CASE(
  "what the disk is to have is read in portions, of one height whatever changes meanwhile") {
  notary_config config;
  config.store_after = duration{1};
  config.store_entries_at_once = 3;
  group g{small_genesis(), 0, {}, config};
  for (int i = 0; i < 40; ++i) {
    static_cast<void>(g.propose(0, "tags", "insert", {"t" + std::to_string(i)}));
  }
  g.order();
  g.order();
  auto& n = g.at(1);
  g.now += duration{10};
  n.actions.clear();
  n.core->step(notary_in::tick{}, {g.now, {}, n.actions});
  std::size_t turns = 0;
  const notary_out::store_state* stored = nullptr;
  while (stored == nullptr && turns < 100) {
    n.core->finish_turn({g.now, {}, n.actions});
    n.core->finish_turn({g.now, {}, n.actions}); // nothing more at once
    ++turns;
    if (turns == 1) { // whoever sleeps wakes for it
      REQUIRE(n.core->next_wake());
      CHECK(*n.core->next_wake() <= g.now + config.store_pause);
    }
    g.now += config.store_pause;
    if (turns == 2) { // what comes now is of a later height
      const auto late = g.signed_batch(0, key_of(0).id(), batch_number{99},
                                       {g.encoded(0, "tags", "insert", {"late"})});
      g.step(1, notary_in::batch_arrived{g.link_to(0), key_of(0).id(), late});
    }
    for (const auto& one : n.actions) {
      stored = std::holds_alternative<notary_out::store_state>(one)
                 ? &std::get<notary_out::store_state>(one)
                 : stored;
    }
  }
  REQUIRE(stored != nullptr);
  CHECK(stored->changed.size() >= 40);
  CHECK(turns >= stored->changed.size() / 3);
  g.run();
  g.restart(1); // its root is the ledger's, or it would not start
  CHECK(g.at(1).core->state_root() == g.at(0).core->state_root());
}
