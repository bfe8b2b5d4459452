#include "actors/notary/receipt_proofs.hpp"

#include "actors/notary/executor.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <string>

namespace caucus {

namespace {

/// Headers of one ledger read, which are a page of what peers may ask for.
constexpr std::uint32_t headers_per_load = 64;

} // namespace

void receipt_proofs::ask(asker_index by, const receipt_request& what, const notary_turn& t) {
  if (what.height == height{}) {
    return t.tell(by, receipt_answer{what.tag, fail(errc::wrong_arguments,
                                                    "the genesis block, 0, has no receipts")});
  }
  if (all_.size() >= config_.proofs_max) {
    return t.tell(by, receipt_answer{what.tag, fail(errc::busy, "too many proofs are waited for")});
  }
  waiting fresh;
  fresh.asker = by;
  fresh.tag = what.tag;
  fresh.height = what.height;
  fresh.index = what.index;
  fresh.deadline = t.now + what.timeout;
  fresh.next = what.height;
  all_.push_back(std::move(fresh));
  news_ = true;
}

void receipt_proofs::durable(height newest) {
  durable_ = newest;
  news_ = true;
}

bool receipt_proofs::loaded(std::uint64_t token, const std::vector<shared_final>& blocks,
                            const notary_turn& t) {
  if (token == 0 || token != token_) {
    return false;
  }
  token_ = 0;
  news_ = true;
  read_ = blocks;
  if (!blocks.empty()) {
    return true;
  }
  for (auto at = all_.begin(); at != all_.end();) { // what had to be read is in no memory since
    const auto one = at++;
    if (one->next == loading_) {
      finish(one,
             loading_ < oldest_
               ? tl::make_unexpected(pruned_below(oldest_))
               : fail(errc::history_gone, "block " + std::to_string(loading_.value())
                                            + " of the ledger cannot be read, it is damaged or no "
                                              "longer kept; the node's log says which"),
             t);
    }
  }
  return true;
}

shared_final receipt_proofs::here(height wanted, bool body) const {
  if (auto recent = recent_.at(wanted); recent != nullptr) {
    return recent;
  }
  if (body && !bodies_) {
    return nullptr;
  }
  const auto found = std::find_if(read_.begin(), read_.end(), [wanted](const auto& each) {
    return each->block->header.height == wanted;
  });
  return found == read_.end() ? nullptr : *found;
}

void receipt_proofs::pump(const notary_turn& t) {
  news_ = false;
  if (all_.empty()) {
    tree_.give_up();
    proven_ = nullptr;
    read_.clear();
    return;
  }
  portion_ = config_.proof_receipts_per_turn;
  if (!tree_.done()) {
    make_tree();
  }
  for (auto at = all_.begin(); at != all_.end();) {
    advance(at++, t);
  }
  if (tree_.done() && token_ == 0) { // else somebody may yet want what was read
    read_on(t);
  }
}

void receipt_proofs::make_tree() {
  if (portion_ > 0) {
    portion_ -= std::min(portion_, tree_.step(portion_));
  }
  if (tree_.done()) {
    prove_all();
  }
}

/// All of them at once: the next tree takes this one's place.
void receipt_proofs::prove_all() {
  for (auto& each : all_) {
    if (each.wants_body() && each.height == proven_->block->header.height
        && each.index < proven_->mutation_count) {
      each.proof.receipt = receipt_of(*proven_, each.index);
      each.proof.siblings = tree_.siblings(*proven_, each.index);
      each.proof.count = proven_->mutation_count;
      each.next = each.height.next();
    }
  }
  proven_ = nullptr;
}

void receipt_proofs::advance(place one, const notary_turn& t) {
  if (one->wants_body()) { // no block with its batches is here before it is durable
    auto block = here(one->height, true);
    if (block == nullptr) {
      return;
    }
    if (one->index >= block->mutation_count) {
      return finish(one,
                    fail(errc::wrong_arguments, "block " + std::to_string(one->height.value())
                                                  + " has " + std::to_string(block->mutation_count)
                                                  + " receipts, counted from 0"),
                    t);
    }
    if (!tree_.done()) {
      return;
    }
    proven_ = std::move(block);
    if (tree_.is_of(*proven_)) {
      prove_all();
    } else {
      tree_.begin(proven_);
      make_tree();
    }
  }
  while (!one->wants_body() && one->next <= durable_) {
    const auto block = here(one->next, false);
    if (block == nullptr || !take_header(one, *block, t)) {
      return;
    }
  }
}

bool receipt_proofs::take_header(place one, const final_block& block, const notary_turn& t) {
  auto& proof = one->proof;
  if (headers_ >= config_.proof_headers_max) {
    finish(one, fail(errc::busy, "too many headers are kept for proofs; ask again"), t);
    return false;
  }
  proof.headers.push_back(block.block->header);
  ++headers_;
  if (block.finalization) {
    proof.finalization = *block.finalization;
    headers_ -= proof.headers.size();
    auto made = std::make_shared<const receipt_proof>(std::move(proof));
    proof = {};
    finish(one, std::move(made), t);
    return false;
  }
  if (proof.headers.size() == receipt_headers_max) {
    finish(one,
           fail(errc::too_long, "none of the " + std::to_string(receipt_headers_max)
                                  + " blocks behind it has a certificate of its own"),
           t);
    return false;
  }
  one->next = one->next.next();
  return true;
}

/// The oldest that needs the ledger says what is read. What was read before is let go first.
void receipt_proofs::read_on(const notary_turn& t) {
  read_.clear();
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [this](const waiting& each) { return each.next <= durable_; });
  if (found == all_.end()) {
    return;
  }
  // advance() went on with each until there was no more
  CAUCUS_ASSERT(here(found->next, found->wants_body()) == nullptr);
  loading_ = found->next;
  bodies_ = found->wants_body();
  token_ = load_(loading_, bodies_ ? 1 : headers_per_load, bodies_, t);
}

void receipt_proofs::finish(place one, result<std::shared_ptr<const receipt_proof>> what,
                            const notary_turn& t) {
  t.tell(one->asker, receipt_answer{one->tag, std::move(what), history_});
  drop(one);
}

void receipt_proofs::drop(place one) {
  headers_ -= one->proof.headers.size();
  all_.erase(one);
}

void receipt_proofs::tick(const notary_turn& t) {
  for (auto at = all_.begin(); at != all_.end();) {
    const auto one = at++;
    if (one->deadline <= t.now) {
      finish(one,
             fail(errc::not_yet,
                  "block " + std::to_string(one->next.value()) + ", which is wanted for the proof, "
                    + (one->next > durable_ ? "is not final yet" : "was not read in time")),
             t);
    }
  }
}

void receipt_proofs::stop(const error& why, const notary_turn& t) {
  while (!all_.empty()) {
    finish(all_.begin(), tl::make_unexpected(why), t);
  }
}

void receipt_proofs::asker_gone(asker_index who) {
  for (auto at = all_.begin(); at != all_.end();) {
    const auto one = at++;
    if (one->asker == who) {
      drop(one);
    }
  }
}

void receipt_proofs::forget(asker_index by, request_tag tag) {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const waiting& each) {
    return each.asker == by && each.tag == tag;
  });
  if (found != all_.end()) {
    drop(found);
  }
}

std::optional<time_point> receipt_proofs::next_wake() const {
  std::optional<time_point> out;
  for (const auto& one : all_) {
    out = out ? std::min(*out, one.deadline) : one.deadline;
  }
  return out;
}

} // namespace caucus
