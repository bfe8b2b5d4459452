#include "actors/notary/snapshot_fetch.hpp"

#include "actors/notary/record_codec.hpp"
#include "messages/genesis.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace caucus {

namespace {

/// An error of what was given, and not of this node's own disk, memory or time.
bool is_lie(errc why) {
  const auto* const row = std::find_if(error_codes.begin(), error_codes.end(),
                                       [why](const error_row& one) { return one.code == why; });
  return row != error_codes.end()
         && (row->blame == culprit::peer || row->blame == culprit::author
             || row->blame == culprit::leader);
}

/// What is kept of a try for the next one: so much beyond twice the state, then no more is written.
constexpr std::uint64_t brought_spare = 64 * 1024 * 1024;

} // namespace

void snapshot_fetch::restore(std::vector<snapshot_entry> brought) {
  for (const auto& one : brought) {
    brought_size_ += one.key.size() + one.value.size();
  }
  std::move(brought.begin(), brought.end(), std::back_inserter(restored_));
}

/// What this node has may be most of it, and a former try brought the rest.
void snapshot_fetch::gather(const state_tree& own) {
  here_ = own;
  here_.widen(variables_max + 1); // the state that is fetched may have more
  for (const auto& one : std::exchange(restored_, {})) {
    const auto path = path_of(one.variable, one.key);
    if (one.variable.value() < here_.variable_count()
        && (!here_.occupied(path) || here_.entry(path))) {
      here_.put(path, one.key, one.value);
    }
  }
  static_cast<void>(here_.root());
}

// -- when ------------------------------------------------------------------------------------------

void snapshot_fetch::begin(const tip_state& tip, const notary_turn& t) {
  if (!config_.fetch_snapshot) {
    return;
  }
  wanted_ = true;
  blocks_since_ = 0;
  tip_ = tip.header.height;
  epoch_ = tip.voters->in_epoch();
  if (!std::exchange(begun_, true)) {
    gather(tip.state);
  }
  pump(t);
}

void snapshot_fetch::advanced(height tip, const notary_turn& t) {
  if (tip <= tip_) {
    return;
  }
  tip_ = tip;
  wanted_ = false;
  if (!begun_ && restored_.empty()) {
    return;
  }
  // A block now and then, from one that has them all, does not bring this node there.
  const bool is_passed = aim_ == height{} ? ++blocks_since_ >= blocks_of_worth : aim_ <= tip;
  if (!is_passed) {
    return;
  }
  now_ = idle{};
  begun_ = false;
  aim_ = {};
  here_ = state_tree{};
  restored_ = {};
  brought_size_ = 0;
  t.want(notary_out::keep_snapshot_part{});
}

void snapshot_fetch::give_up(const notary_turn& t) {
  now_ = idle{t.now + again_after};
}

std::optional<time_point> snapshot_fetch::next_wake() const {
  return std::visit(overloaded{[this](const idle& one) {
                                 return wanted_ ? std::optional{one.not_before} : std::nullopt;
                               },
                               [](const asking& one) { return std::optional{one.until}; },
                               [](const getting_base& one) { return std::optional{one.until}; },
                               [](const getting_state& one) {
                                 auto soonest = one.until;
                                 for (const auto& [link, each] : one.servers) {
                                   soonest = each.not_before > time_point{}
                                               ? std::min(soonest, each.not_before)
                                               : soonest;
                                 }
                                 return std::optional{soonest};
                               },
                               [](const checking_base&) { return std::optional<time_point>{}; },
                               [](const installing&) { return std::optional<time_point>{}; }},
                    now_);
}

void snapshot_fetch::pump(const notary_turn& t) {
  std::visit(overloaded{[&](const idle& one) {
                          if (wanted_ && t.now >= one.not_before) {
                            ask_offers(t);
                          }
                        },
                        [&](const asking& one) {
                          if (one.tags.empty() || t.now >= one.until) {
                            choose(t);
                          }
                        },
                        [&](const getting_base& one) {
                          if (t.now >= one.until) {
                            false_ones_.insert(one.by.front().peer); // others first
                            give_up(t);
                          }
                        },
                        [&](getting_state& one) { go_on(one, t); },
                        ignored<checking_base, installing>{}},
             now_);
}

void snapshot_fetch::go_on(getting_state& at, const notary_turn& t) {
  if (t.now >= at.until) {
    if (brought_size_ - at.brought < progress_size) {
      for (const auto& one : at.by) {
        false_ones_.insert(one.peer); // others first; what came stays
      }
      return give_up(t);
    }
    at.until = t.now + progress_time;
    at.brought = brought_size_;
  }
  ask_places(at, t);
}

