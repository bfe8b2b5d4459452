#include "actors/administration/administration.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/text.hpp"
#include "runtime/membership/group_mutations.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// What each node does of its own about its group, and what only its operators do: several cores over a
// state that changes by the rules that ship.

namespace caucus {
namespace {

using namespace std::chrono_literals;

peer_id peer(std::size_t which) {
  peer_id out;
  out.raw[0] = static_cast<std::byte>(which + 1);
  return out;
}
member member_of(std::size_t which) {
  return {peer(which), "m" + std::to_string(which), "localhost:" + std::to_string(which + 1)};
}

/// Nodes 0 to `members` - 1 found a group; all are linked with one another.
struct realm {
  struct node {
    std::size_t who = 0;
    std::unique_ptr<administration> core;
    std::vector<admin_out::action> wanted{};
    std::vector<std::pair<asked_id, result<directive_reply>>> replies{};
    std::vector<std::pair<asked_id, result<epoch>>> joined{};
    std::vector<group_links> links{};
    std::size_t proposals = 0;
  };
  genesis from;
  group_book book;
  std::shared_ptr<const committee> voters;
  epoch_history history{
    committees{std::make_shared<const committee>(first_epoch, std::vector<member>{member_of(0)})},
    {}};
  std::deque<node> nodes;
  std::vector<std::uint16_t> protocol;
  time_point now{1s};
  wall_ms wall{1'000'000};
  height at{10};
  std::vector<evidence> lies;
  bool signatures_hold = true;
  bool wishes_travel = true;
  std::set<std::size_t> lacks; ///< whose program has not the rules that are asked for
  struct said {
    std::size_t by = 0;
    std::uint64_t token = 0;
    mutation what;
  };
  std::vector<said> waiting; ///< for a block

