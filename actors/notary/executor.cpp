#include "actors/notary/executor.hpp"

#include "actors/notary/declared_state.hpp"
#include "actors/notary/group_entries.hpp"
#include "actors/notary/rules_migration.hpp"
#include "messages/try.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"
#include "runtime/base/little_endian.hpp"
#include "runtime/base/overloaded.hpp"
#include "runtime/membership/membership_rules.hpp"
#include "runtime/variables/catalog.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <set>

namespace caucus {

namespace {

/// The bytes of a receipt as runtime/archive writes them, without allocating.
class receipt_writer {
public:
  digest operator()(errc code, std::string_view reason, height at, std::uint32_t index) {
    size_ = 0;
    number(static_cast<std::uint8_t>(code == errc{} ? receipt_status::applied
                                                    : receipt_status::refused));
    number(static_cast<std::uint16_t>(code));
    number(static_cast<std::uint32_t>(reason.size()));
    std::copy(reason.begin(), reason.end(), // none has no place to copy from
              reinterpret_cast<char*>(buffer_.data() + size_));
    size_ += reason.size();
    number(at.value());
    number(index);
    return merkle_leaf({buffer_.data(), size_});
  }

private:
  template <class Number>
  void number(Number value) {
    put_little_endian(std::span{buffer_}.subspan(size_), value);
    size_ += sizeof value;
  }
  std::array<std::byte, 1 + 2 + 4 + reason_size_max + 8 + 4> buffer_{};
  std::size_t size_ = 0;
};

/// What the group decides about itself in one block.
class group_writer {
public:
  group_writer(const compiled_rules& with, const execution_base& on, wall_ms time)
      : with_{with}, base_{on}, book_{*on.group}, edit_{on.voters, book_, time} {}

  [[nodiscard]] outcome apply(const mutation_view& what, const peer_id& by) {
    const auto done = apply_to_book(what, by);
    is_touched_ = is_touched_ || done;
    return done ? outcome{} : refused_with(done.error().code, done.error().detail);
  }
  void finish(execution& out, state_writer& on) {
    out.closes = base_.closes;
    out.group = base_.group;
    const bool is_idle =
      !is_touched_ && book_.open.empty() && book_.barred.empty() && book_.next.standbys.empty();
    if (base_.closes || is_idle) {
      return;
    }
    const auto& declared = *base_.group->declared;
    std::optional<moved_state> moved;
    edit_.finish([&on](const peer_id& who) { return last_number(on.tree(), who); },
                 [&](const declarations& next) -> result<void> {
                   static_cast<void>(out.state.root()); // what is hashed is copied, not edited
                   auto made = moved_to(with_, on.tree(), declared, next);
                   if (!made) {
                     if (made.error().code == errc::rules_missing) {
                       out.lacks = made.error();
                     }
                     return tl::make_unexpected(std::move(made.error()));
                   }
                   moved = std::move(*made);
                   return {};
                 });
    if (out.lacks) {
      return;
    }
    if (moved) {
      on.adopt(std::move(moved->state), std::move(moved->touched));
    }
    write_group(*base_.group, book_, on);
    if (edit_.changes_rules()) {
      drop_removed(declared, *book_.declared, on);
    }
    out.closes = edit_.closes();
    out.announced = edit_.announced();
    if (book_ != *base_.group) {
      out.group = std::make_shared<const group_book>(std::move(book_));
    }
  }

private:
  [[nodiscard]] result<void> apply_to_book(const mutation_view& what, const peer_id& by) {
    CAUCUS_TRY_VOID(check_group_form(what));
    const auto given = what.arguments();
    const auto operation = static_cast<group_operation>(what.operation.value());
    switch (operation) {
      case group_operation::prove: return prove(by, given[0].byte_string, given[1].byte_string);
      case group_operation::move: return edit_.move(by, std::string{given[0].text()});
      case group_operation::ask:
      case group_operation::agree: break;
    }
    const auto directive = decode<group_directive>(given[0].byte_string);
    if (!directive) {
      return fail(errc::wrong_arguments, "no directive");
    }
    return operation == group_operation::ask ? edit_.ask(by, *directive)
                                             : edit_.agree(by, *directive);
  }
  /// Others' count does not bear on a member's: else junk in front of it would hide each proof.
  [[nodiscard]] bool has_room(const peer_id& by) {
    return base_.voters.has(by) ? ++members_proofs_[by] <= proofs_per_member_max
                                : ++proofs_ <= proofs_per_block_max;
  }
  [[nodiscard]] result<void> prove(const peer_id& by, bytes_view key, bytes_view proof) {
    const auto what = decode<evidence>(proof);
    if (key.size() != peer_id::size || !what) {
      return fail(errc::wrong_arguments, "no proof");
    }
    peer_id who;
    std::copy(key.begin(), key.end(), who.raw.begin());
    if (!has_room(by) || base_.proves == nullptr || !(*base_.proves)(who, *what)) {
      return fail(errc::refused_by_rule, "it proves nothing");
    }
    return std::visit(
      overloaded{
        [&](const conflicting_votes& lie) { return edit_.prove(who, lie.first.subject.epoch); },
        [&](const conflicting_proposals& lie) { return edit_.prove(who, lie.first.epoch); },
        [&](const conflicting_batches& lie) { return edit_.prove(who, lie.first.number); }},
      *what);
  }