std::uint64_t snapshot_fetch::request(link_id to, snapshot_request what, const notary_turn& t) {
  const auto tag = next_tag_++;
  t.want(notary_out::request{to, tag, answer_time, std::move(what)});
  return tag;
}

void snapshot_fetch::blame(link_id link, const peer_id& peer, std::string why,
                           const notary_turn& t) {
  false_ones_.insert(peer);
  t.want(notary_out::blame{link, peer, errc::bad_proof, std::move(why)});
}

// -- offers ----------------------------------------------------------------------------------------

void snapshot_fetch::ask_offers(const notary_turn& t) {
  asking out;
  out.until = t.now + offers_time;
  for (const bool members : {true, false}) {
    for (const auto& [link, peer] : peers_.links()) {
      if (peer.member.has_value() == members && peer.gives_snapshots
          && !false_ones_.contains(peer.peer) && out.tags.size() < members_max) {
        out.tags.insert(request(link, {offer_wanted{}}, t));
      }
    }
  }
  if (out.tags.empty()) {
    false_ones_.clear(); // whoever is left may have it all the same
    return give_up(t);
  }
  now_ = std::move(out);
}

/// The one that most members make, then the newest: strangers, of whom there may be any number, and a
/// liar alone are turned to last. Who made the same are asked together. Whoever has the next block
/// can give that.
void snapshot_fetch::choose(const notary_turn& t) {
  auto offers = std::move(std::get<asking>(now_).offers);
  std::erase_if(offers, [this](const offered& one) {
    return one.what.height <= tip_ || one.what.oldest <= tip_.next();
  });
  if (offers.empty()) {
    false_ones_.clear(); // some may have a newer one by then
    return give_up(t);
  }
  const auto same = [](const offered& one, const offered& other) {
    return one.what.height == other.what.height && one.what.state_root == other.what.state_root;
  };
  const auto worth = [&](const offered& one) {
    const auto members = std::count_if(offers.begin(), offers.end(), [&](const offered& other) {
      return other.is_member && same(one, other);
    });
    return std::pair{members, one.what.height};
  };
  const auto chosen =
    *std::max_element(offers.begin(), offers.end(), [&](const offered& one, const offered& other) {
      return worth(one) < worth(other);
    });
  const bool by_members = worth(chosen).first > 0;
  std::erase_if(offers, [&](const offered& one) {
    return !same(one, chosen) || (by_members && !one.is_member); // they may say it too, and no more
  });
  getting_base next;
  next.by = std::move(offers);
  next.until = t.now + base_time;
  for (const auto& one : history_->ends) {
    next.closings.push_back(*one);
  }
  go_on(now_.emplace<getting_base>(std::move(next)), t);
}

// -- what comes before the state ---------------------------------------------------------------------

void snapshot_fetch::go_on(getting_base& at, const notary_turn& t) {
  const auto& from = at.by.front();
  if (at.closings.size() < from.what.closings) {
    at.tag = request(from.link, {closings_wanted{epoch{at.closings.size()}}}, t);
    return;
  }
  if (at.record.size() < from.what.record_size) {
    at.tag = request(from.link, {record_wanted{from.what.height, at.record.size()}}, t);
    return;
  }
  auto block = decode_final(at.record);
  if (!block) {
    blame(from.link, from.peer, "the block of a snapshot that is none", t);
    return give_up(t);
  }
  auto made = std::make_shared<snapshot_contents>();
  made->height = from.what.height;
  made->closings = std::move(at.closings);
  made->block = std::move(*block);
  for (const auto& header : from.what.above) {
    made->above.blocks.push_back({header, {}});
  }
  made->above.finalization = from.what.finalization;
  const auto token = next_check_++;
  t.want(notary_out::check_snapshot{token, made});
  now_ = checking_base{token, std::move(at.by), std::move(made)};
}

void snapshot_fetch::base_answered(getting_base& at, std::uint64_t tag,
                                   const snapshot_response* what, const notary_turn& t) {
  if (std::exchange(at.tag, at.tag == tag ? 0 : at.tag) != tag) {
    return;
  }
  const auto& from = at.by.front();
  const auto* const ends = what == nullptr ? nullptr : std::get_if<snapshot_closings>(&what->what);
  const auto* const piece = what == nullptr ? nullptr : std::get_if<snapshot_record>(&what->what);
  if (ends != nullptr && at.closings.size() < from.what.closings && !ends->all.empty()) {
    for (const auto& one : ends->all) {
      at.closings_size += encoded_size(one);
      at.closings.push_back(one);
    }
    if (at.closings_size <= closings_size_max) {
      return go_on(at, t);
    }
  } else if (piece != nullptr && at.closings.size() >= from.what.closings
             && piece->piece.size() <= from.what.record_size - at.record.size()) {
    at.record.insert(at.record.end(), piece->piece.begin(), piece->piece.end());
    return go_on(at, t);
  }
  if (what != nullptr && !std::holds_alternative<snapshot_nothing>(what->what)) {
    blame(from.link, from.peer, "another answer than was asked for, or more than it said", t);
  }
  false_ones_.insert(from.peer);
  give_up(t);
}

