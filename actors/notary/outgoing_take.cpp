#include "actors/notary/mutation_reader.hpp"
#include "actors/notary/outgoing.hpp"
#include "runtime/base/sha256.hpp"

#include <algorithm>
#include <chrono>
#include <string>

/// Taking in what users propose, and gathering it.

namespace caucus {

namespace {

constexpr std::size_t size_field = 4;

/// What a batch counts for; none is made of nothing.
std::uint64_t quota_of(std::uint64_t body, std::uint64_t count) {
  return count == 0
           ? 0
           : quota_size_of(
             {{}, {}, {}, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(body), {}});
}

/// "10 s".
std::string in_seconds(std::chrono::milliseconds time) {
  return time.count() % 1'000 == 0 ? std::to_string(time.count() / 1'000) + " s"
                                   : std::to_string(time.count()) + " ms";
}

} // namespace

void outgoing::propose(asker_index by, propose_request what, const notary_turn& t) {
  if (stopping_) {
    return t.refuse(by, what.tag, {errc::stopping, "the node stops"});
  }
  mutation_view read;
  if (const auto failure = read_mutation(what.mutation, read)) {
    return t.refuse(by, what.tag, {errc::wrong_arguments, "not an encoded mutation"});
  }
  if (const auto form = tip_.coming->check_form(read); !form) {
    return t.refuse(by, what.tag, form.error());
  }
  if (what.request_id.size() > request_id_size_max) {
    return t.refuse(by, what.tag, {errc::too_long, "the request id: at most 64 bytes"});
  }
  const waiter who{by, what.tag, t.now + what.timeout, true, !what.request_id.empty()};
  digest id;
  if (!what.request_id.empty()) {
    id = sha256(what.mutation);
    if (const auto* const known = requests_.find(what.request_id)) {
      if (known->mutation != id) {
        return t.refuse(
          by, what.tag,
          {errc::request_id_reused, "'" + what.request_id
                                      + "' was given to another mutation before; take another id, "
                                        "or propose that one again"});
      }
      if (known->became) {
        return t.tell(by, propose_answer{what.tag, *known->became});
      }
      if (known->lost) {
        return t.refuse(by, what.tag,
                        {errc::outcome_unknown,
                         "this node's folder was set back, or went on from a state that others "
                         "gave, and what became of '"
                           + what.request_id
                           + "' meanwhile nobody can say: look at the state, then propose it with "
                             "another id if it is still wanted"});
      }
      again_.emplace(what.request_id, who);
      return;
    }
  }
  if (backlog_size_ + gathering_.body.size() + what.mutation.size() > config_.waiting_size_max
      || open_.size() >= config_.unfinal_max) {
    return t.refuse(by, what.tag, {errc::busy, "too many mutations wait: try again later"});
  }
  if (auto over = over_quota(what.mutation.size())) {
    return t.refuse(by, what.tag, std::move(*over));
  }
  if (!what.request_id.empty()) {
    requests_.open(what.request_id, id);
  }
  gather(what.mutation, who, what.request_id, id, t);
}

std::optional<error> outgoing::over_quota(std::size_t encoded_size) const {
  if (!allowed_) {
    return std::nullopt;
  }
  const auto own = quota_of(size_field + encoded_size, 1);
  auto wanted = own + quota_of(gathering_.body.size(), gathering_.waiters.size());
  for (const auto& one : backlog_) {
    wanted += quota_of(one.body.size(), one.waiters.size());
  }
  wanted += open_quota_size();
  if (wanted <= allowed_->left) {
    return std::nullopt;
  }
  const auto per_second = std::max<std::uint64_t>(allowed_->limit.per_second, 1);
  const auto seconds = (wanted - allowed_->left + per_second - 1) / per_second;
  return error{errc::over_quota,
               "not proposed: this node may have " + std::to_string(allowed_->left)
                 + " more bytes in the ledger now, of " + std::to_string(allowed_->limit.burst)
                 + ", and " + std::to_string(allowed_->limit.per_second)
                 + " a second come back (see [quota] in the genesis); with what waits, this "
                   "mutation counts for "
                 + std::to_string(wanted) + ". Try again in " + std::to_string(seconds)
                 + " s, when a block has passed (" + blocks_when_idle() + ")"};
}

std::uint64_t outgoing::open_quota_size() const {
  std::uint64_t out = 0;
  for (const auto& [number, one] : open_) {
    out += one.block == nullptr ? quota_size_of(one.batch->header) : 0;
  }
  return out;
}

bool outgoing::waits_for_quota() const {
  return allowed_ && unordered_ > 0 && open_quota_size() > allowed_->left;
}

std::string outgoing::blocks_when_idle() const {
  return "an idle group makes one each " + in_seconds(setup_.genesis.consensus.heartbeat);
}

void outgoing::gather(bytes_view encoded, waiter who, const std::string& request,
                      const digest& what, const notary_turn& t) {
  const auto size = gathering_.body.size() + size_field + encoded.size();
  const auto count = gathering_.waiters.size() + 1;
  // What was overtaken is gathered anew, all at once: no block may list a batch beyond the whole quota.
  if (size > batch_body_size_max || count > mutations_per_batch_max
      || (allowed_ && !gathering_.empty() && quota_of(size, count) > allowed_->limit.burst)) {
    backlog_size_ += gathering_.body.size();
    backlog_.push_back(std::move(gathering_));
    gathering_ = {};
  }
  if (gathering_.empty()) {
    gathering_.since = t.now;
  }
  if (!request.empty()) {
    gathering_.requests.push_back(
      {request, static_cast<std::uint32_t>(gathering_.waiters.size()), what});
  }
  append_mutation(gathering_.body, encoded);
  gathering_.waiters.push_back(who);
  if (who.waits) {
    gathering_.earliest = std::min(gathering_.earliest, who.deadline);
  }
}

} // namespace caucus
