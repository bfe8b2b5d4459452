#include "test/sim/group/users.hpp"

#include "runtime/archive/codec.hpp"
#include "test/sim/hashing.hpp"

#include <algorithm>

namespace caucus::sim {

namespace {

constexpr duration patience{2'000'000};
constexpr duration pause{300'000}; ///< before it is asked again

std::string name_of(std::uint64_t number) {
  return "mutation " + std::to_string(number);
}

} // namespace

notary_request users::propose(std::uint64_t number, bool named, bool twice) {
  check_.asked(number);
  auto& one = open_[number];
  one.named = named;
  one.twice = named && twice;
  return ask(number, one);
}

notary_request users::ask(std::uint64_t number, wish& of) {
  of.tag = ++next_tag_;
  by_tag_.emplace(of.tag, number);
  return propose_request{of.tag, of.named ? name_of(number) : std::string{}, mutation_of(number),
                         patience};
}

notary_request users::say(const mutation& what) {
  said_.insert(++next_tag_);
  return propose_request{next_tag_, {}, encode(what), patience};
}

notary_request users::read(subject_of_read of, std::uint64_t note, bool fresh) {
  reading one;
  one.after = newest_receipt_;
  switch (of) {
    case subject_of_read::score: one.what.variable = "score"; break;
    case subject_of_read::tags:
      one.what.variable = "tags";
      one.what.whole = check_.tags_fit();
      break;
    case subject_of_read::note: {
      const auto text = note_of(note).value();
      const auto key = as_bytes(text);
      one.what.variable = "notes";
      one.what.key.assign(key.begin(), key.end());
      one.note = note;
      break;
    }
  }
  const auto tag = ++next_tag_;
  if (fresh) {
    one.everywhere = check_.newest_acknowledged();
    one.nonce = spread<fresh_nonce>(mix({0x6e6f6e6365, self_, tag}));
  }
  reads_.emplace(tag, one);
  return get_request{tag, one.what, fresh, patience, one.nonce};
}

notary_request users::subscribe() {
  const auto& begun = part_.mutations;
  subscribed_tag_ = ++next_tag_;
  // Blocks without mutations are not told, so the one that was begun may lie behind some.
  return begun.empty() ? subscribe_request{subscribed_tag_, heard_.next(), 0}
                       : subscribe_request{subscribed_tag_, part_.height, begun.back().index + 1};
}

std::vector<notary_request> users::again(time_point now) {
  std::vector<notary_request> out;
  for (auto& [number, one] : open_) {
    if (one.tag == 0 && one.again_at <= now) {
      out.push_back(ask(number, one));
    }
  }
  return out;
}

void users::told(const notary_answer& what, time_point now) {
  if (const auto* const became = std::get_if<propose_answer>(&what)) {
    told(*became, now);
  } else if (const auto* const got = std::get_if<get_answer>(&what)) {
    told(*got);
  } else if (const auto* const block = std::get_if<committed_answer>(&what)) {
    if (block->tag == subscribed_tag_) { // else a former life of the application asked
      told(*block->block);
    }
  } else if (const auto* const over = std::get_if<subscription_ended>(&what);
             over != nullptr && over->tag == subscribed_tag_) {
    told(*over);
  }
}

void users::told(const subscription_ended& what) {
  if (what.code == errc::pruned && what.oldest > heard_.next() && check_.may_lack(what.oldest)) {
    part_ = {};
    heard_ = height{what.oldest.value() - 1};
  } else if (what.code != errc::rules_missing) { // that is the end of a program's life
    verdict_.fail(self_, "a subscription ended");
  }
}

void users::told(const committed_block& part) {
  if (!part_.mutations.empty() && part.height != part_.height) {
    return verdict_.fail(self_, "a block is told in parts, and its last ones are not");
  }
  auto all = std::move(part_.mutations);
  all.insert(all.end(), part.mutations.begin(), part.mutations.end());
  part_ = {part.height, part.time, std::move(all), part.more};
  if (!part.more) {
    check_.told(self_, heard_, part_);
    heard_ = part.height;
    part_ = {};
  }
}

void users::told(const propose_answer& what, time_point now) {
  if (what.tag <= forsaken_tag_ || said_.erase(what.tag) > 0) {
    return;
  }
  const auto tag = by_tag_.find(what.tag);
  if (tag == by_tag_.end()) {
    return verdict_.fail(self_, "an answer to nothing, or a second one");
  }
  const auto number = tag->second;
  by_tag_.erase(tag);
  auto& one = open_.at(number);
  one.tag = 0;
  if (what.receipt) {
    if (one.first && *one.first != *what.receipt) {
      return verdict_.fail(self_, name_of(number) + " has two receipts");
    }
    check_.acknowledged(self_, number, *what.receipt);
    newest_receipt_ = std::max(newest_receipt_, what.receipt->height);
    if (!one.twice || one.first) {
      open_.erase(number);
      return;
    }
    one.first = *what.receipt;
  } else if (last_error_ = to_string(what.receipt.error());
             last_error_.find("was set back") != std::string::npos) {
    if (!hurt_ && number > lost_up_to_) {
      verdict_.fail(self_, name_of(number) + ": of a folder that nothing befell");
    }
    open_.erase(number); // nobody can say, for good
    return;
  } else if (what.receipt.error().code == errc::busy
             || what.receipt.error().code == errc::over_quota
             || what.receipt.error().code == errc::rules_missing) { // until its program is another
    if (!one.named) {
      check_.not_taken(number);
    }
  } else if (what.receipt.error().code != errc::outcome_unknown
             && !(refusable_ && what.receipt.error().code == errc::not_a_writer)) {
    return verdict_.fail(self_, name_of(number) + ": " + to_string(what.receipt.error()));
  }
  if (!one.named) {
    open_.erase(number);
    return;
  }
  one.again_at = now + pause;
}

void users::told(const get_answer& what) {
  if (what.tag <= forsaken_tag_) {
    return;
  }
  const auto found = reads_.find(what.tag);
  if (found == reads_.end()) {
    return verdict_.fail(self_, "a read answered twice");
  }
  const auto one = std::move(found->second);
  reads_.erase(found);
  if (what.answer) {
    check_.read(self_, one.what, one.note, **what.answer);
    if ((*what.answer)->header.height <= one.after) {
      verdict_.fail(self_, "a read that does not show what its node's user was told");
    }
    if (!one.nonce.is_zero()) {
      look_fresh(one, what);
    }
    return;
  }
  const auto why = what.answer.error().code;
  if (why != errc::not_yet && why != errc::no_quorum_answered && why != errc::rules_missing) {
    verdict_.fail(self_, "a read: " + to_string(what.answer.error()));
  }
  last_error_ = "read: " + to_string(what.answer.error());
  ++failed_reads_;
}

void users::give_up() {
  forsaken();
  open_.clear();
  newest_receipt_ = {};
  hurt_ = true;
}

void users::may_be_lost() {
  if (!open_.empty()) {
    lost_up_to_ = std::max(lost_up_to_, open_.rbegin()->first);
  }
}

void users::look_fresh(const reading& asked, const get_answer& what) {
  const auto& header = (*what.answer)->header;
  if (header.height <= asked.everywhere) {
    verdict_.fail(self_, "a fresh read that does not show what somebody was told before it");
  }
  if (what.fresh == nullptr || what.fresh->nonce != asked.nonce
      || !check_.is_fresh(header, *what.fresh)) {
    verdict_.fail(self_, "a fresh read that nothing shows to be one");
  }
}

std::size_t users::open_count() const {
  return static_cast<std::size_t>(
    std::count_if(open_.begin(), open_.end(), [](const auto& one) { return !one.second.first; }));
}

std::size_t users::read_count() const {
  return reads_.size() + open_.size() - open_count();
}

void users::forsaken() {
  forsaken_tag_ = next_tag_;
  by_tag_.clear();
  reads_.clear();
  for (auto at = open_.begin(); at != open_.end();) {
    at->second.tag = 0;
    at->second.again_at = {};
    at = at->second.named ? std::next(at) : open_.erase(at); // nobody can tell
  }
}

} // namespace caucus::sim