void snapshot_fetch::checked(std::uint64_t token, const result<void>& how, const notary_turn& t) {
  auto* const at = std::get_if<checking_base>(&now_);
  if (at == nullptr || at->token != token) {
    return;
  }
  const auto& from = at->by.front();
  const auto& block = *at->contents->block;
  if (!how) {
    if (is_lie(how.error().code)) {
      blame(from.link, from.peer,
            "a snapshot that the group did not certify: " + to_string(how.error()), t);
    } else {
      false_ones_.insert(from.peer);
    }
    return give_up(t);
  }
  if (block.block->header.epoch < epoch_) {
    blame(from.link, from.peer, "a snapshot of an epoch that is over", t);
    return give_up(t);
  }
  if (block.state_root != from.what.state_root) {
    blame(from.link, from.peer, "a snapshot of another state than it said", t);
    return give_up(t);
  }
  aim_ = at->contents->height;
  getting_state next;
  for (const auto& one : at->by) {
    next.servers[one.link].peer = one.peer;
  }
  next.wishes.push_back({state_place{}, block.state_root});
  next.by = std::move(at->by);
  next.contents = std::move(at->contents);
  next.until = t.now + progress_time;
  next.brought = brought_size_;
  ask_places(now_.emplace<getting_state>(std::move(next)), t);
}

// -- the state -------------------------------------------------------------------------------------

std::optional<link_id> snapshot_fetch::next_server(const getting_state& at, time_point now) {
  std::optional<link_id> first;
  for (const auto& [link, one] : at.servers) {
    if (one.asked >= asked_per_link_max || one.not_before > now) {
      continue;
    }
    if (link > at.last) {
      return link;
    }
    first = first.value_or(link);
  }
  return first;
}

void snapshot_fetch::ask_places(getting_state& at, const notary_turn& t) {
  for (auto& [link, one] : at.servers) {
    one.not_before = one.not_before <= t.now ? time_point{} : one.not_before;
  }
  while (!at.wishes.empty() && at.asked.size() < asked_max) {
    const auto next = at.wishes.back();
    if (here_.hash_at(next.place) == next.hash) {
      at.wishes.pop_back();
      continue;
    }
    if (next.hash.is_zero()) {
      here_.clear_at(next.place);
      static_cast<void>(here_.root());
      at.wishes.pop_back();
      continue;
    }
    const auto to = next_server(at, t.now);
    if (!to) {
      break;
    }
    at.wishes.pop_back();
    at.last = *to;
    ++at.servers[*to].asked;
    const auto tag = request(*to, {place_wanted{at.contents->height, next.place}}, t);
    at.asked.emplace(tag, std::pair{*to, next});
  }
  if (at.asked.empty() && at.wishes.empty()) {
    return finish(at, t);
  }
  if (at.servers.empty()) {
    give_up(t); // what came stays, and counts for a newer one
  }
}

void snapshot_fetch::state_answered(getting_state& at, std::uint64_t tag,
                                    const snapshot_response* what, const notary_turn& t) {
  const auto found = at.asked.find(tag);
  if (found == at.asked.end()) {
    return;
  }
  const auto [link, of] = found->second;
  at.asked.erase(found);
  const auto from = at.servers.find(link);
  const auto* const entries = what == nullptr ? nullptr : std::get_if<place_entries>(&what->what);
  const auto* const halves = what == nullptr ? nullptr : std::get_if<place_halves>(&what->what);
  bool is_good = false;
  if (halves != nullptr && of.place.depth < path_bits
      && digest_of_halves(halves->left, halves->right) == of.hash) {
    at.wishes.push_back({half_of(of.place, true), halves->right});
    at.wishes.push_back({half_of(of.place, false), halves->left});
    is_good = true;
  } else if (entries != nullptr) {
    is_good = take(of, *entries, t);
  }
  if (!is_good) {
    at.wishes.push_back(of);
  }
  if (from == at.servers.end()) {
    return;
  }
  auto& one = from->second;
  --one.asked;
  const auto* const nothing =
    what == nullptr ? nullptr : std::get_if<snapshot_nothing>(&what->what);
  if (is_good) {
    one.failures = 0;
    one.not_before = {};
  } else if (nothing != nullptr && nothing->busy) {
    one.not_before = t.now + busy_time; // until then, or one of its answers
  } else if (what != nullptr && nothing == nullptr) {
    blame(link, one.peer, "a part of a snapshot that is not in the certified state", t);
    at.servers.erase(from);
  } else if (nothing != nullptr || ++one.failures >= failures_max) {
    at.servers.erase(from);
  }
}

