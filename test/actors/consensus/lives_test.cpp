#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

// A start is numbered, and votes when others have said what they know of the ones before: whose
// folder came back old, or runs twice, contradicts nothing.

namespace caucus::voting {
namespace {

/// Member 0 of `members`, at the start of a life.
lone_core started(std::size_t members = 4, std::vector<consensus_record> journal = {ceiling{}}) {
  lone_core out{std::uint16_t{0}, members, {"ada", "bob", "cleo", "dan"}};
  out.journal = std::move(journal);
  out.config.life = 7;
  out.live();
  return out;
}

/// The newest life_request to this member.
send newest(lone_core& at, std::size_t who) {
  std::optional<send> out;
  for (const auto& one : at.done) {
    if (const auto* const asked = std::get_if<send>(&one);
        asked != nullptr && asked->link == lone_core::link(who)
        && std::holds_alternative<life_request>(asked->message)) {
      out = *asked;
    }
  }
  REQUIRE(out);
  return *out;
}
life mine(lone_core& at, std::size_t who = 1) {
  return std::get<life_request>(newest(at, who).message).mine.life;
}

void answer(lone_core& at, std::size_t who, life_response said = {}) {
  at.pass(at.config.retry_interval); // asked again, if it was answered before
  at.answer(newest(at, who), std::move(said));
}

/// It votes for nothing, in time enough for any vote.
bool is_silent(lone_core& at) {
  at.pass(std::chrono::seconds{30});
  return at.take_votes().empty();
}

vote nullify_in(view in, epoch of = {}) {
  return {{vote_kind::nullify, of, in, {}}, member_index{0}, {}};
}
signature forged() {
  signature out;
  out.raw[0] = std::byte{1};
  return out;
}

template <class Record>
std::vector<Record> records(const std::vector<consensus_record>& of) {
  std::vector<Record> out;
  for (const auto& one : of) {
    if (const auto* const found = std::get_if<Record>(&one)) {
      out.push_back(*found);
    }
  }
  return out;
}

/// What is answered to this member that says this life.
std::optional<life_response> told(lone_core& at, std::size_t who, const life& of, epoch in = {}) {
  at.done.clear();
  at.step(heard{lone_core::link(who), life_request{{of, {}}, in}, 5, 0});
  for (const auto& one : at.done) {
    if (const auto* const said = std::get_if<send>(&one);
        said != nullptr && said->responds_to == 5) {
      return std::get<life_response>(said->message);
    }
  }
  return std::nullopt;
}

TEST_CASE("rule 8: a start votes once as many others as a quorum needs have said what they know") {
  auto member = started();
  CHECK(is_silent(member));
  CHECK_FALSE(member.core->status().votes);
  CHECK(member.core->status().problem.find("2 other members have said") != std::string::npos);
  answer(member, 1);
  CHECK(member.core->status().problem.find("; 1 have") != std::string::npos);
  answer(member, 1); // the same one again
  CHECK(is_silent(member));
  answer(member, 3);
  CHECK(member.core->is_told());
  CHECK(member.core->status().problem.empty());
  CHECK_FALSE(is_silent(member));
}

TEST_CASE("who else may answer is waited for, for a moment") {
  const bool all = GENERATE(true, false);
  auto member = started();
  member.answer(newest(member, 1), life_response{});
  member.answer(newest(member, 2), life_response{});
  CHECK_FALSE(member.core->is_told());
  if (all) {
    member.answer(newest(member, 3), life_response{});
  } else {
    member.pass(2 * member.config.retry_interval);
  }
  CHECK(member.core->is_told());
}

TEST_CASE("of two members the other is asked, one alone asks nobody, and a follower neither") {
  auto two = started(2);
  CHECK(is_silent(two));
  answer(two, 1);
  CHECK_FALSE(is_silent(two));
  auto alone = started(1);
  CHECK(alone.core->is_told());
  CHECK(alone.core->status().votes);
  lone_core follower{std::nullopt};
  follower.config.life = 7;
  follower.live();
  CHECK_FALSE(follower.asked<life_request>());
  CHECK(records<own_life>(follower.journal).empty());
}

TEST_CASE("starts are numbered: in the journal before it is said, also when that is rewritten") {
  auto member = started();
  CHECK(mine(member) == life{1, 7});
  REQUIRE(records<own_life>(member.journal).size() == 1);
  const auto at = std::find_if(member.done.begin(), member.done.end(), [](const action& one) {
    const auto* const kept = std::get_if<record>(&one);
    return kept != nullptr && std::holds_alternative<own_life>(kept->entry);
  });
  CHECK(std::none_of(member.done.begin(), at, [](const action& one) {
    const auto* const said = std::get_if<send>(&one);
    return said != nullptr && std::holds_alternative<life_request>(said->message);
  }));
  CHECK(records<own_life>(member.core->live_records()).front().number == 1);
  auto next = started(4, member.core->live_records());
  CHECK(mine(next) == life{2, 7});
}

TEST_CASE("an empty journal is a lost one, whatever number its start takes") {
  auto member = started(4, {});
  REQUIRE(member.journal.size() >= 2);
  CHECK(std::holds_alternative<doubted>(member.journal.front())); // before: the end may be torn off
  CHECK(std::holds_alternative<own_life>(member.journal[1]));
  CHECK(member.core->in_doubt());
}

TEST_CASE("whose folder was set back is told so by the newest vote that others have of it") {
  auto member = started(4, {ceiling{view{3}}, heard_of{0}});
  life_response said;
  said.last = nullify_in(view{9});
  answer(member, 1, said);
  CHECK(member.core->in_doubt());
  CHECK(member.core->is_forgetful());
  CHECK(member.core->status().problem.find("in view 9") != std::string::npos);
  REQUIRE_FALSE(records<doubted>(member.journal).empty());
  CHECK(records<doubted>(member.journal).back().blank);
  answer(member, 2, said);
  answer(member, 3, said);
  CHECK(is_silent(member)); // until the others have shown how far they are
}

TEST_CASE("a vote that its journal knows of, of another epoch or of nobody's key shows nothing") {
  auto member = started(4, {ceiling{view{3}}, heard_of{0}});
  life_response said;
  said.last = nullify_in(view{3});
  answer(member, 1, said);
  said.last = nullify_in(view{9}, epoch{1});
  answer(member, 2, said);
  said.last = nullify_in(view{9});
  said.last->signature = forged();
  answer(member, 3, said);
  CHECK_FALSE(member.core->in_doubt());
  CHECK(member.core->is_told());
}

TEST_CASE("an older copy hears of the start after it: it takes a later number and is in doubt") {
  auto member = started(4, {ceiling{view{3}}, heard_of{0}, own_life{4}});
  REQUIRE(mine(member) == life{5, 7});
  const auto other = GENERATE(life{5, 8}, life{12, 7});
  life_response said;
  said.other = signed_life{other, {}};
  answer(member, 1, said);
  CHECK_FALSE(member.core->in_doubt()); // until as many have answered as it takes
  const auto late = newest(member, 3);
  answer(member, 2);
  CHECK(member.core->in_doubt());
  CHECK(records<own_life>(member.journal).back().number == other.number + 1);
  CHECK(member.core->status().problem.find("set back, or another copy of it ran")
        != std::string::npos);
  member.answer(late, life_response{}); // what is said of the number of before counts no more
  CHECK(member.core->status().problem.find("consensus.journal is older") == 0);
  CHECK_FALSE(member.core->is_told());
  answer(member, 2);
  CHECK(mine(member) == life{other.number + 1, 7});
  CHECK_FALSE(member.core->is_told());
  SECTION("all know of none above that") {
    answer(member, 3);
    CHECK(member.core->is_told());
    CHECK(is_silent(member)); // and is still in doubt
  }
  SECTION("one knows of a later one yet") {
    said.other = signed_life{{other.number + 1, 8}, {}};
    answer(member, 3, said);
    CHECK_FALSE(member.core->is_told());
    CHECK(records<own_life>(member.journal).back().number == other.number + 2);
    CHECK(member.core->broken().empty());
  }
}

TEST_CASE("of two starts with one number one goes above the other, and one does not") {
  auto low = started(4, {ceiling{view{3}}, heard_of{0}, own_life{4}});
  life_response said;
  said.other = signed_life{{5, 6}, {}}; // the salt is less than this one's
  answer(low, 1, said);
  answer(low, 2, said);
  CHECK(low.core->is_told());
  CHECK_FALSE(low.core->in_doubt());
}

TEST_CASE("an operator's word of before is none once others know of a later start") {
  lone_core member{std::uint16_t{0}};
  member.journal = {ceiling{view{3}}, heard_of{0}, own_life{4}};
  member.config.life = 7;
  member.config.vote_above = view{1'000};
  member.live();
  life_response said;
  said.other = signed_life{{9, 8}, {}};
  answer(member, 1, said);
  answer(member, 2, said);
  CHECK(member.core->in_doubt());
  auto next = lone_core{std::uint16_t{0}};
  next.journal = member.core->live_records();
  next.config.life = 7;
  next.config.vote_above = view{1'000};
  next.live();
  CHECK_FALSE(next.core->in_doubt()); // who says it now knows of that
}

TEST_CASE("a member whose folder was made anew before it voted is as new as before") {
  auto member = started(4, {});
  life_response said;
  said.other = signed_life{{3, 8}, {}};
  answer(member, 1, said);
  answer(member, 2, said);
  CHECK(records<own_life>(member.journal).back().number == 4);
  CHECK(member.core->status().problem.find("it has no journal, as at a first start") == 0);
}

TEST_CASE("a later life that its key never signed, or its own, changes nothing") {
  auto member = started(4, {ceiling{view{3}}, heard_of{0}, own_life{4}});
  life_response said;
  said.other = signed_life{{12, 8}, forged()};
  answer(member, 1, said);
  said.other = signed_life{{5, 7}, {}};
  answer(member, 2, said);
  CHECK_FALSE(member.core->in_doubt());
  CHECK(member.core->is_told());
  said.other = signed_life{{5, 6}, {}};
  member.step(
    link_up{{lone_core::link(3), lone_core::peer(3), node_mode::server, false, {}, {}, 2}});
  member.answer(newest(member, 3), said);
  CHECK(member.core->broken().empty());
}

TEST_CASE("one that votes and hears of a later start of itself votes no more") {
  auto member = started();
  answer(member, 1);
  answer(member, 2);
  REQUIRE_FALSE(is_silent(member));
  life_response said;
  said.other = signed_life{{2, 8}, {}};
  member.step(
    link_up{{lone_core::link(3), lone_core::peer(3), node_mode::server, false, {}, {}, 2}});
  member.answer(newest(member, 3), said);
  CHECK(member.core->broken().find("another copy of this node runs") == 0);
  CHECK_FALSE(member.core->status().votes);
}

/// What the notary was told of the folder and the group, in order.
std::vector<std::string> told_notary(const lone_core& at) {
  std::vector<std::string> out;
  for (const auto& one : at.done) {
    if (const auto* const said = std::get_if<tell>(&one)) {
      if (std::holds_alternative<folder_is_older>(said->item)) {
        out.emplace_back("older");
      } else if (std::holds_alternative<group_height>(said->item)) {
        out.emplace_back("height");
      }
    }
  }
  return out;
}
void say_tip(lone_core& at, std::size_t who) {
  std::optional<send> asked;
  for (const auto& one : at.done) {
    if (const auto* const to = std::get_if<send>(&one);
        to != nullptr && to->link == lone_core::link(who)
        && std::holds_alternative<tip_request>(to->message)) {
      asked = *to;
    }
  }
  REQUIRE(asked);
  at.answer(*asked, tip_response{});
}

TEST_CASE("the notary numbers batches once its node was told of its lives: first, that the folder "
          "is older") {
  const bool is_older = GENERATE(false, true);
  auto member = started(4, {ceiling{view{3}}, heard_of{0}, own_life{4}});
  for (std::size_t who = 1; who < 4; ++who) {
    say_tip(member, who);
  }
  CHECK(told_notary(member).empty());
  life_response said;
  if (is_older) {
    said.other = signed_life{{12, 8}, {}};
  }
  answer(member, 1, said);
  answer(member, 2, said);
  if (is_older) {
    CHECK(told_notary(member) == std::vector<std::string>{"older"});
    answer(member, 1);
    answer(member, 2);
    answer(member, 3);
  }
  CHECK(told_notary(member)
        == (is_older ? std::vector<std::string>{"older", "height"}
                     : std::vector<std::string>{"height"}));
}

TEST_CASE("the notary is told of a newer vote than the folder knows of, also without a journal") {
  const bool is_blank = GENERATE(false, true);
  auto member = is_blank ? started(4, {}) : started(4, {ceiling{view{3}}, heard_of{0}});
  life_response said;
  said.last = nullify_in(view{9});
  if (is_blank) {
    said.other = signed_life{{3, 8}, {}};
  }
  answer(member, 1, said);
  answer(member, 2, said);
  CHECK(told_notary(member) == std::vector<std::string>{"older"});
}

TEST_CASE("no number is above the greatest: the start votes for nothing") {
  auto member = started();
  life_response said;
  said.other = signed_life{{std::numeric_limits<std::uint64_t>::max(), 8}, {}};
  answer(member, 1, said);
  answer(member, 2, said);
  answer(member, 3);
  CHECK(is_silent(member));
}

TEST_CASE("a start votes when it is as far as others say, and waits for none that says too much") {
  auto member = started();
  life_response far;
  far.final_view = view{1};
  life_response too_far;
  too_far.final_view = view{1'000'000};
  answer(member, 1, too_far);
  answer(member, 2, far);
  answer(member, 3, far);
  CHECK_FALSE(member.core->is_told());
  const auto block = lone_core::child(member.genesis, view{1}, 0);
  member.notarized(block);
  member.finalized(block);
  CHECK(member.core->is_told());
}

TEST_CASE("who speaks a protocol of before cannot say, and is not waited for") {
  lone_core member{std::uint16_t{0}};
  member.config.life = 7;
  member.protocol = 1;
  member.live();
  CHECK_FALSE(member.asked<life_request>());
  CHECK(member.core->is_told());
}

TEST_CASE("a member keeps the latest start of each other, and tells who is not above it") {
  auto member = started();
  const auto first = told(member, 2, {3, 9});
  REQUIRE(first);
  CHECK_FALSE(first->other);
  CHECK_FALSE(first->last);
  const auto kept = std::find_if(member.done.begin(), member.done.end(), [](const action& one) {
    const auto* const what = std::get_if<record>(&one);
    return what != nullptr && std::holds_alternative<other_life>(what->entry);
  });
  REQUIRE(kept != member.done.end());
  CHECK(std::any_of(kept, member.done.end(), [](const action& one) { // behind it
    const auto* const said = std::get_if<send>(&one);
    return said != nullptr && said->responds_to == 5;
  }));
  CHECK_FALSE(told(member, 2, {3, 9})->other); // the same again
  CHECK(records<other_life>(member.journal).size() == 1);
  CHECK(told(member, 2, {3, 8})->other->life == life{3, 9});
  CHECK(told(member, 2, {2, 9})->other->life == life{3, 9});
  CHECK_FALSE(told(member, 2, {4, 8})->other);
  CHECK(told(member, 2, {3, 9})->other->life == life{4, 8});
  CHECK_FALSE(told(member, 1, {1, 1})->other); // another member
  INFO("over restarts too");
  auto next = started(4, member.core->live_records());
  CHECK(told(next, 2, {3, 9})->other->life == life{4, 8});
}

TEST_CASE("each answer has the newest vote of the asker, in this epoch") {
  auto member = started();
  member.hear(2, vote{{vote_kind::nullify, {}, view{1}, {}}, member_index{2}, {}});
  member.hear(2, vote{{vote_kind::nullify, {}, view{5}, {}}, member_index{2}, {}});
  member.hear(2, vote{{vote_kind::nullify, {}, view{4}, {}}, member_index{2}, {}});
  member.hear(3, vote{{vote_kind::nullify, {}, view{8}, {}}, member_index{3}, {}});
  REQUIRE(told(member, 2, {1, 1})->last);
  CHECK(told(member, 2, {1, 1})->last->subject.view == view{5});
  CHECK(told(member, 1, {1, 1})->last == std::nullopt);
  CHECK(told(member, 2, {1, 1}, epoch{1})->last == std::nullopt);
}

TEST_CASE("who says one life after the other writes no journal full") {
  auto member = started();
  for (std::uint64_t i = 1; i < 100; ++i) {
    static_cast<void>(told(member, 2, {i, 1}));
  }
  CHECK(records<other_life>(member.journal).size() == lives_per_link_max);
  CHECK_FALSE(told(member, 2, {200, 1}));
  CHECK(told(member, 2, {1, 1})); // which is not news
}

TEST_CASE("nobody but a member is told of former starts") {
  auto member = started();
  member.step(link_up{{link_id{9}, lone_core::peer(8), node_mode::client, false, {}, {}, 2}});
  member.done.clear();
  member.step(heard{link_id{9}, life_request{{{1, 1}, {}}, {}}, 5, 0});
  CHECK(std::none_of(member.done.begin(), member.done.end(), [](const action& one) {
    const auto* const said = std::get_if<send>(&one);
    return said != nullptr && said->responds_to == 5;
  }));
  CHECK(records<other_life>(member.journal).empty());
}

TEST_CASE("the latest life of a journal counts, in whatever order it tells of them") {
  auto member =
    started(4, {ceiling{}, own_life{6}, own_life{2}, other_life{lone_core::peer(2), {{9, 1}, {}}},
                other_life{lone_core::peer(2), {{5, 1}, {}}}});
  CHECK(mine(member) == life{7, 7});
  CHECK(told(member, 2, {6, 1})->other->life == life{9, 1});
}

TEST_CASE("an answer from another epoch counts for none") {
  auto member = started();
  life_response elsewhere;
  elsewhere.epoch = epoch{1};
  answer(member, 1, elsewhere);
  answer(member, 2, elsewhere);
  answer(member, 3, elsewhere);
  CHECK_FALSE(member.core->is_told());
}

TEST_CASE("what others signed is known from certificates too, also from those of a restart") {
  auto member = started();
  member.hear(3, member.certified(vote_kind::nullify, view{1})); // by 1, 2 and 3
  REQUIRE(told(member, 2, {1, 1})->last);
  CHECK(told(member, 2, {1, 1})->last->subject == subject{vote_kind::nullify, {}, view{1}, {}});
  CHECK(told(member, 2, {1, 1})->last->signer == member_index{2});
}

TEST_CASE("who votes, and then is shown a vote that it did not sign, is in doubt at once") {
  auto member = started();
  answer(member, 1);
  answer(member, 2);
  REQUIRE_FALSE(is_silent(member));
  life_response said;
  said.last = nullify_in(view{900});
  member.step(
    link_up{{lone_core::link(3), lone_core::peer(3), node_mode::server, false, {}, {}, 2}});
  member.answer(newest(member, 3), said);
  CHECK(member.core->in_doubt());
}

TEST_CASE("a follower keeps nobody's life, and answers nobody") {
  lone_core follower{std::nullopt};
  follower.config.life = 7;
  follower.live();
  CHECK_FALSE(told(follower, 2, {1, 1}));
  CHECK(records<other_life>(follower.journal).empty());
}

TEST_CASE("in each epoch the others are asked anew, and at once when they have come to it") {
  lone_core at{std::uint16_t{0}};
  at.config.life = 7;
  at.group = std::make_unique<epochs>(at.config, lone_core::peer(0), &at.key, at.journal);
  at.step(ledger_tip{digest_of(at.genesis), at.genesis, std::nullopt, lone_core::root(0),
                     lone_core::root(0), false});
  const auto up = [&at](std::size_t who) {
    at.step(
      link_up{{lone_core::link(who), lone_core::peer(who), node_mode::server, false, {}, {}, 2}});
  };
  for (const std::size_t who : {1U, 2U, 3U, 4U}) {
    up(who);
  }
  REQUIRE(told(at, 3, {5, 1}));
  up(1);
  answer(at, 1);
  up(2);
  answer(at, 2);
  REQUIRE(at.group->core().is_told());
  INFO("member 3 has gone, 4 has come");
  auto next = std::make_shared<committee>(committee{epoch{1},
                                                    {{lone_core::peer(0), {}, {}},
                                                     {lone_core::peer(1), {}, {}},
                                                     {lone_core::peer(2), {}, {}},
                                                     {lone_core::peer(4), {}, {}}}});
  const auto last = lone_core::child(at.genesis, view{1}, 0);
  ledger_tip tip{digest_of(last),    last, std::nullopt, lone_core::root(0),
                 lone_core::root(0), false};
  tip.voters = next;
  at.done.clear();
  at.step(tip);
  REQUIRE(at.group->core().voters().in_epoch() == epoch{1});
  CHECK_FALSE(at.group->core().is_told());
  CHECK(mine(at).number == 1); // the same life
  life_response behind;
  at.answer(newest(at, 1), behind);
  at.done.clear();
  at.step(heard{lone_core::link(1), life_request{{{1, 1}, {}}, epoch{1}}, 5, 0}); // it has come
  life_response here;
  here.epoch = epoch{1};
  at.answer(newest(at, 1), here);
  CHECK_FALSE(at.group->core().is_told());
  answer(at, 4, here);
  CHECK(at.group->core().is_told());
  INFO("over a restart the lives of newcomers are known, and of who has left");
  REQUIRE(told(at, 4, {8, 1}, epoch{1}));
  const auto kept = at.group->live_records();
  lone_core again{std::uint16_t{0}};
  again.config.life = 7;
  again.journal = kept;
  again.group = std::make_unique<epochs>(again.config, lone_core::peer(0), &again.key, kept);
  again.step(tip);
  for (const std::size_t who : {1U, 2U, 4U}) {
    again.step(
      link_up{{lone_core::link(who), lone_core::peer(who), node_mode::server, false, {}, {}, 2}});
  }
  CHECK(told(again, 4, {7, 1}, epoch{1})->other->life == life{8, 1});
  CHECK(records<own_life>(again.journal).back().number == 2);
}

TEST_CASE("an untold start says no bound of what it signed") {
  auto member = started();
  const auto bound = [&]() -> std::optional<block_header> {
    member.done.clear();
    member.step(finalize_bound_wanted{3});
    for (const auto& one : member.done) {
      if (const auto* const told = std::get_if<tell>(&one)) {
        if (const auto* const said = std::get_if<finalize_bound>(&told->item)) {
          return said->bound;
        }
      }
    }
    return std::nullopt;
  };
  CHECK_FALSE(bound());
  answer(member, 1);
  answer(member, 2);
  CHECK(bound());
}

/// The part alone, of member 0 of four.
struct part {
  committee voters{epoch{},
                   {{lone_core::peer(0), {}, {}},
                    {lone_core::peer(1), {}, {}},
                    {lone_core::peer(2), {}, {}},
                    {lone_core::peer(3), {}, {}}}};
  lives of{7, {}};
  link_table links{};
  std::optional<time_point> wake{};
  actions done{};
  turn<action> now{{}, {}, done};
  outlet out{now, links, wake};

  explicit part(bool is_member = true) { of.follow(voters, is_member); }
  void answered(std::uint16_t who, std::optional<life> later) {
    of.answered(member_index{who}, later, view{});
  }
};

TEST_CASE("who is no member asks nobody, and says nothing before it is one") {
  part one{false};
  CHECK(one.of.is_known());
  CHECK(one.of.records().empty());
}

TEST_CASE("a start is written down once") {
  part one;
  one.of.begin(one.out);
  one.of.begin(one.out);
  CHECK(one.done.size() == 1);
  CHECK(one.of.records().size() == 1);
}

TEST_CASE("only what is later than this start makes it take another number") {
  part one;
  one.of.begin(one.out);
  const auto other = GENERATE(std::optional<life>{}, life{1, 6}, life{1, 7});
  one.answered(1, other);
  one.answered(2, other);
  CHECK_FALSE(one.of.go_beyond(one.out));
  CHECK(one.of.learn(view{}, true));
  one.answered(3, life{9, 9}); // what comes after is for whoever votes to judge
  CHECK(one.of.answer_count() == 2);
  CHECK_FALSE(one.of.go_beyond(one.out));
}

TEST_CASE("above the greatest number is none") {
  part one;
  one.of.begin(one.out);
  one.answered(1, life{std::numeric_limits<std::uint64_t>::max(), 1});
  one.answered(2, {});
  CHECK_FALSE(one.of.go_beyond(one.out));
  CHECK(one.of.mine() == life{1, 7});
  CHECK_FALSE(one.of.learn(view{}, true));
}

TEST_CASE("of those who have left lives are kept while there is room") {
  part one;
  const auto stranger = [](std::size_t which) {
    peer_id out;
    out.raw[30] = static_cast<std::byte>(which / 256 + 1);
    out.raw[31] = static_cast<std::byte>(which % 256);
    return out;
  };
  CHECK_FALSE(one.of.heard(lone_core::peer(2), {{4, 1}, {}}, one.voters, one.out));
  for (std::size_t i = 1; i < lives_kept_max; ++i) {
    CHECK_FALSE(one.of.heard(stranger(i), {{1, 1}, {}}, one.voters, one.out));
  }
  CHECK(one.of.records().size() == lives_kept_max);
  CHECK_FALSE(one.of.heard(lone_core::peer(1), {{5, 1}, {}}, one.voters, one.out));
  CHECK(one.of.records().size() == 2);
  CHECK(one.of.heard(lone_core::peer(2), {{3, 1}, {}}, one.voters, one.out)->life == life{4, 1});
}

} // namespace
} // namespace caucus::voting
