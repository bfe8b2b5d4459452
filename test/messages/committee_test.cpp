#include "messages/committee.hpp"

#include "test/catch.hpp"

#include <bit>
#include <csignal>
#include <cstddef>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace caucus {
namespace {

peer_id key_of(std::size_t place) {
  peer_id out;
  out.raw[0] = static_cast<std::byte>(place + 1);
  return out;
}

std::vector<member> members_of(std::size_t count) {
  std::vector<member> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({key_of(i), "node" + std::to_string(i), {}});
  }
  return out;
}

committee group_of(std::size_t count, epoch which = {}) {
  return {which, members_of(count)};
}

/// Signers from `first` on, one signature each.
certificate signed_by(std::size_t count, std::size_t first = 0) {
  certificate out;
  for (std::size_t i = first; i < first + count; ++i) {
    out.signers |= std::uint64_t{1} << i;
  }
  out.signatures.resize(count);
  return out;
}

bool aborts(std::size_t members) {
  const auto child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    const auto made = group_of(members);
    ::_exit(made.size() == members ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFSIGNALED(status)
         && WTERMSIG(status) == SIGABRT;
}

// -- how many decide -----------------------------------------------------------------------------

TEST_CASE("of 1 to 64 members two quorums share an honest one, and the honest alone are a quorum") {
  for (std::size_t n = 1; n <= members_max; ++n) {
    INFO(n << " members");
    const auto group = group_of(n);
    const auto f = group.liars();
    CHECK(group.size() == n);
    CHECK(group.quorum() + f == n);
    CHECK(3 * f < n);                  // n >= 3f + 1 ...
    CHECK(n <= 3 * (f + 1));           // ... and no more could be borne
    CHECK(2 * group.quorum() > n + f); // two quorums share more than f
    CHECK(group.is_alone() == (n == 1));
  }
}

TEST_CASE("a group has 1 to 64 members, and no other number can be made") {
  CHECK(aborts(0));
  CHECK_FALSE(aborts(1));
  CHECK_FALSE(aborts(members_max));
  CHECK(aborts(members_max + 1));
}

// -- who is who ----------------------------------------------------------------------------------

TEST_CASE("each member leads in turn, by the view modulo their number") {
  for (std::size_t n = 1; n <= members_max; ++n) {
    INFO(n << " members");
    const auto group = group_of(n);
    std::set<member_index> leaders;
    for (std::uint64_t in = 1'000; in < 1'000 + n; ++in) {
      const auto leader = group.leader_of(view{in});
      CHECK(leader.value() == in % n);
      CHECK(leader == group.leader_of(view{in + n}));
      leaders.insert(leader);
    }
    CHECK(leaders.size() == n);
  }
}

TEST_CASE("a member is found by its key and by its place, and nobody else is") {
  const auto group = group_of(5);
  for (std::uint16_t i = 0; i < 5; ++i) {
    INFO("member " << i);
    const member_index index{i};
    CHECK(group.index_of(key_of(i)) == index);
    CHECK(group.has(key_of(i)));
    CHECK(group.has(index));
    CHECK(group.find(index) == &group.members()[i]);
    CHECK(group.find(key_of(i)) == &group.members()[i]);
    CHECK(group.name_of(index) == "node" + std::to_string(i));
    CHECK(group.name_of(key_of(i)) == "node" + std::to_string(i));
    CHECK(group.peers().at(i) == key_of(i));
    CHECK(group.names().at(i) == "node" + std::to_string(i));
  }
  CHECK(group.peers().size() == 5);
  CHECK(group.names().size() == 5);
  for (const auto beyond : {member_index{5}, member_index{64}, member_index{0xFFFF}}) {
    CHECK_FALSE(group.has(beyond));
    CHECK(group.find(beyond) == nullptr);
    CHECK(group.name_of(beyond).empty());
  }
  CHECK_FALSE(group.index_of(key_of(5)));
  CHECK_FALSE(group.has(key_of(5)));
  CHECK(group.find(key_of(5)) == nullptr);
  CHECK(group.name_of(key_of(5)).empty());
}

TEST_CASE("the genesis' committee is its members in their order, in the first epoch") {
  genesis from;
  from.members = members_of(4);
  CHECK(committee_of(from) == group_of(4, first_epoch));
  const auto first = committee_of(from);
  CHECK(first.members() == from.members);
  CHECK(committee_of(from).in_epoch() == epoch{0});
  CHECK(committee_of(from) != group_of(4, epoch{1}));
}

TEST_CASE("a genesis without members has a committee of nobody, which certifies nothing") {
  const auto nobody = committee_of(genesis{});
  CHECK(nobody.size() == 0);
  CHECK_FALSE(nobody.check_shape(signed_by(0)));
}

// -- the shape of a certificate ------------------------------------------------------------------

TEST_CASE("of 1 to 64 members a quorum's signatures are a certificate, one fewer are none") {
  for (std::size_t n = 1; n <= members_max; ++n) {
    INFO(n << " members");
    const auto group = group_of(n);
    for (std::size_t count = 0; count <= n; ++count) {
      CHECK(group.check_shape(signed_by(count)).has_value() == (count >= group.quorum()));
      CHECK(group.check_shape(signed_by(count, n - count)).has_value()
            == (count >= group.quorum()));
    }
  }
}

TEST_CASE("a signer beyond the members spoils a certificate, however many members signed") {
  for (std::size_t n = 1; n < members_max; ++n) {
    INFO(n << " members");
    const auto group = group_of(n);
    for (const auto place : {n, std::size_t{members_max} - 1}) {
      auto what = signed_by(n);
      what.signers |= std::uint64_t{1} << place;
      what.signatures.emplace_back();
      const auto judged = group.check_shape(what);
      REQUIRE_FALSE(judged);
      CHECK(judged.error().code == errc::bad_certificate);
    }
  }
}

TEST_CASE("what is no certificate of this committee is refused, and says why") {
  const epoch second{1};
  const auto group = group_of(7, second);
  auto good = signed_by(5);
  good.subject.epoch = second;
  REQUIRE(group.check_shape(good));
  const auto code_of_altered = [&](auto alter) {
    auto what = good;
    alter(what);
    const auto judged = group.check_shape(what);
    return judged ? errc{} : judged.error().code;
  };
  struct row {
    const char* name;
    errc why;
    void (*alter)(certificate& what);
  };
  const row rows[] = {
    {"of the epoch before", errc::wrong_epoch, [](auto& c) { c.subject.epoch = epoch{0}; }},
    {"of the epoch after", errc::wrong_epoch, [](auto& c) { c.subject.epoch = epoch{2}; }},
    {"a signer fewer than a quorum", errc::bad_certificate,
     [](auto& c) {
       c.signers &= c.signers - 1;
       c.signatures.pop_back();
     }},
    {"a signature too few", errc::bad_certificate, [](auto& c) { c.signatures.pop_back(); }},
    {"a signature too many", errc::bad_certificate, [](auto& c) { c.signatures.emplace_back(); }},
    {"no signer, no signature", errc::bad_certificate,
     [](auto& c) {
       c.signers = 0;
       c.signatures.clear();
     }},
    {"a nullification of a block", errc::bad_certificate,
     [](auto& c) {
       c.subject.kind = vote_kind::nullify;
       c.subject.digest.raw[0] = std::byte{1};
     }},
  };
  for (const auto& one : rows) {
    INFO(one.name);
    CHECK(code_of_altered(one.alter) == one.why);
  }
  for (const auto kind : {vote_kind::notarize, vote_kind::finalize}) {
    CHECK(code_of_altered([kind](auto& c) {
            c.subject.kind = kind;
            c.subject.digest.raw[0] = std::byte{1};
          })
          == errc{});
  }
  CHECK(code_of_altered([](auto& c) { c.subject.kind = vote_kind::nullify; }) == errc{});
}

} // namespace
} // namespace caucus