bool snapshot_fetch::take(const wish& of, const place_entries& what, const notary_turn& t) {
  state_tree made{here_.variable_count()};
  std::uint64_t size = 0;
  for (const auto& one : what.all) {
    const auto path = path_of(one.variable, one.key);
    if (one.variable.value() >= made.variable_count() || !is_in(of.place, path)
        || made.occupied(path)) {
      return false;
    }
    made.put(path, one.key, one.value);
    size += one.key.size() + one.value.size();
  }
  static_cast<void>(made.root());
  if (made.hash_at(of.place) != of.hash) {
    return false;
  }
  here_.clear_at(of.place);
  for (const auto& one : what.all) {
    here_.put(path_of(one.variable, one.key), one.key, one.value);
  }
  static_cast<void>(here_.root());
  brought_size_ += size;
  if (brought_size_ <= 2 * here_.size() + brought_spare) {
    t.want(notary_out::keep_snapshot_part{what.all});
  }
  return true;
}

void snapshot_fetch::finish(getting_state& at, const notary_turn& t) {
  const auto made = std::move(at.contents);
  CAUCUS_ASSERT(here_.sealed_root() == made->block->state_root);
  made->entries.reserve(here_.entry_count());
  for (std::size_t i = 0; i < here_.variable_count(); ++i) {
    const variable_id in{static_cast<std::uint16_t>(i)};
    here_.each(in, [&](const entry_view& one) {
      made->entries.push_back({path_of(in, one.key),
                               {one.key.begin(), one.key.end()},
                               bytes{one.value.begin(), one.value.end()}});
      return true;
    });
  }
  now_ = installing{at.by.front().peer, made->height};
  before_install_(here_, t);
  t.want(notary_out::install_snapshot{made});
}

void snapshot_fetch::refused(const error& why, const notary_turn& t) {
  if (const auto* const at = std::get_if<installing>(&now_)) {
    const bool lied = is_lie(why.code);
    if (lied) {
      false_ones_.insert(at->source);
    }
    now_ = idle{t.now + (lied ? again_after : refused_time)};
  }
}

// -- answers ---------------------------------------------------------------------------------------

void snapshot_fetch::answered(std::uint64_t tag, link_id from, const snapshot_response* what,
                              const notary_turn& t) {
  std::visit(overloaded{[&](asking& one) { offer_answered(one, tag, from, what); },
                        [&](getting_base& one) { base_answered(one, tag, what, t); },
                        [&](getting_state& one) { state_answered(one, tag, what, t); },
                        ignored<idle, checking_base, installing>{}},
             now_);
  pump(t);
}

void snapshot_fetch::offer_answered(asking& at, std::uint64_t tag, link_id from,
                                    const snapshot_response* what) const {
  const auto* const given = what == nullptr ? nullptr : std::get_if<snapshot_offer>(&what->what);
  const auto peer = peers_.links().find(from);
  if (at.tags.erase(tag) > 0 && given != nullptr && peer != peers_.links().end()) {
    at.offers.push_back({from, peer->second.peer, peer->second.member.has_value(), *given});
  }
}

void snapshot_fetch::link_gone(link_id which) {
  if (auto* const state = std::get_if<getting_state>(&now_)) {
    state->servers.erase(which); // what it was asked ends by itself
  }
}

std::optional<snapshot_state> snapshot_fetch::state() const {
  using shown = std::optional<snapshot_state>;
  const auto of = [this](const offered& one) {
    return shown{{one.what.height, here_.entry_count(), one.what.entries}};
  };
  const snapshot_state none{height{}, here_.entry_count(), 0};
  return std::visit(
    overloaded{[&](const idle&) { return wanted_ ? shown{none} : std::nullopt; },
               [&](const asking&) { return shown{none}; },
               [&](const getting_base& one) { return of(one.by.front()); },
               [&](const checking_base& one) { return of(one.by.front()); },
               [&](const getting_state& one) { return of(one.by.front()); },
               [&](const installing& one) {
                 return shown{{one.height, here_.entry_count(), here_.entry_count()}};
               }},
    now_);
}

} // namespace caucus
