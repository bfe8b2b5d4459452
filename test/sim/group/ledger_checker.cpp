#include "test/sim/group/ledger_checker.hpp"

#include "actors/notary/answer_check.hpp"
#include "actors/notary/executor.hpp"
#include "actors/notary/freshness.hpp"
#include "messages/quota.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/variables/catalog.hpp"
#include "test/sim/keys.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

namespace caucus::sim {

namespace {

bool same_refusals(const final_block& a, const final_block& b) {
  return std::equal(a.refused.begin(), a.refused.end(), b.refused.begin(), b.refused.end(),
                    [](const refusal& x, const refusal& y) { return x == y; });
}

std::string at_height(height at) {
  return " at height " + std::to_string(at.value());
}

} // namespace

void ledger_checker::computed(node_index who, const executed& what) {
  const std::pair roots{what.state_root, what.receipts_root};
  if (roots_.try_emplace(what.id, roots).first->second != roots) {
    verdict_.fail(who, "other roots of one block");
  }
}

void ledger_checker::appended(node_index who, const shared_final& what) {
  const auto at = what->block->header.height;
  if (at.value() == ledger_.size() + 1) {
    first(who, what);
  } else if (at.value() == 0 || at.value() > ledger_.size()) {
    return verdict_.fail(who, "a block before its parent" + at_height(at));
  }
  const auto& known = *ledger_[at.value() - 1].what;
  if (known.id != what->id) {
    verdict_.fail(who, "another final block" + at_height(at));
  } else if (known.state_root != what->state_root || known.receipts_root != what->receipts_root
             || known.skipped != what->skipped || !same_refusals(known, *what)
             || known.mutations_so_far != what->mutations_so_far) {
    verdict_.fail(who, "another result of one block" + at_height(at));
  }
  if (what->finalization
      && (what->finalization->subject.digest != what->id
          || !verify_certificate(voters_at(what->block->header), from_.group, network_,
                                 *what->finalization, is_signed_by))) {
    verdict_.fail(who, "no certificate of its block" + at_height(at));
  }
}

const committee& ledger_checker::voters_at(const block_header& of) const {
  const auto* const found = history_->voters.of(of.epoch);
  CAUCUS_ASSERT(found != nullptr);
  return *found;
}

void ledger_checker::count_bytes(node_index who, const final_block& what) {
  if (!from_.limits) {
    return;
  }
  const auto passed = static_cast<std::uint64_t>((what.block->header.time - from_.time).count());
  for (const auto& one : what.batches) {
    const auto& author = one->header.author;
    const bool member = voters_at(what.block->header).has(author);
    const auto& limit = member ? from_.limits->author : from_.limits->strangers;
    auto& sum = bytes_[member ? author : peer_id{}];
    sum += one->body.size() + quota_batch_overhead;
    if (sum > limit.burst + limit.per_second * passed / 1'000) {
      verdict_.fail(who, "a block lists more than its author's quota"
                           + at_height(what.block->header.height));
    }
  }
}

/// The first node to have executed this height: the others are held against it, and it against the
/// model.
void ledger_checker::first(node_index who, const shared_final& what) {
  const auto at = what->block->header.height;
  if (!ledger_.empty()) {
    const auto& parent = *ledger_.back().what;
    const auto& header = what->block->header;
    if (header.parent != parent.id || header.state_root != parent.state_root
        || header.receipts_root != parent.receipts_root) {
      verdict_.fail(who, "a header of another past" + at_height(at));
    }
  }
  count_bytes(who, *what);
  decided made{what, {}};
  model_.next();
  const auto all = what->mutation_count == 0
                     ? std::make_shared<const committed_block>()
                     : to_committed(*what, 0, std::numeric_limits<std::size_t>::max());
  for (const auto& one : all->mutations) {
    if (is_unnumbered(one.mutation)) {
      made.entries.push_back({0, one.code, one.reason});
      continue;
    }
    const auto number = number_of(one.mutation).value_or(0);
    const auto [place, fresh] = executed_.try_emplace(number, at, one.index);
    if (!fresh) {
      verdict_.fail(who, "mutation " + std::to_string(number) + " executed twice" + at_height(at));
    }
    const bool member = voters_at(what->block->header).has(one.author);
    if (model_.apply(number, member) != one.code) {
      verdict_.fail(who, "mutation " + std::to_string(number) + " against the rules");
    }
    made.entries.push_back({number, one.code, one.reason});
  }
  if (made.entries.size() != what->mutation_count) {
    verdict_.fail(who, "a false count of mutations" + at_height(at));
  }
  if (!made.entries.empty()) {
    newest_full_ = at;
  }
  ledger_.push_back(std::move(made));
}

void ledger_checker::acknowledged(node_index who, std::uint64_t number, const receipt& what) {
  const auto name = "the receipt of mutation " + std::to_string(number);
  if (what.height == height{} || what.height > top()
      || what.index >= ledger_[what.height.value() - 1].entries.size()) {
    return verdict_.fail(who, name + " names a place that is none");
  }
  const auto& there = ledger_[what.height.value() - 1].entries[what.index];
  if (there.number != number || there.code != what.code || there.reason != what.reason
      || (what.status == receipt_status::applied) != (there.code == errc{})) {
    return verdict_.fail(who, name + " is not the ledger's");
  }
  const position at{what.height, what.index};
  if (const auto before = asked_.find(number); before == asked_.end() || at <= before->second) {
    verdict_.fail(who, name + " is before what was told when it was asked for");
  }
  newest_told_ = std::max(newest_told_, at);
}

/// Of what the group says of itself, and writes to what it made by its vote, nothing is expected but that all
/// nodes say the same.
bool ledger_checker::is_unnumbered(const mutation& what) const {
  return what.of_group || what.variable.value() > user_variables;
}

void ledger_checker::told(node_index who, height last, const committed_block& what) {
  if (what.height <= last || what.height > top()) {
    return verdict_.fail(who, "the application hears out of order" + at_height(what.height));
  }
  for (auto at = last.next(); at < what.height; at = at.next()) {
    if (!ledger_[at.value() - 1].entries.empty()) {
      verdict_.fail(who, "the application is not told" + at_height(at));
    }
  }
  const auto& known = ledger_[what.height.value() - 1].entries;
  if (!std::equal(known.begin(), known.end(), what.mutations.begin(), what.mutations.end(),
                  [this](const entry& a, const committed& b) {
                    const auto number = is_unnumbered(b.mutation) ? std::optional<std::uint64_t>{0}
                                                                  : number_of(b.mutation);
                    return a.number == number && a.code == b.code;
                  })) {
    verdict_.fail(who, "the application hears another block" + at_height(what.height));
  }
}

void ledger_checker::read(node_index who, const read_request& wanted, std::uint64_t note,
                          const answer& what) {
  const auto good = verify_answer(from_, voters(), network_, what, is_signed_by,
                                  wanted.whole ? count_alone::refused : count_alone::taken);
  if (!good) {
    return verdict_.fail(who, "an answer that does not verify: " + to_string(good.error()));
  }
  if (good->variable != wanted.variable || good->height < wanted.height_min
      || good->height > top().next() || (wanted.whole && !good->whole)
      || good->entries.front().key != wanted.key) {
    return verdict_.fail(who, "an answer to another question" + at_height(good->height));
  }
  const auto after = static_cast<std::size_t>(good->height.value() - 1);
  const auto& value = good->entries.front().value;
  const auto stored = value ? read_stored_number(*value).value_or(0) : 0;
  bool right = false;
  if (note != 0) {
    right = value.has_value() == model_.has_note(note, after);
  } else if (wanted.variable == "tags") {
    const auto count = model_.tag_count(after);
    right = stored == count && (!wanted.whole || good->entries.size() - 1 == count);
  } else {
    const auto score = model_.score(after);
    right = value.has_value() == score.has_value()
            && static_cast<std::int64_t>(stored) == score.value_or(0);
  }
  if (!right) {
    verdict_.fail(who, "what is read is not what the ledger led to" + at_height(good->height));
  }
}

bool ledger_checker::is_fresh(const block_header& certified, const freshness& what) const {
  return verify_freshness(from_, voters(), network_, certified, what, is_signed_by).has_value();
}

void ledger_checker::finish() {
  for (const auto number : never_) {
    if (executed_.contains(number)) {
      verdict_.fail(0, "mutation " + std::to_string(number) + " executed though not taken");
    }
  }
}

} // namespace caucus::sim