  realm(std::size_t members, std::size_t others = 1) {
    for (std::size_t i = 0; i < members; ++i) {
      from.members.push_back(member_of(i));
    }
    book = first_book(from);
    voters = std::make_shared<const committee>(committee_of(from));
    history = {committees{voters}, {}};
    protocol.assign(members + others, protocol_version_max);
    for (std::size_t i = 0; i < members + others; ++i) {
      nodes.push_back(
        {i, std::make_unique<administration>(administration_setup{
              peer(i),
              {},
              from.group,
              [this](const peer_id&, const signature&, bytes_view) { return signatures_hold; },
              wall_ms{10'000},
              [this, i](const declarations&) {
                return lacks.contains(i) ? fail(errc::rules_missing, "not those here")
                                         : result<void>{};
              }})});
    }
    for (auto& one : nodes) {
      for (const auto& other : nodes) {
        if (one.who != other.who) {
          link(one.who, other.who);
        }
      }
      tell(one.who);
    }
    run();
  }

  static link_id link_of(std::size_t to) { return link_id{to + 1}; }
  void link(std::size_t who, std::size_t to) {
    link_info info{link_of(to), peer(to), node_mode::server, false, {}};
    info.listens_at = "192.0.2.1:" + std::to_string(to + 1);
    info.protocol = protocol[to];
    step(who, link_up{info});
  }
  void unlink(std::size_t who, std::size_t to) { step(who, link_down{link_of(to), peer(to)}); }

  void step(std::size_t who, admin_in::event what) {
    auto& n = nodes[who];
    n.core->step(std::move(what), {now, wall, n.wanted});
    n.core->finish_turn({now, wall, n.wanted});
    perform(n);
  }
  [[nodiscard]] group_told told() {
    group_told out;
    out.height = at;
    out.time = wall;
    out.book = std::make_shared<const group_book>(book);
    out.voters = voters;
    out.history = std::make_shared<const epoch_history>(history);
    out.evidence_count = lies.size();
    block_header top;
    top.group = from.group;
    top.height = at;
    top.time = wall;
    top.epoch = voters->in_epoch();
    out.certified = top;
    out.finalization.subject = {vote_kind::finalize, top.epoch, top.view, digest_of(top)};
    for (std::uint16_t i = 0; i < voters->quorum(); ++i) {
      out.finalization.signers |= bit_of(member_index{i});
      out.finalization.signatures.emplace_back();
    }
    return out;
  }
  void tell(std::size_t who) { step(who, told()); }

  void perform(node& n) {
    for (auto& one : std::exchange(n.wanted, {})) {
      if (auto* const made = std::get_if<admin_out::propose>(&one)) {
        ++n.proposals;
        waiting.push_back({n.who, made->token, made->what});
      } else if (auto* const reply = std::get_if<admin_out::reply>(&one)) {
        n.replies.emplace_back(reply->id, reply->how);
      } else if (auto* const in = std::get_if<admin_out::joined>(&one)) {
        n.joined.emplace_back(in->id, in->how);
      } else if (auto* const links = std::get_if<admin_out::tell_links>(&one)) {
        n.links.push_back(links->what);
      } else if (auto* const wish = std::get_if<admin_out::send_wish>(&one)) {
        for (const auto to : wishes_travel ? wish->links : std::vector<link_id>{}) {
          step(to.value() - 1, admin_in::wish_heard{link_of(n.who), peer(n.who), wish->what});
        }
      } else if (std::holds_alternative<admin_out::ask_group>(one)) {
        tell(n.who);
      } else if (auto* const page = std::get_if<admin_out::ask_evidence>(&one)) {
        evidence_answer out;
        out.skipped = page->skipped;
        out.count = lies.size();
        for (std::size_t i = page->skipped; i < lies.size(); ++i) {
          out.proofs.push_back(lies[i]);
          out.accusations.push_back(accusation_of(lies[i], *voters));
        }
        step(n.who, out);
      }
    }
  }
  /// What waits is in a block, and all are told of it. False: nothing waited.
  bool block() {
    auto listed = std::exchange(waiting, {});
    at = at.next();
    wall += wall_ms{500};
    now += 500ms;
    group_editor edit{*voters, book, wall};
    std::vector<result<void>> how;
    for (const auto& one : listed) {
      const auto& raw = std::get<bytes>(one.what.arguments.front());
      switch (static_cast<group_operation>(one.what.operation.value())) {
        case group_operation::ask:
          how.push_back(edit.ask(peer(one.by), decode<group_directive>(raw).value()));
          break;
        case group_operation::agree:
          how.push_back(edit.agree(peer(one.by), decode<group_directive>(raw).value()));
          break;
        case group_operation::prove: {
          peer_id who;
          std::copy(raw.begin(), raw.end(), who.raw.begin());
          how.push_back(edit.prove(who, epoch{}));
          break;
        }
        case group_operation::move:
          how.push_back(edit.move(
            peer(one.by), std::string{reinterpret_cast<const char*>(raw.data()), raw.size()}));
          break;
      }
    }
    edit.finish([](const peer_id&) { return batch_number{}; });
    if (edit.closes()) {
      voters = std::make_shared<const committee>(committee_of(book.next));
      history.voters.add(voters);
      history.ends.push_back(std::make_shared<const closing>());
    }
    for (const auto& one : nodes) {
      tell(one.who);
    }
    for (std::size_t i = 0; i < listed.size(); ++i) {
      receipt got;
      got.height = at;
      if (!how[i]) {
        got.status = receipt_status::refused;
        got.code = how[i].error().code;
        got.reason = how[i].error().detail;
      }
      step(listed[i].by, admin_in::proposed{listed[i].token, got});
    }
    return !listed.empty();
  }
  void run() {
    for (std::size_t i = 0; i < 16 && block(); ++i) {
    }
  }
  /// Time passes; whoever wants to be woken is.
  void pass(duration span) {
    for (const auto end = now + span; now < end;) {
      now += 500ms;
      wall += wall_ms{500};
      for (auto& one : nodes) {
        if (const auto due = one.core->next_wake(); due && *due <= now) {
          step(one.who, admin_in::tick{});
        }
      }
      run();
    }
  }
  asked_id last_id = 0;
  asked_id ask(std::size_t who, wanted_change what) {
    step(who, admin_in::operator_asked{++last_id, std::move(what)});
    run();
    return last_id;
  }
  asked_id join(std::size_t who, std::string name = {}) {
    step(who, admin_in::join_asked{++last_id, std::move(name), {}});
    run();
    return last_id;
  }
  [[nodiscard]] const result<directive_reply>* reply(std::size_t who, asked_id id) {
    for (const auto& [of, how] : nodes[who].replies) {
      if (of == id) {
        return &how;
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::string refusal(std::size_t who, wanted_change what) {
    const auto id = ask(who, std::move(what));
    const auto* const got = reply(who, id);
    REQUIRE(got != nullptr);
    REQUIRE_FALSE(*got);
    return got->error().detail;
  }
};

std::string id_of(std::size_t who) {
  return to_text(peer(who));
}

TEST_CASE("one operator of four changes nothing, and a second one raises the epoch") {
  realm at{4};
  at.join(4, "eva");
  const auto first = at.ask(0, wanted_admit{"eva"});
  REQUIRE(at.reply(0, first) != nullptr);
  REQUIRE(*at.reply(0, first));
  const auto& told = **at.reply(0, first);
  CHECK(told.what == "admit eva");
  CHECK_FALSE(told.passed);
  CHECK(told.asked == std::vector<std::string>{"m0"});
  CHECK(told.asks_wanted == 2);
  CHECK(told.agrees_wanted == 3);
  at.pass(20s);
  CHECK(at.voters->in_epoch() == first_epoch);
  CHECK(at.nodes[1].proposals + at.nodes[2].proposals + at.nodes[3].proposals == 0);
  const auto again = at.ask(0, wanted_admit{"eva"}); // by the same one: still one
  CHECK_FALSE((**at.reply(0, again)).passed);
  at.ask(1, wanted_admit{id_of(4)});
  CHECK(at.voters->in_epoch() == epoch{1});
  CHECK(at.voters->size() == 5);
  CHECK(at.voters->name_of(peer(4)) == "eva");
  CHECK(at.voters->find(peer(4))->address == "192.0.2.1:5"); // where members see that it listens
  REQUIRE(at.nodes[4].joined.size() == 1);
  CHECK(at.nodes[4].joined.front().second.value() == epoch{1});
}

TEST_CASE(
  "a petition shows what another types for the same words, unless a terminal may show others") {
  const auto command = [](const std::string& words) {
    realm fresh{4};
    fresh.ask(0, announce{words});
    const auto view = fresh.nodes[1].core->view(fresh.now, fresh.wall);
    REQUIRE(view);
    REQUIRE(view->petitions.size() == 1);
    return view->petitions.front().command;
  };
  CHECK(command("season") == "group announce season");
  CHECK(command("season 2; it's on") == "group announce 'season 2; it'\\''s on'");
  for (const std::string words : {"a\nb", "a\x1b[2K", "a\x7f",
                                  "a\xe2\x80\xae"
                                  "b"}) {
    CHECK(command(words) == "group announce TEXT");
  }
}

TEST_CASE("nobody agrees with a newcomer that is not ready, and each says why it does not") {
  realm at{4};
  const auto why = [&](std::size_t who) {
    const auto view = at.nodes[who].core->view(at.now, at.wall);
    REQUIRE(view);
    REQUIRE(view->petitions.size() == 1);
    return view->petitions.front().against;
  };
  const wanted_admit wanted{id_of(4), false, "eva", "localhost:5"};
  at.wishes_travel = false;
  at.ask(0, wanted);
  at.ask(1, wanted);
  at.pass(5s);
  CHECK(at.voters->in_epoch() == first_epoch);
  CHECK(why(2) == "it does not say that it wants to be a member");
  SECTION("it is not linked") {
    at.unlink(2, 4);
    CHECK(why(2) == "there is no link to it");
  }
  SECTION("what it shows is not signed") {
    at.signatures_hold = false;
    at.wishes_travel = true;
    at.pass(5s);
    CHECK(why(2) == "what it shows of the chain does not hold");
    CHECK(at.voters->in_epoch() == first_epoch);
    at.signatures_hold = true;
    at.pass(5s);
    CHECK(at.voters->in_epoch() == epoch{1});
  }
}

TEST_CASE("a newcomer that a petition names says its wish without being asked to join") {
  realm at{4};
  const wanted_admit wanted{id_of(4), false, "eva", "localhost:5"};
  at.ask(0, wanted);
  CHECK(at.nodes[2].core->newcomers() == 1);
  at.ask(1, wanted);
  CHECK(at.voters->in_epoch() == epoch{1});
}

TEST_CASE("what is asked for in vain says why, and proposes nothing") {
  realm at{4};
  const auto before = at.nodes[0].proposals;
  CHECK(at.refusal(0, wanted_admit{"eva"}).find("\"eva\" is neither a peer id") == 0);
  CHECK(at.refusal(0, wanted_admit{id_of(4)}).find("run `caucus group join` on its node")
        != std::string::npos);
  CHECK(at.refusal(4, wanted_admit{id_of(4)}).find("this node is no member") == 0);
  CHECK(at.nodes[0].proposals == before);
  CHECK(at.refusal(0, wanted_kick{"m3"}).find("needs 4") != std::string::npos); // by the rules
}

TEST_CASE("nothing is proposed while a linked member runs a program from before epochs") {
  realm at{4};
  at.join(4, "eva");
  at.protocol[2] = 1;
  at.unlink(0, 2);
  at.link(0, 2);
  CHECK(at.nodes[0].core->outdated() == std::vector<std::string>{"m2"});
  const auto before = at.nodes[0].proposals;
  CHECK(at.refusal(0, wanted_admit{"eva"}).find("m2 runs a program from before") == 0);
  at.pass(10s);
  CHECK(at.nodes[0].proposals == before);
  at.protocol[2] = 2;
  at.unlink(0, 2);
  at.link(0, 2);
  at.ask(0, announce{"all are new"});
  CHECK(at.nodes[0].proposals == before + 1);
}

TEST_CASE("once the group has changed nobody hinders it by what he says of his program") {
  realm at{4};
  at.join(4, "eva");
  at.ask(1, wanted_admit{"eva"});
  at.protocol[2] = 1; // a liar: an old program would have stopped at that batch
  at.unlink(0, 2);
  at.link(0, 2);
  at.ask(0, wanted_admit{"eva"});
  at.pass(10s);
  CHECK(at.voters->in_epoch() == epoch{1});
  const auto before = at.nodes[0].proposals;
  at.ask(0, wanted_kick{"m2", true});
  CHECK(at.nodes[0].proposals == before + 1);
}

TEST_CASE("others share a member's wish to leave by kicking it, where it is open") {
  realm at{7};
  at.ask(0, wanted_retire{true});
  REQUIRE(at.book.open.size() == 1);
  at.ask(1, wanted_kick{"m0", true});
  CHECK(at.book.open.size() == 1);
  CHECK(at.book.open.front().askers.size() == 2);
  at.ask(2, wanted_kick{"m0", true});
  at.pass(1s);
  CHECK(at.voters->size() == 6);
}

TEST_CASE("a newcomer may say any time, and its wish is looked at all the same") {
  const auto time =
    GENERATE(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  realm at{4};
  at.signatures_hold = false;
  group_wish wish;
  wish.name = "eva";
  wish.newest.time = wall_ms{time};
  at.step(0, admin_in::wish_heard{realm::link_of(4), peer(4), wish});
  const auto seen = at.nodes[0].core->view(at.now, at.wall);
  REQUIRE(seen);
  REQUIRE(seen->newcomers.size() == 1);
  CHECK_FALSE(seen->newcomers.front().not_ready.empty());
}

TEST_CASE("nothing is proposed while too few are linked to know what they run") {
  realm at{4};
  at.unlink(0, 1);
  at.unlink(0, 2);
  const auto before = at.nodes[0].proposals;
  CHECK(at.refusal(0, announce{"two"}).find("when 3 of 4 members are linked, and here are 2")
        != std::string::npos);
  CHECK(at.nodes[0].proposals == before);
  at.link(0, 2);
  static_cast<void>(at.ask(0, announce{"three of four"}));
  CHECK(at.nodes[0].proposals == before + 1);
}

TEST_CASE("a petition that cannot be agreed with yet wakes nobody again and again") {
  realm at{4};
  at.wishes_travel = false;
  const wanted_admit wanted{id_of(4), false, "eva", "localhost:5"};
  at.ask(0, wanted);
  at.ask(1, wanted);
  at.ask(2, announce{"agreed with by all"});
  at.ask(3, announce{"agreed with by all"});
  at.pass(30s);
  for (const auto& one : at.nodes) {
    INFO(one.who);
    CHECK(one.core->next_wake().value_or(time_point::max()) > at.now);
  }
}

TEST_CASE("links follow the members, and a new life of peer_net is told again") {
  realm at{4};
  const auto& links = at.nodes[0].links;
  REQUIRE(links.size() == 1);
  CHECK(links.back().members == at.from.members);
  at.join(4, "eva");
  at.ask(0, wanted_admit{"eva"});
  CHECK(links.size() == 1);
  at.ask(1, wanted_admit{"eva"});
  CHECK(links.back().members.size() == 5);
  const auto count = links.size();
  at.pass(20s);
  CHECK(links.size() == count);
  at.step(0, admin_in::peer_net_restarted{});
  REQUIRE(links.size() == count + 1);
  CHECK(links.back() == links[count - 1]);
  at.ask(2, wanted_move{"localhost:77"});
  CHECK(links.back().members[2].address == "localhost:77");
  CHECK(at.voters->in_epoch() == epoch{1}); // an address closes nothing
}

TEST_CASE("who is barred loses its links, a former member after it had time to hear of it") {
  realm at{7, 1};
  const auto& links = at.nodes[0].links;
  for (const std::size_t who : {0U, 1U, 2U}) {
    at.ask(who, wanted_bar{id_of(7)});
  }
  CHECK(links.back().barred == std::vector{peer(7)});
  const auto lie =
    conflicting_votes{{{vote_kind::notarize, first_epoch, view{4}, {}}, member_index{6}, {}},
                      {{vote_kind::notarize, first_epoch, view{4}, digest{}}, member_index{6}, {}}};
  at.lies.emplace_back(lie);
  for (std::size_t i = 0; i < at.nodes.size(); ++i) {
    at.tell(i);
  }
  at.run();
  CHECK(at.voters->size() == 6); // proof kicks by itself
  CHECK(links.back().members.size() == 6);
  CHECK(links.back().barred == std::vector{peer(7)});
  at.pass(11s);
  CHECK(links.back().barred == std::vector{peer(6), peer(7)});
}

TEST_CASE("a proof is brought once, and one from before its member joined not at all") {
  realm at{4, 1};
  at.join(4, "eva");
  at.ask(0, wanted_admit{"eva"});
  at.ask(1, wanted_admit{"eva"});
  REQUIRE(at.voters->has(peer(4)));
  const auto index = *at.voters->index_of(peer(4));
  const auto lie_in = [&](epoch in) {
    return conflicting_votes{{{vote_kind::notarize, in, view{4}, {}}, index, {}},
                             {{vote_kind::notarize, in, view{4}, digest{}}, index, {}}};
  };
  const auto tell_all = [&] {
    for (std::size_t i = 0; i < at.nodes.size(); ++i) {
      at.tell(i);
    }
  };
  const auto before = at.nodes[0].proposals;
  at.lies.emplace_back(lie_in(first_epoch));
  tell_all();
  at.run();
  CHECK(at.nodes[0].proposals == before);
  at.lies.emplace_back(lie_in(epoch{1}));
  tell_all();
  tell_all();
  CHECK(at.nodes[0].proposals == before + 1);
}

TEST_CASE("a join ends where the group lets its petition go, or bars it") {
  realm at{4};
  const auto joining = at.join(4, "eva");
  at.ask(0, wanted_admit{"eva"});
  CHECK(at.nodes[4].joined.empty());
  SECTION("nobody else asked within the hour") {
    at.wall += petition_time;
    at.block();
    REQUIRE(at.nodes[4].joined.size() == 1);
    CHECK(at.nodes[4].joined.front().second.error().code == errc::refused_by_rule);
  }
  SECTION("it is barred") {
    at.ask(0, wanted_bar{id_of(4)});
    at.ask(1, wanted_bar{id_of(4)});
    REQUIRE(at.nodes[4].joined.size() == 1);
    CHECK(at.nodes[4].joined.front().first == joining);
    CHECK(at.nodes[4].joined.front().second.error().detail == "the group has barred it");
  }
  SECTION("nobody waits for it any more, and it is not named: then it wishes no more") {
    realm other{4};
    const auto id = other.join(4, "eva");
    other.pass(3s);
    CHECK(other.nodes[0].core->newcomers() == 1);
    other.step(4, admin_in::forgotten{id});
    other.pass(40s);
    CHECK_FALSE(other.nodes[4].core->next_wake());
  }
}

TEST_CASE("a replacement takes the name of the one before it, where it has none of its own") {
  realm at{4};
  const wanted_replace wanted{"m3", id_of(4), {}, "localhost:5"};
  at.ask(0, wanted);
  at.ask(1, wanted);
  at.pass(5s);
  CHECK(at.voters->in_epoch() == epoch{1});
  CHECK(at.voters->size() == 4);
  CHECK(at.voters->name_of(peer(4)) == "m3");
  CHECK_FALSE(at.voters->has(peer(3)));
}

variable_declaration register_of(const char* name) {
  variable_declaration out;
  out.name = name;
  return out;
}

TEST_CASE("operators who want the same variables ask for the same change, by whatever words") {
  realm at{4};
  at.ask(0, wanted_rules{{register_of("chat"), register_of("news")}});
  CHECK(at.voters->in_epoch() == first_epoch);
  const auto shown = at.nodes[1].core->view(at.now, at.wall)->petitions;
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].rules.declared.size() == 2);
  at.ask(1, wanted_rules{{register_of("chat"), register_of("news")}, true});
  CHECK(at.voters->in_epoch() == epoch{1});
  REQUIRE(at.book.declared->variables.size() == 2);
  INFO("without --add what is left out is removed, with it what is named");
  at.ask(0, wanted_rules{{register_of("news")}});
  at.ask(1, wanted_rules{{}, true, {"chat"}});
  CHECK(at.voters->in_epoch() == epoch{2});
  CHECK(at.book.declared->variables[0].removed);
  CHECK_FALSE(at.book.declared->variables[1].removed);
  CHECK(at.refusal(0, wanted_rules{{}, true, {"chat"}}).find("no variable \"chat\" to remove")
        != std::string::npos);
  CHECK(at.refusal(0, wanted_rules{{register_of("news")}}).find("it changes nothing") == 0);
}

TEST_CASE("a member agrees with other C++ rules once its program brings them") {
  realm at{4};
  at.lacks = {2, 3};
  wanted_rules what{{}, true};
  what.code = rules_id{"game", 2};
  at.ask(0, what);
  at.ask(1, what);
  CHECK(at.voters->in_epoch() == first_epoch);
  const auto seen = [&](std::size_t who) {
    const auto shown = at.nodes[who].core->view(at.now, at.wall)->petitions;
    REQUIRE(shown.size() == 1);
    return shown[0];
  };
  CHECK(seen(2).agreed.size() == 2);
  CHECK(seen(2).against == "not those here");
  CHECK(seen(0).against.empty());
  CHECK(seen(0).command == "group rules --rules game:2");
  at.lacks = {0, 3};
  at.pass(2s);
  CHECK(at.voters->in_epoch() == first_epoch); // a quorum has, and not all
  INFO("whose program was set back is told so, though it agreed");
  CHECK(seen(0).against == "not those here");
  at.lacks.clear();
  at.pass(2s);
  CHECK(at.voters->in_epoch() == epoch{1});
  CHECK(at.book.declared->code == what.code);
  CHECK(at.refusal(0, what).find("it changes nothing") == 0);
}

TEST_CASE("who is left out of other C++ rules is named by name, id or both, in any order") {
  realm at{7};
  at.lacks = {5, 6};
  wanted_rules what{{}, true};
  what.code = rules_id{"game", 2};
  what.without = {"m6", to_text(peer(5))};
  for (const std::size_t who : {0U, 1U, 2U}) {
    at.ask(who, what);
  }
  CHECK(at.voters->in_epoch() == epoch{1});
  what.code = rules_id{"game", 3};
  what.without = {"nobody"};
  CHECK(at.refusal(0, what).find("neither a peer id") != std::string::npos);
}

TEST_CASE("a trial asks nobody but the notary, one at a time, and is refused by what it is first") {
  realm at{4};
  const auto try_it = [&](asked_id id, wanted_rules what) {
    auto& n = at.nodes[0];
    std::vector<admin_out::action> wanted;
    n.core->step(admin_in::rules_tried{id, std::move(what)}, {at.now, at.wall, wanted});
    REQUIRE(wanted.size() == 1);
    return wanted.front();
  };
  const auto bad = std::get<admin_out::tried>(try_it(1, wanted_rules{{register_of("Bad")}}));
  CHECK(bad.how.error().code == errc::refused_by_rule);
  const auto asks = std::get<admin_out::try_rules>(try_it(2, wanted_rules{{register_of("chat")}}));
  CHECK(asks.next->variables.size() == 1);
  const auto busy = std::get<admin_out::tried>(try_it(3, wanted_rules{{register_of("chat")}}));
  CHECK((busy.id == 3 && busy.how.error().code == errc::busy));
  for (const bool keeps : {true, false}) {
    std::vector<admin_out::action> wanted;
    at.nodes[0].core->step(
      admin_in::state_said{keeps ? std::nullopt
                                 : std::optional{error{errc::refused_by_rule, "it is full"}}},
      {at.now + 3s, at.wall, wanted});
    REQUIRE(wanted.size() == 1);
    const auto& told = std::get<admin_out::tried>(wanted.front());
    CHECK(told.id == (keeps ? 2 : 4));
    CHECK(told.how.has_value() == keeps);
    if (keeps) {
      CHECK(told.how->what == "change the rules: declare chat");
      CHECK(told.how->took == 3s);
      static_cast<void>(try_it(4, wanted_rules{{register_of("chat")}}));
    }
  }
  CHECK(at.waiting.empty());
}

} // namespace
} // namespace caucus
