#include "actors/consensus/node_states.hpp"

#include <algorithm>
#include <utility>

namespace caucus {

node_states::node_states(const committee& voters, const peer_id& self)
    : self_{self}, in_{voters.in_epoch()}, members_{voters.peers()} {
  std::erase(members_, self_);
}

void node_states::follow(const committee& voters) {
  if (voters.in_epoch() != in_) {
    in_ = voters.in_epoch();
    members_ = voters.peers();
    std::erase(members_, self_);
  }
}

// -- links ---------------------------------------------------------------------------------------

void node_states::up(const link_info& who) {
  links_.insert_or_assign(who.id, link{who, 0, {}});
}

void node_states::down(link_id which) {
  links_.erase(which);
}

bool node_states::is_member(const peer_id& who) const {
  return std::find(members_.begin(), members_.end(), who) != members_.end();
}

const node_states::link* node_states::link_of(const peer_id& who) const {
  const auto at = std::find_if(links_.rbegin(), links_.rend(),
                               [&who](const auto& one) { return one.second.info.peer == who; });
  return at == links_.rend() ? nullptr : &at->second;
}

std::size_t node_states::linked_count() const {
  return static_cast<std::size_t>(std::count_if(
    members_.begin(), members_.end(), [this](const auto& one) { return link_of(one) != nullptr; }));
}

std::vector<peer_hint> node_states::linked_members() const {
  std::vector<peer_hint> out;
  for (const auto& one : members_) {
    if (const auto* const at = link_of(one)) {
      out.push_back({one, at->info.listens_at.substr(0, address_size_max)});
    }
  }
  return out;
}

// -- answering -----------------------------------------------------------------------------------

bool node_states::may_answer(link_id who, time_point now) {
  const auto at = links_.find(who);
  if (at == links_.end()) {
    return false;
  }
  auto& from = at->second;
  if (now >= from.ask_from + std::chrono::seconds{1}) {
    from.ask_from = now;
    from.answered = 0;
  }
  return ++from.answered <= node_states_per_second;
}

// -- asking --------------------------------------------------------------------------------------

void node_states::ask(std::size_t asker, request_tag tag, time_point now,
                      std::vector<node_state_asked>& out) {
  const bool busy = open_.size() >= censuses_max;
  pending made;
  made.census.asker = asker;
  made.census.tag = tag;
  const auto key = ++last_;
  for (const auto& one : members_) {
    member_word word;
    word.peer = one;
    const auto* const at = link_of(one);
    if (at != nullptr && busy) {
      word.code = errc::busy;
    } else if (at != nullptr) {
      word.code = errc::timed_out; // until it answers
      const auto number = node_state_tag_bit | ++last_;
      questions_.emplace(number, question{one, key, now});
      out.push_back({at->info.id, number});
      ++made.missing;
    }
    made.census.words.push_back(std::move(word));
  }
  open_.emplace(key, std::move(made));
  settle(key);
}

void node_states::learn(time_point now, std::vector<node_state_asked>& out) {
  const auto due = next_wake();
  if (!due || now < *due) {
    return;
  }
  learn_at_ = now + learning_interval;
  for (const auto& one : members_) {
    if (const auto* const at = link_of(one)) {
      const auto number = node_state_tag_bit | ++last_;
      questions_.emplace(number, question{one, 0, now});
      out.push_back({at->info.id, number});
    }
  }
}

std::optional<time_point> node_states::next_wake() const {
  const auto linked = linked_count();
  return linked == 0 || linked == members_.size() ? std::nullopt : std::optional{learn_at_};
}

void node_states::heard(std::uint64_t tag, const node_state& what, time_point now, wall_ms wall,
                        std::vector<address_learned>& learned) {
  const auto at = questions_.find(tag);
  if (at == questions_.end()) {
    return;
  }
  const auto asked = at->second;
  questions_.erase(at);
  std::set<peer_id> seen;
  for (const auto& one : what.members) {
    if (!one.address.empty() && is_member(one.peer) && link_of(one.peer) == nullptr
        && seen.insert(one.peer).second) {
      learned.push_back({one.peer, one.address});
    }
  }
  const auto of = open_.find(asked.census);
  if (of == open_.end()) {
    return;
  }
  for (auto& word : of->second.census.words) {
    if (word.peer == asked.whom) {
      word.state = what;
      word.round_trip = now - asked.time;
      // Whatever it says of its clock: no difference overflows.
      const auto theirs =
        std::clamp(what.clock, wall_ms{0}, wall + std::chrono::hours{24 * 365 * 100});
      word.clock_ahead = std::chrono::duration_cast<duration>(theirs - wall) + word.round_trip / 2;
    }
  }
  --of->second.missing;
  settle(asked.census);
}

void node_states::failed(std::uint64_t tag, errc why) {
  const auto at = questions_.find(tag);
  if (at == questions_.end()) {
    return;
  }
  const auto asked = at->second;
  questions_.erase(at);
  const auto of = open_.find(asked.census);
  if (of == open_.end()) {
    return;
  }
  for (auto& word : of->second.census.words) {
    if (word.peer == asked.whom) {
      word.code = why;
    }
  }
  --of->second.missing;
  settle(asked.census);
}

void node_states::settle(std::uint64_t of) {
  const auto at = open_.find(of);
  if (at->second.missing == 0) {
    done_.push_back(std::move(at->second.census));
    open_.erase(at);
  }
}

std::vector<census> node_states::take_done() {
  return std::exchange(done_, {});
}

} // namespace caucus