  const compiled_rules& with_;
  const execution_base& base_;
  group_book book_;
  group_editor edit_;
  bool is_touched_ = false;
  std::map<peer_id, std::size_t> members_proofs_;
  std::size_t proofs_ = 0; ///< of others
};

/// What the batches of one block are executed with.
struct block_run {
  const compiled_rules& with;
  const committee& voters;
  const block_header& header;
  group_writer& group;
  state_writer& on;
};

void execute_batch(const block_run& in, const batch& what, execution& out,
                   std::vector<digest>& leaves) {
  const auto& header = in.header;
  const auto by = in.with.view_of(what.header.author, in.voters);
  body_reader body{what.body};
  receipt_writer leaf;
  mutation_view one_read;
  for (std::uint32_t i = 0; i < what.header.mutation_count; ++i) {
    // Checked when it came; were it broken all the same, all replicas would refuse it alike.
    const auto failure = read_mutation(body.next(), one_read);
    const auto became = failure ? outcome{*failure, "not a mutation"}
                        : one_read.of_group
                          ? in.group.apply(one_read, what.header.author)
                          : in.with.apply(one_read, by, header.height, header.time, in.on);
    leaves.push_back(leaf(became.code, became.reason, header.height, out.mutation_count));
    if (!became.applied()) {
      out.refused.push_back({out.mutation_count, became.code, became.reason});
    }
    ++out.mutation_count;
  }
}

const digest& strangers_path() {
  static const digest path = path_of(bookkeeping, {});
  return path;
}

std::uint64_t number_at(const state_tree& state, const digest& path) {
  const auto stored = state.get(path);
  return stored ? read_stored_number(*stored).value_or(0) : 0;
}

// -- quotas --------------------------------------------------------------------------------------

constexpr std::byte quota_mark{'q'};

bytes quota_key(const peer_id& author) {
  bytes out{author.raw.begin(), author.raw.end()};
  out.push_back(quota_mark);
  return out;
}

bytes stored_level(const quota_level& level) {
  bytes out;
  append_little_endian(out, level.milli_bytes);
  append_little_endian(out, level.time.count());
  return out;
}

quota_level level_at(const state_tree& state, bytes_view key) {
  const auto stored = state.get(path_of(bookkeeping, key));
  quota_level out;
  if (stored && stored->size() == 16) {
    out = {from_little_endian<std::uint64_t>(*stored),
           wall_ms{from_little_endian<std::int64_t>(stored->subspan(8))}};
  }
  return out;
}

/// Keeps the books of one block.
class quota_writer {
public:
  quota_writer(const compiled_rules& with, const execution_base& on, wall_ms time)
      : with_{with}, voters_{on.voters} {
    if (on.room != nullptr) {
      room_ = std::make_shared<quota_room>(*on.room);
      room_->now = time;
    }
  }
  /// One batch of the block: what it came to in the ledger. `counts`: its number does.
  void charge(const batch_header& what, bool counts, std::span<const refusal> refused) {
    if (room_ == nullptr) {
      return;
    }
    auto size = what.body_size + quota_batch_overhead;
    for (const auto& one : refused) {
      size += quota_refusal_overhead + one.reason.size();
    }
    if (!with_.is_named(what.author, voters_)) {
      room_->strangers =
        quota_level_with(room_->limits.strangers, room_->strangers, room_->now, size);
      strangers_ = true;
      return;
    }
    auto& author = room_->authors[what.author];
    author.level = quota_level_with(room_->limits.author, author.level, room_->now, size);
    author.last = counts ? what.number : author.last;
    charged_.insert(what.author);
  }
  [[nodiscard]] shared_quota_room finish(state_writer& on) {
    for (const auto& author : charged_) {
      const auto key = quota_key(author);
      on.put(path_of(bookkeeping, key), key, stored_level(room_->authors.at(author).level));
    }
    if (strangers_) {
      const bytes key{quota_mark};
      on.put(path_of(bookkeeping, key), key, stored_level(room_->strangers));
    }
    return room_;
  }

private:
  const compiled_rules& with_;
  const committee& voters_;
  std::shared_ptr<quota_room> room_; ///< null: no quota
  std::set<peer_id> charged_;
  bool strangers_ = false;
};

/// Its first batch would need an entry that there is none for.
bool no_room(const compiled_rules& with, const committee& voters, const state_tree& state,
             const peer_id& stranger) {
  return !with.is_named(stranger, voters)
         && (!with.open_to_strangers() || number_at(state, strangers_path()) >= strangers_max);
}

} // namespace

bool is_barred(const group_book& group, const peer_id& who) {
  const auto found = std::lower_bound(
    group.barred.begin(), group.barred.end(), who,
    [](const barred_peer& one, const peer_id& wanted) { return one.peer < wanted; });
  return found != group.barred.end() && found->peer == who;
}

result<void> check_group_form(const mutation_view& what) {
  const auto operation = static_cast<group_operation>(what.operation.value());
  if (operation > group_operation::move) {
    return fail(errc::unknown_operation, std::to_string(what.operation.value()));
  }
  const auto given = what.arguments();
  const std::size_t count = operation == group_operation::prove ? 2 : 1;
  const bool are_bytes = std::all_of(given.begin(), given.end(), [](const auto& one) {
    return one.kind == argument_kind::byte_string;
  });
  return given.size() == count && are_bytes ? result<void>{}
                                            : fail(errc::wrong_arguments, "their count or kinds");
}

batch_number last_number(const state_tree& state, const peer_id& author) {
  return batch_number{number_at(state, path_of(bookkeeping, author.view()))};
}

execution_base genesis_base(const compiled_rules& with, const state_tree& state) {
  return {state, *with.first_voters(), with.first_group()};
}

batch_number over_up_to(const compiled_rules& with, const execution_base& on,
                        const peer_id& author) {
  const auto last = last_number(on.state, author);
  const bool is_out = is_barred(*on.group, author)
                      || (last == batch_number{} && no_room(with, on.voters, on.state, author));
  return is_out ? batch_number{std::numeric_limits<std::uint64_t>::max()} : last;
}

shared_quota_room quota_room_of(const compiled_rules& with, const committee& voters,
                                const state_tree& state, wall_ms time) {
  if (!with.limits()) {
    return nullptr;
  }
  auto out = std::make_shared<quota_room>();
  out->limits = *with.limits();
  out->now = time;
  for (const auto& author : with.named(voters)) {
    // The first batch of an author that has a name is executed, so whoever was charged has a number.
    if (const auto last = last_number(state, author); last != batch_number{}) {
      out->authors.emplace(author,
                           quota_room::named_author{level_at(state, quota_key(author)), last});
    }
  }
  out->strangers = level_at(state, bytes{quota_mark});
  return out;
}

execution execute(const compiled_rules& with, const execution_base& base,
                  const block_header& header, std::span<const shared_batch> batches) {
  CAUCUS_ASSERT((base.room != nullptr) == with.limits().has_value());
  CAUCUS_ASSERT(header.epoch == base.voters.in_epoch());
  CAUCUS_ASSERT(base.closes || base.group->declared == with.declared());
  execution out{base.state, {}, {}, {}, {}, 0, {}, {}, {}, false, {}, {}};
  quota_writer quota{with, base, header.time};
  group_writer group{with, base, header.time};
  out.skipped.reserve(batches.size());
  state_writer on{out.state};
  std::size_t expected = 0;
  for (const auto& one : batches) {
    expected += one->header.mutation_count;
  }
  std::vector<digest> leaves;
  leaves.reserve(expected);
  for (const auto& one : batches) {
    const auto& head = one->header;
    const auto path = path_of(bookkeeping, head.author.view());
    const auto last = number_at(out.state, path);
    const bool counts = head.number.value() > last
                        && !(last == 0 && no_room(with, base.voters, out.state, head.author));
    const bool skip = !counts || is_barred(*base.group, head.author);
    out.skipped.push_back(skip ? 1 : 0);
    const auto refused = out.refused.size();
    if (!skip) {
      execute_batch({with, base.voters, header, group, on}, *one, out, leaves);
    }
    if (counts) { // of who is barred too: once it is let in again, all know that this one is over
      on.put(path, head.author.view(), stored_number(head.number.value()));
      if (last == 0 && !with.is_named(head.author, base.voters)) {
        const auto before = number_at(out.state, strangers_path());
        on.put(strangers_path(), {}, stored_number(before + 1));
      }
    }
    quota.charge(head, counts, std::span{out.refused}.subspan(refused));
  }
  out.room = quota.finish(on);
  on.finish();
  group.finish(out, on);
  if (out.lacks) {
    return out;
  }
  out.touched = std::move(on.touched());
  out.state_root = out.state.root();
  out.receipts_root = merkle_root(leaves);
  return out;
}

digest receipt_digest(const receipt& of) {
  return receipt_writer{}(of.code, of.reason, of.height, of.index);
}

receipt receipt_of(const final_block& in, std::uint32_t index) {
  CAUCUS_ASSERT(index < in.mutation_count);
  const auto found =
    std::lower_bound(in.refused.begin(), in.refused.end(), index,
                     [](const refusal& one, std::uint32_t wanted) { return one.index < wanted; });
  receipt out{receipt_status::applied, {}, {}, in.block->header.height, index};
  if (found != in.refused.end() && found->index == index) {
    out.status = receipt_status::refused;
    out.code = found->code;
    out.reason = found->reason;
  }
  return out;
}

std::vector<digest> receipt_digests(const final_block& in, std::uint32_t from,
                                    std::uint32_t count) {
  CAUCUS_ASSERT(count <= in.mutation_count && from <= in.mutation_count - count);
  std::vector<digest> out;
  out.reserve(count);
  receipt_writer leaf;
  auto refused =
    std::lower_bound(in.refused.begin(), in.refused.end(), from,
                     [](const refusal& one, std::uint32_t wanted) { return one.index < wanted; });
  for (auto index = from; index - from < count; ++index) {
    const bool is_refused = refused != in.refused.end() && refused->index == index;
    out.push_back(is_refused ? leaf(refused->code, refused->reason, in.block->header.height, index)
                             : leaf({}, {}, in.block->header.height, index));
    refused += is_refused ? 1 : 0;
  }
  return out;
}

merkle_proof prove_receipt(const final_block& in, std::uint32_t index) {
  return prove_leaf(receipt_digests(in, 0, in.mutation_count), index);
}

namespace {

/// Applied, of the batch's place `at`; `read`: room for it.
committed as_applied(const batch& in, std::uint32_t at, bytes_view encoded, mutation_view& read) {
  committed out;
  out.author = in.header.author;
  out.number = in.header.number;
  out.index_in_batch = at;
  out.mutation = read_mutation(encoded, read) ? mutation{} : to_mutation(read);
  return out;
}

void refuse(committed& what, const refusal& why) {
  what.status = receipt_status::refused;
  what.code = why.code;
  what.reason = why.reason;
}

} // namespace

std::shared_ptr<const committed_block> to_committed(const final_block& of, std::uint32_t from,
                                                    std::size_t size_max) {
  CAUCUS_ASSERT(from < of.mutation_count || (from == 0 && !of.announced.empty()));
  auto out = std::make_shared<committed_block>();
  out->height = of.block->header.height;
  out->time = of.block->header.time;
  auto refused =
    std::lower_bound(of.refused.begin(), of.refused.end(), from,
                     [](const refusal& one, std::uint32_t wanted) { return one.index < wanted; });
  std::size_t size = 0;
  std::uint32_t first = 0; // of the batch
  for (std::size_t i = 0; i < of.batches.size() && size < size_max; ++i) {
    const auto& batch = *of.batches[i];
    const auto count = of.skipped[i] != 0 ? 0 : batch.header.mutation_count;
    if (first + count <= from) {
      first += count;
      continue;
    }
    body_reader body{batch.body};
    mutation_view one_read;
    for (std::uint32_t j = 0; j < count && size < size_max; ++j) {
      const auto encoded = body.next();
      if (first + j < from) {
        continue;
      }
      auto& one = out->mutations.emplace_back(as_applied(batch, j, encoded, one_read));
      one.index = first + j;
      if (refused != of.refused.end() && refused->index == one.index) {
        refuse(one, *refused);
        ++refused;
      }
      size += committed_size(one);
    }
    first += count;
  }
  out->more = !out->mutations.empty() && out->mutations.back().index + 1 < of.mutation_count;
  if (!out->more) {
    std::transform(of.announced.begin(), of.announced.end(), std::back_inserter(out->announcements),
                   [](const announce& one) { return one.text; });
  }
  return out;
}

} // namespace caucus
