#include "actors/notary/reads.hpp"

#include "actors/notary/executor.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/rule_set.hpp"
#include "messages/packet_code.hpp"
#include "messages/try.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/text.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <algorithm>

namespace caucus {

namespace {

constexpr std::size_t body_overhead = 64; ///< room for the frame's own fields

/// About what an entry takes in a frame.
std::size_t size_of(const proven_entry& one) {
  return 64 + one.key.size() + (one.value ? one.value->size() : 0)
         + one.proof.siblings.size() * digest::size + sizeof(state_leaf);
}

std::size_t size_of(const proven_declaration& one) {
  return 64 + one.declared.size() + one.proof.siblings.size() * digest::size + sizeof(state_leaf);
}

result<proven_entry> prove(const state_tree& state, variable_id variable, bytes_view key) {
  const auto path = path_of(variable, key);
  const auto value = state.get(path);
  auto proof = state.prove(path);
  if (!proof) {
    return fail(errc::too_long, "the key was made to collide: no proof of it is short enough");
  }
  return proven_entry{{key.begin(), key.end()},
                      value ? std::optional{bytes{value->begin(), value->end()}} : std::nullopt,
                      std::move(*proof)};
}

/// What no peer could be asked, and no answer could say.
result<void> judge_size(const read_request& what) {
  if (what.variable.size() > name_size_max) {
    return fail(errc::unknown_variable, "a name of " + std::to_string(what.variable.size())
                                          + " bytes; allowed are up to "
                                          + std::to_string(name_size_max));
  }
  if (what.key.size() > proven_key_size_max) {
    return fail(errc::wrong_arguments, "a key of " + std::to_string(what.key.size())
                                         + " bytes; allowed are up to "
                                         + std::to_string(proven_key_size_max));
  }
  return {};
}

} // namespace

result<std::optional<proven_declaration>> reads::prove_declared(variable_id of) const {
  if (base_->rules->declared() == setup_.rules->first_group()->declared) {
    return std::optional<proven_declaration>{};
  }
  const auto key = declared_key(of);
  CAUCUS_TRY(auto shown, prove(base_->state, bookkeeping, as_bytes(key)));
  return shown.value
           ? std::optional{proven_declaration{of, std::move(*shown.value), std::move(shown.proof)}}
           : std::nullopt;
}

result<answer> reads::build(const read_request& what) const {
  std::size_t cost = 0;
  return build(what, cost);
}

result<answer> reads::build(const read_request& what, std::size_t& cost) const {
  CAUCUS_ASSERT(base_.has_value());
  const auto& names = base_->rules->names();
  CAUCUS_TRY(const auto id, names.find(what.variable));
  const bool keyed = kind_of(names.at(id)->kind).has_entries();
  if (!keyed && !what.key.empty()) {
    return fail(errc::wrong_arguments, what.variable + " has no keys");
  }
  if (keyed && what.whole && !what.key.empty()) {
    return fail(errc::wrong_arguments, "a key, and all of them, are asked for at once");
  }
  answer out{what.variable, {}, base_->header, base_->finalization, std::nullopt};
  CAUCUS_TRY(out.declared, prove_declared(id));
  std::vector<bytes> keys{what.key};
  if (keyed && what.whole) {
    base_->state.each(id, [&](const entry_view& one) {
      cost += sizeof(bytes) + one.key.size();
      if (!one.key.empty()) {
        keys.emplace_back(one.key.begin(), one.key.end());
      }
      return keys.size() <= entries_per_answer_max + 1;
    });
    if (keys.size() > entries_per_answer_max + 1) {
      return fail(errc::too_long, what.variable + " has more than "
                                    + std::to_string(entries_per_answer_max)
                                    + " entries: ask for single keys");
    }
  }
  std::size_t size = body_overhead + sizeof(answer) + members_max * signature::size
                     + (out.declared ? size_of(*out.declared) : 0);
  for (const auto& key : keys) {
    CAUCUS_TRY(auto one, prove(base_->state, id, key));
    size += size_of(one);
    cost += size_of(one);
    if (size > body_size_max) {
      return fail(errc::too_long, what.variable + " does not fit one answer: ask for single keys");
    }
    out.entries.push_back(std::move(one));
  }
  return out;
}

bool reads::ready(const waiting& one) const {
  return base_ && base_->header.height >= one.read.height_min;
}

std::size_t reads::needed() const {
  return peers_.voters().quorum();
}

void reads::certified(certified_state newest, const notary_turn& t) {
  CAUCUS_ASSERT(!base_ || base_->header.height < newest.header.height);
  CAUCUS_ASSERT(newest.rules != nullptr);
  base_ = std::move(newest);
  of_peers_.certified(base_->header.height);
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto one = at++;
    if (one->claim) {
      weigh(one, t);
    } else if (ready(*one)) {
      finish(one, build(one->read), t);
    }
  }
}

