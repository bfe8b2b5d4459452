#include "test/actors/consensus/lone_core.hpp"
#include "test/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

// What a replica does when it enters a view, and where it stays when ancestors are missing.

namespace caucus::voting {
namespace {

/// Replica 0 of four in a busy group, which for long hears from `talking` alone.
struct half_heard : lone_core {
  explicit half_heard(std::initializer_list<std::uint16_t> talking) : lone_core{std::uint16_t{0}} {
    live();
    step(batch_held{root(5), peer(1), batch_number{1}, 10, false}); // busy
    for (int i = 0; i < 50; ++i) {
      pass(config.skip_timeout / 10);
      for (const auto who : talking) {
        const subject on{vote_kind::notarize, epoch{}, core->current(), root(9)};
        hear(who, vote{on, member_index{who}, {}}); // which decides nothing
      }
    }
    take_votes();
  }
  /// Leaves its view for the next one that the silent member 3 leads.
  [[nodiscard]] bool nullifies_on_entry() {
    auto to = core->current();
    while (to.value() % 4 != 3) {
      to = to.next();
    }
    hear(1, certified(vote_kind::nullify, view{to.value() - 1}));
    REQUIRE(core->current() == to);
    const auto votes = take_votes();
    return std::any_of(votes.begin(), votes.end(), [&](const vote& one) {
      return one.subject == subject{vote_kind::nullify, epoch{}, to, {}};
    });
  }
};

TEST_CASE("a leader that was silent for long is nullified on entry, while a quorum talks") {
  half_heard at{1, 2};
  CHECK(at.nullifies_on_entry());
}

TEST_CASE("a replica that hears no quorum nullifies nobody on entry: it may be the one cut off") {
  half_heard one{1};
  CHECK_FALSE(one.nullifies_on_entry());
  half_heard nobody{};
  CHECK_FALSE(nobody.nullifies_on_entry());
}

TEST_CASE("a leader that talks is not nullified on entry") {
  half_heard at{1, 2, 3};
  CHECK_FALSE(at.nullifies_on_entry());
}

TEST_CASE("a silent leader's proposal that is here already, or one's own vote, comes first") {
  half_heard at{1, 2};
  auto to = at.core->current();
  while (to.value() % 4 != 3) {
    to = to.next();
  }
  at.hear(1, at.certified(vote_kind::nullify, view{to.value() - 2}));
  at.take_votes();
  at.holds = true; // its check goes on while the view is entered
  at.hear(3, proposal{{lone_core::child(at.genesis, to, 0), {}}, {}});
  at.holds = false;
  at.hear(1, at.certified(vote_kind::nullify, view{to.value() - 1}));
  REQUIRE(at.core->current() == to);
  for (const auto& one : at.take_votes()) {
    CHECK(one.subject.view < to);
  }
}

// -- the floor -----------------------------------------------------------------------------------

/// Views up to 39: the group notarized blocks in the views 1 and 38, of which this replica holds the
/// latter, but, if it `lacks` it, not that one's parent; all others it nullified.
struct with_gap : lone_core {
  block_header first = child(genesis, view{1}, 0);
  block_header middle = child(first, view{2}, 0);
  block_header newest = child(middle, view{38}, 0);

  explicit with_gap(bool lacks) : lone_core{0, 64} {
    live();
    notarized(first);
    is_executed(first, 0);
    if (lacks) {
      hear(63, certified(vote_kind::notarize, middle.view, digest_of(middle)));
    } else {
      notarized(middle);
      is_executed(middle, 0);
    }
    for (std::uint64_t in = 3; in < 38; ++in) {
      hear(63, certified(vote_kind::nullify, view{in}));
    }
    notarized(newest);
    take_votes();
  }
  /// Certificates of views up to 10 that it still gives.
  [[nodiscard]] std::size_t kept_low() {
    done.clear();
    step(heard{link(1), certificate_request{view{1}, view{10}}, 9, 0});
    for (const auto& one : done) {
      const auto* const sent = std::get_if<send>(&one);
      if (sent != nullptr && sent->responds_to == 9) {
        return std::get<certificate_page>(sent->message).certificates.size();
      }
    }
    return 0;
  }
};

TEST_CASE("views below a notarized block are kept until all of its ancestors are held") {
  with_gap at{true};
  CHECK(at.kept_low() == 10);
}

TEST_CASE("with its ancestors held, a notarized block raises the floor, and views below it go") {
  with_gap at{false};
  CHECK(at.kept_low() == 0);
}

TEST_CASE("the floor rises when the missing ancestor comes") {
  lone_core at{0, 64};
  at.live();
  const auto first = lone_core::child(at.genesis, view{1}, 0);
  const auto newest = lone_core::child(first, view{38}, 0);
  at.hear(63, at.certified(vote_kind::notarize, view{1}, digest_of(first)));
  const auto asked = at.asked<proposal_request>();
  REQUIRE(asked);
  for (std::uint64_t in = 2; in < 38; ++in) {
    at.hear(63, at.certified(vote_kind::nullify, view{in}));
  }
  at.notarized(newest);
  CHECK(at.core->held_view_count() >= 38);
  at.answer(*asked, proposal_response{proposal{{first, {}}, {}}});
  CHECK(at.core->held_view_count() <= kept_views + 2);
}

} // namespace
} // namespace caucus::voting
