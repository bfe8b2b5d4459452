#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/snapshot_file.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "test/actors/lost_folders.hpp"

#include <string_view>

/// The network that goes on from what is left of another.

namespace caucus::testing {
namespace {

struct continued_group {
  lost_group before{};
  continued made;
  network_id network;
  test::temporary_folder folder{};
  fs::path file = folder / "state.snapshot";

  explicit continued_group(std::vector<member> members = small_genesis(3).members) {
    before.write(0);
    before.write(1);
    auto out = continue_with(require(before.newest({0, 1})), before.g.from(), before.g.network(),
                             std::move(members), wall_ms{50'000});
    if (!out) {
      FAIL(to_string(out.error()));
    }
    made = std::move(*out);
    network = network_of(made.from);
  }
  [[nodiscard]] snapshot_network of() const { return {&made.from, network, verify}; }
};

TEST_CASE("a network goes on from another's state, with its variables and other members") {
  const continued_group at;
  const auto& from = at.made.from;
  const auto& old = at.before.g.from();
  CHECK(from.variables == old.variables);
  CHECK(from.members == small_genesis(3).members);
  CHECK(from.time == wall_ms{50'000});
  REQUIRE(from.continues);
  CHECK(from.continues->network == at.before.g.network());
  CHECK(from.continues->height == at.before.g.blocks.back()->header.height);
  CHECK(from.continues->last == digest_of(at.before.g.blocks.back()->header));
  CHECK(at.network != at.before.g.network());
  const auto first = genesis_header(from);
  CHECK(first.height == from.continues->height);
  CHECK(first.state_root == from.continues->state_root);
}

TEST_CASE("its time is not before that of the newest block") {
  lost_group at;
  at.write(0);
  const auto newest = require(at.newest({0}));
  const auto out =
    continue_with(newest, at.g.from(), at.g.network(), small_genesis(1).members, wall_ms{1});
  REQUIRE(out);
  CHECK(out->from.time == newest.tip.header.time);
}

TEST_CASE("its first state loads into a folder, a node starts from it, and another does not load") {
  const continued_group at;
  const auto saved = save_first_state(at.made.entries, 7, at.of(), at.file);
  if (!saved) {
    FAIL(to_string(saved.error()));
  }
  CHECK(saved->height == at.made.from.continues->height);
  const auto again = save_first_state(at.made.entries, 7, at.of(), at.file);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == errc::file_exists);

  const test::temporary_folder fresh;
  REQUIRE(load_snapshot(at.file, at.of(), fresh.path(), {}, loadable::first_alone));
  // It is saved again as it is, though no block certifies it.
  const auto copy = at.folder / "copy.snapshot";
  REQUIRE(save_snapshot(fresh.path(), at.of(), copy));
  const test::temporary_folder second;
  CHECK(load_snapshot(copy, at.of(), second.path()));

  const auto rules = compile_rules(at.made.from, {}).value();
  notary core{notary_setup{at.made.from, at.network, rules, key_of(0).id(),
                           [](bytes_view what) { return sign(key_of(0), what); }, notary_config{}}};
  notary_files::visitor visit;
  visit.closing = [](const closing&) { return result<void>{}; };
  visit.state = [&](const shared_final& block, const std::vector<state_entry>& all) {
    return core.restore_state(block, all);
  };
  visit.block = [&](const shared_final& block) { return core.restore_final(block); };
  visit.record = [](const notary_record&) {};
  REQUIRE(notary_files::open(fresh.path(), durability::memory, visit));
  CHECK(core.final_height() == at.made.from.continues->height);
  CHECK(core.state_root() == at.made.from.continues->state_root);

  auto altered = at.made.entries;
  altered.back().value->push_back(std::byte{1});
  const auto false_file = at.folder / "false.snapshot";
  REQUIRE(save_first_state(altered, 7, at.of(), false_file));
  const test::temporary_folder none;
  const auto refused = load_snapshot(false_file, at.of(), none.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::bad_proof);
}

TEST_CASE("a network that went on from another goes on again, and only with its state") {
  const continued_group at;
  REQUIRE(save_first_state(at.made.entries, 7, at.of(), at.file));
  const test::temporary_folder fresh;
  REQUIRE(load_snapshot(at.file, at.of(), fresh.path()));
  const auto rules = compile_rules(at.made.from, {}).value();
  const survivors_network network{&at.made.from, at.network, rules, verify};
  const auto out = require(newest_of({{fresh.path(), {}}}, network));
  CHECK(out.tip.header == genesis_header(at.made.from));
  CHECK(lost_group::score(out.tip) == 5);
  CHECK(out.may_lack);
  const test::temporary_folder empty;
  const auto none = newest_of({{empty.path(), {}}}, network);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == errc::folder_contradicts);
}

TEST_CASE("a first state is that of its own network alone") {
  const continued_group at;
  REQUIRE(save_first_state(at.made.entries, 7, at.of(), at.file));
  auto from = at.made.from;
  from.continues->state_root.raw[0] ^= std::byte{1};
  const test::temporary_folder fresh;
  CHECK_FALSE(load_snapshot(at.file, {&from, at.network, verify}, fresh.path()));
  // A state that a group certified later is no first one.
  const test::temporary_folder other;
  const auto file = at.folder / "later.snapshot";
  const auto& old = at.before;
  REQUIRE(save_snapshot(old.folder(0), {&old.g.from(), old.g.network(), verify}, file));
  const auto refused = load_snapshot(file, {&old.g.from(), old.g.network(), verify}, other.path(),
                                     {}, loadable::first_alone);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::folder_contradicts);
}

TEST_CASE("a first state has no members of its own, and nothing of a group that none can read") {
  const continued_group at;
  auto from = at.made.from;
  auto entries = at.made.entries;
  const auto with = [&](std::string_view key, bytes value) {
    const auto raw = as_bytes(key);
    const auto path = path_of(bookkeeping, raw);
    const auto place = std::lower_bound(
      entries.begin(), entries.end(), path,
      [](const state_entry& one, const digest& wanted) { return one.path < wanted; });
    entries.insert(place, {path, {raw.begin(), raw.end()}, std::move(value)});
    state_tree tree{from.variables.size() + 1};
    for (const auto& one : entries) {
      tree.put(one.path, one.key, *one.value);
    }
    from.continues->state_root = tree.root();
    const snapshot_network network{&from, network_of(from), verify};
    REQUIRE(save_first_state(entries, 7, network, at.file));
    const test::temporary_folder fresh;
    const auto loaded = load_snapshot(at.file, network, fresh.path());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == errc::bad_proof);
  };
  SECTION("members") {
    with(members_key, encode(first_book(from).next));
  }
  SECTION("petitions") {
    with(petitions_key, encode(petitions{}));
  }
  SECTION("what is no list of who is barred") {
    with(barred_key, {std::byte{9}});
  }
}

TEST_CASE("a bar that is over bars nobody") {
  lost_group at;
  const bar liar{key_of(7).id(), 5'000};
  at.say_all(liar);
  at.g.order();
  at.g.order();
  at.write(0);
  const auto newest = require(at.newest({0}));
  REQUIRE(newest.tip.group->barred.size() == 1);
  const auto until = newest.tip.group->barred.front().until;
  auto four = small_genesis(3).members;
  four.push_back({key_of(7).id(), "liar", "localhost:7"});
  const auto make = [&](wall_ms now) {
    return continue_with(newest, at.g.from(), at.g.network(), four, now).has_value();
  };
  CHECK_FALSE(make(until - wall_ms{1}));
  CHECK(make(until));
}

TEST_CASE("what a group decided about itself does not bind the network that goes on, but who lied "
          "stays out") {
  lost_group at;
  const auto newcomer = admit{{key_of(8).id(), "m8", "localhost:1"}};
  at.g.say(0, group_operation::ask, newcomer); // stays open
  const bar liar{key_of(7).id()};
  at.say_all(liar);
  at.g.order();
  at.g.order();
  at.write(0);
  const auto newest = require(at.newest({0}));
  REQUIRE(is_barred(*newest.tip.group, liar.peer));
  REQUIRE_FALSE(newest.tip.group->open.empty());
  auto four = small_genesis(3).members;
  four.push_back({liar.peer, "liar", "localhost:7"});
  const auto refused = continue_with(newest, at.g.from(), at.g.network(), four, wall_ms{50'000});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::bad_request);
  CHECK(refused.error().detail.find(to_text(liar.peer)) != std::string::npos);
  const auto three = small_genesis(3).members;
  const auto out = continue_with(newest, at.g.from(), at.g.network(), three, wall_ms{50'000});
  REQUIRE(out);
  state_tree state{at.rules->variable_count()};
  for (const auto& one : out->entries) {
    state.put(one.path, one.key, *one.value);
  }
  CHECK(state.root() == out->from.continues->state_root);
  const auto book = read_group(state, first_book(out->from));
  CHECK(book.next == first_book(out->from).next);
  CHECK(book.open.empty());
  CHECK(is_barred(book, liar.peer));
}

} // namespace
} // namespace caucus::testing
