#include "actors/notary/fresh_claim.hpp"

#include "actors/notary/freshness.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/assert.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

namespace caucus {

namespace {

/// A list that people still read.
constexpr std::size_t named_max = 8;

std::string_view reason(errc why) {
  switch (why) {
    case errc::not_yet: return "cannot tell yet what it voted for";
    case errc::link_lost: return "no link";
    case errc::bad_signature:
    case errc::bad_certificate:
    case errc::wrong_group:
    case errc::unknown_member: return "said something false";
    case errc::timed_out: return "no answer";
    case errc::wrong_epoch: return "is in another epoch";
    default: return to_string(why);
  }
}

} // namespace

bool fresh_claim::enough() const {
  return words_.size() >= voters_.quorum();
}

std::optional<freshness> fresh_claim::proof(const block_header& certified) const {
  freshness out{nonce_, {}, in()};
  for (const auto& [who, one] : words_) {
    if (covers(certified, one.bound)) {
      out.attestations.push_back(one);
    }
  }
  return out.attestations.size() >= voters_.quorum() ? std::optional{std::move(out)} : std::nullopt;
}

height fresh_claim::least() const {
  CAUCUS_ASSERT(enough());
  std::vector<std::tuple<epoch, view, height>> needed;
  for (const auto& [who, one] : words_) {
    const bool lists_nothing = one.bound.payload == payload_digest({});
    needed.emplace_back(one.bound.epoch, one.bound.view,
                        lists_nothing ? one.bound.height : one.bound.height.next());
  }
  std::sort(needed.begin(), needed.end());
  return std::get<height>(needed[voters_.quorum() - 1U]);
}

std::string fresh_claim::missing() const {
  std::string out;
  std::size_t count = 0;
  for (member_index who; voters_.has(who); who = who.next()) {
    if (words_.contains(who) || ++count > named_max) {
      continue;
    }
    const auto why = why_.find(who);
    out += (out.empty() ? "" : ", ") + voters_.name_of(who) + " (";
    out += asked_.contains(who) ? "no answer" : why == why_.end() ? "no link" : reason(why->second);
    out += ')';
  }
  return count > named_max ? out + " and " + std::to_string(count - named_max) + " more" : out;
}

} // namespace caucus