void reads::get(asker_index by, const get_request& what, height after, const notary_turn& t) {
  if (auto sound = judge_size(what.read); !sound) {
    return t.tell(by, get_answer{what.tag, tl::make_unexpected(std::move(sound.error()))});
  }
  waiting one;
  one.asker = by;
  one.tag = what.tag;
  one.read = what.read;
  one.read.height_min = std::max({what.read.height_min, after, seen_, height{1}});
  if (what.fresh) {
    one.claim.emplace(peers_.voters(), what.nonce);
  }
  one.deadline = t.now + what.timeout;
  one.id = next_id_++;
  if ((one.claim || !ready(one)) && waiting_.size() >= setup_.config.reads_max) {
    return t.tell(by, get_answer{what.tag, fail(errc::busy, "too many reads wait")});
  }
  const auto at = waiting_.insert(waiting_.end(), std::move(one));
  if (!at->claim) {
    if (ready(*at)) {
      finish(at, build(at->read), t);
    }
    return;
  }
  ask(*at, t);
  weigh(at, t);
}

std::optional<errc> reads::peer_asked(link_id link, std::uint64_t msg_id, const read_request& what,
                                      const notary_turn& t) {
  return of_peers_.asked(link, msg_id, what, base_ ? base_->header.height : height{}, t);
}

void reads::serve(std::size_t portion, const notary_turn& t) {
  const auto build_it = [this](const read_request& what, std::size_t& cost) {
    auto made = build(what, cost);
    if (made) {
      seen_ = std::max(seen_, made->header.height);
    }
    return made;
  };
  for (const bool members : {true, false}) {
    of_peers_.serve(members, portion, build_it, t);
    attests_.serve(members, portion, t);
  }
}

void reads::finish(place one, result<answer> what, const notary_turn& t,
                   std::shared_ptr<const freshness> fresh) {
  if (what) {
    return finish(one, std::make_shared<const answer>(std::move(*what)), t, std::move(fresh));
  }
  t.tell(one->asker, get_answer{one->tag, tl::make_unexpected(what.error())});
  waiting_.erase(one);
}

void reads::finish(place one, std::shared_ptr<const answer> what, const notary_turn& t,
                   std::shared_ptr<const freshness> fresh) {
  seen_ = std::max(seen_, what->header.height);
  t.tell(one->asker, get_answer{one->tag, std::move(what), std::move(fresh), history_});
  waiting_.erase(one);
}

reads::place reads::find(std::uint64_t id) {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [id](const waiting& one) { return one.id == id; });
}

void reads::tick(const notary_turn& t) {
  of_peers_.tick(t);
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto one = at++;
    if (one->deadline > t.now) {
      if (one->ask_again && *one->ask_again <= t.now) {
        ask(*one, t);
      }
      continue;
    }
    finish(one, tl::make_unexpected(too_late(*one)), t);
  }
}

error reads::too_late(const waiting& one) const {
  const auto here = std::to_string(base_ ? base_->header.height.value() : 0);
  if (!one.claim || (one.claim->enough() && one.read.height_min > one.claim->least())) {
    return {errc::not_yet, "height " + std::to_string(one.read.height_min.value())
                             + " is not final yet; the newest certified one is " + here};
  }
  const auto members = std::to_string(peers_.voters().size());
  if (!one.claim->enough()) {
    return {errc::no_quorum_answered, std::to_string(one.claim->count()) + " of " + members
                                        + " members attested in time, " + std::to_string(needed())
                                        + " are needed; not: " + one.claim->missing()};
  }
  return {errc::not_yet, std::to_string(one.claim->count()) + " of " + members
                           + " members attested, and what they know of is not certified here yet: "
                             "the newest certified height of this node is "
                           + here + ", needed is about "
                           + std::to_string(one.claim->least().value())};
}

void reads::stop(const error& why, const notary_turn& t) {
  of_peers_.stop(t);
  attests_.stop(t);
  while (!waiting_.empty()) {
    finish(waiting_.begin(), result<answer>{tl::make_unexpected(why)}, t);
  }
}

void reads::forget(asker_index who, request_tag tag) {
  waiting_.remove_if([&](const auto& one) { return one.asker == who && one.tag == tag; });
}

void reads::asker_gone(asker_index who) {
  waiting_.remove_if([who](const waiting& one) { return one.asker == who; });
}

void reads::link_gone(link_id link) {
  of_peers_.link_gone(link);
  attests_.link_gone(link);
}

void reads::epoch_began(const notary_turn& t) {
  for (auto& one : waiting_) {
    if (one.claim) {
      one.claim.emplace(peers_.voters(), one.claim->nonce());
      ask(one, t);
    }
  }
}

std::optional<time_point> reads::next_wake() const {
  auto due = of_peers_.next_wake();
  for (const auto& one : waiting_) {
    const auto next = std::min(one.deadline, one.ask_again.value_or(one.deadline));
    due = due ? std::min(*due, next) : next;
  }
  return due;
}

} // namespace caucus
